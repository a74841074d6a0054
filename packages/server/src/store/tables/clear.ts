import { type ExpressionBuilder, sql } from 'kysely'
import type { Connection } from '../connection.ts'
import type { DB } from '../schema.ts'
import type { Seal } from '../seal.ts'
import { openNullable, sealNullable } from '../sealed.ts'
import type { Tables } from '../store.ts'
import {
  openApproval,
  openClient,
  openDetail,
  openLabel,
  openPayee,
  sealApproval,
  sealClient,
  sealDetail,
  sealLabel,
  sealPayee,
} from './sealed-rows.ts'

/** How the rows of a table that stood in the clear before migration 0003 are found, and what is written in their place. */
interface Clear<Name extends keyof DB> {
  table: Name
  key: 'id' | 'eventId'
  isClear(e: ExpressionBuilder<DB, Name>): unknown
  sealed(seal: Seal, row: DB[Name]): Partial<DB[Name]>
}

const clear = <Name extends keyof DB>(row: Clear<Name>): Clear<keyof DB> => row as unknown as Clear<keyof DB>

const CLEAR: Clear<keyof DB>[] = [
  clear({
    table: 'session',
    key: 'id',
    isClear: e => e('sealedClient', 'is', null),
    sealed: (seal, row) => sealClient(seal, row.id, openClient(seal, row)),
  }),
  clear({
    table: 'eventDetail',
    key: 'eventId',
    isClear: e => e('sealedDetail', 'is', null),
    sealed(seal, row) {
      const { salt, ...detail } = openDetail(seal, row)
      return sealDetail(seal, row.eventId, detail, salt)
    },
  }),
  clear({
    table: 'approval',
    key: 'id',
    isClear: e => e('sealedRequest', 'is', null),
    sealed: (seal, row) => sealApproval(seal, row.id, openApproval(seal, row)),
  }),
  clear({
    table: 'payoutAddress',
    key: 'id',
    isClear: e => e('sealedEntry', 'is', null),
    sealed: (seal, row) => sealPayee(seal, { ...row, ...openPayee(seal, row) }),
  }),
  clear({
    table: 'credential',
    key: 'id',
    isClear: e => e('label', 'is not', null),
    sealed: (seal, row) => sealLabel(seal, row.id, openLabel(seal, row)),
  }),
  clear({
    table: 'preSession',
    key: 'id',
    isClear: e => e('returnTo', 'is not', null),
    sealed(seal, row) {
      const returnTo = openNullable(seal, 'pre_session', 'return_to', row.id, row.sealedReturnTo) ?? row.returnTo
      return { sealedReturnTo: sealNullable(seal, 'pre_session', 'return_to', row.id, returnTo), returnTo: null }
    },
  }),
]

/** Seals what a release before migration 0003 wrote. Two nodes that meet take different rows. */
export function clearRows(conn: Connection): Tables['clearRows'] {
  return {
    async seal(limit) {
      let done = 0
      for (const row of CLEAR) done += await sealSome(conn, row, limit - done)
      return done
    },
  }
}

async function sealSome(
  { db, engine, seal }: Connection,
  { table, key, isClear, sealed }: Clear<keyof DB>,
  limit: number,
): Promise<number> {
  const query = db
    .selectFrom(table)
    .selectAll()
    .where(isClear as never)
    .limit(limit)
  const rows = (await query.$if(engine === 'postgres', q => q.forUpdate().skipLocked()).execute()) as Record<string, unknown>[]
  for (const row of rows)
    await db
      .updateTable(table)
      .set(sealed(seal, row as never) as never)
      .where(sql.ref(key), '=', row[key])
      .execute()
  return rows.length
}
