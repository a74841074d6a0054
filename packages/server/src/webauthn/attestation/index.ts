import { WebAuthnError } from '../error.ts'
import { verifyAndroidKey } from './android-key.ts'
import { verifyAndroidSafetyNet } from './android-safetynet.ts'
import { verifyApple } from './apple.ts'
import { compoundOf } from './compound.ts'
import { verifyFidoU2f } from './fido-u2f.ts'
import type { Attestation, AttestationFormat, AttestationInput } from './format.ts'
import { verifyNone } from './none.ts'
import { verifyPacked } from './packed.ts'
import { verifyTpm } from './tpm.ts'

/** The attestation statement formats, by their identifier (IANA "WebAuthn Attestation Statement Format Identifiers"). */
const FORMATS: ReadonlyMap<string, AttestationFormat> = new Map([
  ['none', verifyNone],
  ['packed', verifyPacked],
  ['tpm', verifyTpm],
  ['android-key', verifyAndroidKey],
  ['android-safetynet', verifyAndroidSafetyNet],
  ['fido-u2f', verifyFidoU2f],
  ['apple', verifyApple],
  ['compound', compoundOf(verifyAttestation)],
])

/**
 * Verifies an attestation statement by the procedure of its format. A format without a row is refused: a statement that nobody
 * checked must not pass as if it had said nothing.
 *
 * @param format the value of `fmt`, matched exactly; `input` the statement and what it speaks about
 * @throws WebAuthnError `attestation_format_unsupported`, and what the format throws
 * @see WebAuthn L3 §7.1 steps 22-23, §8
 * @example const { kind, path } = verifyAttestation('packed', input)
 */
export function verifyAttestation(format: string, input: AttestationInput): Attestation {
  const verify = FORMATS.get(format)
  if (!verify) throw new WebAuthnError('attestation_format_unsupported', '§7.1 step 22')
  return verify(input)
}
