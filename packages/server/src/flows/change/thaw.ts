import type { Ctx } from '../../ctx.ts'
import { erasureOf, isFrozen, trustedFrom } from '../../domain/facts.ts'
import { Problem } from '../../domain/problems.ts'
import type { AccountFacts, CredentialId, Passkey, ProofClass, SessionId } from '../../domain/types.ts'
import type { Change } from '../account/events.ts'
import { endTrust } from '../account/trusted-device.ts'
import type { Authority } from '../prove/authority.ts'

/** A freeze stops all that waits but its own end (policy.md §4). */
const GOES_ON = ['account.unfreeze']

/** What waits, and the clocks of young passkeys, come no further. What stands still already is left as it is. */
export async function standStill({ tx, ctx, facts: { account } }: Pick<Change, 'tx' | 'ctx' | 'facts'>): Promise<void> {
  await tx.changes.stopAll(account.id, ctx.now(), GOES_ON)
  await tx.passkeys.stopClocks(account.id, ctx.now())
}

/**
 * The end of a freeze. What waited goes on where it stood; the clock of a young passkey too, or from its beginning where less than a
 * trusted passkey ended the freeze (policy.md §2). An account that was closed before it is closed again, for the days that it had left:
 * the rest stands still until its owner keeps it. Sessions that were opened meanwhile end, with the trust that devices were given in
 * them, and so does every link of before.
 *
 * @param keepSession the one that asked for it
 * @throws Problem `already_done`
 */
export async function thaw(change: Change, authority: Authority, keepSession: SessionId | null): Promise<void> {
  const { tx, ctx, facts } = change
  if (!isFrozen(facts)) throw new Problem('already_done')
  const { id } = facts.account
  const at = ctx.now()
  const erasure = erasureOf(facts)
  await tx.accounts.update(id, { status: erasure ? 'closing' : 'active', frozenAt: null })
  for (const { id: wait, operation } of facts.pending) if (operation === authority.operation) await tx.changes.cancel(wait, at)
  if (erasure) await tx.changes.goOn(erasure.id, at + (erasure.remainingMs ?? 0))
  else await goOn(change, authority)
  await tx.sessions.endAll(id, keepSession, at, authority.operation)
  await tx.freezeLinks.endAll(id, at)
  await endTrust(change, null)
}

/** What waited goes on where it stood, and the clocks of young passkeys too, or from their beginning: as `authority` proved. */
export async function goOn({ tx, ctx, facts }: Change, authority: Authority): Promise<void> {
  const { id } = facts.account
  const clocks = clocksFrom(ctx, facts, authority.proofClass)
  for (const [passkey, trustedAt] of clocks) await tx.passkeys.startClock(id, passkey, trustedAt)
  for (const { id: wait, target, remainingMs } of facts.pending)
    if (remainingMs !== null) await tx.changes.goOn(wait, clocks.get(target as CredentialId) ?? ctx.now() + remainingMs)
}

/** From when each young passkey is trusted. */
function clocksFrom(ctx: Ctx, { account, passkeys }: AccountFacts, proof: ProofClass): Map<CredentialId, number> {
  const now = ctx.now()
  const whole = (passkey: Passkey): number => trustedFrom(passkey.createdVia, account, ctx.config.policy, now) - now
  const clocks = new Map<CredentialId, number>()
  for (const passkey of passkeys) {
    const { id, trustLeftMs, suspendedAt } = passkey
    if (trustLeftMs !== null) clocks.set(id, now + (proof === 'trusted' ? trustLeftMs : whole(passkey)))
    // a suspended one stood still by itself; what it waits once it works again begins anew all the same
    else if (proof !== 'trusted' && suspendedAt !== null && passkey.trustedAt > suspendedAt) clocks.set(id, suspendedAt + whole(passkey))
  }
  return clocks
}
