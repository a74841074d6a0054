import type { AttestationDefect, CertificateDefect } from './attestation/defects.ts'
import type { Bytes } from './bytes.ts'
import type { CborDefect, CborMap } from './cbor.ts'
import type { SignatureDefect } from './signature.ts'

export type { AttestationDefect, CertificateDefect } from './attestation/defects.ts'

/**
 * One thing wrong with the client data's bytes. The first group is *valid* and must be accepted; the rest must be refused:
 * - `bom`: starts with a byte order mark, which UTF-8 decode strips (L3 §7.1 step 5, §7.2 step 8)
 * - `unknown-members`, `other-order`, `escapes`: more members, another order, `\u0041` in place of A
 * - `token-binding`: the reserved member of older levels
 * - `not-json`, `not-an-object`: no client data at all
 * - `duplicate-member`: the challenge twice, the honest one first and another one last
 * - `member-not-a-string`: the challenge in a list of one, which loose comparisons take for the string
 * - `inherited-members`: type, challenge and origin sit under `__proto__`
 */
export type ClientDataDefect =
  | 'bom'
  | 'unknown-members'
  | 'other-order'
  | 'escapes'
  | 'token-binding'
  | 'not-json'
  | 'not-an-object'
  | 'duplicate-member'
  | 'member-not-a-string'
  | 'inherited-members'

/** One thing wrong with the extension part of the authenticator data (L3 §6.1). */
export type ExtensionDataDefect = 'flag-without-data' | 'data-without-flag' | 'trailing-bytes' | 'not-a-map'

/**
 * One thing wrong with the attested credential data (L3 §6.5.1): at registration `absent`, `flag-without-data`,
 * `data-without-flag`, `cut-short`, `length-beyond-end`; in an assertion `present` (well-formed, but it does not belong there).
 */
export type AttestedCredentialDataDefect =
  | 'absent'
  | 'flag-without-data'
  | 'data-without-flag'
  | 'cut-short'
  | 'length-beyond-end'
  | 'present'

/**
 * One thing wrong with the credential public key (L3 §6.5.1.1, §5.8.5; RFC 9052 §7). The needed algorithm must be among those
 * that the relying party offers, or the key would be wrong in two ways: EC defects need -7, `rsa-*` need -257, `low-order*` -8.
 */
export type PublicKeyDefect =
  | 'off-curve'
  | 'zero-point'
  | 'x-missing'
  | 'y-missing'
  | 'alg-missing'
  | 'padded-coordinate'
  | 'compressed-point'
  | 'other-curve'
  | 'private-member'
  | 'extra-member'
  | 'alg-kty-mismatch'
  | 'rsa-512'
  | 'rsa-1024'
  | 'rsa-16384'
  | 'rsa-even-modulus'
  | 'rsa-even-exponent'
  | 'rsa-exponent-1'
  | 'low-order'
  | 'low-order-8'

/** What {@link Misbehaviour.mutateAttestationObject} gets beside the map, to make a statement of its own. */
export interface AttestationContext {
  /** SHA-256 of the client data as sent. */
  clientDataHash: Bytes
  /** The authenticator data as sent. */
  authenticatorData: Bytes
  /** Signs with the new credential's private key. */
  sign: (data: Bytes) => Promise<Bytes>
}

/**
 * What to do wrong in one ceremony. Each member lets one thing be wrong, in the standard's words; everything else, and above all
 * the signature, is made freshly over the wrong bytes, so only the named defect remains. Step numbers are those of WebAuthn
 * Level 3, §7.1 (registration) / §7.2 (authentication).
 *
 * @example await authenticator.get(options, { userPresent: false })
 */
export interface Misbehaviour {
  /** `type` of the client data, e.g. 'webauthn.get' in a registration. Step 7 / 10. */
  type?: string
  /** `challenge` of the client data, base64url. Step 8 / 11. */
  challenge?: string
  /** `origin` of the client data. The RP ID is still that of the honest origin. Step 9 / 12. */
  origin?: string
  /** `crossOrigin` of the client data: true says "in a frame of another origin". Step 10 / 13. */
  crossOrigin?: boolean
  /** `topOrigin` of the client data. Step 11 / 14. */
  topOrigin?: string
  /** The form of the client data. Step 5-6 / 8-9. */
  clientData?: ClientDataDefect
  /** Changes the client data before it is written, hashed and signed; a returned object takes its place. */
  mutateClientData?: (clientData: Record<string, unknown>) => Record<string, unknown> | undefined

  /** RP ID whose hash goes into the authenticator data. Step 14 / 15. */
  rpId?: string
  /** The UP flag. Step 15 / 16. */
  userPresent?: boolean
  /** The UV flag. Step 16 / 17. */
  userVerified?: boolean
  /** The BE flag. Step 17-18 / 18-19: false with `backupState: true` is inconsistent; in an assertion the other value is a flip. */
  backupEligible?: boolean
  /** The BS flag. Step 17, 19 / 18-19. */
  backupState?: boolean
  /** The signature counter, 0 to 2^32-1. The stored counter takes this value too. */
  signCount?: number
  /** The attested credential data and its AT flag. */
  attestedCredentialData?: AttestedCredentialDataDefect
  /** The extension outputs and their ED flag. */
  extensionData?: ExtensionDataDefect
  /** Valid extension outputs (flag ED and one map), e.g. `new Map([['credProtect', 2]])`. */
  extensions?: CborMap
  /** Changes the authenticator data before it is signed; returned bytes take its place. */
  mutateAuthData?: (authenticatorData: Bytes) => Bytes | undefined

  /** Length of the new credential id in bytes: 0 and 1024 must be refused, 1023 is valid. §7.1 step 26 and §6.5.1. */
  credentialIdLength?: number
  /** `inner`: the attested data names another id than `id` and `rawId`; `rawId`: `rawId` is not `id`. */
  credentialIdDiffers?: 'inner' | 'rawId'
  /** COSE algorithm of the new key, whatever was offered. §7.1 step 20. */
  alg?: number
  /** The credential public key. */
  credentialPublicKey?: PublicKeyDefect
  /** Changes the COSE_Key before it is written. */
  mutateCredentialPublicKey?: (key: CborMap) => void
  /** The encoding of a map: the attestation object, unless `cborOf` says the key. §7.1 step 13. */
  cbor?: CborDefect
  /** Which map `cbor` breaks; 'attestationObject' unless told. */
  cborOf?: 'attestationObject' | 'credentialPublicKey'
  /** The attestation statement. §7.1 step 22-23. */
  attestation?: AttestationDefect
  /** The certificate that the statement brings along, or its chain. §7.1 step 22-24. */
  certificate?: CertificateDefect
  /** Changes the attestation object before it is written; a returned map takes its place. */
  mutateAttestationObject?: (attestationObject: CborMap, context: AttestationContext) => CborMap | undefined | Promise<CborMap | undefined>

  /**
   * The signature: of the assertion, or of the attestation statement, whose own key makes it. A registration that would attest with
   * 'none' makes a packed self attestation with it. Step 23 / 22.
   */
  signature?: SignatureDefect | 'other-client-data' | 'other-authenticator-data'
  /** `userHandle` of the assertion: another one (base64url), or null to leave it out. §7.2 step 6. */
  userHandle?: string | null
}
