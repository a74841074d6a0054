import type { Extensions } from './extensions.ts'
import type { KeyCache } from './key-cache.ts'
import type { AttestationFacts, AttestationPolicy } from './trust/policy.ts'

/** What the relying party expects of a response, in either ceremony. */
export interface Expected {
  /** The issued challenge: its bytes, or their base64url form. */
  challenge: string | Uint8Array
  /** Every origin that may run the ceremony, as exact strings (`https://example.org`, `android:apk-key-hash:…`). */
  origins: readonly string[]
  /** The relying party id, or several where credentials of an older id are still in use. */
  rpId: string | readonly string[]
  /** Pages that may embed the ceremony in a frame. Absent or empty: embedding is refused. A client too old to name its top origin passes. */
  topOrigins?: readonly string[] | undefined
  /** Whether the authenticator must have verified the user. Default `'required'`; the other two accept either. */
  userVerification?: 'required' | 'preferred' | 'discouraged' | undefined
  /** `'conditional-create'` waives user presence, in a registration only. Default `'required'`. */
  userPresence?: 'required' | 'conditional-create' | undefined
  /** COSE algorithms that a new key may have: those that were offered. Default: `SUPPORTED_ALGORITHMS`. A registration only. */
  algorithms?: readonly number[] | undefined
  /** What to make of attestation. Default: `{ policy: 'none' }`. A registration only. */
  attestation?: AttestationPolicy | undefined
  /** The moment to judge certificates at, in epoch milliseconds. Needed with an attestation policy of `record` or `require`. */
  now?: number | undefined
}

/** Verified facts about a new credential: what belongs into its credential record (§4). */
export interface CredentialFacts {
  /** The credential id, base64url. */
  id: string
  /** The public key as COSE_Key bytes, exactly as the authenticator wrote them. */
  publicKey: Uint8Array
  /** The COSE algorithm of the key. */
  algorithm: number
  signCount: number
  /** The authenticator model, lower-case UUID. Only as true as `attestation.trust` says. */
  aaguid: string
  /** What the client said about transports; unsigned, a hint for later requests. */
  transports: string[]
  userPresent: boolean
  userVerified: boolean
  /** The value of `userVerified` now: whether the credential may later count as verified user. */
  uvInitialized: boolean
  /** Whether the credential may be synced: multi-device. Never changes. */
  backupEligible: boolean
  /** Whether it is backed up now. */
  backupState: boolean
  /** Which of the expected relying party ids it belongs to. */
  rpId: string
  /** Which of the expected origins created it. */
  origin: string
  attestation: AttestationFacts
  attestationObject: Uint8Array
  clientDataJSON: Uint8Array
  extensions: Extensions
}

/** The members of a credential record that an assertion is checked against. */
export interface StoredCredential {
  id: string
  /** COSE_Key bytes as `CredentialFacts.publicKey` gave them. */
  publicKey: Uint8Array
  signCount: number
  backupEligible: boolean
  /** The user handle of the account that owns the credential. */
  userHandle?: Uint8Array
  /** The relying party id the credential was created for; where given, the assertion must be for the same. */
  rpId?: string
}

/** What an assertion is checked against: the common expectations, and the credential record that the response's id led to. */
export interface ExpectedAssertion extends Expected {
  credential: StoredCredential
  /** `'required'` where the account was not known before the ceremony. Default `'optional'`. One that is present is always compared. */
  userHandle?: 'required' | 'optional' | undefined
  /** Where the caller keeps public keys between sign-ins: importing one costs more than verifying with it. Default: nowhere. */
  keys?: KeyCache | undefined
  /** The FIDO AppID that was asked for by the extension `appid`, for credentials of the older protocol. Default: its use is refused. */
  appId?: string | undefined
}

/** Verified facts about an assertion. */
export interface AssertionFacts {
  credentialId: string
  origin: string
  rpId: string
  userPresent: boolean
  userVerified: boolean
  signCount: number
  /** The counter grew, or the authenticator has none (0 before, 0 now). */
  signCountGrew: boolean
  /** The opposite: it stands still or went back, the sign of a copied key. The caller's policy decides. */
  counterWentBackwards: boolean
  backupEligible: boolean
  backupState: boolean
  userHandle?: Uint8Array
  extensions: Extensions
  clientDataJSON: Uint8Array
  authenticatorData: Uint8Array
  signature: Uint8Array
}
