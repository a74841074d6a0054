import type { Hono } from 'hono'
import type { Ctx } from './ctx.ts'
import type { Outbox } from './deliver/index.ts'
import type { Env } from './http/env.ts'
import type { Maintenance } from './store/maintenance.ts'

/** The parts of a Latchkey that runs. */
export interface Running {
  ctx: Ctx
  app: Hono<Env>
  outbox: Outbox
  maintenance: Maintenance
}

/**
 * By the Latchkey that `createLatchkey` gave, for our own command, test kit and tests. It stands beside the public entry
 * (`@latchkey/server/internals`), and what it holds changes from release to release.
 */
export const internals = new WeakMap<object, Promise<Running>>()
