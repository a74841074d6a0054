import { hash } from 'node:crypto'
import { verifyAttestation } from './attestation/index.ts'
import { parseAttestationObject } from './attestation-object.ts'
import type { AttestedCredential } from './attested.ts'
import { type AuthenticatorData, checkAuthenticatorData, formatAaguid, parseAuthenticatorData } from './authenticator-data.ts'
import { sameBytes } from './bytes.ts'
import { STEPS } from './ceremony.ts'
import { checkClientData } from './client-data.ts'
import type { PublicKey } from './cose-key.ts'
import { type CredentialJson, readBytes, readCredential } from './credential.ts'
import { check, guarded } from './error.ts'
import { type ExpectedFacts, type RegistrationFacts, readExpected, readRegistrationExpected } from './expected.ts'
import { readExtensions } from './extensions.ts'
import { asStrings, ownOptional } from './json.ts'
import { readSupportedKey } from './public-key.ts'
import { judgeAttestation } from './trust/policy.ts'
import type { CredentialFacts, Expected } from './types.ts'

const CREATE = 'webauthn.create'

/**
 * Verifies the response to a registration: every step of §7.1 that does not need the account database. That the id is not
 * registered yet (step 27) and that the challenge is spent are the caller's.
 *
 * @param response the untrusted JSON form of the new credential (`RegistrationResponseJSON`), or what `parseRegistrationResponse` read of it
 * @param expected what the relying party issued and accepts
 * @throws WebAuthnError, and nothing else, whatever the response
 * @see WebAuthn L3 §7.1
 * @example
 * const facts = verifyRegistration(body, { challenge, origins: ['https://example.org'], rpId: 'example.org' })
 */
export function verifyRegistration(response: unknown, expected: Expected): CredentialFacts {
  return guarded('§7.1', () => {
    const facts = readExpected(expected)
    return verify(RegistrationResponse.credentialOf(response), { ...facts, ...readRegistrationExpected(expected) })
  })
}

function verify(credential: CredentialJson, expected: ExpectedFacts & RegistrationFacts): CredentialFacts {
  const client = readClientMembers(credential) // steps 3-6, with readCredential
  checkClientData(credential.clientData, expected, CREATE) // steps 7-11
  const object = parseAttestationObject(client.attestationObject) // step 13
  const data = parseAuthenticatorData(object.authenticatorData)
  const rpId = checkAuthenticatorData(data, expected, CREATE) // steps 14-17; 18 and 19 are facts
  const attested = checkAttested(data, credential.idBytes) // steps 13 and 26
  const key = readOfferedKey(attested, expected) // step 20
  const extensions = readExtensions(credential.extensions, data.extensions, STEPS[CREATE].extensions) // step 21
  const statement = { ...object, rpIdHash: data.rpIdHash, clientDataHash: hashOf(credential.clientDataJSON), attested, key } // step 12
  const attestation = judgeAttestation(
    object.format,
    verifyAttestation(object.format, statement), // steps 22-23
    formatAaguid(attested.aaguid),
    expected.attestation, // steps 24-25
  )
  return { ...client, ...ofCredential(credential), ...ofAuthenticator(data, attested, key), rpId, extensions, attestation }
}

type Facts<K extends keyof CredentialFacts> = Pick<CredentialFacts, K>

function ofCredential({ id, clientData, clientDataJSON }: CredentialJson): Facts<'id' | 'origin' | 'clientDataJSON'> {
  return { id, origin: clientData.origin, clientDataJSON }
}

function ofAuthenticator(data: AuthenticatorData, { publicKey, aaguid }: AttestedCredential, key: PublicKey) {
  const { userPresent, userVerified, backupEligible, backupState, signCount } = data
  return {
    ...{ userPresent, userVerified, backupEligible, backupState, signCount },
    ...{ publicKey, algorithm: key.algorithm.id, aaguid: formatAaguid(aaguid), uvInitialized: userVerified },
  }
}

/** What only the client says: bytes to check, and unsigned hints. */
function readClientMembers({ response }: CredentialJson): Pick<CredentialFacts, 'attestationObject' | 'transports'> {
  const { response: step } = STEPS[CREATE]
  const transports = asStrings(ownOptional(response, 'transports', step) ?? [], 'transports', step)
  return { attestationObject: readBytes(response, 'attestationObject', CREATE), transports }
}

/** A credential is there, and it is the one that the response names. */
function checkAttested({ attested }: AuthenticatorData, id: Uint8Array): AttestedCredential {
  check(attested !== undefined, 'attested_data_missing', '§7.1 step 13')
  check(sameBytes(attested.id, id), 'credential_id_mismatch', '§7.1 step 26')
  return attested
}

/** A key of an algorithm that we cannot verify would lock its owner out, even if somebody offered it. */
function readOfferedKey(attested: AttestedCredential, { algorithms }: RegistrationFacts): PublicKey {
  const key = readSupportedKey(attested.key, '§7.1 step 20')
  check(algorithms.includes(key.algorithm.id), 'algorithm_not_offered', '§7.1 step 20')
  return key
}

function hashOf(clientDataJSON: Uint8Array): Uint8Array {
  return hash('sha256', clientDataJSON, 'buffer')
}

/** A registration that was read, and not verified yet. */
export class RegistrationResponse {
  readonly id: string
  readonly challenge: string
  readonly #credential: CredentialJson

  constructor(credential: CredentialJson) {
    this.#credential = credential
    this.id = credential.id
    this.challenge = credential.clientData.challenge
  }

  /** Taken apart once: what was read before is not read again. */
  static credentialOf(response: unknown): CredentialJson {
    const isRead = typeof response === 'object' && response !== null && #credential in response
    return isRead ? response.#credential : readCredential(response, CREATE)
  }
}

/**
 * Reads the id and the challenge of a registration response, so that the caller can look up what it issued. Nothing is verified;
 * `verifyRegistration` takes the result in place of the JSON, so that it is read once.
 *
 * @param response the untrusted JSON form of the new credential
 * @throws WebAuthnError, and nothing else, whatever the response
 * @see WebAuthn L3 §7.1 steps 3-6
 * @example const { challenge } = parseRegistrationResponse(body)
 */
export function parseRegistrationResponse(response: unknown): RegistrationResponse {
  return guarded('§7.1', () => new RegistrationResponse(readCredential(response, CREATE)))
}
