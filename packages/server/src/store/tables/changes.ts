import type { PendingChange } from '../../domain/types.ts'
import type { Connection } from '../connection.ts'
import type { PendingChangeTable } from '../schema.ts'
import type { Seal } from '../seal.ts'
import type { Tables } from '../store.ts'
import { purgeRows } from './purge.ts'
import { some } from './rows.ts'

/** Changes that wait before they take effect. */
export function changes(conn: Connection): Tables['changes'] {
  const { db, seal } = conn
  const live = (id: string) =>
    db.updateTable('pendingChange').where('id', '=', id).where('cancelledAt', 'is', null).where('appliedAt', 'is', null)
  return {
    async insert(row) {
      await db.insertInto('pendingChange').values(changeRow(seal, row)).execute()
    },
    async get(accountId, id) {
      const row = await db
        .selectFrom('pendingChange')
        .selectAll()
        .where('id', '=', id)
        .where('accountId', '=', accountId)
        .executeTakeFirst()
      return row ? toChange(seal, row) : null
    },
    async due(accountId, now) {
      const query = db.selectFrom('pendingChange').innerJoin('account', 'account.id', 'pendingChange.accountId').select('operation')
      const live = query.where('accountId', '=', accountId).where('cancelledAt', 'is', null).where('appliedAt', 'is', null)
      const rows = await live.where('effectiveAt', '<=', now).where('account.status', '!=', 'frozen').execute()
      return rows.map(row => row.operation)
    },
    cancel: async (id, at) => some((await live(id).set({ cancelledAt: at }).executeTakeFirst()).numUpdatedRows),
    markApplied: async (id, at) => some((await live(id).set({ appliedAt: at }).executeTakeFirst()).numUpdatedRows),
    purge: (before, limit) =>
      purgeRows(conn, 'pendingChange', 'id', e => e.or([e('appliedAt', '<', before), e('cancelledAt', '<', before)]), limit),
  }
}

const aad = (id: string): string => `pending_change·payload·${id}`

function changeRow(seal: Seal, change: PendingChange): PendingChangeTable {
  const { payload, ...rest } = change
  return { ...rest, sealedPayload: payload === null ? null : seal.encrypt(payload, aad(change.id)) }
}

export function toChange(seal: Seal, row: PendingChangeTable): PendingChange {
  const { sealedPayload, ...rest } = row
  return { ...rest, payload: sealedPayload === null ? null : seal.decrypt(sealedPayload, aad(row.id)) }
}

/** Approvals: created → approved or rejected or voided → consumed; each arrow is one conditional statement. */
export function approvals(conn: Connection): Tables['approvals'] {
  const { db } = conn
  return {
    async insert(row) {
      await db.insertInto('approval').values(row).execute()
    },
    async get(id) {
      return (await db.selectFrom('approval').selectAll().where('id', '=', id).executeTakeFirst()) ?? null
    },
    async decide(id, detailsHash, { at, ...set }) {
      const query = db
        .updateTable('approval')
        .set({ ...set, decidedAt: at })
        .where('id', '=', id)
        .where('status', '=', 'created')
      return some((await query.where('detailsHash', '=', detailsHash).where('expiresAt', '>', at).executeTakeFirst()).numUpdatedRows)
    },
    async consume(id, accountId, detailsHash, at) {
      const query = db
        .updateTable('approval')
        .set({ status: 'consumed', consumedAt: at })
        .where('id', '=', id)
        .where('status', '=', 'approved')
      return some((await query.where('accountId', '=', accountId).where('detailsHash', '=', detailsHash).executeTakeFirst()).numUpdatedRows)
    },
    async voidAll(accountId, by) {
      const open = db.updateTable('approval').set({ status: 'voided' }).where('accountId', '=', accountId)
      const all = open.where('status', 'in', ['created', 'approved'])
      return Number((await (by === null ? all : all.where('credentialId', '=', by)).executeTakeFirst()).numUpdatedRows)
    },
    list: (accountId, limit) =>
      db
        .selectFrom('approval')
        .selectAll()
        .where('accountId', '=', accountId)
        .orderBy('createdAt', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .execute(),
    purge: (before, limit) =>
      purgeRows(conn, 'approval', 'id', e => e.and([e('decidedAt', 'is', null), e('expiresAt', '<', before)]), limit),
  }
}

/** The account's address book; removed rows stay and are not shown. */
export function payoutAddresses({ db }: Connection): Tables['payoutAddresses'] {
  const live = () => db.selectFrom('payoutAddress').selectAll().where('removedAt', 'is', null)
  return {
    async insert(row) {
      await db.insertInto('payoutAddress').values(row).execute()
    },
    async find(accountId, asset, network, address, memo) {
      const query = live().where(e => e.and({ accountId, asset, network, address }))
      const same = memo === null ? query.where('memo', 'is', null) : query.where('memo', '=', memo)
      // Entered twice: the one that is in force soonest.
      return (await same.orderBy('effectiveAt').orderBy('id').executeTakeFirst()) ?? null
    },
    list: accountId => live().where('accountId', '=', accountId).orderBy('createdAt').orderBy('id').execute(),
    async remove(accountId, id, at) {
      const query = db.updateTable('payoutAddress').set({ removedAt: at }).where('id', '=', id).where('accountId', '=', accountId)
      return some((await query.where('removedAt', 'is', null).executeTakeFirst()).numUpdatedRows)
    },
  }
}
