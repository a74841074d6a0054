import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { type Config, ConfigError, type LatchkeyOptions, parseConfig } from './config.ts'
import type { Ctx } from './ctx.ts'
import { createTransports, type Outbox, startOutbox } from './deliver/index.ts'
import { changedSettings, stranded, type WaySettings, waySettings } from './doctor/what-if.ts'
import { Problem } from './domain/problems.ts'
import { createHostApi, type HostApi } from './flows/host.ts'
import { createApp, type Routes } from './http/app.ts'
import { loadAssets } from './http/assets.ts'
import { isOurs } from './http/own-paths.ts'
import { internals, type Running } from './internals.ts'
import { createKeys } from './keys.ts'
import { readMasterKeys } from './master-key.ts'
import { pageRoutes } from './pages/index.ts'
import { problemPage } from './pages/shell/problem.tsx'
import { checkKeys } from './rotation/index.ts'
import { startMaintenance } from './store/maintenance.ts'
import { openPostgres } from './store/postgres.ts'
import { mayPass } from './store/postgres-errors.ts'
import { respellIdentifiers } from './store/respell.ts'
import type { SealKey } from './store/seal.ts'
import { openSqlite } from './store/sqlite.ts'
import type { Store } from './store/store.ts'

export { type Brand, ConfigError, type Flood, type LatchkeyOptions } from './config.ts'
export { type OutgoingMessage, UndeliverableError } from './deliver/index.ts'
export { Problem, type ProblemCode } from './domain/problems.ts'
export type { Approval, HostApi, HostSession } from './flows/host.ts'
export { nodeListener } from './http/node.ts'

/** Account security, mounted in a Node program. */
export interface Latchkey {
  /** Answers one request for one of our paths. */
  fetch(request: Request, env?: unknown): Promise<Response>
  /** Whether the request's path is ours. */
  handles(request: Request): boolean
  /** Calls of the host's own code: who is signed in, approvals. */
  api: HostApi
  /** Settles when the database is open and its schema up to date. @throws ConfigError, or the database's error */
  ready: Promise<void>
  close(): Promise<void>
  /** What was parsed from the options. */
  config: Config
}

/**
 * Builds Latchkey from its options. Returns at once; `ready` says when it can answer, and requests wait for it.
 *
 * @throws ConfigError with one line per mistake
 * @example
 * const latchkey = createLatchkey({ publicUrl: 'http://localhost:4400' })
 * await latchkey.ready
 * const answer = await latchkey.fetch(new Request('http://localhost:4400/sign-in'))
 */
export function createLatchkey(options: LatchkeyOptions): Latchkey {
  const config = parseConfig({ ...options, basePath: options.basePath || '/auth' })
  const running = start(config, options)
  running.catch(() => {})
  const latchkey: Latchkey = {
    config,
    ready: running.then(() => undefined),
    async fetch(request, env) {
      return (await running).app.fetch(request, env as never)
    },
    handles: request => isOurs(config, new URL(request.url).pathname),
    api: createHostApi(async () => (await running).ctx),
    async close() {
      const { ctx, outbox, maintenance } = await running
      await Promise.all([outbox.stop(), maintenance.stop()])
      await ctx.store.close()
    },
  }
  internals.set(latchkey, running)
  return latchkey
}

async function start(config: Config, options: LatchkeyOptions): Promise<Running> {
  const keys = createKeys(masterKeys(config))
  const log = pino({ level: config.logLevel, base: null })
  const store = await readyStore(config, keys, log)
  for (const row of await respellIdentifiers(store)) log.warn({ event: 'identifier_not_respelled', ...row })
  let outbox: Outbox | undefined
  const ctx: Ctx = {
    config,
    store,
    keys,
    log,
    now: options.now ?? Date.now,
    wakeOutbox: () => outbox?.wake(),
  }
  outbox = startOutbox(ctx, createTransports(ctx))
  const app = createApp(ctx, {
    assets: loadAssets(),
    problemPage,
    pages: [...(await developmentPages(config)), ...pageRoutes(config)],
    clientIp: options.clientIp ?? null,
  })
  return { ctx, app, outbox, maintenance: startMaintenance(ctx) }
}

const REACH_MS = 8_000
const REACH_PAUSE_MS = 500

/** The database, opened, reached and up to date. @throws ConfigError that names it and says why it can't be used */
async function readyStore(config: Config, keys: Ctx['keys'], log: Ctx['log']): Promise<Store> {
  let store: Store | null = null
  try {
    store = await openStore(config, keys)
    await whenReachable(log, store)
    await checkKeys(store, keys)
    await guardRpId(store, config)
    await guardWaysIn(store, config)
    return store
  } catch (error) {
    await store?.close().catch(() => {})
    throw error instanceof ConfigError ? error : new ConfigError([whyNot(config.database, error)])
  }
}

/** A database that starts beside us may be a moment later than we are; one that never answers ends the start. */
async function whenReachable(log: Ctx['log'], store: Store): Promise<void> {
  const end = performance.now() + REACH_MS
  for (let first = true; ; first = false) {
    try {
      return await store.migrate()
    } catch (error) {
      if (performance.now() > end || !mayPass(error)) throw error
      if (first) log.warn({ event: 'database_not_reachable', waitsMs: REACH_MS })
      await sleep(REACH_PAUSE_MS)
    }
  }
}

/** One line: which database, without its password, and the cause as the driver or the operating system gave it. */
function whyNot(database: Config['database'], error: unknown): string {
  const causes: string[] = []
  for (let one = error; one instanceof Error; one = one.cause) {
    const inner = one instanceof AggregateError ? (one.errors[0] as unknown) : null
    if (!(one instanceof Problem)) causes.push(one.message || (inner instanceof Error ? inner.message : one.name))
  }
  const cause = causes.find(Boolean) ?? String(error)
  const hint = database.engine === 'sqlite' && /not a database/.test(cause) ? ': it is something else, or encrypted; name another file' : ''
  return `The database ${placeOf(database)} can't be used: ${cause.replace(/\s+/g, ' ')}${hint}`
}

function placeOf(database: Config['database']): string {
  if (database.engine === 'sqlite') return database.file
  const url = new URL(database.url)
  return `${url.hostname}:${url.port || '5432'}${url.pathname}${url.username ? ` (user ${decodeURIComponent(url.username)})` : ''}`
}

/** Loaded only where they are shown, so that production never has them in memory. */
async function developmentPages(config: Config): Promise<Routes[]> {
  if (!config.development) return []
  const { developmentRoutes, inboxRoutes } = await import('./development/index.ts')
  return [config.developmentPages ? developmentRoutes(config.developmentPages) : inboxRoutes]
}

const openStore = ({ database, postgres }: Config, { seal }: { seal: Ctx['keys']['seal'] }): Promise<Store> =>
  database.engine === 'postgres'
    ? openPostgres({ url: database.url, seal, ...postgres })
    : openSqlite({ file: prepared(database.file), seal })

/** Makes the folder of the database file. @throws ConfigError where that is not allowed */
function prepared(file: string): string {
  const folder = file.replace(/[^/\\]*$/, '') || '.'
  try {
    mkdirSync(folder, { recursive: true })
    return file
  } catch (error) {
    throw new ConfigError([`The data folder ${folder} can't be written: ${(error as Error).message}`])
  }
}

/** From the configuration; in development one is made beside the database and kept. */
function masterKeys(config: Config): SealKey[] {
  if (config.masterKey) return parsedKeys(config.masterKey)
  const file = join(config.dataDir, 'development.key')
  try {
    if (!existsSync(file)) makeKeyFile(file)
    return parsedKeys(readFileSync(file, 'utf8'), `of ${file} `)
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw new ConfigError([`The data folder ${config.dataDir} can't be used: ${(error as Error).message}`])
  }
}

/** Two servers that start at once agree on one key: that of the file which stood there first, whole. */
function makeKeyFile(file: string): void {
  mkdirSync(dirname(file), { recursive: true })
  const own = `${file}.${process.pid}-${randomBytes(4).toString('hex')}`
  writeFileSync(own, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 })
  try {
    linkSync(own, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(own)
  }
}

/** @param where a file that holds it, for the line that refuses it */
function parsedKeys(text: string, where = ''): SealKey[] {
  const keys = readMasterKeys(text)
  if (typeof keys === 'string') throw new ConfigError([`The master key ${where}${keys}.`])
  return keys
}

/** Another RP ID would strand every passkey: refused while some exist. */
/** Where `meta` keeps the settings that decided who could sign in, when the server last started. */
const WAYS_OF_BEFORE = 'ways.settings'

/**
 * Settings that leave somebody without a way in need an explicit word (INV-1, F31). The accounts are looked at only when one of these
 * settings changed, and not in development, where they are nobody's.
 */
async function guardWaysIn(store: Store, config: Config): Promise<void> {
  const after = waySettings(config)
  const known = await store.read.meta.get(WAYS_OF_BEFORE)
  const before = known === null ? null : (JSON.parse(known) as WaySettings)
  const changed = before ? changedSettings(before, after) : []
  if (before && changed.length > 0 && !config.development && !config.allowStranded) {
    let count = 0
    for await (const _ of stranded(store, config.policy, before, after)) count++
    if (count > 0)
      throw new ConfigError([
        `Accounts that could not sign in any more: ${count}, since ${changed.join(', ')} changed. ` +
          '`latchkey doctor --what-if` names them; LATCHKEY_ALLOW_STRANDED=true (allowStranded) starts all the same.',
      ])
  }
  if (!before || changed.length > 0) await store.transaction(tx => tx.meta.set(WAYS_OF_BEFORE, JSON.stringify(after)))
}

async function guardRpId(store: Store, config: Config): Promise<void> {
  const strangers = (await store.read.passkeys.rpIds()).filter(id => id !== config.rp.id)
  if (strangers.length === 0) return
  throw new ConfigError([
    `Passkeys of RP ID ${strangers.join(', ')} exist; with rpId ${config.rp.id} none of them would sign in any more. Set rpId: '${strangers[0]}'.`,
  ])
}
