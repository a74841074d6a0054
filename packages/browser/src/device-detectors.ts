import { type Device, frameAllows, hasPasskeys, inApp, inFrame } from './device-facts.ts'

/**
 * Runs the checks of the page "Check this device" in the order of the page and moves its rows into groups. What each check means,
 * its texts and its minimum versions are on the page (they come from compat.json); this file only looks.
 * Order of trust: the real feature, what the browser says it can do, older questions, client hints, and last the user agent, which
 * only chooses words. Nothing is sent and nothing is stored.
 */

export type State = 'ok' | 'fail' | 'unknown' | 'info'
export interface Result {
  state: State
  /** Other words for the same check: `app`, `windows10`. */
  variant?: string
}
/** null: the check says nothing about this device, its row goes away. */
type Detector = (device: Device, min: Readonly<Record<string, number>>) => Result | null | Promise<Result | null>

const OK: Result = { state: 'ok' }
const FAIL: Result = { state: 'fail' }
export const UNKNOWN: Result = { state: 'unknown' }
const INFO: Result = { state: 'info' }

export const detectors: Readonly<Record<string, Detector>> = {
  javascript: () => OK,
  page_loaded: async () => {
    const sheet = document.querySelector<HTMLLinkElement>('link[rel="stylesheet"]')
    if (sheet === null || sheet.sheet === null) return navigator.onLine ? FAIL : UNKNOWN
    try {
      return (await fetch(sheet.href, { method: 'HEAD', cache: 'no-store' })).ok ? OK : UNKNOWN
    } catch {
      return navigator.onLine ? FAIL : UNKNOWN
    }
  },
  secure_context: () => (isSecureContext ? OK : FAIL),
  browser_support: () => (hasPasskeys() ? OK : FAIL),
  own_tab: device => {
    if (inFrame()) return frameAllows() ? OK : FAIL
    return inApp(device.ua) ? { state: 'fail', variant: 'app' } : OK
  },
  chrome_version: oldEnough,
  safari_version: oldEnough,
  firefox_version: oldEnough,
  windows_version: ({ systemMajor }) => {
    if (systemMajor === null) return UNKNOWN
    if (systemMajor < 10) return FAIL
    return systemMajor === 10 ? { state: 'ok', variant: 'windows10' } : OK
  },
  macos_version: systemVersion('macOS'),
  chromeos_version: (device, min) => (device.major >= (min.ChromeOS ?? 0) ? OK : FAIL),
  ios_version: systemVersion('iOS'),
  android_version: systemVersion('Android'),
  screen_lock: device => screenLock(device),
  bluetooth: async ({ capabilities, system }) => {
    // a phone is itself the phone
    if (system === 'iOS' || system === 'Android') return null
    if (capabilities.hybridTransport === false) return FAIL
    const bluetooth = (navigator as Navigator & { bluetooth?: { getAvailability?(): Promise<boolean> } }).bluetooth
    const available = await bluetooth?.getAvailability?.().catch(() => undefined)
    if (available === false) return FAIL
    return capabilities.hybridTransport === true || available === true ? OK : UNKNOWN
  },
  icloud_keychain: () => INFO,
  google_password_manager: () => INFO,
  private_window: () => INFO,
  autofill: async ({ capabilities }) => {
    if (!hasPasskeys()) return null
    const said = capabilities.conditionalGet
    if (said !== undefined) return said ? OK : FAIL
    const ask = (PublicKeyCredential as Partial<typeof PublicKeyCredential>).isConditionalMediationAvailable
    return ask === undefined ? FAIL : (await ask.call(PublicKeyCredential)) ? OK : FAIL
  },
  silent_creation: ({ capabilities }) => (hasPasskeys() ? (capabilities.conditionalCreate ? OK : UNKNOWN) : null),
  // the capability is not asked: one browser claims what it does not have
  clean_up: () => (hasPasskeys() ? ('signalUnknownCredential' in PublicKeyCredential ? OK : FAIL) : null),
  chooser_hints: ({ browser, major }, min) => (hasPasskeys() ? (major >= (min[browser] ?? Number.POSITIVE_INFINITY) ? OK : FAIL) : null),
  extension: () => {
    if (!hasPasskeys()) return null
    return Function.prototype.toString.call(navigator.credentials.get).includes('[native code]') ? OK : FAIL
  },
  security_key: () => (hasPasskeys() ? OK : null),
  linux_desktop: async device => ((await screenLock(device)).state === 'ok' ? OK : FAIL),
}

async function screenLock({ capabilities }: Device): Promise<Result> {
  if (!hasPasskeys()) return FAIL
  const said = capabilities.userVerifyingPlatformAuthenticator
  if (said !== undefined) return said ? OK : FAIL
  const ask = (PublicKeyCredential as Partial<typeof PublicKeyCredential>).isUserVerifyingPlatformAuthenticatorAvailable
  return ask === undefined ? UNKNOWN : (await ask.call(PublicKeyCredential)) ? OK : FAIL
}

function oldEnough({ browser, major }: Device, min: Readonly<Record<string, number>>): Result {
  return major >= (min[browser] ?? 0) ? OK : FAIL
}

function systemVersion(system: string): Detector {
  return (device, min) => (device.systemMajor === null ? UNKNOWN : device.systemMajor >= (min[system] ?? 0) ? OK : FAIL)
}
