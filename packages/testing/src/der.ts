import { type Bytes, concatBytes, uint, utf8 } from './bytes.ts'

/**
 * Writes DER (ITU-T X.690 §8, §10, §11): definite, shortest lengths and the smallest integers. Each member takes content and gives
 * the whole element, ready to be put into the next. Times are in milliseconds since the epoch; fractions of a second are dropped.
 *
 * @throws RangeError for a time that the type cannot hold, TypeError for an object identifier that is none.
 * @example der.sequence(der.oid('1.2.840.10045.4.3.2'), der.integer(5)) // 30 0d 06 08 2a … 02 01 05
 */
export const der = {
  sequence: (...items: Uint8Array[]): Bytes => element(0x30, ...items),
  /** SET OF: the elements are put into the order that DER asks for (§11.6). */
  set: (...items: Uint8Array[]): Bytes => element(0x31, ...items.toSorted(compareBytes)),
  /** A whole number, or the bytes of an unsigned one, most significant first. */
  integer: (value: number | bigint | Uint8Array): Bytes => element(0x02, integerContent(value)),
  enumerated: (value: number): Bytes => element(0x0a, integerContent(value)),
  oid: (text: string): Bytes => element(0x06, oidContent(text)),
  octetString: (content: Uint8Array): Bytes => element(0x04, content),
  /** @param unused bits at the end that do not count, 0 to 7. */
  bitString: (content: Uint8Array, unused = 0): Bytes => element(0x03, uint(unused, 1), content),
  null: (): Bytes => element(0x05),
  boolean: (value: boolean): Bytes => element(0x01, uint(value ? 0xff : 0, 1)),
  utf8String: (text: string): Bytes => element(0x0c, utf8(text)),
  printableString: (text: string): Bytes => element(0x13, utf8(text)),
  /** Years 1950 to 2049 only. */
  utcTime: (time: number): Bytes => element(0x17, utf8(digits(time, 1950, 2049).slice(2))),
  generalizedTime: (time: number): Bytes => element(0x18, utf8(digits(time, 0, 9999))),
  /** `[number] EXPLICIT`: wraps whole elements. */
  explicit: (number: number, ...items: Uint8Array[]): Bytes => concatBytes(tagBytes(0xa0, number), withLength(...items)),
  /** `[number] IMPLICIT` of a primitive type: wraps bare content. */
  implicit: (number: number, content: Uint8Array): Bytes => concatBytes(tagBytes(0x80, number), withLength(content)),
}

/** The length of an element, in the fewest bytes. @example derLength(200) // 81 c8 */
export function derLength(length: number): Bytes {
  if (length < 0x80) return uint(length, 1)
  const size = Math.ceil(Math.log2(length + 1) / 8)
  return concatBytes(uint(0x80 + size, 1), uint(length, size))
}

function element(tag: number, ...content: Uint8Array[]): Bytes {
  return concatBytes(uint(tag, 1), withLength(...content))
}

function withLength(...content: Uint8Array[]): Bytes {
  const body = concatBytes(...content)
  return concatBytes(derLength(body.length), body)
}

/** §8.1.2: numbers from 31 on stand in bytes of their own, seven bits each. */
function tagBytes(leading: number, number: number): Bytes {
  return number < 31 ? uint(leading + number, 1) : concatBytes(uint(leading + 31, 1), base128(number))
}

function base128(value: number): Bytes {
  const digits = [value % 128]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift((rest % 128) + 128)
  return Uint8Array.from(digits)
}

function oidContent(text: string): Bytes {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  if (!/^[0-2](\.\d+)+$/.test(text)) throw new TypeError(`${text} is no object identifier`)
  return concatBytes(...[first * 40 + second, ...rest].map(base128))
}

function integerContent(value: number | bigint | Uint8Array): Bytes {
  const bytes = value instanceof Uint8Array ? new Uint8Array(value) : fromWhole(BigInt(value))
  const start = bytes.findIndex(byte => byte !== 0)
  const shortest = start < 0 ? uint(0, 1) : bytes.subarray(start)
  return (shortest[0] ?? 0) & 0x80 ? concatBytes(uint(0, 1), shortest) : shortest
}

function fromWhole(value: bigint): Bytes {
  if (value < 0n) throw new RangeError('negative integers are not needed here')
  const hex = value.toString(16)
  return Uint8Array.from(hex.padStart(hex.length + (hex.length % 2), '0').match(/../g) ?? [], pair => Number.parseInt(pair, 16))
}

function digits(time: number, from: number, to: number): string {
  const date = new Date(time)
  const year = date.getUTCFullYear()
  if (!(year >= from && year <= to)) throw new RangeError(`the year ${year} does not fit this type of time`)
  return `${date
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replaceAll(/[-:T]/g, '')}Z`
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const index = a.findIndex((byte, position) => byte !== b[position])
  return index < 0 ? a.length - b.length : (a[index] ?? 0) - (b[index] ?? -1)
}
