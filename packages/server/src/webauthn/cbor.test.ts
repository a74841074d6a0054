import { encodeCbor, rawCbor } from '@latchkey/testing/authenticator'
import { describe, expect, test } from 'vitest'
import { decodeItem, decodeMap } from './cbor.ts'
import { WebAuthnError } from './error.ts'

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'))

function refusal(bytes: Uint8Array): string {
  try {
    decodeMap(bytes, '§6.5.4')
    return 'accepted'
  } catch (error) {
    if (error instanceof WebAuthnError) return error.reason
    throw error
  }
}

describe('decodes', () => {
  test('every type that WebAuthn uses, maps as Maps', () => {
    const value = new Map<number | string, never>(
      Object.entries({ a: 1, b: -65537, c: new Uint8Array([1, 2]), d: 'tëxt', e: [true, false, null], f: new Map([[-1, 2]]) }) as never,
    )
    expect(decodeMap(encodeCbor(value), '§6')).toEqual(value)
  })

  test('one item, and says where it ends', () => {
    expect(decodeItem(hex('ff ff 43 010203 00'), 2)).toEqual({ value: hex('010203'), end: 6 })
  })

  test('a key named __proto__ as a key', () => {
    const map = decodeMap(encodeCbor(new Map([['__proto__', new Map([['fmt', 'none']])]])), '§6')
    expect(map.get('__proto__')).toEqual(new Map([['fmt', 'none']]))
    expect(map.get('fmt')).toBeUndefined()
  })

  test.each([
    ['keys in any order', 'a2 02 00 01 00'],
    ['integers longer than needed, as values', 'a1 01 1a 00000007'],
    ['integers longer than needed, as keys', 'a1 1b 0000000000000001 00'],
    ['the last integer but one of 53 bits', 'a1 01 1b 001ffffffffffffe'],
    ['8 levels', `${'a1 00 '.repeat(8)} 00`],
  ])('%s', (_, text) => {
    expect(refusal(hex(text))).toBe('accepted')
  })
})

describe('refuses', () => {
  test.each([
    ['cbor_malformed', 'nothing', ''],
    ['cbor_malformed', 'a map cut short', 'a1 01'],
    ['cbor_malformed', 'a head cut short', 'a1 01 19 01'],
    ['cbor_malformed', 'a byte string beyond the end', 'a1 01 43 0102'],
    ['cbor_malformed', 'a byte string of 4 GiB', 'a1 01 5a ffffffff 00'],
    ['cbor_malformed', 'a list of 4 G items', 'a1 01 9a ffffffff 00'],
    ['cbor_malformed', 'a map of 4 G entries', 'ba ffffffff 00'],
    ['cbor_malformed', 'a length of 64 bits', 'a1 01 5b 0000000000000001 00'],
    ['cbor_malformed', 'a length of 64 bits that is needed', 'a1 01 9b ffffffffffffffff 00'],
    ['cbor_malformed', 'a text length longer than needed', 'a1 78 01 61 00'],
    ['cbor_malformed', 'a bytes length longer than needed', 'a1 01 59 0001 00'],
    ['cbor_malformed', 'an indefinite map', 'bf 01 02 ff'],
    ['cbor_malformed', 'an indefinite list', 'a1 01 9f 01 ff'],
    ['cbor_malformed', 'an indefinite byte string', 'a1 01 5f 41 00 ff'],
    ['cbor_malformed', 'an indefinite text', 'a1 01 7f 61 61 ff'],
    ['cbor_malformed', 'a break', 'a1 01 ff'],
    ['cbor_malformed', 'a reserved head', 'a1 01 1c'],
    ['cbor_malformed', 'a reserved head with bytes behind it', `a1 01 1c ${'00'.repeat(16)}`],
    ['cbor_malformed', 'a tag', 'a1 01 c0 61 61'],
    ['cbor_malformed', 'a tagged map', 'd9d9f7 a0'],
    ['cbor_malformed', 'a half float', 'a1 01 f9 3c00'],
    ['cbor_malformed', 'a float', 'a1 01 fa 3f800000'],
    ['cbor_malformed', 'a double', 'a1 01 fb 3ff0000000000000'],
    ['cbor_malformed', 'undefined', 'a1 01 f7'],
    ['cbor_malformed', 'an unassigned simple value', 'a1 01 e0'],
    ['cbor_malformed', 'a long simple value', 'a1 01 f8 ff'],
    ['cbor_malformed', 'the last integer of 53 bits, whose neighbour would be another', 'a1 01 1b 001fffffffffffff'],
    ['cbor_malformed', 'an integer beyond 53 bits', 'a1 01 1b 0020000000000000'],
    ['cbor_malformed', 'a negative integer beyond 53 bits', 'a1 01 3b ffffffffffffffff'],
    ['cbor_malformed', 'a text that is not UTF-8', 'a1 61 ff 00'],
    ['cbor_malformed', 'a text with a byte order mark', 'a1 64 efbbbf61 00'],
    ['cbor_malformed', 'a key of bytes', 'a1 41 00 00'],
    ['cbor_malformed', 'a key that is a list', 'a1 80 00'],
    ['cbor_malformed', 'a key that is a map', 'a1 a0 00'],
    ['cbor_malformed', 'a boolean key', 'a1 f5 00'],
    ['cbor_malformed', 'a list where a map must be', '80'],
    ['cbor_duplicate_key', 'a key twice', 'a2 01 00 01 00'],
    ['cbor_duplicate_key', 'a key twice, once longer', 'a2 01 00 1801 00'],
    ['cbor_duplicate_key', 'a text key twice', 'a2 61 61 00 61 61 00'],
    ['cbor_duplicate_key', 'a key twice further in', 'a1 01 a2 01 00 01 00'],
    ['cbor_trailing_bytes', 'a byte after the map', 'a0 00'],
    ['cbor_trailing_bytes', 'another map', 'a0 a0'],
    ['cbor_too_deep', '9 levels', `${'a1 00 '.repeat(9)} 00`],
  ])('%s: %s', (reason, _, text) => {
    expect(refusal(hex(text))).toBe(reason)
  })

  test('a million levels, without running out of stack', () => {
    expect(refusal(new Uint8Array(1_000_000).fill(0x81))).toBe('cbor_too_deep')
    expect(refusal(Buffer.from('a100'.repeat(500_000), 'hex'))).toBe('cbor_too_deep')
  })

  test('every honest encoding that is cut short anywhere', () => {
    const bytes = encodeCbor(
      new Map([
        ['a', [1, 'two', new Uint8Array(300)]],
        ['b', rawCbor(encodeCbor(new Map([[-1, true]])))],
      ] as never),
    )
    for (let end = 0; end < bytes.length; end++) expect(refusal(bytes.subarray(0, end)), `${end} bytes`).toBe('cbor_malformed')
  })
})
