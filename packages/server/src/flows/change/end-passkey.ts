import type { CredentialId, SessionId } from '../../domain/types.ts'
import type { Change } from '../account/events.ts'
import { type Authority, demand } from '../prove/authority.ts'

/** How a passkey stops working. */
export interface PasskeyEnd {
  id: CredentialId
  status: 'suspended' | 'removed'
  /** The session that stays although it rests on the passkey; null where none does. */
  keepSession: SessionId | null
  /** Why sessions end with it: an operation of the policy table. */
  reason: (typeof ENDS)[number]
}

const ENDS = ['passkey.suspend', 'passkey.remove', 'change.cancel'] as const

/**
 * Ends a passkey with all that rests on it: its sessions (`endsWithPasskey`) and the open approvals that it gave. Whether it may be
 * ended was asked before (`mayStop`, `guardWayIn`).
 *
 * @returns false when it did not work any more
 * @example await endPasskey(change, grant, { id, status: 'removed', keepSession: session.id, reason: 'passkey.remove' })
 */
export async function endPasskey(
  { tx, ctx, facts: { account } }: Change,
  authority: Authority,
  { id, status, keepSession, reason }: PasskeyEnd,
): Promise<boolean> {
  demand(authority, ...ENDS)
  const at = ctx.now()
  const end = status === 'removed' ? tx.passkeys.remove : tx.passkeys.suspend
  const ended = await end(account.id, id, at, authority.proofClass)
  await tx.sessions.withdrawEvidence(account.id, { credentialId: id }, keepSession, at, reason)
  await tx.approvals.voidAll(account.id, id)
  return ended
}
