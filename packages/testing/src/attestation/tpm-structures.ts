import type { Jwk } from '../algorithms.ts'
import { type Bytes, concatBytes, fromBase64url, uint } from '../bytes.ts'

// The structures of TPM 2.0 Part 2 that L3 §8.3 names, as a TPM marshals them: big-endian, each TPM2B after its length in two bytes.

export const tpmAlgorithm = {
  null: 0x0010,
  rsa: 0x0001,
  ecc: 0x0023,
  sha1: 0x0004,
  sha256: 0x000b,
  sha384: 0x000c,
  rsassa: 0x0014,
  ecdsa: 0x0018,
}
const curveIds: Record<string, number> = { 'P-256': 3, 'P-384': 4, 'P-521': 5 }
/** fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, noDA, sign. */
const signingKeyAttributes = 0x00040472

/** TPM2B: a byte string after its length. */
export function tpm2b(content: Uint8Array): Bytes {
  return concatBytes(uint(content.length, 2), content)
}

/** TPMT_PUBLIC (§12.2.4) of a signing key with no policy. @throws TypeError for a key that a TPM has no type for. */
export function publicArea(jwk: Jwk): Bytes {
  const head = (type: number): Bytes =>
    concatBytes(uint(type, 2), uint(tpmAlgorithm.sha256, 2), uint(signingKeyAttributes, 4), tpm2b(new Uint8Array(0)))
  const none = uint(tpmAlgorithm.null, 2)
  if (jwk.kty === 'RSA') {
    const modulus = fromBase64url(jwk.n ?? '')
    const defaultExponent = uint(0, 4) // zero stands for 65537
    return concatBytes(head(tpmAlgorithm.rsa), none, none, uint(modulus.length * 8, 2), defaultExponent, tpm2b(modulus))
  }
  const curve = curveIds[jwk.crv ?? '']
  if (curve === undefined) throw new TypeError(`a TPM has no keys of type ${jwk.crv ?? jwk.kty}`)
  const unique = [jwk.x, jwk.y].map(coordinate => tpm2b(fromBase64url(coordinate ?? '')))
  return concatBytes(head(tpmAlgorithm.ecc), none, none, uint(curve, 2), none, ...unique)
}

/** What a TPMS_ATTEST says; the rest of it does not matter to a relying party. */
export interface AttestFields {
  magic: number
  type: number
  extraData: Bytes
  /** TPM2B_NAME's content: algorithm and digest. */
  name: Bytes
}

/** TPMS_ATTEST (§10.12.8) with TPMS_CERTIFY_INFO. */
export function attestStructure({ magic, type, extraData, name }: AttestFields): Bytes {
  const someName = concatBytes(uint(tpmAlgorithm.sha256, 2), new Uint8Array(32).fill(0x5a))
  const clockInfo = concatBytes(uint(86_400_000, 8), uint(7, 4), uint(0, 4), uint(1, 1))
  const firmwareVersion = uint(0x0001_0002_0003, 8)
  return concatBytes(
    uint(magic, 4),
    uint(type, 2),
    tpm2b(someName),
    tpm2b(extraData),
    clockInfo,
    firmwareVersion,
    tpm2b(name),
    tpm2b(someName),
  )
}
