import { createHash, randomBytes } from 'node:crypto'
import { isAsciiWord, isPrintable } from '@latchkey/browser/text'
import type { ActionOptions } from '../../config.ts'
import type { Ctx } from '../../ctx.ts'
import { isDecimal } from '../../domain/decimal.ts'
import { Problem } from '../../domain/problems.ts'
import type { AccountId } from '../../domain/types.ts'
import type { ApprovalRow } from '../../store/store.ts'
import { canonicalJson } from './canonical-json.ts'

/** What the host wants approved: a flat object of text, as the owner will read it. */
export type ApprovalDetails = Readonly<Record<string, string>>

/** Exactly what is hashed and signed (INV-7): what for, for whom, towards whom, and every detail. */
export interface ApprovalPayload {
  action: string
  account: string
  audience: string
  details: ApprovalDetails
}

const MOST_MEMBERS = 32
const MOST_BYTES = 4096

const declared = (ctx: Ctx, name: string): ActionOptions | undefined =>
  Object.hasOwn(ctx.config.actions, name) ? ctx.config.actions[name] : undefined

/** The host's declaration of an action. @throws Problem `bad_request` for one that the configuration does not name */
export function actionOf(ctx: Ctx, name: string): ActionOptions {
  const action = declared(ctx, name)
  if (!action) throw new Problem('bad_request', { field: 'action' })
  return action
}

/** How an approval is shown: as its action is declared, and under its own names where the host declares it no longer. */
export const shownAction = (ctx: Ctx, name: string, payload: ApprovalPayload | null): ActionOptions =>
  declared(ctx, name) ?? { title: name, labels: Object.fromEntries(Object.keys(payload?.details ?? {}).map(member => [member, member])) }

/** Whether the host still asks for this. */
export const isDeclared = (ctx: Ctx, name: string): boolean => declared(ctx, name) !== undefined

/**
 * Details that can be shown whole: every member is declared and printable, the address is ASCII without spaces, amounts are decimal
 * text, nothing is nested. Text is judged and never changed: what is signed is what the host sent.
 *
 * @throws Problem `bad_request` naming the member
 */
export function parseDetails(action: ActionOptions, given: unknown): ApprovalDetails {
  if (!isPlain(given)) throw malformed('details')
  const entries = Object.entries(given)
  // before it is judged, which costs more than counting
  const letters = entries.reduce((sum, [, value]) => sum + (typeof value === 'string' ? value.length : 0), 0)
  if (entries.length > MOST_MEMBERS || letters > MOST_BYTES) throw malformed('details')
  for (const [name, value] of entries) {
    if (!Object.hasOwn(action.labels, name) || !isShown(value)) throw malformed(name)
  }
  if (Buffer.byteLength(canonicalJson(given)) > MOST_BYTES) throw malformed('details')
  const details: ApprovalDetails = Object.fromEntries(entries)
  checkRequired(action, details)
  return details
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value))
const malformed = (field: string): Problem => new Problem('bad_request', { field })
const isShown = (value: unknown): value is string => typeof value === 'string' && isPrintable(value)

/** What decides, and what is shown large, must be there; the amount and the limited member are numbers. */
function checkRequired(action: ActionOptions, details: ApprovalDetails): void {
  for (const name of [action.addressField, action.assetField, action.networkField]) {
    if (name !== undefined && !details[name]?.trim()) throw malformed(name)
  }
  const address = action.addressField
  // letters of another script look like these, and no payment network has them
  if (address !== undefined && !isAsciiWord(details[address] ?? '')) throw malformed(address)
  for (const name of [action.amountField, action.withoutPasskey?.field]) {
    if (name !== undefined && !isDecimal(details[name] ?? '')) throw malformed(name)
  }
}

export const sha256 = (data: string | Uint8Array): Uint8Array => createHash('sha256').update(data).digest()

/** The canonical text that is stored, shown and hashed; the audience is our origin, so that another site's approval is none of ours. */
export const payloadText = (ctx: Ctx, accountId: AccountId, action: string, details: unknown): string =>
  canonicalJson({ account: accountId, action, audience: ctx.config.origin, details })

/** What stands in the row. @throws Problem `approval_changed` when it is not what was hashed at creation */
export function readPayload(row: ApprovalRow): ApprovalPayload {
  if (Buffer.compare(sha256(row.details), row.detailsHash) !== 0)
    throw new Problem('approval_changed', {}, 'stored details do not fit their hash')
  return JSON.parse(row.details) as ApprovalPayload
}

/** `SHA-256("lk/approval/1" ‖ nonce ‖ SHA-256(payload))`: what the passkey signs is this payload and no other. */
export const approvalChallenge = (row: Pick<ApprovalRow, 'nonce' | 'details'>): string =>
  createHash('sha256').update('lk/approval/1').update(row.nonce).update(sha256(row.details)).digest('base64url')

/** Short code that people read out to support: "WD-7F3A-91C2"; not a secret and no key. */
export function newReference(action: ActionOptions): string {
  const hex = randomBytes(4).toString('hex').toUpperCase()
  return `${action.amountField === undefined ? 'RQ' : 'WD'}-${hex.slice(0, 4)}-${hex.slice(4)}`
}
