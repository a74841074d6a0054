import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/** Encrypts columns and makes blind indexes. The store is handed one and never sees a key. */
export interface Seal {
  /** The key that encrypts; the others only open what they once sealed. */
  readonly keyId: number
  /** All keys, that one first. */
  readonly keyIds: readonly number[]
  /** @param aad `table·column·row id`: a value copied to another row or column does not open */
  encrypt(plain: string, aad: string): Uint8Array
  /** @throws Error when the bytes were changed, belong to another place, or are under a key that we do not have */
  decrypt(bytes: Uint8Array, aad: string): string
  /**
   * HMAC-SHA-256 of a value that has to be found again, under each key, the encrypting one first. A row keeps the first; a look-up
   * asks for any of them in one statement, so that it finds rows of before and after a change of keys.
   */
  blindIndexes(value: string): Uint8Array[]
  /**
   * HMAC-SHA-256 for counters, which nobody can rewrite: under the oldest key, so that every node counts alike while keys change and
   * no change opens a new budget for guesses. They begin anew when that key is taken out.
   */
  blindIndex(value: string): Uint8Array
}

/** One of several keys; ids grow, 1 is the first. The id stands in front of all that the key sealed. */
export interface SealKey {
  /** 1 to 255 */
  id: number
  /** At least 32 random bytes. */
  secret: Uint8Array
}

const NONCE_BYTES = 12
const TAG_BYTES = 16
const HEAD_BYTES = 1 + NONCE_BYTES
const MAX_KEY_ID = 255

interface Derived {
  id: number
  encryption: Uint8Array
  index: Uint8Array
}

/**
 * A seal over one master key, or several: AES-256-GCM with a random 96-bit nonce, laid out as key id · nonce · ciphertext · tag. The
 * key's id stands in front, and in the associated data.
 *
 * @param keys the key that encrypts first; one without an id is number 1. A key for each purpose is derived from it (HKDF, RFC 5869)
 * @throws RangeError for a key that is too short, an id out of range, or one twice
 */
export function createSeal(keys: Uint8Array | readonly SealKey[]): Seal {
  const ring = listOf(keys).map(derived)
  const [writing] = ring
  const byId = new Map(ring.map(key => [key.id, key]))
  if (!writing || byId.size !== ring.length) throw new RangeError('the master keys need ids of their own')
  const oldest = ring.reduce((a, b) => (b.id < a.id ? b : a))
  return {
    keyId: writing.id,
    keyIds: ring.map(key => key.id),
    encrypt: (plain, aad) => encrypt(writing, plain, aad),
    decrypt(bytes, aad) {
      const key = byId.get(keyIdOf(bytes))
      if (!key) throw new Error(`sealed under an unknown key (${keyIdOf(bytes)})`)
      return decrypt(key, bytes, aad)
    },
    blindIndexes: value => ring.map(key => indexUnder(key, value)),
    blindIndex: value => indexUnder(oldest, value),
  }
}

/** Which key a sealed value is under. */
export const keyIdOf = (bytes: Uint8Array): number => bytes[0] ?? 0

export const listOf = (keys: Uint8Array | readonly SealKey[]): readonly SealKey[] =>
  keys instanceof Uint8Array ? [{ id: 1, secret: keys }] : keys

function derived({ id, secret }: SealKey): Derived {
  if (secret.length < 32) throw new RangeError('the master key needs 32 bytes')
  if (!Number.isInteger(id) || id < 1 || id > MAX_KEY_ID) throw new RangeError(`a master key's id is 1 to ${MAX_KEY_ID}`)
  return { id, encryption: derive(secret, 'encrypt'), index: derive(secret, 'blind-index') }
}

const derive = (masterKey: Uint8Array, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', masterKey, new Uint8Array(0), `latchkey/store/${purpose}/1`, 32))

const indexUnder = (key: Derived, value: string): Uint8Array => new Uint8Array(createHmac('sha256', key.index).update(value).digest())

const bound = (aad: string, id: number): Buffer => Buffer.from(`${aad}·${id}`)

function encrypt({ id, encryption }: Derived, plain: string, aad: string): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', encryption, nonce).setAAD(bound(aad, id))
  return new Uint8Array(Buffer.concat([Buffer.of(id), nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]))
}

function decrypt({ id, encryption }: Derived, bytes: Uint8Array, aad: string): string {
  if (bytes.length < HEAD_BYTES + TAG_BYTES) throw new Error('sealed value is too short')
  const end = bytes.length - TAG_BYTES
  const decipher = createDecipheriv('aes-256-gcm', encryption, bytes.subarray(1, HEAD_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(bound(aad, id)).setAuthTag(bytes.subarray(end))
  return decipher.update(bytes.subarray(HEAD_BYTES, end), undefined, 'utf8') + decipher.final('utf8')
}
