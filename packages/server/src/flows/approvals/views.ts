import type { Caller, Ctx } from '../../ctx.ts'
import { activePasskeys, isTrusted } from '../../domain/facts.ts'
import type { MethodName } from '../../domain/methods.ts'
import { Problem } from '../../domain/problems.ts'
import { codeMethods } from '../../domain/second-step.ts'
import type { AccountFacts, AccountId, Session } from '../../domain/types.ts'
import type { RequestOptionsJson } from '../../methods/passkey.ts'
import type { ApprovalRow, PayoutAddressRow } from '../../store/store.ts'
import { settleAndLoad } from '../account/account.ts'
import { requireSession } from '../account/session.ts'
import { passkeyName } from '../account/views.ts'
import { askedOf, openPayload, optionsFor, ownApproval, stepsWithoutPasskey } from './approvals.ts'
import { type ApprovalDetails, type ApprovalPayload, readPayload, shownAction } from './details.ts'
import { heldProblem, type MoneyHeld, moneyHeld, youngUntil } from './money.ts'

/** How this account can approve now. */
export type ApprovalWay =
  | { kind: 'passkey'; options: RequestOptionsJson }
  /** Two steps, under the host's limit; `method` is the code that is asked for. */
  | { kind: 'two_steps'; method: MethodName; youngUntil: number | null }
  /** Two steps would do, but this session was opened by a young passkey and never saw the password. */
  | { kind: 'sign_in_first'; youngUntil: number | null }
  /** Nothing now; `held` says until when and what helps, and is null where the request itself is over. */
  | { kind: 'none'; problem: Problem; held: MoneyHeld | null }

/** What the approval's page shows. */
export interface ApprovalView {
  row: ApprovalRow
  /** null when the stored details are not what was hashed: then nothing of them is shown. */
  payload: ApprovalPayload | null
  way: ApprovalWay
  /** The payee in the owner's own words. */
  addressLabel: string | null
  /** Nothing was ever sent there, and it is not decided yet: afterwards the warning warns of nothing. */
  newAddress: boolean
  /** The passkey that decided. */
  decidedWith: string | null
  /** The passkey of this session, or else the first, that moves money only later; null without one. */
  young: YoungPasskey | null
  /** Passkeys that approve now, by name. */
  trusted: string[]
}

interface YoungPasskey {
  name: string
  until: number
  createdAt: number
  /** This session was opened with it. */
  here: boolean
}

/** One approval of the caller's account with the way to approve it. @throws Problem `not_found` */
export async function viewApproval(ctx: Ctx, caller: Caller, id: string): Promise<ApprovalView> {
  const session = requireSession(caller)
  const row = await ownApproval(ctx.store.read, session.accountId, id)
  const facts = await settleAndLoad(ctx, session.accountId)
  const payload = orNull(() => readPayload(row))
  const decidedWith = facts.passkeys.find(p => p.id === row.credentialId)
  return {
    row,
    payload,
    way: await wayOf(ctx, facts, session, row),
    ...(await payee(ctx, row, payload)),
    decidedWith: decidedWith ? passkeyName(decidedWith) : null,
    young: youngOf(ctx, facts, session),
    trusted: activePasskeys(facts).flatMap(p => (isTrusted(p, ctx.now()) ? [passkeyName(p)] : [])),
  }
}

function youngOf(ctx: Ctx, facts: AccountFacts, session: Session): YoungPasskey | null {
  const young = activePasskeys(facts).filter(p => !isTrusted(p, ctx.now()))
  const first = young.find(p => p.id === session.credentialId) ?? young.sort((a, b) => a.trustedAt - b.trustedAt)[0]
  return first
    ? { name: passkeyName(first), until: first.trustedAt, createdAt: first.createdAt, here: first.id === session.credentialId }
    : null
}

function orNull<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof Problem) return null
    throw error
  }
}

/** The same question that the approval itself answers to, asked before anybody is shown a button. */
async function wayOf(ctx: Ctx, facts: AccountFacts, session: Session, row: ApprovalRow): Promise<ApprovalWay> {
  try {
    const payload = openPayload(ctx, row)
    const steps = stepsOf(ctx, facts, session)
    const asked = await askedOf(ctx.store.read, ctx, facts, payload)
    const held = moneyHeld(ctx, facts) ?? moneyHeld(ctx, facts, asked, 'best', steps !== null)
    if (held) return { kind: 'none', problem: heldProblem(held, asked), held }
    if (activePasskeys(facts).some(p => isTrusted(p, ctx.now()))) return { kind: 'passkey', options: optionsFor(ctx, facts, row) }
    return steps ?? { kind: 'none', problem: new Problem('approval_too_weak'), held: null }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { kind: 'none', problem: error, held: null }
  }
}

function stepsOf(ctx: Ctx, facts: AccountFacts, session: Session): ApprovalWay | null {
  const until = youngUntil(ctx, facts)
  const [method] = stepsWithoutPasskey(ctx, facts, session)
  if (method) return { kind: 'two_steps', method, youngUntil: until }
  return facts.password && codeMethods(facts, ctx.config.policy).length > 0 ? { kind: 'sign_in_first', youngUntil: until } : null
}

async function payee(
  ctx: Ctx,
  row: ApprovalRow,
  payload: ApprovalPayload | null,
): Promise<Pick<ApprovalView, 'addressLabel' | 'newAddress'>> {
  const field = shownAction(ctx, row.action, payload).addressField
  const address = field === undefined ? undefined : payload?.details[field]
  if (!field || !address) return { addressLabel: null, newAddress: false }
  const book = await ctx.store.read.payoutAddresses.list(row.accountId)
  return { addressLabel: labelOf(book, address), newAddress: row.status === 'created' && !(await wasPaid(ctx, row, field, address)) }
}

const labelOf = (book: readonly PayoutAddressRow[], address: string): string | null =>
  book.find(entry => entry.address === address)?.label ?? null

/** How far back "new address" looks. */
const REMEMBERED = 200

async function wasPaid(ctx: Ctx, row: ApprovalRow, field: string, address: string): Promise<boolean> {
  const earlier = await ctx.store.read.approvals.list(row.accountId, REMEMBERED)
  return earlier.some(({ status, details }) => status === 'consumed' && (JSON.parse(details) as ApprovalPayload).details[field] === address)
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
  return hostApproval(ctx, await ownApproval(ctx.store.read, accountId, id))
}

export async function hostApproval(ctx: Ctx, row: ApprovalRow): Promise<Approval> {
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
