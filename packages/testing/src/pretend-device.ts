import {
  type AuthenticationResponseJSON,
  type AuthenticatorOptions,
  type CreationOptionsJSON,
  type ExportedKey,
  fromBase64url,
  type RegistrationResponseJSON,
  type RequestOptionsJSON,
  SoftwareAuthenticator,
  type StoredKey,
  toBase64url,
} from './authenticator.ts'
import { withBuffers } from './extensions.ts'

/** Where the pretend device keeps itself in `localStorage`. */
export const pretendDeviceKey = 'lk-pretend-device'

/** What stands in `localStorage` under {@link pretendDeviceKey}, as JSON. */
export interface PretendDeviceState {
  /** Only true makes a pretend device; anything else leaves the browser as it is. */
  on: boolean
  /** What `SoftwareAuthenticator.export()` gives; private keys in the clear, which is why this is for development only. */
  keys: ExportedKey[]
  /** What kind of authenticator it pretends to be; a synced passkey on this device unless told. */
  options?: Omit<AuthenticatorOptions, 'origin' | 'vendor'>
}

/** `detail` of the event `latchkey:pretend-device`, which `document` gets at every step. */
export interface PretendDeviceEvent {
  /** `installed` once; then `asked`, and `answered` or `refused` (with the error's name). */
  step: 'installed' | 'asked' | 'answered' | 'refused'
  ceremony?: 'create' | 'get'
  error?: string
}

/**
 * Puts a software authenticator in the place of the browser's own, so that passkeys can be tried on a machine that has none.
 * Does nothing unless `localStorage` holds a {@link PretendDeviceState} that is on.
 *
 * `navigator.credentials.create` and `get` then ask in a small dialog and answer as a browser does (WebAuthn L3 §5.1.3, §5.1.4);
 * requests for anything but passkeys go to the browser. New keys and counters go back to `localStorage`, and the signal methods
 * (§5.1.10) act on the keys. It is loud: `<html data-lk-pretend-device="on">`, a warning in the console, and the event
 * `latchkey:pretend-device` on `document` for the page's banner. Its keys lie in the open: never serve this in production.
 *
 * @returns whether it is in place now.
 * @example
 * localStorage.setItem('lk-pretend-device', JSON.stringify({ on: true, keys: [] }))
 * installPretendDevice()
 */
export function installPretendDevice(): boolean {
  if (!readState()) return false
  if (document.documentElement.dataset.lkPretendDevice === 'on') return true

  installCredentials()
  installStatics()
  document.documentElement.dataset.lkPretendDevice = 'on'
  console.warn('Latchkey: a pretend device answers passkey prompts in this browser. Its keys are not secret.')
  announce({ step: 'installed' })
  return true
}

if (typeof document !== 'undefined') installPretendDevice()

function installCredentials(): void {
  if (!('credentials' in navigator)) define(navigator, 'credentials', {})
  const container = navigator.credentials
  const real = { create: container.create?.bind(container), get: container.get?.bind(container) }

  define(container, 'create', async (options?: CredentialCreationOptions): Promise<Credential | null> => {
    if (!options?.publicKey || !readState()) return await real.create(options)
    return await ceremony('create', async () => await create(options.publicKey!, options as Asked))
  })
  define(container, 'get', async (options?: CredentialRequestOptions): Promise<Credential | null> => {
    if (!options?.publicKey || !readState()) return await real.get(options)
    return await ceremony('get', async () => await get(options.publicKey!, options as Asked))
  })
}

/** Members of both kinds of options that steer the asking. */
interface Asked {
  signal?: AbortSignal
  mediation?: string
}

async function ceremony(name: 'create' | 'get', answer: () => Promise<Credential>): Promise<Credential> {
  announce({ step: 'asked', ceremony: name })
  try {
    const credential = await answer()
    announce({ step: 'answered', ceremony: name })
    return credential
  } catch (error) {
    announce({ step: 'refused', ceremony: name, error: error instanceof Error ? error.name : String(error) })
    throw error
  }
}

async function create(publicKey: PublicKeyCredentialCreationOptions, { signal, mediation }: Asked): Promise<Credential> {
  signal?.throwIfAborted()
  const options = jsonOf(publicKey) as CreationOptionsJSON
  const device = await loadDevice()
  const unasked = mediation === 'conditional'
  if (!unasked)
    await ask({ title: 'Pretend device: unlock?', detail: `Create a passkey for ${options.user.name} at ${options.rp.name}.`, signal })
  // nobody was there: neither presence nor verification (WebAuthn L3 §6.3.2)
  const response = await device.create(options, unasked ? { userPresent: false, userVerified: false } : {})
  await saveDevice(device)
  return credentialOf(response)
}

async function get(publicKey: PublicKeyCredentialRequestOptions, { signal, mediation }: Asked): Promise<Credential> {
  signal?.throwIfAborted()
  if (mediation === 'conditional') return await untilAborted(signal) // autofill that nobody opens
  const options = jsonOf(publicKey) as RequestOptionsJSON
  const device = await loadDevice()
  const found = device.matching(options)
  const detail = found.length === 0 ? 'It holds no passkey that fits here.' : `Use the passkey of ${found[0]?.userName}.`
  const chosen = await ask({
    title: 'Pretend device: unlock?',
    detail: found.length > 1 ? 'Choose a passkey.' : detail,
    choices: found,
    signal,
  })
  const response = await device.get(options, chosen ? { credentialId: chosen } : {})
  await saveDevice(device)
  return credentialOf(response)
}

function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true }))
}

interface Question {
  title: string
  detail: string
  /** Credentials to choose from; one or none makes a plain [Unlock]. */
  choices?: StoredKey[]
  signal: AbortSignal | undefined
}

/**
 * Asks the person in a dialog and returns the id of the credential, if there was a choice.
 *
 * @throws DOMException named NotAllowedError on [Cancel] or Escape; the signal's reason when it is aborted.
 */
function ask({ title, detail, choices = [], signal }: Question): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const dialog = element('dialog', 'lk-dialog')
    const heading = element('h2', '', title)
    heading.id = 'lk-pretend-device-title'
    dialog.setAttribute('aria-labelledby', heading.id)
    const actions = element('div', 'lk-dialog__acts')
    dialog.append(heading, element('p', '', detail), element('p', 'lk-muted', 'For development only: this protects nothing.'), actions)

    const abort = (): void => close(() => reject(signal?.reason))
    const close = (settle: () => void): void => {
      signal?.removeEventListener('abort', abort)
      dialog.close()
      dialog.remove()
      settle()
    }
    const button = (label: string, kind: string, settle: () => void): void => {
      const made = element('button', `lk-btn ${kind}`.trim(), label)
      made.type = 'button'
      made.addEventListener('click', () => close(settle))
      actions.append(made)
    }
    const cancel = (): void => reject(new DOMException('the person cancelled at the pretend device', 'NotAllowedError'))

    if (choices.length > 1) for (const key of choices) button(nameOf(key), 'lk-btn--primary', () => resolve(key.id))
    else button('Unlock', 'lk-btn--primary', () => resolve(choices[0]?.id))
    button('Cancel', '', cancel)
    dialog.addEventListener('cancel', event => {
      event.preventDefault()
      close(cancel)
    })
    signal?.addEventListener('abort', abort)
    document.body.append(dialog)
    dialog.showModal()
  })
}

function nameOf(key: StoredKey): string {
  return key.userDisplayName && key.userDisplayName !== key.userName ? `${key.userDisplayName} (${key.userName})` : key.userName
}

function element<Name extends 'button' | 'dialog' | 'div' | 'h2' | 'p'>(
  name: Name,
  className: string,
  text = '',
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  if (className) made.className = className
  made.textContent = text
  return made
}

/** What the page may ask of `PublicKeyCredential` itself (WebAuthn L3 §5.1.6 to §5.1.10). */
function installStatics(): void {
  if (!('PublicKeyCredential' in globalThis)) define(globalThis, 'PublicKeyCredential', class PublicKeyCredential {})
  const yes = async (): Promise<boolean> => true
  const statics = {
    isUserVerifyingPlatformAuthenticatorAvailable: yes,
    isConditionalMediationAvailable: yes,
    getClientCapabilities: async () => ({
      conditionalCreate: true,
      conditionalGet: true,
      hybridTransport: false,
      passkeyPlatformAuthenticator: true,
      relatedOrigins: false,
      signalAllAcceptedCredentials: true,
      signalCurrentUserDetails: true,
      signalUnknownCredential: true,
      userVerifyingPlatformAuthenticator: true,
    }),
    parseCreationOptionsFromJSON: (options: CreationOptionsJSON) => ({
      ...options,
      challenge: fromBase64url(options.challenge).buffer,
      user: { ...options.user, id: fromBase64url(options.user.id).buffer },
      excludeCredentials: options.excludeCredentials?.map(entry => ({ ...entry, id: fromBase64url(entry.id).buffer })),
    }),
    parseRequestOptionsFromJSON: (options: RequestOptionsJSON) => ({
      ...options,
      challenge: fromBase64url(options.challenge).buffer,
      allowCredentials: options.allowCredentials?.map(entry => ({ ...entry, id: fromBase64url(entry.id).buffer })),
    }),
    signalUnknownCredential: async ({ rpId, credentialId }: { rpId: string; credentialId: string }) =>
      await keep(key => key.rpId !== rpId || key.id !== credentialId),
    signalAllAcceptedCredentials: async (known: { rpId: string; userId: string; allAcceptedCredentialIds: string[] }) =>
      await keep(key => key.rpId !== known.rpId || key.userHandle !== known.userId || known.allAcceptedCredentialIds.includes(key.id)),
    signalCurrentUserDetails: async (user: { rpId: string; userId: string; name: string; displayName: string }) =>
      await keep(key => {
        if (key.rpId === user.rpId && key.userHandle === user.userId) {
          Object.assign(key, { userName: user.name, userDisplayName: user.displayName })
        }
        return true
      }),
  }
  for (const [name, method] of Object.entries(statics)) define(PublicKeyCredential, name, method)
}

/** Looks at every key, in which it may change things, and drops those that are not wanted. */
async function keep(wanted: (key: StoredKey) => boolean): Promise<void> {
  const device = await loadDevice()
  device.credentials.splice(0, device.credentials.length, ...device.credentials.filter(wanted))
  await saveDevice(device)
}

/**
 * The answer in the shape of a PublicKeyCredential (WebAuthn L3 §5.1, §5.2): buffers for old scripts, `toJSON()` for new ones. Its
 * prototypes are the browser's, so `instanceof` holds; its own members cover the browser's getters.
 */
function credentialOf(json: RegistrationResponseJSON | AuthenticationResponseJSON): Credential {
  const { response } = json
  const buffer = (text: string | undefined): ArrayBuffer | null => (text === undefined ? null : fromBase64url(text).buffer)
  const inner =
    'attestationObject' in response
      ? shaped('AuthenticatorAttestationResponse', {
          clientDataJSON: buffer(response.clientDataJSON),
          attestationObject: buffer(response.attestationObject),
          getTransports: () => [...response.transports],
          getAuthenticatorData: () => buffer(response.authenticatorData),
          getPublicKey: () => buffer(response.publicKey),
          getPublicKeyAlgorithm: () => response.publicKeyAlgorithm,
        })
      : shaped('AuthenticatorAssertionResponse', {
          clientDataJSON: buffer(response.clientDataJSON),
          authenticatorData: buffer(response.authenticatorData),
          signature: buffer(response.signature),
          userHandle: buffer(response.userHandle),
        })
  return shaped('PublicKeyCredential', {
    id: json.id,
    rawId: buffer(json.rawId),
    type: json.type,
    authenticatorAttachment: json.authenticatorAttachment,
    response: inner,
    getClientExtensionResults: () => withBuffers(json.clientExtensionResults),
    toJSON: () => structuredClone(json),
  }) as Credential
}

function shaped(className: string, members: Record<string, unknown>): object {
  const found = (globalThis as Record<string, unknown>)[className] as { prototype: object } | undefined
  const made = Object.create(found?.prototype ?? Object.prototype) as object
  for (const [name, value] of Object.entries(members)) define(made, name, value)
  return made
}

/** Options as pages give them, with buffers, in their JSON form; members that are text already stay. */
function jsonOf(value: unknown): unknown {
  if (value instanceof ArrayBuffer) return toBase64url(new Uint8Array(value))
  if (ArrayBuffer.isView(value)) return toBase64url(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
  if (Array.isArray(value)) return value.map(jsonOf)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, jsonOf(member)]))
}

function readState(): PretendDeviceState | undefined {
  try {
    const state = JSON.parse(localStorage.getItem(pretendDeviceKey) ?? 'null') as PretendDeviceState | null
    return state?.on === true && Array.isArray(state.keys) ? state : undefined
  } catch {
    return undefined // storage is blocked, or holds something else
  }
}

async function loadDevice(): Promise<SoftwareAuthenticator> {
  const state = readState()
  return await SoftwareAuthenticator.import({ ...state?.options, origin: location.origin }, state?.keys ?? [])
}

async function saveDevice(device: SoftwareAuthenticator): Promise<void> {
  const state = { ...readState(), on: true, keys: await device.export() }
  localStorage.setItem(pretendDeviceKey, JSON.stringify(state))
}

function announce(detail: PretendDeviceEvent): void {
  document.dispatchEvent(new CustomEvent('latchkey:pretend-device', { detail }))
}

function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: true })
}
