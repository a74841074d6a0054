import { isFrozen } from '../../domain/facts.ts'
import { type MethodName, methodsTo } from '../../domain/methods.ts'
import { Problem } from '../../domain/problems.ts'
import type { CredentialId, IdentifierKind, PendingChange, Was } from '../../domain/types.ts'
import { stoppedBy, undoMs, wasBefore } from '../../domain/undo.ts'
import { type Change, happened, tell } from '../account/events.ts'
import { endTrust } from '../account/trusted-device.ts'
import { type Authority, demand } from '../prove/authority.ts'
import { clearPlace, reactivatePasskey } from './effects.ts'
import { addPending } from './pending.ts'
import { standStill } from './thaw.ts'

type UndoAuthority = Authority<'change.undo'>
type Slot = Was['slot']

/** What stands there goes, and what stood there comes back. */
type Back<Had> = (change: Change, had: Had, undone: PendingChange, authority: UndoAuthority) => Promise<void>

const secret =
  (kind: 'password' | 'totp' | 'recovery_codes', method: MethodName) =>
  async (change: Change, had: { id: string; mustChange?: boolean }): Promise<void> => {
    await clearPlace(change, kind)
    orGone(await change.tx.authenticators.restore(had.id, had.mustChange ? 'must_change' : 'active'))
    await endSessionsBy(change, [method])
  }

/** @throws Problem `identifier_taken` where somebody else has it by now */
const address =
  (kind: IdentifierKind): Back<readonly string[]> =>
  async (change, had) => {
    const { tx, ctx, facts } = change
    for (const { id } of facts.identifiers.filter(i => i.kind === kind && i.supersededAt === null))
      await tx.identifiers.supersede(id, ctx.now())
    for (const id of had) orGone(await tx.identifiers.restore(id))
    await endSessionsBy(change, methodsTo(kind))
  }

/** As far as the change stopped it, it works again, as after a reactivation; one that was suspended before stays so. */
const passkey: Back<{ id: CredentialId }> = async (change, { id }, undone, authority) => {
  const { tx } = change
  const { id: accountId } = change.facts.account
  orGone(await tx.passkeys.restore(accountId, id))
  const facts = await tx.accounts.facts(accountId)
  const effect = { operation: 'passkey.reactivate', target: id, payload: null, authority, keepSession: null } as const
  if (facts && stoppedBy(undone)) await reactivatePasskey({ ...change, facts }, effect)
}

const BACK: { [S in Slot]: Back<NonNullable<Extract<Was, { slot: S }>['had']>> } = {
  password: secret('password', 'password'),
  totp: secret('totp', 'totp'),
  recovery_codes: secret('recovery_codes', 'recovery_code'),
  email: address('email'),
  phone: address('phone'),
  passkey,
}

/** Its rows are kept for longer than it can be undone. */
function orGone(found: boolean): void {
  if (!found) throw new Problem('not_found')
}

/** What rests on a method that was set up since is the intruder's, the asking session included. */
async function endSessionsBy({ tx, ctx, facts }: Change, methods: readonly MethodName[]): Promise<void> {
  for (const method of methods) await tx.sessions.withdrawEvidence(facts.account.id, { method }, null, ctx.now(), 'change.undo')
}

/**
 * Undoes a change: gives back the factor that it replaced or removed, and nothing else (policy.md §4 "Undo"). The session that asked
 * for the change ends, with the trust of devices; money pauses for 72 h, and every address is told, those of before and of now.
 *
 * @throws Problem `identifier_taken`
 */
export async function giveBack(change: Change, undone: PendingChange, authority: UndoAuthority): Promise<void> {
  demand(authority, 'change.undo')
  const { tx, ctx, facts, session } = change
  const { id } = facts.account
  const at = ctx.now()
  const { slot, had } = undone.was!
  await BACK[slot](change, had as never, undone, authority)
  const was = wasBefore(facts, undone.operation, undone.target)!
  await addPending(change, authority, { until: at, was })
  if (undone.sessionId !== null && undone.sessionId !== session?.id) await tx.sessions.end(id, undone.sessionId, at, 'change.undo')
  if (isFrozen(facts)) await standStill(change)
  await tx.accounts.pauseMoney(id, at + undoMs(ctx.config.policy), 'change.undo', at)
  await tellUndone({ ...change, facts: (await tx.accounts.facts(id))! }, undone, authority)
}

async function tellUndone(
  change: Change,
  { id, operation, target }: PendingChange,
  { credentialId, proofClass }: UndoAuthority,
): Promise<void> {
  await endTrust(change, null)
  await happened(change, 'change.undo', { credentialId, body: { change: id, operation, target, via: proofClass } })
  await tell(change, 'change_undone', { operation })
}
