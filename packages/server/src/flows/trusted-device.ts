import type { Caller, Ctx } from '../ctx.ts'
import type { AccountFacts } from '../domain/types.ts'
import { sameBytes } from '../keys.ts'

const DAY_MS = 86_400_000

/** Bound to the password's own row, so that a new password ends every trust at once. */
const tagOf = (ctx: Ctx, facts: AccountFacts, until: number): Uint8Array =>
  ctx.keys.mac('device', 'trust', facts.account.id, facts.password?.id ?? '', String(until)).subarray(0, 16)

/**
 * A claim for the device cookie: this browser may skip the second step of a password sign-in for some days (F36). It is no evidence:
 * whatever needs two steps still asks for them.
 *
 * @returns text for the cookie, or null where the policy switches it off or there is no password
 */
export function trustDevice(ctx: Ctx, facts: AccountFacts): string | null {
  const { trustedDeviceDays } = ctx.config.policy
  if (trustedDeviceDays === 0 || !facts.password) return null
  const until = ctx.now() + trustedDeviceDays * DAY_MS
  return `${until.toString(36)}-${Buffer.from(tagOf(ctx, facts, until)).toString('hex')}`
}

/** Whether this browser holds a live claim for the account. */
export function isTrustedDevice(ctx: Ctx, caller: Caller, facts: AccountFacts): boolean {
  const [until36 = '', tag = ''] = (caller.trustClaims?.[facts.account.id] ?? '').split('-')
  const until = Number.parseInt(until36, 36)
  if (ctx.config.policy.trustedDeviceDays === 0 || !Number.isSafeInteger(until) || until <= ctx.now()) return false
  return sameBytes(Buffer.from(tag, 'hex'), tagOf(ctx, facts, until))
}
