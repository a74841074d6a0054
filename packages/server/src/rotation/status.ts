import type { Keys } from '../keys.ts'
import { SEALED, type SealedTable } from '../store/sealed.ts'
import type { SealedRow, Store } from '../store/store.ts'
import { within } from './layers.ts'
import { paged } from './pages.ts'
import { recoveryCodesByKey } from './recovery-codes.ts'

/** What rests on each key. */
export interface KeyUse {
  id: number
  configured: boolean
  /** Makes what is new. */
  writes: boolean
  /** Sealed values, by table; tables with none are left out. */
  rows: Record<string, number>
  /** Unused recovery codes: they need only the code key, which is kept. */
  recoveryCodes: number
}

export interface KeyStatus {
  keys: KeyUse[]
  /** Rows that no configured key opens. */
  unreadable: number
}

export const TABLES = Object.keys(SEALED) as SealedTable[]
/** Rows of one read or one transaction; small, since sign-ins wait behind it. */
export const BATCH = 200

/** Whether the master key itself is needed. */
export const isUsed = (key: KeyUse): boolean => Object.keys(key.rows).length > 0

/** Counts what rests on each key, in pages, while the server runs. */
export async function keyStatus(store: Store, keys: Keys, batch: number = BATCH): Promise<KeyStatus> {
  const rows = new Map<number, Record<string, number>>()
  let unreadable = 0
  const visit = (table: SealedTable, row: SealedRow): void => {
    if (row.unreadable) unreadable++
    const under = new Set([...row.keyIds, ...within(keys, table, row).keyIds])
    for (const id of under) {
      // what was altered, or sealed with another key of that number, no rotation brings back
      if (row.unreadable && keys.ids.includes(id)) continue
      const counts = rows.get(id) ?? {}
      counts[table] = (counts[table] ?? 0) + 1
      rows.set(id, counts)
    }
  }
  for (const table of TABLES)
    for await (const page of paged(
      after => store.read.sealedRows.page(table, after, batch),
      row => row.key,
    ))
      for (const row of page) visit(table, row)
  const codes = await recoveryCodesByKey(store, keys, batch)
  const ids = [...new Set([...keys.ids, ...rows.keys(), ...codes.keys()])]
  const useOf = (id: number): KeyUse => ({
    id,
    configured: keys.ids.includes(id),
    writes: id === keys.seal.keyId,
    rows: rows.get(id) ?? {},
    recoveryCodes: codes.get(id) ?? 0,
  })
  return { keys: ids.map(useOf), unreadable }
}

/** One line for each key. */
export function statusLines({ keys, unreadable }: KeyStatus): string[] {
  const lines = keys.map(lineOf)
  return unreadable > 0 ? [...lines, `${unreadable} rows open with none of these keys.`] : lines
}

function lineOf(key: KeyUse): string {
  const codes = key.recoveryCodes > 0 ? ` ${key.recoveryCodes} recovery codes rest on its code key.` : ''
  if (key.writes) return `Key ${key.id} makes what is new.${codes}`
  const kept = codes && `${codes.slice(0, -1)}, which is kept.`
  if (!isUsed(key)) return `Key ${key.id}: nothing else rests on it${key.configured ? '; take it out of LATCHKEY_MASTER_KEY' : ''}.${kept}`
  const counts = Object.entries(key.rows).map(([table, count]) => `${table} ${count}`)
  return `Key ${key.id}: rows rest on it (${counts.join(', ')}). Run \`latchkey keys rotate\`.${codes}`
}
