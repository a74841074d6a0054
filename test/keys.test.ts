import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { internals } from '@latchkey/server/internals'
import { type ExportedKey, SoftwareAuthenticator, startPostgres, type TestPostgres, totp } from '@latchkey/testing'
import { type RunningLatchkey, startLatchkey, TestBrowser } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Ctx } from '../packages/server/src/ctx.ts'
import type { AccountId } from '../packages/server/src/domain/types.ts'
import { addPending } from '../packages/server/src/flows/change/pending.ts'
import { mint } from '../packages/server/src/flows/prove/authority.ts'
import { hashPassword, makeRecoveryCodes, recoveryCodeRows } from '../packages/server/src/methods/index.ts'
import { isUsed, keyStatus, rotateKeys, statusLines } from '../packages/server/src/rotation/index.ts'
import { openPostgres } from '../packages/server/src/store/postgres.ts'
import { createSeal } from '../packages/server/src/store/seal.ts'
import { openSqlite } from '../packages/server/src/store/sqlite.ts'
import type { Store } from '../packages/server/src/store/store.ts'
import { readColumns } from './fixtures/columns.ts'
import { type Fixture, loadPostgres, loadSqlite, readFixture } from './fixtures/databases/load.ts'
import { ACTIONS, browserWith } from './fixtures/databases/people.ts'
import { readAll } from './fixtures/databases/read.ts'

const MINUTE = 60_000
const DAY = 1_440 * MINUTE
const NEW_PASSWORD = 'violet teapot marching home'
let folder = ''
let postgres: TestPostgres
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-keys-'))
  postgres = await startPostgres()
})
afterAll(async () => {
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const newKey = (): string => randomBytes(32).toString('base64')
let databases = 0

/** The store, with a stop ordered after that many transactions. */
const endingAfter = (count: number, store: Store, stopping: AbortController): Store => ({
  ...store,
  transaction: work =>
    store.transaction(work).finally(() => {
      if (--count <= 0) stopping.abort()
    }),
})

describe.each(['sqlite', 'postgres'] as const)('H11 master keys on %s', engine => {
  const empty = async (): Promise<string> =>
    engine === 'sqlite' ? join(folder, `empty${++databases}.db`) : postgres.createDatabase(`empty${++databases}`)
  const filled = async (): Promise<{ database: string; fixture: Fixture }> => {
    const database = await empty()
    await (engine === 'sqlite' ? loadSqlite('0.1.0', database) : loadPostgres('0.1.0', database))
    return { database, fixture: readFixture('0.1.0', engine) }
  }
  const open = (database: string, masterKey: string, at?: number): Promise<RunningLatchkey> =>
    startLatchkey({ database, dataDir: folder, masterKey, policy: { preset: 'exchange' }, actions: ACTIONS, ...(at ? { at } : {}) })
  /** What a start says, a line each. */
  const refusal = async (database: string, masterKey: string): Promise<string[]> => {
    const outcome = await open(database, masterKey).catch(error => error as { problems: string[] })
    if ('problems' in outcome) return outcome.problems
    await outcome.close()
    return []
  }

  it('DB-6 another master key, and a missing one, is one line at start', async () => {
    const [database, first, second] = [await empty(), newKey(), newKey()]
    await (await open(database, first)).close()
    expect(await refusal(database, second)).toEqual([
      expect.stringMatching(/^Master key 1 is not the one that this database was sealed with/),
    ])
    expect(await refusal(database, `2:${second}`)).toEqual([
      expect.stringMatching(/^This database still rests on master key 1, and only key 2/),
    ])
    expect(await refusal(database, `2:${first},1:${second}`)).toEqual([expect.stringMatching(/^Master key 1 is not/)])
    expect(await refusal(database, `1:${first},2:${second}`)).toEqual([])
    expect(await refusal(database, `2:${second},1:${first}`)).toEqual([])
    // by now the second one may have sealed something
    expect(await refusal(database, first)).toEqual([expect.stringMatching(/rests on master key 2/)])
  })

  it('DB-6 a database of before gets its check value only from the key that opens it', async () => {
    const { database, fixture } = await filled()
    const wrong = newKey()
    expect(await refusal(database, wrong)).toEqual([expect.stringMatching(/^The master key opens nothing in this database/)])
    expect(await refusal(database, `2:${wrong}`)).toEqual([expect.stringMatching(/^The master key opens nothing/)])
    expect((await readColumns(database)).values.filter(value => value.text.startsWith('keys.check'))).toEqual([])
    expect(await refusal(database, fixture.masterKey)).toEqual([])
    expect(await refusal(database, wrong)).toEqual([expect.stringMatching(/^Master key 1 is not/)])
  })

  it('a drill: the key is changed under a live server, the old one is taken out, and everybody signs in as before', async () => {
    const { database, fixture } = await filled()
    const { at, masterKey: old, people } = fixture
    const fresh = newKey()

    const before = await open(database, old, at)
    const codes = await moreOfEverything(before, fixture)
    const signed = await signedValues(before, people.mei.key)
    await before.messages()
    const told = await readAll(await ctxOf(before), people)
    await before.close()

    // both keys: what the old one made counts, before anything is sealed anew
    let server = await open(database, `2:${fresh},1:${old}`, at)
    let ctx = await ctxOf(server)
    expect(await readAll(ctx, people)).toEqual(told)
    await signed.areGoodAt(server)
    expect(await ctx.store.read.identifiers.find('email', people.ada.email)).toMatchObject({ accountId: people.ada.accountId })
    await expect(ctx.store.transaction(tx => tx.identifiers.insert(another(people.ada.email, people.mei.accountId)))).rejects.toMatchObject(
      {
        code: 'identifier_taken',
      },
    )

    // stopped half-way, and begun again, with a sign-in in between
    const stopping = new AbortController()
    const half = rotateKeys(endingAfter(12, ctx.store, stopping), ctx.keys, { batch: 5, pauseMs: 0 }, stopping.signal)
    expect((await half).keys.map(isUsed)).toEqual([true, true])
    expect(await signInBy(server, people.mei.key)).toBe('/account/security')
    const status = await rotateKeys(ctx.store, ctx.keys, { batch: 7, pauseMs: 0 })
    expect(status).toMatchObject({
      unreadable: 0,
      keys: [
        { id: 2, writes: true },
        { id: 1, rows: {}, recoveryCodes: 10 },
      ],
    })
    expect(statusLines(status)[1]).toBe(
      'Key 1: nothing else rests on it; take it out of LATCHKEY_MASTER_KEY. 10 recovery codes rest on its code key, which is kept.',
    )
    expect(afterwards(await readAll(ctx, people))).toEqual(afterwards(told))
    await server.close()
    expect(await keyIds(database)).toEqual([2])

    // the new key alone
    server = await open(database, `2:${fresh}`, at + MINUTE)
    ctx = await ctxOf(server)
    expect(afterwards(await readAll(ctx, people))).toEqual(afterwards(told))
    for (const who of [people.sample, people.mei, people.ada])
      expect((await browserWith(server, who.cookies).open('/account/security')).url).toBe('/account/security')
    expect(await signInBy(server, people.sample.key)).toBe('/account/security')
    server.clock.advance(MINUTE)
    expect(await secondStep(server, people.sample, 'totp', await totp(people.sample.totpSecret, server.clock.now()))).toBe(
      '/account/security',
    )
    expect(await secondStep(server, people.sample, 'recovery_code', codes[0] ?? '')).toBe('/account/security')
    expect(await secondStep(server, people.sample, 'recovery_code', codes[0] ?? '')).toMatch(/^\/sign-in\/second/)
    const [vault] = await ctx.store.read.payoutAddresses.list(people.sample.accountId as AccountId)
    const { accountId, asset, network, address, memo } = vault!
    expect(await ctx.store.read.payoutAddresses.find(accountId, asset, network, address, memo)).toEqual(vault)
    const approved = (await ctx.store.read.approvals.get(people.approvals[1] ?? ''))!
    expect(await ctx.store.transaction(tx => tx.approvals.consume(approved.id, approved.accountId, approved.detailsHash, at))).toBe(true)

    // what waited when the key was changed takes effect: a new address, and a new password, whose hash is sealed twice
    server.clock.advance(3 * DAY + 1)
    expect(await signInBy(server, people.sample.key)).toBe('/account/security')
    expect(await secondStep(server, { email: 'sample.new@example.com', password: NEW_PASSWORD }, 'recovery_code', codes[1] ?? '')).toBe(
      '/account/security',
    )
    await server.close()
    expect(await refusal(database, old)).not.toEqual([])
  })

  it('two servers that prefer different keys make one account of one address, and neither loses a row', async () => {
    const [database, a, b] = [await empty(), newKey(), newKey()]
    const one = await open(database, `1:${a},2:${b}`)
    const two = await open(database, `2:${b},1:${a}`)
    const [first, second] = [await ctxOf(one), await ctxOf(two)]
    const owners = await Promise.all([signUp(one, 'one@example.com'), signUp(two, 'two@example.com')])
    for (let n = 0; n < 5; n++) {
      const tries = [first, second, first, second].map((ctx, i) =>
        ctx.store
          .transaction(tx => tx.identifiers.insert(another(`same${n}@example.com`, owners[i % 2]!)))
          .then(
            () => 'made',
            error => error.code,
          ),
      )
      expect((await Promise.all(tries)).toSorted()).toEqual(['identifier_taken', 'identifier_taken', 'identifier_taken', 'made'])
    }
    // the one that writes with the old key is still there: it finds all that was sealed anew, and what it writes is told
    await rotateKeys(second.store, second.keys, { pauseMs: 0 })
    expect((await keyStatus(second.store, second.keys)).keys.find(key => key.id === 1)?.rows).toEqual({})
    expect(await first.store.read.identifiers.find('email', 'two@example.com')).toMatchObject({ accountId: owners[1] })
    await signUp(one, 'three@example.com')
    expect((await keyStatus(second.store, second.keys)).keys.find(key => key.id === 1)?.rows).toMatchObject({ identifier: 1 })
    expect(statusLines(await keyStatus(second.store, second.keys)).join()).toMatch(/Key 1: rows rest on it .*identifier 1.*keys rotate/)
    await Promise.all([one.close(), two.close()])
  })

  it('a row that no key opens is counted, and keeps no other from being sealed anew', async () => {
    const [database, a, b] = [await empty(), newKey(), newKey()]
    const server = await open(database, `2:${b},1:${a}`)
    const { store, keys } = await ctxOf(server)
    const accountId = await signUp(server, 'mei@example.com')
    const strange = { one: createSeal(randomBytes(32)), nine: createSeal([{ id: 9, secret: randomBytes(32) }]) }
    for (const seal of Object.values(strange)) {
      const other = engine === 'sqlite' ? await openSqlite({ file: database, seal }) : await openPostgres({ url: database, seal })
      await other.transaction(tx => tx.identifiers.insert({ ...another('lost@example.com', accountId), supersededAt: 2 }))
      await other.close()
    }
    const old = await open(database, `1:${a},2:${b}`)
    await signUp(old, 'ada@example.com')
    await old.close()
    const status = await rotateKeys(store, keys, { pauseMs: 0 })
    expect(status).toMatchObject({
      unreadable: 2,
      keys: [{ id: 2 }, { id: 1, rows: {} }, { id: 9, configured: false, rows: { identifier: 1 } }],
    })
    expect(statusLines(status).at(-1)).toBe('2 rows open with none of these keys.')
    await server.close()
  })

  it('counters of failures go on through a change of keys', async () => {
    const [database, a, b] = [await empty(), newKey(), newKey()]
    const wrong = async (server: RunningLatchkey): Promise<string> => {
      await server.browser().signInWithPassword('nobody@example.com', 'not the right one')
      return (await readColumns(database)).values
        .filter(value => value.column === 'limit_bucket.key')
        .map(value => value.text)
        .toSorted()
        .join()
    }
    const before = await open(database, a)
    const keys = await wrong(before)
    await before.close()
    const after = await open(database, `2:${b},1:${a}`)
    expect(await wrong(after)).toBe(keys)
    await after.close()
  })

  /** Which keys the sealed values of a whole database are under. */
  async function keyIds(database: string): Promise<number[]> {
    const { values } = await readColumns(database)
    const sealed = values.filter(value => value.column.includes('.sealed_'))
    expect(sealed.length).toBeGreaterThan(100)
    return [...new Set(sealed.map(value => value.text.charCodeAt(0)))]
  }
})

const ctxOf = async (server: RunningLatchkey): Promise<Ctx> => (await internals.get(server.latchkey)!).ctx

const another = (value: string, accountId: string) => ({
  ...{ id: randomBytes(8).toString('hex'), accountId: accountId as AccountId, kind: 'email' as const, value },
  ...{ verifiedAt: 1, createdAt: 1, supersededAt: null },
})

async function signUp(server: RunningLatchkey, email: string): Promise<string> {
  await server.browser().signUp(email)
  return (await (await ctxOf(server)).store.read.identifiers.find('email', email))!.accountId
}

/** Password hashes are sealed anew, and are compared by signing in; Mei did so meanwhile. */
const afterwards = ({ 'account 1': _mei, inbox: _inbox, ...told }: Record<string, unknown>): Record<string, unknown> =>
  JSON.parse(JSON.stringify(told, (name, value) => (name === 'hash' || name === 'payload' ? undefined : value))) as Record<string, unknown>

/** A set of recovery codes as they are made today, and a change of password that waits. @returns the codes */
async function moreOfEverything(server: RunningLatchkey, { people }: Fixture): Promise<string[]> {
  const { ctx, maintenance } = await internals.get(server.latchkey)!
  await maintenance.run()
  const accountId = people.sample.accountId as AccountId
  const codes = makeRecoveryCodes()
  const payload = await hashPassword(ctx, NEW_PASSWORD, { accountId, ip: '192.0.2.1' })
  await ctx.store.transaction(async tx => {
    const facts = (await tx.accounts.lock(accountId))!
    await tx.authenticators.removeAll(accountId, 'recovery_codes', 'active')
    const set = { id: `set-${accountId}`, accountId, kind: 'recovery_codes', status: 'active', data: { savedAt: ctx.now() } } as const
    await tx.authenticators.insert({ ...set, sessionId: null, createdAt: ctx.now(), expiresAt: null, lastUsedAt: null })
    await tx.authenticators.insertRecoveryCodes(recoveryCodeRows(ctx, set.id, accountId, codes))
    const decision = { kind: 'wait', waitMs: 3 * DAY, pauseMs: 0 } as const
    const authority = mint('step_up', { operation: 'password.change', target: null, proofClass: 'lesser', decision, credentialId: null })
    await addPending({ tx, ctx, facts, session: null }, authority, { payload, until: ctx.now() + 3 * DAY })
  })
  return codes
}

/** What a browser holds that we signed: a form, a challenge, the cookie by which a device is known. */
async function signedValues(server: RunningLatchkey, key: ExportedKey) {
  const device = await SoftwareAuthenticator.import({ origin: server.origin }, [key])
  const browser = server.browser()
  browser.authenticator = device
  await browser.signIn()
  await browser.open('/account/security')
  await browser.submit('/sign-out')
  const page = await browser.open('/sign-in')
  const token = /name="form_token" value="([^"]+)"/.exec(page.html)?.[1] ?? ''
  const response = JSON.stringify(await device.get(TestBrowser.options(page)))
  const cookies = [...browser.cookies]
  return {
    async areGoodAt(other: RunningLatchkey): Promise<void> {
      const same = browserWith(other, cookies)
      const messages = (await other.messages()).length
      const done = await same.submit('/sign-in/passkey', { form_token: token, response })
      expect(done.url).toBe('/account/security')
      // a device that is not known is told to the owner
      expect((await other.messages()).length).toBe(messages)
    },
  }
}

async function signInBy(server: RunningLatchkey, key: ExportedKey): Promise<string> {
  const browser = server.browser()
  browser.authenticator = await SoftwareAuthenticator.import({ origin: server.origin }, [key])
  return (await browser.signIn()).url
}

async function secondStep(
  server: RunningLatchkey,
  { email, password }: { email: string; password: string },
  method: string,
  secret: string,
): Promise<string> {
  const browser = server.browser()
  await browser.signInWithPassword(email, password)
  return (await browser.submit('/sign-in/second', { method, secret })).url
}
