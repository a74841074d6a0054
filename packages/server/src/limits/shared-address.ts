import { isIPv4 } from 'node:net'
import type { Ctx } from '../ctx.ts'
import type { Tables } from '../store/store.ts'

const DAY_MS = 24 * 3_600_000
/** An IPv4 address behind which more people than this signed in within a day is a shared one: an office, a carrier's NAT. */
export const SHARERS = 50
export const SHARED_FACTOR = 10

const keyOf = (prefix: string): string => `shared:${prefix}`

/** Remembers that this account signed in from there; the same one counts once a day. */
export async function countSharer(tx: Tables, ctx: Ctx, ip: string, hidden: (value: string) => string, accountId: string): Promise<void> {
  if (!isIPv4(ip)) return
  const first = await tx.limits.hit(`${keyOf(hidden(ip))}:${hidden(accountId)}`, DAY_MS, ctx.now())
  if (first.count === 1) await tx.limits.hit(keyOf(hidden(ip)), DAY_MS, ctx.now())
}

const RECHECK_MS = 60_000
/** Enough for every office; under a flood of addresses those of the last minute are forgotten. */
const MOST_LEARNT = 10_000

/** What this process has read of prefixes that reached a limit, by store. */
const learnt = new WeakMap<object, Map<string, { factor: number; until: number }>>()

function learntOf(ctx: Ctx): Map<string, { factor: number; until: number }> {
  const known = learnt.get(ctx.store) ?? new Map()
  learnt.set(ctx.store, known)
  return known
}

/** How many times its limit a prefix has in the memory of this process: 1 until `learnSharing` found out. */
export function learntFactor(ctx: Ctx, hiddenPrefix: string): number {
  const known = learntOf(ctx).get(hiddenPrefix)
  return known && known.until > ctx.now() ? known.factor : 1
}

/** Reads, at most once a minute for each prefix, whether many share it. @returns whether its limit is wider than it was a moment ago */
export async function learnSharing(ctx: Ctx, hiddenPrefix: string): Promise<boolean> {
  const all = learntOf(ctx)
  if ((all.get(hiddenPrefix)?.until ?? 0) > ctx.now()) return false
  if (all.size >= MOST_LEARNT) all.clear()
  const factor = await sharedFactor(ctx.store.read, ctx, hiddenPrefix)
  all.set(hiddenPrefix, { factor, until: ctx.now() + RECHECK_MS })
  return factor > 1
}

/** How many times its limit an address has: strangers behind one NAT must not lock each other out. */
export async function sharedFactor(tx: Tables, ctx: Ctx, hiddenPrefix: string): Promise<number> {
  const row = await tx.limits.get(keyOf(hiddenPrefix))
  return row && row.count > SHARERS && row.windowStartedAt + DAY_MS > ctx.now() ? SHARED_FACTOR : 1
}
