import type { Caller, Ctx } from '../../ctx.ts'
import { recoveryClass } from '../../domain/evidence.ts'
import { erasureOf } from '../../domain/facts.ts'
import { lockLeftMs } from '../../domain/lock.ts'
import { type Operation, recoveryPauseMs, recoveryWaitMs } from '../../domain/policy.ts'
import { Problem } from '../../domain/problems.ts'
import type { AccountFacts, Passkey, ProofClass, Session } from '../../domain/types.ts'
import { reopenMethods } from '../../limits/index.ts'
import { attachmentOf, type CreationOptionsJson, orProblem, ownCreationOptions } from '../../methods/passkey.ts'
import type { Tables } from '../../store/store.ts'
import { parseRegistrationResponse } from '../../webauthn/index.ts'
import { lockAccount, settleAndLoad } from '../account/account.ts'
import { happened, type OwnChange, tell } from '../account/events.ts'
import { guardMoving } from '../account/session.ts'
import { type ChangeOutcome, perform } from '../change/change.ts'
import { cancelBy } from '../change/waits.ts'
import { guardFrozen, unfreezeWait } from '../freeze/unfreeze.ts'
import { guardLimit, newPasskey, tellCreated, verifyNewPasskey, waitForTrust } from '../passkeys.ts'
import { sealedPassword } from '../password.ts'
import { type Authority, mint } from '../prove/authority.ts'
import { makeChallenge, openChallenge } from '../prove/challenge.ts'

/** The caller's recovery session; its own routes are the only ones that take it (INV-9). @throws Problem `unauthenticated` */
export function requireRecovery(caller: Caller): Session {
  if (caller.session?.kind !== 'recovery') throw new Problem('unauthenticated')
  return caller.session
}

/** Options of the one creation that a recovery allows. @throws Problem `passkey_limit` (F25); a new password is the other way */
export async function recoveryCreationOptions(ctx: Ctx, caller: Caller): Promise<CreationOptionsJson> {
  const session = requireRecovery(caller)
  const facts = await settleAndLoad(ctx, session.accountId)
  guardLimit(ctx, facts)
  return ownCreationOptions(ctx, makeChallenge(ctx, 'register', session.id), facts)
}

/**
 * Binds the one new passkey. It signs in at once, is young for 72 policy hours, and until then is a wait that any proof of the class
 * can cancel (policy.md §4).
 *
 * The recovery session ends with it and opens no full one, though the registration verified the user: so `newSession` has no third
 * way to 'full', no evidence of a recovery ever stands in a full session (INV-9, INV-13), and the sign-in that follows, one click on
 * the page that comes next, shows that the passkey works while the person still has the other proofs at hand.
 *
 * @throws Problem `passkey_rejected`, `passkey_exists`, `passkey_limit`, `challenge_expired`, `form_expired` when the session was used, `account_frozen`, `account_closing`
 */
export async function recoverWithPasskey(ctx: Ctx, caller: Caller, response: unknown): Promise<{ passkey: Passkey; pausedUntil: number }> {
  const session = requireRecovery(caller)
  const parsed = orProblem(() => parseRegistrationResponse(response))
  const challenge = openChallenge(ctx, parsed.challenge, 'register', session.id)
  const credential = verifyNewPasskey(ctx, parsed)
  const bound = await ctx.store.transaction(async tx => {
    const facts = await lockRecovery(tx, ctx, session, 'passkey.add')
    guardLimit(ctx, facts)
    const { id: accountId, createdAt } = facts.account
    const counts = classOf(ctx, facts, session)
    if (!(await tx.challenges.spend(challenge.id, challenge.expiresAt))) throw new Problem('challenge_expired')
    const input = {
      accountId,
      createdAt,
      own: facts.passkeys,
      via: counts === 'two_steps' ? 'recovery_two_steps' : 'recovery_lesser',
      session: session.id,
      attachment: attachmentOf(response),
    } as const
    const made = newPasskey(ctx, caller, credential, input)
    // it goes on while the owner's lock holds settings; its clock begins when that is over (policy.md §4)
    const passkey = { ...made, trustedAt: made.trustedAt + lockLeftMs(facts.account, ctx.now()) }
    await tx.passkeys.insert(passkey)
    const change = { tx, ctx, facts, caller, session }
    await waitForTrust(change, passkey, recovered(ctx, 'passkey.add', counts))
    await tellCreated(change, passkey)
    const pausedUntil = await endRecovery(change, counts)
    return { passkey, pausedUntil }
  })
  ctx.wakeOutbox()
  return bound
}

/** What this recovery counts as, by the account as it is now (policy.md §7). */
const classOf = (ctx: Ctx, facts: AccountFacts, { evidence }: Session) =>
  recoveryClass(
    facts,
    evidence.map(e => e.method),
    ctx.config.policy,
    ctx.now(),
  )

/** A recovery allows one thing, which waits whatever the class (policy.md §4, §7). */
function recovered<Op extends Operation>(
  { config }: Ctx,
  operation: Op,
  proofClass: ProofClass,
  target: string | null = null,
): Authority<Op> {
  const decision = { kind: 'wait', waitMs: recoveryWaitMs(config.policy), pauseMs: 0 } as const
  return mint('recovery', { operation, target, proofClass, decision, credentialId: null })
}

/** Locks the account and ends the session: it binds one thing, and of two tabs one binds it. */
async function lockRecovery(tx: Tables, ctx: Ctx, session: Session, operation: Operation): Promise<AccountFacts> {
  const facts = await lockAccount(tx, ctx, session.accountId)
  guardMoving(facts, operation)
  if (!(await tx.sessions.end(session.accountId, session.id, ctx.now(), 'recovery_done'))) throw new Problem('form_expired')
  return facts
}

async function endRecovery(change: OwnChange, counts: ProofClass): Promise<number> {
  const { tx, ctx, facts, session } = change
  const pausedUntil = ctx.now() + recoveryPauseMs(ctx.config.policy)
  await tx.accounts.pauseMoney(facts.account.id, pausedUntil, 'recovery', ctx.now())
  // what strangers' guesses closed opens for its owner
  const proven = session.evidence.map(e => e.method).filter(method => method !== 'passkey')
  await reopenMethods(tx, ctx, facts, counts === 'two_steps' ? undefined : proven)
  await happened(change, 'recovery_done')
  await tell(change, 'recovery_done')
  return Math.max(pausedUntil, facts.account.moneyPausedUntil ?? 0)
}

/**
 * On a device that can't keep a passkey: a new password, which waits 72 policy hours whatever the class, and can be cancelled. Money
 * pauses at once, and again when it takes effect, which `applyEffect` sees by the session that asked (INV-13).
 *
 * @throws Problem `password_*`, `busy`, `form_expired`, `account_frozen`, `account_closing`
 */
export async function recoverWithPassword(ctx: Ctx, caller: Caller, password: string): Promise<ChangeOutcome> {
  const session = requireRecovery(caller)
  const payload = await sealedPassword(ctx, caller, await settleAndLoad(ctx, session.accountId), password)
  const outcome = await ctx.store.transaction(async tx => {
    const facts = await lockRecovery(tx, ctx, session, 'password.change')
    const via = classOf(ctx, facts, session)
    await tx.accounts.pauseMoney(facts.account.id, ctx.now() + recoveryPauseMs(ctx.config.policy), 'recovery', ctx.now())
    return perform({ tx, ctx, facts, caller, session }, recovered(ctx, 'password.change', via), payload)
  })
  ctx.wakeOutbox()
  return outcome
}

/**
 * Of a frozen account a recovery reaches the calm page alone: it asks for the end of the freeze, 72 policy hours later (policy.md §4: a
 * recovery counts as lesser). The session ends with it.
 *
 * @throws Problem `already_done` where it is not frozen, or waits already; `form_expired`
 */
export async function unfreezeByRecovery(ctx: Ctx, caller: Caller): Promise<ChangeOutcome> {
  const session = requireRecovery(caller)
  const outcome = await ctx.store.transaction(async tx => {
    const facts = await lockRecovery(tx, ctx, session, 'account.unfreeze')
    guardFrozen(facts)
    if (unfreezeWait(facts)) throw new Problem('already_done')
    return perform({ tx, ctx, facts, caller, session }, recovered(ctx, 'account.unfreeze', 'lesser'))
  })
  ctx.wakeOutbox()
  return outcome
}

/**
 * Of an account that is closing a recovery sets nothing; it keeps the account, where it counts as at least what asked for the closing
 * (policy.md §4). Money pauses and every address is told, as after any recovery; the session ends with it.
 *
 * @throws Problem `already_done` where it is not closing; `refused_by_policy` where a passkey closed it; `form_expired`
 */
export async function keepByRecovery(ctx: Ctx, caller: Caller): Promise<void> {
  const session = requireRecovery(caller)
  await ctx.store.transaction(async tx => {
    const facts = await lockRecovery(tx, ctx, session, 'change.cancel')
    const erasure = erasureOf(facts)
    if (facts.account.status !== 'closing' || !erasure) throw new Problem('already_done')
    const via = classOf(ctx, facts, session)
    const own = { tx, ctx, facts, caller, session }
    await cancelBy(own, erasure, recovered(ctx, 'change.cancel', via, erasure.id))
    await endRecovery(own, via)
  })
  ctx.wakeOutbox()
}
