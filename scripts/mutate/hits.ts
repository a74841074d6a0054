/** Loaded before each test file while its coverage is taken: writes down what it hit, in this process and in those that it started. */
import { writeFileSync } from 'node:fs'
import { afterAll } from 'vitest'

const file = process.env.MUTATE_HITS!
process.env.NODE_V8_COVERAGE = `${file}.processes`

// registered before all others, so it runs after them
afterAll(() => {
  writeFileSync(file, JSON.stringify([...((globalThis as { __lkHits?: Set<string> }).__lkHits ?? [])]))
})
