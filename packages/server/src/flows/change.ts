import type { Caller, Ctx } from '../ctx.ts'
import { notify } from '../deliver/notify.ts'
import type { Decision, Operation } from '../domain/policy.ts'
import { Problem } from '../domain/problems.ts'
import type { AccountFacts, CredentialId, Session } from '../domain/types.ts'
import type { Tables } from '../store/store.ts'
import { lockAccount } from './account.ts'
import { type Effect, guardWayIn, writeEffect } from './effects.ts'
import { endPasskey } from './end-passkey.ts'
import { record } from './events.ts'
import { addPending } from './pending.ts'
import { requireSession } from './session.ts'
import { type Grant, refusedByPolicy, takeGrant } from './step-up.ts'

/** Done, or it waits and can be stopped; the page says which, and until when. */
export type ChangeOutcome = { status: 'done' } | { status: 'waits'; until: number; changeId: string }

export interface ChangeRequest<Op extends Operation> {
  operation: Op
  target: string | null
  /** Kind-specific text, sealed while it waits. */
  payload?: string | null
  /** Runs after the effect in the same transaction, e.g. to mint the next ceremony. */
  also?: (tx: Tables, facts: AccountFacts, session: Session, grant: Grant<Op>) => Promise<void>
}

/**
 * The one path of every change of an account's factors: locks the account, takes the proof, asks the policy table, and then does it,
 * or writes down that it waits (policy.md §4). All in one transaction, with its event and notices.
 *
 * @throws Problem `step_up_required`, `refused_by_policy`, `last_way_in`, …
 * @example await change(ctx, caller, { operation: 'passkey.remove', target: id })
 */
export async function change<Op extends Operation>(ctx: Ctx, caller: Caller, request: ChangeRequest<Op>): Promise<ChangeOutcome> {
  const session = requireSession(caller)
  const outcome = await ctx.store.transaction(async tx => {
    const facts = await lockAccount(tx, ctx, session.accountId)
    const grant = await takeGrant(tx, ctx, facts, session, request)
    const effect: Effect = {
      operation: request.operation,
      target: request.target,
      payload: request.payload ?? null,
      via: grant.proofClass,
      keep: session.id,
      credentialId: grant.credentialId,
    }
    const mayStop = request.operation === 'passkey.remove' && grant.mayStop(request.target as CredentialId)
    const done = await perform(tx, ctx, facts, effect, grant.decision, caller, mayStop)
    await request.also?.(tx, facts, session, grant)
    return done
  })
  ctx.wakeOutbox()
  return outcome
}

/**
 * Does one proven change now, or writes down that it waits. The guard comes first: what would lock the owner out is not even begun.
 *
 * @param effect with `keep`, the session that asks; null where none does (a forgotten password)
 * @param mayStop whether this proof may stop the passkey whose removal waits at once; without a grant that says so it may not
 * @throws Problem `last_way_in`, `refused_by_policy`, `account_frozen`
 */
export async function perform(
  tx: Tables,
  ctx: Ctx,
  facts: AccountFacts,
  effect: Effect,
  decision: Decision,
  caller: Caller,
  mayStop = false,
): Promise<ChangeOutcome> {
  if (facts.account.status === 'frozen') throw new Problem('account_frozen')
  if (decision.kind !== 'now' && decision.kind !== 'wait') throw refusedByPolicy(effect.operation)
  guardWayIn(ctx, facts, effect)
  if (decision.kind === 'wait') return startWait(tx, ctx, facts, effect, ctx.now() + decision.waitMs, caller, mayStop)
  await writeEffect(tx, ctx, facts, effect, { from: ctx.now(), reason: effect.operation, atLeastMs: 0 }, caller.client)
  return { status: 'done' }
}

async function startWait(
  tx: Tables,
  ctx: Ctx,
  facts: AccountFacts,
  effect: Effect,
  until: number,
  caller: Caller,
  mayStop: boolean,
): Promise<ChangeOutcome> {
  const { operation, target, keep, credentialId } = effect
  const changeId = await addPending(tx, ctx, facts, keep === null ? null : { id: keep }, effect, until)
  // a passkey whose removal waits stops at once, where this proof could suspend it (policy.md §4)
  if (mayStop)
    await endPasskey(tx, ctx, facts, { id: target as CredentialId, status: 'suspended', via: effect.via, keep, reason: 'passkey.suspend' })
  await notify(tx, ctx, facts, 'change_waits', { operation, until }, caller.client)
  const body = { operation, target, until, class: effect.via }
  await record(tx, ctx, { accountId: facts.account.id, sessionId: keep, credentialId, kind: 'change_waits', body, caller })
  return { status: 'waits', until, changeId }
}
