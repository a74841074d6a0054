import type { SourceFile } from './ast.ts'
import { type Mutant, mutantsOf, readSources } from './mutants.ts'
import { isBrowserTest, readTests, type TestFile } from './tests.ts'

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
