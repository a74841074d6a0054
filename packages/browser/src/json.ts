/** Options in JSON to what the browser's prompt takes, and its answers back to JSON (WebAuthn L3 §5.1.8 to §5.1.10). */
import type { AuthenticationJson, CreationOptionsJson, CredentialDescriptorJson, RegistrationJson, RequestOptionsJson } from './wire.ts'

/** @throws TypeError for text that is not base64url */
export function fromBase64url(text: string): ArrayBuffer {
  if (!/^[\w-]*$/.test(text)) throw new TypeError('not base64url')
  const binary = atob(text.replace(/-/g, '+').replace(/_/g, '/'))
  return Uint8Array.from(binary, char => char.charCodeAt(0)).buffer
}

export function toBase64url(buffer: ArrayBuffer): string {
  let binary = ''
  for (const byte of new Uint8Array(buffer)) binary += String.fromCharCode(byte)
  return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}

/** Safari throws on members that are null; a member left out means the same. */
export function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutNulls) as T
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([, member]) => member !== null && member !== undefined)
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutNulls(member)])) as T
}

interface Statics {
  parseCreationOptionsFromJSON?(options: unknown): PublicKeyCredentialCreationOptions
  parseRequestOptionsFromJSON?(options: unknown): PublicKeyCredentialRequestOptions
}
const statics = (): Statics => (globalThis as { PublicKeyCredential?: Statics }).PublicKeyCredential ?? {}

/** @throws TypeError for malformed options */
export function parseCreationOptions(json: CreationOptionsJson): PublicKeyCredentialCreationOptions {
  const options = withoutNulls(json)
  return (
    attempt(() => statics().parseCreationOptionsFromJSON?.(options)) ??
    ({
      ...options,
      challenge: fromBase64url(options.challenge),
      user: { ...options.user, id: fromBase64url(options.user.id) },
      excludeCredentials: options.excludeCredentials?.map(descriptor) ?? [],
    } as PublicKeyCredentialCreationOptions)
  )
}

/** @throws TypeError for malformed options */
export function parseRequestOptions(json: RequestOptionsJson): PublicKeyCredentialRequestOptions {
  const options = withoutNulls(json)
  return (
    attempt(() => statics().parseRequestOptionsFromJSON?.(options)) ??
    ({
      ...options,
      challenge: fromBase64url(options.challenge),
      allowCredentials: options.allowCredentials?.map(descriptor) ?? [],
    } as PublicKeyCredentialRequestOptions)
  )
}

const descriptor = ({ id, ...rest }: CredentialDescriptorJson) => ({ ...rest, id: fromBase64url(id) })

/** Browsers had these methods before they worked for every input; extensions replace them. What fails is done by hand. */
function attempt<T>(call: () => T | undefined): T | undefined {
  try {
    return call()
  } catch {
    return undefined
  }
}

/** A credential as the browser, or an extension in its place, gives it. */
interface Answer {
  id: string
  rawId: ArrayBuffer
  type: string
  authenticatorAttachment?: string | null
  response: AuthenticatorResponse
  toJSON?(): unknown
  getClientExtensionResults?(): object
}

export function registrationJson(credential: Credential): RegistrationJson {
  const answer = credential as unknown as Answer
  const native = nativeJson<RegistrationJson>(answer)
  if (native?.response.attestationObject) return native
  const response = answer.response as AuthenticatorAttestationResponse
  return {
    ...common(answer),
    response: {
      clientDataJSON: toBase64url(response.clientDataJSON),
      attestationObject: toBase64url(response.attestationObject),
      // Firefox before 119 and some extensions cannot tell
      transports: attempt(() => response.getTransports()) ?? [],
    },
  }
}

export function authenticationJson(credential: Credential): AuthenticationJson {
  const answer = credential as unknown as Answer
  const native = nativeJson<AuthenticationJson>(answer)
  if (native?.response.signature) return native
  const response = answer.response as AuthenticatorAssertionResponse
  return {
    ...common(answer),
    response: {
      clientDataJSON: toBase64url(response.clientDataJSON),
      authenticatorData: toBase64url(response.authenticatorData),
      signature: toBase64url(response.signature),
      ...(response.userHandle && { userHandle: toBase64url(response.userHandle) }),
    },
  }
}

/** A plain copy: what comes from an extension may hold more than data. */
const nativeJson = <T>(answer: Answer): T | undefined =>
  attempt(() => (answer.toJSON ? (JSON.parse(JSON.stringify(withoutNulls(answer.toJSON()))) as T) : undefined))

const common = (answer: Answer) => ({
  id: answer.id,
  rawId: toBase64url(answer.rawId),
  type: 'public-key' as const,
  ...(answer.authenticatorAttachment && { authenticatorAttachment: answer.authenticatorAttachment }),
  clientExtensionResults: withoutBuffers(attempt(() => answer.getClientExtensionResults?.()) ?? {}),
})

const withoutBuffers = (results: object): Record<string, unknown> =>
  JSON.parse(JSON.stringify(results, (_, value: unknown) => (value instanceof ArrayBuffer ? toBase64url(value) : value)))
