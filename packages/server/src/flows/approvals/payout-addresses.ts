import { isAsciiWord, typedName } from '@latchkey/browser/text'
import type { ActionOptions } from '../../config.ts'
import type { Caller, Ctx } from '../../ctx.ts'
import { Problem } from '../../domain/problems.ts'
import type { AccountFacts, AccountId } from '../../domain/types.ts'
import { uuidv7 } from '../../keys.ts'
import { parseReturnTo } from '../../return-to.ts'
import type { PayoutAddressRow, Tables } from '../../store/store.ts'
import { changeAccount, lockAccount, settleAndLoad } from '../account/account.ts'
import { happened, type OwnChange, tell } from '../account/events.ts'
import { requireSession } from '../account/session.ts'
import { type ChangeOutcome, change } from '../change/change.ts'
import { addPending } from '../change/pending.ts'
import { type Grant, takeGrant } from '../prove/step-up.ts'
import { canonicalJson } from './canonical-json.ts'
import type { ApprovalDetails } from './details.ts'

/** One payee that an account may send to. */
export interface PayoutAddressInput {
  asset: string
  network: string
  address: string
  /** Tag or memo, for assets that need one. */
  memo?: string | null
  /** The owner's own name for it: "Ledger vault". */
  label: string
}

/** A row of the address book; `effectiveAt` lies in the future while it waits. */
export interface PayoutAddress extends Required<PayoutAddressInput> {
  id: string
  createdAt: number
  effectiveAt: number
}

const ADD = 'payout_address.add' as const
const LENGTHS = { asset: 32, network: 32, address: 128, memo: 64, label: 64 } as const
const MOST_ADDRESSES = 200

/** @throws Problem `bad_request` naming the member that is missing, too long, not printable, or for the address no ASCII word */
export function parsePayoutAddress(input: PayoutAddressInput): Required<PayoutAddressInput> {
  const read = (name: keyof typeof LENGTHS, empty = false): string => {
    const given = input[name] ?? ''
    if (empty && given.trim() === '') return ''
    const text = typedName(given, LENGTHS[name])
    if (text === null || (name === 'address' && !isAsciiWord(text))) throw new Problem('bad_request', { field: name })
    return text
  }
  return {
    asset: read('asset'),
    network: read('network'),
    address: read('address'),
    memo: read('memo', true) || null,
    label: read('label'),
  }
}

/** What the owner is asked to confirm, and where to go afterwards. */
export interface PayoutDraft extends Required<PayoutAddressInput> {
  returnTo: string | null
}

/**
 * An address that is to be added, as the target of its ceremony: the proof is for exactly this address, and nobody but us, for this
 * account, can have written it. Sealed, since targets stand in the records of proofs, and in an address line.
 */
export function draftPayoutAddress(ctx: Ctx, accountId: AccountId, input: PayoutAddressInput, returnTo: string | null): string {
  const draft: PayoutDraft = { ...parsePayoutAddress(input), returnTo: parseReturnTo(ctx.config, returnTo) }
  return Buffer.from(ctx.keys.seal.encrypt(canonicalJson({ ...draft }), draftPlace(accountId))).toString('base64url')
}

const draftPlace = (accountId: AccountId): string => `draft·${ADD}·${accountId}`

/** @throws Problem `form_expired` for a draft that is not ours or not this account's */
export function readPayoutDraft(ctx: Ctx, accountId: AccountId, text: string | null): PayoutDraft {
  try {
    const sealed = Buffer.from(text ?? '', 'base64url')
    // one spelling only: the proof is bound to the text
    if (sealed.toString('base64url') !== text) throw new Error('not canonical base64url')
    return JSON.parse(ctx.keys.seal.decrypt(sealed, draftPlace(accountId))) as PayoutDraft
  } catch (error) {
    throw new Problem('form_expired', {}, error)
  }
}

/**
 * Adds an address that pays out after its wait (policy.md §4, row Payout address): stopped by a cancel until then; refused
 * with a lesser proof.
 *
 * @param draft from `draftPayoutAddress`; the ceremony was made for it
 * @throws Problem `step_up_required`, `refused_by_policy`, `already_done`, `form_expired`
 */
export async function addPayoutAddress(
  ctx: Ctx,
  caller: Caller,
  draft: string,
): Promise<{ address: PayoutAddress; returnTo: string | null }> {
  const { returnTo, ...input } = readPayoutDraft(ctx, requireSession(caller).accountId, draft)
  const row = await changeAccount(ctx, caller, async own => {
    await guardNew(own.tx, own.facts, input)
    const grant = await takeGrant(own, { operation: ADD, target: draft })
    const waitMs = grant.decision.kind === 'wait' ? grant.decision.waitMs : 0
    const added = newRow(ctx, own.facts.account.id, input, ctx.now() + waitMs)
    await own.tx.payoutAddresses.insert(added)
    await waitForAddress(own, added, grant)
    return added
  })
  return { address: publicAddress(row), returnTo }
}

async function waitForAddress(own: OwnChange, { id, effectiveAt: until }: PayoutAddressRow, grant: Grant<typeof ADD>): Promise<void> {
  const { proofClass: via, credentialId } = grant
  await addPending(own, grant, { target: id, until })
  await happened(own, 'change_waits', { credentialId, body: { operation: ADD, target: id, until, class: via } })
  await tell(own, 'change_waits', { operation: ADD, until })
}

async function guardNew(tx: Tables, facts: AccountFacts, { asset, network, address, memo }: Required<PayoutAddressInput>): Promise<void> {
  const known = await tx.payoutAddresses.list(facts.account.id)
  if (known.some(row => row.asset === asset && row.network === network && row.address === address && row.memo === memo))
    throw new Problem('already_done')
  if (known.length >= MOST_ADDRESSES) throw new Problem('refused_by_policy', { operation: ADD, limit: String(MOST_ADDRESSES) })
}

const newRow = (ctx: Ctx, accountId: AccountId, input: Required<PayoutAddressInput>, effectiveAt: number): PayoutAddressRow => ({
  id: uuidv7(ctx.now()),
  accountId,
  ...input,
  createdAt: ctx.now(),
  effectiveAt,
  removedAt: null,
})

const publicAddress = ({ accountId: _a, removedAt: _r, ...address }: PayoutAddressRow): PayoutAddress => address

/**
 * When an address pays out: its own time, or later where a freeze kept its wait; null for one that is not in the book.
 */
export async function addressReadyAt(
  tables: Tables,
  facts: AccountFacts,
  action: ActionOptions,
  details: ApprovalDetails,
): Promise<number | null> {
  const member = (name: string | undefined): string => (name === undefined ? '' : (details[name] ?? ''))
  const row = await tables.payoutAddresses.find(
    facts.account.id,
    member(action.assetField),
    member(action.networkField),
    member(action.addressField),
    member(action.memoField) || null,
  )
  return row ? readyAt(facts, row) : null
}

/** The wait is the pending change; the row's own time is what it was asked with. */
function readyAt(facts: AccountFacts, row: PayoutAddressRow): number {
  const wait = facts.pending.find(change => change.target === row.id)
  return Math.max(row.effectiveAt, wait?.effectiveAt ?? 0)
}

/** The address book, the oldest first, waiting ones with the time from which they pay out. */
export async function listPayoutAddresses(ctx: Ctx, accountId: AccountId): Promise<PayoutAddress[]> {
  const facts = await settleAndLoad(ctx, accountId)
  const rows = await ctx.store.read.payoutAddresses.list(accountId)
  return rows.map(row => publicAddress({ ...row, effectiveAt: readyAt(facts, row) }))
}

/** Removes an address, which protects: now, with two steps from the last 15 minutes (policy.md §4, row Payout address; §5). @throws Problem `not_found`, `step_up_required` */
export async function dropPayoutAddress(ctx: Ctx, caller: Caller, id: string): Promise<ChangeOutcome> {
  const { accountId } = requireSession(caller)
  const known = await ctx.store.read.payoutAddresses.list(accountId)
  if (!known.some(row => row.id === id)) throw new Problem('not_found')
  return change(ctx, caller, { operation: 'payout_address.remove', target: id })
}

/**
 * Writes addresses that pay out at once: sample accounts of a development server. Elsewhere no host shortens a wait (INV-17).
 *
 * @throws Problem `forbidden` in production, `bad_request`
 */
export async function importPayoutAddresses(ctx: Ctx, accountId: AccountId, inputs: readonly PayoutAddressInput[]): Promise<void> {
  if (!ctx.config.development) throw new Problem('forbidden', {}, 'addresses are imported in development only')
  const parsed = inputs.map(parsePayoutAddress)
  await ctx.store.transaction(async tx => {
    await lockAccount(tx, ctx, accountId)
    for (const input of parsed) {
      const known = await tx.payoutAddresses.find(accountId, input.asset, input.network, input.address, input.memo)
      if (!known) await tx.payoutAddresses.insert(newRow(ctx, accountId, input, ctx.now()))
    }
  })
}
