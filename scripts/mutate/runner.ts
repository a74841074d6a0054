import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ACCEPTED } from './accepted.ts'
import type { SourceFile } from './ast.ts'
import { type Coverage, covering, refresh, staleTests } from './coverage.ts'
import { groupBy } from './group.ts'
import { judge } from './judge.ts'
import { Lane } from './lane.ts'
import { type Mutant, mutantsOf, readSources } from './mutants.ts'
import { asksTheTable } from './not-counting.ts'
import { readJson, writeJson } from './read-json.ts'
import { makeScratch } from './scratch.ts'
import { hashOfTests, isBrowserTest, readTests, type TestFile } from './tests.ts'
import { type Verdict, Verdicts } from './verdicts.ts'

export interface RunOptions {
  /** How many scratch copies, each with a process of its own. */
  lanes?: number
  /** Where the copies are made. */
  work?: string
  /** Forget what was found before. */
  fresh?: boolean
  /** Only these test files, in place of those that cover a mutant. */
  tests?: readonly string[]
  /** Of those only the tests whose full name fits: what a row of the promises says that it proves. */
  titles?: RegExp
  /** Take who noticed last at their word, without taking coverage: for the few of the ordinary test run. */
  killersOnly?: boolean
  /** Leave out the slowest test files: what survives may be noticed by one of them, and is not kept. */
  quick?: boolean
  onVerdict?: (mutant: Mutant, verdict: Verdict) => void
}

/** The checkout as the runner sees it: what is judged, its mutants, its tests. */
export interface Checkout {
  root: string
  files: Map<string, SourceFile>
  mutants: Mutant[]
  tests: TestFile[]
}

export function readCheckout(root: string): Checkout {
  const files = readSources(root)
  const tests = readTests(root).filter(test => process.env.LATCHKEY_BROWSER || !isBrowserTest(test.path))
  return { root, files: new Map(files.map(file => [file.path, file])), mutants: mutantsOf(files), tests }
}

/** @throws Error naming an id that is none */
export const mutantsById = (checkout: Checkout, ids: readonly string[]): Mutant[] =>
  ids.map(id => {
    const mutant = checkout.mutants.find(one => one.id === id)
    if (!mutant) throw new Error(`there is no mutant ${id}`)
    return mutant
  })

/** What takes longer alone is left out of a quick run. */
const QUICK_MS = 10_000

const COVERAGE = '.mutate/coverage.json'

/** Test files as they are, by what they reach. */
async function coverageOf({ root, tests }: Checkout, folder: string): Promise<Coverage> {
  const file = join(root, COVERAGE)
  const coverage = readJson<Coverage>(file, {})
  const stale = staleTests(root, tests, coverage)
  if (stale.length > 0) await refresh(folder, stale, coverage, () => writeJson(file, coverage))
  const there = new Set(tests.map(test => test.path))
  for (const path of Object.keys(coverage)) if (!there.has(path)) delete coverage[path]
  return coverage
}

/** Ten times what it takes alone, and never less than a minute: the machine may be busy. */
const limitFrom =
  (coverage: Coverage) =>
  (file: string): number =>
    Math.max(60_000, 10 * (coverage[file]?.ms ?? 12_000))

/** The page script as browsers load it, built anew from the copy's sources. */
function bundle(folder: string): void {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs', '--scripts'], { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(`the page script can’t be built in ${folder}: ${stderr}`)
}

const wordsOf = (path: string): string[] =>
  path
    .split('/')
    .at(-1)!
    .split(/[.-]/)
    .filter(word => !/^(ts|tsx|test)$/.test(word))
    .map(word => word.replace(/s$/, ''))

/** How likely a test file is to be about a source: by the words of their names, and by the folder. */
function closeness(path: string, test: string): number {
  const words = new Set(wordsOf(path))
  const sameFolder = test.startsWith(path.slice(0, path.lastIndexOf('/') + 1)) ? 0.25 : 0
  return wordsOf(test).filter(word => words.has(word)).length / 2 + sameFolder
}

/** Tests that cover a mutant: who noticed last, who noticed its neighbours, who goes by its name, then the quickest. */
function orderFor(checkout: Checkout, coverage: Coverage, verdicts: Verdicts): (mutant: Mutant) => TestFile[] {
  const byPath = new Map(checkout.tests.map(test => [test.path, test]))
  const neighbours = groupBy(checkout.mutants, mutant => mutant.path)
  return mutant => {
    const near = verdicts.killersOf(neighbours.get(mutant.path) ?? [])
    const score = (test: string): number =>
      test === verdicts.killerOf(mutant.id) ? Number.POSITIVE_INFINITY : (near.get(test) ?? 0) + closeness(mutant.path, test)
    const reached = covering(coverage, mutant, checkout.files.get(mutant.path)!).filter(test => !asksTheTable(test, mutant))
    const scores = new Map(reached.map(test => [test, score(test)]))
    return reached.sort((a, b) => Math.sign((scores.get(b) ?? 0) - (scores.get(a) ?? 0) || 0)).flatMap(path => byPath.get(path) ?? [])
  }
}

/** Applies each mutant alone and runs its tests until one notices. What is known already is not run again. */
export async function runMutants(checkout: Checkout, mutants: readonly Mutant[], options: RunOptions = {}): Promise<Map<string, Verdict>> {
  const { root, tests } = checkout
  const verdicts = new Verdicts(root, tests, hashOfTests(root), options.fresh ?? false)
  const found = new Map<string, Verdict>()
  const open = mutants.filter(mutant => {
    const known = ACCEPTED[mutant.id] && !ACCEPTED[mutant.id]?.layer ? ({ outcome: 'accepted', seconds: 0 } as const) : verdicts.of(mutant)
    if (known && !options.tests) found.set(mutant.id, known)
    return !found.has(mutant.id)
  })
  if (open.length > 0) await runOpen(checkout, open, verdicts, found, options)
  return found
}

async function runOpen(
  checkout: Checkout,
  open: Mutant[],
  verdicts: Verdicts,
  found: Map<string, Verdict>,
  options: RunOptions,
): Promise<void> {
  const ids = new Set(checkout.mutants.map(({ id }) => id))
  const keep = (mutant: Mutant, verdict: Verdict): void => {
    found.set(mutant.id, verdict)
    if (mayKeep(options, verdict)) verdicts.keep(mutant, verdict, ids)
    options.onVerdict?.(mutant, verdict)
  }
  await inLanes(checkout, open, options, coverage => {
    const testsFor = chooser(checkout, coverage, verdicts, options)
    return async (lane, mutant) => keep(mutant, await judgeOne(checkout, lane, mutant, testsFor(mutant), options.titles?.source))
  })
}

/** Makes the copies, takes coverage where it is needed, and works through jobs in as many lanes. */
export async function inLanes<Job>(
  checkout: Checkout,
  jobs: readonly Job[],
  options: Pick<RunOptions, 'lanes' | 'work' | 'killersOnly' | 'tests'>,
  begin: (coverage: Coverage) => (lane: Lane, job: Job) => Promise<void>,
): Promise<void> {
  const work = options.work ?? mkdtempSync(join(tmpdir(), 'latchkey-mutate-'))
  const folders = Array.from({ length: Math.min(options.lanes ?? 1, jobs.length) }, (_, index) => join(work, `lane-${index + 1}`))
  try {
    for (const folder of folders) makeScratch(checkout.root, folder, !options.killersOnly)
    const coverage = options.killersOnly || options.tests ? {} : await coverageOf(checkout, folders[0]!)
    const doJob = begin(coverage)
    const queue = [...jobs]
    await Promise.all(folders.map(folder => workThrough(queue, new Lane(folder, {}, limitFrom(coverage)), doJob)))
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    if (!options.work) rmSync(work, { recursive: true, force: true })
  }
}

/** One lane, until nothing is left to do. */
async function workThrough<Job>(queue: Job[], lane: Lane, doJob: (lane: Lane, job: Job) => Promise<void>): Promise<void> {
  try {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) await doJob(lane, job)
  } finally {
    lane.stop()
  }
}

/** What timed out or could not be loaded is tried again: a process that was ended by somebody looks the same. */
const mayKeep = ({ tests, killersOnly, quick }: RunOptions, { outcome }: Verdict): boolean =>
  !tests && !killersOnly && (outcome === 'killed' || outcome === 'accepted' || (outcome === 'survived' && !quick))

function chooser(checkout: Checkout, coverage: Coverage, verdicts: Verdicts, options: RunOptions): (mutant: Mutant) => TestFile[] {
  const named = (paths: readonly (string | undefined)[]): TestFile[] =>
    paths.flatMap(path => checkout.tests.filter(test => test.path === path))
  if (options.tests) return () => named(options.tests!)
  if (options.quick) {
    const order = orderFor(checkout, coverage, verdicts)
    return mutant => order(mutant).filter(({ path }) => (coverage[path]?.ms ?? 0) < QUICK_MS || path === verdicts.killerOf(mutant.id))
  }
  return options.killersOnly ? ({ id }) => named([verdicts.killerOf(id)]) : orderFor(checkout, coverage, verdicts)
}

export async function judgeOne(checkout: Checkout, lane: Lane, mutant: Mutant, tests: TestFile[], titles?: string): Promise<Verdict> {
  const accepted = ACCEPTED[mutant.id]
  const beside = checkout.mutants.find(({ id }) => id === accepted?.layer) ?? null
  const textOf = (path: string): string => checkout.files.get(path)!.text
  const verdict = await judge(lane, { mutant, beside, tests, textOf, titles }, bundle)
  return accepted && verdict.outcome === 'killed' ? { ...verdict, outcome: 'accepted' } : verdict
}
