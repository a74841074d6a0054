import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { groupBy } from './group.ts'
import type { Mutant } from './mutants.ts'
import { readJson, writeJson } from './read-json.ts'
import type { TestFile } from './tests.ts'

export type Outcome = 'killed' | 'accepted' | 'survived' | 'timed out' | 'import'

export interface Verdict {
  outcome: Outcome
  /** The test that noticed, or what failed. */
  test?: string
  file?: string
  seconds: number
}

interface Kept extends Verdict {
  /** The mutant's source as it was judged. */
  text: string
  /** The test file that killed it; for all others everything that tests are made of. */
  tests: string
}

const KILLERS = 'scripts/mutate/killers.json'

/** What is known from before: resumed after an interruption, and asked for who noticed last. */
export class Verdicts {
  readonly #file: string
  readonly #root: string
  readonly #kept: Record<string, Kept>
  readonly #killers: Record<string, string>
  readonly #hashes: Map<string, string>
  readonly #all: string

  constructor(root: string, tests: readonly TestFile[], all: string, fresh: boolean) {
    this.#root = root
    this.#file = join(root, '.mutate/verdicts.json')
    this.#kept = fresh ? {} : readJson(this.#file, {})
    this.#killers = readKillers(root)
    this.#hashes = new Map(tests.map(test => [test.path, test.hash]))
    this.#all = all
  }

  /** The verdict, where neither the source nor the tests that it rests on changed since. */
  of(mutant: Mutant): Verdict | null {
    const kept = this.#kept[mutant.id]
    return kept && kept.text === mutant.text && kept.tests === this.#testsOf(kept) ? kept : null
  }

  #testsOf({ outcome, file }: Verdict): string {
    return outcome === 'killed' ? (this.#hashes.get(file ?? '') ?? 'gone') : this.#all
  }

  /** @param ids all that there are now: others are forgotten */
  keep(mutant: Mutant, verdict: Verdict, ids: ReadonlySet<string>): void {
    this.#kept[mutant.id] = { ...verdict, text: mutant.text, tests: this.#testsOf(verdict) }
    writeJson(this.#file, this.#kept)
    if (verdict.outcome !== 'killed') return
    this.#killers[mutant.id] = verdict.file ?? ''
    this.#writeKillers(ids)
  }

  killerOf = (id: string): string | undefined => this.#killers[id] ?? this.#kept[id]?.file

  /** Test files by how many mutants of these they killed. */
  killersOf(mutants: readonly Mutant[]): Map<string, number> {
    const files = mutants.flatMap(({ id }) => this.killerOf(id) ?? [])
    return new Map([...groupBy(files, file => file)].map(([file, all]) => [file, all.length]))
  }

  /** Writes down who noticed last, for whoever has no verdicts of their own; forgets ids that are no more. */
  #writeKillers(ids: ReadonlySet<string>): void {
    const known = Object.entries(this.#killers).filter(([id]) => ids.has(id))
    const byFile = groupBy(known, ([, file]) => file)
    const sorted = [...byFile].sort(([a], [b]) => (a < b ? -1 : 1)).map(([file, all]) => [file, all.map(([id]) => id).sort()])
    writeFileSync(join(this.#root, KILLERS), `${JSON.stringify(Object.fromEntries(sorted), null, 1)}\n`)
  }
}

function readKillers(root: string): Record<string, string> {
  const file = join(root, KILLERS)
  const byFile: Record<string, string[]> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  return Object.fromEntries(Object.entries(byFile).flatMap(([test, ids]) => ids.map(id => [id, test])))
}
