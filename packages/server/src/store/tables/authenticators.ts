import { type ExpressionBuilder, sql } from 'kysely'
import type { Connection } from '../connection.ts'
import type { AuthenticatorTable, DB } from '../schema.ts'
import type { Seal } from '../seal.ts'
import { openIn, sealIn } from '../sealed.ts'
import type { AuthenticatorRow, Tables } from '../store.ts'
import { purgeRows } from './purge.ts'
import { some } from './rows.ts'

/** Passwords, TOTP secrets and sets of recovery codes; what is secret in them is sealed. */
export function authenticators(conn: Connection): Tables['authenticators'] {
  const isOver = (before: number) => (e: ExpressionBuilder<DB, 'authenticator'>) =>
    e.and([e('expiresAt', '<', before), e('status', 'in', ['pending', 'removed'])])
  return { ...rows(conn), ...singleUse(conn), purge: (before, limit) => purgeRows(conn, 'authenticator', 'id', isOver(before), limit) }
}

type Rows = Pick<Tables['authenticators'], 'insert' | 'find' | 'get' | 'setStatus' | 'restore' | 'setData' | 'removeAll'>

function rows({ db, seal }: Connection): Rows {
  return {
    async insert(row) {
      const { data, ...rest } = row
      await db
        .insertInto('authenticator')
        .values({ ...rest, sealedData: sealData(seal, row.id, data), lastStep: null })
        .execute()
    },
    async find(accountId, kind, status) {
      const query = db.selectFrom('authenticator').selectAll().where('accountId', '=', accountId).where('kind', '=', kind)
      const row = await query.where('status', '=', status).orderBy('createdAt', 'desc').orderBy('id', 'desc').executeTakeFirst()
      return row ? toAuthenticator(seal, row) : null
    },
    async get(accountId, id) {
      const query = db.selectFrom('authenticator').selectAll().where('accountId', '=', accountId).where('id', '=', id)
      const row = await query.executeTakeFirst()
      return row ? toAuthenticator(seal, row) : null
    },
    async restore(id, status) {
      const query = db.updateTable('authenticator').set({ status, expiresAt: null }).where('id', '=', id)
      return some((await query.where('status', '=', 'removed').executeTakeFirst()).numUpdatedRows)
    },
    async setStatus(id, status) {
      await db.updateTable('authenticator').set({ status }).where('id', '=', id).execute()
    },
    async setData(id, data) {
      await db
        .updateTable('authenticator')
        .set({ sealedData: sealData(seal, id, data) })
        .where('id', '=', id)
        .execute()
    },
    async removeAll(accountId, kind, status, keptUntil = 0) {
      const of = { accountId, kind, status }
      // a set-up that never finished leaves nothing behind
      if (status === 'pending')
        await db
          .deleteFrom('authenticator')
          .where(e => e.and(of))
          .execute()
      else
        await db
          .updateTable('authenticator')
          .set({ status: 'removed', expiresAt: keptUntil })
          .where(e => e.and(of))
          .execute()
    },
  }
}

type SingleUse = Omit<Tables['authenticators'], keyof Rows | 'purge'>

function singleUse({ db }: Connection): SingleUse {
  return {
    async useTotpStep(id, step, at, status) {
      const query = db.updateTable('authenticator').set({ lastStep: step, lastUsedAt: at }).where('id', '=', id)
      const later = query.where('status', '=', status).where(e => e.or([e('lastStep', 'is', null), e('lastStep', '<', step)]))
      return some((await later.executeTakeFirst()).numUpdatedRows)
    },
    async insertRecoveryCodes(codes) {
      if (codes.length > 0) await db.insertInto('recoveryCode').values(codes).execute()
    },
    findRecoveryCodes: (setId, prefix) =>
      db.selectFrom('recoveryCode').selectAll().where('setId', '=', setId).where('prefix', '=', prefix).orderBy('id').execute(),
    async hasSlowRecoveryCodes() {
      // in the words of the partial index that finds them; each is asked for its set, and not every set for its codes
      const slow = db.selectFrom('recoveryCode').select('id').where(sql<boolean>`substr(hash, 1, 1) = '$' and used_at is null`)
      return (await slow.where(isInForce).limit(1).executeTakeFirst()) !== undefined
    },
    pageRecoveryCodes: (after, limit) =>
      db
        .selectFrom('recoveryCode')
        .select(['id', 'hash'])
        .where('usedAt', 'is', null)
        .where('id', '>', after)
        .orderBy('id')
        .limit(limit)
        .execute(),
    async useRecoveryCode(id, at, setStatus = 'active') {
      const query = db.updateTable('recoveryCode').set({ usedAt: at }).where('id', '=', id).where('usedAt', 'is', null)
      // A set that was replaced while somebody typed is worth nothing.
      return some((await query.where(isOfSet(setStatus)).executeTakeFirst()).numUpdatedRows)
    },
  }
}

/** Whether a code's set has that status. */
const isOfSet = (status: AuthenticatorRow['status']) => (e: ExpressionBuilder<DB, 'recoveryCode'>) =>
  e.exists(e.selectFrom('authenticator as a').select('a.id').whereRef('a.id', '=', 'recoveryCode.setId').where('a.status', '=', status))
const isInForce = isOfSet('active')

const sealData = (seal: Seal, id: string, data: Record<string, unknown>): Uint8Array =>
  sealIn(seal, 'authenticator', 'data', id, JSON.stringify(data))

export const openData = (seal: Seal, row: Pick<AuthenticatorTable, 'id' | 'sealedData'>): Record<string, unknown> =>
  JSON.parse(openIn(seal, 'authenticator', 'data', row.id, row.sealedData)) as Record<string, unknown>

function toAuthenticator(seal: Seal, row: AuthenticatorTable): AuthenticatorRow {
  const { sealedData: _, lastStep: _step, ...rest } = row
  return { ...rest, data: openData(seal, row) }
}
