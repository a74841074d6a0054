import { decodeBase64url } from './base64url.ts'
import { type Ceremony, STEPS } from './ceremony.ts'
import { type ClientData, parseClientData } from './client-data.ts'
import { check } from './error.ts'
import { asObject, own, ownOptionalObject, ownString } from './json.ts'

/** The members that both JSON forms share (§5.1 `RegistrationResponseJSON`, `AuthenticationResponseJSON`). */
export interface CredentialJson {
  readonly id: string
  readonly idBytes: Uint8Array
  readonly response: object
  readonly clientDataJSON: Uint8Array
  readonly clientData: ClientData
  readonly extensions: object
}

/** Most characters of each member; a credential id has at most 1023 bytes. */
export const MAX_LENGTH = {
  id: 1400,
  userHandle: 128,
  clientDataJSON: 128 * 1024,
  authenticatorData: 128 * 1024,
  signature: 128 * 1024,
  attestationObject: 512 * 1024,
}

/**
 * Reads what both ceremonies share of an unknown value.
 *
 * @param value the untrusted response; `ceremony` whose steps to name in a refusal
 * @throws WebAuthnError `response_malformed`, `credential_type_invalid`, `credential_id_mismatch`, `base64url_invalid`,
 * `response_too_large`, `client_data_malformed`
 * @see WebAuthn L3 §7.1 steps 3-6, §7.2 steps 3-9
 * @example readCredential(body, 'webauthn.get').clientData.challenge
 */
export function readCredential(value: unknown, ceremony: Ceremony): CredentialJson {
  const steps = STEPS[ceremony]
  const json = asObject(value, 'response', steps.response)
  check(own(json, 'type', steps.response) === 'public-key', 'credential_type_invalid', steps.response)
  const id = ownString(json, 'id', steps.response)
  const idBytes = decodeBase64url(id, MAX_LENGTH.id, steps.response)
  check(ownString(json, 'rawId', steps.response) === id, 'credential_id_mismatch', steps.response)
  const response = asObject(own(json, 'response', steps.response), 'response.response', steps.response)
  const clientDataJSON = readBytes(response, 'clientDataJSON', ceremony)
  const clientData = parseClientData(clientDataJSON, steps.json)
  const extensions = ownOptionalObject(json, 'clientExtensionResults', steps.results) ?? {}
  return { id, idBytes, response, clientDataJSON, clientData, extensions }
}

/** Reads a member of `response.response` that must be base64url. */
export function readBytes(response: object, name: Exclude<keyof typeof MAX_LENGTH, 'id'>, ceremony: Ceremony): Uint8Array {
  const { response: step } = STEPS[ceremony]
  return decodeBase64url(ownString(response, name, step), MAX_LENGTH[name], step)
}
