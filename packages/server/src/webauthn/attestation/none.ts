import { check } from '../error.ts'
import type { AttestationTrust } from '../types.ts'
import type { AttestationInput } from './format.ts'

/**
 * The format `none`: an empty statement that proves nothing.
 *
 * @param input what `verifyAttestation` prepared
 * @throws WebAuthnError `attestation_statement_malformed`
 * @see WebAuthn L3 §8.7
 * @example verifyNone(input) // 'none'
 */
export function verifyNone({ statement }: AttestationInput): AttestationTrust {
  check(statement.size === 0, 'attestation_statement_malformed', '§8.7', 'not empty')
  return 'none'
}
