import { generateKeyPairSync } from 'node:crypto'
import { coseKey, encodeCbor } from '@latchkey/testing'
import { describe, expect, test } from 'vitest'
import type { CredentialId } from '../domain/types.ts'
import { createKeyCache } from './key-cache.ts'

const publicKey = (): Uint8Array =>
  encodeCbor(coseKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }) as never, -7))
const passkey = (id: string, bytes = publicKey()) => ({ id: id as CredentialId, publicKey: bytes })

describe('the cache of public keys', () => {
  test('imports a key once', () => {
    const cache = createKeyCache()
    const one = passkey('a')
    expect(cache.keyOf(one)).toBe(cache.keyOf({ ...one, publicKey: Uint8Array.from(one.publicKey) }))
  })

  test('gives no old key for a record whose bytes are others', () => {
    const cache = createKeyCache()
    const old = cache.keyOf(passkey('a'))
    expect(cache.keyOf(passkey('a')).equals(old)).toBe(false)
    expect(cache.size).toBe(1)
  })

  test('stays within its bounds; what was used last stays', () => {
    const cache = createKeyCache(2)
    const [a, b, c] = [passkey('a'), passkey('b'), passkey('c')]
    const first = cache.keyOf(a)
    const second = cache.keyOf(b)
    cache.keyOf(a)
    cache.keyOf(c)
    expect(cache.size).toBe(2)
    expect(cache.keyOf(a)).toBe(first)
    expect(cache.keyOf(b)).not.toBe(second)
  })

  test('refuses bytes that are no key, and keeps nothing of them', () => {
    const cache = createKeyCache()
    expect(() => cache.keyOf(passkey('a', new Uint8Array([1, 2, 3])))).toThrow()
    expect(cache.size).toBe(0)
  })
})
