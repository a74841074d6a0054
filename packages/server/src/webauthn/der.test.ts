import { describe, expect, test } from 'vitest'
import { childrenOf, contextTag, expectTag, hexOf, readBoolean, readItem, readNumber, readOnly, readTime, TAG } from './der.ts'
import { WebAuthnError } from './error.ts'

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const text = (tag: number, value: string): Uint8Array => Uint8Array.of(tag, value.length, ...Buffer.from(value, 'latin1'))

function reason(run: () => unknown): string {
  try {
    run()
    return 'accepted'
  } catch (error) {
    if (error instanceof WebAuthnError) return error.reason
    throw error
  }
}

describe('an element', () => {
  test.each([
    ['a short length', '0201 05', TAG.integer, '05'],
    ['no content', '0500', TAG.null, ''],
    ['a length of one octet more', `0481 80 ${'00'.repeat(128)}`, TAG.octetString, '00'.repeat(128)],
    ['a length of two octets more', `0482 0100 ${'00'.repeat(256)}`, TAG.octetString, '00'.repeat(256)],
    ['a context tag', 'a303 020101', contextTag(3), '020101'],
    ['a tag number of one octet more', 'bf1f 03 020101', contextTag(31), '020101'],
    ['a tag number of two octets more', 'bf8458 02 0500', contextTag(600), '0500'],
    ['the largest tag number that is read', 'bfff7f 02 0500', contextTag(16383), '0500'],
  ])('with %s', (_, bytes, tag, content) => {
    const item = readItem(hex(bytes), 0)
    expect({ tag: item.tag, content: hexOf(item), whole: item.bytes.length }).toEqual({ tag, content, whole: hex(bytes).length })
  })

  test.each([
    ['nothing', ''],
    ['a tag alone', '02'],
    ['content cut short', '0202 05'],
    ['an indefinite length', '3080 0000'],
    ['a reserved length', '30ff'],
    ['a length of five octets', '0485 0000000001 00'],
    ['a length cut short', '0482 01'],
    ['a long length without need', '0481 01 00'],
    ['a length with a zero in front', `0482 0080 ${'00'.repeat(128)}`],
    ['a length beyond the end, and beyond all memory', '0484 ffffffff 00'],
    ['a long tag number without need', 'bf1e 00'],
    ['a tag number with a zero in front', 'bf801f 00'],
    ['a tag number of three octets', 'bf818100 00'],
    ['a tag number cut short', 'bf84'],
  ])('is refused with %s', (_, bytes) => {
    expect(reason(() => readItem(hex(bytes), 0))).toBe('certificate_malformed')
  })

  test('no two tags are one number', () => {
    // the primitive [32] would be 0xa0, the constructed [0], if class bits and numbers were added up
    expect(readItem(hex('9f20 01 00'), 0).tag).not.toBe(contextTag(0))
  })

  test('must be of its type and alone', () => {
    expect(readOnly(hex('0500'), TAG.null).content.length).toBe(0)
    expect(reason(() => readOnly(hex('0500'), TAG.integer))).toBe('certificate_malformed')
    expect(reason(() => readOnly(hex('0500 00'), TAG.null))).toBe('certificate_malformed')
    expect(reason(() => expectTag(undefined, TAG.null))).toBe('certificate_malformed')
  })

  test('has children that fill it', () => {
    expect(childrenOf(readItem(hex('3006 020101 020102'), 0)).map(hexOf)).toEqual(['01', '02'])
    expect(childrenOf(readItem(hex('3000'), 0))).toEqual([])
    expect(reason(() => childrenOf(readItem(hex('3004 020101 02'), 0)))).toBe('certificate_malformed')
  })
})

describe('a number', () => {
  test.each([
    ['0201 00', 0],
    ['0201 7f', 127],
    ['0202 0080', 128],
    ['0206 7fffffffffff', 2 ** 47 - 1],
  ])('%s', (bytes, value) => {
    expect(readNumber(readItem(hex(bytes), 0))).toBe(value)
  })

  test.each(['0200', '0201 80', '0202 0001', '0207 01000000000000'])('is refused as %s', bytes => {
    expect(reason(() => readNumber(readItem(hex(bytes), 0)))).toBe('certificate_malformed')
  })
})

test('a boolean is one octet, and TRUE unless that is zero', () => {
  expect(['0101ff', '010101', '010100'].map(bytes => readBoolean(readItem(hex(bytes), 0)))).toEqual([true, true, false])
  expect(['0100', '0102ffff'].map(bytes => reason(() => readBoolean(readItem(hex(bytes), 0))))).toEqual([
    'certificate_malformed',
    'certificate_malformed',
  ])
})

describe('a time', () => {
  test.each([
    [TAG.utcTime, '240101000000Z', '2024-01-01T00:00:00.000Z'],
    [TAG.utcTime, '500101000000Z', '1950-01-01T00:00:00.000Z'],
    [TAG.utcTime, '491231235959Z', '2049-12-31T23:59:59.000Z'],
    [TAG.generalizedTime, '30240101000000Z', '3024-01-01T00:00:00.000Z'],
    [TAG.generalizedTime, '20240229120000Z', '2024-02-29T12:00:00.000Z'],
    [TAG.generalizedTime, '00240101000000Z', '0024-01-01T00:00:00.000Z'],
  ])('%i %s', (tag, value, iso) => {
    expect(new Date(readTime(readItem(text(tag, value), 0))).toISOString()).toBe(iso)
  })

  test.each([
    [TAG.utcTime, '2401010000Z'],
    [TAG.utcTime, '240101000000+0000'],
    [TAG.utcTime, '241301000000Z'],
    [TAG.utcTime, '230229000000Z'],
    [TAG.utcTime, '240101240000Z'],
    [TAG.utcTime, '240101006000Z'],
    [TAG.generalizedTime, '20240101000000.5Z'],
    [TAG.generalizedTime, '240101000000Z'],
    [TAG.integer, '240101000000Z'],
  ])('is refused as %i %s', (tag, value) => {
    expect(reason(() => readTime(readItem(text(tag, value), 0)))).toBe('certificate_malformed')
  })

  test('must be there', () => {
    expect(reason(() => readTime(undefined))).toBe('certificate_malformed')
  })
})
