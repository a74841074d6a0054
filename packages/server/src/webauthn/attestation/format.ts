import type { AttestedCredential } from '../attested.ts'
import type { CborMap, CborValue } from '../cbor.ts'
import type { Certificate } from '../certificate.ts'
import type { PublicKey } from '../cose-key.ts'
import { check } from '../error.ts'

/** What the verification procedure of an attestation statement format is given (§6.5.4). */
export interface AttestationInput {
  readonly statement: CborValue
  readonly authenticatorData: Uint8Array
  readonly rpIdHash: Uint8Array
  readonly clientDataHash: Uint8Array
  readonly attested: AttestedCredential
  readonly key: PublicKey
}

/** What a statement that holds says, before anybody judged its certificates (§6.5.3). */
export interface Attestation {
  /** Nothing; that the new key itself signed; or that the holder of a certificate did. */
  readonly kind: 'none' | 'self' | 'certified'
  /** The attestation trust path, leaf first. */
  readonly path: readonly Certificate[]
  /**
   * Who says that the authenticator is of the model that its AAGUID names: the certificate does; the maker's key, which signs
   * authenticator data; or only software that wrote those bytes. Absent where nothing that is signed names it.
   */
  readonly modelBy?: 'certificate' | 'signer' | 'software'
  /** Why such a statement proves less than its certificates say. */
  readonly weakness?: AttestationWeakness
  /** The parts of a compound one. */
  readonly statements?: readonly (Attestation & { readonly format: string })[]
}

/** `retired`: nobody issues or vouches for such statements any more. `software_key`: the key is not held by hardware. */
export type AttestationWeakness = 'retired' | 'software_key'

/** A verification procedure: says what the statement proves, or throws. */
export type AttestationFormat = (input: AttestationInput) => Attestation

/**
 * The members of a statement, which must be exactly those of the format's syntax.
 *
 * @param statement what `attStmt` holds; `names` the members; `optional` those that may be absent; `step` of the format
 * @throws WebAuthnError `attestation_statement_malformed`
 * @see WebAuthn L3 §8 (the CDDL of each format)
 * @example const members = membersOf(statement, ['alg', 'sig'], ['x5c'], '§8.2')
 */
export function membersOf(statement: CborValue, names: readonly string[], optional: readonly string[], step: string): CborMap {
  check(statement instanceof Map, 'attestation_statement_malformed', step, 'no map')
  const map: CborMap = statement
  check(
    names.every(name => map.has(name)),
    'attestation_statement_malformed',
    step,
    'a member is missing',
  )
  const known = [...map.keys()].every(name => names.includes(String(name)) || optional.includes(String(name)))
  check(known, 'attestation_statement_malformed', step, 'an unknown member')
  return map
}

/** A member that must be bytes. @throws WebAuthnError `attestation_statement_malformed` */
export function bytesMember(members: CborMap, name: string, step: string): Uint8Array {
  const value = members.get(name)
  check(value instanceof Uint8Array, 'attestation_statement_malformed', step, name)
  return value
}
