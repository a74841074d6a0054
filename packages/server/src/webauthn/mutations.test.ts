import { SoftwareAuthenticator } from '@latchkey/testing/authenticator'
import { beforeAll, expect, test } from 'vitest'
import { type CredentialFacts, type StoredCredential, verifyAuthentication, verifyRegistration, WebAuthnError } from './index.ts'

const MUTATIONS = Number(process.env.LATCHKEY_FUZZ_MUTATIONS ?? 20_000)
const seed = Number(process.env.LATCHKEY_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))

const challenge = 'kJBEXQJmL1Yv4zzsVBEVYPXeMKIk6ds4ErqpJPKFRaE'
const rp = { challenge, origins: ['https://example.org'], rpId: 'example.org', userVerification: 'preferred' } as const

interface Response {
  id: string
  rawId: string
  type: string
  response: Record<string, unknown>
}

interface Subject {
  name: string
  response: Response
  /** Runs the ceremony and describes what an accepted response may not differ in. */
  accepted: (response: unknown) => string
}

const subjects: Subject[] = []

beforeAll(async () => {
  for (const alg of [-7, -8, -257]) {
    const phone = new SoftwareAuthenticator({ origin: 'https://example.org', algorithms: [alg], attestation: 'packed-self' })
    const registration = await create(phone, alg)
    const { id, publicKey, signCount, backupEligible } = verifyRegistration(registration, rp)
    const credential = { id, publicKey, signCount, backupEligible, userHandle: Buffer.from('user') }
    const assertion = await phone.get({ challenge, rpId: 'example.org' })
    subjects.push({ name: `packed self ${alg}`, response: asResponse(registration), accepted: signedRegistration })
    subjects.push({
      name: `assertion ${alg}`,
      response: asResponse(assertion),
      accepted: response => signedAssertion(response, credential),
    })
  }
  const registration = await create(new SoftwareAuthenticator({ origin: 'https://example.org' }), -7)
  subjects.push({ name: 'none', response: asResponse(registration), accepted: unsignedRegistration })
})

function asResponse({ id, rawId, type, response }: Omit<Response, 'response'> & { response: object }): Response {
  // A registration's JSON repeats parts of the attestation object for the page's convenience; the verifier reads no copy.
  const { authenticatorData, ...rest } = response as Record<string, unknown>
  return { id, rawId, type, response: 'attestationObject' in rest ? rest : { ...rest, authenticatorData } }
}

async function create(phone: SoftwareAuthenticator, alg: number) {
  const user = { id: 'dXNlcg', name: 'ada', displayName: 'Ada' }
  return await phone.create({ rp: { id: 'example.org', name: 'E' }, user, challenge, pubKeyCredParams: [{ type: 'public-key', alg }] })
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

/** Everything in an assertion is signed or compared with the record. */
function signedAssertion(response: unknown, credential: StoredCredential): string {
  const facts = verifyAuthentication(response, { ...rp, credential, userHandle: 'required' })
  const { clientDataJSON, authenticatorData, signature, userHandle = new Uint8Array() } = facts
  return JSON.stringify([facts.credentialId, ...[clientDataJSON, authenticatorData, signature, userHandle].map(text)])
}

/** A self attestation signs authenticator data and client data; nothing else is in the attestation object. */
function signedRegistration(response: unknown): string {
  const facts = verifyRegistration(response, rp)
  return JSON.stringify([facts.id, text(facts.clientDataJSON), text(facts.attestationObject)])
}

/** Nothing is signed here. Checked are id, key, relying party and place; flags, counter and model are the authenticator's to say. */
function unsignedRegistration(response: unknown): string {
  const facts: CredentialFacts = verifyRegistration(response, rp)
  return JSON.stringify([facts.id, text(facts.publicKey), facts.algorithm, facts.rpId, facts.origin, facts.attestation])
}

type Random = (below: number) => number

/** A small generator (xorshift32), so that a seed repeats the choice of mutations. */
function randomFrom(start: number): Random {
  let state = start || 1
  return below => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const byteMutations: ((bytes: number[], random: Random) => unknown)[] = [
  (bytes, random) => bytes.splice(random(bytes.length), 1, random(256)),
  (bytes, random) => bytes.splice(random(bytes.length), 1),
  (bytes, random) => bytes.splice(random(bytes.length + 1), 0, random(256)),
  (bytes, random) => bytes.splice(random(bytes.length)),
  (bytes, random) => bytes.push(...bytes.slice(random(bytes.length))),
  (bytes, random) => bytes.splice(random(bytes.length), 1 + random(8), ...Array.from({ length: random(12) }, () => random(256))),
  (bytes, random) => bytes.splice(random(bytes.length), 0, ...bytes.slice(random(bytes.length)).slice(0, 16)),
  (bytes, random) => {
    const at = random(bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8))
  },
]

const textMutations: ((value: string, random: Random) => unknown)[] = [
  value => `${value}=`,
  value => `${value}A`,
  value => value.replaceAll('_', '/').replaceAll('-', '+'),
  (value, random) => value.slice(0, random(value.length)),
  (value, random) => value.slice(0, random(value.length)) + String.fromCharCode(random(0x3000)) + value.slice(random(value.length)),
  (_, random) => [undefined, null, '', 0, [], {}, true][random(7)],
  value => [value],
]

function mutateBytes(value: string, random: Random): string {
  const bytes = [...Buffer.from(value, 'base64url')]
  for (let i = 0; i <= random(2); i++) byteMutations[random(byteMutations.length)]?.(bytes, random)
  return Buffer.from(bytes).toString('base64url')
}

function mutate(value: string, random: Random): unknown {
  return random(5) > 0 ? mutateBytes(value, random) : textMutations[random(textMutations.length)]?.(value, random)
}

function mutated(response: Response, random: Random): Response {
  const copy: Response = { ...response, response: { ...response.response } }
  const inner = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'].filter(
    name => name in copy.response,
  )
  const names = [...inner, ...inner, 'id', 'rawId', 'type']
  const name = names[random(names.length)] ?? 'id'
  const target: Record<string, unknown> = name in copy.response ? copy.response : (copy as unknown as Record<string, unknown>)
  target[name] = mutate(String(target[name]), random)
  return copy
}

test(`${MUTATIONS} mutations: no untidy error, nothing accepted that differs in a signed or checked byte (seed ${seed})`, {
  timeout: Math.max(180_000, MUTATIONS * 10),
}, () => {
  console.info(`mutations: seed ${seed} (LATCHKEY_FUZZ_SEED=${seed} repeats it)`)
  const random = randomFrom(seed)
  const reasons = new Map<string, number>()
  const honest = subjects.map(({ response, accepted }) => accepted(response))
  for (let i = 0; i < MUTATIONS; i++) {
    const index = random(subjects.length)
    const subject = subjects[index]
    if (!subject) continue
    const response = mutated(subject.response, random)
    const outcome = run(subject, response, honest[index])
    reasons.set(outcome, (reasons.get(outcome) ?? 0) + 1)
  }
  expect([...reasons.keys()]).not.toContain('unexpected')
  expect(reasons.size).toBeGreaterThan(15) // the mutations reach deep, not just the outer walls
  expect(reasons.get('accepted') ?? 0).toBeLessThan(MUTATIONS / 10)
})

function run(subject: Subject, response: Response, honest: string | undefined): string {
  const about = (): string => `${subject.name}, seed ${seed}: ${JSON.stringify(response)}`
  try {
    const facts = subject.accepted(response)
    if (facts === honest) return 'accepted'
  } catch (error) {
    if (error instanceof WebAuthnError && error.reason !== 'unexpected') return error.reason
    throw new Error(`untidy: ${about()}`, { cause: error })
  }
  throw new Error(`accepted, though it differs: ${about()}`)
}
