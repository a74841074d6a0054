import { pino } from 'pino'
import { type Config, ConfigError, type LatchkeyOptions, parseConfig } from './config.ts'
import type { Ctx } from './ctx.ts'
import { createTransports, type Outbox, startOutbox } from './deliver/index.ts'
import { changedSettings, keepSettings, settingsOfBefore, stranded, waySettings } from './doctor/what-if.ts'
import { settleLeaving } from './flows/account/account.ts'
import { createHostApi, type HostApi } from './flows/host.ts'
import { createApp, type Routes } from './http/app.ts'
import { loadAssets } from './http/assets.ts'
import { isOurs } from './http/own-paths.ts'
import { internals, type Running } from './internals.ts'
import { createKeys } from './keys.ts'
import { masterKeys, readyStore } from './open-store.ts'
import { pageRoutes } from './pages/index.ts'
import { problemPage } from './pages/shell/problem.tsx'
import { startMaintenance } from './store/maintenance.ts'
import { respellIdentifiers } from './store/respell.ts'
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
  const store = await readyStore(config, keys, log, async opened => {
    await guardRpId(opened, config)
    await guardWaysIn(opened, config)
  })
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
  return { ctx, app, outbox, maintenance: startMaintenance(ctx, {}, { leaving: limit => settleLeaving(ctx, limit) }) }
}

/** Loaded only where they are shown, so that production never has them in memory. */
async function developmentPages(config: Config): Promise<Routes[]> {
  if (!config.development) return []
  const { developmentRoutes, inboxRoutes } = await import('./development/index.ts')
  return [config.developmentPages ? developmentRoutes(config.developmentPages) : inboxRoutes]
}

/**
 * Settings that leave somebody without a way in need an explicit word (INV-1, F31). The accounts are looked at only when one of these
 * settings changed, and not in development, where they are nobody's.
 */
async function guardWaysIn(store: Store, config: Config): Promise<void> {
  const after = waySettings(config)
  const before = await settingsOfBefore(store)
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
  if (!before || changed.length > 0) await keepSettings(store, after)
}

async function guardRpId(store: Store, config: Config): Promise<void> {
  const strangers = (await store.read.passkeys.rpIds()).filter(id => id !== config.rp.id)
  if (strangers.length === 0) return
  throw new ConfigError([
    `Passkeys of RP ID ${strangers.join(', ')} exist; with rpId ${config.rp.id} none of them would sign in any more. Set rpId: '${strangers[0]}'.`,
  ])
}
