import { type ExpressionBuilder, sql } from 'kysely'
import type { Connection } from '../connection.ts'
import type { DB, Engine } from '../schema.ts'
import type { Tables } from '../store.ts'
import { purgeRows } from './purge.ts'
import { some } from './rows.ts'

/** The greater of two values, by the name that the engine has for it. */
const GREATEST: Record<Engine, string> = { sqlite: 'max', postgres: 'greatest' }

/** Fixed windows, shared by all nodes; one statement counts and answers, so that no guess slips between. */
export function limits(conn: Connection): Tables['limits'] {
  const { db, engine } = conn
  return {
    async hit(key, windowMs, now) {
      const over = sql`${sql.ref('limitBucket.windowStartedAt')} <= ${now - windowMs}`
      const count = sql<number>`case when ${over} then 1 else ${sql.ref('limitBucket.count')} + 1 end`
      const windowStartedAt = sql<number>`case when ${over} then ${now} else ${sql.ref('limitBucket.windowStartedAt')} end`
      return db
        .insertInto('limitBucket')
        .values({ key, count: 1, windowStartedAt: now, blockedUntil: null })
        .onConflict(c => c.column('key').doUpdateSet({ count, windowStartedAt }))
        .returning(['count', 'windowStartedAt', 'blockedUntil'])
        .executeTakeFirstOrThrow()
    },
    async get(key) {
      const query = db.selectFrom('limitBucket').select(['count', 'windowStartedAt', 'blockedUntil']).where('key', '=', key)
      return (await query.executeTakeFirst()) ?? null
    },
    async block(key, until) {
      // Of two nodes that block at once the longer one holds.
      const blockedUntil = sql<number>`${sql.raw(GREATEST[engine])}(coalesce(${sql.ref('limitBucket.blockedUntil')}, 0), ${until})`
      const row = { key, count: 0, windowStartedAt: 0, blockedUntil: until }
      await db
        .insertInto('limitBucket')
        .values(row)
        .onConflict(c => c.column('key').doUpdateSet({ blockedUntil }))
        .execute()
    },
    async giveBack(key, { windowStartedAt, blockedUntil: mine, free }) {
      const [block, count] = [sql.ref('limitBucket.blockedUntil'), sql.ref('limitBucket.count')]
      const blockedUntil = sql<number | null>`case when ${block} = ${mine ?? -1} or ${count} <= ${free} then null else ${block} end`
      const query = db.updateTable('limitBucket').set(e => ({ count: e('count', '-', 1), blockedUntil }))
      await query.where('key', '=', key).where('windowStartedAt', '=', windowStartedAt).where('count', '>', 0).execute()
    },
    async reset(key) {
      await db.deleteFrom('limitBucket').where('key', '=', key).execute()
    },
    purge: (before, limit) => purgeRows(conn, 'limitBucket', 'key', isIdle(before), limit),
  }
}

const isIdle = (before: number) => (e: ExpressionBuilder<DB, 'limitBucket'>) =>
  e.and([e('windowStartedAt', '<', before), e.or([e('blockedUntil', 'is', null), e('blockedUntil', '<', before)])])

/** Single values of the deployment. */
export function meta({ db }: Connection): Tables['meta'] {
  return {
    async get(key) {
      return (await db.selectFrom('meta').select('value').where('key', '=', key).executeTakeFirst())?.value ?? null
    },
    async set(key, value) {
      await db
        .insertInto('meta')
        .values({ key, value })
        .onConflict(c => c.column('key').doUpdateSet({ value }))
        .execute()
    },
    async add(key, value) {
      const query = db.insertInto('meta').values({ key, value })
      return some((await query.onConflict(c => c.doNothing()).executeTakeFirst()).numInsertedOrUpdatedRows)
    },
    list: prefix =>
      db.selectFrom('meta').selectAll().where(sql<boolean>`substr(key, 1, ${prefix.length}) = ${prefix}`).orderBy('key').execute(),
    async remove(key) {
      await db.deleteFrom('meta').where('key', '=', key).execute()
    },
  }
}
