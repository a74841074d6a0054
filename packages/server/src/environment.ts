import { readFileSync } from 'node:fs'
import { ConfigError, type LatchkeyOptions, parseConfig } from './config.ts'
import { nearest } from './nearest.ts'

type Read = (text: string) => unknown
const asText: Read = text => text
const asList: Read = text =>
  text
    .split(',')
    .map(item => item.trim())
    .filter(Boolean)
/** What is no number is left as it is, for the judge of the option to say so. */
const asNumber: Read = text => (/^\d+$/.test(text) ? Number(text) : text)
const asSwitch: Read = text => (text === 'true' ? true : text === 'false' ? false : text)
/** `com.example.app=AB:CD:…,com.example.app=12:34:…`: one certificate each. */
const asAndroidApps: Read = text => {
  const apps = new Map<string, string[]>()
  for (const item of asList(text) as string[]) {
    const [name = '', fingerprint = ''] = item.split('=')
    apps.set(name, [...(apps.get(name) ?? []), fingerprint])
  }
  return [...apps].map(([name, fingerprints]) => ({ package: name, fingerprints }))
}
const lower: Read = text => text.toLowerCase()

/** Every name of the environment: which option it sets, and how its text is read. */
const NAMES: Readonly<Record<string, readonly [path: string, read: Read]>> = {
  LATCHKEY_PUBLIC_URL: ['publicUrl', asText],
  LATCHKEY_BASE_PATH: ['basePath', asText],
  LATCHKEY_MASTER_KEY: ['masterKey', asText],
  DATABASE_URL: ['database', asText],
  LATCHKEY_POSTGRES_POOL_SIZE: ['postgres.poolSize', asNumber],
  LATCHKEY_POSTGRES_PREPARE: ['postgres.prepare', asSwitch],
  LATCHKEY_RP_ID: ['rpId', asText],
  LATCHKEY_ORIGINS: ['origins', asList],
  LATCHKEY_ANDROID_APPS: ['apps.android', asAndroidApps],
  LATCHKEY_APPLE_APPS: ['apps.apple', asList],
  LATCHKEY_ALLOW_STRANDED: ['allowStranded', asSwitch],
  LATCHKEY_PRESET: ['policy.preset', asText],
  LATCHKEY_BRAND: ['brand.name', asText],
  LATCHKEY_LOGO_URL: ['brand.logoUrl', asText],
  LATCHKEY_SUPPORT_URL: ['brand.supportUrl', asText],
  LATCHKEY_PRIVACY_URL: ['brand.privacyUrl', asText],
  LATCHKEY_SMTP_URL: ['smtpUrl', asText],
  LATCHKEY_MAIL_FROM: ['mailFrom', asText],
  LATCHKEY_SMS_URL: ['sms.url', asText],
  LATCHKEY_SMS_ACCOUNT: ['sms.account', asText],
  LATCHKEY_SMS_TOKEN: ['sms.token', asText],
  LATCHKEY_SMS_FROM: ['sms.from', asText],
  LATCHKEY_SMS_COUNTRIES: ['sms.countries', asList],
  LATCHKEY_SMS_PER_DAY: ['sms.perDay', asNumber],
  LATCHKEY_TRUST_PROXY: ['trustProxy', asList],
  LATCHKEY_FORWARDED_HEADER: ['forwardedHeader', lower],
  LATCHKEY_DATA_DIR: ['dataDir', asText],
  LATCHKEY_LOG_LEVEL: ['logLevel', lower],
}

/** Names that belong to the project's own tests, and those that Kubernetes gives every pod beside a service called "latchkey". */
const NOT_OURS =
  /^LATCHKEY_(?:ALL_PAIRS|BROWSER|FUZZ_(?:MUTATIONS|SEED)|GAMES(?:_SEED)?|NEWEST|NO_BROWSER|TIMING_SAMPLES|W3C_VECTORS|SERVICE_(?:HOST|PORT)(?:_\w+)?|PORT_\d+_(?:TCP|UDP)(?:_\w+)?)$/
const isForeign = (name: string, value: string): boolean => NOT_OURS.test(name) || (name === 'LATCHKEY_PORT' && /^(?:tcp|udp):/.test(value))

/** What the command line may say in place of the environment. */
export interface StartFlags {
  port?: unknown
  publicUrl?: unknown
  database?: unknown
  demo?: unknown
  production?: unknown
}

export interface Settings {
  options: LatchkeyOptions
  port: number
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Options from the environment and the command line; the command line wins.
 *
 * @throws ConfigError with a line for everything that is wrong, under the name by which it was set
 * @example readSettings({}, { LATCHKEY_PUBLIC_URL: 'http://localhost:4400' }).options.publicUrl
 */
export function readSettings(flags: StartFlags, env: Environment): Settings {
  const problems: string[] = []
  const port = readPort(flags.port ?? (env.PORT || 4400), flags.port === undefined ? 'PORT' : '--port', problems)
  const options: Record<string, unknown> = {
    basePath: '/',
    publicUrl: `http://localhost:${port}`,
    logLevel: 'warn',
    production: flags.production === true || env.NODE_ENV === 'production',
  }
  for (const [name, [path, read]] of Object.entries(NAMES)) {
    const value = textOf(name, env, problems)
    if (value !== '') put(options, path, read(value))
  }
  for (const flag of FLAGS) if (flags[flag] !== undefined) options[flag] = flags[flag]
  problems.push(...unknownNames(env), ...judged(options, flags))
  if (problems.length > 0) throw new ConfigError(problems)
  return { options: options as unknown as LatchkeyOptions, port }
}

const FLAGS = ['publicUrl', 'database'] as const

/** What is wrong with the options, as the command line or the environment calls them. */
function judged(options: object, flags: StartFlags): string[] {
  try {
    parseConfig(options as LatchkeyOptions)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(problem => namedAsSet(problem, flags))
  }
}

function namedAsSet(problem: string, flags: StartFlags): string {
  const flag = FLAGS.find(name => flags[name] !== undefined && problem.startsWith(`${name} `))
  if (flag) return (flag === 'publicUrl' ? '--public-url' : '--database') + problem.slice(flag.length)
  const entry = Object.entries(NAMES).find(([, [path]]) => problem.startsWith(`${path} `) || problem.startsWith(`${path}[`))
  return entry ? entry[0] + problem.slice(entry[1][0].length) : problem
}

function readPort(value: unknown, name: string, problems: string[]): number {
  const port = /^\d+$/.test(String(value)) ? Number(value) : 0
  if (port >= 1 && port <= 65_535) return port
  problems.push(`${name} must be a number from 1 to 65535: ${value}`)
  return 4400
}

/** The value itself, or that of the file that `<name>_FILE` names, as container platforms hand in secrets; '' for none. */
function textOf(name: string, env: Environment, problems: string[]): string {
  const value = env[name]?.trim() ?? ''
  const file = env[`${name}_FILE`]?.trim() ?? ''
  if (file === '') return value
  if (value !== '') problems.push(`${name} and ${name}_FILE are both set: keep one of them`)
  try {
    const text = readFileSync(file, 'utf8').trim()
    if (text === '') problems.push(`${name}_FILE must name a file with the value in it: ${file} is empty`)
    return text
  } catch (error) {
    problems.push(`${name}_FILE must name a file that can be read: ${file} (${(error as NodeJS.ErrnoException).code})`)
    return ''
  }
}

function put(options: Record<string, unknown>, path: string, value: unknown): void {
  const [head = '', member] = path.split('.')
  options[head] = member === undefined ? value : { ...(options[head] as object | undefined), [member]: value }
}

const KNOWN = Object.keys(NAMES).flatMap(name => [name, `${name}_FILE`])

/** `PORT`, `NODE_ENV` and the like belong to everybody; what begins with our name has to be ours. */
const unknownNames = (env: Environment): string[] =>
  Object.entries(env)
    .filter(([name, value]) => /^LATCHKEY_/i.test(name) && !KNOWN.includes(name) && !isForeign(name, value ?? ''))
    .map(([name]) => `${name} is no setting; did you mean ${nearest(name, /_FILE$/i.test(name) ? KNOWN : Object.keys(NAMES))}?`)
