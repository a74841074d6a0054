import type { JsonWebKey } from 'node:crypto'
import type { Hash } from '../algorithms.ts'
import { encodeBase64url } from '../base64url.ts'
import { concatBytes } from '../bytes.ts'
import { check } from '../error.ts'

/** The two structures of a TPM that an attestation statement holds (TPM 2.0 Library, Part 2: Structures). All integers are big-endian. */

const STEP = '§8.3'

/** `TPMT_PUBLIC` (§12.2.4). */
export interface PublicArea {
  readonly nameAlg: number
  readonly jwk: JsonWebKey
}

/** `TPMS_ATTEST` (§10.12.12) with a `TPMS_CERTIFY_INFO` (§10.12.3) in it. */
export interface CertifyInfo {
  readonly extraData: Uint8Array
  readonly name: Uint8Array
}

/** `TPM_ALG_ID` (§6.3) of digests. */
export const DIGESTS: ReadonlyMap<number, Hash> = new Map([
  [0x0004, 'sha1'],
  [0x000b, 'sha256'],
  [0x000c, 'sha384'],
  [0x000d, 'sha512'],
])
const ALG = {
  rsa: 0x0001,
  ecc: 0x0023,
  null: 0x0010,
  xor: 0x000a,
  rsassa: 0x0014,
  rsaes: 0x0015,
  rsapss: 0x0016,
  ecdsa: 0x0018,
  ecdaa: 0x001a,
}
/** `TPM_ECC_CURVE` (§6.4): the curve, and bytes per coordinate. */
const CURVES: ReadonlyMap<number, readonly [string, number]> = new Map([
  [0x0003, ['P-256', 32]],
  [0x0004, ['P-384', 48]],
  [0x0005, ['P-521', 66]],
])
const GENERATED_VALUE = 0xff544347
const ST_ATTEST_CERTIFY = 0x8017
const CLOCK_INFO_BYTES = 17
const FIRMWARE_VERSION_BYTES = 8
const DEFAULT_EXPONENT = 65537

/** Takes bytes from the front; what is not there is a refusal. */
class Reader {
  #rest: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#rest = bytes
  }

  bytes(length: number): Uint8Array {
    check(length <= this.#rest.length, 'attestation_statement_malformed', STEP, 'a TPM structure is cut short')
    const taken = this.#rest.subarray(0, length)
    this.#rest = this.#rest.subarray(length)
    return taken
  }

  number(length: 2 | 4): number {
    return this.bytes(length).reduce((sum, byte) => sum * 256 + byte, 0)
  }

  /** A `TPM2B`: two bytes of length before the content. */
  sized(): Uint8Array {
    return this.bytes(this.number(2))
  }

  end(): void {
    check(this.#rest.length === 0, 'attestation_statement_malformed', STEP, 'bytes follow a TPM structure')
  }
}

/**
 * Reads `pubArea`.
 *
 * @param bytes a `TPMT_PUBLIC`
 * @throws WebAuthnError `attestation_statement_malformed`
 * @see WebAuthn L3 §8.3, TPM 2.0 Part 2 §12.2.4
 * @example importJwk(readPublicArea(pubArea).jwk)
 */
export function readPublicArea(bytes: Uint8Array): PublicArea {
  const reader = new Reader(bytes)
  const [type, nameAlg] = [reader.number(2), reader.number(2)]
  reader.bytes(4) // objectAttributes
  reader.sized() // authPolicy
  check(type === ALG.rsa || type === ALG.ecc, 'attestation_statement_malformed', STEP, 'a key that is neither RSA nor ECC')
  const jwk = type === ALG.rsa ? readRsa(reader) : readEcc(reader)
  reader.end()
  return { nameAlg, jwk }
}

/** `TPMS_RSA_PARMS` (§12.2.3.5) and the modulus. */
function readRsa(reader: Reader): JsonWebKey {
  skipSymmetric(reader)
  skipScheme(reader)
  reader.number(2) // keyBits: the modulus says it
  const exponent = reader.number(4) || DEFAULT_EXPONENT
  const e = Buffer.alloc(4)
  e.writeUInt32BE(exponent)
  return { kty: 'RSA', n: encodeBase64url(withoutZeros(reader.sized())), e: encodeBase64url(withoutZeros(e)) }
}

/** `TPMS_ECC_PARMS` (§12.2.3.6) and the point. */
function readEcc(reader: Reader): JsonWebKey {
  skipSymmetric(reader)
  skipScheme(reader)
  const curve = CURVES.get(reader.number(2))
  skipScheme(reader) // kdf
  check(curve !== undefined, 'attestation_statement_malformed', STEP, 'an unknown curve')
  const [crv, size] = curve
  const [x, y] = [padded(reader.sized(), size), padded(reader.sized(), size)]
  return { kty: 'EC', crv, x: encodeBase64url(x), y: encodeBase64url(y) }
}

/** `TPMT_SYM_DEF_OBJECT`: a signing key has none, and where there is one, key bits and mode follow (for XOR a digest). */
function skipSymmetric(reader: Reader): void {
  const algorithm = reader.number(2)
  if (algorithm !== ALG.null) reader.bytes(algorithm === ALG.xor ? 2 : 4)
}

/** A scheme and, where it is not `TPM_ALG_NULL`, its digest; ECDAA adds a counter, RSAES has neither. */
function skipScheme(reader: Reader): void {
  const scheme = reader.number(2)
  if (scheme === ALG.null || scheme === ALG.rsaes) return
  reader.bytes(scheme === ALG.ecdaa ? 4 : 2)
}

function withoutZeros(number: Uint8Array): Uint8Array {
  const first = number.findIndex(byte => byte !== 0)
  return number.subarray(first < 0 ? number.length : first)
}

/** Some TPMs leave out the leading zeros of a coordinate. */
function padded(number: Uint8Array, size: number): Uint8Array {
  check(number.length <= size, 'attestation_statement_malformed', STEP, 'a coordinate')
  const full = new Uint8Array(size)
  full.set(number, size - number.length)
  return full
}

/**
 * Reads `certInfo`, and that a TPM generated it to certify a key. Qualified signer, clock and firmware are not looked at, as the
 * standard says.
 *
 * @param bytes a `TPMS_ATTEST`
 * @throws WebAuthnError `attestation_statement_malformed`
 * @see WebAuthn L3 §8.3, TPM 2.0 Part 2 §10.12.12
 * @example readCertifyInfo(certInfo).extraData
 */
export function readCertifyInfo(bytes: Uint8Array): CertifyInfo {
  const reader = new Reader(bytes)
  check(reader.number(4) === GENERATED_VALUE, 'attestation_statement_malformed', STEP, 'magic')
  check(reader.number(2) === ST_ATTEST_CERTIFY, 'attestation_statement_malformed', STEP, 'type')
  reader.sized() // qualifiedSigner
  const extraData = reader.sized()
  reader.bytes(CLOCK_INFO_BYTES + FIRMWARE_VERSION_BYTES)
  const name = reader.sized()
  reader.sized() // qualifiedName
  reader.end()
  return { extraData, name }
}

/**
 * The signature inside a `TPMT_SIGNATURE`, in the encoding of §6.5.5; anything else is handed back as it is. The standard names that
 * structure, while Windows, and the standard's own test vector, send the bare signature: both are taken.
 *
 * @param sig the value of `sig`
 * @throws WebAuthnError `attestation_statement_malformed`
 * @see WebAuthn L3 §8.3, TPM 2.0 Part 2 §11.3.4
 * @example bareSignature(sig)
 */
export function bareSignature(sig: Uint8Array): Uint8Array {
  const [scheme, digest, length] = [0, 2, 4].map(at => (sig[at] ?? 0) * 256 + (sig[at + 1] ?? 0))
  if (!DIGESTS.has(digest ?? 0)) return sig
  const reader = new Reader(sig.subarray(4))
  if (scheme === ALG.ecdsa) {
    const numbers = [reader.sized(), reader.sized()]
    reader.end()
    return derSequence(numbers.map(derInteger))
  }
  const isRsa = scheme === ALG.rsassa || scheme === ALG.rsapss
  return isRsa && sig.length === 6 + (length ?? 0) ? reader.sized() : sig
}

function derInteger(number: Uint8Array): Uint8Array {
  const digits = withoutZeros(number)
  const sign = (digits[0] ?? 0) < 0x80 ? [] : [0]
  return Uint8Array.of(0x02, sign.length + digits.length, ...sign, ...digits)
}

function derSequence(items: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...items)
  return concatBytes(content.length < 0x80 ? Uint8Array.of(0x30, content.length) : Uint8Array.of(0x30, 0x81, content.length), content)
}
