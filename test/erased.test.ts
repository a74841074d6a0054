import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { internals } from '@latchkey/server/internals'
import { startPostgres, type TestPostgres } from '@latchkey/testing'
import { startLatchkey } from '@latchkey/testing/latchkey'
import { DatabaseSync } from '@photostructure/sqlite'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Ctx } from '../packages/server/src/ctx.ts'
import type { AccountId } from '../packages/server/src/domain/types.ts'
import * as rows from '../packages/server/src/store/rows.fixture.ts'
import { openIn, rowKeyOf, SEALED, type SealedTable, sealIn } from '../packages/server/src/store/sealed.ts'
import { readColumns, tells } from './fixtures/columns.ts'

let folder = ''
let postgres: TestPostgres
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-erased-'))
  postgres = await startPostgres()
})
afterAll(async () => {
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const MARK = 'mrk-of-the-erased'

/** What stays of an account, by hand: ids of the record, words of ours, times, and hashes of what was approved. */
const KEPT = [
  ...['account.id', 'account.status', 'account.user_handle', 'account.pause_reasons'],
  ...['approval.id', 'approval.account_id', 'approval.action', 'approval.details_hash', 'approval.reference', 'approval.status'],
  ...['approval.session_id', 'approval.method', 'approval.credential_id', 'approval.sealed_request'],
  ...['credential.id', 'credential.account_id', 'credential.rp_id', 'credential.transports', 'credential.attestation_format'],
  ...['credential.status', 'credential.created_via', 'credential.created_session_id', 'credential.ended_via'],
  ...['event.id', 'event.account_id', 'event.session_id', 'event.credential_id', 'event.kind', 'event.body'],
]

/** Columns that name a row, or say of what kind it is: they are what was written there, and no mark. */
const NAMES = new Set([
  ...KEPT.filter(column => !/user_handle|pause_reasons|transports|attestation_format/.test(column)),
  ...['identifier.id', 'identifier.account_id', 'identifier.kind', 'authenticator.id', 'authenticator.account_id', 'session.id'],
  ...['session.account_id', 'evidence.id', 'evidence.session_id', 'evidence.pre_session_id', 'pre_session.id', 'pre_session.account_id'],
  ...['step_up_grant.id', 'step_up_grant.account_id', 'code.id', 'code.account_id', 'recovery_code.id', 'recovery_code.set_id'],
  ...['recovery_code.account_id', 'pending_change.id', 'pending_change.account_id', 'payout_address.id', 'payout_address.account_id'],
  ...['outbox.id', 'outbox.account_id', 'freeze_link.id', 'freeze_link.account_id', 'event_detail.event_id', 'limit_bucket.key'],
])

/** Tables in which nothing belongs to an account. */
const APART = /^(pending_sign_up|used_challenge|dev_inbox|meta|schema_migration)\./

/** What a sealed value has to be, where more than its being gone is asked of it. */
const REQUEST = { details: MARK, detailsHash: 'c2l4dGVlbiBieXRlcyE', nonce: MARK, requestedIn: MARK, returnTo: MARK }

const PLAIN: Readonly<Record<string, string>> = {
  'approval.sealed_request': JSON.stringify(REQUEST),
  'approval.sealed_decision': JSON.stringify({ decidedIn: MARK, proof: MARK }),
}

interface Raw {
  all(sql: string): Promise<Record<string, unknown>[]>
  set(table: string, key: string, id: unknown, column: string, value: string | Uint8Array): Promise<void>
  end(): Promise<void>
}

const UPDATE = (table: string, key: string, column: string, one: string, two: string): string =>
  `update ${table} set ${column} = ${one} where ${key} = ${two}`

async function openRaw(database: string): Promise<Raw> {
  if (database.startsWith('postgres')) {
    const client = new pg.Client(database)
    await client.connect()
    return {
      all: async sql => (await client.query(sql)).rows,
      async set(table, key, id, column, value) {
        await client.query(UPDATE(table, key, column, '$1', '$2'), [value instanceof Uint8Array ? Buffer.from(value) : value, id])
      },
      end: () => client.end(),
    }
  }
  const db = new DatabaseSync(database)
  return {
    all: async sql => db.prepare(sql).all() as Record<string, unknown>[],
    async set(table, key, id, column, value) {
      db.prepare(UPDATE(table, key, column, '?', '?')).run(value, id as string)
    },
    end: async () => db.close(),
  }
}

/** One row of everything that an account can have. */
async function writeAll(ctx: Ctx): Promise<AccountId> {
  const owner = rows.account()
  const session = rows.session(owner.id, { evidence: [rows.evidence()] })
  const passkey = rows.passkey(owner.id, { createdSessionId: session.id, endedVia: 'trusted' })
  const set = rows.authenticator(owner.id, { kind: 'recovery_codes' })
  const message = rows.message({ accountId: owner.id, link: rows.freezeLink(owner.id, { notice: { template: 'x', to: 'x', params: {} } }) })
  await ctx.store.transaction(async tx => {
    await tx.accounts.insert(owner)
    await tx.identifiers.insert(rows.identifier(owner.id))
    await tx.passkeys.insert(passkey)
    await tx.authenticators.insert(set)
    await tx.authenticators.insertRecoveryCodes([rows.recoveryCode(owner.id, set.id)])
    await tx.sessions.insert(session)
    await tx.preSessions.put(rows.preSession({ accountId: owner.id, evidence: [rows.evidence()] }))
    await tx.grants.insert(rows.grant({ accountId: owner.id, sessionId: session.id }))
    await tx.codes.issue(rows.code({ accountId: owner.id }))
    await tx.changes.insert(rows.change(owner.id))
    await tx.approvals.insert(rows.approval(owner.id, { sessionId: session.id, credentialId: passkey.id, method: 'passkey' }))
    await tx.payoutAddresses.insert(rows.payoutAddress(owner.id))
    await tx.outbox.insert(message)
    await tx.events.insert(rows.event({ accountId: owner.id, sessionId: session.id, credentialId: passkey.id }))
    for (const key of [`password:account:${owner.id}`, `password:session:${session.id}:60000`]) await tx.limits.hit(key, 60_000, 1)
  })
  return owner.id
}

/** The columns of a text or of bytes, and all rows, of every table in which something belongs to an account. */
async function tablesOf(raw: Raw, database: string): Promise<{ name: string; columns: string[]; rows: Record<string, unknown>[] }[]> {
  const { columns } = await readColumns(database)
  const names = [...new Set(columns.filter(column => !APART.test(column)).map(column => column.split('.')[0] ?? ''))]
  const tables: { name: string; columns: string[]; rows: Record<string, unknown>[] }[] = []
  for (const name of names) {
    const own = columns.filter(column => column.startsWith(`${name}.`)).map(column => column.slice(name.length + 1))
    tables.push({ name, columns: own, rows: await raw.all(`select * from ${name}`) })
  }
  return tables
}

const isBytes = (column: string): boolean =>
  /^(sealed_.*|blind_index|user_handle|public_key|secret_hash|previous_secret_hash|mac|nonce|salt)$/.test(column)

/** Puts a mark into every column of every row that is no name. */
async function markAll(ctx: Ctx, raw: Raw, database: string): Promise<string[]> {
  const marked: string[] = []
  for (const { name, columns, rows } of await tablesOf(raw, database)) {
    const key = name === 'event_detail' ? 'event_id' : name === 'limit_bucket' ? 'key' : 'id'
    for (const [n, row] of rows.entries())
      for (const column of columns) {
        const sealed = column.startsWith('sealed_') ? column.slice('sealed_'.length) : null
        if (NAMES.has(`${name}.${column}`) && sealed === null) continue
        const text = `${MARK} ${column} ${n}`
        const plain = PLAIN[`${name}.${column}`] ?? text
        const value =
          sealed === null
            ? text
            : sealIn(ctx.keys.seal, name as SealedTable, sealed as never, String(row[rowKeyOf(name as SealedTable)]), plain)
        await raw.set(
          name,
          key,
          row[key],
          column,
          typeof value === 'string' && isBytes(column) ? new Uint8Array(Buffer.from(value)) : value,
        )
        marked.push(`${name}.${column}`)
      }
  }
  return [...new Set(marked)]
}

/** Where a mark stands, in the clear or sealed. */
async function markedIn(ctx: Ctx, raw: Raw, database: string): Promise<string[]> {
  const found: string[] = []
  for (const { name, columns, rows } of await tablesOf(raw, database))
    for (const row of rows)
      for (const column of columns) {
        const value = row[column]
        const sealed = column.startsWith('sealed_') && value instanceof Uint8Array
        const opened = sealed
          ? openIn(ctx.keys.seal, name as SealedTable, column.slice(7) as never, String(row[rowKeyOf(name as SealedTable)]), value)
          : value instanceof Uint8Array
            ? Buffer.from(value).toString('latin1')
            : String(value ?? '')
        if (tells(opened, MARK)) found.push(`${name}.${column}`)
      }
  return [...new Set(found)]
}

describe.each(['sqlite', 'postgres'] as const)('an erased account on %s', engine => {
  it('leaves no value of its own in any column but those of the record, and nobody else’s is touched', async () => {
    const database = engine === 'sqlite' ? join(folder, 'erased.db') : await postgres.createDatabase('erased')
    const server = await startLatchkey({ database, dataDir: folder })
    const { ctx } = await internals.get(server.latchkey)!
    const raw = await openRaw(database)
    onTestFinished(async () => {
      await raw.end()
      await server.close()
    })
    const id = await writeAll(ctx)
    const marked = await markAll(ctx, raw, database)
    expect((await markedIn(ctx, raw, database)).toSorted()).toEqual(marked.toSorted())
    // every table and every column of it was looked at
    const { columns } = await readColumns(database)
    const undecided = columns.filter(column => !APART.test(column) && !marked.includes(column) && !NAMES.has(column))
    expect(undecided).toEqual([])
    for (const table of Object.keys(SEALED))
      expect(marked.some(column => column.startsWith(`${table}.`)) || APART.test(`${table}.`)).toBe(true)

    const neighbour = await writeAll(ctx)
    const others = await othersOf(raw, database, id)
    await ctx.store.transaction(tx => tx.accounts.erase(id))
    expect(await markedIn(ctx, raw, database)).toEqual([])
    expect(await othersOf(raw, database, id)).toEqual(others)
    expect((await ctx.store.read.accounts.facts(neighbour))?.identifiers).toHaveLength(1)

    await raw.all(`delete from limit_bucket`)
    const left = await leftOf(raw, database, id)
    expect(left.toSorted()).toEqual(KEPT.toSorted())
    const approval = (await ctx.store.read.approvals.list(id, 9))[0]
    expect(Buffer.from(approval!.detailsHash).toString('base64url')).toBe(REQUEST.detailsHash)
  })
})

const belongs = (row: Record<string, unknown>, id: string): boolean => row.account_id === id || row.id === id

/** Every row of somebody else that names its account. */
const othersOf = async (raw: Raw, database: string, id: string) =>
  (await tablesOf(raw, database)).map(({ name, rows }) => ({ name, rows: rows.filter(row => 'account_id' in row && !belongs(row, id)) }))

/** Columns that are not empty in what is left of the account. */
async function leftOf(raw: Raw, database: string, id: string): Promise<string[]> {
  const tables = await tablesOf(raw, database)
  const full = (value: unknown): boolean => (value instanceof Uint8Array ? value.length > 0 : value !== null && value !== '')
  return tables.flatMap(({ name, columns, rows }) =>
    columns.filter(column => rows.some(row => belongs(row, id) && full(row[column]))).map(column => `${name}.${column}`),
  )
}
