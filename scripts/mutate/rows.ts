// Each row of the promises names mutants: with one of them applied, a test of that row must fail.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ACCEPTED } from './accepted.ts'
import { type Checkout, mutantsById } from './checkout.ts'
import { type Coverage, covering } from './coverage.ts'
import type { Lane } from './lane.ts'
import type { Mutant } from './mutants.ts'
import { holdsRow, KEPT, namedMutants, ROWS_FILE } from './named.ts'
import { readJson } from './read-json.ts'
import { inLanes, judgeOne, type RunOptions } from './runner.ts'
import type { TestFile } from './tests.ts'
import { Verdicts } from './verdicts.ts'

/** So many are tried for a row that names none. */
const MOST_TRIES = 40

const titlesOf = (row: string): string => `\\b${row}\\b`

export interface RowResult {
  row: string
  noticed: string[]
  /** Named, and yet no test of the row fails. */
  missed: string[]
}

interface Job {
  row: string
  tests: TestFile[]
}

/**
 * Applies the mutants of each row, each alone, and runs the row's tests. A row that names none looks for one among those that its tests
 * come by, and writes it down.
 */
export async function judgeRows(checkout: Checkout, only: readonly string[], options: RunOptions): Promise<RowResult[]> {
  const jobs = [...namedMutants(checkout.root).keys()]
    .filter(row => only.length === 0 || only.includes(row))
    .map((row): Job => ({ row, tests: checkout.tests.filter(({ text }) => holdsRow(text, row)) }))
  const results: RowResult[] = []
  // where nothing is to be looked for, nobody has to know what reaches what
  const named = namedMutants(checkout.root)
  const known = jobs.every(({ row }) => named.get(row)!.length > 0)
  await inLanes(checkout, jobs.length, options, async lanes => {
    const coverage = known ? {} : await lanes.coverage()
    await lanes.each(jobs, async (lane, job) => {
      const result = await judgeRow(checkout, coverage, lane, job)
      results.push(result)
      console.log(`${results.length} of ${jobs.length}: ${lineOf(result)}`)
    })
  })
  return results
}

export const lineOf = ({ row, noticed, missed }: RowResult): string =>
  `${row} ${noticed.length} noticed${missed.length > 0 ? `, not noticed: ${missed.join(', ')}` : ''}`

async function judgeRow(checkout: Checkout, coverage: Coverage, lane: Lane, job: Job): Promise<RowResult> {
  const ids = namedMutants(checkout.root).get(job.row) ?? []
  if (ids.length === 0) return look(checkout, coverage, lane, job)
  const noticed: string[] = []
  for (const mutant of mutantsById(checkout, ids)) if (await isNoticed(checkout, lane, mutant, job)) noticed.push(mutant.id)
  return { row: job.row, noticed, missed: ids.filter(id => !noticed.includes(id)) }
}

async function isNoticed(checkout: Checkout, lane: Lane, mutant: Mutant, { row, tests }: Job): Promise<boolean> {
  const { outcome } = await judgeOne(checkout, lane, mutant, tests, titlesOf(row))
  return outcome === 'killed'
}

async function look(checkout: Checkout, coverage: Coverage, lane: Lane, job: Job): Promise<RowResult> {
  for (const mutant of candidates(checkout, coverage, job))
    if (await isNoticed(checkout, lane, mutant, job)) {
      write(checkout.root, job.row, mutant.id)
      return { row: job.row, noticed: [mutant.id], missed: [] }
    }
  return { row: job.row, noticed: [], missed: [] }
}

function write(root: string, row: string, id: string): void {
  const file = join(root, ROWS_FILE)
  const named: Record<string, string[]> = { ...readJson(file, {}), [row]: [id] }
  const lines = KEPT.flatMap(one => (named[one] ? `  "${one}": [${named[one].map(each => `"${each}"`).join(', ')}]` : []))
  writeFileSync(file, `{\n${lines.join(',\n')}\n}\n`)
}

/** Those that a test file of the row noticed last, then those that the fewest other test files come by; one of each function first. */
function candidates(checkout: Checkout, coverage: Coverage, { tests }: Job): Mutant[] {
  const paths = new Set(tests.map(({ path }) => path))
  const verdicts = new Verdicts(checkout.root, checkout.tests, '', false)
  const weighed = checkout.mutants.flatMap(mutant => {
    if (ACCEPTED[mutant.id]) return []
    const first = paths.has(verdicts.killerOf(mutant.id)?.file ?? '')
    const reached = covering(coverage, mutant, checkout.files.get(mutant.path)!)
    if (!reached.some(path => paths.has(path))) return []
    return [{ mutant, weight: (first ? 0 : reached.length) + Number(mutant.id.split('/').at(-1)) / 1000 }]
  })
  return weighed
    .sort((a, b) => a.weight - b.weight)
    .slice(0, MOST_TRIES)
    .map(({ mutant }) => mutant)
}
