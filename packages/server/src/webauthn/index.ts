/**
 * A relying party's side of WebAuthn Level 3: bytes in, verified facts or one typed refusal out. Pure and synchronous; it knows no
 * database, no clock and no configuration.
 */
export { FORMATTED_AAGUID_ZERO } from './authenticator-data.ts'
export { importPublicKey } from './cose-key.ts'
export { WebAuthnError, type WebAuthnReason } from './error.ts'
export { SUPPORTED_ALGORITHMS } from './supported.ts'
export type { AssertionFacts, AttestationTrust, CredentialFacts, Expected, StoredCredential } from './types.ts'
export { type ExpectedAssertion, parseAuthenticationResponse, verifyAuthentication } from './verify-authentication.ts'
export { parseRegistrationResponse, verifyRegistration } from './verify-registration.ts'
