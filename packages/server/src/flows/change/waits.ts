import type { Caller, Ctx } from '../../ctx.ts'
import { ERASURE, hasTrustedPasskey } from '../../domain/facts.ts'
import { Problem } from '../../domain/problems.ts'
import type { AccountFacts, CredentialId, PendingChange, ProofClass } from '../../domain/types.ts'
import { changeAccount } from '../account/account.ts'
import { type Change, happened, tell } from '../account/events.ts'
import { requireSession } from '../account/session.ts'
import { type Authority, demand } from '../prove/authority.ts'
import { takeAtOnce } from '../prove/step-up.ts'
import { keepAccount } from './closing.ts'
import { guardWayIn } from './effects.ts'
import { endPasskey } from './end-passkey.ts'

type CancelAuthority = Authority<'change.cancel'>

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
      const { tx, session } = own
      guardWaits(own, id)
      await cancelBy(own, waiting, await takeAtOnce(own, { operation: 'change.cancel', target: id }))
      return (await tx.sessions.get(session.id))?.endedAt !== null
    },
    requireSession(caller, 'change.cancel'),
  )
  return { change: waiting, signedOut }
}

/** @throws Problem `already_done` where it waits no more */
export function guardWaits({ facts }: Pick<Change, 'facts'>, id: string): void {
  if (!facts.pending.some(change => change.id === id)) throw new Problem('already_done')
}

/** Stops a wait, with what was there before its time, its event and notices. @throws Problem `refused_by_policy`, `last_way_in` */
export async function cancelBy(change: Change, waiting: PendingChange, authority: CancelAuthority): Promise<void> {
  const { tx, ctx, facts } = change
  demand(authority, 'change.cancel')
  guardCancel(ctx, facts, waiting, authority)
  await tx.changes.cancel(waiting.id, ctx.now())
  await GOES[waiting.operation]?.(change, waiting, authority)
  await tellCancelled(change, waiting, authority)
}

/**
 * Whether a proof is at least of the class that made a change. Two steps are lesser beside a trusted passkey and reach what two steps
 * made; without one, lesser is less than that.
 *
 * @param facts by which the proof was judged
 * @example if (!atLeastAsked(change, grant.proofClass, facts, ctx)) throw new Problem('refused_by_policy', { methods: ['passkey'] })
 */
export function atLeastAsked(change: Pick<PendingChange, 'class'>, proof: ProofClass, facts: AccountFacts, ctx: Ctx): boolean {
  if (proof === 'trusted' || change.class === 'lesser') return true
  return change.class === 'two_steps' && (proof === 'two_steps' || hasTrustedPasskey(facts, ctx.config.policy, ctx.now()))
}

/** At least the class that began it; and cancelling a creation stops a passkey, which not every proof may (INV-11). */
function guardCancel(ctx: Ctx, facts: AccountFacts, change: PendingChange, authority: CancelAuthority): void {
  const stops = change.operation === 'passkey.add' && !authority.mayStop(change.target as CredentialId)
  if (!atLeastAsked(change, authority.proofClass, facts, ctx) || stops) throw new Problem('refused_by_policy', { methods: ['passkey'] })
}

type Goes = (change: Change, waiting: PendingChange, authority: CancelAuthority) => Promise<void>

/** What was there before its time goes with the wait; the others simply never happen. A passkey whose deletion waited stays suspended. */
const GOES: Readonly<Record<string, Goes | undefined>> = {
  'passkey.add': removeYoung,
  [ERASURE]: (change, _, authority) => keepAccount(change, authority),
  async 'payout_address.add'({ tx, ctx, facts }, waiting) {
    await tx.payoutAddresses.remove(facts.account.id, waiting.target ?? '', ctx.now())
  },
}

/** The young passkey goes, with the sessions that rest on it, the caller's own included. Never the last way in (INV-1). */
async function removeYoung(change: Change, waiting: PendingChange, authority: CancelAuthority): Promise<void> {
  const id = waiting.target as CredentialId
  guardWayIn(change.ctx, change.facts, { operation: 'passkey.remove', target: id, payload: null })
  // removed by its owner meanwhile: then only the wait is left to end
  await endPasskey(change, authority, { id, status: 'removed', keepSession: null, reason: 'change.cancel' })
}

async function tellCancelled(change: Change, { id, operation, target }: PendingChange, authority: CancelAuthority): Promise<void> {
  const { credentialId, proofClass } = authority
  const via = authority.by === 'voice' ? 'voice' : proofClass
  await happened(change, 'change.cancel', { credentialId, body: { change: id, operation, target, via } })
  await tell(change, 'change_cancelled', { operation })
}
