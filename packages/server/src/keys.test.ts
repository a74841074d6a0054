import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createKeys, sameBytes } from './keys.ts'

const [one, two] = [randomBytes(32), randomBytes(32)]
const old = createKeys(one)
const both = createKeys([
  { id: 2, secret: two },
  { id: 1, secret: one },
])
const fresh = createKeys([{ id: 2, secret: two }])

describe('H11 several master keys', () => {
  it('the first makes what is new, all of them read', () => {
    expect(both.ids).toEqual([2, 1])
    expect(both.seal.encrypt('x', 'place')[0]).toBe(2)
    expect(both.seal.decrypt(old.seal.encrypt('x', 'place'), 'place')).toBe('x')
    expect(fresh.seal.decrypt(both.seal.encrypt('x', 'place'), 'place')).toBe('x')
    expect(() => fresh.seal.decrypt(old.seal.encrypt('x', 'place'), 'place')).toThrow('unknown key (1)')
    expect(both.openPassword(old.sealPassword('$argon2id$…', 'a'), 'a')).toBe('$argon2id$…')
    expect(fresh.openPassword(both.sealPassword('$argon2id$…', 'a'), 'a')).toBe('$argon2id$…')
  })

  it('an altered key id does not open', () => {
    const sealed = both.seal.encrypt('x', 'place')
    sealed[0] = 1
    expect(() => both.seal.decrypt(sealed, 'place')).toThrow()
  })

  it('MACs of each are good, whole or half, for their purpose and parts only', () => {
    for (const maker of [old, both, fresh]) {
      const mac = maker.mac('form', 'a', 'b')
      expect(both.verifies(mac, 'form', 'a', 'b')).toBe(true)
      expect(both.verifies(mac.subarray(0, 16), 'form', 'a', 'b')).toBe(true)
      for (const short of [0, 1, 8, 15, 17, 31]) expect(both.verifies(mac.subarray(0, short), 'form', 'a', 'b')).toBe(false)
      expect(both.verifies(mac, 'device', 'a', 'b')).toBe(false)
      expect(both.verifies(mac, 'form', 'ab')).toBe(false)
      expect(both.verifies(mac, 'form', 'a', 'c')).toBe(false)
    }
    expect(fresh.verifies(old.mac('form', 'a'), 'form', 'a')).toBe(false)
  })

  it('bytes of another length are others', () => {
    expect([sameBytes(one, one.subarray()), sameBytes(one, two), sameBytes(one, one.subarray(1))]).toEqual([true, false, false])
  })

  it('look-ups ask for every key, counters for the oldest', () => {
    expect(both.seal.blindIndexes('x')).toEqual([...fresh.seal.blindIndexes('x'), ...old.seal.blindIndexes('x')])
    expect(both.seal.blindIndex('x')).toEqual(old.seal.blindIndex('x'))
  })

  it('recovery codes outlive their master key by their code key', () => {
    const hash = old.recoveryCodes.hash('account', 'CODE')
    expect([both.recoveryCodes.fits(hash, 'account', 'CODE'), both.recoveryCodes.fits(hash, 'other', 'CODE')]).toEqual([true, false])
    const later = createKeys([{ id: 2, secret: two }])
    expect(later.recoveryCodes.fits(hash, 'account', 'CODE')).toBe(false)
    later.recoveryCodes.adopt(1, old.recoveryCodes.key(1)!)
    expect([later.recoveryCodes.fits(hash, 'account', 'CODE'), later.recoveryCodes.fits(hash, 'account', 'CODEX')]).toEqual([true, false])
    expect(later.recoveryCodes.hash('account', 'CODE')).toMatch(/^hmac-sha256\.2\./)
    for (const other of ['', 'hmac-sha256.9.x', '$argon2id$v=19$m=4096,t=1,p=1$x$y'])
      expect(later.recoveryCodes.fits(other, 'account', 'CODE')).toBe(false)
  })

  it('refuses a key that is too short, an id out of range, and one twice', () => {
    for (const list of [
      [],
      [{ id: 1, secret: randomBytes(31) }],
      [{ id: 0, secret: one }],
      [{ id: 256, secret: one }],
      [
        { id: 1, secret: one },
        { id: 1, secret: two },
      ],
    ])
      expect(() => createKeys(list)).toThrow(RangeError)
  })
})
