#!/usr/bin/env node
import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cac } from 'cac'
import { type Config, ConfigError, parseConfig } from './config.ts'
import type { Ctx } from './ctx.ts'
import { readSettings, type StartFlags } from './environment.ts'

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

async function start(flags: StartFlags): Promise<void> {
  const { runServer } = await import('./serve.ts')
  const { options, port } = readSettings(flags, process.env)
  const demo = flags.demo ? pathToFileURL(resolve(String(flags.demo))).href : null
  await runServer({ options, port, demo })
}

/** Opens the database for a command, and closes it after. */
async function withStore(flags: StartFlags, work: (opened: Pick<Ctx, 'store' | 'keys'>, config: Config) => Promise<void>): Promise<void> {
  const { openForCommand } = await import('./open-store.ts')
  const config = parseConfig(readSettings(flags, process.env).options)
  const opened = await openForCommand(config)
  try {
    await work(opened, config)
  } finally {
    await opened.store.close()
  }
}

async function migrate(flags: StartFlags): Promise<void> {
  const { respellIdentifiers } = await import('./store/respell.ts')
  await withStore(flags, async ({ store }) => {
    await respellIdentifiers(store)
  })
  console.log('The database is up to date.')
}

/** Looks at every stored address again, and says what cannot be told from another one. */
async function identifiers(flags: StartFlags): Promise<void> {
  const { respellIdentifiers, unspelledLine } = await import('./store/respell.ts')
  await withStore(flags, async ({ store }) => {
    const left = await respellIdentifiers(store, true)
    for (const row of left) console.log(unspelledLine(row))
    console.log(left.length === 0 ? 'Every address has its one spelling.' : `Addresses to look at: ${left.length}.`)
  })
}

/** Without an action, a new master key; else what rests on which key, or everything sealed anew under the first one, beside live servers. */
async function keys(action: string | undefined, flags: StartFlags): Promise<void> {
  if (action === undefined) return console.log(randomBytes(32).toString('base64'))
  if (action !== 'status' && action !== 'rotate') fail(`Unknown: keys ${action}. Try: latchkey keys, keys status, keys rotate`)
  const { isUsed, keyStatus, rotateKeys, statusLines } = await import('./rotation/index.ts')
  const stopping = new AbortController()
  process.once('SIGINT', () => stopping.abort())
  let unfinished = false
  await withStore(flags, async ({ store, keys: ring }) => {
    const status = action === 'status' ? await keyStatus(store, ring) : await rotateKeys(store, ring, {}, stopping.signal)
    for (const line of statusLines(status)) console.log(line)
    unfinished = action === 'rotate' && status.keys.some(key => !key.writes && isUsed(key))
  })
  if (unfinished)
    fail('Rows still rest on an older key: another server writes with it, or this was stopped. Run `latchkey keys rotate` again.')
}

/** Looks at what browsers and systems read of this deployment; or says whom other settings would strand. */
async function doctor(flags: StartFlags & { whatIf?: unknown }): Promise<void> {
  const { options } = readSettings(flags, process.env)
  const { changedOptions, examine, whatIf } = await import('./doctor/index.ts')
  if (flags.whatIf === undefined) {
    if (!(await examine(options, console.log))) process.exitCode = 1
    return
  }
  // without a file: the settings as they stand here
  const then = parseConfig(flags.whatIf === true ? options : changedOptions(options, String(flags.whatIf)))
  await withStore(flags, async ({ store }, config) => {
    if (!(await whatIf(store, config, then, console.log))) process.exitCode = 1
  })
}

/** Sends one message now, by the way that all of them go, and says what came of it. */
async function mail(action: string, to: string | undefined, flags: StartFlags): Promise<void> {
  if (action !== 'test' || !to) fail('Try: latchkey mail test you@example.com')
  const { sendTest } = await import('./doctor/mail.ts')
  console.log(await sendTest(parseConfig(readSettings(flags, process.env).options), to))
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
  database(cli.command('keys [action]', 'Print a new master key; `keys status` tells what rests on which key, `keys rotate` seals it anew'))
    .option('--public-url <url>', 'The address people type (LATCHKEY_PUBLIC_URL)')
    .action((action: string | undefined, flags: StartFlags) => keys(action, flags).catch(explain))
  cli
    .command('mail <action> [to]', 'mail test <address>: send one message to that address now, and say what came of it')
    .option('--public-url <url>', 'The address people type (LATCHKEY_PUBLIC_URL)')
    .action((action: string, to: string | undefined, flags: StartFlags) => mail(action, to, flags).catch(explain))
  database(cli.command('doctor', 'Check the well-known files of this deployment; or, with other settings, whom they would strand'))
    .option('--public-url <url>', 'The address people type (LATCHKEY_PUBLIC_URL)')
    .option(
      '--what-if [file]',
      'JSON of options that would change: { "policy": { "smsStep": false } }; without it, the settings given here',
    )
    .action((flags: StartFlags) => doctor(flags).catch(explain))
  cli.help()
  try {
    cli.parse(process.argv, { run: false })
    if (!cli.matchedCommand && !cli.options.help)
      fail(
        cli.args[0]
          ? `Unknown command: ${cli.args[0]}. Try: latchkey --help`
          : 'Name a command: start, migrate, identifiers, keys, mail or doctor. Try: latchkey --help',
      )
    cli.runMatchedCommand()
  } catch (error) {
    explain(error)
  }
}

main()
