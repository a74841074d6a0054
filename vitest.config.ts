import { defineConfig } from 'vitest/config'
import type { Reporter, TestModule } from 'vitest/node'

/** Prints what the journeys in the browser cost, and the one closing line that a reader, and CI, looks for. */
class Tally implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, errors: ReadonlyArray<unknown>): void {
    const count = { passed: 0, failed: errors.length, skipped: 0 }
    const costs: object[] = []
    for (const module of modules) {
      let any = false
      for (const test of module.children.allTests()) {
        any = true
        const { state } = test.result()
        costs.push(...((test.meta() as { costs?: object[] }).costs ?? []))
        count[state === 'pending' ? 'skipped' : state]++
      }
      if (!any && module.state() === 'failed') count.failed++
    }
    if (costs.length > 0) console.table(costs)
    console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
  }
}

const source = { conditions: ['@latchkey/source'] }
const shared = { resolve: source, ssr: { resolve: source }, oxc: { jsx: { runtime: 'automatic', importSource: 'hono/jsx' } } } as const

export default defineConfig({
  ...shared,
  test: {
    reporters: ['default', new Tally()],
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.{ts,tsx}', 'examples/*/src/**/*.test.ts', 'test/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          pool: 'forks',
          // one module graph a worker: loading it anew for each of 60 files took longer than the tests
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...shared,
        test: {
          name: 'browser',
          include: ['e2e/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          pool: 'forks',
          isolate: false,
          fileParallelism: false,
          // after the others: a browser wants both cores for itself
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
