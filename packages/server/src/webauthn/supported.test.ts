import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { ALGORITHMS } from './algorithms.ts'
import { probeOf } from './probes.ts'
import { ALGORITHMS_ON_REQUEST, isSupported, SUPPORTED_ALGORITHMS } from './supported.ts'

const CLASSIC = [-7, -8, -257, -9, -19, -35, -51, -36, -52, -53, -37, -38, -39, -258, -259]
const ML_DSA = [-48, -49, -50]

/** Whether this Node has ML-DSA, asked of it directly. */
function hasMlDsa(): boolean {
  try {
    return generateKeyPairSync('ml-dsa-44' as 'ed25519') !== undefined
  } catch {
    return false
  }
}

test('all that this Node can verify is offered, ML-DSA just where Node has it', () => {
  expect(SUPPORTED_ALGORITHMS).toEqual(hasMlDsa() ? [...CLASSIC, ...ML_DSA] : CLASSIC)
  expect(ALGORITHMS_ON_REQUEST).toEqual([-47])
})

test('every row has a probe and was tried, RS1 too, which no credential may have', () => {
  const rows = ALGORITHMS.filter(({ id }) => hasMlDsa() || !ML_DSA.includes(id))
  for (const row of rows) expect([row.name, probeOf(row) !== undefined, isSupported(row)]).toEqual([row.name, true, true])
})

test('nobody can add to the lists by accident', () => {
  expect(Object.isFrozen(SUPPORTED_ALGORITHMS) && Object.isFrozen(ALGORITHMS_ON_REQUEST)).toBe(true)
})
