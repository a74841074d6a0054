// The JSON forms of WebAuthn L3 §5.1.8 and §5.1.9 (options) and §5.1 (responses). Members are typed no tighter than the standard's own
// DOMString, so that options from any library fit; binary members are base64url.

/** One entry of `excludeCredentials` or `allowCredentials` (WebAuthn L3 §5.8.3). */
export interface CredentialDescriptorJSON {
  id: string
  type: string
  transports?: readonly string[] | undefined
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
  extensions?: object | undefined
}

/** `RegistrationResponseJSON` (WebAuthn L3 §5.1): the answer to a registration. */
export interface RegistrationResponseJSON {
  id: string
  rawId: string
  type: 'public-key'
  authenticatorAttachment: 'platform' | 'cross-platform'
  clientExtensionResults: { credProps?: { rk: boolean } }
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
  clientExtensionResults: Record<string, never>
  response: {
    clientDataJSON: string
    authenticatorData: string
    signature: string
    userHandle?: string
  }
}
