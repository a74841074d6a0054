import { hash } from 'node:crypto'
import { verifyAttestation } from './attestation/index.ts'
import { type AttestationObject, parseAttestationObject } from './attestation-object.ts'
import {
  type AttestedCredential,
  type AuthenticatorData,
  checkAuthenticatorData,
  formatAaguid,
  parseAuthenticatorData,
} from './authenticator-data.ts'
import { sameBytes } from './bytes.ts'
import { STEPS } from './ceremony.ts'
import { checkClientData } from './client-data.ts'
import type { PublicKey } from './cose-key.ts'
import { type CredentialJson, readBytes, readCredential } from './credential.ts'
import { check, guarded } from './error.ts'
import { type ExpectedFacts, readExpected } from './expected.ts'
import { readExtensions } from './extensions.ts'
import { asStrings, ownOptional } from './json.ts'
import { readSupportedKey } from './public-key.ts'
import { type AttestationFacts, judgeAttestation } from './trust/policy.ts'
import type { CredentialFacts, Expected } from './types.ts'

const CREATE = 'webauthn.create'

/**
 * Verifies the response to a registration: every step of §7.1 that does not need the account database. That the id is not
 * registered yet (step 27) and that the challenge is spent are the caller's.
 *
 * @param response the untrusted JSON form of the new credential (`RegistrationResponseJSON`)
 * @param expected what the relying party issued and accepts
 * @throws WebAuthnError, and nothing else, whatever the response
 * @see WebAuthn L3 §7.1
 * @example
 * const facts = verifyRegistration(body, { challenge, origins: ['https://example.org'], rpId: 'example.org' })
 */
export function verifyRegistration(response: unknown, expected: Expected): CredentialFacts {
  return guarded('§7.1', () => verify(readCredential(response, CREATE), readExpected(expected)))
}

function verify(credential: CredentialJson, expected: ExpectedFacts): CredentialFacts {
  const client = readClientMembers(credential)
  checkClientData(credential.clientData, expected, CREATE)
  const object = parseAttestationObject(client.attestationObject)
  const data = parseAuthenticatorData(object.authenticatorData)
  const rpId = checkAuthenticatorData(data, expected, CREATE)
  check(data.attested !== undefined, 'attested_data_missing', '§7.1 step 13')
  check(sameBytes(data.attested.id, credential.idBytes), 'credential_id_mismatch', '§7.1 step 26')
  const key = readOfferedKey(data.attested, expected)
  const extensions = readExtensions(credential.extensions, data.extensions, STEPS[CREATE].extensions)
  const attestation = verifyStatement(object, data, data.attested, key, credential.clientDataJSON, expected)
  const { userPresent, userVerified, backupEligible, backupState, signCount } = data
  return {
    ...client,
    ...{ userPresent, userVerified, backupEligible, backupState, signCount, rpId, extensions, attestation },
    id: credential.id,
    publicKey: data.attested.publicKey,
    algorithm: key.algorithm.id,
    aaguid: formatAaguid(data.attested.aaguid),
    uvInitialized: userVerified,
    origin: credential.clientData.origin,
    clientDataJSON: credential.clientDataJSON,
  }
}

/** What only the client says: bytes to check, and unsigned hints. */
function readClientMembers({ response }: CredentialJson): Pick<CredentialFacts, 'attestationObject' | 'transports'> {
  const { response: step } = STEPS[CREATE]
  const transports = asStrings(ownOptional(response, 'transports', step) ?? [], 'transports', step)
  return { attestationObject: readBytes(response, 'attestationObject', CREATE), transports }
}

/** Step 20. A key of an algorithm that we cannot verify would lock its owner out, even if somebody offered it. */
function readOfferedKey(attested: AttestedCredential, expected: ExpectedFacts): PublicKey {
  const key = readSupportedKey(attested.key, '§7.1 step 20')
  check(expected.algorithms.includes(key.algorithm.id), 'algorithm_not_offered', '§7.1 step 20')
  return key
}

/** Steps 12 and 22 to 25. */
function verifyStatement(
  object: AttestationObject,
  { rpIdHash }: AuthenticatorData,
  attested: AttestedCredential,
  key: PublicKey,
  clientDataJSON: Uint8Array,
  expected: ExpectedFacts,
): AttestationFacts {
  const { format, statement, authenticatorData } = object
  const clientDataHash = hash('sha256', clientDataJSON, 'buffer')
  const attestation = verifyAttestation(format, { statement, authenticatorData, rpIdHash, clientDataHash, attested, key })
  return judgeAttestation(format, attestation, formatAaguid(attested.aaguid), expected.attestation)
}

/**
 * Reads the id and the challenge of a registration response, so that the caller can look up what it issued. Nothing is verified.
 *
 * @param response the untrusted JSON form of the new credential
 * @throws WebAuthnError, and nothing else, whatever the response
 * @see WebAuthn L3 §7.1 steps 3-6
 * @example const { challenge } = parseRegistrationResponse(body)
 */
export function parseRegistrationResponse(response: unknown): { id: string; challenge: string } {
  return guarded('§7.1', () => {
    const { id, clientData } = readCredential(response, CREATE)
    return { id, challenge: clientData.challenge }
  })
}
