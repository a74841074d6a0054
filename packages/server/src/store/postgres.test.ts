import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { startPostgres, type TestPostgres } from '@latchkey/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { migrationNames } from './migrate.ts'
import { openPostgres } from './postgres.ts'
import { accountsWithPasskeys, accountWithPasskeys, bytes, identifier, type Owner, signInRow, T0, uid } from './rows.fixture.ts'
import { createSeal } from './seal.ts'
import type { StatementSent } from './statements.ts'
import { storeContract } from './store.contract.ts'
import type { Store, Tables } from './store.ts'

/** Patient, since the machines that run tests may be slow: nothing here asserts a speed. */
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

const seal = createSeal(bytes(32))
let server: TestPostgres
let url: string
beforeAll(async () => {
  server = await startPostgres()
  url = await server.createDatabase('store_contract')
})
afterAll(async () => {
  await server?.stop()
})

/** Each that arrives goes on when all have; who comes again later finds the others there. */
function meeting(all: number): () => Promise<void> {
  let open = (): void => {}
  const gate = new Promise<void>(resolve => {
    open = resolve
  })
  return () => {
    if (--all <= 0) open()
    return gate
  }
}

const timeouts = { connectMs: 60_000, statementMs: 60_000, lockMs: 60_000 }

storeContract('PostgreSQL', () => openPostgres({ url, seal, timeouts }))

describe('the PostgreSQL store', () => {
  let store: Store
  let own: string
  beforeAll(async () => {
    own = await server.createDatabase('own')
    store = await openPostgres({ url: own, seal, timeouts })
    await store.migrate()
  })
  afterAll(() => store.close())

  const raw = async (sql: string, database = own): Promise<pg.QueryResult> => {
    const client = new pg.Client(database)
    await client.connect()
    try {
      return await client.query(sql)
    } finally {
      await client.end()
    }
  }

  it('is migrated once by four nodes that start together', async () => {
    const fresh = await server.createDatabase('together')
    const nodes = await Promise.all([1, 2, 3, 4].map(() => openPostgres({ url: fresh, seal, timeouts })))
    await Promise.all(nodes.map(node => node.migrate()))
    await Promise.all(nodes.map(node => node.close()))
    const ran = (await raw("select name from schema_migration where name <> ''", fresh)).rows.map(row => row.name as string)
    expect(ran.toSorted()).toEqual(migrationNames())
  })

  it('runs on a schema without sequences', async () => {
    expect((await raw("select 1 from pg_class where relkind = 'S'")).rows).toEqual([])
  })

  it('repeats a transaction that lost a deadlock, so both get through', async () => {
    const [a, b] = [uid(), uid()]
    const bothHoldOne = meeting(2)
    const both = (first: string, second: string) =>
      store.transaction(async tx => {
        await tx.limits.hit(first, 1_000, T0)
        await bothHoldOne()
        return tx.limits.hit(second, 1_000, T0)
      })
    await Promise.all([both(a, b), both(b, a)])
    expect((await store.read.limits.get(a))?.count).toBe(2)
    expect((await store.read.limits.get(b))?.count).toBe(2)
  })

  it('gives up a transaction that lost five times, and says "unavailable"', async () => {
    let tries = 0
    const alwaysLost = store.transaction(async () => {
      tries++
      throw Object.assign(new Error('deadlock detected'), { code: '40P01' })
    })
    await expect(alwaysLost).rejects.toMatchObject({ code: 'unavailable' })
    expect(tries).toBe(5)
  })

  it('says "unavailable" when a lock takes too long', async () => {
    const { id } = await accountWithPasskeys({ one: store, two: store }, 0)
    const holder = new pg.Client(own)
    await holder.connect()
    await holder.query('begin')
    await holder.query('select 1 from account where id = $1 for update', [id])
    const hasty = await openPostgres({ url: own, seal, timeouts: { ...timeouts, lockMs: 100 } })
    await expect(hasty.transaction(tx => tx.accounts.lock(id))).rejects.toMatchObject({ code: 'unavailable' })
    await holder.end()
    await hasty.close()
    expect(await store.transaction(tx => tx.accounts.lock(id))).not.toBeNull()
  })

  it('tells whoever listens each statement that it sends', async () => {
    const told: string[] = []
    const note = (message: unknown): unknown => told.push((message as StatementSent).sql)
    subscribe('latchkey.statement', note)
    await store.transaction(async tx => [await tx.meta.get('x'), await tx.sessions.find('x')])
    unsubscribe('latchkey.statement', note)
    expect(told).toEqual([/^begin/, /from "meta"/, /from session s/].map(sql => expect.stringMatching(sql)))
  })

  it('INV-2 a sign-in in flight opens no session that outlives the removal of its passkey', async () => {
    const { id, passkeys } = await accountWithPasskeys({ one: store, two: store }, 1)
    const { session, use } = signInRow(id, passkeys[0]!.id)
    const [begun, mayEnd] = [meeting(2), meeting(2)]
    const signIn = store.transaction(async tx => {
      await tx.passkeys.recordUse(use)
      await tx.sessions.insert(session)
      await begun()
      await mayEnd()
    })
    await begun()
    const removed = store.transaction(async tx => {
      await tx.sessions.withdrawEvidence(id, { credentialId: use.id }, null, T0 + 1, 'removed')
      await tx.passkeys.remove(id, use.id, T0 + 1, 'trusted')
    })
    const waiting = "select 1 from pg_stat_activity where datname = 'own' and wait_event_type = 'Lock'"
    await expect.poll(async () => (await raw(waiting)).rowCount).toBe(1)
    await mayEnd()
    await Promise.all([signIn, removed])
    expect(await store.read.sessions.list(id, T0)).toEqual([])
  })

  it('lets others go on who work on another account, passkey or value', async () => {
    const keys = [2, 1].map(id => ({ id, secret: bytes(32) }))
    const [one, hasty] = await Promise.all(
      [60_000, 100].map(lockMs => openPostgres({ url: own, seal: createSeal(keys), timeouts: { ...timeouts, lockMs } })),
    )
    const [first, second] = await accountsWithPasskeys({ one: store, two: store }, 2, 1)
    await store.transaction(async tx => {
      for (const key of ['keys.check.1', 'other']) await tx.meta.set(key, 'x')
    })
    const remove = async (tx: Tables, { id, passkeys }: Owner) => {
      await tx.accounts.lock(id)
      await tx.sessions.withdrawEvidence(id, { credentialId: passkeys[0]!.id }, null, T0, 'removed')
    }
    await one!.transaction(async tx => {
      await remove(tx, first!)
      await tx.identifiers.insert(identifier(first!.id))
      await hasty!.transaction(async other => {
        await remove(other, second!)
        await other.meta.set('other', 'y')
      })
    })
    expect(await store.read.meta.get('other')).toBe('y')
    await Promise.all([one!.close(), hasty!.close()])
  })

  it('rolls back and says so where the work swallowed an error of the database', async () => {
    const key = uid()
    const work = store.transaction(async tx => {
      await tx.meta.set(key, 'x')
      await tx.sessions
        .addEvidence(uid() as never, {
          method: 'totp',
          credentialId: null,
          userVerified: false,
          backupEligible: false,
          at: T0,
          operation: null,
          target: null,
        })
        .catch(() => {})
    })
    await expect(work).rejects.toThrow('rolled back')
    expect(await store.read.meta.get(key)).toBeNull()
  })

  it('survives its connections being killed', async () => {
    const key = uid()
    await store.transaction(tx => tx.meta.set(key, 'x'))
    await raw("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'latchkey' and datname = 'own'")
    await expect.poll(() => store.read.meta.get(key).catch(() => null)).toBe('x')
    const cut = store.transaction(async tx => {
      await tx.meta.set(key, 'y')
      await raw("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'latchkey' and datname = 'own'")
      await tx.meta.set(key, 'z')
    })
    await expect(cut).rejects.toMatchObject({ code: 'unavailable' })
    expect(await store.read.meta.get(key)).toBe('x')
  })

  it('says "unavailable" where nobody listens', async () => {
    const nowhere = await openPostgres({ url: 'postgres://nobody:x@127.0.0.1:1/none', seal })
    const { id, passkeys } = { id: uid() as never, passkeys: [uid() as never] }
    const row = signInRow(id, passkeys[0]!)
    for (const call of [
      () => nowhere.read.meta.get('x'),
      () => nowhere.transaction(tx => tx.meta.get('x')),
      () => nowhere.migrate(),
      () => nowhere.clockSkew(0),
      () => nowhere.signInWithPasskey(row),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'unavailable' })
    }
    await nowhere.close()
  })

  it('says "unavailable" when a statement takes too long, and the connection serves again', async () => {
    const hasty = await openPostgres({ url: own, seal, poolSize: 1, timeouts: { ...timeouts, statementMs: 4_000 } })
    const holder = new pg.Client(own)
    await holder.connect()
    await holder.query('begin; lock table meta in access exclusive mode')
    await expect(hasty.read.meta.get('x')).rejects.toMatchObject({ code: 'unavailable' })
    await holder.end()
    expect(await hasty.read.meta.get('x')).toBeNull()
    await hasty.close()
  })

  it('says "unavailable" when no connection comes free', async () => {
    const small = await openPostgres({ url: own, seal, poolSize: 1, timeouts: { ...timeouts, connectMs: 2_000 } })
    let release = (): void => {}
    let began = (): void => {}
    const begun = new Promise<void>(resolve => (began = resolve))
    const slow = small.transaction(
      () =>
        new Promise<void>(resolve => {
          release = resolve
          began()
        }),
    )
    await begun
    await expect(small.read.meta.get('x')).rejects.toMatchObject({ code: 'unavailable' })
    release()
    await slow
    expect(await small.read.meta.get('x')).toBeNull()
    await small.close()
  })
})
