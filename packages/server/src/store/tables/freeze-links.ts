import type { Connection } from '../connection.ts'
import type { FreezeLinkTable } from '../schema.ts'
import type { Seal } from '../seal.ts'
import { openNullable } from '../sealed.ts'
import type { FreezeLink, Tables } from '../store.ts'
import { purgeRows } from './purge.ts'
import { freezeLinkRow, some } from './rows.ts'

/** Links that freeze one account. Used and ended ones stay for as long as a rule asks when its address froze last. */
export function freezeLinks(conn: Connection): Tables['freezeLinks'] {
  const { db, seal } = conn
  return {
    async insert(row) {
      await db.insertInto('freezeLink').values(freezeLinkRow(seal, row)).execute()
    },
    async find(id) {
      const row = await db.selectFrom('freezeLink').selectAll().where('id', '=', id).executeTakeFirst()
      return row ? toFreezeLink(seal, row) : null
    },
    async use(id, at) {
      const query = db.updateTable('freezeLink').set({ usedAt: at }).where('id', '=', id)
      return some((await query.where('usedAt', 'is', null).where('expiresAt', '>', at).executeTakeFirst()).numUpdatedRows)
    },
    async usedSince(accountId, identifierId, since) {
      const query = db.selectFrom('freezeLink').select('id').where('accountId', '=', accountId).where('identifierId', '=', identifierId)
      return (await query.where('usedAt', '>', since).limit(1).executeTakeFirst()) !== undefined
    },
    async endAll(accountId, at) {
      const query = db.updateTable('freezeLink').set({ expiresAt: at }).where('accountId', '=', accountId)
      await query.where('expiresAt', '>', at).execute()
    },
    purge: (before, limit) => purgeRows(conn, 'freezeLink', 'id', e => e('createdAt', '<', before), limit),
  }
}

function toFreezeLink(seal: Seal, { sealedNotice, ...row }: FreezeLinkTable): FreezeLink {
  const notice = openNullable(seal, 'freeze_link', 'notice', row.id, sealedNotice)
  return { ...row, notice: notice === null ? null : (JSON.parse(notice) as FreezeLink['notice']) }
}
