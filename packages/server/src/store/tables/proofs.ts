import { sql } from 'kysely'
import type { Connection } from '../connection.ts'
import type { CodeTable } from '../schema.ts'
import type { Seal } from '../seal.ts'
import { openIn, sealIn } from '../sealed.ts'
import type { CodeRow, GrantRow, Tables } from '../store.ts'
import { purgeRows } from './purge.ts'
import { some } from './rows.ts'

/** Step-up grants: one session, one operation, one target, one use. */
export function grants(conn: Connection): Tables['grants'] {
  const { db } = conn
  return {
    async insert(row) {
      await db
        .insertInto('stepUpGrant')
        .values({ ...row, consumedAt: null })
        .execute()
    },
    async find(sessionId, operation, target, now) {
      const live = db.selectFrom('stepUpGrant').selectAll().where('sessionId', '=', sessionId).where('consumedAt', 'is', null)
      const fitting = live.where('expiresAt', '>', now).where('operation', '=', operation)
      const same = target === null ? fitting.where('target', 'is', null) : fitting.where('target', '=', target)
      const row = await same.orderBy('createdAt', 'desc').orderBy('id', 'desc').executeTakeFirst()
      return row ? toGrant(row) : null
    },
    async consume(id, at) {
      const query = db.updateTable('stepUpGrant').set({ consumedAt: at }).where('id', '=', id)
      return some((await query.where('consumedAt', 'is', null).where('expiresAt', '>', at).executeTakeFirst()).numUpdatedRows)
    },
    purge: (before, limit) => purgeRows(conn, 'stepUpGrant', 'id', e => e('expiresAt', '<', before), limit),
  }
}

function toGrant(row: GrantRow & { consumedAt: number | null }): GrantRow {
  const { consumedAt: _, ...grant } = row
  return grant
}

/** Wrong tries after which a code is void. */
const MAX_FAILURES = 5

/** Sent six-digit codes: one row per owner and purpose. */
export function codes(conn: Connection): Tables['codes'] {
  const { db, seal } = conn
  return {
    async issue(row) {
      const { address, ...rest } = row
      const fresh: CodeTable = { ...rest, sealedAddress: sealIn(seal, 'code', 'address', row.id, address), consumedAt: null }
      const { owner: _o, purpose: _p, failures, ...columns } = fresh
      await db
        .insertInto('code')
        .values(fresh)
        .onConflict(c => c.columns(['owner', 'purpose']).doUpdateSet({ ...columns, failures: carried(failures) }))
        .execute()
    },
    async findLive(owner, purpose, now) {
      const query = db.selectFrom('code').selectAll().where('owner', '=', owner).where('purpose', '=', purpose)
      const live = query.where('consumedAt', 'is', null).where('failures', '<', MAX_FAILURES).where('expiresAt', '>', now)
      const row = await live.executeTakeFirst()
      return row ? toCode(seal, row) : null
    },
    async fail(id) {
      const query = db
        .updateTable('code')
        .set(e => ({ failures: e('failures', '+', 1) }))
        .where('id', '=', id)
      return (await query.returning('failures').executeTakeFirst())?.failures ?? MAX_FAILURES
    },
    async consume(id, at) {
      const query = db.updateTable('code').set({ consumedAt: at }).where('id', '=', id).where('consumedAt', 'is', null)
      return some((await query.where('failures', '<', MAX_FAILURES).where('expiresAt', '>', at).executeTakeFirst()).numUpdatedRows)
    },
    purge: (before, limit) => purgeRows(conn, 'code', 'id', e => e('expiresAt', '<', before), limit),
  }
}

/** A code that was neither redeemed nor voided by wrong tries hands its count to the next, expired or not (INV-5). */
const carried = (failures: number) =>
  sql<number>`${failures} + case when ${sql.ref('code.consumedAt')} is null and ${sql.ref('code.failures')} < ${MAX_FAILURES}
    then ${sql.ref('code.failures')} else 0 end`

function toCode(seal: Seal, row: CodeTable): CodeRow {
  const { sealedAddress, consumedAt: _, ...rest } = row
  return { ...rest, address: openIn(seal, 'code', 'address', row.id, sealedAddress) }
}

/** Challenges that were used; a row's presence is the refusal of the second use. */
export function challenges(conn: Connection): Tables['challenges'] {
  const { db } = conn
  return {
    async spend(id, expiresAt) {
      const result = await db
        .insertInto('usedChallenge')
        .values({ id, expiresAt })
        .onConflict(c => c.doNothing())
        .executeTakeFirst()
      return some(result.numInsertedOrUpdatedRows)
    },
    purge: (before, limit) => purgeRows(conn, 'usedChallenge', 'id', e => e('expiresAt', '<', before), limit),
  }
}
