import { isUtf8 } from 'node:buffer'
import { check, WebAuthnError } from './error.ts'

/**
 * A walk over CBOR that allocates nothing: it settles, before any value is built, that every length fits the bytes that are there,
 * that nothing is nested too deep, and that only the forms of the CTAP2 canonical subset occur. Two liberties, both met in real
 * responses: map keys may come in any order, and an integer (never a length) may be written longer than needed.
 */

/** A compound attestation needs 5 levels: object, list of statements, statement, its map, its certificates. */
const MAX_DEPTH = 8
const STEP = '§6 (CTAP2 canonical CBOR)'

const UINT = 0
const NEGINT = 1
const BYTES = 2
const TEXT = 3
const ARRAY = 4
const MAP = 5
const SIMPLE = [0xf4, 0xf5, 0xf6] // false, true, null: no floats, no `undefined`, no unassigned values

interface Head {
  readonly major: number
  readonly argument: number
  readonly end: number
}

/**
 * Checks the one item that begins at `start` and says where it ends.
 *
 * @param bytes the data; `start` the offset of the item; `depth` how many levels are around it
 * @throws WebAuthnError `cbor_malformed`, `cbor_too_deep`
 * @see CTAP 2.1 §8 (canonical CBOR encoding form), RFC 8949 §3
 * @example scanItem(new Uint8Array([0x81, 0x01, 0xff]), 0) // 2
 */
export function scanItem(bytes: Uint8Array, start: number, depth = 0): number {
  check(depth <= MAX_DEPTH, 'cbor_too_deep', STEP)
  const head = readHead(bytes, start)
  if (head.major === UINT || head.major === NEGINT) return head.end
  if (head.major === BYTES || head.major === TEXT) return scanString(bytes, head)
  if (head.major === ARRAY) return scanItems(bytes, head.end, head.argument, depth)
  if (head.major === MAP) return scanEntries(bytes, head.end, head.argument, depth)
  check(SIMPLE.includes(bytes[start] ?? 0), 'cbor_malformed', STEP, 'a tag, a float or an unknown simple value')
  return head.end
}

function readHead(bytes: Uint8Array, start: number): Head {
  // past the end there is no first byte, and the end of that head is past it, too
  const first = bytes[start] ?? 0
  const major = first >> 5
  const info = first & 31
  check(info <= 27, 'cbor_malformed', STEP, 'an indefinite or reserved length')
  const width = info < 24 ? 0 : 1 << (info - 24)
  const end = start + 1 + width
  if (end > bytes.length) throw cut()
  const argument = width === 0 ? info : readArgument(bytes, start + 1, width)
  if (major >= BYTES) checkLength(argument, width)
  return { major, argument, end }
}

function readArgument(bytes: Uint8Array, start: number, width: number): number {
  let argument = 0
  for (let i = start; i < start + width; i++) argument = argument * 256 + (bytes[i] ?? 0)
  check(argument < Number.MAX_SAFE_INTEGER, 'cbor_malformed', STEP, 'an integer beyond 53 bits')
  return argument
}

/** Lengths come in their shortest form, and never need 64 bits. */
function checkLength(argument: number, width: number): void {
  const shortest = argument < 24 ? 0 : argument < 0x100 ? 1 : argument < 0x10000 ? 2 : 4
  check(width === shortest, 'cbor_malformed', STEP, 'a length not in its shortest form')
}

function scanString(bytes: Uint8Array, head: Head): number {
  const end = head.end + head.argument
  if (end > bytes.length) throw cut()
  if (head.major === TEXT) checkText(bytes.subarray(head.end, end))
  return end
}

/** A decoder would replace wrong UTF-8 and drop a byte order mark, so that two different texts became one. */
function checkText(text: Uint8Array): void {
  const hasMark = text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf
  check(!hasMark && isUtf8(text), 'cbor_malformed', STEP, 'a text that is not UTF-8')
}

function scanItems(bytes: Uint8Array, start: number, count: number, depth: number): number {
  let at = start
  for (let i = 0; i < count; i++) at = scanItem(bytes, at, depth + 1)
  return at
}

function scanEntries(bytes: Uint8Array, start: number, count: number, depth: number): number {
  let at = start
  for (let i = 0; i < count; i++) {
    const major = (bytes[at] ?? 0xff) >> 5
    check(major === UINT || major === NEGINT || major === TEXT, 'cbor_malformed', STEP, 'a map key that is no integer or text')
    at = scanItem(bytes, scanItem(bytes, at, depth + 1), depth + 1)
  }
  return at
}

function cut(): WebAuthnError {
  return new WebAuthnError('cbor_malformed', STEP, { detail: 'cut short' })
}
