/** What can be told about this browser before anything is asked of it. */

/** Why there can be no prompt here, or null: no passkeys, no https, inside a frame that may not ask. */
export function obstacle(kind: 'create' | 'get' = 'get'): 'LK201' | 'LK202' | 'LK203' | null {
  // without a secure context browsers hide the interface, so that this comes first
  if (!globalThis.isSecureContext) return 'LK202'
  if (!('PublicKeyCredential' in globalThis) || !navigator.credentials) return 'LK201'
  return isFramed() && !frameMayAsk(kind) ? 'LK203' : null
}

const isFramed = (): boolean => globalThis.top !== globalThis.self

interface PolicyDocument {
  featurePolicy?: { allowsFeature(name: string): boolean }
}

function frameMayAsk(kind: 'create' | 'get'): boolean {
  const policy = (document as PolicyDocument).featurePolicy
  return policy?.allowsFeature(`publickey-credentials-${kind}`) ?? false
}

const IN_APP = /; wv\)|\bLine\/|Instagram|FBA[NV]\/|MicroMessenger/
const IOS = /iPhone|iPad|iPod/

/** A browser inside an app; only chooses words, never blocks. */
export function isInApp(userAgent: string = navigator.userAgent): boolean {
  return IN_APP.test(userAgent) || (IOS.test(userAgent) && /AppleWebKit/.test(userAgent) && !/Safari\//.test(userAgent))
}

/** A password manager's extension has put itself in the place of the browser's prompt. */
export function isReplaced(kind: 'create' | 'get'): boolean {
  const call: unknown = navigator.credentials?.[kind]
  return typeof call === 'function' && !Function.prototype.toString.call(call).includes('[native code]')
}

interface ClientHints {
  platform?: string
  getHighEntropyValues?(names: string[]): Promise<{ platformVersion?: string }>
}

let windows10 = false
/** Chromium tells the version of Windows: 0 is older, 1 to 10 are Windows 10, 13 and up Windows 11. */
export async function learnPlatform(): Promise<void> {
  const hints = (navigator as { userAgentData?: ClientHints }).userAgentData
  if (hints?.platform !== 'Windows') return
  const major = Number.parseInt((await hints.getHighEntropyValues?.(['platformVersion']).catch(() => undefined))?.platformVersion ?? '', 10)
  windows10 = major >= 1 && major <= 10
}
export const isWindows10 = (): boolean => windows10

interface Capabilities {
  getClientCapabilities?(): Promise<Record<string, boolean | undefined>>
  isConditionalMediationAvailable?(): Promise<boolean>
  isUserVerifyingPlatformAuthenticatorAvailable?(): Promise<boolean>
}
const statics = (): Capabilities => (globalThis as { PublicKeyCredential?: Capabilities }).PublicKeyCredential ?? {}

/** What the browser says about itself; an absent key means that it does not say. */
export async function capabilities(): Promise<Record<string, boolean | undefined>> {
  const known = (await quietly(() => statics().getClientCapabilities?.())) ?? {}
  return {
    ...known,
    conditionalGet: known.conditionalGet ?? (await quietly(() => statics().isConditionalMediationAvailable?.())),
    userVerifyingPlatformAuthenticator:
      known.userVerifyingPlatformAuthenticator ?? (await quietly(() => statics().isUserVerifyingPlatformAuthenticatorAvailable?.())),
    hybridTransport: known.hybridTransport ?? (await bluetooth()),
  }
}

async function bluetooth(): Promise<boolean | undefined> {
  const adapter = (navigator as { bluetooth?: { getAvailability(): Promise<boolean> } }).bluetooth
  return await quietly(() => adapter?.getAvailability())
}

async function quietly<T>(ask: () => Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await ask()
  } catch {
    return undefined
  }
}
