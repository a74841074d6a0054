import { sql } from 'kysely'
import type { IdentifierKind } from '../../domain/types.ts'
import type { Connection } from '../connection.ts'
import { keyIdOf, type Seal } from '../seal.ts'
import { openIn, rowKeyOf, SEALED, type SealedColumn, type SealedTable, sealIn } from '../sealed.ts'
import type { SealedRow, Tables } from '../store.ts'
import { identifierIndexes } from './accounts.ts'
import { detailsIndexes, payeeIndexes } from './sealed-rows.ts'

type Raw = Record<string, unknown>
type Values = Record<string, string | null>

/** What else of a row somebody needs to know who rewrites it, in SQL spelling. */
const FIELDS: Partial<Record<SealedTable, string[]>> = {
  identifier: ['kind', 'superseded_at'],
  authenticator: ['kind', 'account_id'],
  pending_change: ['operation', 'account_id'],
  payout_address: ['account_id'],
}

/** The blind index that stands beside a sealed value, made anew from what the value says. */
const INDEXES: Partial<Record<SealedTable, { column: string; from: string; of(seal: Seal, row: SealedRow, value: string): Uint8Array[] }>> =
  {
    identifier: {
      column: 'blind_index',
      from: 'value',
      of: (seal, row, value) => identifierIndexes(seal, row.fields.kind as IdentifierKind, value),
    },
    payout_address: {
      column: 'blind_index',
      from: 'entry',
      of: (seal, row, entry) => payeeIndexes(seal, String(row.fields.account_id), JSON.parse(entry)),
    },
    approval: {
      column: 'details_hash',
      from: 'request',
      of: (seal, row, request) => detailsIndexes(seal, row.key, bytesOf((JSON.parse(request) as { detailsHash: string }).detailsHash)),
    },
  }
const bytesOf = (base64url: string): Uint8Array => new Uint8Array(Buffer.from(base64url, 'base64url'))

/** All that is sealed, table by table in the order of row keys, and its rewriting under the key of today. */
export function sealedRows(conn: Connection): Tables['sealedRows'] {
  return {
    page: (table, after, limit) => page(conn, table, after, limit, false),
    lockPage: (table, after, limit) => page(conn, table, after, limit, true),
    rewrite: (table, row, values) => rewrite(conn, table, row, values),
  }
}

async function page(
  { db, engine, seal }: Connection,
  table: SealedTable,
  after: string,
  limit: number,
  lock: boolean,
): Promise<SealedRow[]> {
  const key = rowKeyOf(table)
  const columns = [key, ...SEALED[table].map(name => `sealed_${name}`), ...(FIELDS[table] ?? [])].map(name => sql.ref(name))
  const locking = lock && engine === 'postgres' ? sql` for update skip locked` : sql``
  const query = sql<Raw>`select ${sql.join(columns)} from ${sql.table(table)} where ${sql.ref(key)} > ${after}
    order by ${sql.ref(key)} limit ${limit}${locking}`
  return (await query.execute(db)).rows.map(row => toRow(seal, table, row))
}

/** Kysely's plugin gives names back in our spelling. */
const ours = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

function toRow(seal: Seal, table: SealedTable, raw: Raw): SealedRow {
  const key = String(raw[ours(rowKeyOf(table))])
  const fields = Object.fromEntries((FIELDS[table] ?? []).map(name => [name, raw[ours(name)]]))
  const row: SealedRow = { key, fields, keyIds: [], values: {}, unreadable: false }
  for (const name of SEALED[table] as readonly SealedColumn<SealedTable>[]) {
    const bytes = (raw[ours(`sealed_${name}`)] ?? null) as Uint8Array | null
    if (bytes !== null) row.keyIds.push(keyIdOf(bytes))
    row.values[name] = bytes === null ? null : opened(seal, table, name, row, bytes)
  }
  return row
}

function opened(seal: Seal, table: SealedTable, name: SealedColumn<SealedTable>, row: SealedRow, bytes: Uint8Array): string | null {
  try {
    return openIn(seal, table, name as never, row.key, bytes)
  } catch {
    row.unreadable = true
    return null
  }
}

async function rewrite({ db, seal }: Connection, table: SealedTable, row: SealedRow, values: Values): Promise<boolean> {
  const key = rowKeyOf(table)
  const sealed = Object.entries(values).filter((pair): pair is [string, string] => pair[1] !== null)
  const set = sealed.map(([name, plain]) => sql`${sql.ref(`sealed_${name}`)} = ${sealIn(seal, table, name as never, row.key, plain)}`)
  const index = INDEXES[table]
  const value = index ? (values[index.from] ?? null) : null
  const made = index && value !== null ? index.of(seal, row, value) : []
  if (index && made.length > 0) set.push(sql`${sql.ref(index.column)} = ${made[0]}`)
  // one address of two accounts, if ever there was one, stays as it is and is told
  const free =
    table === 'identifier' && row.fields.superseded_at === null
      ? sql` and not exists (select 1 from identifier o where o.kind = ${row.fields.kind} and o.blind_index in (${sql.join(made)})
          and o.superseded_at is null and o.id <> ${row.key})`
      : sql``
  const result = await sql`update ${sql.table(table)} set ${sql.join(set)} where ${sql.ref(key)} = ${row.key}${free}`.execute(db)
  return Number(result.numAffectedRows ?? 0n) > 0
}
