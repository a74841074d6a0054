import type { Caller, Ctx } from '../../ctx.ts'
import type { AccountFacts } from '../../domain/types.ts'
import type { Change, OwnChange } from './events.ts'

const DAY_MS = 86_400_000

/** Bound to the password's own row, so that a new password ends every trust at once. The cookie around it binds it to its device. */
const claimOf = (facts: AccountFacts, issuedAt: number) =>
  ['device', 'trust', facts.account.id, facts.password?.id ?? '', String(issuedAt)] as const
const TAG_BYTES = 16

/**
 * A claim for the device cookie: this browser may skip the second step of a password sign-in for some days (F36). It is no evidence:
 * whatever needs two steps still asks for them.
 *
 * @returns text for the cookie, or null where the policy switches it off or there is no password
 */
export function trustDevice(ctx: Ctx, facts: AccountFacts): string | null {
  if (ctx.config.policy.trustedDeviceDays === 0 || !facts.password) return null
  const issuedAt = ctx.now()
  return `${issuedAt.toString(36)}-${Buffer.from(ctx.keys.mac(...claimOf(facts, issuedAt)).subarray(0, TAG_BYTES)).toString('hex')}`
}

/** Whether this browser holds a live claim for the account. */
export function isTrustedDevice(ctx: Ctx, caller: Caller, facts: AccountFacts): boolean {
  const [issued36 = '', tag = ''] = (caller.trustClaims?.[facts.account.id] ?? '').split('-')
  const issuedAt = Number.parseInt(issued36, 36)
  if (issuedAt + ctx.config.policy.trustedDeviceDays * DAY_MS <= ctx.now()) return false
  return !wasEnded(caller, facts, issuedAt) && ctx.keys.verifies(Buffer.from(tag, 'hex'), ...claimOf(facts, issuedAt))
}

function wasEnded({ client }: Caller, { password }: AccountFacts, issuedAt: number): boolean {
  const ended = password?.trustEnded
  if (!ended || issuedAt > ended.at) return false
  return ended.keptDevice === null || ended.keptDevice !== client.deviceId
}

/**
 * Ends the trust of every other device of the account: claims made until now are void, but for the caller's own live one. Whoever is
 * signed out for good must not come back with the password alone.
 */
export async function endOtherTrust(own: OwnChange): Promise<void> {
  const { ctx, caller, facts } = own
  // one that was void already must not come back to life by being kept
  await endTrust(own, isTrustedDevice(ctx, caller, facts) ? caller.client.deviceId : null)
}

/** Ends the trust of every device of the account, but for one. */
export async function endTrust({ tx, ctx, facts }: Pick<Change, 'tx' | 'ctx' | 'facts'>, keptDevice: string | null): Promise<void> {
  const row = await tx.authenticators.find(facts.account.id, 'password', facts.password?.mustChange ? 'must_change' : 'active')
  if (!row) return
  await tx.authenticators.setData(row.id, { ...row.data, trustEnded: { at: ctx.now(), keptDevice } })
}
