import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { groupBy } from './group.ts'
import { hashOf, type Mutant } from './mutants.ts'
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
  /** What was judged: `Mutant.text`. */
  text: string
  /** Hash of everything that tests are made of. */
  tests: string
}

/** Who noticed a mutant last. */
export interface Killer {
  file: string
  /** The test's full name; empty where it is not known. */
  test: string
  /** Of what was judged, and by which text of the test file. */
  mark: string
}

/** By test file: what it noticed last, each with the mark and the test's name behind it. */
type Killers = Record<string, Record<string, string>>

const KILLERS = 'scripts/mutate/killers.json'

const markOf = (text: string, test: string): string => hashOf(text + test).slice(0, 10)

/**
 * What is known from before. Who noticed which mutant stands in the repository: it holds while neither the mutant's declaration nor that
 * test file changes, and says whom to ask first when one did. All else is kept beside the checkout, until any test changes.
 */
export class Verdicts {
  readonly #file: string
  readonly #root: string
  readonly #fresh: boolean
  readonly #kept: Record<string, Kept>
  readonly #killers: Map<string, Killer>
  readonly #hashes: Map<string, string>
  readonly #all: string

  constructor(root: string, tests: readonly TestFile[], all: string, fresh: boolean) {
    this.#root = root
    this.#fresh = fresh
    this.#file = join(root, '.mutate/verdicts.json')
    this.#kept = fresh ? {} : readJson(this.#file, {})
    this.#killers = readKillers(root)
    this.#hashes = new Map(tests.map(test => [test.path, test.hash]))
    this.#all = all
  }

  /** The verdict, where neither what was judged nor the tests that it rests on changed since. */
  of({ id, text }: Mutant): Verdict | null {
    const killer = this.#killers.get(id)
    if (!this.#fresh && killer && killer.mark === markOf(text, this.#hashes.get(killer.file) ?? 'gone'))
      return { outcome: 'killed', file: killer.file, test: killer.test, seconds: 0 }
    const kept = this.#kept[id]
    return kept && kept.text === text && kept.tests === this.#all ? kept : null
  }

  /** @param ids all that there are now: others are forgotten */
  keep({ id, text }: Mutant, verdict: Verdict, ids: ReadonlySet<string>): void {
    if (verdict.outcome === 'killed') {
      const { file = '', test = '' } = verdict
      this.#killers.set(id, { file, test, mark: markOf(text, this.#hashes.get(file) ?? 'gone') })
      this.#writeKillers(ids)
      return
    }
    this.#kept[id] = { ...verdict, text, tests: this.#all }
    writeJson(this.#file, this.#kept)
  }

  killerOf = (id: string): Killer | undefined => this.#killers.get(id)

  /** Test files by how many mutants of these they killed. */
  killersOf(mutants: readonly Mutant[]): Map<string, number> {
    const files = mutants.flatMap(({ id }) => this.killerOf(id)?.file ?? [])
    return new Map([...groupBy(files, file => file)].map(([file, all]) => [file, all.length]))
  }

  #writeKillers(ids: ReadonlySet<string>): void {
    const known = [...this.#killers].filter(([id]) => ids.has(id)).sort(([a], [b]) => (a < b ? -1 : 1))
    const byFile = [...groupBy(known, ([, { file }]) => file)].sort(([a], [b]) => (a < b ? -1 : 1))
    const lineOf = ([id, { mark, test }]: [string, Killer]): [string, string] => [id, `${mark} ${test}`]
    const killers: Killers = Object.fromEntries(byFile.map(([file, all]) => [file, Object.fromEntries(all.map(lineOf))]))
    writeFileSync(join(this.#root, KILLERS), `${JSON.stringify(killers, null, 1)}\n`)
  }
}

function readKillers(root: string): Map<string, Killer> {
  const killers = readJson<Killers>(join(root, KILLERS), {})
  const killerOf = (file: string, line: string): Killer => {
    const [mark = '', ...test] = line.split(' ')
    return { file, test: test.join(' '), mark }
  }
  return new Map(Object.entries(killers).flatMap(([file, all]) => Object.entries(all).map(([id, line]) => [id, killerOf(file, line)])))
}
