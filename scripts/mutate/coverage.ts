import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SourceFile } from './ast.ts'
import { blockAt } from './blocks.ts'
import { Lane } from './lane.ts'
import { hashOf, type Mutant } from './mutants.ts'
import { readJson } from './read-json.ts'
import { isBrowserTest, type TestFile } from './tests.ts'

/** What one test file reaches. */
interface Reached {
  test: string
  ms: number
  passed: boolean
  /** Full names of its tests. */
  titles: string[]
  /** By file that it loads. */
  files: Record<string, ReachedFile>
}

interface ReachedFile {
  hash: string
  /** Blocks that were run; 'all' where only the file is known. */
  blocks: number[] | 'all'
  /** By block that only a few of the tests run: their numbers in `titles`. */
  by: Record<string, number[]>
}

/** What a test file hit, as `path#block`. */
export interface Hits {
  /** Outside of its tests: each of them rests on it. */
  outside: string[]
  /** By full name. */
  tests: [string, string[]][]
}

export type Coverage = Record<string, Reached>

/** Where more tests than these come by, they are not told apart: the file is run whole. */
const FEW = 12

/** Long enough for the slowest file on a busy machine. */
const ALONE_MS = 600_000

const hashAt = (root: string, path: string, known: Map<string, string>): string => {
  const hash = known.get(path) ?? (existsSync(join(root, path)) ? hashOf(readFileSync(join(root, path), 'utf8')) : 'gone')
  known.set(path, hash)
  return hash
}

/** Whether the test file and all that it loads are as they were. */
function isFresh(root: string, test: TestFile, reached: Reached | undefined, known: Map<string, string>): boolean {
  return (
    reached?.test === test.hash &&
    reached.passed &&
    Object.entries(reached.files).every(([path, { hash }]) => hashAt(root, path, known) === hash)
  )
}

export const staleTests = (root: string, tests: readonly TestFile[], coverage: Coverage): TestFile[] => {
  const known = new Map<string, string>()
  return tests.filter(test => !isFresh(root, test, coverage[test.path], known))
}

/** Takes what is stale anew, each test file alone, in as many copies as there are. */
export async function refresh(folders: readonly string[], stale: readonly TestFile[], coverage: Coverage, save: () => void): Promise<void> {
  const queue = [...stale]
  let done = 0
  const keep = (test: TestFile, reached: Reached): void => {
    coverage[test.path] = reached
    const { ms, passed, files } = reached
    console.log(
      `coverage ${++done} of ${stale.length}: ${test.path}, ${Object.keys(files).length} files, ${ms} ms${passed ? '' : ', does not pass here: it notices nothing'}`,
    )
    save()
  }
  await Promise.all(folders.map(folder => takeFrom(queue, folder, keep)))
}

async function takeFrom(queue: TestFile[], folder: string, keep: (test: TestFile, reached: Reached) => void): Promise<void> {
  const hits = join(folder, '.hits.json')
  const lane = new Lane(folder, { MUTATE_HITS: hits }, () => ALONE_MS)
  try {
    for (let test = queue.shift(); test; test = queue.shift()) keep(test, await takeOne(lane, hits, test))
  } finally {
    lane.stop()
  }
}

async function takeOne(lane: Lane, hits: string, test: TestFile): Promise<Reached> {
  rmSync(hits, { force: true })
  rmSync(`${hits}.processes`, { recursive: true, force: true })
  const { passed } = await lane.run({ files: [test.path], changed: [], notCounting: {} })
  const { outside, tests } = readJson<Hits>(hits, { outside: [], tests: [] })
  const files = new Map<string, ReachedFile>()
  const known = new Map<string, string>()
  const fileAt = (path: string): ReachedFile => {
    const file = files.get(path) ?? { hash: hashAt(lane.folder, path, known), blocks: [], by: {} }
    files.set(path, file)
    return file
  }
  for (const [place, numbers] of byPlace(outside, tests)) {
    const [path, block] = place.split('#') as [string, string]
    const file = fileAt(path)
    if (file.blocks !== 'all') file.blocks.push(Number(block))
    if (numbers !== 'all' && numbers.length <= FEW) file.by[block] = numbers
  }
  for (const path of processFiles(lane.folder, `${hits}.processes`)) Object.assign(fileAt(path), { blocks: 'all', by: {} })
  const titles = tests.map(([title]) => title)
  return { test: test.hash, titles, files: Object.fromEntries(files), ...(passed[test.path] ?? { ms: ALONE_MS, passed: false }) }
}

/** By `path#block`: the numbers of the tests that hit it, or 'all'. */
function byPlace(outside: Hits['outside'], tests: Hits['tests']): Map<string, number[] | 'all'> {
  const found = new Map<string, number[] | 'all'>(outside.map(place => [place, 'all']))
  tests.forEach(([, places], number) => {
    for (const place of places) {
      const numbers = found.get(place) ?? []
      if (numbers !== 'all') found.set(place, [...numbers, number])
    }
  })
  return found
}

interface ProcessCoverage {
  result: { url: string; functions: { functionName: string; ranges: { count: number }[] }[] }[]
}

/** Sources of which a process that the test started ran a function, built or not. */
function processFiles(root: string, folder: string): string[] {
  if (!existsSync(folder)) return []
  const all = readdirSync(folder).flatMap(name => readJson<ProcessCoverage>(join(folder, name), { result: [] }).result ?? [])
  const run = all.filter(
    ({ url, functions }) => url.startsWith('file:') && functions.some(one => one.functionName !== '' && one.ranges[0]!.count > 0),
  )
  return [...new Set(run.flatMap(({ url }) => sourceOf(root, relative(root, fileURLToPath(url)))))]
}

function sourceOf(root: string, path: string): string[] {
  if (/^\.\.|node_modules/.test(path) || !/\.[jt]sx?$/.test(path)) return []
  const candidates = path.includes('/dist/') ? ['.ts', '.tsx'].map(end => path.replace('/dist/', '/src/').replace(/\.js$/, end)) : [path]
  return candidates.filter(one => existsSync(join(root, one)))
}

/** The page script runs in a browser, where nothing is counted: every browser test covers all of it. */
const runsPageScript = (test: string, path: string): boolean => isBrowserTest(test) && path.startsWith('packages/browser/src/')

/** Which test files reach a mutant's place, in the order of what they cost. */
export function covering(coverage: Coverage, mutant: Mutant, file: SourceFile): string[] {
  const block = blockAt(file, mutant.reach)
  const hash = hashOf(file.text)
  const found = Object.entries(coverage).filter(([test, { files, passed }]) => {
    const reached = files[file.path]
    if (!passed) return false
    if (runsPageScript(test, file.path)) return true
    return reached !== undefined && (reached.hash !== hash || reached.blocks === 'all' || reached.blocks.includes(block))
  })
  return found.sort(([, a], [, b]) => a.ms - b.ms).map(([test]) => test)
}

/** Which of a file's tests come by a mutant's place; undefined where that is not known, or they are many. */
export function comingBy(coverage: Coverage, test: string, mutant: Mutant, file: SourceFile): string[] | undefined {
  const { files, titles } = coverage[test]!
  const reached = files[file.path]
  if (!reached || reached.hash !== hashOf(file.text)) return undefined
  return reached.by[blockAt(file, mutant.reach)]?.map(number => titles[number]!)
}
