import { parseArgs } from 'node:util'
import { ACCEPTED, MOST_ACCEPTED } from './accepted.ts'
import { hashOf, type Mutant } from './mutants.ts'

export interface Flags {
  sample: number | null
  seed: string
  only: string[]
  list: boolean
  lanes: number
  work: string | undefined
  fresh: boolean
  quick: boolean
  first: number | null
  rows: boolean
}

const USAGE =
  'npm run mutate -- [--sample N] [--seed S] [--only PATH-or-id] [--list] [--lanes N] [--work DIR] [--fresh] [--quick] [--first N] [--rows]'

function whole(name: string, text: string | undefined, otherwise: number | null): number | null {
  if (text === undefined) return otherwise
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${name} is a number from 1 up, not “${text}”. ${USAGE}`)
  return Number(text)
}

/** @throws Error with one clear line for a flag that is none */
export function readFlags(args: string[]): Flags {
  try {
    const text = { type: 'string' } as const
    const yes = { type: 'boolean', default: false } as const
    const only = { type: 'string', multiple: true, default: [] as string[] } as const
    const options = { sample: text, seed: text, only, list: yes, lanes: text, work: text, fresh: yes, quick: yes, first: text, rows: yes }
    const { values } = parseArgs({ args, options, allowPositionals: false })
    const { sample, seed = '1', lanes, work, first } = values
    const numbers = { sample: whole('sample', sample, null), first: whole('first', first, null), lanes: whole('lanes', lanes, 1) ?? 1 }
    return { ...values, ...numbers, seed, work }
  } catch (error) {
    const message = (error as Error).message
    throw new Error(message.includes(USAGE) ? message : `${message.split('\n')[0]} ${USAGE}`)
  }
}

/** N of them, by chance that a seed repeats; a mutant keeps its place in it whatever else there is. */
export const sampleOf = (mutants: readonly Mutant[], size: number, seed: string): Mutant[] =>
  [...mutants].sort((a, b) => (hashOf(seed + a.id) < hashOf(seed + b.id) ? -1 : 1)).slice(0, size)

/** @throws Error where nothing is left */
export function selected(mutants: readonly Mutant[], { only, sample, seed }: Pick<Flags, 'only' | 'sample' | 'seed'>): Mutant[] {
  const named = mutants.filter(({ id, path }) => only.length === 0 || only.some(one => id.startsWith(one) || path.includes(one)))
  if (named.length === 0) throw new Error(`no mutant has an id that begins with, or a path that contains, ${only.join(' or ')}`)
  return sample === null ? named : sampleOf(named, sample, seed)
}

/** What is wrong with the list of accepted mutants, in one line; null where nothing is. */
export function acceptedFault(mutants: readonly Mutant[], accepted = ACCEPTED): string | null {
  const ids = new Set(mutants.map(({ id }) => id))
  const unknown = Object.entries(accepted)
    .flatMap(([id, { layer }]) => [id, layer ?? id])
    .filter(id => !ids.has(id))
  if (unknown.length > 0) return `accepted, but there is no such mutant: ${unknown.join(', ')}`
  const share = Object.keys(accepted).length / mutants.length
  return share > MOST_ACCEPTED ? `${Object.keys(accepted).length} of ${mutants.length} are accepted: at most 3 of 100 may be` : null
}
