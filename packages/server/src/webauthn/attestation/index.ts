import { WebAuthnError } from '../error.ts'
import type { AttestationTrust } from '../types.ts'
import type { AttestationFormat, AttestationInput } from './format.ts'
import { verifyNone } from './none.ts'
import { verifyPacked } from './packed.ts'

/** The attestation statement formats that are accepted, by their identifier (IANA "WebAuthn Attestation Statement Format Identifiers"). */
const FORMATS: ReadonlyMap<string, AttestationFormat> = new Map([
  ['none', verifyNone],
  ['packed', verifyPacked],
])

/**
 * Verifies an attestation statement by the procedure of its format. A format without a row is refused: a statement that nobody
 * checked must not pass as if it had said nothing.
 *
 * @param format the value of `fmt`, matched exactly; `input` the statement and what it speaks about
 * @throws WebAuthnError `attestation_format_unsupported`, and what the format throws
 * @see WebAuthn L3 §7.1 steps 22-23, §8
 * @example const trust = verifyAttestation('packed', input)
 */
export function verifyAttestation(format: string, input: AttestationInput): AttestationTrust {
  const verify = FORMATS.get(format)
  if (!verify) throw new WebAuthnError('attestation_format_unsupported', '§7.1 step 22')
  return verify(input)
}
