import { type Attestation, type AttestationInput, membersOf } from './format.ts'

/**
 * The format `none`: an empty statement that proves nothing.
 *
 * @param input what `verifyAttestation` prepared
 * @throws WebAuthnError `attestation_statement_malformed`
 * @see WebAuthn L3 §8.7
 * @example verifyNone(input).kind // 'none'
 */
export function verifyNone({ statement }: AttestationInput): Attestation {
  membersOf(statement, [], [], '§8.7')
  return { kind: 'none', path: [] }
}
