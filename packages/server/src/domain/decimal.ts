/** Plain decimal text, as people read it: no sign, no exponent, no leading zeros. */
const DECIMAL = /^(?:0|[1-9]\d{0,29})(?:\.\d{1,30})?$/

export const isDecimal = (text: string): boolean => DECIMAL.test(text)

/**
 * Compares two amounts exactly; money never passes through a float.
 *
 * @throws RangeError unless both are decimal text
 * @example compareDecimals('500.00', '500') // 0
 */
export function compareDecimals(a: string, b: string): -1 | 0 | 1 {
  if (!isDecimal(a) || !isDecimal(b)) throw new RangeError('not decimal text')
  const places = Math.max(fraction(a).length, fraction(b).length)
  const [x, y] = [scaled(a, places), scaled(b, places)]
  return x < y ? -1 : x > y ? 1 : 0
}

const fraction = (text: string): string => text.split('.')[1] ?? ''
const scaled = (text: string, places: number): bigint => BigInt((text.split('.')[0] ?? '0') + fraction(text).padEnd(places, '0'))

/** Thousands apart, the digits unchanged: "31204.10" is "31,204.10". */
export function grouped(text: string): string {
  const [whole = '', rest] = text.split('.')
  return whole.replace(/\B(?=(?:\d{3})+$)/g, ',') + (rest === undefined ? '' : `.${rest}`)
}
