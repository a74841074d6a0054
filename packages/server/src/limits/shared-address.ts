import { isIPv4 } from 'node:net'
import type { Ctx } from '../ctx.ts'
import type { Tables } from '../store/store.ts'

const DAY_MS = 24 * 3_600_000
/** An IPv4 address behind which more people than this signed in within a day is a shared one: an office, a carrier's NAT. */
const SHARERS = 50
const SHARED_FACTOR = 10

const keyOf = (prefix: string): string => `shared:${prefix}`

/** Remembers that this account signed in from there; the same one counts once a day. */
export async function countSharer(tx: Tables, ctx: Ctx, ip: string, hidden: (value: string) => string, accountId: string): Promise<void> {
  if (!isIPv4(ip)) return
  const first = await tx.limits.hit(`${keyOf(hidden(ip))}:${hidden(accountId)}`, DAY_MS, ctx.now())
  if (first.count === 1) await tx.limits.hit(keyOf(hidden(ip)), DAY_MS, ctx.now())
}

/** How many times its limit an address has: strangers behind one NAT must not lock each other out. */
export async function sharedFactor(tx: Tables, ctx: Ctx, hiddenPrefix: string): Promise<number> {
  const row = await tx.limits.get(keyOf(hiddenPrefix))
  return row && row.count > SHARERS && row.windowStartedAt + DAY_MS > ctx.now() ? SHARED_FACTOR : 1
}
