import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { internals } from '@latchkey/server/internals'
import { type ExportedKey, SoftwareAuthenticator, startPostgres, type TestPostgres, totp } from '@latchkey/testing'
import { type RunningLatchkey, startLatchkey, type TestBrowser } from '@latchkey/testing/latchkey'
import { DatabaseSync } from '@photostructure/sqlite'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSeal } from '../packages/server/src/store/seal.ts'
import { openSqlite } from '../packages/server/src/store/sqlite.ts'
import { type Fixture, loadPostgres, loadSqlite, readFixture, releases } from './fixtures/databases/load.ts'
import { ACTIONS, browserWith } from './fixtures/databases/people.ts'
import { readAll } from './fixtures/databases/read.ts'

const MINUTE = 60_000
let folder = ''
let postgres: TestPostgres
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-old-'))
  postgres = await startPostgres()
})
afterAll(async () => {
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
})

interface Old {
  database: string
  /** How many rows each table has. */
  counts(): Promise<Record<string, number>>
}

const LOADERS = {
  async sqlite(release: string): Promise<Old> {
    const file = join(folder, `${release}.db`)
    loadSqlite(release, file)
    return { database: file, counts: async () => countSqlite(file) }
  },
  async postgres(release: string): Promise<Old> {
    const url = await postgres.createDatabase(`old_${release.replaceAll('.', '_')}`)
    await loadPostgres(release, url)
    return { database: url, counts: () => countPostgres(url) }
  },
}

function countSqlite(file: string): Record<string, number> {
  const db = new DatabaseSync(file)
  const rows = db.prepare("select name from sqlite_master where type = 'table'").all() as { name: string }[]
  const counts = rows.map(({ name }) => [name, (db.prepare(`select count(*) as n from ${name}`).get() as { n: number }).n])
  db.close()
  return Object.fromEntries(counts) as Record<string, number>
}

async function countPostgres(url: string): Promise<Record<string, number>> {
  const client = new pg.Client(url)
  await client.connect()
  const { rows } = await client.query<{ name: string }>("select tablename as name from pg_tables where schemaname = 'public'")
  const counts: Record<string, number> = {}
  for (const { name } of rows) counts[name] = Number((await client.query(`select count(*) as n from ${name}`)).rows[0].n)
  await client.end()
  return counts
}

/** What a proof for a new payout address was bound to was readable until 0003-sealed, which takes it out. */
const withoutDrafts = (told: Record<string, unknown>): Record<string, unknown> =>
  JSON.parse(
    JSON.stringify(told, (_, value) => (value?.operation === 'payout_address.add' && value.method ? { ...value, target: null } : value)),
  ) as Record<string, unknown>

/** The class of a proof was a letter until 0007-class-words. */
const CLASS_WORDS: Record<string, string> = { T: 'trusted', P: 'two_steps', Q: 'lesser' }
const inWords = (told: Record<string, unknown>): Record<string, unknown> =>
  JSON.parse(
    JSON.stringify(told, (name, value) => (/^(via|class|createdVia|endedVia)$/.test(name) ? (CLASS_WORDS[value] ?? value) : value)),
  ) as Record<string, unknown>

const cases = releases().flatMap(release => (['sqlite', 'postgres'] as const).map(engine => ({ release, engine })))

describe.each(cases)('H11 a database of $release on $engine, opened by the current code', ({ release, engine }) => {
  let old: Old
  let fixture: Fixture
  let server: RunningLatchkey
  const open = (): Promise<RunningLatchkey> => {
    const { at, masterKey } = fixture
    return startLatchkey({ database: old.database, dataDir: folder, masterKey, at, policy: { preset: 'exchange' }, actions: ACTIONS })
  }
  beforeAll(async () => {
    fixture = readFixture(release, engine)
    old = await LOADERS[engine](release)
  })
  afterAll(() => server?.close())

  it('had every table filled, and is small', async () => {
    const empty = Object.entries(await old.counts()).filter(([, count]) => count === 0)
    expect(empty).toEqual([])
  })

  it('says what it said before', async () => {
    server = await open()
    const { ctx } = await internals.get(server.latchkey)!
    const { inbox, ...said } = withoutDrafts(await readAll(ctx, fixture.people))
    const { inbox: before, ...told } = inWords(withoutDrafts(fixture.told))
    expect(said).toMatchObject(told)
    // the message that was on its way may have come by now
    expect(inbox).toEqual(expect.arrayContaining(before as unknown[]))
  })

  it('keeps its sessions', async () => {
    for (const who of [fixture.people.sample, fixture.people.mei, fixture.people.ada]) {
      const page = await browserWith(server, who.cookies).open('/account/security')
      expect([page.status, page.url]).toEqual([200, '/account/security'])
    }
  })

  it('signs in by passkey, password, authenticator app and recovery code', async () => {
    const { sample, mei } = fixture.people
    for (const { key } of [sample, mei]) {
      const browser = await withKey(key)
      expect((await browser.signIn()).url).toBe('/account/security')
      Object.assign(key, (await browser.authenticator.export())[0])
    }
    server.clock.advance(MINUTE)
    expect(await secondStep('totp', await totp(sample.totpSecret, server.clock.now()))).toBe('/account/security')
    const [code = ''] = sample.recoveryCodes
    expect(await secondStep('recovery_code', code)).toBe('/account/security')
    expect(await secondStep('recovery_code', code)).toMatch(/^\/sign-in\/second/)
  })

  it('goes on with what was begun: a message on its way, an approval that is open', async () => {
    const { mei, sample, approvals } = fixture.people
    const messages = await server.messages('ada@example.com')
    expect(messages.some(({ text }) => text.includes('493021'))).toBe(true)
    const browser = await withKey(sample.key)
    await browser.signIn()
    for (const [n, words] of ['Approved', 'Approved', 'Rejected'].entries())
      expect((await browser.open(`/approve/${approvals[n]}`)).html).toContain(words)
    expect((await browserWith(server, mei.cookies).open(`/approve/${approvals[3]}`)).status).toBe(404)
  })

  async function withKey(key: ExportedKey): Promise<TestBrowser> {
    const browser = server.browser()
    browser.authenticator = await SoftwareAuthenticator.import({ origin: server.origin }, [key])
    return browser
  }

  async function secondStep(method: string, secret: string): Promise<string> {
    const browser = server.browser()
    const { email, password } = fixture.people.sample
    await browser.signInWithPassword(email, password)
    return (await browser.submit('/sign-in/second', { method, secret })).url
  }
})

it('H11 a migration takes out the rows that it names, and none beside them', async () => {
  const file = join(folder, 'beside.db')
  loadSqlite('0.1.0', file)
  const db = new DatabaseSync(file)
  const own = { step_up_grant: '', code: ", owner = 'beside'" }
  for (const [table, more] of Object.entries(own))
    db.exec(`create temp table one as select * from ${table} limit 1;
      update one set id = 'beside', operation = 'passkey.remove'${more};
      insert into ${table} select * from one;
      drop table one`)
  const store = await openSqlite({ file, seal: createSeal(new Uint8Array(32)) })
  await store.migrate()
  await store.close()
  for (const table of Object.keys(own))
    expect(
      db.prepare(`select operation from ${table} where id = 'beside' or operation in ('payout_address.add', '*')`).all(),
    ).toMatchObject([{ operation: 'passkey.remove' }])
  db.close()
})
