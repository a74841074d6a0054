import { hash } from 'node:crypto'
import { concatBytes, sameBytes } from '../bytes.ts'
import { OID } from '../certificate.ts'
import { childrenOf, contextTag, expectTag, readOnly, TAG } from '../der.ts'
import { check } from '../error.ts'
import { readPath } from './certified.ts'
import { type Attestation, type AttestationInput, membersOf } from './format.ts'

const STEP = '§8.8'

/**
 * The format `apple`: an anonymous certificate for the new key, which names the ceremony by a nonce. Early systems also wrote `alg`,
 * which says nothing here and is let pass.
 *
 * @param input what `verifyAttestation` prepared
 * @throws WebAuthnError `attestation_…`, `certificate_…`
 * @see WebAuthn L3 §8.8
 * @example verifyApple(input).kind // 'certified'
 */
export function verifyApple({ statement, authenticatorData, clientDataHash, key }: AttestationInput): Attestation {
  const path = readPath(membersOf(statement, ['x5c'], ['alg'], STEP), STEP)
  const [leaf] = path
  const nonce = hash('sha256', concatBytes(authenticatorData, clientDataHash), 'buffer')
  const extension = leaf.extensions.get(OID.appleNonce)
  check(extension !== undefined, 'certificate_unsuitable', STEP, 'no nonce')
  const [tagged] = childrenOf(readOnly(extension.value, TAG.sequence))
  const named = readOnly(expectTag(tagged, contextTag(1)).content, TAG.octetString).content
  check(sameBytes(named, nonce), 'attestation_binding_mismatch', STEP)
  check(leaf.key.equals(key.object), 'attestation_key_mismatch', STEP)
  return { kind: 'certified', path, modelBy: 'software' }
}
