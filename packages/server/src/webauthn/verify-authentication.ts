import { hash } from 'node:crypto'
import { type AuthenticatorData, checkAuthenticatorData, parseAuthenticatorData } from './authenticator-data.ts'
import { decodeBase64url } from './base64url.ts'
import { concatBytes, sameBytes } from './bytes.ts'
import { STEPS } from './ceremony.ts'
import { checkClientData } from './client-data.ts'
import { type CredentialJson, MAX_LENGTH, readBytes, readCredential } from './credential.ts'
import { check, guarded } from './error.ts'
import { type ExpectedFacts, hashedRpId, readExpected } from './expected.ts'
import { readExtensions, usesAppId } from './extensions.ts'
import { ownOptional } from './json.ts'
import { importPublicKey } from './public-key.ts'
import { verifySignature } from './signature.ts'
import type { AssertionFacts, ExpectedAssertion, StoredCredential } from './types.ts'

const GET = 'webauthn.get'
const MAX_USER_HANDLE_BYTES = 64
const HANDLE_CHOICES: readonly unknown[] = [undefined, 'required', 'optional']

/** An assertion response, taken apart. */
interface Assertion {
  readonly json: CredentialJson
  readonly authenticatorData: Uint8Array
  readonly signature: Uint8Array
  readonly userHandle: Uint8Array | undefined
}

/**
 * Verifies the response to an authentication: every step of §7.2 that does not need the account database. Spending the challenge and
 * judging a counter that went backwards are the caller's.
 *
 * @param response the untrusted JSON form of the assertion (`AuthenticationResponseJSON`), or what `parseAuthenticationResponse` read of it
 * @param expected what the relying party issued and accepts, and the stored credential
 * @throws WebAuthnError, and nothing else, whatever the response
 * @see WebAuthn L3 §7.2
 * @example
 * const facts = verifyAuthentication(body, { challenge, origins: ['https://example.org'], rpId: 'example.org', credential: record })
 */
export function verifyAuthentication(response: unknown, expected: ExpectedAssertion): AssertionFacts {
  return guarded('§7.2', () => {
    const assertion = AuthenticationResponse.assertionOf(response) // steps 3, 4, 8, 9
    const facts = readAssertionExpectations(assertion, expected)
    checkOwner(assertion, expected) // steps 5 and 6
    return verify(assertion, facts, expected)
  })
}

/** Where the credential was found by its AppID, authenticator data carries the hash of that (§10.1.1). */
function readAssertionExpectations({ json }: Assertion, expected: ExpectedAssertion): ExpectedFacts {
  const facts = readExpected(expected)
  const { appId } = expected
  return usesAppId(json.extensions, appId, STEPS[GET].rpId) ? { ...facts, rpIds: [hashedRpId(appId)] } : facts
}

function verify(assertion: Assertion, facts: ExpectedFacts, expected: ExpectedAssertion): AssertionFacts {
  const { json } = assertion
  checkClientData(json.clientData, facts, GET) // steps 10-14
  const data = parseAuthenticatorData(assertion.authenticatorData)
  const rpId = checkAuthenticatorData(data, facts, GET) // steps 15-18
  checkAgainstRecord(data, rpId, expected.credential) // step 19
  const extensions = readExtensions(json.extensions, data.extensions, STEPS[GET].extensions) // step 20
  checkSignature(assertion, expected) // steps 21-22
  return factsOf(assertion, data, { rpId, extensions, known: expected.credential.signCount })
}

interface Settled {
  rpId: string
  extensions: AssertionFacts['extensions']
  /** The counter in the record. */
  known: number
}

/** One literal, because spreading objects into each other costs a tenth of a sign-in here. */
function factsOf({ json, authenticatorData, signature, userHandle }: Assertion, data: AuthenticatorData, settled: Settled): AssertionFacts {
  const { signCount } = data
  // Step 23: a counter that did not grow is told, not judged. Zero before and zero now means that there is none.
  const signCountGrew = signCount > settled.known || (signCount === 0 && settled.known === 0)
  const facts: AssertionFacts = {
    credentialId: json.id,
    origin: json.clientData.origin,
    rpId: settled.rpId,
    userPresent: data.userPresent,
    userVerified: data.userVerified,
    signCount,
    signCountGrew,
    counterWentBackwards: !signCountGrew,
    backupEligible: data.backupEligible,
    backupState: data.backupState,
    extensions: settled.extensions,
    clientDataJSON: json.clientDataJSON,
    authenticatorData,
    signature,
  }
  if (userHandle) facts.userHandle = userHandle
  return facts
}

function readAssertion(value: unknown): Assertion {
  const json = readCredential(value, GET)
  const { response } = json
  return {
    json,
    authenticatorData: readBytes(response, 'authenticatorData', GET),
    signature: readBytes(response, 'signature', GET),
    userHandle: readUserHandle(response),
  }
}

/** Absent, `null` and empty mean the same: some clients report a security key's missing user handle as empty bytes. */
function readUserHandle(response: object): Uint8Array | undefined {
  const step = STEPS[GET].response
  const value = ownOptional(response, 'userHandle', step)
  if (value === undefined || value === '') return undefined
  check(typeof value === 'string', 'response_malformed', step, 'userHandle')
  const userHandle = decodeBase64url(value, MAX_LENGTH.userHandle, step)
  check(userHandle.length <= MAX_USER_HANDLE_BYTES, 'response_too_large', step, 'userHandle')
  return userHandle
}

/** The record is the one that the response names, and its owner the one that the authenticator names. */
function checkOwner({ json, userHandle }: Assertion, { credential, userHandle: demanded }: ExpectedAssertion): void {
  check(isStoredCredential(credential), 'expected_invalid', '§7.2 step 6', 'credential')
  check(json.id === credential.id, 'credential_id_mismatch', '§7.2 step 6')
  check(HANDLE_CHOICES.includes(demanded), 'expected_invalid', '§7.2 step 6', 'userHandle')
  check(demanded !== 'required' || credential.userHandle !== undefined, 'expected_invalid', '§7.2 step 6', 'credential.userHandle')
  check(userHandle !== undefined || demanded !== 'required', 'user_handle_missing', '§7.2 step 6')
  const differs = userHandle && credential.userHandle && !sameBytes(userHandle, credential.userHandle)
  check(!differs, 'user_handle_mismatch', '§7.2 step 6')
}

/** A record with a missing column must not turn a comparison into one that always holds. */
function isStoredCredential(credential: StoredCredential): boolean {
  if (typeof credential !== 'object' || credential === null) return false
  const { publicKey, signCount, backupEligible, userHandle } = credential
  const handle = userHandle === undefined || userHandle instanceof Uint8Array
  return publicKey instanceof Uint8Array && Number.isSafeInteger(signCount) && typeof backupEligible === 'boolean' && handle
}

function checkAgainstRecord(data: AuthenticatorData, rpId: string, credential: StoredCredential): void {
  check(data.attested === undefined, 'attested_data_unexpected', '§6.1') // an old Chrome on macOS did this; knowingly refused
  check(credential.rpId === undefined || credential.rpId === rpId, 'rp_id_mismatch', STEPS[GET].rpId)
  check(data.backupEligible === credential.backupEligible, 'backup_eligibility_mismatch', '§7.2 step 19')
}

function checkSignature({ json, authenticatorData, signature }: Assertion, { credential, keys }: ExpectedAssertion): void {
  const key = keys ? keys.keyOf(credential.id, credential.publicKey) : importPublicKey(credential.publicKey)
  const signed = concatBytes(authenticatorData, hash('sha256', json.clientDataJSON, 'buffer'))
  check(verifySignature(key, signed, signature), 'signature_invalid', '§7.2 step 22')
}

/** An assertion that was read, and not verified yet: what a caller needs to find its record and the challenge that it issued. */
export class AuthenticationResponse {
  readonly id: string
  readonly challenge: string
  declare readonly userHandle?: Uint8Array
  readonly #assertion: Assertion

  constructor(assertion: Assertion) {
    const { json, userHandle } = assertion
    this.#assertion = assertion
    this.id = json.id
    this.challenge = json.clientData.challenge
    if (userHandle) this.userHandle = userHandle
  }

  /** Taken apart once: what was read before is not read again. */
  static assertionOf(response: unknown): Assertion {
    const isRead = typeof response === 'object' && response !== null && #assertion in response
    return isRead ? response.#assertion : readAssertion(response)
  }
}

/**
 * Reads the id, the challenge and the user handle of an assertion, so that the caller can look up the credential record and what it
 * issued. Nothing is verified; `verifyAuthentication` takes the result in place of the JSON, so that it is read once.
 *
 * @param response the untrusted JSON form of the assertion
 * @throws WebAuthnError, and nothing else, whatever the response
 * @see WebAuthn L3 §7.2 steps 3-9
 * @example const { id, challenge } = parseAuthenticationResponse(body)
 */
export function parseAuthenticationResponse(response: unknown): AuthenticationResponse {
  return guarded('§7.2', () => new AuthenticationResponse(readAssertion(response)))
}
