import { hash } from 'node:crypto'
import { concatBytes } from '../bytes.ts'
import { readCertificate } from '../certificate.ts'
import { check } from '../error.ts'
import { own } from '../json.ts'
import { isSignedBy, parseJson, parseJws } from '../jws.ts'
import { type Attestation, type AttestationInput, bytesMember, membersOf } from './format.ts'

const STEP = '§8.5'
const HOST = 'attest.android.com'
const MAX_LENGTH = 64 * 1024
const MALFORMED = { reason: 'attestation_statement_malformed', step: STEP } as const

/**
 * The format `android-safetynet`: an answer of a service that Google closed in 2025. Old credentials may carry it, so it is read and
 * its signature verified, but it is marked as retired and is never trusted. How old the answer is, and whether the device passed the
 * compatibility test, is therefore not judged.
 *
 * @param input what `verifyAttestation` prepared
 * @throws WebAuthnError `attestation_…`, `certificate_…`
 * @see WebAuthn L3 §8.5
 * @example verifyAndroidSafetyNet(input).weakness // 'retired'
 */
export function verifyAndroidSafetyNet({ statement, authenticatorData, clientDataHash }: AttestationInput): Attestation {
  const members = membersOf(statement, ['ver', 'response'], [], STEP)
  const version = members.get('ver')
  check(typeof version === 'string' && version !== '', 'attestation_statement_malformed', STEP, 'ver')
  const jws = parseJws(Buffer.from(bytesMember(members, 'response', STEP)).toString('latin1'), MAX_LENGTH, MALFORMED)
  const nonce = hash('sha256', concatBytes(authenticatorData, clientDataHash), 'base64')
  check(own(parseJson(jws.payload, MALFORMED), 'nonce', STEP) === nonce, 'attestation_binding_mismatch', STEP, 'nonce')
  const path = jws.certificates.map(readCertificate)
  const [leaf] = path
  const isService = leaf?.x509.checkHost(HOST, { wildcards: false }) === HOST
  check(leaf !== undefined && isService, 'certificate_unsuitable', STEP, 'not the service')
  check(isSignedBy(jws, leaf.key), 'attestation_signature_invalid', STEP)
  return { kind: 'certified', path, modelBy: 'software', weakness: 'retired' }
}
