/**
 * Runs the checks of the page "Check this device" in the order of the page and moves its rows into groups. What each check means,
 * its texts and its minimum versions are on the page (they come from compat.json); this file only looks.
 * Order of trust: the real feature, what the browser says it can do, older questions, client hints, and last the user agent, which
 * only chooses words. Nothing is sent and nothing is stored.
 */

type State = 'ok' | 'fail' | 'unknown' | 'info'
type Level = 'block' | 'limits' | 'warn' | 'info'
interface Result {
  state: State
  /** Other words for the same check: `app`, `windows10`. */
  variant?: string
}
/** null: the check says nothing about this device, its row goes away. */
type Detector = (device: Device, min: Readonly<Record<string, number>>) => Result | null | Promise<Result | null>

export interface CheckedRow {
  id: string
  state: State
  level: Level
  code: string
}
export interface DeviceReport {
  verdict: Verdict
  rows: CheckedRow[]
  /** For support: what was found, in codes; no names, no addresses. */
  text: string
}
type Verdict = 'ready' | 'limits_device' | 'limits_phone' | 'limits_both' | 'not_here'

const OK: Result = { state: 'ok' }
const FAIL: Result = { state: 'fail' }
const UNKNOWN: Result = { state: 'unknown' }
const INFO: Result = { state: 'info' }

/** Every question is answered within this time, or counts as unknown. */
const PATIENCE_MS = 1500

interface UserAgentData {
  brands?: { brand: string; version: string }[]
  platform?: string
  getHighEntropyValues?(hints: string[]): Promise<{ platformVersion?: string }>
}

/** What can be known before any check: browser, system, and what the browser says it can do. */
interface Device {
  browser: string
  major: number
  /** Windows, macOS, iOS, Android, ChromeOS, Linux or empty. */
  system: string
  /** Of the system; null where the browser hides it. */
  systemMajor: number | null
  capabilities: Readonly<Record<string, boolean | undefined>>
  ua: string
}

const detectors: Readonly<Record<string, Detector>> = {
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

function hasPasskeys(): boolean {
  return typeof PublicKeyCredential === 'function' && typeof navigator.credentials?.get === 'function'
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

function inFrame(): boolean {
  try {
    return window.self !== window.top
  } catch {
    return true
  }
}

function frameAllows(): boolean {
  const policy = (document as Document & { featurePolicy?: { allowsFeature?(name: string): boolean } }).featurePolicy
  return policy?.allowsFeature?.('publickey-credentials-get') ?? false
}

/** Browsers inside other apps, by what they say of themselves; only a warning hangs on it. */
function inApp(ua: string): boolean {
  if (/; wv\)|\bLine\/|\bInstagram\b|\bFBA[NV]\b|\bMicroMessenger\b/.test(ua)) return true
  return /\b(?:iPhone|iPad)\b/.test(ua) && /AppleWebKit/.test(ua) && !/Safari\//.test(ua)
}

async function readDevice(): Promise<Device> {
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
async function within<T>(answer: Promise<T> | T | undefined): Promise<T | undefined> {
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

/** Words of the page in its language, from `data-lk-check-words`. */
interface Words {
  badges: Record<State, string>
  checking: string
  verdicts: Record<Verdict, { title: string; text: string }>
  copied: string
}

/**
 * Checks the device and puts the result on the page.
 * Hook for "Try it": a click on `[data-lk-try]` is not handled here; its value is the address of the options.
 */
export async function checkDevice(root: ParentNode = document): Promise<DeviceReport | null> {
  const board = root.querySelector<HTMLElement>('[data-lk-verdict]')
  const rows = [...root.querySelectorAll<HTMLElement>('[data-lk-check]')]
  if (board === null || rows.length === 0) return null
  const words = JSON.parse(board.dataset.lkCheckWords ?? '{}') as Words
  for (const row of rows) setBadge(row, words.checking, '')

  const device = await readDevice()
  const results = await Promise.all(rows.map(row => detect(row, device)))
  const checked: CheckedRow[] = []
  rows.forEach((row, i) => {
    const result = results[i]
    if (!result) row.remove()
    else checked.push(show(row, result, device, words, root))
  })
  for (const group of root.querySelectorAll<HTMLElement>('[data-lk-group]')) group.hidden = group.querySelector('[data-lk-check]') === null

  const verdict = judge(checked)
  showVerdict(board, verdict, words)
  const report = { verdict, rows: checked, text: reportText(verdict, checked, device) }
  wireReport(root, report.text, words)
  return report
}

async function detect(row: HTMLElement, device: Device): Promise<Result | null> {
  const shownOn = row.dataset.lkShownOn
  if (shownOn !== undefined && !shownOn.split(' ').some(name => name === device.system || name === device.browser)) return null
  const detector = detectors[row.dataset.lkCheck ?? '']
  if (!detector) return null
  const min = JSON.parse(row.dataset.lkMin ?? '{}') as Record<string, number>
  const answer = await within(Promise.resolve(detector(device, min)))
  return answer === undefined ? UNKNOWN : answer
}

function show(row: HTMLElement, result: Result, device: Device, words: Words, root: ParentNode): CheckedRow {
  const text = (part: string): string | undefined => {
    const value = (result.variant && row.getAttribute(`data-lk-${result.variant}-${part}`)) || row.getAttribute(`data-lk-${part}`)
    return value?.replace('{browser}', `${device.browser} ${device.major}`)
  }
  const level = (text('level') ?? 'info') as Level
  const note = row.querySelector<HTMLElement>('[data-lk-note]')
  const said = text(result.state === 'info' ? 'ok' : result.state) ?? text('ok')
  if (note && said) note.textContent = said
  const fix = row.querySelector<HTMLElement>('[data-lk-fix]')
  if (fix) {
    fix.hidden = result.state === 'ok'
    const variant = text('fix')
    if (variant) fix.textContent = variant
  }
  const hard = result.state === 'fail' && level === 'block'
  const quiet = result.state !== 'ok' && (level === 'info' || result.state === 'info')
  const tone =
    result.state === 'ok'
      ? level === 'info' && result.variant
        ? ''
        : 'ok'
      : hard
        ? 'bad'
        : quiet || result.state === 'unknown'
          ? ''
          : 'warn'
  const badge =
    result.state === 'fail' ? (quiet ? words.badges.info : (text('fail-badge') ?? words.badges.fail)) : words.badges[result.state]
  setBadge(row, badge, tone)
  row.querySelector('.lk-tile')?.classList.toggle(`lk-tile--${tone}`, tone === 'warn' || tone === 'bad')
  const group = result.state === 'ok' && tone === 'ok' ? 'working' : result.state === 'fail' && !quiet ? 'fix' : 'know'
  root.querySelector(`[data-lk-group="${group}"] ul`)?.append(row)
  return { id: row.dataset.lkCheck ?? '', state: result.state, level, code: text('code') ?? '' }
}

function setBadge(row: HTMLElement, words: string, tone: string): void {
  const badge = row.querySelector<HTMLElement>('[data-lk-result]')
  if (!badge) return
  badge.textContent = words
  badge.className = `lk-badge lk-end${tone === '' ? ' lk-badge--line' : ` lk-badge--${tone}`}`
  badge.hidden = false
}

/** The worst blocking check decides; warnings never do. */
function judge(rows: readonly CheckedRow[]): Verdict {
  const failed = rows.filter(row => row.state === 'fail')
  if (failed.some(row => row.level === 'block')) return 'not_here'
  const device = failed.some(row => row.id === 'screen_lock' || row.id === 'linux_desktop')
  const phone = failed.some(row => row.id === 'bluetooth')
  return device && phone ? 'limits_both' : device ? 'limits_device' : phone ? 'limits_phone' : 'ready'
}

function showVerdict(board: HTMLElement, verdict: Verdict, words: Words): void {
  const tone = verdict === 'ready' ? 'ok' : verdict === 'not_here' ? 'bad' : 'warn'
  const tile = board.querySelector<HTMLElement>('.lk-tile')
  if (tile) tile.className = `lk-tile lk-tile--l lk-tile--${tone}`
  const use = tile?.querySelector('use')
  const href = use?.getAttribute('href')
  if (use && href) use.setAttribute('href', href.replace(/#.*/, verdict === 'not_here' ? '#shield-alert' : '#shield-check'))
  const { title, text } = words.verdicts[verdict]
  const heading = board.querySelector('h2')
  const line = board.querySelector('[data-lk-verdict-text]')
  if (heading) heading.textContent = title
  if (line) line.textContent = text
  for (const button of board.querySelectorAll<HTMLElement>('[data-lk-try]')) button.hidden = verdict === 'not_here'
}

function wireReport(root: ParentNode, text: string, words: Words): void {
  const paper = root.querySelector<HTMLElement>('[data-lk-report]')
  if (paper) {
    paper.textContent = text
    paper.closest<HTMLElement>('[hidden]')?.removeAttribute('hidden')
  }
  for (const button of root.querySelectorAll<HTMLElement>('[data-lk-copy-report]')) {
    button.hidden = navigator.clipboard === undefined
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(text).catch(() => undefined)
      const status = document.querySelector('[data-lk-status]')
      if (status) status.textContent = words.copied
    })
  }
}

function reportText(verdict: Verdict, rows: readonly CheckedRow[], device: Device): string {
  const about = [device.browser && `${device.browser} ${device.major}`, device.system && `${device.system} ${device.systemMajor ?? '?'}`]
    .filter(Boolean)
    .join(', ')
  const lines = rows.map(row => `${row.id}: ${row.state}${row.state === 'fail' && row.code !== '' ? ` ${row.code}` : ''}`)
  return [`LK-check ${verdict} ${new Date().toISOString().slice(0, 16)}Z`, about, ...lines].join('\n')
}
