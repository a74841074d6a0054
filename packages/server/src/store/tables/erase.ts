import { type ExpressionBuilder, type ExpressionWrapper, type SqlBool, sql } from 'kysely'
import type { AccountId } from '../../domain/types.ts'
import type { Connection } from '../connection.ts'
import type { ApprovalTable, DB } from '../schema.ts'
import type { Seal } from '../seal.ts'
import { openApproval, sealApproval } from './sealed-rows.ts'

type Rows<Table extends keyof DB> = (e: ExpressionBuilder<DB, Table>, id: AccountId) => ExpressionWrapper<DB, Table, SqlBool>

/** What is left of one column when its account is erased: as it is, or this in its place. */
type Left<Value> = 'keep' | { now: Value }

/** The rows stay, and of every column is said what does: one without a decision does not compile. */
interface Kept<Table extends keyof DB> {
  of: Rows<Table>
  columns: { [Name in keyof DB[Table]]: Left<DB[Table][Name]> }
  /** What has to be made anew for each row. */
  reseal?(seal: Seal, row: DB[Table]): Partial<DB[Table]>
}

/** What an erasure does to the rows of a table: nothing, where none belongs to an account; or they go; or they stay. */
type Erasure<Table extends keyof DB> = { because: string } | { delete: Rows<Table> } | Kept<Table>

const NO_BYTES = new Uint8Array()
const none = { now: null }
const off = { now: 0 } as const
const text = { now: '' }

const own = ((e: ExpressionBuilder<DB, 'identifier'>, id: AccountId) => e('accountId', '=', id)) as unknown as <Table extends keyof DB>(
  e: ExpressionBuilder<DB, Table>,
  id: AccountId,
) => ExpressionWrapper<DB, Table, SqlBool>

/** The counters of an account, of its devices, and of its sessions; those of addresses are kept by hashes under a key, for 90 days. */
const OF_ACCOUNT: Rows<'limitBucket'> = (e, id) => {
  const sessions = e.selectFrom('session').select('id').where('accountId', '=', id)
  const ofSession = e.exists(sessions.where(sql<SqlBool>`${sql.ref('limitBucket.key')} like '%' || ${sql.ref('session.id')} || '%'`))
  return e.or([e('key', 'like', `%${id}%`), ofSession])
}

/**
 * What is left of an account, table by table, in the order in which it goes. The record stays whole: that there was an account, what
 * happened in it, of what kind and when, by the ids of its sessions and passkeys, and the hashes of what was approved.
 */
export const ERASED: { [Table in keyof DB]: Erasure<Table> } = {
  limitBucket: { delete: OF_ACCOUNT },
  evidence: {
    delete: (e, id) =>
      e.or([
        e('sessionId', 'in', e.selectFrom('session').select('session.id').where('session.accountId', '=', id)),
        e('preSessionId', 'in', e.selectFrom('preSession').select('preSession.id').where('preSession.accountId', '=', id)),
      ]),
  },
  code: { delete: own },
  stepUpGrant: { delete: own },
  preSession: { delete: own },
  session: { delete: own },
  recoveryCode: { delete: own },
  authenticator: { delete: own },
  pendingChange: { delete: own },
  payoutAddress: { delete: own },
  outbox: { delete: own },
  freezeLink: { delete: own },
  identifier: { delete: own },
  eventDetail: { delete: (e, id) => e('eventId', 'in', e.selectFrom('event').select('event.id').where('event.accountId', '=', id)) },
  event: {
    of: own,
    columns: { id: 'keep', at: 'keep', accountId: 'keep', sessionId: 'keep', credentialId: 'keep', kind: 'keep', body: 'keep' },
  },
  approval: {
    of: own,
    columns: {
      ...{ id: 'keep', accountId: 'keep', action: 'keep', detailsHash: 'keep', reference: 'keep', status: 'keep', sessionId: 'keep' },
      ...{ createdAt: 'keep', expiresAt: 'keep', decidedAt: 'keep', consumedAt: 'keep', method: 'keep', credentialId: 'keep' },
      ...{ details: text, nonce: { now: NO_BYTES }, requestedIn: text, returnTo: none, decidedIn: none, proof: none },
      // `reseal` writes it anew: the hash of the details is in it
      ...{ sealedRequest: 'keep', sealedDecision: none },
    },
    reseal: (seal, row) => onlyHash(seal, row),
  },
  credential: {
    of: own,
    columns: {
      // an id belongs to one account at most, ever (INV-4); nothing stays with it that tells a device or a person
      ...{ id: 'keep', accountId: 'keep', status: { now: 'removed' } },
      ...{ createdAt: 'keep', createdVia: 'keep', createdSessionId: 'keep', trustedAt: 'keep', endedVia: 'keep' },
      ...{ suspendedAt: 'keep', removedAt: 'keep', rpId: 'keep' },
      ...{ publicKey: { now: NO_BYTES }, algorithm: off, signCount: off, aaguid: text, transports: { now: '[]' }, flags: text },
      ...{ uvInitialized: off, backupEligible: off, backupState: off, attestationFormat: { now: 'none' }, attachment: none },
      ...{ sealedLabel: none, label: none, autoLabel: text, createdIn: text, lastUsedAt: none, lastUsedIn: none },
      ...{ reviewedAt: none, trustLeftMs: none },
    },
  },
  account: {
    of: (e, id) => e('id', '=', id),
    columns: {
      ...{ id: 'keep', createdAt: 'keep', status: { now: 'closed' } },
      // `reseal` writes another one: password managers know the old one
      userHandle: 'keep',
      ...{ frozenAt: none, moneyPausedUntil: none, pauseReasons: { now: '[]' }, passkeyFirst: off, checkedAt: none },
      ...{ lockedUntil: none, lockScope: none, lockedAt: none, lockVia: none, sealedMessages: none },
    },
    reseal: (_, { id }) => ({ userHandle: new Uint8Array(Buffer.from(id)) }),
  },
  pendingSignUp: { because: 'of an address that is nobody’s yet; it is gone after two days' },
  usedChallenge: { because: 'random ids' },
  devInbox: { because: 'messages of a development server, which has no customers' },
  meta: { because: 'of the deployment' },
}

const onlyHash = (seal: Seal, row: ApprovalTable): Partial<ApprovalTable> => {
  const blank = { details: '{}', nonce: NO_BYTES, requestedIn: '', returnTo: null, decidedIn: null, proof: null }
  return sealApproval(seal, row.id, { ...blank, detailsHash: hashOf(seal, row) })
}

/** One that is sealed under a key that is lost says nothing any more; it keeps nobody from being erased. */
function hashOf(seal: Seal, row: ApprovalTable): Uint8Array {
  try {
    return openApproval(seal, row).detailsHash
  } catch {
    return NO_BYTES
  }
}

/** Erases what is personal of one account, in the caller's transaction. */
export async function eraseAccount(conn: Connection, id: AccountId): Promise<void> {
  for (const table of Object.keys(ERASED) as (keyof DB)[]) await eraseRows(conn, table, ERASED[table] as Erasure<keyof DB>, id)
}

async function eraseRows(conn: Connection, table: keyof DB, how: Erasure<keyof DB>, id: AccountId): Promise<void> {
  if ('because' in how) return
  const rows = 'of' in how ? how.of : how.delete
  const where = (e: never) => rows(e, id)
  if ('delete' in how)
    await conn.db
      .deleteFrom(table)
      .where(where as never)
      .execute()
  else await blankRows(conn, table, where as never, how)
}

async function blankRows({ db, seal }: Connection, table: keyof DB, where: never, how: Kept<keyof DB>): Promise<void> {
  const kept = how.reseal ? await db.selectFrom(table).selectAll().where(where).execute() : []
  for (const row of kept as { id: string }[])
    await db
      .updateTable(table)
      .set(how.reseal?.(seal, row as never) as never)
      .where(sql.ref('id'), '=', row.id)
      .execute()
  const blank = Object.entries(how.columns).flatMap(([name, left]) => (left === 'keep' ? [] : [[name, (left as { now: unknown }).now]]))
  if (blank.length > 0)
    await db
      .updateTable(table)
      .set(Object.fromEntries(blank) as never)
      .where(where)
      .execute()
}
