/** Loaded before each test file while its coverage is taken: writes down what each test hit, in this process and in those that it started. */
import { writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeEach } from 'vitest'
import type { Hits } from './coverage.ts'
import { fullName } from './titles.ts'

const file = process.env.MUTATE_HITS!
process.env.NODE_V8_COVERAGE = `${file}.processes`

const counting = globalThis as { __lkHits?: Set<string> }
counting.__lkHits ??= new Set()
/** At import, and before and after all tests: every test rests on it. */
const outside = counting.__lkHits
const inTests: [string, Set<string>][] = []

beforeEach(({ task }) => {
  // of tests that run side by side nobody can say which it was
  if (task.concurrent) return
  counting.__lkHits = new Set()
  inTests.push([fullName(task), counting.__lkHits])
})

// registered before all others, these run after them
afterEach(() => {
  counting.__lkHits = outside
})
afterAll(() => {
  const hits: Hits = { outside: [...outside], tests: inTests.map(([title, places]) => [title, [...places]]) }
  writeFileSync(file, JSON.stringify(hits))
})
