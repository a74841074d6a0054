import { expect, test } from 'vitest'
import { ALGORITHMS } from './algorithms.ts'
import { PROBES } from './probes.ts'
import { SUPPORTED_ALGORITHMS } from './supported.ts'

test('every row of the table has a probe, and Node 20 can verify them all', () => {
  expect([...PROBES.keys()]).toEqual(ALGORITHMS.map(({ id }) => id))
  expect(SUPPORTED_ALGORITHMS).toEqual([-7, -8, -257])
})

test('nobody can add to the list by accident', () => {
  expect(Object.isFrozen(SUPPORTED_ALGORITHMS)).toBe(true)
})
