import { expect, test } from 'vitest'
import { createMemoryCounters } from './memory.ts'

test('a window holds its limit and says how long it lasts', () => {
  const counters = createMemoryCounters()
  expect([1, 2, 3].map(n => counters.hit('k', 2, 1_000, n))).toEqual([0, 0, 998])
  expect([1, 2, 3].map(() => counters.hit('k', 2, 1_000, 1_001))).toEqual([0, 0, 1_000])
})

test('memory stays bounded under a flood of keys: ended windows go first, then the oldest', () => {
  const counters = createMemoryCounters(100)
  for (let i = 0; i < 40; i++) counters.hit(`short${i}`, 1, 1_000, 0)
  for (let i = 0; i < 60; i++) counters.hit(`long${i}`, 1, 1_001, 0)
  expect(counters.size).toBe(100)
  counters.hit('next', 1, 5_000, 1_000)
  expect(counters.size).toBe(61)
  for (let i = 0; i < 39; i++) counters.hit(`more${i}`, 1, 5_000, 1_000)
  expect(counters.size).toBe(100)
  counters.hit('last', 1, 5_000, 1_000)
  expect(counters.size).toBe(91)
  expect(counters.keys().slice(0, 2)).toEqual(['long10', 'long11'])
  expect(counters.hit('last', 1, 5_000, 1_000)).toBe(5_000)
})

test('one process remembers fifty thousand', () => {
  const counters = createMemoryCounters()
  for (let i = 0; i < 50_000; i++) counters.hit(`k${i}`, 1, 1_000, 0)
  expect(counters.size).toBe(50_000)
  counters.hit('next', 1, 1_000, 0)
  expect(counters.size).toBe(45_001)
})

test('a clock that goes back does not close a window for longer than its length', () => {
  const counters = createMemoryCounters()
  counters.hit('k', 1, 1_000, 1_000_000)
  expect(counters.hit('k', 1, 1_000, 5)).toBe(0)
})
