import { createHash } from 'node:crypto'
import { relative } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type Reporter, type TestModule, type TestSpecification, type Vitest } from 'vitest/node'

/** Files that take longest: one of them begun last would leave the other workers idle. */
const LONG =
  /games\.test|mutations\.test|alike\.test|races\.test|script\.test|passkeys\.test|sign-in\.test|accessibility\.test|dialogs\.test/

/** Files in an order of chance, which `--sequence.seed` repeats; the long ones first. `--sequence.shuffle.tests` shuffles within them. */
class Shuffled extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const seed = this.ctx.config.sequence.seed
    const place = ({ moduleId }: TestSpecification): string =>
      `${LONG.test(moduleId) ? 0 : 1} ${createHash('sha256')
        .update(`${seed} ${relative(this.ctx.config.root, moduleId)}`)
        .digest('hex')}`
    return files
      .map(file => ({ file, place: place(file) }))
      .sort((a, b) => (a.place < b.place ? -1 : 1))
      .map(({ file }) => file)
  }
}

/** Prints what the journeys in the browser cost, and the one closing line that a reader, and CI, looks for. */
class Tally implements Reporter {
  #seed = 0

  onInit(vitest: Vitest): void {
    this.#seed = vitest.config.sequence.seed
  }

  onTestRunEnd(modules: ReadonlyArray<TestModule>, errors: ReadonlyArray<unknown>): void {
    const count = { passed: 0, failed: errors.length, skipped: 0 }
    let ofTestKit = 0
    const costs: object[] = []
    for (const module of modules) {
      let any = false
      for (const test of module.children.allTests()) {
        any = true
        if (module.relativeModuleId.startsWith('packages/testing/')) ofTestKit++
        const { state } = test.result()
        costs.push(...((test.meta() as { costs?: object[] }).costs ?? []))
        count[state === 'pending' ? 'skipped' : state]++
      }
      if (!any && module.state() === 'failed') count.failed++
    }
    if (costs.length > 0) console.table(costs)
    console.log(`order: --sequence.seed ${this.#seed} repeats it`)
    console.log(`${ofTestKit} of these judge the software authenticator and the rest of the test kit, not the product`)
    console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
  }
}

const source = { conditions: ['@latchkey/source'] }
const shared = { resolve: source, ssr: { resolve: source }, oxc: { jsx: { runtime: 'automatic', importSource: 'hono/jsx' } } } as const

/** A test that asserts nothing fails; within a file, too, the order is one of chance. */
const TRUSTED = { expect: { requireAssertions: true }, sequence: { shuffle: { tests: true } } }

export default defineConfig({
  ...shared,
  test: {
    reporters: ['default', new Tally()],
    // one more than the cores that we ask for: a journey in the browser waits half of its time
    maxWorkers: 3,
    sequence: { sequencer: Shuffled, seed: Date.now() % 1e9 },
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.{ts,tsx}', 'examples/*/src/**/*.test.ts', 'test/**/*.test.ts'],
          ...TRUSTED,
          testTimeout: 240_000,
          hookTimeout: 240_000,
          pool: 'forks',
          // one module graph a worker: loading it anew for each of 60 files took longer than the tests
          isolate: false,
        },
      },
      {
        ...shared,
        test: {
          name: 'browser',
          include: ['e2e/**/*.test.ts'],
          globalSetup: ['scripts/bundle.mjs'],
          ...TRUSTED,
          testTimeout: 240_000,
          hookTimeout: 240_000,
          pool: 'forks',
          isolate: false,
        },
      },
    ],
  },
})
