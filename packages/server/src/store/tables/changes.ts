import { sql } from 'kysely'
import type { PendingChange, Was } from '../../domain/types.ts'
import type { Connection } from '../connection.ts'
import type { ApprovalTable, PayoutAddressTable, PendingChangeTable } from '../schema.ts'
import type { Seal } from '../seal.ts'
import { openNullable, sealNullable } from '../sealed.ts'
import type { ApprovalRow, PayoutAddressRow, Tables } from '../store.ts'
import { purgeRows } from './purge.ts'
import { some } from './rows.ts'
import { detailsIndexes, openApproval, openPayee, payeeIndexes, sealApproval, sealDecision, sealPayee } from './sealed-rows.ts'

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
      const query = db.selectFrom('pendingChange').select('operation').where('accountId', '=', accountId)
      const live = query.where('cancelledAt', 'is', null).where('appliedAt', 'is', null)
      const rows = await live.where('effectiveAt', '<=', now).where('remainingMs', 'is', null).execute()
      return rows.map(row => row.operation)
    },
    async dueAccounts(operations, now, limit) {
      const live = db.selectFrom('pendingChange').where('cancelledAt', 'is', null).where('appliedAt', 'is', null)
      const due = live.where('operation', 'in', operations).where('effectiveAt', '<=', now).where('remainingMs', 'is', null)
      const rows = await due
        .select('accountId')
        .groupBy('accountId')
        .orderBy(e => e.fn.min('effectiveAt'))
        .limit(limit)
        .execute()
      return rows.map(row => row.accountId)
    },
    async stopAll(accountId, at, but) {
      const query = db.updateTable('pendingChange').where('accountId', '=', accountId).where('remainingMs', 'is', null)
      const live = query.where('cancelledAt', 'is', null).where('appliedAt', 'is', null)
      const others = but.length > 0 ? live.where('operation', 'not in', but) : live
      // one that is over by then, which nobody had applied yet, has nothing left to wait
      const left = sql<number>`case when ${sql.ref('effectiveAt')} > ${at} then ${sql.ref('effectiveAt')} - ${at} else 0 end`
      await others.set({ remainingMs: left }).execute()
    },
    async delayAll(accountId, byMs, but) {
      const query = db.updateTable('pendingChange').set(e => ({ effectiveAt: e('effectiveAt', '+', byMs) }))
      const live = query.where('accountId', '=', accountId).where('cancelledAt', 'is', null).where('appliedAt', 'is', null)
      await live.where('remainingMs', 'is', null).where('operation', 'not in', but).execute()
    },
    goOn: async (id, effectiveAt) =>
      some((await live(id).set({ effectiveAt, remainingMs: null }).where('remainingMs', 'is not', null).executeTakeFirst()).numUpdatedRows),
    cancel: async (id, at) => some((await live(id).set({ cancelledAt: at }).executeTakeFirst()).numUpdatedRows),
    async setWas(id, was) {
      await db
        .updateTable('pendingChange')
        .set({ was: JSON.stringify(was) })
        .where('id', '=', id)
        .execute()
    },
    async applied(accountId, since) {
      const query = db.selectFrom('pendingChange').selectAll().where('accountId', '=', accountId).where('was', 'is not', null)
      const rows = await query.where('appliedAt', '>=', since).orderBy('appliedAt').orderBy('id').execute()
      return rows.map(row => toChange(seal, row))
    },
    markApplied: async (id, at) => some((await live(id).set({ appliedAt: at }).executeTakeFirst()).numUpdatedRows),
    purge: (before, limit) =>
      purgeRows(conn, 'pendingChange', 'id', e => e.or([e('appliedAt', '<', before), e('cancelledAt', '<', before)]), limit),
  }
}

function changeRow(seal: Seal, change: PendingChange): PendingChangeTable {
  const { payload, was, ...rest } = change
  return { ...rest, was: was && JSON.stringify(was), sealedPayload: sealNullable(seal, 'pending_change', 'payload', change.id, payload) }
}

export function toChange(seal: Seal, row: PendingChangeTable): PendingChange {
  const { sealedPayload, was, ...rest } = row
  const payload = openNullable(seal, 'pending_change', 'payload', row.id, sealedPayload)
  return { ...rest, payload, was: was === null ? null : (JSON.parse(was) as Was) }
}

/** Approvals: created → approved or rejected or voided → consumed; each arrow is one conditional statement. */
export function approvals(conn: Connection): Tables['approvals'] {
  const { db, seal } = conn
  // a row of before migration 0003 holds the hash itself
  const hashes = (id: string, hash: Uint8Array): Uint8Array[] => [...detailsIndexes(seal, id, hash), hash]
  return {
    async insert(row) {
      await db
        .insertInto('approval')
        .values({ ...row, ...sealApproval(seal, row.id, row) })
        .execute()
    },
    async get(id) {
      const row = await db.selectFrom('approval').selectAll().where('id', '=', id).executeTakeFirst()
      return row ? toApproval(seal, row) : null
    },
    async decide(id, detailsHash, { at, status, method, credentialId, ...decision }) {
      const query = db
        .updateTable('approval')
        .set({ status, method, credentialId, decidedAt: at, ...sealDecision(seal, id, decision) })
        .where('id', '=', id)
        .where('status', '=', 'created')
      return some(
        (await query.where('detailsHash', 'in', hashes(id, detailsHash)).where('expiresAt', '>', at).executeTakeFirst()).numUpdatedRows,
      )
    },
    async consume(id, accountId, detailsHash, at) {
      const query = db
        .updateTable('approval')
        .set({ status: 'consumed', consumedAt: at })
        .where('id', '=', id)
        .where('status', '=', 'approved')
      const fitting = query.where('accountId', '=', accountId).where('detailsHash', 'in', hashes(id, detailsHash))
      return some((await fitting.executeTakeFirst()).numUpdatedRows)
    },
    async voidAll(accountId, by) {
      const open = db.updateTable('approval').set({ status: 'voided' }).where('accountId', '=', accountId)
      const all = open.where('status', 'in', ['created', 'approved'])
      return Number((await (by === null ? all : all.where('credentialId', '=', by)).executeTakeFirst()).numUpdatedRows)
    },
    async list(accountId, limit) {
      const query = db.selectFrom('approval').selectAll().where('accountId', '=', accountId)
      const rows = await query.orderBy('createdAt', 'desc').orderBy('id', 'desc').limit(limit).execute()
      return rows.map(row => toApproval(seal, row))
    },
    purge: (before, limit) =>
      purgeRows(conn, 'approval', 'id', e => e.and([e('decidedAt', 'is', null), e('expiresAt', '<', before)]), limit),
  }
}

function toApproval(seal: Seal, row: ApprovalTable): ApprovalRow {
  const { sealedRequest: _r, sealedDecision: _d, ...rest } = row
  return { ...rest, ...openApproval(seal, row) }
}

/** The account's address book; removed rows stay and are not shown. */
export function payoutAddresses({ db, seal }: Connection): Tables['payoutAddresses'] {
  const live = () => db.selectFrom('payoutAddress').selectAll().where('removedAt', 'is', null)
  return {
    async insert(row) {
      await db
        .insertInto('payoutAddress')
        .values({ ...row, ...sealPayee(seal, row) })
        .execute()
    },
    async find(accountId, asset, network, address, memo) {
      const payee = { asset, network, address, memo }
      const query = live()
        .where('accountId', '=', accountId)
        .where(e => {
          const sameMemo = memo === null ? e('memo', 'is', null) : e('memo', '=', memo)
          // a row of before migration 0003
          const clear = e.and([e('sealedEntry', 'is', null), e.and({ asset, network, address }), sameMemo])
          return e.or([e('blindIndex', 'in', payeeIndexes(seal, accountId, payee)), clear])
        })
      // Entered twice: the one that is in force soonest.
      const row = await query.orderBy('effectiveAt').orderBy('id').executeTakeFirst()
      return row ? toPayoutAddress(seal, row) : null
    },
    async list(accountId) {
      const rows = await live().where('accountId', '=', accountId).orderBy('createdAt').orderBy('id').execute()
      return rows.map(row => toPayoutAddress(seal, row))
    },
    async remove(accountId, id, at) {
      const query = db.updateTable('payoutAddress').set({ removedAt: at }).where('id', '=', id).where('accountId', '=', accountId)
      return some((await query.where('removedAt', 'is', null).executeTakeFirst()).numUpdatedRows)
    },
  }
}

function toPayoutAddress(seal: Seal, row: PayoutAddressTable): PayoutAddressRow {
  const { sealedEntry: _e, blindIndex: _b, ...rest } = row
  return { ...rest, ...openPayee(seal, row) }
}
