import type { Caller, Ctx } from '../../ctx.ts'
import type { ChangingOperation } from '../../domain/policy.ts'
import type { CredentialId } from '../../domain/types.ts'
import { changeAccount, guardUnlocked } from '../account/account.ts'
import { type Change, happened, type OwnChange, tell } from '../account/events.ts'
import { guardMoving, requireSession } from '../account/session.ts'
import type { Authority } from '../prove/authority.ts'
import { refusedByPolicy, takeGrant } from '../prove/step-up.ts'
import { guardWayIn, writeEffect } from './effects.ts'
import { endPasskey } from './end-passkey.ts'
import { addPending } from './pending.ts'

/** Done, or it waits and can be stopped; the page says which, and until when. */
export type ChangeOutcome = { status: 'done' } | { status: 'waits'; until: number; changeId: string }

export interface ChangeRequest<Op extends ChangingOperation> {
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
export async function change<Op extends ChangingOperation>(ctx: Ctx, caller: Caller, request: ChangeRequest<Op>): Promise<ChangeOutcome> {
  const work = async (own: OwnChange) => perform(own, await takeGrant(own, request), request.payload)
  return changeAccount(ctx, caller, work, requireSession(caller, request.operation))
}

/**
 * Does one proven change now, or writes down that it waits. The guard comes first: what would lock the owner out is not even begun.
 *
 * @param authority of the operation; what the policy table says of it decides. `writeEffect` and `addPending` demand it
 * @param payload what the effect of the operation writes
 * @throws Problem `last_way_in`, `refused_by_policy`, `account_frozen`, `account_closing`, `account_locked`
 */
export async function perform(
  change: Change,
  authority: Authority<ChangingOperation>,
  payload: string | null = null,
): Promise<ChangeOutcome> {
  const { ctx, facts } = change
  const { decision, operation } = authority
  guardMoving(facts, operation)
  guardUnlocked(facts, operation, authority.target, ctx.now())
  if (decision.kind !== 'now' && decision.kind !== 'wait') throw refusedByPolicy(operation)
  guardWayIn(ctx, facts, { ...authority, payload })
  if (decision.kind === 'wait') return startWait(change, authority, payload, ctx.now() + decision.waitMs)
  await writeEffect(change, authority, payload, { from: ctx.now(), reason: operation, atLeastMs: 0 })
  return { status: 'done' }
}

async function startWait(change: Change, authority: Authority, payload: string | null, until: number): Promise<ChangeOutcome> {
  const { operation, target, credentialId, proofClass } = authority
  const changeId = await addPending(change, authority, { payload, until })
  // a passkey whose removal waits stops at once, where this proof could suspend it (policy.md §4)
  if (operation === 'passkey.remove' && authority.mayStop(target as CredentialId)) await stop(change, authority)
  await tell(change, 'change_waits', { operation, until })
  await happened(change, 'change_waits', { credentialId, body: { operation, target, until, class: proofClass } })
  return { status: 'waits', until, changeId }
}

const stop = (change: Change, authority: Authority): Promise<boolean> =>
  endPasskey(change, authority, {
    id: authority.target as CredentialId,
    status: 'suspended',
    keepSession: change.session?.id ?? null,
    reason: 'passkey.suspend',
  })
