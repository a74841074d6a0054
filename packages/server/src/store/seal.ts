import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/** Encrypts columns and makes blind indexes. The store is handed one and never sees a key. */
export interface Seal {
  /** @param aad `table·column·row id`: a value copied to another row or column does not open */
  encrypt(plain: string, aad: string): Uint8Array
  /** @throws Error when the bytes were changed, belong to another place, or are under a key that we do not have */
  decrypt(bytes: Uint8Array, aad: string): string
  /** HMAC-SHA-256 for exact look-up of an encrypted value. */
  blindIndex(value: string): Uint8Array
}

const KEY_ID = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16
const HEAD_BYTES = 1 + NONCE_BYTES

/**
 * The seal of one master key: AES-256-GCM with a random 96-bit nonce, laid out as key id · nonce · ciphertext · tag. The key id
 * stands in front, and in the associated data, so that a second master key can be introduced beside the first.
 *
 * @param masterKey at least 32 random bytes; a key for each purpose is derived from it (HKDF, RFC 5869)
 */
export function createSeal(masterKey: Uint8Array): Seal {
  if (masterKey.length < 32) throw new RangeError('the master key needs 32 bytes')
  const encryptionKey = derive(masterKey, 'encrypt')
  const indexKey = derive(masterKey, 'blind-index')
  return {
    encrypt: (plain, aad) => encrypt(encryptionKey, plain, aad),
    decrypt: (bytes, aad) => decrypt(encryptionKey, bytes, aad),
    blindIndex: value => new Uint8Array(createHmac('sha256', indexKey).update(value).digest()),
  }
}

const derive = (masterKey: Uint8Array, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', masterKey, new Uint8Array(0), `latchkey/store/${purpose}/1`, 32))

const bound = (aad: string): Buffer => Buffer.from(`${aad}·${KEY_ID}`)

function encrypt(key: Uint8Array, plain: string, aad: string): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(bound(aad))
  return new Uint8Array(Buffer.concat([Buffer.of(KEY_ID), nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]))
}

function decrypt(key: Uint8Array, bytes: Uint8Array, aad: string): string {
  if (bytes.length < HEAD_BYTES + TAG_BYTES) throw new Error('sealed value is too short')
  if (bytes[0] !== KEY_ID) throw new Error(`sealed under an unknown key (${bytes[0]})`)
  const end = bytes.length - TAG_BYTES
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, HEAD_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(bound(aad)).setAuthTag(bytes.subarray(end))
  return decipher.update(bytes.subarray(HEAD_BYTES, end), undefined, 'utf8') + decipher.final('utf8')
}
