import type { KeyObject } from 'node:crypto'
import { sameBytes } from '../bytes.ts'
import type { CborMap } from '../cbor.ts'
import { basicConstraints, type Certificate, OID, readCertificate } from '../certificate.ts'
import { readOnly, TAG } from '../der.ts'
import { check } from '../error.ts'
import { attestationKey, verifySignature } from '../signature.ts'
import { isSupportedNumber } from '../supported.ts'

/** What the formats with certificates share. */

const MAX_CERTIFICATES = 8

/**
 * Reads `x5c`: the attestation certificate and those that it chains up to.
 *
 * @param members the statement; `step` of the format
 * @throws WebAuthnError `attestation_statement_malformed`, `certificate_malformed`
 * @see WebAuthn L3 §8
 * @example const [leaf, ...authorities] = readPath(members, '§8.2')
 */
export function readPath(members: CborMap, step: string): [Certificate, ...Certificate[]] {
  const list = members.get('x5c')
  check(Array.isArray(list) && list.length <= MAX_CERTIFICATES, 'attestation_statement_malformed', step, 'x5c')
  const path = list.map(item => {
    check(item instanceof Uint8Array, 'attestation_statement_malformed', step, 'x5c')
    return readCertificate(item)
  })
  const [leaf, ...rest] = path
  check(leaf !== undefined, 'attestation_statement_malformed', step, 'x5c is empty')
  return [leaf, ...rest]
}

/**
 * Verifies the statement's signature by its certificate.
 *
 * @param alg the value of `alg`; `key` the certificate's; `data` what was signed; `signature` the value of `sig`; `step` of the format
 * @throws WebAuthnError `attestation_algorithm_mismatch`, `algorithm_unsupported`, `signature_malformed`, `attestation_signature_invalid`
 * @see WebAuthn L3 §6.5.5, §8
 * @example checkSignature(-7, leaf.key, concatBytes(authenticatorData, clientDataHash), sig, '§8.2')
 */
export function checkSignature(alg: unknown, key: KeyObject, data: Uint8Array, signature: Uint8Array, step: string): void {
  const verifier = attestationKey(alg, key)
  check(verifier !== undefined, 'attestation_algorithm_mismatch', step, 'the algorithm is not one of the certificate key')
  check(isSupportedNumber(verifier.algorithm.id), 'algorithm_unsupported', step)
  check(verifySignature(verifier, data, signature), 'attestation_signature_invalid', step)
}

/** Version 3, and by Basic Constraints no authority. @throws WebAuthnError `certificate_unsuitable` */
export function checkLeaf(leaf: Certificate, step: string): void {
  check(leaf.version === 3, 'certificate_unsuitable', step, 'version')
  check(basicConstraints(leaf)?.isCa === false, 'certificate_unsuitable', step, 'basic constraints')
}

/**
 * Where the certificate names a model of authenticator, it must be the one of the authenticator data.
 *
 * @param leaf the attestation certificate; `aaguid` 16 bytes; `step` of the format
 * @throws WebAuthnError `certificate_malformed`, `attestation_aaguid_mismatch`
 * @see WebAuthn L3 §8.2.1, §8.3.1
 * @example checkAaguid(leaf, attested.aaguid, '§8.2')
 */
export function checkAaguid(leaf: Certificate, aaguid: Uint8Array, step: string): void {
  const extension = leaf.extensions.get(OID.fidoAaguid)
  if (!extension) return
  const named = readOnly(extension.value, TAG.octetString).content
  check(sameBytes(named, aaguid), 'attestation_aaguid_mismatch', step)
}
