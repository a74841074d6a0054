import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { type Algorithm, type Ec2Form, findAlgorithm, type OkpForm, type RsaForm } from './algorithms.ts'
import { encodeBase64url } from './base64url.ts'
import { sameBytes } from './bytes.ts'
import { type CborMap, type CborValue, decodeMap, hasExactly } from './cbor.ts'
import { isUsableEd25519 } from './ed25519.ts'
import { check, WebAuthnError } from './error.ts'

/** A public key that can verify signatures of its algorithm. */
export interface PublicKey {
  readonly algorithm: Algorithm
  readonly object: KeyObject
}

/** COSE_Key labels (RFC 9052 §7.1, RFC 9053 §7, RFC 8230 §4). The negative ones mean different things per key type. */
const LABEL = { kty: 1, alg: 3, crv: -1, x: -2, y: -3, n: -1, e: -2 }
const STEP = '§6.5.1.1'
const MAX_EXPONENT_BYTES = 8 // OpenSSL refuses longer ones with large moduli: such a key would never sign in

/**
 * Turns a decoded COSE_Key into a key that can be used, or refuses it: what passes here at registration can verify later.
 *
 * @param cose the decoded map
 * @throws WebAuthnError `algorithm_unsupported`, `key_malformed`, `key_unusable`
 * @see WebAuthn L3 §6.5.1.1, RFC 9052 §7
 * @example const key = readPublicKey(decodeMap(bytes, '§6.5.1.1'))
 */
export function readPublicKey(cose: CborMap): PublicKey {
  const algorithm = findAlgorithm(cose.get(LABEL.alg))
  if (!algorithm) throw new WebAuthnError('algorithm_unsupported', STEP)
  check(cose.get(LABEL.kty) === algorithm.key.kty, 'key_malformed', STEP, 'key type')
  return { algorithm, object: importJwk(toJwk(cose, algorithm)) }
}

function toJwk(cose: CborMap, { key }: Algorithm): JsonWebKey {
  if (key.kty === 2) return ec2ToJwk(cose, key)
  if (key.kty === 1) return okpToJwk(cose, key)
  return rsaToJwk(cose, key)
}

function ec2ToJwk(cose: CborMap, form: Ec2Form): JsonWebKey {
  // Exactly these: neither a private part nor a hint of another use.
  check(hasExactly(cose, [LABEL.kty, LABEL.alg, LABEL.crv, LABEL.x, LABEL.y]), 'key_malformed', STEP, 'members')
  check(cose.get(LABEL.crv) === form.crv, 'key_malformed', STEP, 'curve')
  const [x, y] = [coordinate(cose.get(LABEL.x), form.size), coordinate(cose.get(LABEL.y), form.size)]
  return { kty: 'EC', crv: form.jwk, x: encodeBase64url(x), y: encodeBase64url(y) }
}

function okpToJwk(cose: CborMap, form: OkpForm): JsonWebKey {
  check(hasExactly(cose, [LABEL.kty, LABEL.alg, LABEL.crv, LABEL.x]), 'key_malformed', STEP, 'members')
  check(cose.get(LABEL.crv) === form.crv, 'key_malformed', STEP, 'curve')
  const x = coordinate(cose.get(LABEL.x), form.size)
  check(isUsableEd25519(x), 'key_unusable', STEP, 'no point of the curve, or one of low order')
  return { kty: 'OKP', crv: form.jwk, x: encodeBase64url(x) }
}

function rsaToJwk(cose: CborMap, form: RsaForm): JsonWebKey {
  check(hasExactly(cose, [LABEL.kty, LABEL.alg, LABEL.n, LABEL.e]), 'key_malformed', STEP, 'members')
  const [n, e] = [positive(cose.get(LABEL.n)), positive(cose.get(LABEL.e))]
  const bits = n.length * 8 - Math.clz32(n[0] ?? 0) + 24
  check(bits >= form.minBits && bits <= form.maxBits, 'key_unusable', STEP, 'modulus length')
  check(isOdd(n) && isOdd(e), 'key_unusable', STEP, 'even modulus or exponent')
  check(e.length <= MAX_EXPONENT_BYTES && !(e.length === 1 && e[0] === 1), 'key_unusable', STEP, 'exponent')
  return { kty: 'RSA', n: encodeBase64url(n), e: encodeBase64url(e) }
}

function coordinate(value: CborValue | undefined, size: number): Uint8Array {
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

/** Node checks here that an EC point lies on its curve. */
function importJwk(jwk: JsonWebKey): KeyObject {
  try {
    return createPublicKey({ format: 'jwk', key: jwk })
  } catch (cause) {
    throw new WebAuthnError('key_unusable', STEP, { cause })
  }
}

// A cached KeyObject alone does not say which algorithm or whose bytes it stands for: what we imported, we remember.
const IMPORTED = new WeakMap<KeyObject, { cose: Uint8Array; key: PublicKey }>()

/**
 * Imports a stored public key, for callers that keep it in memory between sign-ins (`StoredCredential.keyObject`).
 *
 * @param cose COSE_Key bytes, as in `CredentialFacts.publicKey`
 * @throws WebAuthnError `cbor_…`, `algorithm_unsupported`, `key_malformed`, `key_unusable`
 * @see WebAuthn L3 §6.5.1.1
 * @example const keyObject = importPublicKey(record.publicKey)
 */
export function importPublicKey(cose: Uint8Array): KeyObject {
  check(cose instanceof Uint8Array, 'expected_invalid', STEP, 'public key')
  const key = readPublicKey(decodeMap(cose, STEP))
  IMPORTED.set(key.object, { cose: Uint8Array.from(cose), key })
  return key.object
}

/**
 * The usable form of a stored key: the caller's cached import if it came from these very bytes, else a new one.
 *
 * @param cose the stored COSE_Key bytes; `cached` what `importPublicKey` once gave for them
 * @throws WebAuthnError `cbor_…`, `algorithm_unsupported`, `key_malformed`, `key_unusable`
 * @see WebAuthn L3 §6.5.1.1
 * @example const key = resolvePublicKey(record.publicKey, record.keyObject)
 */
export function resolvePublicKey(cose: Uint8Array, cached: KeyObject | undefined): PublicKey {
  check(cose instanceof Uint8Array, 'expected_invalid', STEP, 'public key')
  const known = cached && IMPORTED.get(cached)
  return known && sameBytes(known.cose, cose) ? known.key : readPublicKey(decodeMap(cose, STEP))
}
