import type { Config } from '../config.ts'
import type { Ctx } from '../ctx.ts'
import { Problem } from '../domain/problems.ts'

const DAY_MS = 24 * 3_600_000
/** Text messages of the whole deployment in a day, where `sms.perDay` says nothing else. */
export const PER_DAY = 1_000
const DAYS_BACK = 7
/** One dialling prefix may have this many times its mean of a week, and always this many. */
export const PREFIX_FACTOR = 5
export const PREFIX_FLOOR = 50

/**
 * Counts a text message against what the operator will pay: a cap for the day, and for each allowed dialling prefix five times its mean
 * of the last seven days. Fraud with premium numbers shows as one country that jumps.
 *
 * @throws Problem `rate_limited` until the day (UTC) ends
 */
export async function countText(ctx: Ctx, phone: string): Promise<void> {
  if (!ctx.config.sms) return
  const prefix = prefixOf(ctx.config.sms, phone)
  const day = Math.floor(ctx.now() / DAY_MS)
  const endsInMs = (day + 1) * DAY_MS - ctx.now()
  const limits = [
    { key: `text:${prefix}:${day}`, limit: Math.max(PREFIX_FLOOR, PREFIX_FACTOR * (await meanOf(ctx, prefix, day))) },
    { key: `text:${day}`, limit: ctx.config.sms.perDay ?? PER_DAY },
  ]
  // one transaction: what is refused is not counted, and raises no mean
  await ctx.store.transaction(async tx => {
    for (const { key, limit } of limits) {
      const { count } = await tx.limits.hit(key, DAY_MS, ctx.now())
      if (count <= limit * ctx.config.limitFactor) continue
      ctx.log.warn({ event: 'text_messages_stopped', key, limit })
      throw new Problem('rate_limited', { retryAfterSeconds: Math.ceil(endsInMs / 1_000) })
    }
  })
}

const prefixOf = (sms: NonNullable<Config['sms']>, phone: string): string =>
  sms.countries.map(prefix => (prefix.startsWith('+') ? prefix : `+${prefix}`)).find(prefix => phone.startsWith(prefix)) ?? 'other'

async function meanOf(ctx: Ctx, prefix: string, day: number): Promise<number> {
  const days = Array.from({ length: DAYS_BACK }, (_, i) => ctx.store.read.limits.get(`text:${prefix}:${day - 1 - i}`))
  const counts = (await Promise.all(days)).map(row => row?.count ?? 0)
  return counts.reduce((sum, count) => sum + count, 0) / DAYS_BACK
}
