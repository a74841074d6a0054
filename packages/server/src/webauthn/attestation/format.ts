import type { AttestedCredential } from '../authenticator-data.ts'
import type { CborMap } from '../cbor.ts'
import type { PublicKey } from '../cose-key.ts'
import type { AttestationTrust } from '../types.ts'

/** What the verification procedure of an attestation statement format is given (§6.5.4). */
export interface AttestationInput {
  readonly statement: CborMap
  readonly authenticatorData: Uint8Array
  readonly clientDataHash: Uint8Array
  readonly attested: AttestedCredential
  readonly key: PublicKey
}

/** A verification procedure: says what the statement proves, or throws. */
export type AttestationFormat = (input: AttestationInput) => AttestationTrust
