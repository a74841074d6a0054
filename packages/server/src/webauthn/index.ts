/**
 * A relying party's side of WebAuthn Level 3: bytes in, verified facts or one typed refusal out. Pure and synchronous; it knows no
 * database, no clock and no configuration.
 */
export type { AttestationWeakness } from './attestation/format.ts'
export { FORMATTED_AAGUID_ZERO } from './authenticator-data.ts'
export type { PublicKey } from './cose-key.ts'
export { WebAuthnError, type WebAuthnReason } from './error.ts'
export type { CredentialProtection, Extensions } from './extensions.ts'
export { createKeyCache, type KeyCache } from './key-cache.ts'
export { importPublicKey } from './public-key.ts'
export { ALGORITHMS_ON_REQUEST, SUPPORTED_ALGORITHMS } from './supported.ts'
export { type AuthenticatorModel, type Metadata, type MetadataOptions, readMetadata } from './trust/metadata.ts'
export { FIDO_METADATA_ROOT } from './trust/metadata-root.ts'
export type { PathFacts } from './trust/path.ts'
export type { AttestationFacts, AttestationPolicy, AttestationTrust } from './trust/policy.ts'
export { type Revocation, type RevocationList, readRevocationList } from './trust/revocation.ts'
export type { AssertionFacts, CredentialFacts, Expected, ExpectedAssertion, StoredCredential } from './types.ts'
export { type AuthenticationResponse, parseAuthenticationResponse, verifyAuthentication } from './verify-authentication.ts'
export { parseRegistrationResponse, type RegistrationResponse, verifyRegistration } from './verify-registration.ts'
