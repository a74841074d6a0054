import { expect, it } from 'vitest'
import { titlesIn } from './promise-tests.ts'

it('finds the rows that a title begins with', () => {
  expect(titlesIn(`it('K1, O1: signs in', () => {})`)).toEqual([{ rows: ['K1', 'O1'], title: 'signs in' }])
  expect(titlesIn('test.each(["F1 no"])(`F32, F33: codes`, x)').at(-1)).toEqual({ rows: ['F32', 'F33'], title: 'codes' })
  expect(titlesIn('describe("F35 recovery codes", () => {})')).toEqual([{ rows: ['F35'], title: 'recovery codes' }])
  expect(titlesIn(`it('K34, INV-2, V-14: it\\'s gone', f)`)).toEqual([{ rows: ['K34'], title: "it's gone" }])
})

it('leaves out what does not run, and titles that only mention a row', () => {
  for (const source of [
    `it.todo('K1: later')`,
    `it.skip('K1: off', f)`,
    `it('keeps K1 in mind', f)`,
    `it('K100: no such row', f)`,
    `it('Keeps', f)`,
  ])
    expect(titlesIn(source), source).toEqual([])
})
