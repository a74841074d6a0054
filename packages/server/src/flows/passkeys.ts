import { typedName } from '@latchkey/browser/text'
import type { Caller, Ctx } from '../ctx.ts'
import { notify } from '../deliver/notify.ts'
import { activePasskeys, isDiscoverable, shownPasskeys, trustedFrom } from '../domain/facts.ts'
import { Problem } from '../domain/problems.ts'
import { autoLabel, clientName } from '../domain/providers.ts'
import { codeMethods } from '../domain/second-step.ts'
import type { AccountFacts, AccountId, CredentialId, Evidence, Passkey, ProofClass, Session } from '../domain/types.ts'
import { waysIn } from '../domain/ways-in.ts'
import { type CreationOptionsJson, orProblem, ownCreationOptions } from '../methods/passkey.ts'
import type { Tables } from '../store/store.ts'
import { type CredentialFacts, parseRegistrationResponse, type RegistrationResponse, verifyRegistration } from '../webauthn/index.ts'
import { loadAccount, lockAccount } from './account.ts'
import { makeChallenge, openChallenge } from './challenge.ts'
import { type ChangeOutcome, change } from './change.ts'
import { endPasskey } from './end-passkey.ts'
import { record } from './events.ts'
import { addPending } from './pending.ts'
import { requireSession } from './session.ts'
import { coverFirstCodes, hasGrant, stepUpMethods, takeAtOnce } from './step-up.ts'

const ADD = { operation: 'passkey.add', target: null } as const

/** Options of a creation; asks for the security verification first, and says when no more fit or a second factor is missing. */
export async function passkeyCreationOptions(ctx: Ctx, caller: Caller): Promise<CreationOptionsJson> {
  const session = requireSession(caller)
  const facts = await loadAccount(ctx, session.accountId)
  guardAdding(ctx, facts)
  if (!(await hasGrant(ctx, session, ADD))) throw new Problem('step_up_required', { ...ADD, methods: stepUpMethods(facts, ctx, session) })
  return ownCreationOptions(ctx, makeChallenge(ctx, 'register', session.id), facts)
}

/** @throws Problem `passkey_limit` (F25): as many as the account may have */
export function guardLimit(ctx: Ctx, facts: AccountFacts): void {
  const { maxPasskeys } = ctx.config.policy
  if (shownPasskeys(facts).length >= maxPasskeys) throw new Problem('passkey_limit', { limit: String(maxPasskeys) })
}

/** @throws Problem `passkey_limit` (F25), `second_factor_first` where the host demands it (O11) */
export function guardAdding(ctx: Ctx, facts: AccountFacts): void {
  const { policy } = ctx.config
  guardLimit(ctx, facts)
  const second = facts.totp !== null || codeMethods(facts, policy).length > 0
  if (policy.passkeyNeedsSecondStep && !second) throw new Problem('second_factor_first')
}

/** What the browser's JSON says beside the verified facts; used for names and texts only. */
export function attachmentOf(response: unknown): Passkey['attachment'] {
  const value =
    typeof response === 'object' && response !== null ? (response as { authenticatorAttachment?: unknown }).authenticatorAttachment : null
  return value === 'platform' || value === 'cross-platform' ? value : null
}

/**
 * Verifies a registration against our options.
 *
 * @param response whose challenge was opened before: it was made here, for this
 * @param discoverable 'required' where nothing but this passkey will open the account (WebAuthn L3 §10.1.3: what the client says of it)
 * @throws Problem `passkey_rejected`, `passkey_unverified_user`, `passkey_not_discoverable`
 */
export function verifyNewPasskey(
  ctx: Ctx,
  response: RegistrationResponse,
  discoverable: 'required' | 'preferred' = 'required',
): CredentialFacts {
  const credential = orProblem(() =>
    verifyRegistration(response, {
      challenge: response.challenge,
      origins: ctx.config.rp.origins,
      rpId: ctx.config.rp.id,
      topOrigins: ctx.config.rp.topOrigins,
      userVerification: 'required',
      algorithms: [-7, -8, -257],
      now: ctx.now(),
    }),
  )
  if (discoverable === 'required' && !saysDiscoverable(credential)) throw new Problem('passkey_not_discoverable')
  return credential
}

/** Clients that do not tell are believed: a discoverable one was demanded of them. */
const saysDiscoverable = ({ extensions }: CredentialFacts): boolean => extensions.credProps?.rk !== false

/** The row of a new passkey, its automatic name and the time from which it is trusted. */
export function newPasskey(
  ctx: Ctx,
  caller: Caller,
  credential: CredentialFacts,
  input: {
    accountId: AccountId
    createdAt: number
    own: Passkey[]
    via: Passkey['createdVia']
    session: Session['id'] | null
    attachment: Passkey['attachment']
  },
): Passkey {
  const now = ctx.now()
  const browser = clientName(caller.client.userAgent)
  const taken = input.own.filter(p => p.status !== 'removed').map(p => p.label ?? p.autoLabel)
  return {
    id: credential.id as CredentialId,
    accountId: input.accountId,
    rpId: credential.rpId,
    publicKey: credential.publicKey,
    algorithm: credential.algorithm,
    signCount: credential.signCount,
    aaguid: credential.aaguid,
    transports: credential.transports,
    uvInitialized: credential.uvInitialized,
    backupEligible: credential.backupEligible,
    backupState: credential.backupState,
    attestationFormat: credential.attestation.format,
    attachment: input.attachment,
    label: null,
    autoLabel: autoLabel(credential.aaguid, credential.transports, input.attachment, browser, taken),
    status: 'active',
    flags: saysDiscoverable(credential) ? [] : ['not_discoverable'],
    createdAt: now,
    createdIn: browser,
    createdVia: input.via,
    createdSessionId: input.session,
    trustedAt: trustedFrom(input.via, { createdAt: input.createdAt }, ctx.config.policy, now),
    lastUsedAt: null,
    lastUsedIn: null,
    reviewedAt: null,
    suspendedAt: null,
    removedAt: null,
    endedVia: null,
  }
}

/** The proof that a verified registration is: user presence and verification happened a moment ago (WebAuthn L3 §7.1). */
export const registrationEvidence = (passkey: Passkey): Evidence => ({
  method: 'passkey',
  credentialId: passkey.id,
  userVerified: true,
  backupEligible: passkey.backupEligible,
  at: passkey.createdAt,
  operation: null,
  target: null,
})

/**
 * Finishes a creation (WebAuthn L3 §7.1): the passkey works at once; from when it is trusted says the table.
 *
 * @returns the new passkey, and whether it is the account's first
 * @throws Problem `passkey_rejected`, `passkey_exists`, `challenge_expired`, `step_up_required`, `passkey_limit`, `passkey_not_discoverable`
 * where it would be the only way in and the sign-in page would not find it
 */
export async function addPasskey(ctx: Ctx, caller: Caller, response: unknown): Promise<{ passkey: Passkey; first: boolean }> {
  const session = requireSession(caller)
  const parsed = orProblem(() => parseRegistrationResponse(response))
  const challenge = openChallenge(ctx, parsed.challenge, 'register', session.id)
  const credential = verifyNewPasskey(ctx, parsed, 'preferred')
  const added = await ctx.store.transaction(async tx => {
    const facts = await lockAccount(tx, ctx, session.accountId)
    guardAdding(ctx, facts)
    const grant = await takeAtOnce(tx, ctx, facts, session, ADD, ['now', 'young'])
    if (!(await tx.challenges.spend(challenge.id, challenge.expiresAt))) throw new Problem('challenge_expired')
    // in the founding hour a weaker method than the strongest makes what it makes elsewhere (policy.md §5)
    const via = grant.founding && grant.proofClass === 'T' ? 'founding' : grant.proofClass
    const passkey = newPasskey(ctx, caller, credential, {
      accountId: session.accountId,
      createdAt: facts.account.createdAt,
      own: facts.passkeys,
      via,
      session: session.id,
      attachment: attachmentOf(response),
    })
    if (!isDiscoverable(passkey) && waysIn(facts, ctx.config.policy).length === 0) throw new Problem('passkey_not_discoverable')
    await tx.passkeys.insert(passkey)
    if (grant.decision.kind === 'young') await waitForTrust(tx, ctx, facts, session, passkey, grant.proofClass)
    await coverFirstCodes(tx, ctx, facts, session, grant)
    await told(tx, ctx, caller, facts, passkey, session)
    return { passkey, first: isDiscoverable(passkey) && activePasskeys(facts).length === 0 }
  })
  ctx.wakeOutbox()
  return added
}

/** A passkey added with Q, or by a recovery, is a wait until it is trusted: a cancel removes it (policy.md §4). */
export async function waitForTrust(
  tx: Tables,
  ctx: Ctx,
  facts: AccountFacts,
  session: Pick<Session, 'id'> | null,
  passkey: Passkey,
  via: ProofClass,
): Promise<void> {
  const effect = {
    operation: 'passkey.add',
    target: passkey.id,
    payload: null,
    via,
    keep: session?.id ?? null,
    credentialId: passkey.id,
  } as const
  await addPending(tx, ctx, facts, session, effect, passkey.trustedAt)
}

/** One event and one notice for a new passkey (INV-14). */
export async function told(
  tx: Tables,
  ctx: Ctx,
  caller: Caller,
  facts: AccountFacts,
  passkey: Passkey,
  session: Pick<Session, 'id'>,
): Promise<void> {
  await record(tx, ctx, {
    accountId: facts.account.id,
    sessionId: session.id,
    credentialId: passkey.id,
    kind: 'passkey.add',
    body: { via: passkey.createdVia, aaguid: passkey.aaguid, trusted_at: passkey.trustedAt },
    caller,
    label: passkey.autoLabel,
  })
  await notify(tx, ctx, facts, 'passkey_created', { name: passkey.autoLabel }, caller.client)
}

const LABEL_MAX = 64

/** @throws Problem `label_invalid` unless 1 to 64 printable characters, counted in code points; NFC, trimmed */
export function parseLabel(text: string): string {
  const label = typedName(text, LABEL_MAX)
  if (label === null) throw new Problem('label_invalid', { field: 'label' })
  return label
}

/** Gives a passkey the owner's own name (F1, O18). @throws Problem `label_invalid`, `not_found`, `step_up_required` */
export async function renamePasskey(ctx: Ctx, caller: Caller, id: string, text: string): Promise<string> {
  const { session } = await ownPasskey(ctx, caller, id)
  const label = parseLabel(text)
  await ctx.store.transaction(async tx => {
    await takeAtOnce(tx, ctx, await lockAccount(tx, ctx, session.accountId), session, { operation: 'passkey.rename', target: id })
    if (!(await tx.passkeys.rename(session.accountId, id as CredentialId, label))) throw new Problem('not_found')
    await record(tx, ctx, {
      accountId: session.accountId,
      sessionId: session.id,
      credentialId: id as CredentialId,
      kind: 'passkey.rename',
      caller,
      label,
    })
  })
  return label
}

/** "Still yours? Keep": the owner looked at a stale entry (O26). @throws Problem `not_found`, `step_up_required` */
export async function keepPasskey(ctx: Ctx, caller: Caller, id: string): Promise<void> {
  const { session } = await ownPasskey(ctx, caller, id)
  await ctx.store.transaction(async tx => {
    await takeAtOnce(tx, ctx, await lockAccount(tx, ctx, session.accountId), session, { operation: 'passkey.keep', target: id })
    if (!(await tx.passkeys.reviewed(session.accountId, id as CredentialId, ctx.now()))) throw new Problem('not_found')
    const by = { accountId: session.accountId, sessionId: session.id, credentialId: id as CredentialId }
    await record(tx, ctx, { ...by, kind: 'passkey.keep', caller })
  })
}

/** "Use my passkey first" on the sign-in of a known browser. @throws Problem `step_up_required` */
export async function setPasskeyFirst(ctx: Ctx, caller: Caller, passkeyFirst: boolean): Promise<void> {
  const { id: sessionId, accountId } = requireSession(caller)
  await ctx.store.transaction(async tx => {
    const facts = await lockAccount(tx, ctx, accountId)
    await takeAtOnce(tx, ctx, facts, requireSession(caller), { operation: 'account.passkey_first', target: null })
    await tx.accounts.update(accountId, { passkeyFirst })
    await record(tx, ctx, { accountId, sessionId, kind: 'account.passkey_first', body: { on: passkeyFirst }, caller })
  })
}

/** Removes one passkey (K34-K38): it signs in nowhere from the moment this returns, its sessions end, the actor's stays. */
export const removePasskey = async (ctx: Ctx, caller: Caller, id: string): Promise<ChangeOutcome> => {
  await ownPasskey(ctx, caller, id)
  return change(ctx, caller, { operation: 'passkey.remove', target: id })
}

export const reactivatePasskey = async (ctx: Ctx, caller: Caller, id: string): Promise<ChangeOutcome> => {
  await ownPasskey(ctx, caller, id)
  return change(ctx, caller, { operation: 'passkey.reactivate', target: id })
}

/** A passkey of the caller's own account, not removed. @throws Problem `not_found`, for foreign ones alike (INV-19) */
export async function ownPasskey(
  ctx: Ctx,
  caller: Caller,
  id: string,
): Promise<{ passkey: Passkey; facts: AccountFacts; session: Session }> {
  const session = requireSession(caller)
  const facts = await loadAccount(ctx, session.accountId)
  const passkey = shownPasskeys(facts).find(p => p.id === id)
  if (!passkey) throw new Problem('not_found')
  return { passkey, facts, session }
}

/**
 * Suspends a passkey at once (J6): evidence of two steps from the last 15 minutes, a new ceremony where it is the last trusted one.
 * With Q a young passkey suspends only itself (INV-11). Never the last way in.
 *
 * @throws Problem `step_up_required`, `refused_by_policy`, `last_way_in`, `already_done`, `not_found`
 */
export async function suspendPasskey(ctx: Ctx, caller: Caller, id: string): Promise<void> {
  const { passkey, session } = await ownPasskey(ctx, caller, id)
  await ctx.store.transaction(async tx => {
    const facts = await lockAccount(tx, ctx, session.accountId)
    const grant = await takeAtOnce(tx, ctx, facts, session, { operation: 'passkey.suspend', target: id })
    guardSuspend(ctx, facts, passkey)
    if (!grant.mayStop(passkey.id)) throw new Problem('refused_by_policy', { methods: ['passkey'] })
    const livesOn = session.evidence.some(e => e.credentialId !== passkey.id)
    const end = { status: 'suspended', via: grant.proofClass, keep: livesOn ? session.id : null, reason: 'passkey.suspend' } as const
    if (!(await endPasskey(tx, ctx, facts, { id: passkey.id, ...end }))) throw new Problem('already_done')
    await record(tx, ctx, {
      accountId: session.accountId,
      sessionId: session.id,
      credentialId: passkey.id,
      kind: 'passkey.suspend',
      body: { via: grant.proofClass },
      caller,
    })
    await notify(tx, ctx, facts, 'passkey_suspended', { name: passkey.label ?? passkey.autoLabel }, caller.client)
  })
  ctx.wakeOutbox()
}

function guardSuspend(ctx: Ctx, facts: AccountFacts, passkey: Passkey): void {
  const after: AccountFacts = { ...facts, passkeys: facts.passkeys.map(p => (p.id === passkey.id ? { ...p, status: 'suspended' } : p)) }
  if (waysIn(after, ctx.config.policy).length === 0) throw new Problem('last_way_in')
}
