import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ACCEPTED } from './accepted.ts'
import type { Checkout } from './checkout.ts'
import { type Coverage, refresh, staleTests } from './coverage.ts'
import { judge } from './judge.ts'
import { Lane } from './lane.ts'
import { likeliest } from './likeliest.ts'
import { areaOf, type Mutant } from './mutants.ts'
import { readJson, writeJson } from './read-json.ts'
import { makeScratch } from './scratch.ts'
import { hashOfTests, type TestFile } from './tests.ts'
import { patternOf } from './titles.ts'
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
  /** Only so many test files, the likeliest: what survives may be noticed by another, and is not kept. */
  first?: number
  onVerdict?: (mutant: Mutant, verdict: Verdict) => void
}

const COVERAGE = '.mutate/reached.json'

/** Test files as they are, by what they reach. */
async function coverageOf({ root, tests }: Checkout, coverage: Coverage, folders: readonly string[]): Promise<void> {
  const stale = staleTests(root, tests, coverage)
  if (stale.length > 0) await refresh(folders, stale, coverage, () => writeJson(join(root, COVERAGE), coverage))
  const there = new Set(tests.map(test => test.path))
  for (const path of Object.keys(coverage)) if (!there.has(path)) delete coverage[path]
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

/** Applies each mutant alone and runs its tests until one notices. What is known already is not run again. */
export async function runMutants(checkout: Checkout, mutants: readonly Mutant[], options: RunOptions = {}): Promise<Map<string, Verdict>> {
  const { root, tests } = checkout
  const verdicts = new Verdicts(root, tests, hashOfTests(root), options.fresh ?? false)
  const found = new Map<string, Verdict>()
  for (const mutant of mutants) {
    const known = ACCEPTED[mutant.id] && !ACCEPTED[mutant.id]?.layer ? ({ outcome: 'accepted', seconds: 0 } as const) : verdicts.of(mutant)
    if (known && !options.tests) found.set(mutant.id, known)
  }
  const open = mutants.filter(({ id }) => !found.has(id))
  if (open.length > 0) await runOpen(checkout, open, verdicts, found, options)
  return found
}

async function runOpen(
  checkout: Checkout,
  open: readonly Mutant[],
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
  const titles = options.titles?.source
  await inLanes(checkout, open.length, options, async lanes => {
    if (!options.tests) await askWhoNoticed(checkout, lanes, open, verdicts, keep, options.killersOnly ?? false)
    const rest = open.filter(({ id }) => !found.has(id))
    if (rest.length === 0) return
    const testsFor = options.tests ? named(checkout, options.tests) : likeliest(checkout, await lanes.coverage(), verdicts, options)
    // what only browsers notice comes last: it takes longest
    rest.sort((a, b) => Number(areaOf(a.path) === 'browser') - Number(areaOf(b.path) === 'browser'))
    await lanes.each(rest, async (lane, mutant) => keep(mutant, await judgeOne(checkout, lane, mutant, testsFor(mutant), titles)))
  })
}

/** Who noticed a mutant last is asked first, and alone: for most that is all, and nobody has to know what reaches what. */
async function askWhoNoticed(
  checkout: Checkout,
  lanes: Lanes,
  open: readonly Mutant[],
  verdicts: Verdicts,
  keep: (mutant: Mutant, verdict: Verdict) => void,
  andNobodyElse: boolean,
): Promise<void> {
  const testsOf = ({ id }: Mutant): TestFile[] => checkout.tests.filter(({ path }) => path === verdicts.killerOf(id)?.file)
  const asked = open.filter(mutant => andNobodyElse || testsOf(mutant).length > 0)
  const isNoticed = ({ outcome }: Verdict): boolean => outcome === 'killed' || outcome === 'accepted'
  await lanes.each(asked, async (lane, mutant) => {
    const titles = titlesOf(verdicts.killerOf(mutant.id)?.test ?? '')
    const first = titles === null ? null : await judgeOne(checkout, lane, mutant, testsOf(mutant), titles)
    const verdict = first && isNoticed(first) ? first : await judgeOne(checkout, lane, mutant, testsOf(mutant))
    if (andNobodyElse || isNoticed(verdict)) keep(mutant, verdict)
  })
}

/** What finds a test by its full name; null where that is not known. */
const titlesOf = (test: string): string | null => (test === '' ? null : patternOf([test.replaceAll(' > ', ' ')]))

/** The copies of a run, each with its process. */
export interface Lanes {
  /** Works through jobs in as many lanes as there are. */
  each<Job>(jobs: readonly Job[], doJob: (lane: Lane, job: Job) => Promise<void>): Promise<void>
  /** Which test file reaches what, taken where it is not known. */
  coverage(): Promise<Coverage>
}

/** Makes the copies, and removes them when the work is done. */
export async function inLanes(
  checkout: Checkout,
  most: number,
  options: Pick<RunOptions, 'lanes' | 'work' | 'killersOnly'>,
  work: (lanes: Lanes) => Promise<void>,
): Promise<void> {
  const place = options.work ?? mkdtempSync(join(tmpdir(), 'latchkey-mutate-'))
  const folders = Array.from({ length: Math.min(options.lanes ?? 1, most) }, (_, index) => join(place, `lane-${index + 1}`))
  const coverage = readJson<Coverage>(join(checkout.root, COVERAGE), {})
  try {
    for (const folder of folders) makeScratch(checkout.root, folder, !options.killersOnly)
    await work({
      async each(jobs, doJob) {
        const queue = [...jobs]
        await Promise.all(folders.map(folder => workThrough(queue, new Lane(folder, {}, limitFrom(coverage)), doJob)))
      },
      async coverage() {
        await coverageOf(checkout, coverage, folders)
        return coverage
      },
    })
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    if (!options.work) rmSync(place, { recursive: true, force: true })
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
const mayKeep = ({ tests, killersOnly, quick, first }: RunOptions, { outcome }: Verdict): boolean =>
  !tests && !killersOnly && (outcome === 'killed' || outcome === 'accepted' || (outcome === 'survived' && !quick && !first))

const named =
  ({ tests }: Checkout, paths: readonly string[]) =>
  (): TestFile[] =>
    paths.flatMap(path => tests.filter(test => test.path === path))

export async function judgeOne(checkout: Checkout, lane: Lane, mutant: Mutant, tests: TestFile[], titles?: string): Promise<Verdict> {
  const accepted = ACCEPTED[mutant.id]
  const beside = checkout.mutants.find(({ id }) => id === accepted?.layer) ?? null
  const textOf = (path: string): string => checkout.files.get(path)!.text
  const verdict = await judge(lane, { mutant, beside, tests, textOf, titles }, bundle)
  return accepted && verdict.outcome === 'killed' ? { ...verdict, outcome: 'accepted' } : verdict
}
