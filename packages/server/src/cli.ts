#!/usr/bin/env node
import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cac } from 'cac'
import { ConfigError, type LatchkeyOptions } from './config.ts'

const OLDEST_NODE = [20, 19]

/** Ends with one clear line and exit code 1. */
function fail(...lines: string[]): never {
  for (const line of lines) console.error(`latchkey: ${line}`)
  process.exit(1)
}

function checkNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const tooOld = major < OLDEST_NODE[0]! || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]!)
  if (tooOld) fail(`Node ${process.versions.node} is too old: Latchkey needs ${OLDEST_NODE.join('.')} or later.`)
}

interface StartFlags {
  port?: string | number
  publicUrl?: string
  database?: string
  demo?: string
  production?: boolean
}

/** Options from the environment and the command line; the command line wins. */
function readOptions(flags: StartFlags): LatchkeyOptions & { port: number } {
  const { env } = process
  const port = Number(flags.port ?? env.PORT ?? 4400)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) fail(`--port must be a number from 1 to 65535: ${flags.port ?? env.PORT}`)
  const sms = env.LATCHKEY_SMS_URL
    ? {
        url: env.LATCHKEY_SMS_URL,
        account: env.LATCHKEY_SMS_ACCOUNT ?? '',
        token: env.LATCHKEY_SMS_TOKEN ?? '',
        from: env.LATCHKEY_SMS_FROM ?? '',
        countries: list(env.LATCHKEY_SMS_COUNTRIES),
        ...optional('perDay', readPerDay(env.LATCHKEY_SMS_PER_DAY)),
      }
    : undefined
  return {
    port,
    publicUrl: flags.publicUrl ?? env.LATCHKEY_PUBLIC_URL ?? `http://localhost:${port}`,
    production: flags.production === true || env.NODE_ENV === 'production',
    ...optional('database', flags.database ?? env.DATABASE_URL),
    ...optional('masterKey', env.LATCHKEY_MASTER_KEY),
    ...optional('rpId', env.LATCHKEY_RP_ID),
    ...optional('smtpUrl', env.LATCHKEY_SMTP_URL),
    ...optional('mailFrom', env.LATCHKEY_MAIL_FROM),
    ...optional('sms', sms),
    ...optional('logLevel', env.LATCHKEY_LOG_LEVEL ?? 'warn'),
    trustProxy: list(env.LATCHKEY_TRUST_PROXY),
    ...optional('forwardedHeader', readForwardedHeader(env.LATCHKEY_FORWARDED_HEADER)),
    brand: {
      ...optional('name', env.LATCHKEY_BRAND),
      ...optional('supportUrl', env.LATCHKEY_SUPPORT_URL),
      ...optional('privacyUrl', env.LATCHKEY_PRIVACY_URL),
    },
    ...optional('policy', readPreset(env.LATCHKEY_PRESET)),
  }
}

function readPerDay(text: string | undefined): number | undefined {
  if (!text) return undefined
  const perDay = Number(text)
  if (!Number.isInteger(perDay) || perDay < 0) fail(`LATCHKEY_SMS_PER_DAY must be a whole number: ${text}`)
  return perDay
}

function readForwardedHeader(name: string | undefined): LatchkeyOptions['forwardedHeader'] {
  if (!name) return undefined
  const header = (['x-forwarded-for', 'forwarded'] as const).find(one => one === name.toLowerCase())
  if (!header) fail(`LATCHKEY_FORWARDED_HEADER must be x-forwarded-for or forwarded: ${name}`)
  return header
}

const PRESETS = ['product', 'exchange', 'strict'] as const

function readPreset(name: string | undefined): LatchkeyOptions['policy'] {
  if (!name) return undefined
  const preset = PRESETS.find(one => one === name)
  if (!preset) fail(`LATCHKEY_PRESET must be ${PRESETS.join(', ')}: ${name}`)
  return { preset }
}

const list = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map(item => item.trim())
    .filter(Boolean)
const optional = <K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]?: V })

async function start(flags: StartFlags): Promise<void> {
  const { runServer } = await import('./serve.ts')
  const { port, ...options } = readOptions(flags)
  const demo = flags.demo ? pathToFileURL(resolve(flags.demo)).href : null
  await runServer({ options, port, demo })
}

async function migrate(flags: StartFlags): Promise<void> {
  const { createLatchkey } = await import('./index.ts')
  const latchkey = createLatchkey({ ...readOptions(flags), logLevel: 'silent' })
  await latchkey.ready
  await latchkey.close()
  console.log('The database is up to date.')
}

/** Looks at every stored address again, and says what cannot be told from another one. */
async function identifiers(flags: StartFlags): Promise<void> {
  const { createLatchkey, internals } = await import('./index.ts')
  const { respellIdentifiers, unspelledLine } = await import('./store/respell.ts')
  const latchkey = createLatchkey({ ...readOptions(flags), logLevel: 'silent' })
  const left = await respellIdentifiers((await internals.get(latchkey)!).ctx.store, true)
  await latchkey.close()
  for (const row of left) console.log(unspelledLine(row))
  console.log(left.length === 0 ? 'Every address has its one spelling.' : `Addresses to look at: ${left.length}.`)
}

function explain(error: unknown): never {
  if (error instanceof ConfigError) fail(...error.problems)
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') fail('That port is taken. Choose another one: npm start -- --port 4401')
  fail(message ?? String(error))
}

function main(): void {
  checkNode()
  const cli = cac('latchkey')
  const database = (command: ReturnType<typeof cli.command>) =>
    command.option('--database <url>', 'sqlite:<file> or postgres://… (DATABASE_URL)')
  database(cli.command('start', 'Run the server'))
    .option('--port <number>', 'Port (PORT, default 4400)')
    .option('--public-url <url>', 'The address people type (LATCHKEY_PUBLIC_URL)')
    .option('--production', 'Production rules on loopback http too')
    .option('--demo <module>', 'Mount a demonstration host beside it (development only)')
    .action((flags: StartFlags) => start(flags).catch(explain))
  database(cli.command('migrate', 'Bring the database up to date'))
    .option('--public-url <url>', 'The address people type (LATCHKEY_PUBLIC_URL)')
    .action((flags: StartFlags) => migrate(flags).catch(explain))
  database(cli.command('identifiers', 'Give stored addresses their one spelling; list those that collide'))
    .option('--public-url <url>', 'The address people type (LATCHKEY_PUBLIC_URL)')
    .action((flags: StartFlags) => identifiers(flags).catch(explain))
  cli.command('keys', 'Print a new master key').action(() => console.log(randomBytes(32).toString('base64')))
  cli.help()
  try {
    cli.parse(process.argv, { run: false })
    if (!cli.matchedCommand && !cli.options.help)
      fail(
        cli.args[0]
          ? `Unknown command: ${cli.args[0]}. Try: latchkey --help`
          : 'Name a command: start, migrate, identifiers or keys. Try: latchkey --help',
      )
    cli.runMatchedCommand()
  } catch (error) {
    explain(error)
  }
}

main()
