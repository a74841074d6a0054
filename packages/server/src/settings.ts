import { isIP, isIPv4 } from 'node:net'
import { isPrintable } from '@latchkey/browser/text'
import { ANOMALIES, REACTIONS, type Reactions } from './domain/anomalies.ts'
import { isDecimal } from './domain/decimal.ts'
import { cutLetters } from './domain/letters.ts'
import { isOperation, type Policy, PRESETS, type PresetName } from './domain/policy.ts'
import { canonicalAddress } from './limits/ip-prefix.ts'
import { readMasterKeys } from './master-key.ts'
import { nearest } from './nearest.ts'
import type { ActionOptions, Brand, BrandColors, DevelopmentPages, LatchkeyOptions } from './options.ts'
import { parseUrl } from './parse-url.ts'

/** Looks at one value and says in lines what is wrong with it: path of the setting, what was expected, what stood there. */
type Judge = (path: string, value: unknown) => string[]

/** What stood there, on one line, without the password of an address. */
const quoted = (value: unknown): string => {
  const raw = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  const text = raw.replace(/\p{Cc}+/gu, ' ').replace(/\/\/[^/@]*@/g, '//…@')
  return text.length > 80 ? `${cutLetters(text, 80)}…` : text
}

const must = (expected: string, holds: (value: unknown) => boolean): Judge => {
  return (path, value) => (holds(value) ? [] : [`${path} must be ${expected}: ${quoted(value)}`])
}
/** As `must`, for what may not stand in a log. */
const secret = (expected: string, holds: (text: string) => boolean): Judge => {
  return (path, value) => (typeof value === 'string' && holds(value) ? [] : [`${path} must be ${expected} (its value is not shown)`])
}
const text = (expected: string, holds: (text: string) => boolean): Judge =>
  must(expected, value => typeof value === 'string' && holds(value))
const oneOf = (...values: string[]): Judge => text(values.join(', '), value => values.includes(value))

/**
 * An object with these members, all of them optional but those named; another one is refused with the nearest. With its type named, a
 * member that nobody judges is an error of the compiler.
 */
const shape = <T = Record<string, unknown>>(members: Record<keyof T & string, Judge>, needed: readonly string[] = []): Judge => {
  return (path, value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} must be an object: ${quoted(value)}`]
    const prefix = path === '' ? '' : `${path}.`
    const given = Object.entries(value).filter(([, one]) => one !== undefined)
    const missing = needed.filter(name => !given.some(([key]) => key === name)).map(name => `${prefix}${name} is missing`)
    return [...given.flatMap(([key, one]) => member(members, prefix, key)(`${prefix}${key}`, one)), ...missing]
  }
}
const member = (members: Record<string, Judge>, prefix: string, key: string): Judge =>
  (Object.hasOwn(members, key) ? members[key] : undefined) ??
  (path => [`${path} is no option; did you mean ${prefix}${nearest(key, Object.keys(members))}?`])

const each = (judge: Judge, needed = 0): Judge => {
  return (path, value) => {
    if (!Array.isArray(value)) return [`${path} must be a list: ${quoted(value)}`]
    if (value.length < needed) return [`${path} must not be an empty list`]
    return value.flatMap((one, i) => judge(`${path}[${i}]`, one))
  }
}
const named = (judge: Judge): Judge => {
  return (path, value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).flatMap(([key, one]) => judge(`${path}.${key}`, one))
      : [`${path} must be an object: ${quoted(value)}`]
}
const all = (...judges: Judge[]): Judge => {
  return (path, value) => judges.reduce<string[]>((found, judge) => (found.length > 0 ? found : judge(path, value)), [])
}

const boolean = must('true or false', value => typeof value === 'boolean')
const callable = must('a function', value => typeof value === 'function')
const number = (least: number): Judge =>
  must(`a number, ${least} or more`, value => typeof value === 'number' && Number.isFinite(value) && value >= least)
const whole = (least: number): Judge =>
  must(`a whole number, ${least} or more`, value => Number.isSafeInteger(value) && (value as number) >= least)
const above = must('a number above 0', value => typeof value === 'number' && Number.isFinite(value) && value > 0)
/** One line that people read: the brand, titles, labels. */
const words = text('a text of one line that can be seen', value => value.trim() !== '' && isPrintable(value))

/** A control or an invisible character inside of an address is nobody's wish, and the parser would drop it without a word. */
const parsed = (value: string): URL | null => (isPrintable(value.trim()) ? parseUrl(value) : null)
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '127.0.0.1' || host === '[::1]' || host.endsWith('.localhost')
const HOST = /^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/
const isHost = (host: string): boolean => HOST.test(host) || isIP(host.replace(/^\[|\]$/g, '')) !== 0
const isHttp = (url: URL | null): url is URL => url !== null && (url.protocol === 'https:' || url.protocol === 'http:')
/** Nothing but scheme, host and port; a slash behind them says the same. */
const isBare = (url: URL): boolean =>
  url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === ''

/** The canonical origin of what a setting names; null for what is none. An Android app's origin is its certificate's hash. */
export function readOrigin(value: string): string | null {
  if (/^android:apk-key-hash:[\w-]{43}$/.test(value)) return value
  const url = parsed(value)
  if (!isHttp(url) || !isBare(url) || !isHost(url.hostname) || !/^https?:\/\//i.test(value.trim()) || /[?#*]/.test(value)) return null
  return url.protocol === 'https:' || isLoopback(url.hostname) ? url.origin : null
}
const origin = text('an origin such as https://accounts.example.com', value => readOrigin(value) !== null)

const publicUrl = all(
  text('a URL that starts with https:// or http://', value => isHttp(parsed(value)) && /^https?:\/\//i.test(value.trim())),
  text('an origin without path, query or password; a path goes into basePath', value => isBare(new URL(value)) && !/[?#]/.test(value)),
  text('the address of one host', value => isHost(new URL(value).hostname)),
)

/** A path of the same origin, or an address on the web: nothing that runs, nothing that opens a program. */
const link = text('an http(s) URL, or a path that starts with one slash', value =>
  value.startsWith('/') ? isPrintable(value) && !/^\/[/\\]|[\s\\]/.test(value) : isHttp(parsed(value)) && /^https?:\/\//i.test(value),
)

const SEGMENT = /^[\w~-][\w.~-]*$/
/** The base path as it stands in addresses, '' for the root; null for what is no path. */
export function readBasePath(value: string): string | null {
  const segments = value.replace(/^\/|\/$/g, '').split('/')
  if (value === '' || value === '/') return ''
  return segments.every(segment => SEGMENT.test(segment)) ? `/${segments.join('/')}` : null
}

const isRpId = (value: string): boolean =>
  HOST.test(value.toLowerCase()) && (value.includes('.') || value === 'localhost') && isIP(value) === 0

/** An address or CIDR block of some proxies, not of the whole internet. */
function isProxyBlock(value: string): boolean {
  const [address = '', bits, ...rest] = value.split('/')
  if (isIP(address) === 0 || address.includes('%') || rest.length > 0) return false
  // in any spelling a block of IPv4-mapped addresses is one of IPv4
  const least = isIPv4(canonicalAddress(address) ?? '') && !isIPv4(address) ? 97 : 1
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= least && Number(bits) <= (isIPv4(address) ? 32 : 128))
}

/** Where a `#`, `/` or `%` of a password stands as it is, what follows is read as something else than it: the host would be the user. */
function isLogin(url: URL): boolean {
  if (url.hash !== '' || url.pathname.includes('@')) return false
  try {
    decodeURIComponent(url.username + url.password)
    return true
  } catch {
    return false
  }
}

function isDatabase(value: string): boolean {
  const url = parsed(value)
  if (/^postgres(ql)?:\/\//.test(value)) return url !== null && isLogin(url)
  if (/\p{Cc}/u.test(value)) return false
  return value.startsWith('sqlite:') ? value.replace(/^sqlite:(\/\/)?/, '').trim() !== '' : !/^[a-z][a-z\d+.-]+:/i.test(value)
}

const smtp = (value: string): boolean => {
  const url = parsed(value)
  return url !== null && /^smtps?:$/.test(url.protocol) && url.hostname !== '' && isLogin(url) && !/[^/]/.test(url.pathname)
}
const ADDRESS = /^[^\s@<>",;]+@[^\s@<>",;]+$/
const isSender = (value: string): boolean => isPrintable(value) && ADDRESS.test(/^[^<>]*<([^<>]+)>$/.exec(value)?.[1] ?? value)

const policyValue = (value: unknown): Judge[] => (typeof value === 'boolean' ? [boolean] : typeof value === 'number' ? [number(0)] : [])
const policy = shape<Policy & { preset: PresetName }>({
  ...(Object.fromEntries(
    Object.entries(PRESETS.product).flatMap(([key, value]) => policyValue(value).map(judge => [key, judge])),
  ) as Record<keyof Policy, Judge>),
  preset: oneOf(...Object.keys(PRESETS)),
  secondStep: oneOf('offered', 'demanded'),
  recoveryCodes: oneOf('offered', 'asked', 'demanded'),
  attestation: oneOf('none', 'record'),
  // it would count as a way in, and no page takes an e-mail code as the first step
  emailSignIn: must('false: no page signs in by an e-mail code alone', value => value === false),
  pauseOn: each(text("'two_steps' or an operation of the policy table", value => value === 'two_steps' || isOperation(value))),
  onAnomaly: shape<Reactions>(
    Object.fromEntries(Object.keys(ANOMALIES).map(name => [name, oneOf(...REACTIONS)])) as Record<keyof Reactions, Judge>,
  ),
  hourMs: above,
  waitFactor: number(1),
  sessionMaxMs: above,
  sessionIdleMs: above,
  maxPasskeys: whole(1),
})

const FIELDS = ['addressField', 'amountField', 'assetField', 'networkField', 'memoField']
const action = all(
  shape<ActionOptions>(
    {
      title: words,
      verb: words,
      labels: all(
        named(words),
        must('labels of at least one member', value => Object.keys(value as object).length > 0),
      ),
      withoutPasskey: shape<NonNullable<ActionOptions['withoutPasskey']>>(
        { field: words, limit: text('a decimal number as text', isDecimal), unit: words },
        ['field', 'limit', 'unit'],
      ),
      addressBook: boolean,
      addressField: words,
      amountField: words,
      assetField: words,
      networkField: words,
      memoField: words,
    },
    ['title', 'labels'],
  ),
  (path, value) => unlabelled(path, value as Record<string, unknown>),
)

/** What an action names has to be among the members that are shown, else nobody sees what is signed. */
function unlabelled(path: string, value: Record<string, unknown>): string[] {
  const labels = Object.keys(value.labels as object)
  const names = [
    ...FIELDS.map(field => [field, value[field]]),
    ['withoutPasskey.field', (value.withoutPasskey as { field?: string })?.field],
  ]
  return names
    .filter(([, name]) => name !== undefined && !labels.includes(name as string))
    .map(([field, name]) => `${path}.${field} must be one of labels (${labels.join(', ')}): ${name}`)
}

const color = text('a colour, #rgb or #rrggbb', value => /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(value))
const brand = shape<Brand>({
  name: words,
  product: words,
  logoUrl: link,
  supportUrl: link,
  privacyUrl: link,
  homeUrl: link,
  colors: shape<BrandColors>({
    accent: color,
    fill: color,
    fillHover: color,
    onAccent: color,
    accentDark: color,
    fillDark: color,
    fillHoverDark: color,
  }),
})

const sms = shape<NonNullable<LatchkeyOptions['sms']>>(
  {
    url: text('an https URL, or http on loopback', value => {
      const url = parsed(value)
      return isHttp(url) && (url.protocol === 'https:' || isLoopback(url.hostname))
    }),
    account: words,
    token: secret('the token of the gateway', value => value.trim() !== ''),
    from: words,
    countries: each(
      text('a dialling prefix such as +34', value => /^\+?[1-9]\d{0,8}$/.test(value)),
      1,
    ),
    perDay: whole(0),
  },
  ['countries'],
)

const apps = shape<NonNullable<LatchkeyOptions['apps']>>({
  android: each(
    shape<NonNullable<NonNullable<LatchkeyOptions['apps']>['android']>[number]>(
      {
        package: text('the name of an Android package such as com.example.app', value => /^[a-z]\w*(\.[a-z]\w*)+$/i.test(value)),
        fingerprints: each(
          text('a SHA-256 fingerprint, 32 bytes: AB:CD:…', value => /^[0-9a-f]{2}(:[0-9a-f]{2}){31}$/i.test(value)),
          1,
        ),
      },
      ['package', 'fingerprints'],
    ),
  ),
  apple: each(text('a team and a bundle such as ABCDE12345.com.example.app', value => /^[A-Z0-9]{10}\.[\w-]+(\.[\w-]+)+$/.test(value))),
})

/** Says what is wrong with one key or several, and shows none. */
const masterKey: Judge = (path, value) => {
  const wrong = typeof value === 'string' ? readMasterKeys(value) : 'must be a text'
  return typeof wrong === 'string' ? [`${path} ${wrong} (its value is not shown)`] : []
}

/** Every option of `createLatchkey` with what it may be; another name is refused. */
const options = shape<LatchkeyOptions>({
  publicUrl,
  production: boolean,
  basePath: text('a path such as /auth', value => readBasePath(value) !== null),
  database: secret('sqlite:<file> or postgres://user:password@host:port/database, special characters percent-encoded', isDatabase),
  postgres: shape<NonNullable<LatchkeyOptions['postgres']>>({ poolSize: whole(1), prepare: boolean }),
  masterKey,
  rpId: text('a domain such as example.com', isRpId),
  origins: each(origin, 1),
  apps,
  allowStranded: boolean,
  topOrigins: each(origin),
  policy,
  actions: named(action),
  brand,
  sendMessage: callable,
  smtpUrl: secret('smtp://user:password@host:587, or smtps://', smtp),
  mailFrom: text('an e-mail address', isSender),
  sms,
  onFlood: callable,
  trustProxy: each(text('an IP address or a CIDR block of your proxies', isProxyBlock)),
  forwardedHeader: oneOf('x-forwarded-for', 'forwarded'),
  dataDir: words,
  now: callable,
  clientIp: callable,
  logLevel: oneOf('silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'),
  limitFactor: above,
  developmentPages: shape<DevelopmentPages>(
    { demoUrl: (path, value) => (value === null ? [] : link(path, value)), onSampleReset: callable },
    ['demoUrl'],
  ),
  locate: callable,
})

/**
 * Judges the options one by one, names and values.
 *
 * @returns a line for each that is wrong, its path first: `brand.logoUrl must be an http(s) URL, …`; secrets are not repeated
 * @example judgeOptions({ publicUrl: 'accounts.example.com' }).length // 1
 */
export const judgeOptions = (given: object): string[] => options('', given)
