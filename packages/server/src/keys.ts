import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import { createSeal, type Seal } from './store/seal.ts'

/** Keys derived from the one master key, a different one for each purpose (HKDF, RFC 5869). */
export interface Keys {
  /** Encrypts at rest and makes blind indexes. */
  seal: Seal
  /** HMAC-SHA-256 over the parts, joined without ambiguity, under the purpose's own key. */
  mac(purpose: MacPurpose, ...parts: (string | Uint8Array)[]): Uint8Array
  /** Keyed pepper of password hashes: encrypts the PHC string. */
  sealPassword(phc: string, accountId: string): string
  openPassword(sealed: string, accountId: string): string
}

export type MacPurpose = 'challenge' | 'form' | 'device' | 'code' | 'decoy' | 'freeze-link'

/**
 * @param masterKey 32 bytes
 * @throws RangeError when it is shorter
 */
export function createKeys(masterKey: Uint8Array): Keys {
  if (masterKey.length < 32) throw new RangeError('the master key needs 32 bytes')
  const derive = (purpose: string): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', masterKey, new Uint8Array(0), `latchkey/${purpose}/1`, 32))
  const cache = new Map<string, Uint8Array>()
  const keyFor = (purpose: string): Uint8Array => {
    const known = cache.get(purpose) ?? derive(purpose)
    cache.set(purpose, known)
    return known
  }
  const passwords = createSeal(derive('password-pepper'))
  return {
    seal: createSeal(derive('seal')),
    mac(purpose, ...parts) {
      const hmac = createHmac('sha256', keyFor(purpose))
      for (const part of parts) hmac.update(`${part.length}:`).update(part)
      return hmac.digest()
    },
    sealPassword: (phc, accountId) => Buffer.from(passwords.encrypt(phc, `password·${accountId}`)).toString('base64url'),
    openPassword: (sealed, accountId) => passwords.decrypt(Buffer.from(sealed, 'base64url'), `password·${accountId}`),
  }
}

/** Compares secrets in constant time; lengths may differ. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

let lastMs = 0
let sequence = 0

/** A time-ordered UUIDv7 (RFC 9562 §5.7), monotonic within this process. */
export function uuidv7(now: number): string {
  const bytes = randomBytes(16)
  sequence = now === lastMs ? (sequence + 1) & 0xfff : bytes[6]! & 0x7f
  lastMs = now
  bytes.writeUIntBE(now, 0, 6)
  bytes.writeUInt16BE(0x7000 | sequence, 6)
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
