import { typedName } from '@latchkey/browser/text'
import type { Caller, Ctx } from '../ctx.ts'
import { activePasskeys, isDiscoverable, needsFirstUse, shownPasskeys, trustedFrom } from '../domain/facts.ts'
import type { Decision } from '../domain/policy.ts'
import { Problem } from '../domain/problems.ts'
import { autoLabel, clientName } from '../domain/providers.ts'
import { codeMethods } from '../domain/second-step.ts'
import type { AccountFacts, AccountId, CredentialId, Evidence, Passkey, PasskeyFlag, Session } from '../domain/types.ts'
import { waysIn } from '../domain/ways-in.ts'
import { attachmentOf, type CreationOptionsJson, orProblem, ownCreationOptions } from '../methods/passkey.ts'
import { type CredentialFacts, parseRegistrationResponse, type RegistrationResponse, verifyRegistration } from '../webauthn/index.ts'
import { changeAccount, settleAndLoad } from './account/account.ts'
import { type Change, happened, tell } from './account/events.ts'
import { requireSession } from './account/session.ts'
import { type ChangeOutcome, change } from './change/change.ts'
import { endPasskey } from './change/end-passkey.ts'
import { addPending } from './change/pending.ts'
import type { Authority } from './prove/authority.ts'
import { type ChallengePurpose, makeChallenge, openChallenge } from './prove/challenge.ts'
import { coverFirstCodes, hasGrant, type Purpose, stepUpMethods, takeAtOnce } from './prove/step-up.ts'

const ADD = { operation: 'passkey.add', target: null } as const

/** Options of a creation; asks for the security verification first, and says when no more fit or a second factor is missing. */
export async function passkeyCreationOptions(ctx: Ctx, caller: Caller): Promise<CreationOptionsJson> {
  const session = requireSession(caller)
  const facts = await settleAndLoad(ctx, session.accountId)
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

/**
 * Verifies a registration against our options.
 *
 * @param response whose challenge was opened before: it was made here, for this
 * @param unasked made by `mediation: 'conditional'`: nobody was there to be asked, so neither presence nor verification is demanded (step 15)
 * @param discoverable 'required' where nothing but this passkey will open the account (WebAuthn L3 §10.1.3: what the client says of it)
 * @throws Problem `passkey_rejected`, `passkey_unverified_user`, `passkey_not_discoverable`
 */
export function verifyNewPasskey(
  ctx: Ctx,
  response: RegistrationResponse,
  { discoverable = 'required', unasked = false }: { discoverable?: 'required' | 'preferred'; unasked?: boolean } = {},
): CredentialFacts {
  const credential = orProblem(() =>
    verifyRegistration(response, {
      challenge: response.challenge,
      origins: ctx.config.rp.origins,
      rpId: ctx.config.rp.id,
      topOrigins: ctx.config.rp.topOrigins,
      userVerification: unasked ? 'preferred' : 'required',
      userPresence: unasked ? 'conditional-create' : 'required',
      algorithms: [-7, -8, -257],
      now: ctx.now(),
    }),
  )
  if (discoverable === 'required' && !saysDiscoverable(credential)) throw new Problem('passkey_not_discoverable')
  return credential
}

/** Clients that do not tell are believed: a discoverable one was demanded of them. */
const saysDiscoverable = ({ extensions }: CredentialFacts): boolean => extensions.credProps?.rk !== false

const flagIf = (flag: PasskeyFlag, set: boolean): PasskeyFlag[] => (set ? [flag] : [])

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
    unasked?: boolean
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
    // whatever an unasked creation says of its user, its first use shows who that is
    uvInitialized: credential.uvInitialized && !input.unasked,
    backupEligible: credential.backupEligible,
    backupState: credential.backupState,
    attestationFormat: credential.attestation.format,
    attachment: input.attachment,
    label: null,
    autoLabel: autoLabel(credential.aaguid, credential.transports, input.attachment, browser, taken),
    status: 'active',
    flags: [...flagIf('needs_first_use', input.unasked === true), ...flagIf('not_discoverable', !saysDiscoverable(credential))],
    createdAt: now,
    createdIn: browser,
    createdVia: input.via,
    createdSessionId: input.session,
    trustedAt: trustedFrom(input.via, { createdAt: input.createdAt }, ctx.config.policy, now),
    trustLeftMs: null,
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

/** How a passkey comes to an account that is signed in. */
export interface Creation {
  /** What its challenge was made for. */
  challenge: ChallengePurpose
  /** The proof that it takes. */
  purpose: Purpose<'passkey.add'>
  /** What the table may say of it. */
  kinds: readonly Decision['kind'][]
  /** By the browser alone, right after a sign-in: nobody was asked. */
  unasked: boolean
}

const ASKED: Creation = { challenge: 'register', purpose: ADD, kinds: ['now', 'young'], unasked: false }

/** What came of a creation. */
export interface Created {
  passkey: Passkey
  /** The account's first that the sign-in page finds. */
  first: boolean
}

/**
 * Finishes a creation (WebAuthn L3 §7.1): the passkey works at once; from when it is trusted says the table.
 *
 * @returns the new passkey, and whether it is the account's first
 * @throws Problem `passkey_rejected`, `passkey_exists`, `challenge_expired`, `step_up_required`, `passkey_limit`, `passkey_not_discoverable`
 * where it would be the only way in and the sign-in page would not find it
 */
export const addPasskey = (ctx: Ctx, caller: Caller, response: unknown): Promise<Created> => createPasskey(ctx, caller, response, ASKED)

export async function createPasskey(ctx: Ctx, caller: Caller, response: unknown, how: Creation): Promise<Created> {
  const session = requireSession(caller)
  const { unasked } = how
  const parsed = orProblem(() => parseRegistrationResponse(response))
  const challenge = openChallenge(ctx, parsed.challenge, how.challenge, session.id)
  const credential = verifyNewPasskey(ctx, parsed, { discoverable: unasked ? 'required' : 'preferred', unasked })
  return changeAccount(ctx, caller, async own => {
    const { tx, facts } = own
    guardAdding(ctx, facts)
    const grant = await takeAtOnce(own, how.purpose, how.kinds)
    if (!(await tx.challenges.spend(challenge.id, challenge.expiresAt))) throw new Problem('challenge_expired')
    // in the founding hour a weaker method than the strongest makes what it makes elsewhere (policy.md §5)
    const via = grant.founding && grant.proofClass === 'trusted' ? 'founding' : grant.proofClass
    const passkey = newPasskey(ctx, caller, credential, {
      accountId: session.accountId,
      createdAt: facts.account.createdAt,
      own: facts.passkeys,
      via,
      session: session.id,
      attachment: attachmentOf(response),
      unasked,
    })
    if (!isDiscoverable(passkey) && waysIn(facts, ctx.config.policy).length === 0) throw new Problem('passkey_not_discoverable')
    await tx.passkeys.insert(passkey)
    if (grant.decision.kind === 'young') await waitForTrust(own, passkey, grant)
    // its page says so, and where nobody was asked there is none
    if (!unasked) await coverFirstCodes(own, grant)
    await tellCreated(own, passkey)
    return { passkey, first: isDiscoverable(passkey) && activePasskeys(facts).length === 0 }
  })
}

/** A passkey added with a lesser proof, or by a recovery, is a wait until it is trusted: a cancel removes it (policy.md §4). */
export async function waitForTrust(change: Omit<Change, 'caller'>, passkey: Passkey, authority: Authority<'passkey.add'>): Promise<void> {
  await addPending(change, authority, { target: passkey.id, credentialId: passkey.id, until: passkey.trustedAt })
}

/** One event and one notice for a new passkey (INV-14). */
export async function tellCreated(change: Change, passkey: Passkey): Promise<void> {
  const unasked = needsFirstUse(passkey)
  const body = { via: passkey.createdVia, aaguid: passkey.aaguid, trusted_at: passkey.trustedAt, ...(unasked && { unasked }) }
  await happened(change, 'passkey.add', { credentialId: passkey.id, body, label: passkey.autoLabel })
  await tell(change, unasked ? 'passkey_saved' : 'passkey_created', { name: passkey.autoLabel })
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
  await ownPasskey(ctx, caller, id)
  const label = parseLabel(text)
  const credentialId = id as CredentialId
  await changeAccount(ctx, caller, async own => {
    await takeAtOnce(own, { operation: 'passkey.rename', target: id })
    if (!(await own.tx.passkeys.rename(own.facts.account.id, credentialId, label))) throw new Problem('not_found')
    await happened(own, 'passkey.rename', { credentialId, label })
  })
  return label
}

/** "Still yours? Keep": the owner looked at a stale entry (O26). @throws Problem `not_found`, `step_up_required` */
export async function keepPasskey(ctx: Ctx, caller: Caller, id: string): Promise<void> {
  await ownPasskey(ctx, caller, id)
  const credentialId = id as CredentialId
  await changeAccount(ctx, caller, async own => {
    await takeAtOnce(own, { operation: 'passkey.keep', target: id })
    if (!(await own.tx.passkeys.reviewed(own.facts.account.id, credentialId, ctx.now()))) throw new Problem('not_found')
    await happened(own, 'passkey.keep', { credentialId })
  })
}

/** "Use my passkey first" on the sign-in of a known browser. @throws Problem `step_up_required` */
export async function setPasskeyFirst(ctx: Ctx, caller: Caller, passkeyFirst: boolean): Promise<void> {
  await changeAccount(ctx, caller, async own => {
    await takeAtOnce(own, { operation: 'account.passkey_first', target: null })
    await own.tx.accounts.update(own.facts.account.id, { passkeyFirst })
    await happened(own, 'account.passkey_first', { body: { on: passkeyFirst } })
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
  const facts = await settleAndLoad(ctx, session.accountId)
  const passkey = shownPasskeys(facts).find(p => p.id === id)
  if (!passkey) throw new Problem('not_found')
  return { passkey, facts, session }
}

/**
 * Suspends a passkey at once: evidence of two steps from the last 15 minutes, a new ceremony where it is the last trusted one.
 * With a lesser proof a young passkey suspends only itself (INV-11). Never the last way in.
 *
 * @throws Problem `step_up_required`, `refused_by_policy`, `last_way_in`, `already_done`, `not_found`
 */
export async function suspendPasskey(ctx: Ctx, caller: Caller, id: string): Promise<void> {
  const { passkey, session } = await ownPasskey(ctx, caller, id)
  await changeAccount(ctx, caller, async own => {
    const grant = await takeAtOnce(own, { operation: 'passkey.suspend', target: id })
    guardSuspend(ctx, own.facts, passkey)
    if (!grant.mayStop(passkey.id)) throw new Problem('refused_by_policy', { methods: ['passkey'] })
    const livesOn = session.evidence.some(e => e.credentialId !== passkey.id)
    const end = { status: 'suspended', keepSession: livesOn ? session.id : null, reason: 'passkey.suspend' } as const
    if (!(await endPasskey(own, grant, { id: passkey.id, ...end }))) throw new Problem('already_done')
    await happened(own, 'passkey.suspend', { credentialId: passkey.id, body: { via: grant.proofClass } })
    await tell(own, 'passkey_suspended', { name: passkey.label ?? passkey.autoLabel })
  })
}

function guardSuspend(ctx: Ctx, facts: AccountFacts, passkey: Passkey): void {
  const after: AccountFacts = { ...facts, passkeys: facts.passkeys.map(p => (p.id === passkey.id ? { ...p, status: 'suspended' } : p)) }
  if (waysIn(after, ctx.config.policy).length === 0) throw new Problem('last_way_in')
}
