import { randomBytes } from 'node:crypto'
import type { Caller, Ctx } from '../ctx.ts'
import { notify } from '../deliver/notify.ts'
import { compareDecimals } from '../domain/decimal.ts'
import { proofClass } from '../domain/evidence.ts'
import { activePasskeys, hasTrustedPasskey, isTrusted, pauseReasons } from '../domain/facts.ts'
import { Problem } from '../domain/problems.ts'
import { clientName } from '../domain/providers.ts'
import type { AccountFacts, AccountId, CredentialId, Evidence, MethodName, Session } from '../domain/types.ts'
import { sameBytes, uuidv7 } from '../keys.ts'
import { countAttempt, countRequest } from '../limits/index.ts'
import { orProblem, type PasskeyProof, type RequestOptionsJson, requestOptions } from '../methods/passkey.ts'
import type { ApprovalRow, Tables } from '../store/store.ts'
import { parseAuthenticationResponse } from '../webauthn/index.ts'
import { loadAccount, lockAccount } from './account.ts'
import {
  type ApprovalPayload,
  actionOf,
  approvalChallenge,
  newReference,
  parseDetails,
  payloadText,
  readPayload,
  sha256,
} from './approval-details.ts'
import { record } from './events.ts'
import { provePasskey } from './passkey-proof.ts'
import { addressReadyAt } from './payout-addresses.ts'
import { isLive, requireSession } from './session.ts'
import { takeGrant } from './step-up.ts'

export interface ApprovalRequest {
  /** A name of `options.actions`. */
  action: string
  details: unknown
  /** Where "View withdrawal" leads; already checked to be ours. */
  returnTo: string | null
}

/** From creation to decision. */
const LIFETIME_MS = 300_000
/** From decision to the host's booking: an approval is not a cheque to keep (INV-7, "for the time given"). */
const REDEEM_WITHIN_MS = 900_000
const APPROVE = 'approval.approve' as const

/**
 * Writes down what is to be approved, for the account of this session. Only the host's server calls it: what the owner is shown
 * and signs is what the host's server said, never what a browser sent.
 *
 * @throws Problem `bad_request`, `money_paused`, `address_unknown`, `address_waits`, `rate_limited`
 */
export async function createApproval(ctx: Ctx, caller: Caller, request: ApprovalRequest): Promise<ApprovalRow> {
  const session = requireSession(caller)
  const action = actionOf(ctx, request.action)
  const details = parseDetails(action, request.details)
  const payload: ApprovalPayload = { action: request.action, account: session.accountId, audience: ctx.config.origin, details }
  await countAttempt(ctx, 'approval_create', { stage: 'session', accountId: session.accountId, ip: caller.client.ip })
  const row = newApproval(ctx, caller, session, payload, request.returnTo)
  await ctx.store.transaction(async tx => {
    await guardMoney(tx, ctx, await lockAccount(tx, ctx, session.accountId), payload)
    await tx.approvals.insert(row)
    await record(tx, ctx, {
      ...eventOf(row, session),
      kind: 'approval.create',
      body: { reference: row.reference, action: row.action },
      caller,
    })
  })
  return row
}

function newApproval(ctx: Ctx, caller: Caller, session: Session, payload: ApprovalPayload, returnTo: string | null): ApprovalRow {
  const now = ctx.now()
  const details = payloadText(ctx, session.accountId, payload.action, payload.details)
  return {
    id: uuidv7(now),
    accountId: session.accountId,
    action: payload.action,
    details,
    detailsHash: sha256(details),
    nonce: randomBytes(32),
    reference: newReference(actionOf(ctx, payload.action)),
    status: 'created',
    requestedIn: clientName(caller.client.userAgent),
    sessionId: session.id,
    returnTo,
    createdAt: now,
    expiresAt: now + LIFETIME_MS,
    decidedAt: null,
    decidedIn: null,
    method: null,
    credentialId: null,
    proof: null,
    consumedAt: null,
  }
}

const eventOf = (row: ApprovalRow, session: Session | null) => ({
  accountId: row.accountId,
  sessionId: session?.id ?? null,
  credentialId: row.credentialId,
})

/** What stops money now: a pause, or the owner's own lock, whichever is longer (policy.md §4). */
export function moneyPause(ctx: Ctx, { account }: Pick<AccountFacts, 'account'>): { until: number; reasons: string[] } | null {
  const now = ctx.now()
  const paused = account.moneyPausedUntil ?? 0
  const locked = account.lockScope === 'money' || account.lockScope === 'both' ? (account.lockedUntil ?? 0) : 0
  const until = Math.max(paused, locked)
  if (until <= now) return null
  return { until, reasons: [...pauseReasons({ account }, now), ...(locked > now ? ['account.lock'] : [])] }
}

/**
 * Everything that stands between an account and its money, whoever proves what. Asked at creation, at the decision and at the booking.
 *
 * @throws Problem `account_frozen`, `money_paused`, `address_unknown`, `address_waits`
 */
export async function guardMoney(tables: Tables, ctx: Ctx, facts: AccountFacts, payload: ApprovalPayload): Promise<void> {
  if (facts.account.status === 'frozen') throw new Problem('account_frozen')
  const pause = moneyPause(ctx, facts)
  if (pause) throw new Problem('money_paused', pause)
  const action = actionOf(ctx, payload.action)
  if (!action.addressBook) return
  const until = await addressReadyAt(tables, facts, action, payload.details)
  if (until === null) throw new Problem('address_unknown')
  if (until > ctx.now()) throw new Problem('address_waits', { until })
}

/** An approval of the caller's account. @throws Problem `not_found`, for another account's alike (INV-19) */
export async function ownApproval(tables: Tables, accountId: AccountId, id: string): Promise<ApprovalRow> {
  const row = await tables.approvals.get(id)
  if (!row || row.accountId !== accountId) throw new Problem('not_found')
  return row
}

/** Still undecided, in time, and as it was when it was hashed. @throws Problem `approval_decided`, `approval_expired`, `approval_changed` */
export function openPayload(ctx: Ctx, row: ApprovalRow): ApprovalPayload {
  if (row.status !== 'created') throw new Problem('approval_decided')
  if (row.expiresAt <= ctx.now()) throw new Problem('approval_expired')
  return readPayload(row)
}

/**
 * Options of the passkey prompt: the challenge is made of the payload, and only this account's passkeys are asked (F44).
 *
 * @throws Problem `approval_too_weak` without a passkey, and whatever says that the approval is not open
 */
export async function approvalOptions(ctx: Ctx, caller: Caller, id: string): Promise<RequestOptionsJson> {
  const session = requireSession(caller)
  const row = await ownApproval(ctx.store.read, session.accountId, id)
  openPayload(ctx, row)
  return optionsFor(ctx, await loadAccount(ctx, session.accountId), row)
}

/** An empty list would ask for any passkey of any account, so there is none without a passkey. */
export function optionsFor(ctx: Ctx, facts: AccountFacts, row: ApprovalRow): RequestOptionsJson {
  const allowed = activePasskeys(facts)
  if (allowed.length === 0) throw new Problem('approval_too_weak')
  return requestOptions(ctx, approvalChallenge(row), allowed)
}

/**
 * Approves with a passkey that signs exactly these details (K3, F27, F44): no new session, no evidence for anything else. One
 * conditional update decides; replays and second tabs find nothing.
 *
 * @throws Problem `passkey_young` with the time from which it moves money, `passkey_other_account`, `approval_*`, `money_paused`, …
 */
export async function approveWithPasskey(ctx: Ctx, caller: Caller, id: string, response: unknown): Promise<void> {
  const session = requireSession(caller)
  countRequest(ctx, 'passkey_finish', { stage: 'session', ip: caller.client.ip })
  const row = await ownApproval(ctx.store.read, session.accountId, id)
  openPayload(ctx, row)
  const proof = await verifyOver(ctx, caller, session, row, response)
  await ctx.store.transaction(async tx => {
    const facts = await lockAccount(tx, ctx, session.accountId)
    await guardSession(tx, ctx, session)
    await guardMoney(tx, ctx, facts, openPayload(ctx, await ownApproval(tx, session.accountId, id)))
    guardTrusted(ctx, facts, proof.use.id)
    await decideOnce(tx, ctx, caller, row, {
      status: 'approved',
      method: 'passkey',
      credentialId: proof.use.id,
      proof: signedEvidence(response),
    })
    if (!(await tx.passkeys.recordUse(proof.use))) throw new Problem('passkey_removed')
    await tellApproved(tx, ctx, caller, facts, session, row, 'passkey', proof.use.id)
  })
  ctx.wakeOutbox()
}

/** Verifies the assertion against this approval's challenge; a signature over anything else approves nothing. */
async function verifyOver(ctx: Ctx, caller: Caller, session: Session, row: ApprovalRow, response: unknown): Promise<PasskeyProof> {
  const parsed = orProblem(() => parseAuthenticationResponse(response))
  const challenge = approvalChallenge(row)
  if (parsed.challenge !== challenge) throw new Problem('approval_changed', {}, 'the signature is over another challenge')
  const facts = await loadAccount(ctx, session.accountId)
  const passkey = await ctx.store.read.passkeys.find(parsed.id as CredentialId)
  if (!passkey) throw new Problem('passkey_unknown', { credentialId: parsed.id })
  if (passkey.accountId !== session.accountId) throw new Problem('passkey_other_account')
  const proof = await provePasskey(ctx, caller, response, challenge, passkey, facts.account.userHandle, false)
  if (proof.counterWentBackwards) throw new Problem('passkey_rejected', {}, 'counter_backwards')
  return proof
}

/** The session may have ended since the request began; money asks again (O40). */
async function guardSession(tx: Tables, ctx: Ctx, { id }: Session): Promise<Session> {
  const session = await tx.sessions.get(id)
  if (!session || !isLive(session, ctx, ctx.now())) throw new Problem('unauthenticated')
  return session
}

/** Class T and nothing less (INV-11, N4); the founding session does not count, its trusted passkey does. */
function guardTrusted(ctx: Ctx, facts: AccountFacts, id: CredentialId): void {
  const passkey = facts.passkeys.find(p => p.id === id)
  if (!passkey || passkey.status === 'removed') throw new Problem('passkey_removed', { deletedAt: passkey?.removedAt ?? ctx.now() })
  if (passkey.status === 'suspended') throw new Problem('passkey_suspended')
  if (!isTrusted(passkey, ctx.now())) throw young(ctx, passkey.trustedAt)
}

const young = (ctx: Ctx, until: number): Problem => new Problem('passkey_young', until > ctx.now() ? { until } : {})

/** What a court would ask for: the bytes that were signed, and the signature (WebAuthn L3 §7.2). */
function signedEvidence(response: unknown): string {
  const { clientDataJSON, authenticatorData, signature } = (response as { response: Record<string, unknown> }).response
  return JSON.stringify({ clientDataJSON, authenticatorData, signature })
}

interface Decided {
  status: 'approved' | 'rejected'
  method: string
  credentialId: CredentialId | null
  proof: string | null
}

/** @throws Problem saying what the row is by now, when somebody was faster */
async function decideOnce(tx: Tables, ctx: Ctx, caller: Caller, row: ApprovalRow, decided: Decided): Promise<void> {
  const set = { ...decided, at: ctx.now(), decidedIn: clientName(caller.client.userAgent) }
  if (await tx.approvals.decide(row.id, row.detailsHash, set)) return
  openPayload(ctx, await ownApproval(tx, row.accountId, row.id))
  throw new Problem('approval_changed')
}

async function tellApproved(
  tx: Tables,
  ctx: Ctx,
  caller: Caller,
  facts: AccountFacts,
  session: Session,
  row: ApprovalRow,
  method: MethodName,
  credentialId: CredentialId | null,
): Promise<void> {
  await record(tx, ctx, {
    ...eventOf(row, session),
    credentialId,
    kind: APPROVE,
    body: { reference: row.reference, action: row.action, method },
    caller,
  })
  await notify(tx, ctx, facts, 'approval_approved', { reference: row.reference }, caller.client)
}

/**
 * Approves with two steps where the account has no trusted passkey and the host allows it up to its limit (policy.md §4, row Money,
 * P). Its own ceremony: a grant for this approval.
 *
 * @throws Problem `refused_by_policy` beside a trusted passkey (Q), `approval_too_weak`, `approval_over_limit`, `passkey_young`, `step_up_required`
 */
export async function approveWithTwoSteps(ctx: Ctx, caller: Caller, id: string): Promise<void> {
  const { id: sessionId, accountId } = requireSession(caller)
  await ctx.store.transaction(async tx => {
    const facts = await lockAccount(tx, ctx, accountId)
    const session = await guardSession(tx, ctx, requireSession(caller))
    const row = await ownApproval(tx, accountId, id)
    const payload = openPayload(ctx, row)
    await guardMoney(tx, ctx, facts, payload)
    guardWithoutPasskey(ctx, facts, payload)
    const step = await tx.grants.find(sessionId, APPROVE, id, ctx.now())
    if (step) guardStep(ctx, facts, session, step.method)
    const grant = await takeGrant(tx, ctx, facts, session, { operation: APPROVE, target: id })
    if (grant.decision.kind !== 'host' || !step) throw new Problem('approval_too_weak')
    await decideOnce(tx, ctx, caller, row, { status: 'approved', method: step.method, credentialId: null, proof: null })
    await tellApproved(tx, ctx, caller, facts, session, row, step.method, null)
  })
  ctx.wakeOutbox()
}

/** What the host allows without a trusted passkey; beside one (Q) nothing, whatever the host says. */
export function guardWithoutPasskey(ctx: Ctx, facts: AccountFacts, { action, details }: ApprovalPayload): void {
  if (hasTrustedPasskey(facts, ctx.config.policy, ctx.now()))
    throw new Problem('refused_by_policy', { operation: APPROVE, methods: ['passkey'] })
  const allowed = actionOf(ctx, action).withoutPasskey
  if (!allowed) throw new Problem('approval_too_weak')
  const { field, limit, unit } = allowed
  if (compareDecimals(details[field] ?? '', limit) > 0) throw new Problem('approval_over_limit', { limit: `${limit} ${unit}` })
}

/** A young passkey is no step here, neither the new one nor that of the session (INV-11): password and code, or no approval. */
function guardStep(ctx: Ctx, facts: AccountFacts, session: Session, method: MethodName): void {
  if (isStepWithoutPasskey(ctx, facts, session, method)) return
  const until = youngUntil(ctx, facts)
  throw until === null ? new Problem('approval_too_weak') : young(ctx, until)
}

/** Whether a proof by this method now would make two steps that no passkey is part of. */
export function isStepWithoutPasskey(ctx: Ctx, facts: AccountFacts, session: Session, method: MethodName): boolean {
  if (method === 'passkey') return false
  const fresh: Evidence = {
    method,
    credentialId: null,
    userVerified: false,
    backupEligible: false,
    at: ctx.now(),
    operation: APPROVE,
    target: null,
  }
  const others = session.evidence.filter(e => e.method !== 'passkey')
  return proofClass(facts, { fresh: [fresh], session: others, founding: false }, ctx.config.policy, ctx.now()) === 'P'
}

/** When the first of the young passkeys moves money; null without one. */
export function youngUntil(ctx: Ctx, facts: AccountFacts): number | null {
  const times = activePasskeys(facts).flatMap(p => (isTrusted(p, ctx.now()) ? [] : [p.trustedAt]))
  return times.length > 0 ? Math.min(...times) : null
}

/** "No": nothing is sent, and the host hears so. Any session of the account may, without a proof. */
export async function rejectApproval(ctx: Ctx, caller: Caller, id: string): Promise<void> {
  const session = requireSession(caller)
  await ctx.store.transaction(async tx => {
    await lockAccount(tx, ctx, session.accountId)
    const row = await ownApproval(tx, session.accountId, id)
    openPayload(ctx, row)
    await decideOnce(tx, ctx, caller, row, { status: 'rejected', method: 'session', credentialId: null, proof: null })
    await record(tx, ctx, {
      ...eventOf(row, session),
      kind: 'approval.reject',
      body: { reference: row.reference, action: row.action },
      caller,
    })
  })
}

/**
 * Redeems an approval: once, for the same account and the same bytes, while nothing paused money and the passkey that decided still
 * stands (INV-7). The host books in the same breath.
 *
 * @throws Problem `approval_changed`, `approval_decided`, `approval_expired`, `money_paused`, `passkey_suspended`, …
 */
export async function consumeApproval(ctx: Ctx, accountId: AccountId, id: string, details: unknown): Promise<ApprovalRow> {
  const found = await ownApproval(ctx.store.read, accountId, id)
  const hash = hashGiven(ctx, found, details)
  return ctx.store.transaction(async tx => {
    const facts = await lockAccount(tx, ctx, accountId)
    const row = await ownApproval(tx, accountId, id)
    guardRedeemable(ctx, facts, row)
    await guardMoney(tx, ctx, facts, readPayload(row))
    if (!(await tx.approvals.consume(id, accountId, hash, ctx.now()))) throw new Problem('approval_changed')
    await record(tx, ctx, { ...eventOf(row, null), kind: 'approval.consume', body: { reference: row.reference, action: row.action } })
    return { ...row, status: 'consumed', consumedAt: ctx.now() }
  })
}

/** The hash of what the host is about to do. @throws Problem `approval_changed` when it is not what was approved */
function hashGiven(ctx: Ctx, row: ApprovalRow, details: unknown): Uint8Array {
  try {
    const hash = sha256(payloadText(ctx, row.accountId, row.action, details))
    if (sameBytes(hash, row.detailsHash)) return hash
  } catch (error) {
    throw new Problem('approval_changed', {}, error)
  }
  throw new Problem('approval_changed')
}

function guardRedeemable(ctx: Ctx, facts: AccountFacts, row: ApprovalRow): void {
  if (row.status === 'created')
    throw row.expiresAt <= ctx.now() ? new Problem('approval_expired') : new Problem('forbidden', {}, 'not approved yet')
  if (row.status !== 'approved') throw new Problem('approval_decided')
  if ((row.decidedAt ?? 0) + REDEEM_WITHIN_MS <= ctx.now()) throw new Problem('approval_expired')
  if (row.credentialId !== null) guardTrusted(ctx, facts, row.credentialId)
}
