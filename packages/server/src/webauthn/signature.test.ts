import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { attestationKey, isEcdsaDer } from './signature.ts'

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const long = `0242 01${'ff'.repeat(65)}`

test.each([
  ['numbers of one byte', '3006 020101 020101', 32],
  ['a number whose top bit needs a zero', '3007 02020080 020101', 32],
  ['numbers of full length', `3046 022100${'ff'.repeat(32)} 022100${'ff'.repeat(32)}`, 32],
  ['P-521, with a long length', `308188 ${long} ${long}`, 66],
])('is DER: %s', (_, text, size) => {
  expect(isEcdsaDer(hex(text), size)).toBe(true)
})

test.each([
  ['nothing', '', 32],
  ['a tag alone', '30', 32],
  ['an empty sequence', '3000', 32],
  ['one number', '3003 020101', 32],
  ['three numbers', '3009 020101 020101 020101', 32],
  ['a length beyond the end', '3007 020101 020101', 32],
  ['a byte after the sequence', '3006 020101 020101 00', 32],
  ['a byte after the numbers', '3007 020101 020101 00', 32],
  ['a long length without need', '308106 020101 020101', 32],
  ['a longer length', '30820006 020101 020101', 32],
  ['an indefinite length', '3080 020101 020101 0000', 32],
  ['an inner length beyond the end', '3006 020101 027f01', 32],
  ['an inner long length', '3007 02810101 020101', 32],
  ['zero', '3006 020100 020101', 32],
  ['a negative number', '3006 020180 020101', 32],
  ['a zero in front without need', '3007 02020001 020101', 32],
  ['an empty number', '3005 0200 020101', 32],
  ['a number that does not fit the curve', `3026 0221 01${'ff'.repeat(32)} 020101`, 32],
  ['another tag', '3106 020101 020101', 32],
  ['another inner tag', '3006 030101 020101', 32],
])('is not DER: %s', (_, text, size) => {
  expect(isEcdsaDer(hex(text), size)).toBe(false)
})

test('a certificate’s key is on any curve for ES256, and on its own alone for ESP256 (RFC 9053 §2.1, RFC 9864)', () => {
  const [p256, p384] = ['P-256', 'P-384'].map(namedCurve => generateKeyPairSync('ec', { namedCurve }).publicKey)
  const ed25519 = generateKeyPairSync('ed25519').publicKey
  const curves = [-7, -9].flatMap(alg => [p256!, p384!, ed25519].map(key => attestationKey(alg, key)?.algorithm.key))
  const [own, other] = [{ jwk: 'P-256' }, { jwk: 'P-384' }].map(form => expect.objectContaining(form))
  expect(curves).toEqual([own, other, undefined, own, undefined, undefined])
})
