import { concatBytes } from '../bytes.ts'
import { LABEL } from '../cose-key.ts'
import { check } from '../error.ts'
import { checkSignature, readPath } from './certified.ts'
import { type Attestation, type AttestationInput, bytesMember, membersOf } from './format.ts'

const STEP = '§8.6'
const ES256 = -7

/**
 * The format `fido-u2f`, of authenticators that speak the older protocol. That their AAGUID is zero is not demanded: the standard
 * does not, and its own test vector has another one.
 *
 * @param input what `verifyAttestation` prepared
 * @throws WebAuthnError `attestation_…`, `certificate_…`, `signature_malformed`
 * @see WebAuthn L3 §8.6
 * @example verifyFidoU2f(input).kind // 'certified'
 */
export function verifyFidoU2f({ statement, rpIdHash, clientDataHash, attested, key }: AttestationInput): Attestation {
  const members = membersOf(statement, ['x5c', 'sig'], [], STEP)
  const [leaf, ...more] = readPath(members, STEP)
  check(more.length === 0, 'attestation_statement_malformed', STEP, 'more than one certificate')
  const isP256 = leaf.key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
  check(isP256, 'certificate_unsuitable', STEP, 'its key is not on P-256')
  check(key.algorithm.hash === 'sha256' && key.algorithm.key.kty === 2, 'attestation_algorithm_mismatch', STEP)
  // The key in its raw ANSI X9.62 form: readPublicKey has checked that both coordinates have 32 bytes.
  const point = [LABEL.x, LABEL.y].map(label => attested.key.get(label) as Uint8Array)
  const signed = concatBytes(Uint8Array.of(0x00), rpIdHash, clientDataHash, attested.id, Uint8Array.of(0x04), ...point)
  checkSignature(ES256, leaf.key, signed, bytesMember(members, 'sig', STEP), STEP)
  return { kind: 'certified', path: [leaf] }
}
