import type { ExpressionBuilder } from 'kysely'
import type { MethodName } from '../../domain/methods.ts'
import type { Account, AccountId, CredentialId, Evidence, Session, SessionId } from '../../domain/types.ts'
import type { Connection } from '../connection.ts'
import type { DB, Engine, PreSessionTable, SessionTable } from '../schema.ts'
import type { Seal } from '../seal.ts'
import { openNullable, sealNullable } from '../sealed.ts'
import type { FoundSession, PreSession, Tables } from '../store.ts'
import { purgeRows } from './purge.ts'
import { type EvidenceFields, evidenceRow, sessionRow, snake, some, toEvidence, toSession } from './rows.ts'

/** Sessions and the evidence that they rest on. */
export function sessions(conn: Connection): Tables['sessions'] {
  return {
    ...reads(conn),
    ...writes(conn),
    ...endings(conn),
    purge: (before, limit) => purgeRows(conn, 'session', 'id', isOver(before), limit),
  }
}

const isOver = (before: number) => (e: ExpressionBuilder<DB, 'session'>) =>
  e.or([e('endedAt', '<', before), e.and([e('endedAt', 'is', null), e('expiresAt', '<', before)])])

type Reads = Pick<Tables['sessions'], 'find' | 'get' | 'list'>

function reads(conn: Connection): Reads {
  const { db } = conn
  return {
    async find(tokenId) {
      const [row] = await conn.prepared<FoundRow>('session_find', FIND[conn.engine], [tokenId, tokenId])
      return row ? toFound(conn.seal, row, tokenId) : null
    },
    async get(id) {
      const row = await db.selectFrom('session').selectAll().where('id', '=', id).executeTakeFirst()
      return row ? ((await withEvidence(conn, [row]))[0] ?? null) : null
    },
    async list(accountId, now) {
      const query = db.selectFrom('session').selectAll().where('accountId', '=', accountId).where('endedAt', 'is', null)
      const rows = await query.where('expiresAt', '>', now).orderBy('lastSeenAt', 'desc').orderBy('id', 'desc').execute()
      return withEvidence(conn, rows)
    },
  }
}

async function withEvidence({ db, seal }: Connection, rows: SessionTable[]): Promise<Session[]> {
  if (rows.length === 0) return []
  const ids = rows.map(row => row.id)
  const evidence = await db.selectFrom('evidence').selectAll().where('sessionId', 'in', ids).execute()
  return rows.map(row => toSession(seal, row, toEvidence(evidence.filter(one => one.sessionId === row.id))))
}

type FoundRow = SessionTable & { accountStatus: Account['status']; closesAt: number | null; evidence: string | null }

const SESSION_COLUMNS = [
  ...['id', 'tokenId', 'secretHash', 'previousTokenId', 'previousSecretHash', 'rotatedAt', 'accountId', 'kind', 'founding'],
  ...['credentialId', 'createdAt', 'expiresAt', 'lastSeenAt', 'endedAt', 'endedReason', 'sealedClient', 'ip', 'userAgent'],
  'deviceId',
]
const EVIDENCE_FIELDS = ['id', 'method', 'credentialId', 'userVerified', 'backupEligible', 'at', 'operation', 'target']

/**
 * One read for one request: session, account status, evidence, and when the account closes, which ends the session. Two halves instead of OR, so that each takes its own unique index
 * in every engine.
 */
function findStatement(object: string, list: string): string {
  const columns = SESSION_COLUMNS.map(name => `s.${snake(name)} as "${name}"`).join(', ')
  const fields = EVIDENCE_FIELDS.map(name => `'${name}', e.${snake(name)}`).join(', ')
  const evidence = `(select ${list}(${object}(${fields})) from evidence e where e.session_id = s.id)`
  const closes = `(select min(p.effective_at) from pending_change p where p.account_id = a.id and p.operation = 'account.close'
    and p.cancelled_at is null and p.applied_at is null and p.remaining_ms is null)`
  const half = (column: string, parameter: string): string =>
    `select ${columns}, a.status as "accountStatus", ${closes} as "closesAt", cast(${evidence} as text) as "evidence"
     from session s join account a on a.id = s.account_id where s.${column} = ${parameter}`
  return `${half('token_id', '$1')} union all ${half('previous_token_id', '$2')}`
}

const FIND: Record<Engine, string> = {
  sqlite: findStatement('json_object', 'json_group_array'),
  postgres: findStatement('json_build_object', 'json_agg'),
}

function toFound(seal: Seal, row: FoundRow, tokenId: string): FoundSession {
  const { accountStatus, closesAt, evidence, ...session } = row
  const previous = row.tokenId !== tokenId
  return {
    session: toSession(seal, session, toEvidence(JSON.parse(evidence ?? '[]') as EvidenceFields[])),
    accountStatus,
    closesAt,
    secretHash: previous ? row.previousSecretHash! : row.secretHash,
    token: previous ? 'previous' : 'current',
    rotatedAt: row.rotatedAt,
  }
}

type Writes = Pick<Tables['sessions'], 'insert' | 'addEvidence' | 'rotate' | 'touch'>

function writes({ db, seal }: Connection): Writes {
  return {
    async insert(row) {
      await db.insertInto('session').values(sessionRow(seal, row)).execute()
      const evidence = row.evidence.map(item => evidenceRow({ sessionId: row.id }, item))
      if (evidence.length > 0) await db.insertInto('evidence').values(evidence).execute()
    },
    async addEvidence(id, evidence) {
      await db
        .insertInto('evidence')
        .values(evidenceRow({ sessionId: id }, evidence))
        .execute()
    },
    async rotate(id, token, at) {
      const query = db.updateTable('session').where('id', '=', id)
      // Right-hand sides see the row as it was, so the old token moves over in the same statement.
      const moved = query.set(e => ({ previousTokenId: e.ref('tokenId'), previousSecretHash: e.ref('secretHash') }))
      await moved.set({ tokenId: token.tokenId, secretHash: token.secretHash, rotatedAt: at }).execute()
    },
    async touch(id, at) {
      await db.updateTable('session').set({ lastSeenAt: at }).where('id', '=', id).where('lastSeenAt', '<', at).execute()
    },
  }
}

type Endings = Pick<Tables['sessions'], 'end' | 'endAll' | 'withdrawEvidence'>

function endings(conn: Connection): Endings {
  const { db } = conn
  const ending = (accountId: AccountId, at: number, reason: string) =>
    db.updateTable('session').set({ endedAt: at, endedReason: reason }).where('accountId', '=', accountId).where('endedAt', 'is', null)
  return {
    async end(accountId, id, at, reason) {
      return some((await ending(accountId, at, reason).where('id', '=', id).executeTakeFirst()).numUpdatedRows)
    },
    async endAll(accountId, keepSession, at, reason) {
      const query = ending(accountId, at, reason).where('expiresAt', '>', at)
      const others = keepSession === null ? query : query.where('id', '!=', keepSession)
      return Number((await others.executeTakeFirst()).numUpdatedRows)
    },
    async withdrawEvidence(accountId, by, keepSession, at, reason) {
      if ('credentialId' in by) await awaitSignIns(conn, by.credentialId)
      const lost = await takeEvidence(conn, accountId, by)
      const without = lost.filter(id => id !== keepSession)
      if (without.length > 0) await forgetProofs(conn, without)
      const live = ending(accountId, at, reason)
        .where('id', '!=', keepSession ?? ('' as SessionId))
        .where('expiresAt', '>', at)
      const over = live.where(e => {
        const bare = e.not(e.exists(e.selectFrom('evidence').select('evidence.id').whereRef('sessionId', '=', 'session.id')))
        // a recovery stands on each of its two proofs
        const over = e.or([bare, e('kind', '=', 'recovery')])
        const restedOnIt = lost.length > 0 ? e.and([e('id', 'in', lost), over]) : e.lit(false)
        // what the passkey opened ends with it, whatever else was proven there since
        return 'credentialId' in by ? e.or([restedOnIt, e('credentialId', '=', by.credentialId)]) : restedOnIt
      })
      return (await over.returning('id').execute()).map(row => row.id)
    },
  }
}

/** What such a session proved before and has not used yet rested on it, too: its grants, and the set-ups that it began. */
async function forgetProofs({ db }: Connection, ids: SessionId[]): Promise<void> {
  await db.deleteFrom('stepUpGrant').where('sessionId', 'in', ids).where('consumedAt', 'is', null).execute()
  await db.deleteFrom('authenticator').where('sessionId', 'in', ids).where('status', '=', 'pending').execute()
}

/**
 * A sign-in in flight holds its credential row until it commits. Waiting for that row lets the statements below see the session
 * that it opened; without it, one that began before the removal would outlive it (INV-2). SQLite has one writer.
 */
async function awaitSignIns({ db, engine }: Connection, id: CredentialId): Promise<void> {
  if (engine === 'postgres') await db.selectFrom('credential').select('id').where('id', '=', id).forUpdate().execute()
}

/** Deletes it from the account's sessions and pre-sessions; a half-finished sign-in must not rest on it either. @returns sessions that lost some */
async function takeEvidence(
  { db }: Connection,
  accountId: AccountId,
  by: { credentialId: CredentialId } | { method: MethodName },
): Promise<SessionId[]> {
  const live = db.selectFrom('session').select('id').where('accountId', '=', accountId).where('endedAt', 'is', null)
  const half = db.selectFrom('preSession').select('id').where('accountId', '=', accountId)
  const rows = await db
    .deleteFrom('evidence')
    .where(e => e.or([e('sessionId', 'in', live), e('preSessionId', 'in', half)]))
    .where(e => ('credentialId' in by ? e('credentialId', '=', by.credentialId) : e('method', '=', by.method)))
    .returning('sessionId')
    .execute()
  return [...new Set(rows.flatMap(row => row.sessionId ?? []))]
}

/** What lives behind the anonymous cookie. */
export function preSessions(conn: Connection): Tables['preSessions'] {
  const { db, seal } = conn
  return {
    async put(row) {
      await db.deleteFrom('preSession').where('id', '=', row.id).execute()
      await db.insertInto('preSession').values(preSessionRow(seal, row)).execute()
      const evidence = row.evidence.map(item => evidenceRow({ preSessionId: row.id }, item))
      if (evidence.length > 0) await db.insertInto('evidence').values(evidence).execute()
    },
    async find(id, now) {
      const row = await db.selectFrom('preSession').selectAll().where('id', '=', id).where('expiresAt', '>', now).executeTakeFirst()
      return row ? toPreSession(seal, row, await preSessionEvidence(conn, id)) : null
    },
    async addEvidence(id, evidence) {
      await db
        .insertInto('evidence')
        .values(evidenceRow({ preSessionId: id }, evidence))
        .execute()
    },
    async fail(id) {
      const query = db
        .updateTable('preSession')
        .set(e => ({ failures: e('failures', '+', 1) }))
        .where('id', '=', id)
      return (await query.returning('failures').executeTakeFirst())?.failures ?? 0
    },
    async take(id, now) {
      // Read before the delete, which takes the evidence along; who deletes the row is who gets it.
      const evidence = await preSessionEvidence(conn, id)
      const row = await db.deleteFrom('preSession').where('id', '=', id).where('expiresAt', '>', now).returningAll().executeTakeFirst()
      return row ? toPreSession(seal, row, evidence) : null
    },
    async remove(id) {
      await db.deleteFrom('preSession').where('id', '=', id).execute()
    },
    purge: (before, limit) => purgeRows(conn, 'preSession', 'id', e => e('expiresAt', '<', before), limit),
  }
}

const preSessionEvidence = async ({ db }: Connection, id: string): Promise<Evidence[]> =>
  toEvidence(await db.selectFrom('evidence').selectAll().where('preSessionId', '=', id).execute())

function preSessionRow(seal: Seal, row: PreSession): PreSessionTable {
  const { identifierValue, evidence: _, ...rest } = row
  return {
    ...rest,
    sealedIdentifier: sealNullable(seal, 'pre_session', 'identifier', row.id, identifierValue),
    sealedReturnTo: sealNullable(seal, 'pre_session', 'return_to', row.id, row.returnTo),
    returnTo: null,
  }
}

function toPreSession(seal: Seal, row: PreSessionTable, evidence: Evidence[]): PreSession {
  const { sealedIdentifier, sealedReturnTo, ...rest } = row
  const identifierValue = openNullable(seal, 'pre_session', 'identifier', row.id, sealedIdentifier)
  const returnTo = openNullable(seal, 'pre_session', 'return_to', row.id, sealedReturnTo) ?? row.returnTo
  return { ...rest, identifierValue, returnTo, evidence }
}
