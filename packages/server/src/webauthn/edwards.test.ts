import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { isUsablePoint } from './edwards.ts'

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))

test('every honest key can be used', () => {
  for (let i = 0; i < 50; i++) {
    const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
    expect(isUsablePoint('Ed25519', Buffer.from(x, 'base64url')), x).toBe(true)
  }
})

/** The points of order 1, 2, 4 and 8 in every encoding, with either sign, and the not canonical ones of the same points. */
const lowOrder = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]

test.each(lowOrder)('a point of low order cannot: %s', text => {
  const bytes = hex(text)
  expect(isUsablePoint('Ed25519', bytes)).toBe(false)
  expect(isUsablePoint('Ed25519', bytes.with(31, (bytes[31] ?? 0) | 0x80))).toBe(false)
})

test('bytes that are no point, or not its canonical encoding, cannot', () => {
  expect(isUsablePoint('Ed25519', hex(`02${'00'.repeat(31)}`))).toBe(false) // y = 2 is on no point
  expect(isUsablePoint('Ed25519', hex('ff'.repeat(32)))).toBe(false)
  expect(isUsablePoint('Ed25519', hex(`03${'00'.repeat(31)}`))).toBe(true) // y = 3 is on one
  expect(isUsablePoint('Ed25519', hex(`f0${'ff'.repeat(30)}7f`))).toBe(false) // the same y plus the prime
})

test('every honest Ed448 key can be used', () => {
  for (let i = 0; i < 20; i++) {
    const { x = '' } = generateKeyPairSync('ed448').publicKey.export({ format: 'jwk' })
    expect(isUsablePoint('Ed448', Buffer.from(x, 'base64url')), x).toBe(true)
  }
})

/** ±1 and 0 are the y of the four points whose order divides the cofactor; p stands for 0, p + 1 for 1, in another encoding. */
const ofEd448 = [
  `01${'00'.repeat(56)}`,
  '00'.repeat(57),
  `fe${'ff'.repeat(27)}fe${'ff'.repeat(27)}00`,
  `ff${'ff'.repeat(27)}fe${'ff'.repeat(27)}00`,
]

test.each(ofEd448)('an Ed448 point of low order cannot: %s', text => {
  const bytes = hex(text)
  expect(isUsablePoint('Ed448', bytes)).toBe(false)
  expect(isUsablePoint('Ed448', bytes.with(56, 0x80))).toBe(false)
})

test('bytes that are no Ed448 point, or not its canonical encoding, cannot', () => {
  const { x = '' } = generateKeyPairSync('ed448').publicKey.export({ format: 'jwk' })
  const good = Uint8Array.from(Buffer.from(x, 'base64url'))
  expect(isUsablePoint('Ed448', good.with(56, (good[56] ?? 0) | 1))).toBe(false) // the seven bits beside the sign are zero
  expect(isUsablePoint('Ed448', hex('ff'.repeat(57)))).toBe(false)
  const halves = Array.from({ length: 40 }, (_, y) => isUsablePoint('Ed448', new Uint8Array(57).with(0, y + 2)))
  expect(new Set(halves)).toEqual(new Set([true, false])) // about half of all y are on the curve
})
