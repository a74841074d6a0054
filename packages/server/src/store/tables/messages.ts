import type { ExpressionBuilder } from 'kysely'
import type { CredentialId } from '../../domain/types.ts'
import type { Connection } from '../connection.ts'
import type { DB, OutboxTable } from '../schema.ts'
import type { Seal } from '../seal.ts'
import { openIn, sealIn } from '../sealed.ts'
import type { EventRow, InboxMessage, OutboxRow, Tables } from '../store.ts'
import { purgeRows } from './purge.ts'
import { eventRows, freezeLinkRow, outboxRow } from './rows.ts'
import { openDetail } from './sealed-rows.ts'

/** Messages on their way out, written in the transaction that caused them. */
export function outbox(conn: Connection): Tables['outbox'] {
  const { db, seal } = conn
  const wiped = { sealedTo: null, sealedParams: null }
  return {
    async insert(row) {
      await db.insertInto('outbox').values(outboxRow(seal, row)).execute()
      if (row.link) await db.insertInto('freezeLink').values(freezeLinkRow(seal, row.link)).execute()
    },
    async lease(now, leaseMs, limit) {
      const rows = await leaseRows(conn, now, now + leaseMs, limit)
      return rows.toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)).map(row => toMessage(seal, row))
    },
    async sent(id, at) {
      await db
        .updateTable('outbox')
        .set({ ...wiped, status: 'sent', sentAt: at })
        .where('id', '=', id)
        .execute()
    },
    async failed(id, nextTryAt, error) {
      const next = nextTryAt === null ? { ...wiped, status: 'dead' as const } : { nextTryAt }
      const query = db.updateTable('outbox').set(e => ({ ...next, lastError: error, tries: e('tries', '+', 1) }))
      await query.where('id', '=', id).where('status', '=', 'pending').execute()
    },
    async pending() {
      const query = db
        .selectFrom('outbox')
        .where('status', '=', 'pending')
        .select(e => e.fn.countAll<number>().as('count'))
      return Number((await query.executeTakeFirstOrThrow()).count)
    },
    purge: (before, limit) =>
      purgeRows(conn, 'outbox', 'id', e => e.and([e('status', '!=', 'pending'), e('createdAt', '<', before)]), limit),
  }
}

/** Moves the due time of what it takes, so that a worker that dies gives its messages back. */
function leaseRows({ db, engine }: Connection, now: number, until: number, limit: number): Promise<OutboxTable[]> {
  const due = db.selectFrom('outbox').select('id').where('status', '=', 'pending').where('nextTryAt', '<=', now)
  const first = due
    .orderBy('nextTryAt')
    .limit(limit)
    .$if(engine === 'postgres', q => q.forUpdate().skipLocked())
  return db.updateTable('outbox').set({ nextTryAt: until }).where('id', 'in', first).returningAll().execute()
}

/** One message that cannot be opened must not keep the others from going out: it is handed on as such. */
function toMessage(seal: Seal, row: OutboxTable): OutboxRow {
  const { sealedTo, sealedParams, status: _s, sentAt: _a, lastError: _e, ...rest } = row
  try {
    const params = JSON.parse(openIn(seal, 'outbox', 'params', row.id, sealedParams!)) as OutboxRow['params']
    return { ...rest, to: openIn(seal, 'outbox', 'to', row.id, sealedTo!), params }
  } catch {
    return { ...rest, to: '', params: {}, unreadable: true }
  }
}

/** Messages of development, shown instead of sent. */
export function inbox(conn: Connection): Tables['inbox'] {
  const { db, seal } = conn
  return {
    async insert(row) {
      const sealedMessage = sealIn(seal, 'dev_inbox', 'message', row.id, JSON.stringify(row))
      await db.insertInto('devInbox').values({ id: row.id, sealedMessage, sentAt: row.sentAt }).execute()
    },
    async list(limit) {
      const rows = await db.selectFrom('devInbox').selectAll().orderBy('sentAt', 'desc').orderBy('id', 'desc').limit(limit).execute()
      return rows.map(row => JSON.parse(openIn(seal, 'dev_inbox', 'message', row.id, row.sealedMessage)) as InboxMessage)
    },
    async clear() {
      await db.deleteFrom('devInbox').execute()
    },
    purge: (before, limit) => purgeRows(conn, 'devInbox', 'id', e => e('sentAt', '<', before), limit),
  }
}

/** The audit record: appended, never changed. */
export function events({ db, seal }: Connection): Tables['events'] {
  return {
    async insert(row) {
      const { event, detail } = eventRows(seal, row)
      await db.insertInto('event').values(event).execute()
      if (detail) await db.insertInto('eventDetail').values(detail).execute()
    },
    async list(accountId, before, limit) {
      const query = db.selectFrom('event').selectAll().where('accountId', '=', accountId)
      // by both, as they are sorted: several events may share a millisecond
      const older = (e: ExpressionBuilder<DB, 'event'>, { at, id }: Pick<EventRow, 'at' | 'id'>) =>
        e.and([e('at', '<=', at), e.or([e('at', '<', at), e('id', '<', id)])])
      const page = before === null ? query : query.where(e => older(e, before))
      const rows = await page.orderBy('at', 'desc').orderBy('id', 'desc').limit(limit).execute()
      if (rows.length === 0) return []
      const ids = rows.map(row => row.id)
      const details = await db.selectFrom('eventDetail').selectAll().where('eventId', 'in', ids).execute()
      const byEvent = new Map(details.map(row => [row.eventId, row]))
      return rows.map(row => toEvent(seal, row, byEvent.get(row.id)))
    },
    async uses(accountId, kind) {
      const { count, max } = db.fn
      const of = db.selectFrom('event').where('accountId', '=', accountId).where('kind', '=', kind).where('credentialId', 'is not', null)
      const grouped = of.select(['credentialId', count('id').as('count'), max('at').as('lastAt')]).groupBy('credentialId')
      const rows = await grouped.orderBy('credentialId').execute()
      return rows.map(row => ({ credentialId: row.credentialId as CredentialId, count: Number(row.count), lastAt: Number(row.lastAt) }))
    },
  }
}

function toEvent(seal: Seal, row: DB['event'], detail: DB['eventDetail'] | undefined): EventRow {
  const body = JSON.parse(row.body) as EventRow['body']
  if (!detail) return { ...row, body, detail: null }
  const { ip, userAgent, label } = openDetail(seal, detail)
  return { ...row, body, detail: { ip, userAgent, label } }
}
