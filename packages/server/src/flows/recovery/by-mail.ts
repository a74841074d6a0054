import type { Caller, Ctx } from '../../ctx.ts'
import { twoStepsClass } from '../../domain/facts.ts'
import { recoveryWaitMs } from '../../domain/policy.ts'
import type { AccountFacts, PendingChange, SessionId } from '../../domain/types.ts'
import { uuidv7 } from '../../keys.ts'
import { lockAccount } from '../account/account.ts'
import { type Change, happened, tell } from '../account/events.ts'

/** A wait that is no change of the policy table: nothing happens when it is over, but the next right code opens the recovery. */
export const MAIL_RECOVERY = 'recovery'

const isMailRecovery = (change: PendingChange): boolean => change.operation === MAIL_RECOVERY

/** What waited this long and was not fetched for as long again, nobody wants any more. */
const waitMs = (ctx: Ctx): number => recoveryWaitMs(ctx.config.policy)

/**
 * A right code to the mailbox of such an account: starts the wait, or says when it is over, or finds that it is.
 *
 * @returns until when it waits; null when the recovery may open now, which spends the wait
 */
export async function waitByMail(change: Change): Promise<number | null> {
  const { tx, ctx, facts } = change
  const now = ctx.now()
  // one that a freeze keeps standing is begun anew: else nobody came back who has nothing but the mailbox
  const open = facts.pending.find(c => isMailRecovery(c) && c.remainingMs === null && c.effectiveAt + waitMs(ctx) > now)
  if (open && open.effectiveAt > now) return open.effectiveAt
  if (open && (await tx.changes.markApplied(open.id, now))) return null
  for (const old of facts.pending.filter(isMailRecovery)) await tx.changes.cancel(old.id, now)
  return startWait(change, now + waitMs(ctx))
}

async function startWait(change: Change, until: number): Promise<number> {
  const { tx, ctx, facts } = change
  const now = ctx.now()
  const accountId = facts.account.id
  const row: PendingChange = {
    id: uuidv7(now),
    accountId,
    operation: MAIL_RECOVERY,
    target: null,
    payload: null,
    class: twoStepsClass(facts, ctx.config.policy, now),
    sessionId: null,
    credentialId: null,
    askedAt: now,
    effectiveAt: until,
    cancelledAt: null,
    appliedAt: null,
    remainingMs: null,
    was: null,
  }
  await tx.changes.insert(row)
  await happened(change, 'change_waits', { body: { operation: MAIL_RECOVERY, until, class: row.class } })
  await tell(change, 'change_waits', { operation: MAIL_RECOVERY, until })
  return until
}

/**
 * One of the account's passkeys signed, so its owner is not locked out: a recovery by mailbox that waits ends here.
 *
 * @param facts as read for the sign-in; without such a wait nothing is written
 */
export async function passkeySigned(ctx: Ctx, caller: Caller, facts: AccountFacts, sessionId: SessionId): Promise<void> {
  if (!facts.pending.some(isMailRecovery)) return
  await ctx.store.transaction(async tx => {
    const own = { tx, ctx, caller, session: null, facts: await lockAccount(tx, ctx, facts.account.id) }
    for (const { id } of own.facts.pending.filter(isMailRecovery)) {
      await tx.changes.cancel(id, ctx.now())
      await happened(own, 'change.cancel', { sessionId, body: { change: id, operation: MAIL_RECOVERY } })
      await tell(own, 'change_cancelled', { operation: MAIL_RECOVERY })
    }
  })
  ctx.wakeOutbox()
}
