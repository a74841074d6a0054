/** Options in JSON to what the browser's prompt takes, and its answers back to JSON (WebAuthn L3 §5.1.8 to §5.1.10). */
import type { AuthenticationJson, CreationOptionsJson, CredentialDescriptorJson, RegistrationJson, RequestOptionsJson } from './wire.ts'

/** @throws TypeError for text that is not base64url */
export function fromBase64url(text: string): ArrayBuffer {
  if (!/^[\w-]*$/.test(text)) throw new TypeError('not base64url')
  const binary = atob(text.replace(/-/g, '+').replace(/_/g, '/'))
  return Uint8Array.from(binary, char => char.charCodeAt(0)).buffer
}

export function toBase64url(buffer: ArrayBuffer | Uint8Array): string {
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
    parsedByBrowser(() => statics().parseCreationOptionsFromJSON?.(options)) ??
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
    parsedByBrowser(() => statics().parseRequestOptionsFromJSON?.(options)) ??
    ({
      ...options,
      challenge: fromBase64url(options.challenge),
      allowCredentials: options.allowCredentials?.map(descriptor) ?? [],
    } as PublicKeyCredentialRequestOptions)
  )
}

const descriptor = ({ id, ...rest }: CredentialDescriptorJson) => ({ ...rest, id: fromBase64url(id) })

/** An extension's parser may give anything; options without a challenge in bytes are read by hand. */
const parsedByBrowser = <T extends { challenge: BufferSource }>(call: () => T | undefined): T | undefined => {
  const parsed = attempt(call)
  return bytesOf(parsed?.challenge) ? parsed : undefined
}

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
  rawId: unknown
  authenticatorAttachment?: string | null
  response: Record<string, unknown> & { getTransports?(): unknown }
  toJSON?(): unknown
  getClientExtensionResults?(): object
}

export const registrationJson = (credential: Credential): RegistrationJson =>
  answerJson(credential, ['clientDataJSON', 'attestationObject'], answer => ({
    // Firefox before 119 and some extensions cannot tell
    transports: texts(attempt(() => answer.response.getTransports?.())) ?? [],
  }))

export const authenticationJson = (credential: Credential): AuthenticationJson =>
  answerJson(credential, ['clientDataJSON', 'authenticatorData', 'signature'], ({ response: { userHandle } }) =>
    isEmpty(userHandle) ? {} : { userHandle: binaryText(userHandle) },
  )

/**
 * What the credential's own `toJSON()` gives is taken only where it is whole and canonical: password managers that put themselves in the
 * browser's place gave `{}`, buffers, base64 with padding, or a throw. Else the object is read by hand.
 *
 * @param members of the response that have to be there
 * @param more reads those that may be missing
 */
function answerJson<T>(credential: Credential, members: readonly string[], more: (answer: Answer) => object): T {
  const answer = credential as unknown as Answer
  const others = attempt(() => more(answer)) ?? {}
  const native = nativeJson(answer)
  if (isWhole(native, [...members, ...Object.keys(others)], Object.keys(extensionResults(answer)))) return native as T
  const rawId = attempt(() => binaryText(answer.rawId)) ?? binaryText(credential.id)
  const response = Object.fromEntries(members.map(name => [name, binaryText(answer.response[name])]))
  return {
    id: rawId,
    rawId,
    type: 'public-key',
    ...(typeof answer.authenticatorAttachment === 'string' && { authenticatorAttachment: answer.authenticatorAttachment }),
    clientExtensionResults: extensionResults(answer),
    response: { ...response, ...others },
  } as T
}

/** A plain copy: what comes from an extension may hold more than data. */
const nativeJson = (answer: Answer): unknown => attempt(() => JSON.parse(JSON.stringify(withoutNulls(answer.toJSON?.()))))

type Members = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value)

/** @param extensions that the object itself tells of: `credProps` says whether the sign-in page will find the passkey */
function isWhole(json: unknown, members: readonly string[], extensions: readonly string[]): boolean {
  if (!isObject(json) || !isObject(json.response) || !isObject(json.clientExtensionResults)) return false
  const { response, clientExtensionResults } = json
  if (!extensions.every(name => Object.hasOwn(clientExtensionResults, name))) return false
  const whole = members.every(name => (name === 'transports' ? texts(response[name]) : isCanonical(response[name])))
  return whole && isCanonical(json.id) && json.rawId === json.id && json.type === 'public-key' && !isUnknown(json.authenticatorAttachment)
}

const isUnknown = (attachment: unknown): boolean => attachment !== undefined && typeof attachment !== 'string'

/** Base64url without padding and without stray bits at the end. */
const isCanonical = (text: unknown): boolean =>
  typeof text === 'string' && text !== '' && attempt(() => toBase64url(fromBase64url(text))) === text

const texts = (value: unknown): string[] | undefined =>
  Array.isArray(value) && value.every(item => typeof item === 'string') ? value : undefined

/** Base64url of what should be a buffer; some extensions give a view, or text that is encoded already. @throws TypeError for anything else */
function binaryText(value: unknown): string {
  if (typeof value === 'string') return toBase64url(fromBase64url(value.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')))
  const bytes = bytesOf(value)
  if (!bytes) throw new TypeError('not binary')
  return toBase64url(bytes)
}

/** Told by its name, since a buffer of another realm is no instance of ours. */
function bytesOf(value: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  return Object.prototype.toString.call(value) === '[object ArrayBuffer]' ? new Uint8Array(value as ArrayBuffer) : undefined
}

const isEmpty = (value: unknown): boolean => value === null || value === undefined || value === '' || bytesOf(value)?.length === 0

/** What the extensions say, buffers as base64url; nothing where that can't be put into words: no ceremony fails of it. */
function extensionResults(answer: Answer): Members {
  const results = attempt(() => withoutNulls(withoutBuffers(answer.getClientExtensionResults?.())))
  return isObject(results) ? results : {}
}

const withoutBuffers = (results: unknown): unknown =>
  JSON.parse(
    JSON.stringify(results, (_, value: unknown) => {
      const bytes = bytesOf(value)
      return bytes ? toBase64url(bytes) : value
    }),
  )
