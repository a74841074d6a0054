import type { Caller, Ctx } from '../ctx.ts'
import type { Decision, Operation } from '../domain/policy.ts'
import { Problem } from '../domain/problems.ts'
import type { CredentialId } from '../domain/types.ts'
import { changeAccount } from './account.ts'
import { type Effect, guardWayIn, writeEffect } from './effects.ts'
import { endPasskey } from './end-passkey.ts'
import { type Change, happened, tell } from './events.ts'
import { addPending } from './pending.ts'
import { refusedByPolicy, takeGrant } from './step-up.ts'

/** Done, or it waits and can be stopped; the page says which, and until when. */
export type ChangeOutcome = { status: 'done' } | { status: 'waits'; until: number; changeId: string }

export interface ChangeRequest<Op extends Operation> {
  operation: Op
  target: string | null
  /** Kind-specific text, sealed while it waits. */
  payload?: string | null
}

/**
 * The one path of every change of an account's factors: locks the account, takes the proof, asks the policy table, and then does it,
 * or writes down that it waits (policy.md §4). All in one transaction, with its event and notices.
 *
 * @throws Problem `step_up_required`, `refused_by_policy`, `last_way_in`, …
 * @example await change(ctx, caller, { operation: 'passkey.remove', target: id })
 */
export async function change<Op extends Operation>(ctx: Ctx, caller: Caller, request: ChangeRequest<Op>): Promise<ChangeOutcome> {
  return changeAccount(ctx, caller, async own => {
    const grant = await takeGrant(own, request)
    const effect: Effect = {
      operation: request.operation,
      target: request.target,
      payload: request.payload ?? null,
      via: grant.proofClass,
      keep: own.session.id,
      credentialId: grant.credentialId,
    }
    const mayStop = request.operation === 'passkey.remove' && grant.mayStop(request.target as CredentialId)
    return perform(own, effect, grant.decision, mayStop)
  })
}

/**
 * Does one proven change now, or writes down that it waits. The guard comes first: what would lock the owner out is not even begun.
 *
 * @param effect with `keep`, the session that asks; null where none does (a forgotten password)
 * @param mayStop whether this proof may stop the passkey whose removal waits at once; without a grant that says so it may not
 * @throws Problem `last_way_in`, `refused_by_policy`, `account_frozen`
 */
export async function perform(change: Change, effect: Effect, decision: Decision, mayStop = false): Promise<ChangeOutcome> {
  const { ctx, facts } = change
  if (facts.account.status === 'frozen') throw new Problem('account_frozen')
  if (decision.kind !== 'now' && decision.kind !== 'wait') throw refusedByPolicy(effect.operation)
  guardWayIn(ctx, facts, effect)
  if (decision.kind === 'wait') return startWait(change, effect, ctx.now() + decision.waitMs, mayStop)
  await writeEffect(change, effect, { from: ctx.now(), reason: effect.operation, atLeastMs: 0 })
  return { status: 'done' }
}

async function startWait(change: Change, effect: Effect, until: number, mayStop: boolean): Promise<ChangeOutcome> {
  const { operation, target, credentialId, via, keep } = effect
  const changeId = await addPending(change, effect, until)
  // a passkey whose removal waits stops at once, where this proof could suspend it (policy.md §4)
  if (mayStop) await endPasskey(change, { id: target as CredentialId, status: 'suspended', via, keep, reason: 'passkey.suspend' })
  await tell(change, 'change_waits', { operation, until })
  await happened(change, 'change_waits', { sessionId: keep, credentialId, body: { operation, target, until, class: via } })
  return { status: 'waits', until, changeId }
}
