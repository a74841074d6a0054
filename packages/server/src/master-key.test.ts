import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readMasterKeys } from './master-key.ts'
import type { SealKey } from './store/seal.ts'

const one = randomBytes(32)
const two = randomBytes(32)
const [a, b] = [one.toString('base64'), two.toString('base64')]

describe('ST-1 LATCHKEY_MASTER_KEY', () => {
  it.each([
    ['base64', a, [[1, one]]],
    ['base64 without its padding', a.replace('=', ''), [[1, one]]],
    ['base64url', one.toString('base64url'), [[1, one]]],
    ['hex', one.toString('hex'), [[1, one]]],
    ['hex in capitals, with a newline', `${one.toString('hex').toUpperCase()}\n`, [[1, one]]],
    ['spaces around it', `  ${a}\r\n`, [[1, one]]],
    ['a number', `7:${a}`, [[7, one]]],
    [
      'two, the writing one first',
      `2:${b},1:${a}`,
      [
        [2, two],
        [1, one],
      ],
    ],
    [
      'two, a line each',
      `12:${b}\n3:${one.toString('hex')}\n`,
      [
        [12, two],
        [3, one],
      ],
    ],
  ] as const)('is read as %s', (_, text, keys) => {
    expect((readMasterKeys(text) as SealKey[]).map(key => [key.id, Buffer.from(key.secret)])).toEqual(keys)
  })

  it.each([
    ['nothing', ' \n', /must be 32 bytes/],
    ['a stray letter', `${a}x`, /must be 32 bytes/],
    ['a letter of no alphabet', `${a.slice(0, -2)}!=`, /must be 32 bytes/],
    ['31 bytes', one.subarray(1).toString('base64'), /must be 32 bytes/],
    ['33 bytes', randomBytes(33).toString('base64'), /must be 32 bytes/],
    ['hex cut short', one.toString('hex').slice(1), /must be 32 bytes/],
    ['bits that no byte has', `${a.slice(0, -2)}${a.at(-2) === 'B' ? 'C' : 'B'}=`, /must be 32 bytes/],
    ['words', 'correct-horse-battery-staple', /must be 32 bytes/],
    ['two without numbers', `${a},${b}`, /must number its keys/],
    ['one of two without', `2:${a},${b}`, /must number its keys/],
    ['number nought', `0:${a}`, /from 1 to 255/],
    ['number 256', `256:${a}`, /from 1 to 255/],
    ['a word for a number', `new:${a}`, /from 1 to 255/],
    ['a number twice', `1:${a},1:${b}`, /name key 1 twice/],
    ['a key twice', `2:${a},1:${a}`, /same key as 2 and as 1/],
    ['a bad one of two', `2:${a},1:${b}x`, /its key 1 is not/],
  ])('refuses %s in one line that tells no key', (_, text, words) => {
    const wrong = readMasterKeys(text)
    expect(wrong).toMatch(words)
    for (const piece of text.split(/[\s,:]+/).filter(part => part.length > 8)) expect(wrong).not.toContain(piece.slice(0, 8))
  })

  it('reads back any list of keys, and of any text tells either keys or what is wrong', () => {
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 })
    const list = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 255 }), key), { minLength: 1, selector: ([id]) => id })
    const spelling = fc.constantFrom('base64', 'base64url', 'hex') as fc.Arbitrary<BufferEncoding>
    fc.assert(
      fc.property(list, spelling, fc.constantFrom(',', ', ', '\n', ' \r\n'), (keys, encoding, between) => {
        fc.pre(new Set(keys.map(([, bytes]) => bytes.join())).size === keys.length)
        const text = keys.map(([id, bytes]) => `${id}:${Buffer.from(bytes).toString(encoding)}`).join(between)
        expect((readMasterKeys(`${text}\n`) as SealKey[]).map(({ id, secret }) => [id, new Uint8Array(secret)])).toEqual(keys)
      }),
    )
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), text => {
        const read = readMasterKeys(text)
        const right = typeof read === 'string' ? read.startsWith('must ') : read.every(({ secret }) => secret.length === 32)
        expect([read, right]).toEqual([read, true])
      }),
    )
  })
})
