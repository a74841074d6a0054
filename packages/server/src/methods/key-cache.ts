import type { KeyObject } from 'node:crypto'
import type { CredentialId, Passkey } from '../domain/types.ts'
import { importPublicKey } from '../webauthn/index.ts'

/** About two kilobytes each. */
const MAX_KEYS = 5_000

/** Public keys as the crypto library wants them, so that they are not imported anew at each sign-in, which costs more than verifying. */
export interface KeyCache {
  /**
   * @param passkey as just read from the database, which stays the authority: the verifier takes a cached key only for the very same bytes
   * @throws WebAuthnError for bytes that are no key
   */
  keyOf(passkey: Pick<Passkey, 'id' | 'publicKey'>): KeyObject
  readonly size: number
}

/** @param maxKeys the least recently used goes first */
export function createKeyCache(maxKeys: number = MAX_KEYS): KeyCache {
  const keys = new Map<CredentialId, { bytes: Buffer; key: KeyObject }>()
  return {
    keyOf({ id, publicKey }) {
      const known = keys.get(id)
      const entry = known?.bytes.equals(publicKey) ? known : { bytes: Buffer.from(publicKey), key: importPublicKey(publicKey) }
      // a Map keeps the order of insertion: taken out and put in again, an entry is the youngest
      keys.delete(id)
      keys.set(id, entry)
      const [oldest] = keys.keys()
      if (keys.size > maxKeys && oldest !== undefined) keys.delete(oldest)
      return entry.key
    },
    get size() {
      return keys.size
    },
  }
}
