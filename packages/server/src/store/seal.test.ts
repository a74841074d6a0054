import { describe, expect, it } from 'vitest'
import { bytes } from './fixtures.contract.ts'
import { createSeal } from './seal.ts'

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

  it('asks for 32 bytes', () => {
    expect(() => createSeal(bytes(31))).toThrow(RangeError)
  })
})
