import type { Caller, Ctx } from '../../ctx.ts'
import { type Anomaly, reactionTo } from '../../domain/anomalies.ts'
import { Problem } from '../../domain/problems.ts'
import type { CredentialId, Passkey } from '../../domain/types.ts'
import type { Proven } from '../../methods/index.ts'
import type { Tables } from '../../store/store.ts'
import { lockAccount } from '../account/account.ts'
import { happened, record, tell } from '../account/events.ts'
import { takesLastWayIn } from '../change/effects.ts'
import { endPasskey } from '../change/end-passkey.ts'
import { mint } from './authority.ts'

/** A passkey that signed, as far as it is doubted. */
interface Doubted extends Pick<Proven, 'apply'> {
  match: { passkey: Passkey }
  anomalies: readonly Anomaly[]
}

/** Writes down what does not fit with what was known of a passkey, and tells every address what the policy wants told (N8). */
export async function tellAnomalies(tx: Tables, ctx: Ctx, caller: Caller, passkey: Passkey, anomalies: readonly Anomaly[]): Promise<void> {
  const facts = await tx.accounts.facts(passkey.accountId)
  if (!facts) return
  const change = { tx, ctx, facts, caller, session: null }
  for (const anomaly of anomalies) {
    await happened(change, anomaly, { credentialId: passkey.id })
    if (ctx.config.policy.onAnomaly[anomaly] !== 'record') await tell(change, anomaly, { name: passkey.label ?? passkey.autoLabel })
  }
}

/** Told once for each challenge: the same response again is refused alike, and tells nobody anew. */
export async function refuseDoubtful(ctx: Ctx, { apply, anomalies }: Doubted): Promise<never> {
  await ctx.store.transaction(apply).catch(error => {
    if (!(error instanceof Problem && error.code === 'challenge_expired')) throw error
  })
  ctx.wakeOutbox()
  throw new Problem('passkey_rejected', {}, anomalies.join(' '))
}

/**
 * Stops a passkey where the policy wants that, with what rests on it: never the last way in, which is doubted and no more (INV-1).
 *
 * @returns whether it works no more
 */
export async function suspendDoubtful(ctx: Ctx, caller: Caller, { match: { passkey }, anomalies, apply }: Doubted): Promise<boolean> {
  if (reactionTo(anomalies, ctx.config.policy.onAnomaly) !== 'suspend') return false
  const { id, accountId } = passkey
  const suspended = await ctx.store.transaction(async tx => {
    const facts = await lockAccount(tx, ctx, accountId)
    if (takesLastWayIn(ctx, facts, { operation: 'passkey.remove', target: id, payload: null })) return false
    const change = { tx, ctx, facts, caller, session: null }
    await apply(tx)
    await endPasskey(change, authorityOver(id), { id, status: 'suspended', keepSession: null, reason: 'passkey.suspend' })
    await happened(change, 'passkey.suspend', { credentialId: id, body: { via: 'anomaly' } })
    await tell(change, 'passkey_suspended', { name: passkey.label ?? passkey.autoLabel })
    return true
  })
  if (suspended) ctx.wakeOutbox()
  return suspended
}

const authorityOver = (id: CredentialId) =>
  mint('anomaly', {
    operation: 'passkey.suspend',
    target: id,
    proofClass: 'lesser',
    decision: { kind: 'now', pauseMs: 0 },
    credentialId: id,
    mayStop: one => one === id,
  })

/** Refused, whoever asks, and written down: its owner finds it in the list of what happened. */
const REFUSED: Partial<Record<Problem['code'], string>> = {
  passkey_backup_changed: 'backup_eligibility_changed',
  passkey_unverified_user: 'verification_lost',
}

export async function recordRefused(ctx: Ctx, caller: Caller, passkey: Passkey, { code }: Problem): Promise<void> {
  const kind = REFUSED[code]
  if (!kind) return
  const { accountId, id, backupEligible } = passkey
  const body = kind === 'backup_eligibility_changed' ? { was: backupEligible, is: !backupEligible } : {}
  await ctx.store.transaction(tx => record(tx, ctx, { accountId, credentialId: id, kind, body, caller }))
}
