import { type KeyObject, verify } from 'node:crypto'
import { decodeBase64url } from './base64url.ts'
import { check, WebAuthnError, type WebAuthnReason } from './error.ts'
import { asObject, own } from './json.ts'

/** A signed statement in JSON: what SafetyNet answered, and what the FIDO metadata service publishes. */
export interface Jws {
  readonly alg: string
  /** The certificates in the header, as DER, leaf first. */
  readonly certificates: readonly Uint8Array[]
  /** Not read yet: nothing of it is worth parsing before the signature holds. */
  readonly payload: Uint8Array
  readonly signature: Uint8Array
  /** What was signed. */
  readonly signed: Uint8Array
}

/** What to say of one that is not shaped as it must be. */
export interface JwsRefusal {
  readonly reason: WebAuthnReason
  readonly step: string
}

/** The signature algorithms (RFC 7518 §3.1) and the kind of key that each needs. There is no `none`. */
const ALGORITHMS: ReadonlyMap<string, { hash: string; type: string; curve?: string }> = new Map([
  ['RS256', { hash: 'sha256', type: 'rsa' }],
  ['RS384', { hash: 'sha384', type: 'rsa' }],
  ['RS512', { hash: 'sha512', type: 'rsa' }],
  ['ES256', { hash: 'sha256', type: 'ec', curve: 'prime256v1' }],
  ['ES384', { hash: 'sha384', type: 'ec', curve: 'secp384r1' }],
  ['ES512', { hash: 'sha512', type: 'ec', curve: 'secp521r1' }],
])
const MAX_CERTIFICATES = 8
const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Takes a JWS in compact serialization apart. Nothing is verified.
 *
 * @param text the three parts; `maxLength` the most characters; `refusal` what to throw
 * @throws WebAuthnError with that refusal
 * @see RFC 7515 §3.1, §4.1.6
 * @example parseJws(text, 64_000, { reason: 'attestation_statement_malformed', step: '§8.5' })
 */
export function parseJws(text: string, maxLength: number, refusal: JwsRefusal): Jws {
  const { reason, step } = refusal
  const parts = text.length <= maxLength ? text.split('.', 4) : []
  check(parts.length === 3, reason, step, 'not three parts')
  const [head, body, signature] = parts.map(part => decode(part, maxLength, refusal)) as [Uint8Array, Uint8Array, Uint8Array]
  const header = parseJson(head, refusal)
  const [alg, x5c] = [own(header, 'alg', step), own(header, 'x5c', step)]
  const known = typeof alg === 'string' && ALGORITHMS.has(alg) && own(header, 'crit', step) === undefined
  check(known, reason, step, 'the header')
  check(Array.isArray(x5c) && x5c.length > 0 && x5c.length <= MAX_CERTIFICATES, reason, step, 'x5c')
  const certificates = x5c.map(item => decodeBase64(item, refusal))
  const signed = new Uint8Array(Buffer.from(text.slice(0, text.lastIndexOf('.')), 'latin1'))
  return { alg, certificates, payload: body, signature, signed }
}

function decode(text: string, maxLength: number, { reason, step }: JwsRefusal): Uint8Array {
  try {
    return decodeBase64url(text, maxLength, step)
  } catch (cause) {
    throw new WebAuthnError(reason, step, { cause })
  }
}

/** `x5c` is in plain base64 with padding (RFC 7515 §4.1.6). */
function decodeBase64(text: unknown, { reason, step }: JwsRefusal): Uint8Array {
  check(typeof text === 'string', reason, step, 'x5c')
  const bytes = Buffer.from(text, 'base64')
  check(bytes.length > 0 && bytes.toString('base64') === text, reason, step, 'x5c')
  return new Uint8Array(bytes)
}

/**
 * Reads JSON that must be an object, as header and payload are.
 *
 * @param bytes UTF-8; `refusal` what to throw
 * @throws WebAuthnError with that refusal
 * @see RFC 7515 §4
 * @example parseJson(jws.payload, refusal)
 */
export function parseJson(bytes: Uint8Array, { reason, step }: JwsRefusal): object {
  try {
    return asObject(JSON.parse(utf8.decode(bytes)), 'JSON', step)
  } catch {
    throw new WebAuthnError(reason, step, { detail: 'no JSON object' })
  }
}

/**
 * Whether a JWS was signed by a key of the kind that its algorithm names.
 *
 * @param jws from `parseJws`; `key` the certificate's
 * @see RFC 7518 §3.3, §3.4
 * @example isSignedBy(jws, readCertificate(jws.certificates[0]).key)
 */
export function isSignedBy({ alg, signed, signature }: Jws, key: KeyObject): boolean {
  const row = ALGORITHMS.get(alg)
  const fits = row && key.asymmetricKeyType === row.type && (!row.curve || key.asymmetricKeyDetails?.namedCurve === row.curve)
  if (!fits) return false
  try {
    return verify(row.hash, signed, { key, dsaEncoding: 'ieee-p1363' }, signature)
  } catch {
    return false
  }
}
