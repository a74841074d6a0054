import { hash } from 'node:crypto'
import { verifyAttestation } from './attestation/index.ts'
import { type AttestationObject, parseAttestationObject } from './attestation-object.ts'
import { type AttestedCredential, checkAuthenticatorData, formatAaguid, parseAuthenticatorData } from './authenticator-data.ts'
import { sameBytes } from './bytes.ts'
import { STEPS } from './ceremony.ts'
import { checkClientData } from './client-data.ts'
import { type PublicKey, readPublicKey } from './cose-key.ts'
import { type CredentialJson, readBytes, readCredential } from './credential.ts'
import { check, guarded } from './error.ts'
import { type ExpectedFacts, readExpected } from './expected.ts'
import { asStrings, ownOptional, ownOptionalBoolean, ownOptionalObject } from './json.ts'
import { SUPPORTED_ALGORITHMS } from './supported.ts'
import type { AttestationTrust, CredentialFacts, Expected } from './types.ts'

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
  const trust = verifyStatement(object, data.attested, key, credential.clientDataJSON)
  const { userPresent, userVerified, backupEligible, backupState, signCount } = data
  return {
    ...client,
    ...{ userPresent, userVerified, backupEligible, backupState, signCount, rpId },
    id: credential.id,
    publicKey: data.attested.publicKey,
    algorithm: key.algorithm.id,
    aaguid: formatAaguid(data.attested.aaguid),
    uvInitialized: userVerified,
    origin: credential.clientData.origin,
    attestation: { format: object.format, trust },
    clientDataJSON: credential.clientDataJSON,
  }
}

/** What only the client says: bytes to check, and unsigned hints. */
function readClientMembers({
  response,
  extensions,
}: CredentialJson): Pick<CredentialFacts, 'attestationObject' | 'transports' | 'extensions'> {
  const transports = asStrings(ownOptional(response, 'transports', STEPS[CREATE].response) ?? [], 'transports', STEPS[CREATE].response)
  return { attestationObject: readBytes(response, 'attestationObject', CREATE), transports, extensions: readExtensions(extensions) }
}

function readExtensions(results: object): CredentialFacts['extensions'] {
  const step = STEPS[CREATE].extensions
  const [credProps, prf] = [ownOptionalObject(results, 'credProps', step), ownOptionalObject(results, 'prf', step)]
  const rk = credProps && ownOptionalBoolean(credProps, 'rk', step)
  const enabled = prf && ownOptionalBoolean(prf, 'enabled', step)
  return {
    ...(credProps && { credProps: rk === undefined ? {} : { rk } }),
    ...(prf && { prf: enabled === undefined ? {} : { enabled } }),
  }
}

/** Step 20. A key of an algorithm that we cannot verify would lock its owner out, even if somebody offered it. */
function readOfferedKey(attested: AttestedCredential, expected: ExpectedFacts): PublicKey {
  const key = readPublicKey(attested.key)
  check(SUPPORTED_ALGORITHMS.includes(key.algorithm.id), 'algorithm_unsupported', '§7.1 step 20')
  check(expected.algorithms?.includes(key.algorithm.id) ?? true, 'algorithm_not_offered', '§7.1 step 20')
  return key
}

/** Steps 12, 22 and 23. */
function verifyStatement(
  object: AttestationObject,
  attested: AttestedCredential,
  key: PublicKey,
  clientDataJSON: Uint8Array,
): AttestationTrust {
  const { format, statement, authenticatorData } = object
  const clientDataHash = hash('sha256', clientDataJSON, 'buffer')
  return verifyAttestation(format, { statement, authenticatorData, clientDataHash, attested, key })
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
