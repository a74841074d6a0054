// The JSON forms of WebAuthn L3 §5.1.8 and §5.1.9 (options) and §5.1 (responses). Members are typed no tighter than the standard's own
// DOMString, so that options from any library fit; binary members are base64url.

/** One entry of `excludeCredentials` or `allowCredentials` (WebAuthn L3 §5.8.3). */
export interface CredentialDescriptorJSON {
  id: string
  type: string
  transports?: readonly string[] | undefined
}

/** Two inputs or outputs of the pseudo-random function (WebAuthn L3 §10.1.4), base64url. */
export interface PrfValues {
  first: string
  second?: string
}

/** Extensions that the software authenticator answers (WebAuthn L3 §10.1, §10.2; CTAP 2.1 §12.1); others it ignores. */
export interface ExtensionInputs {
  credProps?: boolean
  prf?: { eval?: PrfValues; evalByCredential?: Record<string, PrfValues> }
  /** `support` at registration; `read` or `write` (base64url) at authentication. */
  largeBlob?: { support?: string; read?: boolean; write?: string }
  credentialProtectionPolicy?: string
  appid?: string
  appidExclude?: string
}

/**
 * `clientExtensionResults` of a registration. Binary results are there too, as base64url, but not in the type, for the DOM's own has
 * buffers in their place: read them as {@link BinaryExtensionResults}.
 */
export interface RegistrationExtensionResults {
  credProps?: { rk: boolean }
  prf?: { enabled: boolean }
  largeBlob?: { supported: boolean }
  appidExclude?: boolean
}

/** `clientExtensionResults` of an authentication; for binary results see {@link BinaryExtensionResults}. */
export interface AuthenticationExtensionResults {
  prf?: { enabled?: boolean }
  largeBlob?: { written?: boolean }
  appid?: boolean
}

/**
 * The binary results, base64url as `toJSON()` gives them (WebAuthn L3 §10.1.4, §10.1.5).
 *
 * @example const { prf } = answer.clientExtensionResults as BinaryExtensionResults
 */
export interface BinaryExtensionResults {
  prf?: { enabled?: boolean; results?: PrfValues }
  largeBlob?: { supported?: boolean; written?: boolean; blob?: string }
}

/** `PublicKeyCredentialCreationOptionsJSON` (WebAuthn L3 §5.1.8): what a server sends for a registration. Times are in milliseconds. */
export interface CreationOptionsJSON {
  rp: { name: string; id?: string | undefined }
  user: { id: string; name: string; displayName: string }
  challenge: string
  pubKeyCredParams: readonly { type: string; alg: number }[]
  timeout?: number | undefined
  excludeCredentials?: readonly CredentialDescriptorJSON[] | undefined
  authenticatorSelection?:
    | {
        authenticatorAttachment?: string | undefined
        residentKey?: string | undefined
        requireResidentKey?: boolean | undefined
        userVerification?: string | undefined
      }
    | undefined
  hints?: readonly string[] | undefined
  attestation?: string | undefined
  attestationFormats?: readonly string[] | undefined
  /** Typed loosely, so that options from any library fit; see {@link ExtensionInputs} for what is answered. */
  extensions?: object | undefined
}

/** `PublicKeyCredentialRequestOptionsJSON` (WebAuthn L3 §5.1.9): what a server sends for an authentication. Times are in milliseconds. */
export interface RequestOptionsJSON {
  challenge: string
  timeout?: number | undefined
  rpId?: string | undefined
  allowCredentials?: readonly CredentialDescriptorJSON[] | undefined
  userVerification?: string | undefined
  hints?: readonly string[] | undefined
  /** Typed loosely, so that options from any library fit; see {@link ExtensionInputs} for what is answered. */
  extensions?: object | undefined
}

/** `RegistrationResponseJSON` (WebAuthn L3 §5.1): the answer to a registration. */
export interface RegistrationResponseJSON {
  id: string
  rawId: string
  type: 'public-key'
  authenticatorAttachment: 'platform' | 'cross-platform'
  clientExtensionResults: RegistrationExtensionResults
  response: {
    clientDataJSON: string
    attestationObject: string
    authenticatorData: string
    transports: string[]
    publicKey?: string
    publicKeyAlgorithm: number
  }
}

/** `AuthenticationResponseJSON` (WebAuthn L3 §5.1): the answer to an authentication. */
export interface AuthenticationResponseJSON {
  id: string
  rawId: string
  type: 'public-key'
  authenticatorAttachment: 'platform' | 'cross-platform'
  clientExtensionResults: AuthenticationExtensionResults
  response: {
    clientDataJSON: string
    authenticatorData: string
    signature: string
    userHandle?: string
  }
}
