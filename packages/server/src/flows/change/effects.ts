import type { Ctx } from '../../ctx.ts'
import type { NoticeParams, NoticeTemplate } from '../../deliver/notify.ts'
import { addresses, isLastTrusted, madeWith, primaryAddress, trustedFrom } from '../../domain/facts.ts'
import { type MethodName, methodsTo } from '../../domain/methods.ts'
import { type ChangingOperation, decide, isChange, lastTrustedPauseMs, type Policy, recoveryPauseMs } from '../../domain/policy.ts'
import { Problem } from '../../domain/problems.ts'
import type { AccountFacts, CredentialId, Identifier, IdentifierKind, Passkey, PendingChange, SessionId } from '../../domain/types.ts'
import { undoMs, wasBefore } from '../../domain/undo.ts'
import { waysIn } from '../../domain/ways-in.ts'
import { uuidv7 } from '../../keys.ts'
import { reopenMethods } from '../../limits/index.ts'
import type { Tables } from '../../store/store.ts'
import { type Change, happened, tell } from '../account/events.ts'
import { type Authority, demand, mint } from '../prove/authority.ts'
import { closeAccount, keptUntil } from './closing.ts'
import { endPasskey } from './end-passkey.ts'
import { addPending } from './pending.ts'
import { thaw } from './thaw.ts'

/** What an account would become, which needs nobody's leave to be asked. */
export interface Wanted {
  operation: ChangingOperation
  target: string | null
  /** Kind-specific text, e.g. a password hash; sealed while it waits. */
  payload: string | null
}

/** One change of an account's factors that takes effect now: at once, or because its wait is over. */
export interface Effect extends Wanted {
  authority: Authority
  /** The session that asked; it stays while others lose what the change took. */
  keepSession: SessionId | null
}

interface EffectRow {
  /** The account as it would be: what `waysIn` judges before anything is written. */
  after(facts: AccountFacts, wanted: Wanted): AccountFacts
  write(change: Change, effect: Effect): Promise<void>
  /** Told to every address; of the facts as they stood before. */
  notice: NoticeTemplate | null | ((facts: AccountFacts) => NoticeTemplate)
  /** What else the notice says. */
  told?(now: number): NoticeParams
}

const nothing = (facts: AccountFacts): AccountFacts => facts
const id = (effect: Wanted): CredentialId => (effect.target ?? '') as CredentialId

const withPasskey =
  (status: 'removed' | 'active') =>
  (facts: AccountFacts, effect: Wanted): AccountFacts => ({
    ...facts,
    passkeys: facts.passkeys.map(p => (p.id === effect.target ? { ...p, status } : p)),
  })

/** Reactivation gives a young passkey the time that it still had to wait: its clock stood still (policy.md §3). */
function trustedAgain(facts: AccountFacts, effect: Effect, policy: Policy, now: number): number {
  const passkey = facts.passkeys.find(p => p.id === effect.target)
  if (!passkey) throw new Problem('not_found')
  const left = Math.max(0, passkey.trustedAt - (passkey.suspendedAt ?? now))
  return left === 0 && effect.authority.proofClass === 'lesser' ? trustedFrom('lesser', null, policy, now) : now + left
}

/** A passkey added with a lesser proof or by a recovery can be cancelled until it is trusted (policy.md §4), and its clock stood still. */
async function waitAgain(change: Change, effect: Effect, trustedAt: number): Promise<void> {
  const { tx, ctx, facts } = change
  const passkey = facts.passkeys.find(p => p.id === effect.target)
  if (!passkey || trustedAt <= ctx.now() || !ADDED_AS_WAIT.has(passkey.createdVia)) return
  const old = facts.pending.find(c => c.operation === 'passkey.add' && c.target === passkey.id)
  if (old) await tx.changes.cancel(old.id, ctx.now())
  const { id: target } = passkey
  const again = { operation: 'passkey.add', target, proofClass: madeWith(passkey), decision: NOW, credentialId: target } as const
  await addPending(change, mint('reactivation', again), { until: trustedAt })
}

const ADDED_AS_WAIT: ReadonlySet<Passkey['createdVia']> = new Set(['lesser', 'recovery_two_steps', 'recovery_lesser'])

/** Nothing of the kind is in force any more; so long as that can be undone its rows stay. */
export async function clearPlace({ tx, ctx, facts }: Change, kind: 'password' | 'totp' | 'recovery_codes'): Promise<void> {
  const keptUntil = ctx.now() + undoMs(ctx.config.policy)
  for (const status of ['active', 'must_change'] as const) await tx.authenticators.removeAll(facts.account.id, kind, status, keptUntil)
}

async function endSessionsOf({ tx, ctx, facts }: Change, method: MethodName, effect: Effect): Promise<void> {
  await tx.sessions.withdrawEvidence(facts.account.id, { method }, effect.keepSession, ctx.now(), effect.operation)
}

/** A suspended passkey works again. @throws Problem `already_done` where it is not suspended */
export async function reactivatePasskey(change: Change, effect: Effect): Promise<void> {
  const { tx, ctx, facts } = change
  const trustedAt = trustedAgain(facts, effect, ctx.config.policy, ctx.now())
  if (!(await tx.passkeys.reactivate(facts.account.id, id(effect), trustedAt))) throw new Problem('already_done')
  await waitAgain(change, effect, trustedAt)
}

async function removePasskey(change: Change, effect: Effect): Promise<void> {
  const { authority, keepSession } = effect
  const ended = await endPasskey(change, authority, { id: id(effect), status: 'removed', keepSession, reason: 'passkey.remove' })
  if (!ended) throw new Problem('already_done')
}

/** An address that still waits goes with its wait. */
async function removePayoutAddress({ tx, ctx, facts }: Change, effect: Effect): Promise<void> {
  if (!(await tx.payoutAddresses.remove(facts.account.id, effect.target ?? '', ctx.now()))) throw new Problem('already_done')
  const wait = facts.pending.find(c => c.target === effect.target)
  if (wait) await tx.changes.cancel(wait.id, ctx.now())
}

async function setPassword(change: Change, effect: Effect): Promise<void> {
  const { tx, ctx, facts } = change
  const asking = effect.keepSession ? await tx.sessions.get(effect.keepSession) : null
  await endPassword(change, effect)
  await tx.authenticators.insert(authenticator(change, 'password', { hash: effect.payload, changedAt: ctx.now() }, effect))
  await reopenMethods(tx, ctx, facts, effect.authority.proofClass === 'lesser' ? ['password'] : undefined)
  // who chose the new password knows it: without this the asking session could prove no second step until its next sign-in
  const known = asking?.evidence.find(e => e.method === 'password')
  if (asking && asking.endedAt === null && known) await tx.sessions.addEvidence(asking.id, { ...known, operation: null, target: null })
}

/** A password that has to be changed goes like any other. */
async function endPassword(change: Change, effect: Effect): Promise<void> {
  await clearPlace(change, 'password')
  await endSessionsOf(change, 'password', effect)
}

const authenticator = (
  { ctx, facts }: Change,
  kind: 'password' | 'totp' | 'recovery_codes',
  data: Record<string, unknown>,
  { keepSession }: Effect,
) => ({
  id: uuidv7(ctx.now()),
  accountId: facts.account.id,
  kind,
  status: 'active' as const,
  data,
  sessionId: keepSession,
  createdAt: ctx.now(),
  expiresAt: null,
  lastUsedAt: null,
})

async function setTotp(change: Change, effect: Effect): Promise<void> {
  const { tx, ctx, facts } = change
  const { secret, step } = JSON.parse(effect.payload ?? '{}') as { secret: string; step: number }
  await clearPlace(change, 'totp')
  const row = authenticator(change, 'totp', { secret }, effect)
  await tx.authenticators.insert(row)
  await tx.authenticators.useTotpStep(row.id, step, ctx.now(), 'active')
  await reopenMethods(tx, ctx, facts, ['totp'])
  if (facts.totp) await endSessionsOf(change, 'totp', effect)
}

async function removeTotp(change: Change, effect: Effect): Promise<void> {
  await clearPlace(change, 'totp')
  await endSessionsOf(change, 'totp', effect)
}

type Write = EffectRow['write']

/** A wait that began as an addition replaces nothing: what is there by then was set up with a better proof. */
const onlyFirst =
  (has: (facts: AccountFacts) => boolean, write: Write): Write =>
  async (change, effect) => {
    if (has(change.facts)) throw new Problem('already_done')
    await write(change, effect)
  }

/** Codes and their hashes were made when asked for; the payload holds the rows' data. */
async function setRecoveryCodes(change: Change, effect: Effect): Promise<void> {
  const { tx, facts } = change
  const codes = JSON.parse(effect.payload ?? '[]') as { prefix: string; hash: string }[]
  await clearPlace(change, 'recovery_codes')
  if (facts.recoveryCodes) await endSessionsOf(change, 'recovery_code', effect)
  const set = authenticator(change, 'recovery_codes', {}, effect)
  await tx.authenticators.insert(set)
  await tx.authenticators.insertRecoveryCodes(
    codes.map((code, n) => ({ id: `${set.id}.${n}`, setId: set.id, accountId: facts.account.id, ...code, usedAt: null })),
  )
}

const addAddress =
  (kind: IdentifierKind) =>
  async ({ tx, ctx, facts }: Change, effect: Effect): Promise<void> => {
    const at = ctx.now()
    await tx.identifiers.insert({
      id: uuidv7(at),
      accountId: facts.account.id,
      kind,
      value: effect.payload ?? '',
      verifiedAt: at,
      createdAt: at,
      supersededAt: null,
    })
    await reopenMethods(tx, ctx, facts, methodsTo(kind))
  }

/** Not beside the owner's own, where no page would show it and it would open the door all the same. */
const onlyFirstAddress = (kind: IdentifierKind): Write => onlyFirst(facts => primaryAddress(facts, kind) !== undefined, addAddress(kind))

const replaceAddress =
  (kind: IdentifierKind) =>
  async (change: Change, effect: Effect): Promise<void> => {
    const { tx, ctx, facts } = change
    // the new one first: where somebody else holds it by now, nothing is lost
    await addAddress(kind)(change, effect)
    for (const old of addresses(facts, kind)) await tx.identifiers.supersede(old.id, ctx.now())
    for (const method of methodsTo(kind)) await endSessionsOf(change, method, effect)
  }

const removeAddress =
  (kind: IdentifierKind) =>
  async (change: Change, effect: Effect): Promise<void> => {
    const { tx, ctx, facts } = change
    // two removals that waited side by side: somebody has to hear of what happens to the account
    if (addresses(facts, kind === 'email' ? 'phone' : 'email').length === 0) throw new Problem('last_way_in')
    for (const old of addresses(facts, kind)) await tx.identifiers.supersede(old.id, ctx.now())
    for (const method of methodsTo(kind)) await endSessionsOf(change, method, effect)
  }

const withAddress =
  (kind: IdentifierKind) =>
  (facts: AccountFacts, effect: Wanted): AccountFacts => ({
    ...facts,
    identifiers: [
      ...facts.identifiers,
      {
        ...(primaryAddress(facts, kind) ?? { accountId: facts.account.id, verifiedAt: 0, createdAt: 0 }),
        id: 'new',
        kind,
        value: effect.payload ?? '',
        supersededAt: null,
      } as Identifier,
    ],
  })
const withoutAddress =
  (kind: IdentifierKind) =>
  (facts: AccountFacts): AccountFacts => ({ ...facts, identifiers: facts.identifiers.filter(i => i.kind !== kind) })
const withTotp = (facts: AccountFacts): AccountFacts => ({ ...facts, totp: { id: 'new', createdAt: 0, lastUsedAt: null } })
const withPassword = (facts: AccountFacts): AccountFacts => ({ ...facts, password: { id: 'new', changedAt: 0, mustChange: false } })

/** What each changing operation does to the account. The passkey's own add is not here: it happens at its ceremony. */
const EFFECTS: Record<ChangingOperation, EffectRow> = {
  'passkey.remove': { after: withPasskey('removed'), write: removePasskey, notice: 'passkey_removed' },
  'passkey.reactivate': {
    after: withPasskey('active'),
    write: reactivatePasskey,
    notice: 'passkey_reactivated',
  },
  // a passkey added with a lesser proof is a wait until it is trusted; when the time has come there is nothing left to do
  'passkey.add': { after: nothing, write: async () => {}, notice: null },
  'password.change': { after: withPassword, write: setPassword, notice: facts => (facts.password ? 'password_changed' : 'password_added') },
  'password.remove': { after: facts => ({ ...facts, password: null }), write: endPassword, notice: 'password_removed' },
  'totp.add': { after: withTotp, write: onlyFirst(facts => facts.totp !== null, setTotp), notice: 'totp_added' },
  'totp.replace': { after: withTotp, write: setTotp, notice: 'totp_replaced' },
  'totp.remove': { after: facts => ({ ...facts, totp: null }), write: removeTotp, notice: 'totp_removed' },
  'recovery_codes.add': {
    after: nothing,
    write: onlyFirst(facts => facts.recoveryCodes !== null, setRecoveryCodes),
    notice: 'recovery_codes_made',
  },
  'recovery_codes.replace': { after: nothing, write: setRecoveryCodes, notice: 'recovery_codes_made' },
  'email.add': { after: withAddress('email'), write: onlyFirstAddress('email'), notice: 'email_added' },
  'phone.add': { after: withAddress('phone'), write: onlyFirstAddress('phone'), notice: 'phone_added' },
  'email.replace': { after: withAddress('email'), write: replaceAddress('email'), notice: 'email_replaced' },
  'phone.replace': { after: withAddress('phone'), write: replaceAddress('phone'), notice: 'phone_replaced' },
  'email.remove': { after: withoutAddress('email'), write: removeAddress('email'), notice: 'email_removed' },
  'phone.remove': { after: withoutAddress('phone'), write: removeAddress('phone'), notice: 'phone_removed' },
  'payout_address.add': {
    after: nothing,
    // the row was written when it was asked for, with the time from which it counts
    write: async () => {},
    notice: null,
  },
  'payout_address.remove': { after: nothing, write: removePayoutAddress, notice: 'payout_address_removed' },
  'account.unfreeze': {
    after: nothing,
    write: (change, { authority, keepSession }) => thaw(change, authority, keepSession),
    notice: 'account_unfrozen',
  },
  'account.close': {
    after: nothing,
    write: (change, { authority }) => closeAccount(change, authority),
    notice: 'account_closing',
    told: now => ({ until: keptUntil(now) }),
  },
}

/** Whether the account would be left without a way in; one that has none, by a policy that became stricter, may still change. */
export function takesLastWayIn({ config: { policy } }: Ctx, facts: AccountFacts, wanted: Wanted): boolean {
  const row = EFFECTS[wanted.operation]
  return waysIn(facts, policy).length > 0 && waysIn(row.after(facts, wanted), policy).length === 0
}

/** @throws Problem `last_way_in` (INV-1, K38, O38) */
export function guardWayIn(ctx: Ctx, facts: AccountFacts, wanted: Wanted): void {
  if (takesLastWayIn(ctx, facts, wanted)) throw new Problem('last_way_in')
}

/**
 * Writes one effect with all that belongs to it: the guard, the change, the pause of money, the event and the notice to every
 * verified address (INV-14).
 *
 * @param wait the change that waited and takes effect now; null where it did not wait
 */
export async function writeEffect(
  change: Change,
  authority: Authority<ChangingOperation>,
  payload: string | null,
  pause: Pause,
  wait: PendingChange | null = null,
): Promise<void> {
  demand(authority)
  const { tx, ctx, facts, session } = change
  const { operation, target, proofClass: via, credentialId } = authority
  const effect: Effect = { operation, target, payload, authority, keepSession: session?.id ?? null }
  const row = EFFECTS[operation]
  guardWayIn(ctx, facts, effect)
  await row.write(change, effect)
  await keepWas(change, authority, wait)
  const decision = decide(operation, via, ctx.config.policy)
  const pauseMs = Math.max(pause.atLeastMs, 'pauseMs' in decision ? decision.pauseMs : 0, lastTrustedGoes(ctx, facts, effect))
  if (pauseMs > 0) await tx.accounts.pauseMoney(facts.account.id, pause.from + pauseMs, pause.reason, ctx.now())
  await happened(change, operation, { credentialId, body: { target, via } })
  const notice = typeof row.notice === 'function' ? row.notice(facts) : row.notice
  if (notice) await tell(change, notice, { name: passkeyName(facts, target), ...row.told?.(ctx.now()) })
}

/** What it put something else in place of, with the wait that it was, or as a change that did not wait (policy.md §4 "Undo"). */
async function keepWas(change: Change, authority: Authority<ChangingOperation>, wait: PendingChange | null): Promise<void> {
  const { tx, ctx, facts } = change
  const was = wasBefore(facts, authority.operation, authority.target)
  if (was === null) return
  if (wait) await tx.changes.setWas(wait.id, was)
  else await addPending(change, authority, { until: ctx.now(), was })
}

/** When the pause of money starts, now or when a wait was over; and how long it takes at least. */
interface Pause {
  from: number
  reason: string
  atLeastMs: number
}

/** Removing the last trusted passkey pauses money, whatever the proof (policy.md §4). */
const lastTrustedGoes = (ctx: Ctx, facts: AccountFacts, { operation, target }: Wanted): number =>
  isLastTrusted(facts, target, ctx.now()) ? lastTrustedPauseMs(operation, ctx.config.policy) : 0

const passkeyName = (facts: AccountFacts, target: string | null): string | null => {
  const passkey = facts.passkeys.find(p => p.id === target)
  return passkey ? (passkey.label ?? passkey.autoLabel) : null
}

/** Its new passkey paused money when it was bound; a new password only counts from now. */
const byRecovery = async (tx: Tables, { operation, sessionId }: PendingChange): Promise<boolean> =>
  operation === 'password.change' && sessionId !== null && (await tx.sessions.get(sessionId))?.kind === 'recovery'

/** What a recovery changed pauses money for 72 h from when it counts, whatever the class (policy.md §4, §7; INV-13). */
const afterRecovery = (ctx: Ctx) => ({ reason: 'recovery', atLeastMs: recoveryPauseMs(ctx.config.policy) })

/** Applies a waiting change whose time has come. */
export async function applyEffect(now: Change, change: PendingChange): Promise<void> {
  const { tx, ctx } = now
  if (!isChange(change.operation)) throw new Problem('internal', {}, `unknown operation ${change.operation}`)
  const payload =
    change.payload === null ? null : ctx.keys.seal.decrypt(Buffer.from(change.payload, 'base64url'), `pending_change·payload·${change.id}`)
  const { operation, target, class: proofClass, credentialId, sessionId, effectiveAt: from } = change
  const authority = mint('due_wait', { operation, target, proofClass, decision: NOW, credentialId })
  const pause = { from, reason: operation, atLeastMs: 0 }
  const asked = { ...now, session: sessionId && { id: sessionId, accountId: change.accountId } }
  await writeEffect(asked, authority, payload, (await byRecovery(tx, change)) ? { ...pause, ...afterRecovery(ctx) } : pause, change)
}

/** The proof decided when the wait began. */
const NOW = { kind: 'now', pauseMs: 0 } as const
