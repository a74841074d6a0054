import { hash } from 'node:crypto'
import type { PublicKey } from './cose-key.ts'
import { importPublicKey } from './public-key.ts'

/** Public keys in the form in which they verify, kept by the caller: making one costs more than verifying a signature with it. */
export interface KeyCache {
  /**
   * The usable form of a stored key. The record that the caller has just read stays the authority: other bytes are another entry.
   *
   * @param credentialId base64url; `publicKey` its COSE_Key bytes
   * @throws WebAuthnError for bytes that are no key; nothing is kept then
   */
  keyOf(credentialId: string, publicKey: Uint8Array): PublicKey
  readonly size: number
}

/** About two kilobytes each. */
const MAX_KEYS = 5_000

/**
 * Makes a cache of public keys for `verifyAuthentication`, by credential id and the SHA-256 of the key. The least recently used one
 * goes first.
 *
 * @param maxKeys how many to keep; some two kilobytes each
 * @see WebAuthn L3 §7.2 step 22
 * @example
 * const keys = createKeyCache()
 * verifyAuthentication(response, { ...expected, credential, keys })
 */
export function createKeyCache(maxKeys: number = MAX_KEYS): KeyCache {
  const keys = new Map<string, PublicKey>()
  return {
    keyOf(credentialId, publicKey) {
      const name = publicKey instanceof Uint8Array ? `${credentialId}.${hash('sha256', publicKey, 'base64url')}` : ''
      const key = keys.get(name) ?? importPublicKey(publicKey)
      // a Map keeps the order of insertion: taken out and put in again, an entry is the youngest
      keys.delete(name)
      keys.set(name, key)
      const [oldest = name] = keys.keys()
      if (keys.size > maxKeys) keys.delete(oldest)
      return key
    },
    get size() {
      return keys.size
    },
  }
}
