import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import { createSeal, listOf, type Seal, type SealKey } from './store/seal.ts'

/**
 * Keys derived from the master key, a different one for each purpose (HKDF, RFC 5869). Of several master keys the first makes what is
 * new, and all of them read what was made before: a change of keys signs nobody out and voids no form, challenge or device cookie.
 */
export interface Keys {
  /** Ids of the master keys, the one that makes what is new first. */
  readonly ids: readonly number[]
  /** Encrypts at rest and makes blind indexes. */
  seal: Seal
  /** HMAC-SHA-256 over the parts, joined without ambiguity, under the purpose's own key. */
  mac(purpose: MacPurpose, ...parts: Part[]): Uint8Array
  /** Whether it is the MAC, or its first half, that one of our keys makes. Takes no longer for a near miss. */
  verifies(mac: Uint8Array, purpose: MacPurpose, ...parts: Part[]): boolean
  /** Keyed pepper of password hashes: encrypts the PHC string. */
  sealPassword(phc: string, accountId: string): string
  openPassword(sealed: string, accountId: string): string
  recoveryCodes: RecoveryCodeKeys
}

/**
 * The MACs of recovery codes, which nobody can make anew without the codes. So this one key outlives its master key: `rotation.ts` keeps
 * it, sealed under the next, for as long as a code rests on it.
 */
export interface RecoveryCodeKeys {
  /** `hmac-sha256.<key id>.<base64url>`: what a row keeps of a code. It is bound to its account. */
  hash(accountId: string, code: string): string
  /** Whether a code fits what a row keeps; false, too, for a hash of another kind and for a key that we do not have. */
  fits(hash: string, accountId: string, code: string): boolean
  /** The key of an id, to be kept; null where we do not have it. */
  key(id: number): Uint8Array | null
  adopt(id: number, key: Uint8Array): void
}

export type MacPurpose = 'challenge' | 'form' | 'device' | 'code' | 'decoy' | 'freeze-link'
type Part = string | Uint8Array

const MAC_LENGTHS = new Set([16, 32])
const RECOVERY_CODE_HASH = /^hmac-sha256\.(\d{1,3})\.([\w-]{43})$/

/** The id of the key that a recovery code rests on; null for one of before that. */
export const recoveryCodeKeyId = (hash: string): number | null => {
  const id = RECOVERY_CODE_HASH.exec(hash)?.[1]
  return id === undefined ? null : Number(id)
}

/**
 * @param masterKeys 32 bytes each, the one that makes what is new first; one alone is number 1
 * @throws RangeError when one is shorter, or an id stands twice
 */
export function createKeys(masterKeys: Uint8Array | readonly SealKey[]): Keys {
  const list = listOf(masterKeys)
  const masters = new Map(list.map(({ id, secret }) => [id, secret]))
  const cache = new Map<string, Uint8Array>()
  const derived = (id: number, purpose: string): Uint8Array => {
    const name = `${id} ${purpose}`
    const key = cache.get(name) ?? derive(masters.get(id)!, purpose)
    cache.set(name, key)
    return key
  }
  const sealOf = (purpose: string): Seal => createSeal(list.map(({ id, secret }) => ({ id, secret: derive(secret, purpose) })))
  const ids = list.map(({ id }) => id)
  const seal = sealOf('seal')
  const passwords = sealOf('password-pepper')
  return {
    ids,
    seal,
    mac: (purpose, ...parts) => macUnder(derived(seal.keyId, purpose), parts),
    verifies(mac, purpose, ...parts) {
      if (!MAC_LENGTHS.has(mac.length)) return false
      return ids.some(id => sameBytes(mac, macUnder(derived(id, purpose), parts).subarray(0, mac.length)))
    },
    sealPassword: (phc, accountId) => Buffer.from(passwords.encrypt(phc, `password·${accountId}`)).toString('base64url'),
    openPassword: (sealed, accountId) => passwords.decrypt(Buffer.from(sealed, 'base64url'), `password·${accountId}`),
    recoveryCodes: recoveryCodeKeys(seal.keyId, id => (masters.has(id) ? derived(id, 'recovery-code') : null)),
  }
}

function derive(masterKey: Uint8Array, purpose: string): Uint8Array {
  if (masterKey.length < 32) throw new RangeError('the master key needs 32 bytes')
  return new Uint8Array(hkdfSync('sha256', masterKey, new Uint8Array(0), `latchkey/${purpose}/1`, 32))
}

function macUnder(key: Uint8Array, parts: readonly Part[]): Uint8Array {
  const hmac = createHmac('sha256', key)
  for (const part of parts) hmac.update(`${part.length}:`).update(part)
  return hmac.digest()
}

function recoveryCodeKeys(writing: number, own: (id: number) => Uint8Array | null): RecoveryCodeKeys {
  const kept = new Map<number, Uint8Array>()
  const key = (id: number): Uint8Array | null => own(id) ?? kept.get(id) ?? null
  return {
    hash: (accountId, code) => `hmac-sha256.${writing}.${Buffer.from(macUnder(own(writing)!, [accountId, code])).toString('base64url')}`,
    fits(hash, accountId, code) {
      const [, id, mac] = RECOVERY_CODE_HASH.exec(hash) ?? []
      const under = id === undefined ? null : key(Number(id))
      return under !== null && sameBytes(Buffer.from(mac!, 'base64url'), macUnder(under, [accountId, code]))
    },
    key,
    adopt: (id, bytes) => void kept.set(id, bytes),
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
