import type { Kysely } from 'kysely'
import { canonicalIdentifier } from '../../domain/identifier.ts'
import { Problem } from '../../domain/problems.ts'
import type {
  Account,
  AccountFacts,
  AccountId,
  Identifier,
  IdentifierKind,
  MessageSettings,
  Password,
  PauseReason,
} from '../../domain/types.ts'
import type { Connection } from '../connection.ts'
import type { AccountTable, AuthenticatorTable, DB, IdentifierTable, PendingSignUpTable } from '../schema.ts'
import type { Seal } from '../seal.ts'
import { KEY_CHECK, openIn, openNullable, sealIn, sealNullable } from '../sealed.ts'
import type { PendingSignUp, Tables } from '../store.ts'
import { openData } from './authenticators.ts'
import { toChange } from './changes.ts'
import { eraseAccount } from './erase.ts'
import { toPasskey } from './passkeys.ts'
import { purgeRows } from './purge.ts'
import { flag } from './rows.ts'

/** The account row, and the whole account that rules ask about. */
export function accounts(conn: Connection): Tables['accounts'] {
  const { db } = conn
  return {
    async insert(row) {
      await db.insertInto('account').values(accountRow(conn.seal, row)).execute()
    },
    facts: id => conn.snapshot(db => loadFacts(db, conn.seal, id)),
    async lock(id) {
      if (conn.engine === 'postgres') await lockAccount(db, id)
      return loadFacts(db, conn.seal, id)
    },
    async update(id, set) {
      const { pauseReasons, passkeyFirst, messages, ...rest } = set
      const lists = pauseReasons === undefined ? {} : { pauseReasons: JSON.stringify(pauseReasons) }
      const flags = passkeyFirst === undefined ? {} : { passkeyFirst: flag(passkeyFirst) }
      const sealed = messages === undefined ? {} : { sealedMessages: sealMessages(conn.seal, id, messages) }
      const columns = { ...rest, ...lists, ...flags, ...sealed }
      if (Object.keys(columns).length > 0) await db.updateTable('account').set(columns).where('id', '=', id).execute()
    },
    pauseMoney: (id, until, reason, now) => pauseMoney(conn, id, { reason, until }, now),
    page: (after, limit) =>
      conn.snapshot(async db => {
        const next = db.selectFrom('account').select('id').where('id', '>', after).where('status', '!=', 'closed')
        const found: AccountFacts[] = []
        for (const { id } of await next.orderBy('id').limit(limit).execute()) {
          const facts = await loadFacts(db, conn.seal, id)
          if (facts) found.push(facts)
        }
        return found
      }),
    erase: id => eraseAccount(conn, id),
    async findByUserHandle(userHandle) {
      const row = await db.selectFrom('account').select('id').where('userHandle', '=', userHandle).executeTakeFirst()
      return row?.id ?? null
    },
    async count() {
      const row = await db
        .selectFrom('account')
        .select(e => e.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
      return Number(row.count)
    },
  }
}

const lockAccount = (db: Kysely<DB>, id: AccountId) => db.selectFrom('account').select('id').where('id', '=', id).forUpdate().execute()

/** The list of reasons is read and written, hence the row lock; the time is a maximum, so that a pause never gets shorter (INV-17). */
async function pauseMoney(conn: Connection, id: AccountId, pause: PauseReason, now: number): Promise<void> {
  const query = conn.db.selectFrom('account').select(['moneyPausedUntil', 'pauseReasons']).where('id', '=', id)
  const row = await query.$if(conn.engine === 'postgres', q => q.forUpdate()).executeTakeFirst()
  if (!row) return
  const known = (JSON.parse(row.pauseReasons) as PauseReason[]).filter(({ until }) => until > now)
  const same = known.find(({ reason }) => reason === pause.reason)
  const newest = { ...pause, until: Math.max(pause.until, same?.until ?? 0) }
  const reasons = [...known.filter(one => one !== same), newest]
  const set = { moneyPausedUntil: Math.max(row.moneyPausedUntil ?? 0, pause.until), pauseReasons: JSON.stringify(reasons) }
  await conn.db.updateTable('account').set(set).where('id', '=', id).execute()
}

async function loadFacts(db: Kysely<DB>, seal: Seal, id: AccountId): Promise<AccountFacts | null> {
  const account = await db.selectFrom('account').selectAll().where('id', '=', id).executeTakeFirst()
  if (!account) return null
  const identifiers = await db.selectFrom('identifier').selectAll().where('accountId', '=', id).orderBy('createdAt').orderBy('id').execute()
  const passkeys = await db.selectFrom('credential').selectAll().where('accountId', '=', id).orderBy('createdAt').orderBy('id').execute()
  const factors = await selectFactors(db, id)
  const changes = await selectPending(db, id)
  return {
    account: toAccount(seal, account),
    identifiers: identifiers.map(row => toIdentifier(seal, row)),
    passkeys: passkeys.map(row => toPasskey(seal, row)),
    ...toFactors(seal, factors),
    pending: changes.map(row => toChange(seal, row)),
  }
}

type FactorRow = AuthenticatorTable & { codesLeft: number | null }

function selectFactors(db: Kysely<DB>, id: AccountId): Promise<FactorRow[]> {
  return db
    .selectFrom('authenticator')
    .selectAll()
    .select(e =>
      e
        .selectFrom('recoveryCode')
        .whereRef('recoveryCode.setId', '=', 'authenticator.id')
        .where('usedAt', 'is', null)
        .select(c => c.fn.countAll<number>().as('count'))
        .as('codesLeft'),
    )
    .where('accountId', '=', id)
    .where('status', 'in', ['active', 'must_change'])
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .execute()
}

const selectPending = (db: Kysely<DB>, id: AccountId) =>
  db
    .selectFrom('pendingChange')
    .selectAll()
    .where('accountId', '=', id)
    .where('cancelledAt', 'is', null)
    .where('appliedAt', 'is', null)
    .orderBy('askedAt')
    .orderBy('id')
    .execute()

/** `data.changedAt` and `data.savedAt` win over the row's own times where a flow wrote them. */
function toFactors(seal: Seal, rows: FactorRow[]): Pick<AccountFacts, 'password' | 'totp' | 'recoveryCodes'> {
  const of = (kind: FactorRow['kind']): FactorRow | undefined => rows.find(row => row.kind === kind)
  const [password, totp, codes] = [of('password'), of('totp'), of('recovery_codes')]
  return {
    password: password
      ? {
          id: password.id,
          changedAt: time(seal, password, 'changedAt') ?? password.createdAt,
          mustChange: password.status === 'must_change',
          ...trustOf(seal, password),
        }
      : null,
    totp: totp ? { id: totp.id, createdAt: totp.createdAt, lastUsedAt: totp.lastUsedAt } : null,
    recoveryCodes: codes
      ? {
          id: codes.id,
          createdAt: codes.createdAt,
          madeIn: codes.sessionId,
          left: Number(codes.codesLeft ?? 0),
          savedAt: time(seal, codes, 'savedAt'),
        }
      : null,
  }
}

/** When the owner ended the trust of devices, where that ever happened. */
function trustOf(seal: Seal, row: FactorRow): Pick<Password, 'trustEnded'> {
  const { trustEnded } = openData(seal, row)
  return trustEnded ? { trustEnded: trustEnded as NonNullable<Password['trustEnded']> } : {}
}

function time(seal: Seal, row: FactorRow, name: string): number | null {
  const value = openData(seal, row)[name]
  return typeof value === 'number' ? value : null
}

const accountRow = (seal: Seal, { messages, ...account }: Account): AccountTable => ({
  ...account,
  pauseReasons: JSON.stringify(account.pauseReasons),
  passkeyFirst: flag(account.passkeyFirst),
  sealedMessages: sealMessages(seal, account.id, messages),
})

const toAccount = (seal: Seal, { sealedMessages, ...row }: AccountTable): Account => ({
  ...row,
  pauseReasons: JSON.parse(row.pauseReasons) as PauseReason[],
  passkeyFirst: row.passkeyFirst === 1,
  messages: openMessages(seal, row.id, sealedMessages),
})

/** Nothing chosen is nothing written. */
const sealMessages = (seal: Seal, id: AccountId, { zone, phrase }: MessageSettings): Uint8Array | null =>
  sealNullable(seal, 'account', 'messages', id, zone === null && phrase === null ? null : JSON.stringify({ zone, phrase }))

function openMessages(seal: Seal, id: AccountId, sealed: Uint8Array | null): MessageSettings {
  const text = openNullable(seal, 'account', 'messages', id, sealed)
  return text === null ? { zone: null, phrase: null } : (JSON.parse(text) as MessageSettings)
}

/** Sign-ups that have no account yet. */
export function signUps(conn: Connection): Tables['signUps'] {
  const { db, seal } = conn
  return {
    async insert(row) {
      const { value, ...rest } = row
      await db
        .insertInto('pendingSignUp')
        .values({ ...rest, sealedValue: sealIn(seal, 'pending_sign_up', 'value', row.id, value) })
        .execute()
    },
    async find(id) {
      const row = await db.selectFrom('pendingSignUp').selectAll().where('id', '=', id).executeTakeFirst()
      return row ? toSignUp(seal, row) : null
    },
    async verify(id, at) {
      await db.updateTable('pendingSignUp').set({ verifiedAt: at }).where('id', '=', id).where('verifiedAt', 'is', null).execute()
    },
    async take(id, now) {
      const row = await db.deleteFrom('pendingSignUp').where('id', '=', id).where('expiresAt', '>', now).returningAll().executeTakeFirst()
      return row ? toSignUp(seal, row) : null
    },
    purge: (before, limit) => purgeRows(conn, 'pendingSignUp', 'id', e => e('expiresAt', '<', before), limit),
  }
}

function toSignUp(seal: Seal, row: PendingSignUpTable): PendingSignUp {
  const { sealedValue, ...rest } = row
  return { ...rest, value: openIn(seal, 'pending_sign_up', 'value', row.id, sealedValue) }
}

/** E-mail addresses and phone numbers, looked up by blind index. */
export function identifiers(conn: Connection): Tables['identifiers'] {
  const { db, seal } = conn
  const insert = async (row: Identifier): Promise<void> => {
    const { value: given, ...rest } = row
    // a change that waits, or a sign-up, may be older than the rules of today
    const value = canonicalIdentifier(row.kind, given) ?? given
    const indexes = identifierIndexes(seal, row.kind, value)
    const sealed = { blindIndex: indexes[0]!, sealedValue: sealIn(seal, 'identifier', 'value', row.id, value) }
    if (seal.keyIds.length > 1) await refuseUnderAnotherKey(conn, row.kind, indexes)
    // DO NOTHING instead of a caught error: in PostgreSQL an error would end the caller's transaction.
    const result = await db
      .insertInto('identifier')
      .values({ ...rest, ...sealed })
      .onConflict(c => c.doNothing())
      .executeTakeFirst()
    if (result.numInsertedOrUpdatedRows !== 1n) throw new Problem('identifier_taken')
  }
  return {
    insert,
    async find(kind, value) {
      const query = db
        .selectFrom('identifier')
        .selectAll()
        .where('kind', '=', kind)
        .where('blindIndex', 'in', identifierIndexes(seal, kind, value))
      const row = await query.where('supersededAt', 'is', null).executeTakeFirst()
      return row ? toIdentifier(seal, row) : null
    },
    async supersede(id, at) {
      await db.updateTable('identifier').set({ supersededAt: at }).where('id', '=', id).where('supersededAt', 'is', null).execute()
    },
    async restore(id) {
      const old = await db
        .deleteFrom('identifier')
        .where('id', '=', id)
        .where('supersededAt', 'is not', null)
        .returningAll()
        .executeTakeFirst()
      // inserted anew, as an update that meets the unique index would end the transaction in PostgreSQL
      if (old) await insert({ ...toIdentifier(seal, old), supersededAt: null })
      return old !== undefined
    },
    async listInUse(after, limit) {
      const query = db.selectFrom('identifier').selectAll().where('id', '>', after).where('supersededAt', 'is', null)
      return (await query.orderBy('id').limit(limit).execute()).map(row => toIdentifier(seal, row))
    },
    async respell({ id, kind }, value) {
      const indexes = identifierIndexes(seal, kind, value)
      const result = await db
        .updateTable('identifier')
        .set({ blindIndex: indexes[0]!, sealedValue: sealIn(seal, 'identifier', 'value', id, value) })
        .where('id', '=', id)
        .where(e =>
          e.not(
            e.exists(
              e
                .selectFrom('identifier as other')
                .select('other.id')
                .where('other.kind', '=', kind)
                .where('other.blindIndex', 'in', indexes)
                .where('other.supersededAt', 'is', null),
            ),
          ),
        )
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },
    purge: (before, limit) => purgeRows(conn, 'identifier', 'id', e => e('supersededAt', '<', before), limit),
  }
}

/**
 * While keys change, one address has two indexes, and the unique index sees only equal ones. So those who insert take turns, for as long
 * as several keys are configured, and look for the other one first. SQLite has one writer.
 */
async function refuseUnderAnotherKey({ db, engine }: Connection, kind: IdentifierKind, indexes: Uint8Array[]): Promise<void> {
  if (engine === 'postgres')
    await db.selectFrom('meta').select('key').where('key', 'like', `${KEY_CHECK}%`).orderBy('key').forUpdate().execute()
  const query = db.selectFrom('identifier').select('id').where('kind', '=', kind).where('blindIndex', 'in', indexes)
  if (await query.where('supersededAt', 'is', null).executeTakeFirst()) throw new Problem('identifier_taken')
}

export const identifierIndexes = (seal: Seal, kind: IdentifierKind, value: string): Uint8Array[] =>
  seal.blindIndexes(`identifier·${kind}·${value}`)

function toIdentifier(seal: Seal, row: IdentifierTable): Identifier {
  const { blindIndex: _, sealedValue, ...rest } = row
  return { ...rest, value: openIn(seal, 'identifier', 'value', row.id, sealedValue) }
}
