import { randomBytes } from 'node:crypto'
import type { Caller, Ctx } from '../../ctx.ts'
import { proofClass } from '../../domain/evidence.ts'
import { activePasskeys, isTrusted } from '../../domain/facts.ts'
import type { MethodName } from '../../domain/methods.ts'
import { Problem } from '../../domain/problems.ts'
import { clientName } from '../../domain/providers.ts'
import { codeMethods, secondStepDemanded } from '../../domain/second-step.ts'
import type { AccountFacts, AccountId, CredentialId, Evidence, Session } from '../../domain/types.ts'
import { sameBytes, uuidv7 } from '../../keys.ts'
import { countAttempt } from '../../limits/index.ts'
import { type RequestOptionsJson, requestOptions } from '../../methods/passkey.ts'
import type { ApprovalRow, Tables } from '../../store/store.ts'
import type { AuthenticationResponse } from '../../webauthn/index.ts'
import { changeAccount, lockAccount, settleAndLoad } from '../account/account.ts'
import { happened, type OwnChange, record, tell } from '../account/events.ts'
import { isLive, requireSession } from '../account/session.ts'
import type { OpenChallenge } from '../prove/challenge.ts'
import { ownedPasskey, provePasskey } from '../prove/passkey.ts'
import { takeAtOnce } from '../prove/step-up.ts'
import { passkeySigned } from '../recovery/by-mail.ts'
import {
  type ApprovalPayload,
  actionOf,
  approvalChallenge,
  isDeclared,
  newReference,
  parseDetails,
  payloadText,
  readPayload,
  sha256,
} from './details.ts'
import { heldProblem, type MoneyAsked, type MoneyProof, moneyHeld } from './money.ts'
import { addressReadyAt as addressReadyAtOf } from './payout-addresses.ts'

export interface ApprovalRequest {
  /** A name of `options.actions`. */
  action: string
  details: unknown
  /** Where "View withdrawal" leads; already checked to be ours. */
  returnTo: string | null
}

/** From creation to decision. */
export const DECIDE_WITHIN_MS = 300_000
/** From decision to the host's booking: an approval is not a cheque to keep (INV-7, "for the time given"). */
export const REDEEM_WITHIN_MS = 900_000
const APPROVE = 'approval.approve' as const

/**
 * Writes down what is to be approved, for the account of this session. Only the host's server calls it: what the owner is shown
 * and signs is what the host's server said, never what a browser sent.
 *
 * @throws Problem `bad_request`, `money_held`, `address_unknown`, `rate_limited`
 */
export async function createApproval(ctx: Ctx, caller: Caller, request: ApprovalRequest): Promise<ApprovalRow> {
  const session = requireSession(caller)
  const action = actionOf(ctx, request.action)
  const details = parseDetails(action, request.details)
  const payload: ApprovalPayload = { action: request.action, account: session.accountId, audience: ctx.config.origin, details }
  await countAttempt(ctx, 'approval_create', { stage: 'session', accountId: session.accountId, ip: caller.client.ip })
  const row = newApproval(ctx, caller, session, payload, request.returnTo)
  await changeAccount(ctx, caller, async own => {
    await guardMoney(own.tx, ctx, own.facts, payload)
    await own.tx.approvals.insert(row)
    await happened(own, 'approval.create', { body: { reference: row.reference, action: row.action } })
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
    expiresAt: now + DECIDE_WITHIN_MS,
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

/** What an approval asks, with the wait of its payee. @throws Problem `address_unknown` */
export async function askedOf(
  tables: Tables,
  ctx: Ctx,
  facts: AccountFacts,
  { action: name, details }: ApprovalPayload,
): Promise<MoneyAsked> {
  const action = actionOf(ctx, name)
  if (!action.addressBook) return { action, details, addressReadyAt: null }
  const addressReadyAt = await addressReadyAtOf(tables, facts, action, details)
  if (addressReadyAt === null) throw new Problem('address_unknown')
  return { action, details, addressReadyAt }
}

/**
 * Everything that stands between an account and its money, for this proof or for none yet. Asked at creation, at the decision and at
 * the booking.
 *
 * @throws Problem `money_held`, `address_unknown`, and what says that the proof is too weak
 */
export async function guardMoney(
  tables: Tables,
  ctx: Ctx,
  facts: AccountFacts,
  payload: ApprovalPayload,
  { proof, hasSteps }: { proof: MoneyProof; hasSteps?: boolean } = { proof: 'none' },
): Promise<void> {
  // a freeze and a pause are told whatever the address is
  const account = moneyHeld(ctx, facts)
  if (account) throw heldProblem(account)
  const asked = await askedOf(tables, ctx, facts, payload)
  const held = moneyHeld(ctx, facts, asked, proof, hasSteps)
  if (held) throw heldProblem(held, asked)
}

/** An approval of the caller's account. @throws Problem `not_found`, for another account's alike (INV-19) */
export async function ownApproval(tables: Tables, accountId: AccountId, id: string): Promise<ApprovalRow> {
  const row = await tables.approvals.get(id)
  if (!row || row.accountId !== accountId) throw new Problem('not_found')
  return row
}

/** Still undecided, in time, asked for, and as it was when it was hashed. @throws Problem `approval_decided`, `approval_expired`, `approval_changed` */
export function openPayload(ctx: Ctx, row: ApprovalRow): ApprovalPayload {
  if (row.status !== 'created') throw new Problem('approval_decided')
  if (row.expiresAt <= ctx.now() || !isDeclared(ctx, row.action)) throw new Problem('approval_expired')
  return readPayload(row)
}

/**
 * Options of the passkey prompt: the challenge is made of the payload, and only this account's passkeys are asked.
 *
 * @throws Problem `approval_too_weak` without a passkey, and whatever says that the approval is not open
 */
export async function approvalOptions(ctx: Ctx, caller: Caller, id: string): Promise<RequestOptionsJson> {
  const session = requireSession(caller)
  const row = await ownApproval(ctx.store.read, session.accountId, id)
  openPayload(ctx, row)
  return optionsFor(ctx, await settleAndLoad(ctx, session.accountId), row)
}

/**
 * Trusted passkeys alone, where there is one: another would be asked for and then refused. An empty list would ask for any passkey of
 * any account, so there is none without a passkey.
 */
export function optionsFor(ctx: Ctx, facts: AccountFacts, row: ApprovalRow): RequestOptionsJson {
  const active = activePasskeys(facts)
  const trusted = active.filter(p => isTrusted(p, ctx.now()))
  const allowed = trusted.length > 0 ? trusted : active
  if (allowed.length === 0) throw new Problem('approval_too_weak')
  return requestOptions(ctx, approvalChallenge(row), allowed)
}

/**
 * Approves with a passkey that signs exactly these details (K3, F27): no new session, no evidence for anything else. One
 * conditional update decides; replays and second tabs find nothing.
 *
 * @throws Problem `money_held` with the time from which a young one moves money, `passkey_other_account`, `approval_*`, …
 */
export async function approveWithPasskey(ctx: Ctx, caller: Caller, id: string, response: unknown): Promise<void> {
  const session = requireSession(caller)
  const proven = await provePasskey(ctx, caller, response, {
    stage: 'session',
    async find(signed) {
      const row = await ownApproval(ctx.store.read, session.accountId, id)
      const challenge = openOver(row, signed)
      return { row, challenge, ...(await ownedPasskey(ctx, await settleAndLoad(ctx, session.accountId), signed)) }
    },
    doubtful: 'refused',
  })
  const { row } = proven.match
  const passkeyId = proven.use.id
  const signer = await changeAccount(ctx, caller, async own => {
    const { tx, facts } = own
    await guardSession(tx, ctx, session)
    const payload = openPayload(ctx, await ownApproval(tx, session.accountId, id))
    guardActive(ctx, facts, passkeyId)
    await guardMoney(tx, ctx, facts, payload, {
      proof: { passkey: passkeyId },
      hasSteps: stepsWithoutPasskey(ctx, facts, session).length > 0,
    })
    await decideOnce(tx, ctx, caller, row, {
      status: 'approved',
      method: 'passkey',
      credentialId: passkeyId,
      proof: signedEvidence(response),
    })
    await proven.apply(tx)
    await tellApproved(own, row, 'passkey', passkeyId)
    return facts
  })
  await passkeySigned(ctx, caller, signer, session.id)
}

/**
 * The signature has to be over this very approval: one over anything else approves nothing. Each passkey signs it once; what decides is
 * the approval's own row.
 */
function openOver(row: ApprovalRow, { id, challenge }: AuthenticationResponse): OpenChallenge {
  if (challenge !== approvalChallenge(row)) throw new Problem('approval_changed', {}, 'the signature is over another challenge')
  return { id: `${row.expiresAt.toString(16)}${Buffer.from(sha256(`${row.id} ${id}`)).toString('hex')}`, expiresAt: row.expiresAt }
}

/** The session may have ended since the request began; money asks again (O40). */
async function guardSession(tx: Tables, ctx: Ctx, { id }: Session): Promise<Session> {
  const session = await tx.sessions.get(id)
  if (!session || !isLive(session, ctx, ctx.now())) throw new Problem('unauthenticated')
  return session
}

/** @throws Problem `passkey_removed`, `passkey_suspended` */
function guardActive(ctx: Ctx, facts: AccountFacts, id: CredentialId): void {
  const passkey = facts.passkeys.find(p => p.id === id)
  if (!passkey || passkey.status === 'removed') throw new Problem('passkey_removed', { deletedAt: passkey?.removedAt ?? ctx.now() })
  if (passkey.status === 'suspended') throw new Problem('passkey_suspended')
}

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

async function tellApproved(own: OwnChange, { reference, action }: ApprovalRow, method: MethodName, credentialId: CredentialId | null) {
  await happened(own, APPROVE, { credentialId, body: { reference, action, method } })
  await tell(own, 'approval_approved', { reference })
}

/**
 * Approves with two steps where the account has no trusted passkey and the host allows it up to its limit (policy.md §4, row
 * Money). Its own ceremony: a grant for this approval.
 *
 * @throws Problem `refused_by_policy` beside a trusted passkey, `approval_too_weak`, `approval_over_limit`, `money_held`,
 *   `step_up_required`
 */
export async function approveWithTwoSteps(ctx: Ctx, caller: Caller, id: string): Promise<void> {
  await changeAccount(ctx, caller, async own => {
    const { tx, facts } = own
    const session = await guardSession(tx, ctx, own.session)
    const row = await ownApproval(tx, session.accountId, id)
    const payload = openPayload(ctx, row)
    await guardMoney(tx, ctx, facts, payload, { proof: 'two_steps' })
    const step = await tx.grants.find(session.id, APPROVE, id, ctx.now())
    // a young passkey is no step here, neither the new one nor that of the session (INV-11): password and code, or no approval
    const none = step && !isStepWithoutPasskey(ctx, facts, session, step.method)
    if (none) await guardMoney(tx, ctx, facts, payload, { proof: 'two_steps', hasSteps: false })
    const { method } = await takeAtOnce(own, { operation: APPROVE, target: id }, ['host'])
    await decideOnce(tx, ctx, caller, row, { status: 'approved', method, credentialId: null, proof: null })
    await tellApproved(own, row, method, null)
  })
}

/** Methods whose proof now would make two steps that no passkey is part of, best first. */
export function stepsWithoutPasskey(ctx: Ctx, facts: AccountFacts, session: Session): MethodName[] {
  const { policy } = ctx.config
  const codes = codeMethods(facts, policy)
  const offered: MethodName[] = secondStepDemanded(facts, policy) ? codes : [...codes, 'password']
  return offered.filter(m => isStepWithoutPasskey(ctx, facts, session, m))
}

/** Whether a proof by this method now would make two steps that no passkey is part of: one without a name counts for nothing. */
function isStepWithoutPasskey(ctx: Ctx, facts: AccountFacts, session: Session, method: MethodName): boolean {
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
  return proofClass(facts, { fresh: [fresh], session: others, founding: false }, ctx.config.policy, ctx.now()) === 'two_steps'
}

/** "No": nothing is sent, and the host hears so. Any session of the account may, without a proof. */
export async function rejectApproval(ctx: Ctx, caller: Caller, id: string): Promise<void> {
  await changeAccount(ctx, caller, async own => {
    const row = await ownApproval(own.tx, own.session.accountId, id)
    await decideOnce(own.tx, ctx, caller, row, { status: 'rejected', method: 'session', credentialId: null, proof: null })
    await happened(own, 'approval.reject', { body: { reference: row.reference, action: row.action } })
  })
}

/**
 * Redeems an approval: once, for the same account and the same bytes, while nothing paused money and the passkey that decided still
 * stands (INV-7). The host books in the same breath.
 *
 * @throws Problem `approval_changed`, `approval_decided`, `approval_expired`, `money_held`, `passkey_suspended`, …
 */
export async function consumeApproval(ctx: Ctx, accountId: AccountId, id: string, details: unknown): Promise<ApprovalRow> {
  const found = await ownApproval(ctx.store.read, accountId, id)
  const hash = hashGiven(ctx, found, details)
  return ctx.store.transaction(async tx => {
    const facts = await lockAccount(tx, ctx, accountId)
    const row = await ownApproval(tx, accountId, id)
    guardRedeemable(ctx, facts, row)
    await guardMoney(tx, ctx, facts, readPayload(row), {
      proof: row.credentialId === null ? 'none' : { passkey: row.credentialId },
    })
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
  if (row.credentialId !== null) guardActive(ctx, facts, row.credentialId)
}
