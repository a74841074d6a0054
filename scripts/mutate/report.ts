import type { Checkout } from './checkout.ts'
import { groupBy } from './group.ts'
import { areaOf, type Mutant } from './mutants.ts'
import type { Outcome, Verdict } from './verdicts.ts'

const OUTCOMES: readonly Outcome[] = ['killed', 'accepted', 'survived', 'timed out', 'import']

type Judged = [Mutant, Verdict]

function countsOf(judged: readonly Judged[]): Record<string, number> {
  const places = new Set(judged.map(([{ path, edits }]) => `${path}:${edits[0]?.start}`))
  const outcomes = OUTCOMES.map(name => [name, judged.filter(([, { outcome }]) => outcome === name).length])
  return { places: places.size, mutants: judged.length, ...Object.fromEntries(outcomes) }
}

function table(judged: readonly Judged[], keyOf: (mutant: Mutant) => string): void {
  const groups = [...groupBy(judged, ([mutant]) => keyOf(mutant))].sort(([a], [b]) => (a < b ? -1 : 1))
  console.table(Object.fromEntries([...groups.map(([name, all]) => [name, countsOf(all)]), ['all', countsOf(judged)]]))
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 160)

/** File and line, and what stands there before and after. */
export function describe({ files }: Checkout, { id, path, edits }: Mutant): string {
  const { text } = files.get(path)!
  const line = text.slice(0, edits[0]!.start).split('\n').length
  const changes = edits.map(({ start, end, text: put }) => `    ${oneLine(text.slice(start, end))}\n    -> ${oneLine(put) || '(left out)'}`)
  return `${id}\n  ${path}:${line}\n${changes.join('\n')}`
}

/** Prints the tables and whatever nobody noticed. @returns whether all were noticed */
export function report(checkout: Checkout, verdicts: ReadonlyMap<string, Verdict>): boolean {
  const judged = checkout.mutants.flatMap((mutant): Judged[] => {
    const verdict = verdicts.get(mutant.id)
    return verdict ? [[mutant, verdict]] : []
  })
  table(judged, mutant => areaOf(mutant.path))
  table(judged, mutant => mutant.rule)
  const open = judged.filter(([, { outcome }]) => outcome !== 'killed' && outcome !== 'accepted')
  for (const [mutant, { outcome, test }] of open)
    console.log(`\n${outcome}: ${describe(checkout, mutant)}${test ? `\n    (${oneLine(test)})` : ''}`)
  const count = (name: Outcome): number => judged.filter(([, { outcome }]) => outcome === name).length
  console.log(`\n${count('timed out')} timed out, ${count('import')} failed at import`)
  console.log(`${count('killed')} killed, ${count('accepted')} accepted, ${count('survived')} survived`)
  return open.length === 0
}
