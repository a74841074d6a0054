import { describe, expect, it } from 'vitest'
import { bytes } from './rows.fixture.ts'
import { createSeal } from './seal.ts'
import { openIn, sealIn } from './sealed.ts'

const key = bytes(32)
const seal = createSeal(key)
const AAD = 'identifier·value·1'

describe('seal', () => {
  it('opens what it closed, in any script, and the empty string', () => {
    for (const text of ['a@example.com', '', 'Grüße 🔑', 'x'.repeat(10_000)]) expect(seal.decrypt(seal.encrypt(text, AAD), AAD)).toBe(text)
  })

  it('opens after a restart with the same master key', () => {
    expect(createSeal(key).decrypt(seal.encrypt('x', AAD), AAD)).toBe('x')
    expect(createSeal(key).blindIndex('x')).toEqual(seal.blindIndex('x'))
  })

  it('never gives the same bytes twice', () => {
    expect(seal.encrypt('x', AAD)).not.toEqual(seal.encrypt('x', AAD))
  })

  it('does not open in another row, nor under another master key', () => {
    const sealed = seal.encrypt('x', AAD)
    expect(() => seal.decrypt(sealed, 'identifier·value·2')).toThrow()
    expect(() => createSeal(bytes(32)).decrypt(sealed, AAD)).toThrow()
  })

  it('does not open when any one byte was changed, or some are missing', () => {
    const sealed = seal.encrypt('secret', AAD)
    for (let i = 0; i < sealed.length; i++) {
      const forged = sealed.map((byte, at) => (at === i ? byte ^ 1 : byte))
      expect(() => seal.decrypt(forged, AAD)).toThrow()
      expect(() => seal.decrypt(sealed.subarray(0, i), AAD)).toThrow()
    }
  })

  it('names the key it does not know', () => {
    const sealed = seal.encrypt('x', AAD)
    sealed[0] = 9
    expect(() => seal.decrypt(sealed, AAD)).toThrow('unknown key (9)')
  })

  it('indexes equal values alike, others apart, and differently under another master key', () => {
    expect(seal.blindIndex('a')).toEqual(seal.blindIndex('a'))
    expect(seal.blindIndex('a')).not.toEqual(seal.blindIndex('b'))
    expect(seal.blindIndex('a')).not.toEqual(createSeal(bytes(32)).blindIndex('a'))
  })

  it('is laid out as key id, nonce of 12 bytes, text and tag of 16', () => {
    expect(seal.encrypt('four', AAD)).toHaveLength(1 + 12 + 4 + 16)
  })

  it('does not open under the number of another key, though the secret is the same', () => {
    const twins = createSeal([1, 2].map(id => ({ id, secret: key })))
    const sealed = twins.encrypt('x', AAD)
    expect(twins.decrypt(sealed, AAD)).toBe('x')
    sealed[0] = 2
    expect(() => twins.decrypt(sealed, AAD)).toThrow()
  })

  it('binds a value to its table, its column and its row', () => {
    const sealed = sealIn(seal, 'pre_session', 'identifier', '1', 'x')
    expect(openIn(seal, 'pre_session', 'identifier', '1', sealed)).toBe('x')
    expect(() => openIn(seal, 'pre_session', 'return_to', '1', sealed)).toThrow()
    expect(() => openIn(seal, 'pre_session', 'identifier', '2', sealed)).toThrow()
    const ofSignUp = sealIn(seal, 'pending_sign_up', 'value', '1', 'x')
    expect(() => openIn(seal, 'identifier', 'value', '1', ofSignUp)).toThrow()
  })

  it('asks for 32 bytes, and for an id from 1 to 255 of its own', () => {
    expect(() => createSeal(bytes(31))).toThrow(RangeError)
    const under = (...ids: number[]) => createSeal(ids.map(id => ({ id, secret: bytes(32) }))).keyIds
    for (const ids of [[0], [256], [1.5], [1, 1], []]) expect(() => under(...ids)).toThrow(RangeError)
    expect(under(255, 1)).toEqual([255, 1])
  })
})
