import type { Caller, Ctx } from '../ctx.ts'
import { countingMethods } from '../domain/evidence.ts'
import { activePasskeys, codeMethods, hasTrustedPasskey, isTrusted, secondStepDemanded } from '../domain/facts.ts'
import { Problem } from '../domain/problems.ts'
import type { AccountFacts, AccountId, MethodName, Session } from '../domain/types.ts'
import type { RequestOptionsJson } from '../methods/passkey.ts'
import type { ApprovalRow, PayoutAddressRow } from '../store/store.ts'
import { loadAccount } from './account.ts'
import { type ApprovalDetails, type ApprovalPayload, actionOf, readPayload } from './approval-details.ts'
import { guardMoney, guardWithoutPasskey, isStepWithoutPasskey, openPayload, optionsFor, ownApproval, youngUntil } from './approvals.ts'
import { requireSession } from './session.ts'
import { passkeyName } from './views.ts'

/** How this account can approve now. */
export type ApprovalWay =
  | { kind: 'passkey'; options: RequestOptionsJson }
  /** Two steps, under the host's limit; `method` is the code that is asked for. */
  | { kind: 'two_steps'; method: MethodName; youngUntil: number | null }
  /** Two steps would do, but this session was opened by a young passkey and never saw the password. */
  | { kind: 'sign_in_first'; youngUntil: number | null }
  | { kind: 'none'; problem: Problem; youngUntil: number | null }

/** What the approval's page shows. */
export interface ApprovalView {
  row: ApprovalRow
  /** null when the stored details are not what was hashed: then nothing of them is shown. */
  payload: ApprovalPayload | null
  way: ApprovalWay
  /** The payee in the owner's own words. */
  addressLabel: string | null
  /** Nothing was ever sent there. */
  newAddress: boolean
  /** The passkey that decided. */
  decidedWith: string | null
}

/** One approval of the caller's account with the way to approve it. @throws Problem `not_found` */
export async function viewApproval(ctx: Ctx, caller: Caller, id: string): Promise<ApprovalView> {
  const session = requireSession(caller)
  const row = await ownApproval(ctx.store.read, session.accountId, id)
  const facts = await loadAccount(ctx, session.accountId)
  const payload = orNull(() => readPayload(row))
  const decidedWith = facts.passkeys.find(p => p.id === row.credentialId)
  return {
    row,
    payload,
    way: await wayOf(ctx, facts, session, row),
    ...(await payee(ctx, row, payload)),
    decidedWith: decidedWith ? passkeyName(decidedWith) : null,
  }
}

function orNull<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof Problem) return null
    throw error
  }
}

/** The same guards that the approval itself passes, asked before anybody is shown a button. */
async function wayOf(ctx: Ctx, facts: AccountFacts, session: Session, row: ApprovalRow): Promise<ApprovalWay> {
  const until = youngUntil(ctx, facts)
  try {
    const payload = openPayload(ctx, row)
    await guardMoney(ctx.store.read, ctx, facts, payload)
    if (activePasskeys(facts).some(p => isTrusted(p, ctx.now()))) return { kind: 'passkey', options: optionsFor(ctx, facts, row) }
    guardWithoutPasskey(ctx, facts, payload)
    return stepsOf(ctx, facts, session, until)
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem
    return { kind: 'none', problem, youngUntil: hasTrustedPasskey(facts, ctx.config.policy, ctx.now()) ? null : until }
  }
}

function stepsOf(ctx: Ctx, facts: AccountFacts, session: Session, until: number | null): ApprovalWay {
  const { policy } = ctx.config
  const usable = codeMethods(facts, policy).filter(m => countingMethods(facts, policy).includes(m))
  const offered: MethodName[] = secondStepDemanded(facts, policy) ? usable : [...usable, 'password']
  const method = offered.find(m => isStepWithoutPasskey(ctx, facts, session, m))
  if (method) return { kind: 'two_steps', method, youngUntil: until }
  if (facts.password && usable.length > 0) return { kind: 'sign_in_first', youngUntil: until }
  throw new Problem('approval_too_weak')
}

async function payee(
  ctx: Ctx,
  row: ApprovalRow,
  payload: ApprovalPayload | null,
): Promise<Pick<ApprovalView, 'addressLabel' | 'newAddress'>> {
  const field = payload ? actionOf(ctx, payload.action).addressField : undefined
  const address = field === undefined ? undefined : payload?.details[field]
  if (!field || !address) return { addressLabel: null, newAddress: false }
  const book = await ctx.store.read.payoutAddresses.list(row.accountId)
  return { addressLabel: labelOf(book, address), newAddress: !(await wasPaid(ctx, row, field, address)) }
}

const labelOf = (book: readonly PayoutAddressRow[], address: string): string | null =>
  book.find(entry => entry.address === address)?.label ?? null

/** How far back "new address" looks. */
const REMEMBERED = 200

async function wasPaid(ctx: Ctx, row: ApprovalRow, field: string, address: string): Promise<boolean> {
  const earlier = await ctx.store.read.approvals.list(row.accountId, REMEMBERED)
  return earlier.some(
    other =>
      other.id !== row.id && other.status === 'consumed' && (JSON.parse(other.details) as ApprovalPayload).details[field] === address,
  )
}

/** How an approval ended, as the host sees it. */
export type ApprovalStatus = 'pending' | 'approved' | 'rejected' | 'expired' | 'voided' | 'consumed'

/** An approval for the host's own records. Times in epoch milliseconds. */
export interface Approval {
  id: string
  /** The page on which the owner decides. */
  url: string
  /** "WD-7F3A-91C2" */
  reference: string
  expiresAt: number
  action: string
  status: ApprovalStatus
  details: ApprovalDetails
  /** SHA-256 of the canonical payload, hex: what the receipt shows. */
  detailsHash: string
  createdAt: number
  requestedIn: string
  decidedAt: number | null
  /** "Safari on iPhone" */
  decidedIn: string | null
  /** How it was approved; the passkey by its name. */
  approvedWith: { method: string; passkey: string | null } | null
}

/** @throws Problem `not_found`, `approval_changed` */
export async function approvalOf(ctx: Ctx, accountId: AccountId, id: string): Promise<Approval> {
  return approvalJson(ctx, await ownApproval(ctx.store.read, accountId, id))
}

export async function approvalJson(ctx: Ctx, row: ApprovalRow): Promise<Approval> {
  const passkey = row.credentialId === null ? null : await ctx.store.read.passkeys.find(row.credentialId)
  const approved = row.status === 'approved' || row.status === 'consumed'
  return {
    id: row.id,
    url: `${ctx.config.origin}${ctx.config.basePath}/approve/${row.id}`,
    reference: row.reference,
    expiresAt: row.expiresAt,
    action: row.action,
    status: statusOf(ctx, row),
    details: readPayload(row).details,
    detailsHash: Buffer.from(row.detailsHash).toString('hex'),
    createdAt: row.createdAt,
    requestedIn: row.requestedIn,
    decidedAt: row.decidedAt,
    decidedIn: row.decidedIn,
    approvedWith: approved && row.method ? { method: row.method, passkey: passkey ? passkeyName(passkey) : null } : null,
  }
}

function statusOf(ctx: Ctx, row: ApprovalRow): ApprovalStatus {
  if (row.status === 'created') return row.expiresAt <= ctx.now() ? 'expired' : 'pending'
  return row.status
}
