import { concatBytes } from '../bytes.ts'
import { hasExactly } from '../cbor.ts'
import { check } from '../error.ts'
import { verifySignature } from '../signature.ts'
import type { AttestationTrust } from '../types.ts'
import type { AttestationInput } from './format.ts'

const STEP = '§8.2'

/**
 * The format `packed` where the new key signs for itself. Statements with certificates are refused, not overlooked.
 *
 * @param input what `verifyAttestation` prepared
 * @throws WebAuthnError `attestation_format_unsupported`, `attestation_statement_malformed`, `attestation_algorithm_mismatch`,
 * `attestation_signature_invalid`, `signature_malformed`
 * @see WebAuthn L3 §8.2
 * @example verifyPacked(input) // 'self'
 */
export function verifyPacked({ statement, authenticatorData, clientDataHash, key }: AttestationInput): AttestationTrust {
  const isSelf = !statement.has('x5c') && !statement.has('ecdaaKeyId')
  check(isSelf, 'attestation_format_unsupported', STEP, 'packed with certificates')
  const [alg, sig] = [statement.get('alg'), statement.get('sig')]
  const complete = hasExactly(statement, ['alg', 'sig']) && typeof alg === 'number' && sig instanceof Uint8Array
  check(complete, 'attestation_statement_malformed', STEP)
  check(alg === key.algorithm.id, 'attestation_algorithm_mismatch', STEP)
  const valid = verifySignature(key, concatBytes(authenticatorData, clientDataHash), sig)
  check(valid, 'attestation_signature_invalid', STEP)
  return 'self'
}
