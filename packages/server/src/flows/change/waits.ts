import type { Caller, Ctx } from '../../ctx.ts'
import { ERASURE, hasTrustedPasskey } from '../../domain/facts.ts'
import { Problem } from '../../domain/problems.ts'
import type { AccountFacts, CredentialId, PendingChange, ProofClass } from '../../domain/types.ts'
import { changeAccount } from '../account/account.ts'
import { happened, type OwnChange, tell } from '../account/events.ts'
import { requireSession } from '../account/session.ts'
import type { Authority } from '../prove/authority.ts'
import { takeAtOnce } from '../prove/step-up.ts'
import { keepAccount } from './closing.ts'
import { guardWayIn } from './effects.ts'
import { endPasskey } from './end-passkey.ts'

/** A change of the caller's own account, waiting or not. @throws Problem `not_found`, for foreign ones alike (INV-19) */
export async function ownChange(ctx: Ctx, caller: Caller, id: string): Promise<PendingChange> {
  const change = await ctx.store.read.changes.get(requireSession(caller, 'change.cancel').accountId, id)
  if (!change) throw new Problem('not_found')
  return change
}

/**
 * Stops a change that waits, with a proof of at least the class that began it: T stops all; two steps, with or without a trusted
 * passkey beside them, stop what two steps began (policy.md §4). The proof is a ceremony bound to this change.
 *
 * @returns what was stopped, and whether the caller's own session ended with it
 * @throws Problem `not_found`, `already_done`, `step_up_required`, `refused_by_policy`, `last_way_in`
 */
export async function cancelChange(ctx: Ctx, caller: Caller, id: string): Promise<{ change: PendingChange; signedOut: boolean }> {
  const waiting = await ownChange(ctx, caller, id)
  const signedOut = await changeAccount(
    ctx,
    caller,
    async own => {
      const { tx, facts, session } = own
      if (!facts.pending.some(change => change.id === id)) throw new Problem('already_done')
      const grant = await takeAtOnce(own, { operation: 'change.cancel', target: id })
      await stopWait(own, waiting, grant)
      return (await tx.sessions.get(session.id))?.endedAt !== null
    },
    requireSession(caller, 'change.cancel'),
  )
  return { change: waiting, signedOut }
}

/**
 * Whether a proof is of at least the class that asked for a change (policy.md §4). Two steps are lesser beside a trusted passkey and
 * stop what two steps began; without one, lesser is less than that.
 */
export function atLeastAsked(change: Pick<PendingChange, 'class'>, proof: ProofClass, facts: AccountFacts, ctx: Ctx): boolean {
  const less = proof === 'lesser' && !hasTrustedPasskey(facts, ctx.config.policy, ctx.now())
  return change.class === 'trusted' ? proof === 'trusted' : change.class === 'lesser' || !less
}

/** At least the class that began it; and cancelling a creation stops a passkey, which not every proof may (INV-11). */
function guardCancel({ ctx, facts }: OwnChange, change: PendingChange, by: Authority<'change.cancel'>): void {
  const stops = change.operation === 'passkey.add' && !by.mayStop(change.target as CredentialId)
  if (stops || !atLeastAsked(change, by.proofClass, facts, ctx)) throw new Problem('refused_by_policy', { methods: ['passkey'] })
}

/**
 * Stops one change that waits.
 *
 * @throws Problem `refused_by_policy` where it proves less than what asked; `last_way_in`
 */
export async function stopWait(own: OwnChange, waiting: PendingChange, by: Authority<'change.cancel'>): Promise<void> {
  guardCancel(own, waiting, by)
  await own.tx.changes.cancel(waiting.id, own.ctx.now())
  await UNDO[waiting.operation]?.(own, waiting, by)
  await tellCancelled(own, waiting, by)
}

type Undo = (own: OwnChange, change: PendingChange, by: Authority<'change.cancel'>) => Promise<void>

/** What was there before its time goes with the wait; the others simply never happen. A passkey whose deletion waited stays suspended. */
const UNDO: Readonly<Record<string, Undo | undefined>> = {
  'passkey.add': removeYoung,
  [ERASURE]: (own, _, by) => keepAccount(own, by),
  async 'payout_address.add'({ tx, ctx, facts }, change) {
    await tx.payoutAddresses.remove(facts.account.id, change.target ?? '', ctx.now())
  },
}

/** The young passkey goes, with the sessions that rest on it, the caller's own included. Never the last way in (INV-1). */
async function removeYoung(own: OwnChange, change: PendingChange, by: Authority<'change.cancel'>): Promise<void> {
  const id = change.target as CredentialId
  guardWayIn(own.ctx, own.facts, { operation: 'passkey.remove', target: id, payload: null })
  // removed by its owner meanwhile: then only the wait is left to end
  await endPasskey(own, by, { id, status: 'removed', keepSession: null, reason: 'change.cancel' })
}

async function tellCancelled(own: OwnChange, { id, operation, target }: PendingChange, by: Authority): Promise<void> {
  const { credentialId, proofClass } = by
  await happened(own, 'change.cancel', { credentialId, body: { change: id, operation, target, via: proofClass } })
  await tell(own, 'change_cancelled', { operation })
}
