import type { Seal } from './seal.ts'

/**
 * Every sealed column, by table, in SQL spelling and without its `sealed_`: what people type, what hosts send, and where requests come
 * from stands in no other. A test walks the schema by this list; `latchkey keys rotate` goes over the rows by it.
 */
export const SEALED = {
  account: ['messages'],
  pending_sign_up: ['value'],
  identifier: ['value'],
  credential: ['label'],
  authenticator: ['data'],
  session: ['client'],
  pre_session: ['identifier', 'return_to'],
  code: ['address'],
  pending_change: ['payload'],
  approval: ['request', 'decision'],
  payout_address: ['entry'],
  outbox: ['to', 'params'],
  freeze_link: ['notice'],
  dev_inbox: ['message'],
  event_detail: ['detail'],
} as const satisfies Record<string, readonly string[]>

export type SealedTable = keyof typeof SEALED
export type SealedColumn<Table extends SealedTable> = (typeof SEALED)[Table][number]

/** Names in `meta` of the values by which a start knows its keys: this and the key's id. */
export const KEY_CHECK = 'keys.check.'

/** The column by which a sealed row is named, in its value's associated data too. */
export const rowKeyOf = (table: SealedTable): 'id' | 'event_id' => (table === 'event_detail' ? 'event_id' : 'id')

const place = (table: string, column: string, rowKey: string): string => `${table}·${column}·${rowKey}`

/** Seals the text of one column of one row. */
export const sealIn = <Table extends SealedTable>(
  seal: Seal,
  table: Table,
  column: SealedColumn<Table>,
  rowKey: string,
  plain: string,
): Uint8Array => seal.encrypt(plain, place(table, column, rowKey))

/** @throws Error when it was changed, belongs to another place, or is under a key that we do not have */
export const openIn = <Table extends SealedTable>(
  seal: Seal,
  table: Table,
  column: SealedColumn<Table>,
  rowKey: string,
  bytes: Uint8Array,
): string => seal.decrypt(bytes, place(table, column, rowKey))

/** As `sealIn`, for what may be missing. */
export const sealNullable = <Table extends SealedTable>(
  seal: Seal,
  table: Table,
  column: SealedColumn<Table>,
  rowKey: string,
  plain: string | null,
): Uint8Array | null => (plain === null ? null : sealIn(seal, table, column, rowKey, plain))

/** As `openIn`, for what may be missing. */
export const openNullable = <Table extends SealedTable>(
  seal: Seal,
  table: Table,
  column: SealedColumn<Table>,
  rowKey: string,
  bytes: Uint8Array | null,
): string | null => (bytes === null ? null : openIn(seal, table, column, rowKey, bytes))
