/** Every reason for which a response can be refused, with the sentence that a log shows for it. */
export const REASONS = {
  response_malformed: 'the response is not shaped as the WebAuthn JSON form',
  response_too_large: 'a member of the response is longer than any valid one',
  base64url_invalid: 'a member of the response is not unpadded, canonical base64url',
  expected_invalid: 'the relying party handed in an unusable expectation',
  credential_type_invalid: 'the credential is not of type "public-key"',
  credential_id_mismatch: 'the credential ids do not agree',
  user_handle_missing: 'the response names no user handle and one was required',
  user_handle_mismatch: 'the user handle is not the one of the account',
  client_data_malformed: 'the client data is not a JSON object with the required members',
  type_mismatch: 'the client data belongs to the other ceremony',
  challenge_mismatch: 'the challenge is not the one that was issued',
  origin_mismatch: 'the origin is not one of the expected origins',
  cross_origin_unexpected: 'the ceremony ran in a frame of another origin, which was not expected',
  top_origin_mismatch: 'the top origin is not one of the expected top origins',
  cbor_malformed: 'the CBOR is not well-formed, or uses a form that WebAuthn does not',
  cbor_too_deep: 'the CBOR is nested deeper than any valid response',
  cbor_duplicate_key: 'a CBOR map names a key twice',
  cbor_trailing_bytes: 'bytes follow where the data must end',
  attestation_object_malformed: 'the attestation object lacks a member or has one of the wrong type',
  authenticator_data_malformed: 'the authenticator data is cut short or contradicts its flags',
  attested_data_missing: 'the authenticator data of a registration carries no credential',
  attested_data_unexpected: 'the authenticator data of an assertion carries a credential',
  rp_id_mismatch: 'the credential was used for another relying party id',
  user_presence_missing: 'the authenticator did not see the user',
  user_verification_missing: 'the authenticator did not verify the user',
  backup_state_invalid: 'the credential claims a backup without being eligible for one',
  backup_eligibility_mismatch: 'the backup eligibility changed since registration, which it cannot',
  algorithm_not_offered: 'the key is for an algorithm that was not offered',
  algorithm_unsupported: 'the key is for an algorithm that cannot be verified here',
  key_malformed: 'the public key is not a COSE key of its algorithm',
  key_unusable: 'the public key is well-formed but cannot or must not be used',
  signature_malformed: 'the signature is not encoded as its algorithm demands',
  signature_invalid: 'the signature does not verify',
  attestation_format_unsupported: 'the attestation statement format, or this variant of it, is not accepted',
  attestation_statement_malformed: 'the attestation statement lacks a member or has one of the wrong type',
  attestation_algorithm_mismatch: 'the attestation statement names another algorithm than the key',
  attestation_signature_invalid: 'the signature of the attestation statement does not verify',
  attestation_binding_mismatch: 'the attestation statement speaks about another ceremony or another key',
  attestation_key_mismatch: 'the attestation statement is for another public key',
  attestation_aaguid_mismatch: 'the attestation certificate is for another model of authenticator',
  certificate_malformed: 'a certificate, or something in it, is not the DER that it must be',
  certificate_unsuitable: 'the attestation certificate does not meet the requirements of its format',
  attestation_missing: 'attestation by a certificate was required, and there is none',
  attestation_untrusted: 'attestation by a trusted maker was required, and this one is not trusted',
  certificate_expired: 'attestation was required, and one of its certificates has expired',
  certificate_not_yet_valid: 'attestation was required, and one of its certificates is not valid yet',
  certificate_revoked: 'attestation was required, and one of its certificates was revoked',
  authenticator_not_allowed: 'the model of authenticator is not one of those that are allowed',
  authenticator_compromised: 'the model of authenticator was reported as compromised',
  extension_malformed: 'the output of an extension has the wrong type',
  extension_unexpected: 'an extension was used that was not asked for',
  metadata_malformed: 'the metadata blob is not shaped as it must be',
  metadata_untrusted: 'the metadata blob was not signed by the metadata service',
  metadata_rolled_back: 'the metadata blob is older than one that was accepted before',
  unexpected: 'the verifier met a condition it does not know; the response is refused',
} as const satisfies Record<string, string>

/** The machine-readable reason of a refusal. */
export type WebAuthnReason = keyof typeof REASONS

/**
 * The one error that this verifier throws, whatever the input.
 *
 * `reason` is one of a closed list; `step` names the place in the standard that demands the refusal, such as `§7.2 step 12`.
 * The message and these two repeat no data from the response, so all of it may be logged.
 *
 * @example
 * try { verifyAuthentication(response, expected) } catch (error) {
 *   if (error instanceof WebAuthnError && error.reason === 'challenge_mismatch') askAgain()
 * }
 */
export class WebAuthnError extends Error {
  override readonly name = 'WebAuthnError'
  readonly reason: WebAuthnReason
  readonly step: string

  constructor(reason: WebAuthnReason, step: string, options?: { detail?: string; cause?: unknown }) {
    const detail = options?.detail ? `: ${options.detail}` : ''
    super(`${REASONS[reason]}${detail} (WebAuthn L3 ${step})`, options?.cause === undefined ? undefined : { cause: options.cause })
    this.reason = reason
    this.step = step
  }
}

/** Throws the named refusal unless the condition holds. */
export function check(condition: boolean, reason: WebAuthnReason, step: string, detail?: string): asserts condition {
  if (!condition) throw new WebAuthnError(reason, step, detail === undefined ? {} : { detail })
}

/** Runs a whole ceremony and turns what nobody foresaw into a refusal: the verifier fails closed and tidily. */
export function guarded<T>(step: string, verify: () => T): T {
  try {
    return verify()
  } catch (error) {
    if (error instanceof WebAuthnError) throw error
    throw new WebAuthnError('unexpected', step, { cause: error })
  }
}
