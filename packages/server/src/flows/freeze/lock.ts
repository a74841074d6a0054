import type { Caller, Ctx } from '../../ctx.ts'
import { areSettingsLocked, bothOf, daysMs, isLocked, LOCK_AGAIN_DAYS, LOCK_DAYS } from '../../domain/lock.ts'
import { Problem } from '../../domain/problems.ts'
import type { Account, LockScope } from '../../domain/types.ts'
import { changeAccount } from '../account/account.ts'
import { happened, type OwnChange, tell } from '../account/events.ts'
import { type Grant, refusedByPolicy, takeGrant } from '../prove/step-up.ts'
import { MAIL_RECOVERY } from '../recovery/by-mail.ts'

const OPERATION = 'account.lock'

export const LOCK_SCOPES = ['money', 'settings', 'both'] as const satisfies readonly LockScope[]

export interface LockWanted {
  scope: LockScope
  /** Whole days, 1 to 7. */
  days: number
}

/** What is proven is this lock, and no other. */
export const lockTarget = ({ scope, days }: LockWanted): string => `${scope}.${days}`

/** @throws Problem `bad_request` for what is no lock */
export function readLock(scope: string | undefined, days: string | undefined): LockWanted {
  const known = LOCK_SCOPES.find(one => one === scope)
  const fits = /^[1-9]$/.test(days ?? '') && Number(days) <= LOCK_DAYS.trusted
  if (!known || !fits) throw new Problem('bad_request', { field: known ? 'days' : 'scope' })
  return { scope: known, days: Number(days) }
}

/** Waits that a lock of settings lets go on: a sign-in and a recovery do, and the end of a freeze (policy.md §4). */
const GOES_ON = ['account.unfreeze', MAIL_RECOVERY]

/**
 * The owner's own lock of money, settings or both: with a trusted passkey up to 7 days, and one that has stood for a day may be
 * lengthened, to 30 in all; with two steps money alone, up to 3 days, once in 30. Nobody shortens it (policy.md §4, INV-17).
 *
 * @returns until when it holds
 * @throws Problem `step_up_required`; `refused_by_policy`; `account_locked` where one stands that may not be lengthened yet
 * @example const until = await lock(ctx, caller, { scope: 'both', days: 7 })
 */
export async function lock(ctx: Ctx, caller: Caller, wanted: LockWanted): Promise<number> {
  return changeAccount(ctx, caller, async own => {
    const grant = await takeGrant(own, { operation: OPERATION, target: lockTarget(wanted) })
    const set = grant.decision.kind === 'now' ? byPasskey(own, wanted) : byTwoSteps(own, wanted)
    await write(own, set, grant)
    return set.lockedUntil
  })
}

type LockSet = Pick<Account, 'lockScope' | 'lockedAt'> & { lockedUntil: number; lockScope: LockScope; lockedAt: number }

function byPasskey({ ctx, facts: { account } }: OwnChange, { scope, days }: LockWanted): LockSet {
  const now = ctx.now()
  const { policy } = ctx.config
  const wanted = now + daysMs(days, policy)
  if (!isLocked(account, now)) return { lockedUntil: wanted, lockScope: scope, lockedAt: now }
  const since = account.lockedAt ?? now
  const old = account.lockedUntil ?? now
  if (now < since + daysMs(1, policy)) throw new Problem('account_locked', { operation: OPERATION, until: account.lockedUntil })
  const until = Math.min(wanted, since + daysMs(LOCK_DAYS.inAll, policy))
  return { lockedUntil: Math.max(old, until), lockScope: bothOf(account.lockScope, scope), lockedAt: since }
}

function byTwoSteps({ ctx, facts: { account } }: OwnChange, { scope, days }: LockWanted): LockSet {
  const now = ctx.now()
  const { policy } = ctx.config
  if (scope !== 'money' || days > LOCK_DAYS.two_steps) throw refusedByPolicy(OPERATION)
  const again = (account.lockedAt ?? 0) + daysMs(LOCK_AGAIN_DAYS, policy)
  if (isLocked(account, now) || (account.lockVia === 'two_steps' && again > now)) throw refusedByPolicy(OPERATION)
  return { lockedUntil: now + daysMs(days, policy), lockScope: scope, lockedAt: now }
}

/** What waits, and the clocks of young passkeys, stand still for as long as settings are locked: they end later by that. */
async function write(own: OwnChange, set: LockSet, { proofClass, credentialId }: Grant): Promise<void> {
  const { tx, ctx, facts } = own
  const { account } = facts
  const now = ctx.now()
  await tx.accounts.update(account.id, { ...set, lockVia: proofClass })
  const before = areSettingsLocked(account, now) ? (account.lockedUntil ?? now) : now
  const delayMs = areSettingsLocked(set, now) ? set.lockedUntil - before : 0
  await tx.changes.delayAll(account.id, delayMs, GOES_ON)
  await tx.passkeys.delayClocks(account.id, delayMs, now)
  const { lockedUntil: until, lockScope: scope } = set
  await happened(own, OPERATION, { credentialId, body: { scope, until, via: proofClass } })
  await tell(own, 'account_locked', { until })
}
