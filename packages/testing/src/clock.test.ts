import { expect, test } from 'vitest'
import { TestClock } from './clock.ts'

test('stands still until it is moved', () => {
  const clock = new TestClock(1_000)
  const { now } = clock
  expect([now(), now()]).toEqual([1_000, 1_000])
  clock.advance(500)
  expect(now()).toBe(1_500)
  clock.advance(-1_000)
  expect(now()).toBe(500)
  clock.set(7)
  expect(now()).toBe(7)
})

test('starts in the present and refuses times that are no times', () => {
  expect(Math.abs(new TestClock().now() - Date.now())).toBeLessThan(1_000)
  expect(() => new TestClock(1).advance(Number.NaN)).toThrow(RangeError)
})
