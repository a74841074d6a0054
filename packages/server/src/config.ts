import { isIP } from 'node:net'
import { type Policy, PRESETS } from './domain/policy.ts'
import type { ActionOptions, Brand, DevelopmentPages, ForwardedHeader, LatchkeyOptions } from './options.ts'
import { isLoopback, judgeOptions, readBasePath, readOrigin } from './settings.ts'

export type { ActionOptions, Brand, BrandColors, DevelopmentPages, Flood, ForwardedHeader, LatchkeyOptions } from './options.ts'

export interface Config {
  publicUrl: URL
  origin: string
  host: string
  basePath: string
  development: boolean
  secureCookies: boolean
  cookieSuffix: string
  database: { engine: 'sqlite'; file: string } | { engine: 'postgres'; url: string }
  postgres: NonNullable<LatchkeyOptions['postgres']>
  dataDir: string
  masterKey: string | null
  rp: { id: string; name: string; origins: string[]; topOrigins: string[] }
  apps: { android: { package: string; fingerprints: string[] }[]; apple: string[] }
  /** Starts although settings strand somebody. */
  allowStranded: boolean
  policy: Policy
  actions: Record<string, ActionOptions>
  brand: Brand
  smtpUrl: string | null
  mailFrom: string
  sendMessage: LatchkeyOptions['sendMessage'] | null
  sms: LatchkeyOptions['sms'] | null
  onFlood: LatchkeyOptions['onFlood'] | null
  trustProxy: string[]
  forwardedHeader: ForwardedHeader
  limitFactor: number
  logLevel: string
  locate: ((ip: string) => string | null) | null
  developmentPages: DevelopmentPages | null
}

/** What is wrong with the options, one line each; `latchkey start` prints them and exits with 1. */
export class ConfigError extends Error {
  readonly problems: string[]
  constructor(problems: string[]) {
    super(problems.join('\n'))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** One policy hour in development: 24 h take 2 minutes, 72 h take 6. */
const DEVELOPMENT_HOUR_MS = 5_000

/**
 * Parses options once, at start, into values that the rest of the code can trust.
 *
 * @throws ConfigError with one line per mistake
 * @example parseConfig({ publicUrl: 'http://localhost:4400' }).development // true
 */
export function parseConfig(given: LatchkeyOptions): Config {
  const options = judged(given)
  const url = new URL(options.publicUrl)
  const development = isDevelopment(options, url)
  const rpId = options.rpId?.toLowerCase() ?? url.hostname
  const database = readDatabase(options.database ?? 'sqlite:./data/latchkey.db')
  const policy = parsePolicy(options, development)
  const brand: Brand = { name: 'Latchkey', ...options.brand }
  return {
    publicUrl: url,
    origin: url.origin,
    host: url.host,
    basePath: readBasePath(options.basePath ?? '/') ?? '',
    development,
    secureCookies: url.protocol === 'https:',
    cookieSuffix: url.protocol === 'https:' ? '' : `_${url.port || '80'}`,
    database,
    postgres: options.postgres ?? {},
    dataDir: options.dataDir ?? (database.engine === 'sqlite' ? directoryOf(database.file) : './data'),
    masterKey: options.masterKey?.trim() ?? null,
    rp: {
      id: rpId,
      name: brand.name,
      origins: canonical([...(options.origins ?? [url.origin]), ...androidOrigins(options.apps)]),
      topOrigins: canonical(options.topOrigins ?? []),
    },
    apps: { android: (options.apps?.android ?? []).map(upperCase), apple: options.apps?.apple ?? [] },
    allowStranded: options.allowStranded ?? false,
    policy,
    actions: options.actions ?? {},
    brand,
    smtpUrl: options.smtpUrl ?? null,
    mailFrom: options.mailFrom ?? `no-reply@${url.hostname}`,
    sendMessage: options.sendMessage ?? null,
    sms: options.sms ?? null,
    onFlood: options.onFlood ?? null,
    trustProxy: options.trustProxy ?? [],
    forwardedHeader: options.forwardedHeader ?? 'x-forwarded-for',
    limitFactor: options.limitFactor ?? (development ? 100 : 1),
    logLevel: options.logLevel ?? 'info',
    locate: options.locate ?? null,
    developmentPages: development ? (options.developmentPages ?? null) : null,
  }
}

/** Development is loopback http, unless production is asked for. */
const isDevelopment = (options: LatchkeyOptions, url: URL): boolean =>
  url.protocol === 'http:' && isLoopback(url.hostname) && options.production !== true

/** The options without those that are empty, which count as left out. @throws ConfigError with a line for each that is wrong */
function judged(given: LatchkeyOptions): LatchkeyOptions {
  const entries = Object.entries(given).filter(([, value]) => value !== '' && value !== undefined && value !== null)
  const options = Object.fromEntries(entries) as unknown as LatchkeyOptions
  const problems = judgeOptions(options)
  problems.push(...missingGateway(options))
  if (!options.publicUrl) problems.unshift('publicUrl is missing: the address people type, e.g. https://accounts.example.com')
  const wrong = (name: string): boolean => problems.some(line => line.startsWith(`${name} `))
  if (!wrong('publicUrl')) {
    const url = new URL(options.publicUrl)
    if (!wrong('rpId')) problems.push(...judgeRpId(options.rpId?.toLowerCase() ?? url.hostname, url))
    if (!isDevelopment(options, url)) problems.push(...missingInProduction(options, url))
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return options
}

function judgeRpId(rpId: string, url: URL): string[] {
  if (isIP(rpId.replace(/^\[|\]$/g, '')) !== 0)
    return [`publicUrl must name a host, such as localhost: an IP address (${rpId}) can't be an RP ID`]
  return url.hostname === rpId || url.hostname.endsWith(`.${rpId}`) ? [] : [`rpId must be the host of publicUrl or a parent of it: ${rpId}`]
}

type AndroidApp = Config['apps']['android'][number]

const upperCase = (app: AndroidApp): AndroidApp => ({ ...app, fingerprints: app.fingerprints.map(one => one.toUpperCase()) })

/** An Android app speaks for itself by the hash of the certificate that signed it. */
const androidOrigins = (apps: LatchkeyOptions['apps']): string[] =>
  (apps?.android ?? []).flatMap(({ fingerprints }) =>
    fingerprints.map(one => `android:apk-key-hash:${Buffer.from(one.replaceAll(':', ''), 'hex').toString('base64url')}`),
  )

const canonical = (origins: readonly string[]): string[] => [...new Set(origins.flatMap(one => readOrigin(one) ?? []))]

function readDatabase(text: string): Config['database'] {
  if (/^postgres(ql)?:\/\//.test(text)) return { engine: 'postgres', url: text }
  return { engine: 'sqlite', file: text.replace(/^sqlite:(\/\/)?/, '') }
}

function parsePolicy(options: LatchkeyOptions, development: boolean): Policy {
  const hostMovesMoney = Object.keys(options.actions ?? {}).length > 0
  const { preset = development || hostMovesMoney ? 'exchange' : 'product', ...own } = options.policy ?? {}
  const shortened = development ? { hourMs: DEVELOPMENT_HOUR_MS } : {}
  const { onAnomaly } = PRESETS[preset]
  return { ...PRESETS[preset], ...shortened, ...own, onAnomaly: { ...onAnomaly, ...own.onAnomaly } }
}

/** Who carries text messages: a gateway with all that it asks for, or the host. */
const missingGateway = ({ sms, sendMessage }: LatchkeyOptions): string[] =>
  sms && !sendMessage ? (['url', 'account', 'token', 'from'] as const).filter(name => !sms[name]).map(name => `sms.${name} is missing`) : []

function missingInProduction(options: LatchkeyOptions, url: URL): string[] {
  const missing: string[] = []
  if (url.protocol !== 'https:' && !isLoopback(url.hostname)) missing.push(`publicUrl must be https in production: ${url.origin}`)
  if (!options.masterKey) missing.push('LATCHKEY_MASTER_KEY is missing: 32 random bytes in base64, e.g. from `latchkey keys`.')
  if (!options.smtpUrl && !options.sendMessage) missing.push('LATCHKEY_SMTP_URL is missing: smtp://user:password@host:587.')
  return missing
}

const directoryOf = (file: string): string => file.replace(/[^/\\]*$/, '') || '.'
