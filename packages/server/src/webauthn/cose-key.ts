import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { type AkpForm, type Algorithm, type Ec2Form, findAlgorithms, type KeyForm, type OkpForm, type RsaForm } from './algorithms.ts'
import { encodeBase64url } from './base64url.ts'
import { type CborMap, type CborValue, hasExactly } from './cbor.ts'
import { isUsablePoint } from './edwards.ts'
import { check, WebAuthnError } from './error.ts'

/** A public key that can verify signatures of its algorithm. */
export interface PublicKey {
  readonly algorithm: Algorithm
  readonly object: KeyObject
}

/** COSE_Key labels (RFC 9052 §7.1, RFC 9053 §7, RFC 8230 §4). The negative ones mean different things per key type. */
export const LABEL = { kty: 1, alg: 3, crv: -1, x: -2, y: -3, n: -1, e: -2, pub: -1 }
const STEP = '§6.5.1.1'
const MAX_EXPONENT_BYTES = 8 // OpenSSL refuses longer ones with large moduli: such a key would never sign in

/**
 * The algorithm that a decoded COSE_Key is for.
 *
 * @param cose the decoded map
 * @throws WebAuthnError `algorithm_unsupported`, `key_malformed`
 * @see WebAuthn L3 §5.8.5, §6.5.1.1
 * @example algorithmOf(decodeMap(bytes, '§6.5.1.1')).name // 'ES256'
 */
export function algorithmOf(cose: CborMap): Algorithm {
  const rows = findAlgorithms(cose.get(LABEL.alg))
  const [first] = rows
  if (!first || first.use === 'statement') throw new WebAuthnError('algorithm_unsupported', STEP)
  check(cose.get(LABEL.kty) === first.key.kty, 'key_malformed', STEP, 'key type')
  const algorithm = rows.find(({ key }) => !('crv' in key) || key.crv === cose.get(LABEL.crv))
  check(algorithm !== undefined, 'key_malformed', STEP, 'curve')
  return algorithm
}

/**
 * Turns a decoded COSE_Key into a key that can be used, or refuses it: what passes here at registration can verify later, if this
 * process knows the algorithm (`readSupportedKey` asks that first).
 *
 * @param cose the decoded map
 * @throws WebAuthnError `algorithm_unsupported`, `key_malformed`, `key_unusable`
 * @see WebAuthn L3 §5.8.5, §6.5.1.1, RFC 9052 §7
 * @example const key = readPublicKey(decodeMap(bytes, '§6.5.1.1'))
 */
export function readPublicKey(cose: CborMap): PublicKey {
  const algorithm = algorithmOf(cose)
  return { algorithm, object: importJwk(READERS[algorithm.key.kty](cose, algorithm.key as never)) }
}

/** By key type: which members the COSE_Key has, what they may be, and the JWK of the same key. */
const READERS = { 1: okpToJwk, 2: ec2ToJwk, 3: rsaToJwk, 7: akpToJwk } satisfies {
  [K in KeyForm['kty']]: (cose: CborMap, form: Extract<KeyForm, { kty: K }>) => JsonWebKey
}

function ec2ToJwk(cose: CborMap, form: Ec2Form): JsonWebKey {
  // Exactly these: neither a private part nor a hint of another use.
  checkMembers(cose, [LABEL.crv, LABEL.x, LABEL.y])
  const [x, y] = [bytesOf(cose.get(LABEL.x), form.size), bytesOf(cose.get(LABEL.y), form.size)]
  return { kty: 'EC', crv: form.jwk, x: encodeBase64url(x), y: encodeBase64url(y) }
}

function okpToJwk(cose: CborMap, form: OkpForm): JsonWebKey {
  checkMembers(cose, [LABEL.crv, LABEL.x])
  const x = bytesOf(cose.get(LABEL.x), form.size)
  check(isUsablePoint(form.jwk, x), 'key_unusable', STEP, 'no point of the curve, or one of low order')
  return { kty: 'OKP', crv: form.jwk, x: encodeBase64url(x) }
}

function rsaToJwk(cose: CborMap, form: RsaForm): JsonWebKey {
  checkMembers(cose, [LABEL.n, LABEL.e])
  const [n, e] = [positive(cose.get(LABEL.n)), positive(cose.get(LABEL.e))]
  const bits = n.length * 8 - Math.clz32(n[0] ?? 0) + 24
  check(bits >= form.minBits && bits <= form.maxBits, 'key_unusable', STEP, 'modulus length')
  check(isOdd(n) && isOdd(e), 'key_unusable', STEP, 'even modulus or exponent')
  check(e.length <= MAX_EXPONENT_BYTES && !(e.length === 1 && e[0] === 1), 'key_unusable', STEP, 'exponent')
  return { kty: 'RSA', n: encodeBase64url(n), e: encodeBase64url(e) }
}

function akpToJwk(cose: CborMap, form: AkpForm): JsonWebKey {
  checkMembers(cose, [LABEL.pub])
  return { kty: 'AKP', alg: form.jwk, pub: encodeBase64url(bytesOf(cose.get(LABEL.pub), form.size)) }
}

/** The two that every key has, and these, and no other. */
function checkMembers(cose: CborMap, labels: readonly number[]): void {
  check(hasExactly(cose, [LABEL.kty, LABEL.alg, ...labels]), 'key_malformed', STEP, 'members')
}

function bytesOf(value: CborValue | undefined, size: number): Uint8Array {
  check(value instanceof Uint8Array && value.length === size, 'key_malformed', STEP, 'coordinate')
  return value
}

/** A big-endian number without leading zeros (RFC 8230 §4: the minimum number of octets). */
function positive(value: CborValue | undefined): Uint8Array {
  check(value instanceof Uint8Array && (value[0] ?? 0) !== 0, 'key_malformed', STEP, 'number')
  return value
}

function isOdd(number: Uint8Array): boolean {
  return ((number.at(-1) ?? 0) & 1) === 1
}

/**
 * Imports a public key. Node checks here that an EC point lies on its curve.
 *
 * @param jwk the public key
 * @throws WebAuthnError `key_unusable`
 * @see RFC 7517
 * @example importJwk({ kty: 'EC', crv: 'P-256', x, y })
 */
export function importJwk(jwk: JsonWebKey): KeyObject {
  try {
    return createPublicKey({ format: 'jwk', key: jwk })
  } catch (cause) {
    throw new WebAuthnError('key_unusable', STEP, { cause })
  }
}
