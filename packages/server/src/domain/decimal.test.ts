import { describe, expect, it } from 'vitest'
import { compareDecimals, grouped, isDecimal } from './decimal.ts'

describe('decimal text', () => {
  it.each(['0', '0.5', '10', '31204.10', '0.000000000000000001'])('takes %s', text => expect(isDecimal(text)).toBe(true))
  it.each(['', '.5', '5.', '00', '01', '-1', '+1', '1e3', '1,000', ' 1', '1 ', '0x10', 'NaN', '١', '1.1.1'])('refuses "%s"', text =>
    expect(isDecimal(text)).toBe(false),
  )

  it.each([
    ['500', '500.00', 0],
    ['500.00000000000000000001', '500', 1],
    ['499.99', '500', -1],
    // as floats these two are the same number
    ['9007199254740993', '9007199254740992', 1],
    ['0.1', '0.09', 1],
    ['9', '10', -1],
  ] as const)('compares %s with %s', (a, b, order) => expect(compareDecimals(a, b)).toBe(order))

  it.each([
    ['1e9', '500'],
    ['500', '1e9'],
  ])('refuses to compare %s with %s', (a, b) => expect(() => compareDecimals(a, b)).toThrow(RangeError))
  it.each([
    ['31204.10', '31,204.10'],
    ['0.50', '0.50'],
    ['1000000', '1,000,000'],
    ['100', '100'],
  ])('groups %s', (text, shown) => expect(grouped(text)).toBe(shown))
})
