import { generateKeyPairSync } from 'node:crypto'
import { coseKey, encodeCbor } from '@latchkey/testing'
import { describe, expect, test } from 'vitest'
import { WebAuthnError } from './error.ts'
import { createKeyCache } from './key-cache.ts'

const publicKey = (): Uint8Array =>
  encodeCbor(coseKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }) as never, -7))

describe('the cache of public keys', () => {
  test('imports a key once', () => {
    const keys = createKeyCache()
    const bytes = publicKey()
    expect(keys.keyOf('a', bytes)).toBe(keys.keyOf('a', Uint8Array.from(bytes)))
  })

  test('gives no old key for a record whose bytes are others, and no key of another credential', () => {
    const keys = createKeyCache()
    const bytes = publicKey()
    const old = keys.keyOf('a', bytes)
    expect(keys.keyOf('a', publicKey()).object.equals(old.object)).toBe(false)
    expect(keys.keyOf('b', bytes)).not.toBe(old)
  })

  test('stays within its bounds; what was used last stays', () => {
    const keys = createKeyCache(2)
    const [a, b, c] = [publicKey(), publicKey(), publicKey()]
    const first = keys.keyOf('a', a)
    const second = keys.keyOf('b', b)
    keys.keyOf('a', a)
    keys.keyOf('c', c)
    expect(keys.size).toBe(2)
    expect(keys.keyOf('a', a)).toBe(first)
    expect(keys.keyOf('b', b)).not.toBe(second)
  })

  test('has room for five thousand, unless told otherwise', () => {
    const keys = createKeyCache()
    const bytes = publicKey()
    const first = keys.keyOf('0', bytes)
    for (let id = 1; id <= 5_000; id++) keys.keyOf(String(id), bytes)
    expect(keys.size).toBe(5_000)
    expect(keys.keyOf('0', bytes)).not.toBe(first)
  })

  test('refuses bytes that are no key, and keeps nothing of them', () => {
    const keys = createKeyCache()
    for (const bytes of [new Uint8Array([1, 2, 3]), undefined, 'AAAA'])
      expect(() => keys.keyOf('a', bytes as Uint8Array)).toThrow(WebAuthnError)
    expect(keys.size).toBe(0)
  })
})
