import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { emit } from './emit.ts'
import type { Lane, RunResult } from './lane.ts'
import { applied, type Mutant } from './mutants.ts'
import { doubtfulTests, saysNothing } from './not-counting.ts'
import { isBrowserTest, type TestFile } from './tests.ts'
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
}

/** The likeliest file alone, then the quick ones, then those that start processes, then browsers. */
function stagesOf({ tests, mutant }: Case): Stage[] {
  const [first] = tests
  const rest = tests.slice(1)
  const isBuilt = (test: TestFile): boolean => test.built && !isBrowserTest(test.path)
  const parts = [
    first ? [first] : [],
    rest.filter(test => !isBrowserTest(test.path) && !isBuilt(test)),
    rest.filter(isBuilt),
    rest.filter(test => isBrowserTest(test.path)),
  ]
  const inBrowser = mutant.path.startsWith('packages/browser/')
  return parts
    .filter(part => part.length > 0)
    .map(part => ({ tests: part, built: part.some(isBuilt), bundle: inBrowser && part.some(test => isBrowserTest(test.path)) }))
}

async function throughStages(
  lane: Lane,
  { mutant, beside, titles }: Case,
  stages: readonly Stage[],
  before: (stage: Stage) => void,
): Promise<Omit<Verdict, 'seconds'>> {
  const timedOut: string[] = []
  const changed = [...new Set([mutant.path, ...(beside ? [beside.path] : [])])]
  for (const stage of stages) {
    const { tests } = stage
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
