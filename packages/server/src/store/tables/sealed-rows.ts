import type { Client } from '../../domain/types.ts'
import type { ApprovalTable, CredentialTable, DB, PayoutAddressTable, SessionTable } from '../schema.ts'
import type { Seal } from '../seal.ts'
import { openIn, openNullable, sealIn, sealNullable } from '../sealed.ts'
import type { ApprovalRow, EventRow, PayoutAddressRow } from '../store.ts'

/**
 * The sealed halves of rows that stood in the clear before migration 0003. Each reads both: a row of that time holds its values in the
 * old columns until the background has sealed it. One value for each row, so that a row costs one encryption.
 */

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
const bytes = (base64url: string): Uint8Array => new Uint8Array(Buffer.from(base64url, 'base64url'))
const NO_BYTES = new Uint8Array()

type Half<Table, Name extends keyof Table> = Pick<Table, Name>

export type SessionHalf = Half<SessionTable, 'sealedClient' | 'ip' | 'userAgent'>

/** Where a session was opened. */
export const sealClient = (seal: Seal, id: string, { ip, userAgent }: Pick<Client, 'ip' | 'userAgent'>): SessionHalf => ({
  sealedClient: sealIn(seal, 'session', 'client', id, JSON.stringify({ ip, userAgent })),
  ip: '',
  userAgent: '',
})

export const openClient = (
  seal: Seal,
  { id, sealedClient, ip, userAgent }: SessionHalf & { id: string },
): Pick<Client, 'ip' | 'userAgent'> =>
  sealedClient === null ? { ip, userAgent } : JSON.parse(openIn(seal, 'session', 'client', id, sealedClient))

export type CredentialHalf = Half<CredentialTable, 'sealedLabel' | 'label'>

/** The owner's own name for a passkey. */
export const sealLabel = (seal: Seal, id: string, label: string | null): CredentialHalf => ({
  sealedLabel: sealNullable(seal, 'credential', 'label', id, label),
  label: null,
})

export const openLabel = (seal: Seal, { id, sealedLabel, label }: CredentialHalf & { id: string }): string | null =>
  sealedLabel === null ? label : openIn(seal, 'credential', 'label', id, sealedLabel)

type Detail = NonNullable<EventRow['detail']>
type EventDetailTable = DB['eventDetail']

/** Who caused an event, and the salt of its hash in the record: with the salt in hand an address could be guessed from the hash. */
export const sealDetail = (seal: Seal, eventId: string, detail: Detail, salt: Uint8Array): EventDetailTable => ({
  eventId,
  sealedDetail: sealIn(seal, 'event_detail', 'detail', eventId, JSON.stringify({ ...detail, salt: text(salt) })),
  ip: '',
  userAgent: '',
  label: null,
  salt: NO_BYTES,
})

export function openDetail(seal: Seal, { eventId, sealedDetail, ...clear }: EventDetailTable): Detail & { salt: Uint8Array } {
  if (sealedDetail === null) return clear
  const opened = JSON.parse(openIn(seal, 'event_detail', 'detail', eventId, sealedDetail)) as Detail & { salt: string }
  return { ...opened, salt: bytes(opened.salt) }
}

/** What is found by the hash of the details; the hash itself would tell who guesses them. */
export const detailsIndexes = (seal: Seal, id: string, detailsHash: Uint8Array): Uint8Array[] =>
  seal.blindIndexes(`approval·details·${id}·${text(detailsHash)}`)

export type ApprovalHalf = Half<
  ApprovalTable,
  'sealedRequest' | 'sealedDecision' | 'details' | 'detailsHash' | 'nonce' | 'requestedIn' | 'returnTo' | 'decidedIn' | 'proof'
>
type Request = Pick<ApprovalRow, 'details' | 'detailsHash' | 'nonce' | 'requestedIn' | 'returnTo'>
type Decision = Pick<ApprovalRow, 'decidedIn' | 'proof'>

/** What is asked, by whom; and the signed answer. */
export function sealApproval(seal: Seal, id: string, row: Request & Decision): ApprovalHalf {
  const { details, detailsHash, nonce, requestedIn, returnTo } = row
  const request = JSON.stringify({ details, detailsHash: text(detailsHash), nonce: text(nonce), requestedIn, returnTo })
  return {
    sealedRequest: sealIn(seal, 'approval', 'request', id, request),
    detailsHash: detailsIndexes(seal, id, detailsHash)[0]!,
    details: '',
    nonce: NO_BYTES,
    requestedIn: '',
    returnTo: null,
    ...sealDecision(seal, id, row),
  }
}

export const sealDecision = (
  seal: Seal,
  id: string,
  { decidedIn, proof }: Decision,
): Half<ApprovalTable, 'sealedDecision' | 'decidedIn' | 'proof'> => ({
  sealedDecision: sealNullable(
    seal,
    'approval',
    'decision',
    id,
    decidedIn === null && proof === null ? null : JSON.stringify({ decidedIn, proof }),
  ),
  decidedIn: null,
  proof: null,
})

export function openApproval(seal: Seal, row: ApprovalHalf & { id: string }): Request & Decision {
  const { id, sealedRequest, sealedDecision, ...clear } = row
  const decision = openNullable(seal, 'approval', 'decision', id, sealedDecision)
  const decided = decision === null ? { decidedIn: clear.decidedIn, proof: clear.proof } : (JSON.parse(decision) as Decision)
  if (sealedRequest === null) return { ...clear, ...decided }
  const { detailsHash, nonce, ...request } = JSON.parse(openIn(seal, 'approval', 'request', id, sealedRequest)) as Sealed<Request>
  return { ...request, detailsHash: bytes(detailsHash), nonce: bytes(nonce), ...decided }
}

/** As JSON has it. */
type Sealed<Row> = { [Name in keyof Row]: Row[Name] extends Uint8Array ? string : Row[Name] }

type Entry = Pick<PayoutAddressRow, 'asset' | 'network' | 'address' | 'memo' | 'label'>
export type PayoutAddressHalf = Half<PayoutAddressTable, 'sealedEntry' | 'blindIndex' | keyof Entry>

/** What names a payee: all but its label. */
export const payeeIndexes = (seal: Seal, accountId: string, { asset, network, address, memo }: Omit<Entry, 'label'>): Uint8Array[] =>
  seal.blindIndexes(`payout_address·${JSON.stringify([accountId, asset, network, address, memo])}`)

export function sealPayee(seal: Seal, { id, accountId, ...row }: Entry & Pick<PayoutAddressRow, 'id' | 'accountId'>): PayoutAddressHalf {
  const { asset, network, address, memo, label } = row
  return {
    sealedEntry: sealIn(seal, 'payout_address', 'entry', id, JSON.stringify({ asset, network, address, memo, label })),
    blindIndex: payeeIndexes(seal, accountId, row)[0]!,
    ...{ asset: '', network: '', address: '', memo: null, label: '' },
  }
}

export function openPayee(seal: Seal, row: PayoutAddressHalf & { id: string }): Entry {
  const { id, sealedEntry, blindIndex: _, asset, network, address, memo, label } = row
  return sealedEntry === null
    ? { asset, network, address, memo, label }
    : JSON.parse(openIn(seal, 'payout_address', 'entry', id, sealedEntry))
}
