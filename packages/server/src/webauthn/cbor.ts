import { type DecodeOptions, decode } from 'cborg'
import { scanItem } from './cbor-scan.ts'
import { check, WebAuthnError } from './error.ts'

/** What a CBOR item of a WebAuthn response can be. Maps are `Map`s: a key named `__proto__` is only a key. */
export type CborValue = number | string | boolean | null | Uint8Array | readonly CborValue[] | CborMap
/** A CBOR map, keys being integers or texts. */
export type CborMap = ReadonlyMap<number | string, CborValue>

// `strict` is off because it would refuse the longer-than-needed integers of old authenticators; the scan refuses such lengths.
const OPTIONS: DecodeOptions = {
  useMaps: true,
  rejectDuplicateMapKeys: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowBigInt: false,
  allowInfinity: false,
  allowNaN: false,
  strict: false,
}

/**
 * Decodes the one CBOR item that begins at `start` and says where it ends.
 *
 * @param bytes the data; `start` the offset of the item
 * @throws WebAuthnError `cbor_malformed`, `cbor_too_deep`, `cbor_duplicate_key`
 * @see WebAuthn L3 §6.5.1, CTAP 2.1 §8 (canonical CBOR encoding form)
 * @example decodeItem(new Uint8Array([0x01, 0xff]), 0) // { value: 1, end: 1 }
 */
export function decodeItem(bytes: Uint8Array, start: number): { value: CborValue; end: number } {
  const end = scanItem(bytes, start)
  try {
    return { value: decode(bytes.subarray(start, end), OPTIONS), end }
  } catch {
    // The scan has passed everything else that the decoder could refuse. Its own message would quote the key.
    throw new WebAuthnError('cbor_duplicate_key', '§6 (CTAP2 canonical CBOR)')
  }
}

/**
 * Decodes bytes that must be exactly one CBOR map.
 *
 * @param bytes the whole encoding; `step` the place in the standard for a refusal
 * @throws WebAuthnError `cbor_malformed`, `cbor_too_deep`, `cbor_duplicate_key`, `cbor_trailing_bytes`
 * @see WebAuthn L3 §6.5.4, §6.5.1.1
 * @example decodeMap(new Uint8Array([0xa1, 0x01, 0x02]), '§6.5.1.1').get(1) // 2
 */
export function decodeMap(bytes: Uint8Array, step: string): CborMap {
  const { value, end } = decodeItem(bytes, 0)
  check(end === bytes.length, 'cbor_trailing_bytes', step)
  check(isMap(value), 'cbor_malformed', step, 'not a map')
  return value
}

/** Whether a decoded item is a map. @example isMap(map.get('attStmt')) */
export function isMap(value: CborValue | undefined): value is CborMap {
  return value instanceof Map
}

/** Whether a map has exactly the named keys, in any order. @example hasExactly(statement, ['alg', 'sig']) */
export function hasExactly(map: CborMap, keys: readonly (number | string)[]): boolean {
  return map.size === keys.length && keys.every(key => map.has(key))
}
