import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { type Config, ConfigError } from './config.ts'
import type { Ctx } from './ctx.ts'
import { Problem } from './domain/problems.ts'
import { createKeys } from './keys.ts'
import { readMasterKeys } from './master-key.ts'
import { checkKeys } from './rotation/index.ts'
import { openPostgres } from './store/postgres.ts'
import { mayPass } from './store/postgres-errors.ts'
import type { SealKey } from './store/seal.ts'
import { openSqlite } from './store/sqlite.ts'
import type { Store } from './store/store.ts'

const REACH_MS = 8_000
const REACH_PAUSE_MS = 500

/**
 * The database, opened, reached, up to date, and under our keys.
 *
 * @param judge what a server asks of it beside, before it serves anybody; a command asks nothing
 * @throws ConfigError that names it and says why it can't be used
 */
export async function readyStore(
  config: Config,
  keys: Ctx['keys'],
  log: Ctx['log'],
  judge: (store: Store) => Promise<void> = async () => {},
): Promise<Store> {
  let store: Store | null = null
  try {
    store = await openStore(config, keys)
    await whenReachable(log, store)
    await checkKeys(store, keys)
    await judge(store)
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
export function masterKeys(config: Config): SealKey[] {
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

/**
 * The database for a command: no message leaves, nothing is deleted and no setting is judged or written down beside it, since a shell
 * rarely has all settings of the server.
 *
 * @throws ConfigError as `readyStore`
 * @example const { store } = await openForCommand(config); await store.close()
 */
export async function openForCommand(config: Config): Promise<Pick<Ctx, 'store' | 'keys'>> {
  const keys = createKeys(masterKeys(config))
  return { keys, store: await readyStore(config, keys, pino({ level: 'silent', base: null })) }
}
