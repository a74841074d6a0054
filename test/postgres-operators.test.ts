import { createLatchkey } from '@latchkey/server'
import { startPostgres, type TestPostgres } from '@latchkey/testing'
import { type RunningLatchkey, startLatchkey } from '@latchkey/testing/latchkey'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { mustDrop } from '../packages/server/src/store/postgres-errors.ts'
import { PostgresPool } from '../packages/server/src/store/postgres-pool.ts'
import { PGBOUNCER, startPgBouncer } from './fixtures/pgbouncer.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres?.stop())

async function raw(url: string, ...statements: string[]): Promise<pg.QueryResult> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    await client.query('set default_transaction_read_only = off')
    let last: pg.QueryResult | undefined
    for (const statement of statements) last = await client.query(statement)
    return last!
  } finally {
    await client.end()
  }
}

/** Sign-up, sign-in, a change and a look at it: reads, transactions, snapshots and the one statement of the hot path. */
async function journey(server: RunningLatchkey, address: string): Promise<void> {
  const owner = server.browser()
  await owner.signUp(address)
  owner.forget()
  expect((await owner.signIn()).status).toBe(200)
  const listed = await owner.api<{ items: { id: string }[] }>('/api/passkeys')
  const [passkey] = listed.body.items
  expect((await owner.api(`/api/passkeys/${passkey!.id}`, { label: 'Schlüssel 🔑' }, 'PATCH')).body).toEqual({ label: 'Schlüssel 🔑' })
  expect((await owner.open(`/account/passkeys/${passkey!.id}`)).html).toContain('Schlüssel 🔑')
  expect((await Promise.all([1, 2, 3].map(() => owner.open('/account/security')))).map(page => page.status)).toEqual(Array(3).fill(200))
}

describe.concurrent('DB-3 a database that became read-only', () => {
  it('answers 503 everywhere, drops its connections, and is well again by itself', async () => {
    const own = await startPostgres()
    const server = await startLatchkey({ database: await own.createDatabase('failover') })
    const owner = server.browser()
    await owner.signUp('owner@example.com')
    const [passkey] = (await owner.api<{ items: { id: string }[] }>('/api/passkeys')).body.items
    const readOnly = (value: 'on' | 'off') =>
      raw(own.url, `alter system set default_transaction_read_only = ${value}`, 'select pg_reload_conf()')
    await readOnly('on')
    const rename = async (label: string) => (await owner.api(`/api/passkeys/${passkey!.id}`, { label }, 'PATCH')).status
    // the server reads its configuration in its own time; readiness tells without any other request
    await vi.waitFor(async () => expect((await owner.request('GET', '/readyz')).status).toBe(503), { timeout: 20_000 })
    await vi.waitFor(async () => expect(await rename('one')).toBe(503), { timeout: 20_000 })
    const refused = await owner.request('GET', '/api/passkeys')
    expect([refused.status, refused.headers.get('retry-after'), (await refused.json()).code]).toEqual([503, '1', 'unavailable'])
    expect((await owner.request('GET', '/readyz')).status).toBe(503)
    expect((await owner.request('GET', '/livez')).status).toBe(200)
    expect((await owner.open('/account/security')).status).toBe(503)
    await readOnly('off')
    await vi.waitFor(async () => expect(await rename('two')).toBe(200), { timeout: 20_000 })
    expect((await owner.request('GET', '/readyz')).status).toBe(200)
    await server.close()
    await own.stop()
  })

  it('is refused at start with a line', async () => {
    const url = await postgres.createDatabase('readonly')
    await raw(url, 'alter database readonly set default_transaction_read_only = on')
    expect(await refusal(url)).toMatch(/readonly .*can't be used: it is read-only: a standby, or default_transaction_read_only is on/)
  })
})

describe('DB-3 connections to a server that became read-only', () => {
  const timeouts = { connectMs: 30_000, statementMs: 30_000, lockMs: 30_000 }

  afterEach(() => void vi.useRealTimers())

  it('all go with the first that is told so, at most once a second', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    vi.advanceTimersByTime(1_000)
    const pool = new PostgresPool({ url: postgres.url, size: 2, timeouts })
    const both = async () => {
      const text = 'select pg_backend_pid() as pid from pg_sleep(0.2)'
      const answers = await Promise.all([pool.query({ text }), pool.query({ text })])
      return answers.map(({ rows }) => rows[0].pid as number)
    }
    const told = () => pool.query({ text: `do $$ begin raise exception 'as told' using errcode = '25006'; end $$` })
    const left: number[] = []
    for (const ms of [0, 999, 1]) {
      vi.advanceTimersByTime(ms)
      const before = await both()
      await expect(told()).rejects.toMatchObject({ code: 'unavailable' })
      const after = await both()
      left.push(after.filter(pid => before.includes(pid)).length)
    }
    // the one that was told goes in any case
    expect(left).toEqual([0, 1, 0])
    await pool.end()
  })

  it('say so where only the clock is asked', async () => {
    const pool = new PostgresPool({ url: postgres.url, size: 1, timeouts })
    await pool.query({ text: 'set default_transaction_read_only = on' })
    await expect(pool.clock()).rejects.toMatchObject({ code: 'unavailable' })
    expect(await pool.clock()).toBeGreaterThan(0)
    await pool.end()
  })
})

/** What a start with this database is refused with. */
async function refusal(database: string): Promise<string> {
  const latchkey = createLatchkey({ publicUrl: 'http://localhost:4400', database, masterKey: '00'.repeat(32), logLevel: 'silent' })
  return latchkey.ready.then(
    async () => {
      await latchkey.close()
      return 'started'
    },
    error => (error as Error).message,
  )
}

describe('B18 what the server says, by SQLSTATE', () => {
  const timeouts = { connectMs: 30_000, statementMs: 30_000, lockMs: 30_000 }
  /** code, whether it is "not now", whether the connection goes */
  const CASES: [string, boolean, boolean][] = [
    ['25006', true, true],
    ['57P01', true, true],
    ['57P02', true, true],
    ['57P03', true, true],
    ['57P05', true, true],
    ['57000', true, true],
    ['40003', true, true],
    ['08006', true, true],
    ['08P01', true, true],
    ['58030', true, true],
    ['26000', true, true],
    ['28P01', true, true],
    ['53300', true, false],
    ['53100', true, false],
    ['57014', true, false],
    ['55P03', true, false],
    ['22012', false, false],
    ['42601', false, false],
  ]
  it.each(CASES)('%s: 503 %s, dropped %s', async (code, notNow, dropped) => {
    const pool = new PostgresPool({ url: postgres.url, size: 1, timeouts })
    const pid = async () => (await pool.query({ text: 'select pg_backend_pid() as pid' })).rows[0].pid as number
    const before = await pid()
    const failed: unknown = await pool
      .query({ text: `do $$ begin raise exception 'as told' using errcode = '${code}'; end $$` })
      .catch(error => error)
    expect((failed as { code?: string }).code).toBe(notNow ? 'unavailable' : code)
    expect(mustDrop(failed)).toBe(dropped)
    expect((await pid()) !== before).toBe(dropped)
    await pool.end()
  })
})

it('B18 a migration of another node ends no prepared statement for good', async () => {
  const url = await postgres.createDatabase('rolling')
  const pool = new PostgresPool({ url, size: 1, timeouts: { connectMs: 30_000, statementMs: 30_000, lockMs: 30_000 } })
  await raw(url, 'create table thing (a integer)', 'insert into thing values (1)')
  const look = async () => (await pool.query({ name: 'look', text: 'select * from thing' })).rows
  expect(await look()).toEqual([{ a: 1 }])
  await raw(url, 'alter table thing add column b integer default 2')
  await expect(look()).rejects.toMatchObject({ code: 'unavailable' })
  expect(await look()).toEqual([{ a: 1, b: 2 }])
  await pool.end()
})

describe('B18 settings that operators change', () => {
  it('do not matter where we can set what we need, for the role, the database or the server', async () => {
    const url = await postgres.createDatabase('odd')
    const settings = {
      statement_timeout: '1ms',
      lock_timeout: '1ms',
      idle_in_transaction_session_timeout: '1ms',
      default_transaction_isolation: 'serializable',
      default_transaction_deferrable: 'on',
      standard_conforming_strings: 'off',
      timezone: 'Asia/Kolkata',
      datestyle: 'German',
      bytea_output: 'escape',
      client_encoding: 'LATIN1',
      search_path: 'app, public',
    }
    const statements = Object.entries(settings).map(
      ([name, value]) => `alter database odd set ${name} = ${name === 'search_path' ? value : `'${value}'`}`,
    )
    await raw(url, 'create schema app', ...statements)
    for (const isolation of ['serializable', 'repeatable read']) {
      await raw(postgres.url, `alter database odd set default_transaction_isolation = '${isolation}'`)
      const server = await startLatchkey({ database: url, masterKey: '00'.repeat(32) })
      await journey(server, `${isolation.replace(' ', '')}@example.com`)
      await server.close()
    }
    const admin = new URL(url)
    admin.searchParams.set('options', '-c statement_timeout=0')
    expect((await raw(admin.href, "select count(*)::int as n from pg_tables where schemaname = 'app'")).rows[0].n).toBeGreaterThan(10)
  })

  it('are refused at start where we can’t', async () => {
    const latin = await postgres.createDatabase('nowhere')
    await raw(postgres.url, "create database latin encoding 'LATIN1' template template0 lc_collate 'C' lc_ctype 'C'")
    expect(await refusal(latin.replace(/nowhere$/, 'latin'))).toMatch(/latin .*can't be used: its encoding is LATIN1, and UTF8 is needed/)
    await raw(latin, 'alter database nowhere set search_path = nothing')
    expect(await refusal(latin)).toMatch(/nowhere .*can't be used: no schema has been selected to create in/)
  })
})

if (!PGBOUNCER) console.log('DB-9 is skipped: there is no pgbouncer here (apt-get install pgbouncer)')
describe.skipIf(!PGBOUNCER).concurrent('DB-9 behind PgBouncer', () => {
  it.each(['session', 'transaction'] as const)('works in %s mode without any setting', async mode => {
    const url = await postgres.createDatabase(`pool_${mode}`)
    const pooler = await startPgBouncer(url, mode)
    const nodes = await Promise.all([1, 2].map(() => startLatchkey({ database: pooler.url, masterKey: '00'.repeat(32) })))
    for (const address of ['one@example.com', 'two@example.com'])
      for (const node of nodes) await journey(node, `${nodes.indexOf(node)}${address}`)
    // our settings stay with our transactions: what others get from the pool is as its operator left it
    expect((await raw(pooler.url, 'show statement_timeout')).rows[0].statement_timeout).toBe('0')
    await Promise.all(nodes.map(node => node.close()))
    await pooler.stop()
  })

  it('in transaction mode refuses to prepare statements that its pooler does not keep, with the line that helps', async () => {
    const url = await postgres.createDatabase('pool_prepare')
    const pooler = await startPgBouncer(url, 'transaction')
    const outcome = await startLatchkey({ database: pooler.url, masterKey: '00'.repeat(32), postgres: { prepare: true } }).then(
      async server => {
        await journey(server, 'prepared@example.com')
        await server.close()
        return 'kept'
      },
      error => (error as Error).message,
    )
    // PgBouncer keeps them from 1.21 on
    expect(outcome).toMatch(/^kept$|can't be used: a pooler .* set postgres\.prepare to false/)
    const without = await startLatchkey({ database: pooler.url, masterKey: '00'.repeat(32), postgres: { prepare: false } })
    await journey(without, 'plain@example.com')
    await without.close()
    await pooler.stop()
  })

  it('in statement mode, which has no transactions, is refused at start with a line', async () => {
    const url = await postgres.createDatabase('pool_statement')
    const pooler = await startPgBouncer(url, 'statement')
    expect(await refusal(pooler.url)).toMatch(/can't be used: .*transaction/i)
    await pooler.stop()
  })
})
