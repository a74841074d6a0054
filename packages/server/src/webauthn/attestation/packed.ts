import { concatBytes } from '../bytes.ts'
import { type Certificate, OID } from '../certificate.ts'
import { check } from '../error.ts'
import { verifySignature } from '../signature.ts'
import { checkAaguid, checkLeaf, checkSignature, readPath } from './certified.ts'
import { type Attestation, type AttestationInput, bytesMember, membersOf } from './format.ts'

const STEP = '§8.2'

/**
 * The format `packed`: signed by an attestation certificate, or by the new key itself.
 *
 * @param input what `verifyAttestation` prepared
 * @throws WebAuthnError `attestation_…`, `certificate_…`, `signature_malformed`, `algorithm_unsupported`
 * @see WebAuthn L3 §8.2
 * @example verifyPacked(input).kind // 'self' or 'certified'
 */
export function verifyPacked(input: AttestationInput): Attestation {
  const { statement, authenticatorData, clientDataHash, attested, key } = input
  const members = membersOf(statement, ['alg', 'sig'], ['x5c'], STEP)
  const [alg, sig] = [members.get('alg'), bytesMember(members, 'sig', STEP)]
  check(typeof alg === 'number', 'attestation_statement_malformed', STEP, 'alg')
  const signed = concatBytes(authenticatorData, clientDataHash)
  if (!members.has('x5c')) {
    check(alg === key.algorithm.id, 'attestation_algorithm_mismatch', STEP)
    check(verifySignature(key, signed, sig), 'attestation_signature_invalid', STEP)
    return { kind: 'self', path: [] }
  }
  const [leaf, ...authorities] = readPath(members, STEP)
  checkSignature(alg, leaf.key, signed, sig, STEP)
  checkRequirements(leaf)
  checkAaguid(leaf, attested.aaguid, '§8.2.1')
  const modelBy = leaf.extensions.has(OID.fidoAaguid) ? 'certificate' : 'signer'
  return { kind: 'certified', path: [leaf, ...authorities], modelBy }
}

const ATTESTATION_UNIT = 'Authenticator Attestation'

/** §8.2.1: who made it, and that the certificate serves no other end. */
function checkRequirements(leaf: Certificate): void {
  checkLeaf(leaf, '§8.2.1')
  const all = (type: string): string[] => leaf.attributes.filter(attribute => attribute.type === type).map(({ text }) => text)
  const [country = '', organization = '', name = ''] = [all(OID.country)[0], all(OID.organization)[0], all(OID.commonName)[0]]
  const named = /^[A-Za-z]{2}$/.test(country) && organization !== '' && name !== ''
  check(!leaf.extensions.get(OID.fidoAaguid)?.critical, 'certificate_unsuitable', '§8.2.1', 'the AAGUID extension is critical')
  check(named && all(OID.organizationalUnit).includes(ATTESTATION_UNIT), 'certificate_unsuitable', '§8.2.1', 'subject')
}
