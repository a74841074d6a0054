import type { Flood } from '../config.ts'
import type { Ctx } from '../ctx.ts'
import { Problem } from '../domain/problems.ts'

const HOUR_MS = 3_600_000
const HOURS_BACK = 24
/** Ten times what is usual, and never fewer than this in an hour, is a flood. */
const FLOOD_FACTOR = 10
const FLOOD_FLOOR = 50

/**
 * Counts beginnings that any stranger may make. Above ten times the usual the host's hook decides, by a captcha, a proof of work or a
 * list of its own; without a hook nothing changes.
 *
 * @throws Problem `rate_limited` where the hook says no
 */
export async function countBeginning(ctx: Ctx, what: Flood['what'], ip: string): Promise<void> {
  const { onFlood } = ctx.config
  if (!onFlood) return
  const hour = Math.floor(ctx.now() / HOUR_MS)
  const { count: perHour } = await ctx.store.transaction(tx => tx.limits.hit(`begin:${what}:${hour}`, HOUR_MS, ctx.now()))
  if (perHour <= FLOOD_FLOOR) return
  const before = Array.from({ length: HOURS_BACK }, (_, i) => ctx.store.read.limits.get(`begin:${what}:${hour - 1 - i}`))
  const usual = (await Promise.all(before)).reduce((sum, row) => sum + (row?.count ?? 0), 0) / HOURS_BACK
  if (perHour <= FLOOD_FACTOR * usual) return
  if (!(await onFlood({ what, ip, perHour, usual }))) throw new Problem('rate_limited', { retryAfterSeconds: 60 })
}
