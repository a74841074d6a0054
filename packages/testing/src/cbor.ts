import { type Bytes, concatBytes, uint, utf8 } from './bytes.ts'

/** CBOR that is already encoded and is put in as it is: the way to embed a malformed item. Made by {@link rawCbor}. */
export interface RawCbor {
  rawCbor: Uint8Array
}

/** What {@link encodeCbor} takes: whole numbers, text, bytes, booleans, null, lists, Maps with number or text keys, and raw items. */
export type CborValue = number | string | boolean | null | Uint8Array | CborValue[] | CborMap | RawCbor

/** A CBOR map. Its entries are written in the order in which they were set, which is how a wrong order is made, too. */
export type CborMap = Map<number | string, CborValue>

/** One thing wrong with the encoding of a map (RFC 8949). `wrong-order` is the exception: the item is valid, only not canonical. */
export type CborDefect =
  | 'trailing-bytes'
  | 'cut-short'
  | 'duplicate-key'
  | 'indefinite-length'
  | 'non-shortest'
  | 'length-64-bit'
  | 'tagged'
  | 'wrong-order'

const unsigned = 0
const negative = 1
const byteString = 2
const textString = 3
const array = 4
const map = 5

/**
 * Encodes a value as CBOR with definite, shortest lengths (RFC 8949 §4.2.1), except that map entries keep their order.
 *
 * @throws TypeError for a number that is not a safe integer.
 * @example encodeCbor(new Map([['fmt', 'none']])) // a1 63 66 6d 74 64 6e 6f 6e 65
 */
export function encodeCbor(value: CborValue): Bytes {
  if (typeof value === 'number') return integer(value)
  if (typeof value === 'string') return concatBytes(head(textString, utf8(value).length), utf8(value))
  if (typeof value === 'boolean') return uint(value ? 0xf5 : 0xf4, 1)
  if (value === null) return uint(0xf6, 1)
  if (value instanceof Uint8Array) return concatBytes(head(byteString, value.length), value)
  if (Array.isArray(value)) return concatBytes(head(array, value.length), ...value.map(encodeCbor))
  if (value instanceof Map) return concatBytes(head(map, value.size), ...entries(value))
  return new Uint8Array(value.rawCbor)
}

/**
 * Encodes a map with exactly one fault of form.
 *
 * @example encodeDefectiveCbor(new Map([['fmt', 'none']]), 'indefinite-length') // bf … ff
 */
export function encodeDefectiveCbor(value: CborMap, defect: CborDefect): Bytes {
  const good = encodeCbor(value)
  const items = entries(value)
  const broken = {
    'trailing-bytes': () => concatBytes(good, uint(0, 1)),
    'cut-short': () => good.slice(0, -1),
    'duplicate-key': () => concatBytes(head(map, value.size + 1), ...items, ...items.slice(0, 1)),
    'indefinite-length': () => concatBytes(uint(0xbf, 1), ...items, uint(0xff, 1)),
    'non-shortest': () => concatBytes(uint(0xb8, 1), uint(value.size, 1), ...items),
    'length-64-bit': () => concatBytes(uint(0xbb, 1), uint(value.size, 8), ...items),
    tagged: () => concatBytes(uint(0xd9d9f7, 3), good),
    'wrong-order': () => concatBytes(head(map, value.size), ...items.toReversed()),
  } satisfies Record<CborDefect, () => Bytes>
  return broken[defect]()
}

/** Marks bytes as an item that {@link encodeCbor} copies unchanged. @example new Map([['x', rawCbor(new Uint8Array([0xff]))]]) */
export function rawCbor(bytes: Uint8Array): RawCbor {
  return { rawCbor: bytes }
}

function entries(value: CborMap): Bytes[] {
  return [...value].map(([key, item]) => concatBytes(encodeCbor(key), encodeCbor(item)))
}

function integer(value: number): Bytes {
  if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is not a whole number that this encoder can write`)
  return value < 0 ? head(negative, -1 - value) : head(unsigned, value)
}

function head(majorType: number, argument: number): Bytes {
  const top = majorType << 5
  if (argument < 24) return uint(top + argument, 1)
  if (argument < 0x100) return concatBytes(uint(top + 24, 1), uint(argument, 1))
  if (argument < 0x10000) return concatBytes(uint(top + 25, 1), uint(argument, 2))
  if (argument < 0x100000000) return concatBytes(uint(top + 26, 1), uint(argument, 4))
  return concatBytes(uint(top + 27, 1), uint(argument, 8))
}
