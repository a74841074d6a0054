import { constants, type KeyObject, verify } from 'node:crypto'
import { type Algorithm, CURVES, type Ec2Form, findAlgorithms, type KeyForm } from './algorithms.ts'
import type { PublicKey } from './cose-key.ts'
import { check } from './error.ts'

const STEP = '§6.5.5'

/**
 * Verifies a signature by a credential or attestation key. Throws on a wrong encoding, answers `false` for a wrong signature.
 *
 * @param key from `importPublicKey` or `attestationKey`; `data` what was signed; `signature` as the authenticator sent it
 * @throws WebAuthnError `signature_malformed`
 * @see WebAuthn L3 §6.5.5, RFC 9053 §2, RFC 8812 §2
 * @example verifySignature(key, concatBytes(authenticatorData, clientDataHash), signature)
 */
export function verifySignature(key: PublicKey, data: Uint8Array, signature: Uint8Array): boolean {
  check(isEncoded(key, signature), 'signature_malformed', STEP)
  try {
    return verify(key.algorithm.hash, data, { key: key.object, ...schemeOf(key.algorithm) }, signature)
  } catch {
    return false // whatever the library objects to, the signature did not verify
  }
}

/** What differs from the library's own way: ECDSA in DER, RSA with the padding of PKCS #1, and one form for all others. */
function schemeOf({ padding }: Algorithm): { padding?: number; saltLength?: number } {
  // RFC 8230 §2: the salt is as long as the digest
  return padding === 'pss' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : {}
}

function isEncoded({ algorithm, object }: PublicKey, signature: Uint8Array): boolean {
  const { key } = algorithm
  if (key.kty === 2) return isEcdsaDer(signature, key.size)
  if (key.kty === 1) return signature.length === key.size * 2
  if (key.kty === 7) return signature.length === key.signatureSize
  return signature.length === Math.ceil((object.asymmetricKeyDetails?.modulusLength ?? 0) / 8)
}

/**
 * The key of an attestation certificate, to be used with the COSE algorithm that the statement names: of the algorithm's key type,
 * and of its parameters, except that ES256, ES384 and ES512 bind no curve here (RFC 9053 §2.1; WebAuthn binds only credential keys), and
 * an RSA key has the size that the certificate's issuer saw fit.
 *
 * @param alg the value of `alg`; `object` the certificate's public key
 * @returns `undefined` where the algorithm is unknown or the key is not of its kind
 * @see WebAuthn L3 §5.8.5, §8
 * @example const key = attestationKey(-7, certificate.key)
 */
export function attestationKey(alg: unknown, object: KeyObject): PublicKey | undefined {
  const algorithm = findAlgorithms(alg).find(({ key }) => KEY_TYPES[key.kty](key as never, object))
  if (algorithm?.key.kty !== 2) return algorithm && { object, algorithm }
  const key = curveOf(object) as Ec2Form // it was seen just now
  return key === algorithm.key || algorithm.anyCurve ? { object, algorithm: { ...algorithm, key } } : undefined
}

const curveOf = ({ asymmetricKeyDetails }: KeyObject): Ec2Form | undefined => CURVES.get(asymmetricKeyDetails?.namedCurve ?? '')

/** By COSE key type: whether an imported key is of that kind. */
const KEY_TYPES = {
  1: (form, { asymmetricKeyType }) => asymmetricKeyType === form.jwk.toLowerCase(),
  2: (_, object) => curveOf(object) !== undefined,
  3: (_, { asymmetricKeyType }) => asymmetricKeyType === 'rsa',
  7: (form, { asymmetricKeyType }) => (asymmetricKeyType as string) === form.jwk.toLowerCase(),
} satisfies { [K in KeyForm['kty']]: (form: Extract<KeyForm, { kty: K }>, object: KeyObject) => boolean }

/**
 * Whether bytes are the one DER form of `SEQUENCE { r INTEGER, s INTEGER }` with positive numbers that fit the curve.
 * A high s is valid: WebAuthn does not ask for the low one.
 *
 * @param signature the bytes; `size` bytes per number on the curve
 * @see WebAuthn L3 §6.5.5, X.690 §8.3 and §10.1
 * @example isEcdsaDer(signature, 32) // P-256
 */
export function isEcdsaDer(signature: Uint8Array, size: number): boolean {
  const start = derContent(signature, 0, 0x30, signature.length)
  const middle = start && integerEnd(signature, start, size)
  return middle !== undefined && integerEnd(signature, middle, size) === signature.length
}

/** Where the content begins of the element at `at`, if it has that tag, the shortest length, and ends at `end`. */
function derContent(bytes: Uint8Array, at: number, tag: number, end: number): number | undefined {
  const [first, second] = [bytes[at + 1] ?? 0x80, bytes[at + 2] ?? 0]
  const isLong = first === 0x81 && second >= 0x80 // P-521 needs this one
  const start = isLong ? at + 3 : at + 2
  const length = isLong ? second : first
  return bytes[at] === tag && (isLong || first < 0x80) && start + length === end ? start : undefined
}

/** Where the positive INTEGER at `at` ends, if it is minimal and has at most `size` bytes of value. */
function integerEnd(bytes: Uint8Array, at: number, size: number): number | undefined {
  const [tag, length = 0, first = 0, second = 0] = bytes.subarray(at, at + 4)
  const padded = first === 0
  const minimal = padded ? length > 1 && second >= 0x80 : first < 0x80
  const fits = length > 0 && length <= (padded ? size + 1 : size)
  const end = at + 2 + length
  return tag === 0x02 && minimal && fits && end <= bytes.length ? end : undefined
}
