import { type CborMap, type CborValue, encodeCbor } from '@latchkey/testing/authenticator'
import { decode } from 'cborg'

/** Seeded changes of valid responses: of their bytes, of their text, and of the structures inside. */

export interface Response {
  id: string
  rawId: string
  type: string
  response: Record<string, unknown>
}

/** A whole number from zero on, below the bound. */
export type Random = (below: number) => number

/** A small generator (xorshift32), so that a seed repeats the choice of mutations. */
export function randomFrom(start: number): Random {
  let state = start || 1
  return below => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const pick = <T>(list: readonly T[], random: Random): T => list[random(list.length)] as T
const randomBytes = (length: number, random: Random): number[] => Array.from({ length }, () => random(256))

const byteMutations: ((bytes: number[], random: Random) => unknown)[] = [
  (bytes, random) => bytes.splice(random(bytes.length), 1, random(256)),
  (bytes, random) => bytes.splice(random(bytes.length), 1),
  (bytes, random) => bytes.splice(random(bytes.length + 1), 0, random(256)),
  (bytes, random) => bytes.splice(random(bytes.length)),
  (bytes, random) => bytes.push(...bytes.slice(random(bytes.length))),
  (bytes, random) => bytes.splice(random(bytes.length), 1 + random(8), ...randomBytes(random(12), random)),
  (bytes, random) => bytes.splice(random(bytes.length), 0, ...bytes.slice(random(bytes.length)).slice(0, 16)),
  (bytes, random) => {
    const at = random(bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8))
  },
]

function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const list = [...bytes]
  for (let i = 0; i <= random(2); i++) pick(byteMutations, random)(list, random)
  return Uint8Array.from(list)
}

const textMutations: ((value: string, random: Random) => unknown)[] = [
  value => `${value}=`,
  value => `${value}A`,
  value => value.replaceAll('_', '/').replaceAll('-', '+'),
  (value, random) => value.slice(0, random(value.length)),
  (value, random) => value.slice(0, random(value.length)) + String.fromCharCode(random(0x3000)) + value.slice(random(value.length)),
  (_, random) => pick([undefined, null, '', 0, [], {}, true], random),
  value => [value],
]

const strays: readonly CborValue[] = [
  0,
  -1,
  -7,
  2 ** 40,
  '',
  'none',
  'packed',
  true,
  null,
  new Uint8Array(0),
  new Uint8Array(32),
  [],
  [[]],
  new Map(),
]

/** Another value in the place of one: itself a little changed, or a stray. */
function mutateValue(value: CborValue, random: Random): CborValue {
  if (random(6) === 0) return pick(strays, random)
  if (value instanceof Uint8Array) return value.length > 0 ? mutateBytes(value, random) : Uint8Array.of(random(256))
  if (value instanceof Map) return mutateMap(value, random)
  if (Array.isArray(value)) return mutateList(value, random)
  if (typeof value === 'number') return value + pick([1, -1, 256, -65536], random)
  return typeof value === 'string' ? value.slice(0, -1) : pick(strays, random)
}

function mutateMap(map: CborMap, random: Random): CborMap {
  const keys = [...map.keys()]
  const key = pick(keys.length > 0 ? keys : ['x'], random)
  const edits: ((copy: CborMap) => unknown)[] = [
    copy => copy.delete(key),
    copy => copy.set(pick(['x', 'x5c', 'alg', 1, -3], random), pick(strays, random)),
    ...Array.from({ length: 6 }, () => (copy: CborMap) => copy.set(key, mutateValue(map.get(key) ?? null, random))),
  ]
  const copy = new Map(map)
  pick(edits, random)(copy)
  return copy
}

function mutateList(list: readonly CborValue[], random: Random): CborValue[] {
  const at = random(list.length || 1)
  const one = list[at] ?? 0
  return pick<() => CborValue[]>(
    [
      () => list.toSpliced(at, 1),
      () => [...list, one],
      () => list.toReversed(),
      () => list.toSpliced(at, 1, mutateValue(one, random)),
      () => list.toSpliced(at, 1, mutateValue(one, random)),
    ],
    random,
  )()
}

function mutateStructure(name: string, bytes: Buffer, random: Random): Uint8Array {
  if (name === 'attestationObject') return encodeCbor(mutateMap(decode(bytes, { useMaps: true }), random))
  if (name !== 'clientDataJSON') return mutateBytes(bytes, random)
  const members = Object.entries(JSON.parse(bytes.toString()) as Record<string, unknown>)
  const [member, value] = pick(members, random)
  const other = typeof value === 'string' ? pick(textMutations, random)(value, random) : pick([!value, null, 1, 'false', []], random)
  return Buffer.from(JSON.stringify(Object.fromEntries([...members, [member, other]])))
}

function mutate(name: string, value: string, random: Random): unknown {
  const kind = random(10)
  const bytes = Buffer.from(value, 'base64url')
  if (kind < 2 || bytes.length === 0) return pick(textMutations, random)(value, random)
  return Buffer.from(kind < 6 ? mutateBytes(bytes, random) : mutateStructure(name, bytes, random)).toString('base64url')
}

const MEMBERS = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']

/**
 * A response with one member changed.
 *
 * @param response a valid one, which stays as it is; `random` decides which member, and how
 * @example mutated(response, randomFrom(1))
 */
export function mutated(response: Response, random: Random): Response {
  const copy: Response = { ...response, response: { ...response.response } }
  const inner = MEMBERS.filter(name => name in copy.response)
  const name = pick([...inner, ...inner, ...inner, 'id', 'rawId', 'type'], random)
  const target: Record<string, unknown> = name in copy.response ? copy.response : (copy as unknown as Record<string, unknown>)
  target[name] = mutate(name, String(target[name]), random)
  return copy
}
