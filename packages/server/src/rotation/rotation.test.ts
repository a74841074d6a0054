import { randomBytes } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import type { AccountId } from '../domain/types.ts'
import { createKeys, type Keys } from '../keys.ts'
import { makeAccount, makeCtx } from '../methods/context.fixture.ts'
import { makeRecoveryCodes, recoveryCodeRows } from '../methods/index.ts'
import { KEY_CHECK, type SealedTable } from '../store/sealed.ts'
import { openSqlite } from '../store/sqlite.ts'
import type { SealedRow, Store } from '../store/store.ts'
import { checkKeys, RECOVERY_KEY } from './check.ts'
import { rotateKeys, statusLines } from './index.ts'
import { within } from './layers.ts'

const [first, second] = [randomBytes(32), randomBytes(32)]
const old = createKeys([{ id: 1, secret: first }])
const both = createKeys([
  { id: 2, secret: second },
  { id: 1, secret: first },
])

describe('H11 what is sealed within a sealed value', () => {
  const row = (fields: object, values: SealedRow['values']): SealedRow => ({
    ...{ key: 'k', keyIds: [], unreadable: false, values },
    fields: { account_id: 'a', ...fields },
  })
  const hash = old.sealPassword('$argon2id$x', 'a')
  const place = 'pending_change·payload·k'
  const payload = (text: string): string => Buffer.from(old.seal.encrypt(text, place)).toString('base64url')
  const password = JSON.stringify({ hash })

  test('the hash of a password, and what waits, once or twice', () => {
    const kept = within(both, 'authenticator', row({ kind: 'password' }, { data: password }))
    expect(kept.keyIds).toEqual([1])
    expect(both.openPassword(JSON.parse(kept.renewed().data!).hash, 'a')).toBe('$argon2id$x')
    const waiting = within(both, 'pending_change', row({ operation: 'password.change' }, { payload: payload(hash) }))
    expect(waiting.keyIds).toEqual([1, 1])
    const opened = both.seal.decrypt(Buffer.from(waiting.renewed().payload!, 'base64url'), place)
    expect(within(both, 'authenticator', row({ kind: 'password' }, { data: JSON.stringify({ hash: opened }) })).keyIds).toEqual([2])
  })

  test.each<[string, SealedTable, object, SealedRow['values']]>([
    ['of another method', 'authenticator', { kind: 'totp' }, { data: password }],
    ['of another table', 'session', { kind: 'password' }, { data: password }],
    ['of a row that does not open', 'authenticator', { kind: 'password' }, { data: null }],
    ['a hash that is not sealed', 'authenticator', { kind: 'password' }, { data: JSON.stringify({ hash: '$argon2id$x' }) }],
    ['what is no text', 'authenticator', { kind: 'password' }, { data: JSON.stringify({ hash: [hash] }) }],
    ['a payload of another table', 'session', { operation: 'password.change' }, { payload: payload(hash) }],
    ['a payload that does not open', 'pending_change', { operation: 'password.change' }, { payload: hash }],
    ['no payload', 'pending_change', { operation: 'password.change' }, { payload: null }],
  ])('but nothing %s', (_, table, fields, values) => {
    const found = within(both, table, row(fields, values))
    expect(found.keyIds).toEqual([])
    expect(found.renewed()).toEqual(values)
  })
})

describe('H11 a change of keys', () => {
  const stores: Store[] = []
  afterAll(() => Promise.all(stores.map(store => store.close())))
  async function opened(keys: Keys): Promise<Store> {
    const store = await openSqlite({ file: ':memory:', seal: keys.seal })
    stores.push(store)
    await store.migrate()
    return store
  }
  const metaOf = async (store: Store, prefix: string): Promise<string[]> =>
    (await store.read.meta.list(prefix)).map(({ key }) => key.slice(prefix.length)).toSorted()

  test('that is stopped takes no key away; one that ends does', async () => {
    const store = await opened(both)
    await checkKeys(store, old)
    await checkKeys(store, both)
    await rotateKeys(store, both, {}, AbortSignal.abort())
    expect(await metaOf(store, KEY_CHECK)).toEqual(['1', '2'])
    await rotateKeys(store, both)
    expect(await metaOf(store, KEY_CHECK)).toEqual(['2'])
  })

  test('keeps the code keys on which unused codes rest, of the older keys only', async () => {
    const ctx = { ...(await makeCtx()), store: await opened(both), keys: both }
    const { account } = await makeAccount(ctx, 'mei@example.com')
    const set = async (keys: Keys, id: string): Promise<void> => {
      const rows = recoveryCodeRows({ ...ctx, keys }, id, account.id as AccountId, makeRecoveryCodes())
      await ctx.store.transaction(async tx => {
        await tx.authenticators.removeAll(account.id, 'recovery_codes', 'active')
        await tx.authenticators.insert({
          ...{ id, accountId: account.id, kind: 'recovery_codes', status: 'active', data: {} },
          ...{ sessionId: null, createdAt: 1, expiresAt: null, lastUsedAt: null },
        })
        await tx.authenticators.insertRecoveryCodes(rows)
      })
    }
    await set(both, 'new')
    await rotateKeys(ctx.store, both, { pauseMs: 0 })
    expect(await metaOf(ctx.store, RECOVERY_KEY)).toEqual([])
    await set(old, 'old')
    await rotateKeys(ctx.store, both, { pauseMs: 0 })
    expect(await metaOf(ctx.store, RECOVERY_KEY)).toEqual(['1'])
    // whoever does not have the key leaves what is kept
    await rotateKeys(ctx.store, createKeys([{ id: 2, secret: second }]), { pauseMs: 0 })
    expect(await metaOf(ctx.store, RECOVERY_KEY)).toEqual(['1'])
  })

  test('goes three times over what somebody writes with another key all the time, and no more', async () => {
    const store = await opened(createKeys([{ id: 9, secret: randomBytes(32) }]))
    await makeAccount({ ...(await makeCtx()), store }, 'mei@example.com')
    let passes = 0
    const counting: Store = {
      ...store,
      read: store.read,
      transaction: work =>
        store.transaction(({ sealedRows, ...tx }) =>
          work({
            ...tx,
            sealedRows: {
              ...sealedRows,
              lockPage: (table, after, limit) => {
                if (table === 'identifier' && after === '') passes++
                return sealedRows.lockPage(table, after, limit)
              },
            },
          }),
        ),
    }
    const { keys } = await rotateKeys(counting, both, { pauseMs: 0 })
    expect(keys.find(({ id }) => id === 9)?.rows).toEqual({ identifier: 1 })
    expect(passes).toBe(3)
  })

  test('is told a line for each key', () => {
    const key = { configured: true, writes: false, rows: {}, recoveryCodes: 0 }
    const keys = [
      { ...key, id: 3, writes: true, rows: { session: 1 } },
      { ...key, id: 2, rows: { session: 2, outbox: 1 } },
      { ...key, id: 1 },
    ]
    expect(statusLines({ keys, unreadable: 0 })).toEqual([
      'Key 3 makes what is new.',
      'Key 2: rows rest on it (session 2, outbox 1). Run `latchkey keys rotate`.',
      'Key 1: nothing else rests on it; take it out of LATCHKEY_MASTER_KEY.',
    ])
  })
})
