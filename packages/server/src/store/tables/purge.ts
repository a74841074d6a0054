import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { Connection } from '../connection.ts'
import type { DB } from '../schema.ts'

/**
 * Deletes at most `limit` rows that are over, by their unique column. Rows that somebody else holds are left for the next turn, so
 * that two nodes which purge at once never wait for each other.
 *
 * @returns how many went
 */
export async function purgeRows<Table extends keyof DB & string>(
  { db, engine }: Connection,
  table: Table,
  key: string,
  isOver: (e: ExpressionBuilder<DB, Table>) => Expression<SqlBool>,
  limit: number,
): Promise<number> {
  const [name, column] = [sql.table(table), sql.ref(key)]
  const over = db
    .selectFrom(table as keyof DB)
    .select(sql`${column}`.as('key'))
    .where(isOver as never)
    .limit(limit)
  const chosen = engine === 'postgres' ? over.forUpdate().skipLocked() : over
  const result = await sql`delete from ${name} where ${column} in (${chosen})`.execute(db)
  return Number(result.numAffectedRows ?? 0n)
}
