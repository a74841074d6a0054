import { type Bytes, concatBytes, fromBase64url, sha256, toBase64url, uint, utf8 } from './bytes.ts'
import type { CborMap } from './cbor.ts'
import type {
  AuthenticationExtensionResults,
  BinaryExtensionResults,
  CreationOptionsJSON,
  ExtensionInputs,
  PrfValues,
  RegistrationExtensionResults,
  RequestOptionsJSON,
} from './ceremony-json.ts'
import type { StoredKey } from './stored-key.ts'

const protection: Record<string, number> = {
  userVerificationOptional: 1,
  userVerificationOptionalWithCredentialIDList: 2,
  userVerificationRequired: 3,
}

/** What the authenticator signs about extensions: only `credProtect` (CTAP 2.1 §12.1). */
export function signedOutputs(options: CreationOptionsJSON): CborMap | undefined {
  const level = protection[inputsOf(options).credentialProtectionPolicy ?? '']
  return level === undefined ? undefined : new Map([['credProtect', level]])
}

/** `clientExtensionResults` of a registration (WebAuthn L3 §10.1): an answer to each extension that was asked for. */
export async function creationResults(
  options: CreationOptionsJSON,
  key: StoredKey,
): Promise<RegistrationExtensionResults & BinaryExtensionResults> {
  const { credProps, prf, largeBlob, appidExclude } = inputsOf(options)
  const results = prf?.eval && (await prfResults(key, prf.eval))
  return {
    ...(credProps === true && { credProps: { rk: key.discoverable } }),
    ...(prf && { prf: { enabled: true, ...(results && { results }) } }),
    ...(largeBlob && { largeBlob: { supported: true } }),
    ...(appidExclude !== undefined && { appidExclude: true }),
  }
}

/**
 * `clientExtensionResults` of an authentication. A blob that is to be written stays in the key.
 *
 * @param u2fAppId the AppID that the authenticator's keys are of, if they are of one.
 */
export async function requestResults(
  options: RequestOptionsJSON,
  key: StoredKey,
  u2fAppId: string | undefined,
): Promise<AuthenticationExtensionResults & BinaryExtensionResults> {
  const { prf, largeBlob, appid } = inputsOf(options)
  const values = prf?.evalByCredential?.[key.id] ?? prf?.eval
  const results = values && (await prfResults(key, values))
  return {
    ...(prf && { prf: { ...(results && { results }) } }),
    ...(largeBlob && { largeBlob: answerBlob(key, largeBlob) }),
    ...(appid !== undefined && { appid: appid === u2fAppId }),
  }
}

/** §10.1.1: the AppID that takes the place of the RP ID, when the relying party asks for the one that the keys are of. */
export function appIdFor(options: RequestOptionsJSON, u2fAppId: string | undefined): string | undefined {
  return u2fAppId !== undefined && inputsOf(options).appid === u2fAppId ? u2fAppId : undefined
}

/** Binary results as scripts get them: buffers in place of base64url. @param results as in a response's JSON. */
export function withBuffers(results: object): object {
  const binary = new Set(['first', 'second', 'blob'])
  const convert = (name: string, value: unknown): unknown => {
    if (typeof value === 'string' && binary.has(name)) return fromBase64url(value).buffer
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([inner, member]) => [inner, convert(inner, member)]))
  }
  return convert('', results) as object
}

function inputsOf({ extensions }: { extensions?: object | undefined }): ExtensionInputs {
  return (extensions ?? {}) as ExtensionInputs
}

function answerBlob(key: StoredKey, { read, write }: NonNullable<ExtensionInputs['largeBlob']>): { blob?: string; written?: boolean } {
  if (write !== undefined) key.largeBlob = write
  if (write !== undefined) return { written: true }
  return read && key.largeBlob !== undefined ? { blob: key.largeBlob } : {}
}

/** §10.1.4: HMAC-SHA-256 under a secret of the credential; unless told, it comes from the private key, so it survives export. */
async function prfResults(key: StoredKey, { first, second }: PrfValues): Promise<PrfValues> {
  const { d, priv } = key.privateKey
  const secret = key.prfSecret === undefined ? await sha256(utf8(`prf ${key.id} ${d ?? priv ?? ''}`)) : fromBase64url(key.prfSecret)
  const hmac = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const evaluate = async (input: string): Promise<string> => {
    const salt = await sha256(concatBytes(utf8('WebAuthn PRF'), uint(0, 1), fromBase64url(input)))
    return toBase64url(new Uint8Array(await crypto.subtle.sign('HMAC', hmac, salt)) as Bytes)
  }
  return { first: await evaluate(first), ...(second !== undefined && { second: await evaluate(second) }) }
}
