import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { emit } from './emit.ts'
import type { Lane, RunResult } from './lane.ts'
import { applied, type Mutant } from './mutants.ts'
import { doubtfulTests, saysNothing } from './not-counting.ts'
import { isBrowserTest, type TestFile } from './tests.ts'
import { patternOf } from './titles.ts'
import type { Verdict } from './verdicts.ts'

/** Everything that judging one mutant in one lane needs to know. */
export interface Case {
  mutant: Mutant
  /** Applied beside it: the layer that holds the same. */
  beside: Mutant | null
  /** Test files that cover it, likeliest first. */
  tests: TestFile[]
  textOf: (path: string) => string
  /** Only tests whose full name fits. */
  titles?: string | undefined
}

const doubts = new Map<string, ReturnType<typeof doubtfulTests>>()

function linesOf({ path, text, hash }: TestFile, mutant: Mutant): [number, number][] {
  const known = doubts.get(hash) ?? doubtfulTests(path, text)
  doubts.set(hash, known)
  return known.filter(one => saysNothing(one, mutant)).map(one => one.lines)
}

const notCounting = (tests: readonly TestFile[], mutant: Mutant): Record<string, [number, number][]> =>
  Object.fromEntries(tests.map(test => [test.path, linesOf(test, mutant)]))

function textsOf({ mutant, beside, textOf }: Case): Map<string, string> {
  const texts = new Map([[mutant.path, applied(textOf(mutant.path), mutant.edits)]])
  if (!beside) return texts
  const same = beside.path === mutant.path
  return texts.set(beside.path, applied(textOf(beside.path), same ? [...mutant.edits, ...beside.edits] : beside.edits))
}

/** Applies a mutant in a lane's copy, runs the tests that cover it, and puts the copy back. */
export async function judge(lane: Lane, one: Case, bundle: (folder: string) => void): Promise<Verdict> {
  const began = Date.now()
  const texts = textsOf(one)
  const stages = stagesOf(one)
  const put = async (text: (path: string) => string): Promise<void> => {
    for (const path of texts.keys()) {
      writeFileSync(join(lane.folder, path), text(path))
      if (stages.some(stage => stage.built)) await emit(lane.folder, path, text(path))
    }
  }
  let bundled = false
  const before = (stage: Stage): void => {
    if (stage.bundle && !bundled) bundle(lane.folder)
    bundled ||= stage.bundle
  }
  await put(path => texts.get(path)!)
  try {
    return { ...(await throughStages(lane, one, stages, before)), seconds: (Date.now() - began) / 1000 }
  } finally {
    await put(one.textOf)
    if (bundled) bundle(lane.folder)
  }
}

interface Stage {
  tests: TestFile[]
  built: boolean
  bundle: boolean
  /** Only tests whose full name fits. */
  titles?: string | undefined
}

const isBuilt = (test: TestFile): boolean => test.built && !isBrowserTest(test.path)
const isNarrow = ({ titles }: TestFile): boolean => titles !== undefined

/**
 * The likeliest file alone, then the tests that are known to come by, then files of which that is not known, then those that start
 * processes, then browsers. Last, whole, the files of which only some tests were asked: a test may come by thanks to another one.
 */
function stagesOf({ tests, mutant, titles }: Case): Stage[] {
  const inBrowser = mutant.path.startsWith('packages/browser/')
  const asked = titles === undefined ? tests : tests.map(test => ({ ...test, titles: undefined }))
  const isPlain = (test: TestFile): boolean => !isBuilt(test) && !isBrowserTest(test.path)
  const [first, ...rest] = asked
  const parts = [
    first ? [first] : [],
    rest.filter(test => isPlain(test) && isNarrow(test)),
    rest.filter(test => isPlain(test) && !isNarrow(test)),
    ...[isBuilt, ({ path }: TestFile) => isBrowserTest(path)].flatMap(kind =>
      [isNarrow, (test: TestFile) => !isNarrow(test)].map(width => rest.filter(test => kind(test) && width(test))),
    ),
    asked.filter(isNarrow).map(test => ({ ...test, titles: undefined })),
  ]
  return parts.filter(part => part.length > 0).map(part => stageOf(part, inBrowser, titles))
}

const stageOf = (tests: TestFile[], inBrowser: boolean, titles: string | undefined): Stage => ({
  tests,
  built: tests.some(isBuilt),
  bundle: inBrowser && tests.some(test => isBrowserTest(test.path)),
  titles: titles ?? (tests.every(isNarrow) ? patternOf(tests.flatMap(test => test.titles ?? [])) : undefined),
})

async function throughStages(
  lane: Lane,
  { mutant, beside }: Case,
  stages: readonly Stage[],
  before: (stage: Stage) => void,
): Promise<Omit<Verdict, 'seconds'>> {
  const timedOut: string[] = []
  const changed = [...new Set([mutant.path, ...(beside ? [beside.path] : [])])]
  for (const stage of stages) {
    const { tests, titles } = stage
    before(stage)
    const result = await lane.run({ files: tests.map(test => test.path), changed, notCounting: notCounting(tests, mutant), titles })
    const verdict = verdictOf(result)
    if (verdict) return verdict
    timedOut.push(...result.timedOut)
  }
  return timedOut.length > 0 ? { outcome: 'timed out', test: timedOut.join(', ') } : { outcome: 'survived' }
}

function verdictOf({ failure }: RunResult): Omit<Verdict, 'seconds'> | null {
  if (!failure) return null
  const { file, title, kind, message } = failure
  return kind === 'import' ? { outcome: 'import', file, test: message } : { outcome: 'killed', file, test: title }
}
