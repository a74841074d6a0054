import { calmKind, ERASURE } from '../../domain/facts.ts'
import { Problem } from '../../domain/problems.ts'
import { CLOSING_MS } from '../account/erase.ts'
import type { Change } from '../account/events.ts'
import { endTrust } from '../account/trusted-device.ts'
import type { Authority } from '../prove/authority.ts'
import { addPending } from './pending.ts'
import { goOn } from './thaw.ts'

/** Until when an account that is closed now can be kept: the same moment that its erasure waits for. */
export const keptUntil = (now: number): number => now + CLOSING_MS

/**
 * Closes the account: every session ends, no approval is left open, and what waited stands still, as in a freeze. Its erasure is a wait
 * of the class that asked for the closing: so stopping it takes at least that (policy.md §4), and a freeze keeps it standing.
 *
 * @throws Problem `already_done` for one that is closed, or frozen
 */
export async function closeAccount(change: Change, authority: Authority): Promise<void> {
  const { tx, ctx, facts } = change
  if (calmKind(facts.account.status)) throw new Problem('already_done')
  const { id } = facts.account
  const at = ctx.now()
  await tx.accounts.update(id, { status: 'closing' })
  await tx.changes.stopAll(id, at, [])
  await tx.passkeys.stopClocks(id, at)
  await tx.sessions.endAll(id, null, at, 'account.close')
  await tx.approvals.voidAll(id, null)
  await endTrust(change, null)
  await addPending(change, authority, { operation: ERASURE, until: keptUntil(at) })
}

/** The owner keeps the account: it works again, and what waited goes on. A frozen one stays frozen, and is active after its thaw. */
export async function keepAccount(change: Change, authority: Authority<'change.cancel'>): Promise<void> {
  const { tx, facts } = change
  if (facts.account.status !== 'closing') return
  await tx.accounts.update(facts.account.id, { status: 'active' })
  await goOn(change, authority)
}
