import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  account,
  accountWithPasskeys,
  approval,
  authenticator,
  bytes,
  change,
  code,
  event,
  identifier,
  message,
  payoutAddress,
  preSession,
  signInRow,
  signUp,
  T0,
} from './rows.fixture.ts'
import { createSeal } from './seal.ts'
import { openIn } from './sealed.ts'
import { openSqlite } from './sqlite.ts'
import { Handle } from './sqlite-handle.ts'
import type { StatementSent } from './statements.ts'
import { storeContract } from './store.contract.ts'
import type { PayoutAddressRow, Store } from './store.ts'

const tmpdirOfSystem = tmpdir()
const folder = mkdtempSync(join(tmpdir(), 'latchkey-store-'))
const file = join(folder, 'contract', 'latchkey.db')
/** Patient, since the machines that run tests may be slow: nothing here asserts a speed. */
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

const seal = createSeal(bytes(32))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Every statement that the contract sent. */
const asked = new Set<string>()
const note = (message: unknown): unknown => asked.add((message as StatementSent).sql)
beforeAll(() => subscribe('latchkey.statement', note))
afterAll(() => unsubscribe('latchkey.statement', note))

storeContract('SQLite', () => openSqlite({ file, seal }))

/** Each statement of today's code, and none of a migration. */
const isOurs = (sql: string): boolean => /^(select|update "|delete from ")/.test(sql)
/** What an operator or a start asks of all rows, and what goes over the few of a kind: values of the deployment, unfinished set-ups. */
const MAY_SCAN =
  /^select (count\(\*\)|distinct "rp_id"|name from schema_migration|\* from "meta")|^delete from "authenticator" where "session_id" in/

it('no statement of the contract reads a table through, however long it gets', () => {
  const db = new DatabaseSync(file)
  const plan = (sql: string): string[] =>
    db
      // what this status is decides whether an index of some rows will do
      .prepare(`explain query plan ${sql.replace(/"status" (!?=) \?/, `"status" $1 'pending'`)}`)
      .all()
      .map(step => String((step as { detail: unknown }).detail))
  const ours = [...asked].filter(isOurs)
  expect(ours.length).toBeGreaterThan(100)
  expect(asked).toContain('begin')
  // in the order of an index it is read as far as the limit says
  const reads = (step: string, sql: string) => /^SCAN (?!CONSTANT)/.test(step) && !(/ USING /.test(step) && /limit \?/.test(sql))
  const slow = ours.filter(sql => plan(sql).some(step => reads(step, sql)))
  expect(slow.filter(sql => !MAY_SCAN.test(sql))).toEqual([])
  db.close()
})

describe('the SQLite store', () => {
  const path = join(folder, 'own.db')
  let store: Store
  beforeAll(async () => {
    store = await openSqlite({ file: path, seal })
    await store.migrate()
  })
  afterAll(() => store.close())

  it('makes a file that only its owner reads', () => {
    for (const name of readdirSync(folder).filter(name => name.startsWith('own.db')))
      expect(statSync(join(folder, name)).mode & 0o077).toBe(0)
  })

  it('DB-3 says "unavailable" where its file became read-only, and writes again once it is not', () => {
    const handle = new Handle(new DatabaseSync(join(folder, 'readonly.db')), false)
    handle.exec('create table x (y integer)')
    handle.exec('pragma query_only = on')
    expect(() => handle.run('insert into x values (1)', [])).toThrow(expect.objectContaining({ code: 'unavailable' }))
    handle.exec('pragma query_only = off')
    expect(handle.run('insert into x values (1)', [])).toBe(1)
    handle.close()
  })

  it('H11 while keys change an address is of one account, under whichever key it stands', async () => {
    const keys = [2, 1].map(id => ({ id, secret: bytes(32) }))
    const old = await openSqlite({ file: join(folder, 'keys.db'), seal: createSeal(keys.slice(1)) })
    const both = await openSqlite({ file: join(folder, 'keys.db'), seal: createSeal(keys) })
    await old.migrate()
    const { id: owner } = await accountWithPasskeys({ one: old, two: old }, 0)
    const put = async (at: Store, value: string): Promise<string | null> => {
      const row = identifier(owner, { value })
      const taken = (error: { code: string }) => {
        expect(error.code).toBe('identifier_taken')
        return null
      }
      return at.transaction(tx => tx.identifiers.insert(row)).then(() => row.id, taken)
    }
    const leave = (id: string | null) => both.transaction(tx => tx.identifiers.supersede(id!, T0))
    const other = await put(old, 'b@example.com')
    const [first, again] = [await put(old, 'a@example.com'), await put(both, 'a@example.com')]
    expect([first, again]).toEqual([expect.any(String), null])
    await leave(first)
    const second = await put(both, 'a@example.com')
    expect(second).not.toBeNull()
    await leave(second)
    const third = await put(old, 'a@example.com')
    // rewritten though its address stood under the new key before, and again for no reason
    const inUse = (await both.read.sealedRows.page('identifier', '', 9)).filter(row => row.fields.superseded_at === null)
    expect(inUse.map(row => row.key).toSorted()).toEqual([third, other].toSorted())
    for (const row of [...inUse, ...inUse])
      expect(await both.transaction(tx => tx.sealedRows.rewrite('identifier', row, row.values as Record<string, string>))).toBe(true)
    await Promise.all([old.close(), both.close()])
  })

  it('H11 payout addresses of before migration 0003 are found by every part, and each is sealed once', async () => {
    const { id } = await accountWithPasskeys({ one: store, two: store }, 0)
    const [plain, tagged] = [payoutAddress(id), payoutAddress(id, { memo: '42' })]
    for (const row of [plain, tagged]) {
      await store.transaction(tx => tx.payoutAddresses.insert(row))
      const { asset, network, address, memo, label } = row
      const columns = 'sealed_entry = null, blind_index = null, asset = ?, network = ?, address = ?, memo = ?, label = ?'
      raw(`update payout_address set ${columns} where id = ?`, asset, network, address, memo, label, row.id)
    }
    const find = (over: Partial<PayoutAddressRow>) => {
      const { asset, network, address, memo } = { ...plain, ...over }
      return store.read.payoutAddresses.find(id, asset, network, address, memo)
    }
    const asked = [{}, { memo: '42' }, { memo: '43' }, { network: 'lightning' }, { asset: '', network: '', address: '' }]
    const found = () => Promise.all(asked.map(find))
    const sealSome = () => store.transaction(tx => tx.clearRows.seal(9))
    expect(await found()).toEqual([plain, tagged, null, null, null])
    expect([await sealSome(), await sealSome()]).toEqual([2, 0])
    expect(await found()).toEqual([plain, tagged, null, null, null])
  })

  it('H11 an approval of before migration 0003 is consumed alone, though another one says the same', async () => {
    const { id } = await accountWithPasskeys({ one: store, two: store }, 0)
    const [row, other] = [approval(id, { status: 'approved' }), approval(id, { status: 'approved' })]
    for (const one of [row, other]) {
      await store.transaction(tx => tx.approvals.insert(one))
      raw('update approval set details_hash = ? where id = ?', row.detailsHash, one.id)
    }
    expect(await store.transaction(tx => tx.approvals.consume(row.id, id, row.detailsHash, T0))).toBe(true)
    expect((await store.read.approvals.get(other.id))?.status).toBe('approved')
  })

  it('keeps five hundred statements prepared, and then begins anew', () => {
    const prepared: string[] = []
    const db = new DatabaseSync(':memory:')
    const prepare = (sql: string) => {
      prepared.push(sql)
      return db.prepare(sql)
    }
    const handle = new Handle({ exec: sql => db.exec(sql), prepare, close: () => db.close() }, false)
    const ask = (...numbers: number[]) => {
      prepared.length = 0
      for (const number of numbers) handle.all(`select ${number}`, [])
      return prepared.length
    }
    const all = Array.from({ length: 500 }, (_, i) => i)
    expect([ask(...all), ask(...all), ask(500, 499), ask(0, 500, 499)]).toEqual([500, 0, 2, 1])
    handle.close()
  })

  it('keeps what it acknowledged on disk and checks references', () => {
    const db = new DatabaseSync(path)
    expect({ ...db.prepare('pragma journal_mode').get() }).toEqual({ journal_mode: 'wal' })
    db.close()
  })

  it('writes nothing secret in clear', async () => {
    const owner = account()
    const canary = 'canary-4711'
    await store.transaction(async tx => {
      await tx.accounts.insert(owner)
      await tx.identifiers.insert(identifier(owner.id, { value: `${canary}@example.com` }))
      await tx.signUps.insert(signUp({ value: canary }))
      await tx.preSessions.put(preSession({ identifierValue: canary }))
      await tx.authenticators.insert(authenticator(owner.id, { data: { secret: canary } }))
      await tx.codes.issue(code({ address: canary }))
      await tx.changes.insert(change(owner.id, { payload: canary }))
      await tx.outbox.insert(message({ to: canary, params: { code: canary } }))
      await tx.inbox.insert({ id: '1', channel: 'email', to: canary, subject: canary, text: canary, html: null, sentAt: T0 })
    })
    const files = readdirSync(folder).filter(name => name.startsWith('own.db'))
    expect(files.some(name => readFileSync(join(folder, name)).includes(canary))).toBe(false)
  })

  it('wipes recipient and parameters of what was sent or given up', async () => {
    const [sent, dead] = [message(), message()]
    await store.transaction(async tx => {
      for (const row of [sent, dead]) await tx.outbox.insert(row)
      await tx.outbox.sent(sent.id, T0)
      for (const { id } of [dead, sent]) await tx.outbox.failed(id, null, 'smtp 550')
    })
    const rows = raw('select status, sealed_to, sealed_params from outbox where id in (?, ?) order by status', sent.id, dead.id)
    expect(rows).toEqual([
      { status: 'dead', sealed_to: null, sealed_params: null },
      { status: 'sent', sealed_to: null, sealed_params: null },
    ])
  })

  it('writes events as canonical JSON that commits to the erasable detail', async () => {
    const row = event({ body: { z: 1, a: null, m: true }, detail: { ip: '192.0.2.1', userAgent: 'UA', label: null } })
    await store.transaction(tx => tx.events.insert(row))
    const sql = 'select body, sealed_detail from event join event_detail on event_id = id where id = ?'
    const [{ body, sealed_detail: sealed }] = raw(sql, row.id) as [{ body: string; sealed_detail: Uint8Array }]
    const { salt } = JSON.parse(openIn(seal, 'event_detail', 'detail', row.id, sealed)) as { salt: string }
    const hash = createHash('sha256').update(salt, 'base64url').update('{"ip":"192.0.2.1","label":null,"userAgent":"UA"}')
    expect(body).toBe(`{"a":null,"detail_hash":"${hash.digest('base64url')}","m":true,"z":1}`)
  })

  it('finds what is due or newest in the order of an index, and what is of a kind by an index of that kind', () => {
    const plan = (sql: string): string => JSON.stringify(raw(`explain query plan ${sql}`))
    const lookups = [
      "select 1 from outbox where status = 'pending' and next_try_at <= 1 order by next_try_at",
      "select 1 from event where account_id = 'x' and at < 1 order by at desc",
    ]
    for (const sql of lookups) expect(plan(sql), sql).not.toMatch(/SCAN|TEMP B-TREE/)
    // of all there are of a kind, an index that holds no other
    const kinds = {
      recovery_code: "substr(hash, 1, 1) = '$' and used_at is null and exists (select 1 from authenticator a where a.id = set_id)",
      session: 'sealed_client is null',
      event_detail: 'sealed_detail is null',
      approval: 'sealed_request is null',
      payout_address: 'sealed_entry is null',
      credential: 'label is not null',
      pre_session: 'return_to is not null',
    }
    for (const [table, is] of Object.entries(kinds))
      expect(plan(`select 1 from ${table} where ${is} limit 200`), table).toMatch(
        new RegExp(`${table} USING .*INDEX ${table}_(clear|slow)`),
      )
  })

  it('answers a sign-in only after its commit', async () => {
    const { id, passkeys } = await accountWithPasskeys({ one: store, two: store }, 1)
    const row = signInRow(id, passkeys[0]!.id)
    await store.signInWithPasskey(row)
    expect(raw('select id from session where id = ?', row.session.id)).toHaveLength(1)
  })

  it('says "unavailable" when the disk is full, loses nothing, and goes on when there is room', async () => {
    const full = join(folder, 'full.db')
    const small = await openSqlite({ file: full, seal })
    await small.migrate()
    await small.transaction(tx => tx.meta.set('kept', 'x'))
    const filler = { id: '1', channel: 'email' as const, to: 'a', subject: 'b', text: 'x'.repeat(200_000), html: null, sentAt: T0 }
    await small.close()
    const limited = await openSqlite({ file: full, seal, maxPages: statSync(full).size / 4096 + 10 })
    await expect(limited.transaction(tx => tx.inbox.insert(filler))).rejects.toMatchObject({ code: 'unavailable' })
    expect(await limited.read.meta.get('kept')).toBe('x')
    await limited.transaction(tx => tx.meta.set('kept', 'y'))
    await limited.close()
  })

  it('finishes what waits before it closes, and leaves no file of a temporary database', async () => {
    // a temporary folder of its own: other tests open such databases at the same time
    const [own, { TMPDIR }] = [mkdtempSync(join(tmpdir(), 'latchkey-own-')), process.env]
    process.env.TMPDIR = own
    const brief = await openSqlite({ file: ':memory:', seal })
    process.env.TMPDIR = TMPDIR ?? tmpdirOfSystem
    await brief.migrate()
    expect(readdirSync(own)).toHaveLength(1)
    const { id, passkeys } = await accountWithPasskeys({ one: brief, two: brief }, 1)
    const signIn = brief.signInWithPasskey(signInRow(id, passkeys[0]!.id))
    await brief.close()
    await brief.close()
    expect(await signIn).toBe('signed_in')
    expect(readdirSync(own)).toEqual([])
    rmSync(own, { recursive: true })
  })

  it('leaves nothing in its log when it closes, while another store has the file open', async () => {
    const shared = join(folder, 'shared.db')
    const [one, two] = [await openSqlite({ file: shared, seal }), await openSqlite({ file: shared, seal })]
    await one.migrate()
    await one.close()
    expect(statSync(`${shared}-wal`).size).toBe(0)
    await two.close()
  })

  it('spends each challenge once between two processes', async () => {
    const other = spendInProcess(path)
    await until(async () => (await store.read.meta.get('ready')) !== null)
    await store.transaction(tx => tx.meta.set('go', 'x'))
    let won = 0
    for (let i = 0; i < 40; i++) if (await store.transaction(tx => tx.challenges.spend(`process-${i}`, T0))) won++
    await other
    expect(won + Number(await store.read.meta.get('won'))).toBe(40)
  })

  function raw(sql: string, ...parameters: (string | Uint8Array | null)[]): object[] {
    const db = new DatabaseSync(path)
    try {
      return db
        .prepare(sql)
        .all(...parameters)
        .map(row => ({ ...(row as object) }))
    } finally {
      db.close()
    }
  }
})

/** Says that it is ready, waits for the start, and tries to spend forty challenges, each in a transaction of its own. */
const SPENDER = `
  const [store, seal] = await Promise.all([import(process.env.STORE_MODULE), import(process.env.SEAL_MODULE)])
  const one = await store.openSqlite({ file: process.env.STORE_FILE, seal: seal.createSeal(new Uint8Array(32)) })
  await one.transaction(tx => tx.meta.set('ready', 'x'))
  while ((await one.read.meta.get('go')) === null) await new Promise(resolve => setTimeout(resolve, 2))
  let won = 0
  for (let i = 0; i < 40; i++) if (await one.transaction(tx => tx.challenges.spend('process-' + i, ${T0}))) won++
  await one.transaction(tx => tx.meta.set('won', String(won)))
  await one.close()`

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 5))
}

function spendInProcess(path: string): Promise<void> {
  const modules = { STORE_MODULE: new URL('./sqlite.ts', import.meta.url).href, SEAL_MODULE: new URL('./seal.ts', import.meta.url).href }
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', SPENDER], {
    env: { ...process.env, ...modules, STORE_FILE: path },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return new Promise((resolve, reject) => {
    child.on('exit', status => (status === 0 ? resolve() : reject(new Error(`process ended with ${status}`))))
  })
}
