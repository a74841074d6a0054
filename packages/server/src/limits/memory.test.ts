import { expect, test } from 'vitest'
import { createMemoryCounters } from './memory.ts'

test('a window holds its limit and says how long it lasts', () => {
  const counters = createMemoryCounters()
  expect([1, 2, 3].map(n => counters.hit('k', 2, 1_000, n))).toEqual([0, 0, 998])
  expect(counters.hit('k', 2, 1_000, 1_001)).toBe(0)
})

test('memory stays bounded under a flood of keys: ended windows go first, then the oldest', () => {
  const counters = createMemoryCounters(100)
  for (let i = 0; i < 1_000; i++) counters.hit(`k${i}`, 1, 1_000, i)
  expect(counters.size).toBeLessThanOrEqual(100)
  expect(counters.hit('k999', 1, 1_000, 1_000)).toBeGreaterThan(0)
})

test('a clock that goes back does not close a window for longer than its length', () => {
  const counters = createMemoryCounters()
  counters.hit('k', 1, 1_000, 1_000_000)
  expect(counters.hit('k', 1, 1_000, 5)).toBe(0)
})
