import { type CborValue, decodeMap, hasExactly } from './cbor.ts'
import { check } from './error.ts'

/** The attestation object (§6.5.4). */
export interface AttestationObject {
  readonly format: string
  /** A map, or the list of a compound one; its format says which. */
  readonly statement: CborValue
  readonly authenticatorData: Uint8Array
}

const STEP = '§7.1 step 13'

/**
 * Decodes an attestation object: exactly `fmt`, `attStmt` and `authData`, in any order.
 *
 * @param bytes the value of `attestationObject`
 * @throws WebAuthnError `attestation_object_malformed`, `cbor_…`
 * @see WebAuthn L3 §6.5.4, §7.1 step 13
 * @example const { format, authenticatorData } = parseAttestationObject(bytes)
 */
export function parseAttestationObject(bytes: Uint8Array): AttestationObject {
  const map = decodeMap(bytes, STEP)
  const [format, statement, authenticatorData] = [map.get('fmt'), map.get('attStmt'), map.get('authData')]
  check(hasExactly(map, ['fmt', 'attStmt', 'authData']), 'attestation_object_malformed', STEP)
  check(typeof format === 'string' && authenticatorData instanceof Uint8Array, 'attestation_object_malformed', STEP)
  check(statement instanceof Map || Array.isArray(statement), 'attestation_object_malformed', STEP)
  return { format, statement, authenticatorData }
}
