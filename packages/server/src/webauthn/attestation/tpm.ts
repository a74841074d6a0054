import { hash, type JsonWebKey, type KeyObject } from 'node:crypto'
import { findAlgorithms } from '../algorithms.ts'
import { concatBytes, sameBytes } from '../bytes.ts'
import { type Certificate, extendedKeyUsage, OID, readName } from '../certificate.ts'
import { importJwk } from '../cose-key.ts'
import { childrenOf, contextTag, readOnly, TAG } from '../der.ts'
import { check } from '../error.ts'
import { checkAaguid, checkLeaf, checkSignature, readPath } from './certified.ts'
import { type Attestation, type AttestationInput, bytesMember, membersOf } from './format.ts'
import { bareSignature, DIGESTS, readCertifyInfo, readPublicArea } from './tpm-structures.ts'

const STEP = '§8.3'

/**
 * The format `tpm`: a trusted platform module certifies the new key, and an attestation identity certificate the module.
 *
 * @param input what `verifyAttestation` prepared
 * @throws WebAuthnError `attestation_…`, `certificate_…`, `signature_malformed`, `algorithm_unsupported`
 * @see WebAuthn L3 §8.3
 * @example verifyTpm(input).kind // 'certified'
 */
export function verifyTpm(input: AttestationInput): Attestation {
  const members = membersOf(input.statement, ['ver', 'alg', 'x5c', 'sig', 'certInfo', 'pubArea'], [], STEP)
  check(members.get('ver') === '2.0', 'attestation_statement_malformed', STEP, 'ver')
  const [pubArea, certInfo] = [bytesMember(members, 'pubArea', STEP), bytesMember(members, 'certInfo', STEP)]
  const area = readPublicArea(pubArea)
  check(isKey(input.key.object, area.jwk), 'attestation_key_mismatch', STEP)
  const info = readCertifyInfo(certInfo)
  check(sameBytes(info.extraData, extraDataFor(members.get('alg'), input)), 'attestation_binding_mismatch', STEP, 'extraData')
  check(sameBytes(info.name, nameOf(pubArea, area.nameAlg)), 'attestation_binding_mismatch', STEP, 'name')
  const path = readPath(members, STEP)
  checkSignature(members.get('alg'), path[0].key, certInfo, bareSignature(bytesMember(members, 'sig', STEP)), STEP)
  checkRequirements(path[0])
  checkAaguid(path[0], input.attested.aaguid, '§8.3.1')
  return { kind: 'certified', path, modelBy: path[0].extensions.has(OID.fidoAaguid) ? 'certificate' : 'software' }
}

/** A public area that is no key at all is not this one either. */
function isKey(key: KeyObject, jwk: JsonWebKey): boolean {
  try {
    return importJwk(jwk).equals(key)
  } catch {
    return false
  }
}

/** The digest, by the algorithm in `alg`, of what every other format signs directly. */
function extraDataFor(alg: unknown, { authenticatorData, clientDataHash }: AttestationInput): Uint8Array {
  const digest = findAlgorithms(alg)[0]?.hash
  check(digest !== undefined && digest !== null, 'algorithm_unsupported', STEP, 'no digest belongs to alg')
  return hash(digest, concatBytes(authenticatorData, clientDataHash), 'buffer')
}

/** The Name of an object: its digest algorithm and the digest of its public area (TPM 2.0 Part 1 §16). */
function nameOf(pubArea: Uint8Array, nameAlg: number): Uint8Array {
  const digest = DIGESTS.get(nameAlg)
  check(digest !== undefined, 'attestation_statement_malformed', STEP, 'nameAlg')
  return concatBytes(Uint8Array.of(nameAlg >> 8, nameAlg & 0xff), hash(digest, pubArea, 'buffer'))
}

/** §8.3.1. Which manufacturers to believe is a matter of roots: their names are not compared with any list. */
function checkRequirements(leaf: Certificate): void {
  const step = '§8.3.1'
  checkLeaf(leaf, step)
  check(leaf.attributes.length === 0, 'certificate_unsuitable', step, 'subject is not empty')
  check(extendedKeyUsage(leaf).includes(OID.tpmAttestationKey), 'certificate_unsuitable', step, 'extended key usage')
  const tpm = new Map(alternativeName(leaf, step).map(({ type, text }) => [type, text]))
  const named = [OID.tpmManufacturer, OID.tpmModel, OID.tpmVersion].every(type => (tpm.get(type) ?? '') !== '')
  check(named, 'certificate_unsuitable', step, 'subject alternative name')
}

/** The directoryName ([4]) of the subject alternative name, which says what TPM it is (TPMv2-EK-Profile §3.2.9). */
function alternativeName({ extensions }: Certificate, step: string) {
  const extension = extensions.get(OID.subjectAlternativeName)
  check(extension !== undefined, 'certificate_unsuitable', step, 'no subject alternative name')
  const names = childrenOf(readOnly(extension.value, TAG.sequence)).filter(({ tag }) => tag === contextTag(4))
  return names.flatMap(({ content }) => readName(readOnly(content, TAG.sequence)))
}
