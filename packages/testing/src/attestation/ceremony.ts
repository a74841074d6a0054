import { type Bytes, concatBytes, randomBytes, sha256 } from '../bytes.ts'
import type { CborValue } from '../cbor.ts'
import type { SigningKey } from '../certificate.ts'
import type { Misbehaviour } from '../misbehaviour.ts'
import { type SignatureDefect, signWith } from '../signature.ts'
import type { StoredKey } from '../stored-key.ts'
import type { Vendor } from '../vendor.ts'
import type { AttestationOptions } from './formats.ts'

/** One registration, as the makers of statements see it. */
export interface AttestationCeremony {
  key: StoredKey
  /** 16 bytes. */
  aaguid: Bytes
  authData: Bytes
  clientDataHash: Bytes
  options: AttestationOptions
  /** The maker of this authenticator; asked only by formats with certificates. */
  vendor: () => Promise<Vendor>
  misbehave: Misbehaviour
}

/** Makes the value of `attStmt`. */
export type StatementMaker = (ceremony: AttestationCeremony) => Promise<CborValue>

/** What the statement is about: the honest parts, or random ones in their place when the signature is to be over something else. */
export function attestedParts({ authData, clientDataHash, misbehave }: AttestationCeremony): { authData: Bytes; clientDataHash: Bytes } {
  return {
    authData: misbehave.signature === 'other-authenticator-data' ? randomBytes(authData.length) : authData,
    clientDataHash: misbehave.signature === 'other-client-data' ? randomBytes(32) : clientDataHash,
  }
}

/** `attToBeSigned` of L3 §8: authenticator data, then the hash of the client data. */
export function attestedBytes(ceremony: AttestationCeremony): Bytes {
  const parts = attestedParts(ceremony)
  return concatBytes(parts.authData, parts.clientDataHash)
}

/** SHA-256 of {@link attestedBytes}: the nonce of apple and SafetyNet. */
export async function nonceOf(ceremony: AttestationCeremony): Promise<Bytes> {
  return await sha256(attestedBytes(ceremony))
}

/** The wanted fault of the signature itself. */
export function signatureDefect({ misbehave: { signature } }: AttestationCeremony): SignatureDefect | undefined {
  return signature === 'other-client-data' || signature === 'other-authenticator-data' ? undefined : signature
}

/** Signs a statement, with the wanted fault if there is one. */
export async function signStatement(ceremony: AttestationCeremony, { alg, privateKey }: SigningKey, data: Bytes): Promise<Bytes> {
  return await signWith(privateKey, alg, data, signatureDefect(ceremony))
}
