/** Every question is answered within this time, or counts as unknown. */
const PATIENCE_MS = 1500

interface UserAgentData {
  brands?: { brand: string; version: string }[]
  platform?: string
  getHighEntropyValues?(hints: string[]): Promise<{ platformVersion?: string }>
}

/** What can be known before any check: browser, system, and what the browser says it can do. */
export interface Device {
  browser: string
  major: number
  /** Windows, macOS, iOS, Android, ChromeOS, Linux or empty. */
  system: string
  /** Of the system; null where the browser hides it. */
  systemMajor: number | null
  capabilities: Readonly<Record<string, boolean | undefined>>
  ua: string
}

export function hasPasskeys(): boolean {
  return typeof PublicKeyCredential === 'function' && typeof navigator.credentials?.get === 'function'
}

export function inFrame(): boolean {
  try {
    return window.self !== window.top
  } catch {
    return true
  }
}

export function frameAllows(): boolean {
  const policy = (document as Document & { featurePolicy?: { allowsFeature?(name: string): boolean } }).featurePolicy
  return policy?.allowsFeature?.('publickey-credentials-get') ?? false
}

/** Browsers inside other apps, by what they say of themselves; only a warning hangs on it. */
export function inApp(ua: string): boolean {
  if (/; wv\)|\bLine\/|\bInstagram\b|\bFBA[NV]\b|\bMicroMessenger\b/.test(ua)) return true
  return /\b(?:iPhone|iPad)\b/.test(ua) && /AppleWebKit/.test(ua) && !/Safari\//.test(ua)
}

export async function readDevice(): Promise<Device> {
  const ua = navigator.userAgent
  const data = (navigator as Navigator & { userAgentData?: UserAgentData }).userAgentData
  const { browser, major } = readBrowser(ua, data)
  const system = readSystem(ua)
  const hinted = await within(data?.getHighEntropyValues?.(['platformVersion']))
  return {
    browser,
    major,
    system,
    systemMajor: readSystemMajor(system, ua, hinted?.platformVersion),
    capabilities: await readCapabilities(),
    ua,
  }
}

const BRANDS: readonly [string, string][] = [
  ['Microsoft Edge', 'Edge'],
  ['Google Chrome', 'Chrome'],
  ['Chromium', 'Chrome'],
]
const TOKENS: readonly [RegExp, string][] = [
  [/\b(?:Edg|EdgA|EdgiOS)\/(\d+)/, 'Edge'],
  [/\b(?:OPR|OPiOS|OPT)\/(\d+)/, 'Opera'],
  [/\bSamsungBrowser\/(\d+)/, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\/(\d+)/, 'Firefox'],
  [/\b(?:Chrome|HeadlessChrome|CriOS)\/(\d+)/, 'Chrome'],
  [/\bVersion\/(\d+)[\d.]* (?:Mobile\/\w+ )?Safari\//, 'Safari'],
]

function readBrowser(ua: string, data: UserAgentData | undefined): { browser: string; major: number } {
  for (const [brand, browser] of BRANDS) {
    const found = data?.brands?.find(b => b.brand === brand)
    if (found) return { browser, major: Number.parseInt(found.version, 10) || 0 }
  }
  for (const [token, browser] of TOKENS) {
    const found = token.exec(ua)
    if (found) return { browser, major: Number(found[1]) }
  }
  return { browser: '', major: 0 }
}

function readSystem(ua: string): string {
  // an iPad that asks for desktop pages says Macintosh, but has fingers on it
  if (/\b(?:iPhone|iPad|iPod)\b/.test(ua) || (/\bMacintosh\b/.test(ua) && navigator.maxTouchPoints > 1)) return 'iOS'
  if (/\bAndroid\b/.test(ua)) return 'Android'
  if (/\bCrOS\b/.test(ua)) return 'ChromeOS'
  if (/\bWindows\b/.test(ua)) return 'Windows'
  if (/\bMacintosh\b/.test(ua)) return 'macOS'
  return /\bLinux\b|\bX11\b/.test(ua) ? 'Linux' : ''
}

/** Client hints number Windows in their own way: 0 is older than 10, 1 to 10 is Windows 10, 13 and more is 11. */
const HINT_WINDOWS_11 = 13
/** User agents of Apple systems are frozen; Safari 16 came with iOS 16 and macOS 13. */
const SAFARI_TO_MACOS = -3

function readSystemMajor(system: string, ua: string, hint: string | undefined): number | null {
  const hinted = hint === undefined || hint === '' ? Number.NaN : Number.parseInt(hint, 10)
  const number = (pattern: RegExp, offset = 0): number | null => {
    const found = pattern.exec(ua)
    return found ? Number(found[1]) + offset : null
  }
  switch (system) {
    case 'Windows':
      if (!Number.isNaN(hinted)) return hinted >= HINT_WINDOWS_11 ? 11 : hinted >= 1 ? 10 : 8
      return /Windows NT 10/.test(ua) ? 11 : /Windows NT [1-9]\./.test(ua) ? 8 : null
    case 'macOS':
      return Number.isNaN(hinted) ? number(/\bVersion\/(\d+)/, SAFARI_TO_MACOS) : hinted
    case 'iOS':
      return number(/\bOS (\d+)_/) ?? number(/\bVersion\/(\d+)/)
    case 'Android':
      return Number.isNaN(hinted) ? number(/\bAndroid (\d+)/) : hinted
    default:
      return null
  }
}

async function readCapabilities(): Promise<Device['capabilities']> {
  if (!hasPasskeys()) return {}
  const ask = (PublicKeyCredential as { getClientCapabilities?(): Promise<Record<string, boolean>> }).getClientCapabilities
  return (await within(ask?.call(PublicKeyCredential))) ?? {}
}

/** The answer, or undefined when it fails or takes too long. */
export async function within<T>(answer: Promise<T> | T | undefined): Promise<T | undefined> {
  let timer = 0
  const late = new Promise<undefined>(resolve => {
    timer = window.setTimeout(resolve, PATIENCE_MS)
  })
  try {
    return await Promise.race([answer, late])
  } catch {
    return undefined
  } finally {
    window.clearTimeout(timer)
  }
}
