import type { Checkout } from './checkout.ts'
import { type Coverage, comingBy, covering } from './coverage.ts'
import { groupBy } from './group.ts'
import { areaOf, type Mutant } from './mutants.ts'
import { holdsRow, namedMutants } from './named.ts'
import { asksTheTable } from './not-counting.ts'
import { isBrowserTest, type TestFile } from './tests.ts'
import type { Verdicts } from './verdicts.ts'

/** What takes longer alone is left out of a quick run, as browsers are. */
const QUICK_MS = 25_000

const wordsOf = (path: string): string[] =>
  path
    .split('/')
    .slice(-2)
    .flatMap(name => name.split(/[.-]/))
    .filter(word => !/^(ts|tsx|test|src|index)$/.test(word))
    .map(word => word.replace(/s$/, ''))

/** How likely a test file is to be about a source: by the words of their names and folders, and by the folder itself. */
function closeness(path: string, test: string): number {
  const words = new Set(wordsOf(path))
  const sameFolder = test.startsWith(path.slice(0, path.lastIndexOf('/') + 1)) ? 0.25 : 0
  return wordsOf(test).filter(word => words.has(word)).length / 2 + sameFolder
}

/** How many of the mutants that were noticed in a group each test file noticed. */
function shares(killers: ReadonlyMap<string, number>): (test: string) => number {
  const all = [...killers.values()].reduce((sum, one) => sum + one, 0)
  return test => (killers.get(test) ?? 0) / Math.max(1, all)
}

/** By the id of a mutant: the test files with a row of the promises that names it. */
function testsOfRows({ root, tests }: Checkout): Map<string, string[]> {
  const pairs = [...namedMutants(root)].flatMap(([row, ids]) =>
    ids.flatMap(id => tests.filter(({ text }) => holdsRow(text, row)).map(({ path }) => ({ id, path }))),
  )
  return new Map([...groupBy(pairs, ({ id }) => id)].map(([id, all]) => [id, all.map(({ path }) => path)]))
}

/** Tests that cover a mutant: who says that it would notice, who noticed its neighbours or its kind, who goes by its name, then the quickest. */
function orderFor(checkout: Checkout, coverage: Coverage, verdicts: Verdicts): (mutant: Mutant) => TestFile[] {
  const byPath = new Map(checkout.tests.map(test => [test.path, test]))
  const neighbours = groupBy(checkout.mutants, mutant => mutant.path)
  const bySaying = testsOfRows(checkout)
  const alike = groupBy(checkout.mutants, ({ rule, path }) => `${rule} ${areaOf(path)}`)
  return mutant => {
    const near = shares(verdicts.killersOf(neighbours.get(mutant.path) ?? []))
    const like = shares(verdicts.killersOf(alike.get(`${mutant.rule} ${areaOf(mutant.path)}`) ?? []))
    const says = new Set(bySaying.get(mutant.id))
    const score = (test: string): number => (says.has(test) ? 2 : 0) + near(test) + like(test) / 2 + closeness(mutant.path, test)
    const reached = covering(coverage, mutant, checkout.files.get(mutant.path)!).filter(test => !asksTheTable(test, mutant))
    const scores = new Map(reached.map(test => [test, score(test)]))
    const file = checkout.files.get(mutant.path)!
    return reached
      .sort((a, b) => Math.sign((scores.get(b) ?? 0) - (scores.get(a) ?? 0) || 0))
      .map(path => ({ ...byPath.get(path)!, titles: comingBy(coverage, path, mutant, file) }))
  }
}

/** All that come by, the likeliest first; fewer where that is asked for. */
export function likeliest(
  checkout: Checkout,
  coverage: Coverage,
  verdicts: Verdicts,
  options: { quick?: boolean; first?: number },
): (mutant: Mutant) => TestFile[] {
  const order = orderFor(checkout, coverage, verdicts)
  const isWanted = ({ path }: TestFile): boolean => !options.quick || (!isBrowserTest(path) && (coverage[path]?.ms ?? 0) < QUICK_MS)
  return mutant => order(mutant).filter(isWanted).slice(0, options.first)
}
