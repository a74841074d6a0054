import { check, WebAuthnError } from './error.ts'

/**
 * A strict reader of DER, for what Node's `X509Certificate` does not tell: extensions, names and times. Lengths are definite and
 * minimal, nothing is read beyond its parent, and nothing is followed deeper than a caller asks for.
 */

/** One element: tag, length and content. */
export interface DerItem {
  /** The identifier octet, e.g. 0x30 for SEQUENCE; for a number beyond 30, see `contextTag`. */
  readonly tag: number
  readonly content: Uint8Array
  /** The whole element. */
  readonly bytes: Uint8Array
}

/** Identifier octets of the universal types that occur (X.680 §8.4). */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  utcTime: 0x17,
  generalizedTime: 0x18,
}

const STEP = '§8 (X.690 DER)'
const HIGH_TAG = 0x1f

/** The tag of an element that stands in a context-specific one, as `[702]` does in the notation. @example contextTag(3) // 0xa3 */
export function contextTag(number: number): number {
  return number < HIGH_TAG ? 0xa0 | number : highTag(0xa0 | HIGH_TAG, number)
}

/** Apart from all identifier octets, so that no two tags are the same number. */
function highTag(first: number, number: number): number {
  return first * 0x4000 + number
}

/** The refusal of DER that is not what it must be. */
function malformed(detail: string): WebAuthnError {
  return new WebAuthnError('certificate_malformed', STEP, { detail })
}

/**
 * Reads the element that begins at `at`.
 *
 * @param bytes the data; `at` the offset
 * @throws WebAuthnError `certificate_malformed`
 * @see X.690 §8.1, §10.1
 * @example readItem(new Uint8Array([0x02, 0x01, 0x05]), 0).content // Uint8Array [5]
 */
export function readItem(bytes: Uint8Array, at: number): DerItem {
  const { tag, end: lengthAt } = readTag(bytes, at)
  const { length, end: contentAt } = readLength(bytes, lengthAt)
  const end = contentAt + length
  if (end > bytes.length) throw malformed('cut short')
  return { tag, content: bytes.subarray(contentAt, end), bytes: bytes.subarray(at, end) }
}

function readTag(bytes: Uint8Array, at: number): { tag: number; end: number } {
  const first = bytes[at]
  if (first === undefined) throw malformed('cut short')
  if ((first & HIGH_TAG) !== HIGH_TAG) return { tag: first, end: at + 1 }
  // Two octets hold numbers up to 16383; Android's authorization lists go to 724.
  const [second = 0, third = 0xff] = [bytes[at + 1], bytes[at + 2]]
  const isLong = second >= 0x80
  const number = isLong ? ((second & 0x7f) << 7) + third : second
  const shortest = isLong ? second > 0x80 && third < 0x80 : number >= HIGH_TAG
  check(shortest, 'certificate_malformed', STEP, 'a tag number beyond 16383 or not in its shortest form')
  return { tag: highTag(first, number), end: at + (isLong ? 3 : 2) }
}

function readLength(bytes: Uint8Array, at: number): { length: number; end: number } {
  const first = bytes[at]
  if (first === undefined) throw malformed('cut short')
  if (first < 0x80) return { length: first, end: at + 1 }
  const width = first & 0x7f
  check(width > 0 && width <= 4, 'certificate_malformed', STEP, 'an indefinite or reserved length')
  const end = at + 1 + width
  if (end > bytes.length) throw malformed('cut short')
  const length = bytes.subarray(at + 1, end).reduce((sum, byte) => sum * 256 + byte, 0)
  check(length >= 0x80 && length >= 256 ** (width - 1), 'certificate_malformed', STEP, 'a length not in its shortest form')
  return { length, end }
}

/**
 * Reads bytes that must be exactly one element of the given tag.
 *
 * @param bytes the whole encoding; `tag` from `TAG` or `contextTag`
 * @throws WebAuthnError `certificate_malformed`
 * @see X.690 §8.1
 * @example readOnly(extension.value, TAG.sequence)
 */
export function readOnly(bytes: Uint8Array, tag: number): DerItem {
  const item = readItem(bytes, 0)
  check(item.tag === tag && item.bytes.length === bytes.length, 'certificate_malformed', STEP, 'another type, or bytes after it')
  return item
}

/** The elements inside a constructed one. @throws WebAuthnError `certificate_malformed` @example const [r, s] = childrenOf(signature) */
export function childrenOf({ content }: DerItem): DerItem[] {
  const items: DerItem[] = []
  for (let at = 0; at < content.length; ) {
    const item = readItem(content, at)
    items.push(item)
    at += item.bytes.length
  }
  return items
}

/** The element, if it is there and of that type. @throws WebAuthnError `certificate_malformed` @example expectTag(items[0], TAG.oid) */
export function expectTag(item: DerItem | undefined, tag: number): DerItem {
  check(item?.tag === tag, 'certificate_malformed', STEP, 'another type than expected')
  return item
}

/** Hexadecimal digits of the content: how object identifiers and serial numbers are compared. @example hexOf(item) // '551d13' */
export function hexOf(item: DerItem): string {
  return Buffer.from(item.content).toString('hex')
}

/**
 * A small whole number, of INTEGER or ENUMERATED.
 *
 * @throws WebAuthnError `certificate_malformed` for one that is negative, not minimal or longer than six bytes
 * @see X.690 §8.3
 * @example readNumber(expectTag(items[0], TAG.integer))
 */
export function readNumber({ content }: DerItem): number {
  const [first = 0x80, second = 0x80] = content
  const minimal = content.length > 0 && (first !== 0 || content.length === 1 || second >= 0x80)
  check(minimal && first < 0x80 && content.length <= 6, 'certificate_malformed', STEP, 'a number')
  return content.reduce((sum, byte) => sum * 256 + byte, 0)
}

/** A BOOLEAN. Real certificates spell out FALSE where DER leaves it out, and write TRUE as 01, which is BER: both are understood. */
export function readBoolean({ content }: DerItem): boolean {
  check(content.length === 1, 'certificate_malformed', STEP, 'a boolean')
  return content[0] !== 0
}

const TIMES: Readonly<Record<number, RegExp>> = {
  [TAG.utcTime]: /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/,
  [TAG.generalizedTime]: /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/,
}

/**
 * A moment, in epoch milliseconds.
 *
 * @throws WebAuthnError `certificate_malformed` for another form than certificates use, or a day that does not exist
 * @see RFC 5280 §4.1.2.5
 * @example readTime(items[0]) // 1704067200000
 */
export function readTime(item: DerItem | undefined): number {
  const parts = (item && TIMES[item.tag]?.exec(Buffer.from(item.content).toString('latin1')))?.slice(1).map(Number)
  if (!item || !parts) throw malformed('a time')
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
  const full = item.tag === TAG.utcTime ? year + (year < 50 ? 2000 : 1900) : year
  const time = new Date(0)
  time.setUTCFullYear(full, month - 1, day) // Date.UTC would take the year 24 for 1924
  time.setUTCHours(hour, minute, second)
  const exact = time.getUTCMonth() === month - 1 && time.getUTCDate() === day && time.getUTCHours() === hour
  check(exact && minute < 60 && second < 60, 'certificate_malformed', STEP, 'a time')
  return time.getTime()
}
