import { hash } from '@node-rs/argon2'
import { beforeAll, describe, expect, test } from 'vitest'
import { rowOf } from '../limits/buckets.ts'
import { attemptOf } from './attempt.ts'
import { addAuthenticator, client, factsOf, makeAccount, makeCtx, refusal, signInOf, type TestCtx } from './context.fixture.ts'
import { hashPool } from './hash-pool.ts'
import { checkNewPassword, hashPassword, proveSecret, verifyPassword } from './index.ts'

const PASSWORD = 'seven purple otters juggle'
let ctx: TestCtx
beforeAll(async () => {
  ctx = await makeCtx({ brand: { name: 'Harbor Exchange' } })
})

const check = (password: string, secondStep = false, context: string[] = []): Promise<string> =>
  checkNewPassword(ctx, password, { secondStep, context }).then(
    () => 'ok',
    error => error.code,
  )

describe('a new password', () => {
  test.each([
    ['14 characters alone', 'xk3-Vq9+Zm7=Rt', false, 'password_too_short'],
    ['15 characters alone', 'xk3-Vq9+Zm7=Rt5', false, 'ok'],
    ['7 beside a second step', 'xk3-Vq9', true, 'password_too_short'],
    ['8 beside a second step', 'xk3-Vq9+', true, 'ok'],
    ['words with spaces', PASSWORD, false, 'ok'],
    ['two words that take a guesser hours', 'greenhouse-april', false, 'ok'],
    ['any script', 'ключ·море·лампа·снег·утро', false, 'ok'],
    ['256 characters', 'aB3$'.repeat(2) + 'kzqwv7x!'.repeat(31), false, 'ok'],
    ['257 characters', `x${'kzqwv7x!'.repeat(32)}`, false, 'password_too_long'],
    ['256 characters of two units each', '🦦🎹🌋🪁🧭🪗🗿🪐'.repeat(32), false, 'ok'],
    ['much that is little once it is normalised', 'e\u0323\u0302'.repeat(200), false, 'password_too_long'],
    ['a megabyte', 'k'.repeat(1_000_000), false, 'password_too_long'],
    ['a known leak', 'password1', true, 'password_breached'],
    ['a known leak in capitals', 'PassWord1', true, 'password_breached'],
    ['easy to guess', 'aaaaaaaaaaaaaaaa', false, 'password_weak'],
    ['a date and a name', 'michael19801980', false, 'password_weak'],
    ['the brand', 'HarborExchange1', false, 'password_weak'],
    ['the host', 'accounts.example.com', false, 'password_weak'],
  ])('%s', async (_, password, secondStep, answer) => expect(await check(password, secondStep)).toBe(answer))

  test('says how long it has to be', async () =>
    expect(await refusal(checkNewPassword(ctx, 'short', { secondStep: true, context: [] }))).toMatchObject({ minLength: 8 }))
  test('no part of the own address', async () =>
    expect(await check('mei.lindqvist.2026', false, ['mei.lindqvist@example.com'])).toBe('password_weak'))
  test.each([
    ['three others', 'zqxvk7!zqxv', 'password_weak'],
    ['four others', 'zqxvk7!%zqxv', 'ok'],
  ])('a word of four letters that a guesser knows, and %s', async (_, password, answer) =>
    expect(await check(password, true, ['zqxv'])).toBe(answer),
  )
  test('code points count, not UTF-16 units', async () => expect(await check('🦦🎹🌋🪁🧭🪗🗿', true)).toBe('password_too_short'))
})

describe('the hash', () => {
  const owner = { accountId: 'a1', ip: '192.0.2.1' }

  test('is argon2id at the floor, sealed, and bound to its account', async () => {
    const sealed = await hashPassword(ctx, PASSWORD, owner)
    expect(ctx.keys.openPassword(sealed, 'a1')).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(sealed).not.toContain('argon2')
    expect(() => ctx.keys.openPassword(sealed, 'a2')).toThrow()
  })

  test('of what is too long is not made', async () =>
    expect(await refusal(hashPassword(ctx, 'x'.repeat(257), owner))).toEqual({ code: 'password_too_long' }))

  test('NFKC: two spellings of one password are one', async () => {
    const sealed = await hashPassword(ctx, 'caf\u00e9 ﬁne and very long', owner)
    expect(await verifyPassword(ctx, 'cafe\u0301 fine and very long', owner, sealed)).toEqual({ fits: true, outdated: false })
    expect(await verifyPassword(ctx, 'cafe fine and very long', owner, sealed)).toEqual({ fits: false, outdated: false })
  })

  test('without a hash nothing fits, after the same work', async () => {
    await verifyPassword(ctx, 'warm', owner, null)
    const sealed = await hashPassword(ctx, PASSWORD, owner)
    const time = async (hashOrNull: string | null): Promise<number> => {
      const before = performance.now()
      expect(await verifyPassword(ctx, 'wrong', owner, hashOrNull)).toEqual({ fits: false, outdated: false })
      return performance.now() - before
    }
    const [known, unknown]: [number[], number[]] = [[], []]
    for (let i = 0; i < 7; i++) {
      known.push(await time(sealed))
      unknown.push(await time(null))
    }
    // the exact comparison is T-12's; here only that no branch skips the hash, on a machine as busy as may be
    expect(Math.min(...unknown) / Math.min(...known)).toBeGreaterThan(0.2)
  })
})

describe('proving it', () => {
  test('the right one gives evidence and ends the row of failures; a wrong one and an unknown account answer alike (INV-16)', async () => {
    const account = await makeAccount(ctx, 'p1@example.com')
    const sealed = await hashPassword(ctx, PASSWORD, { accountId: account.account.id, ip: '192.0.2.1' })
    const { facts } = await addAuthenticator(ctx, account, 'password', { hash: sealed })
    const wrong = await refusal(proveSecret(ctx, 'password', signInOf(facts), 'not this one'))
    expect(wrong).toEqual({ code: 'invalid_credentials' })
    expect(await refusal(proveSecret(ctx, 'password', signInOf(null, { identifier: 'nobody@example.com' }), PASSWORD))).toEqual(wrong)
    expect(await refusal(proveSecret(ctx, 'password', signInOf(await makeAccount(ctx, 'p2@example.com')), PASSWORD))).toEqual(wrong)
    const proven = await proveSecret(ctx, 'password', signInOf(facts), PASSWORD)
    expect(proven.evidence).toEqual({
      method: 'password',
      credentialId: null,
      userVerified: false,
      backupEligible: false,
      at: ctx.now(),
      operation: null,
      target: null,
    })
    const key = rowOf(ctx, 'password', attemptOf(signInOf(facts))) ?? ''
    // the wrong ones for that address; the right one counted for nothing
    expect(await ctx.store.read.limits.get(key)).toMatchObject({ count: 2 })
    await ctx.store.transaction(tx => proven.apply(tx))
    expect(await ctx.store.read.limits.get(key)).toBeNull()
  })

  test('H12 a server that is too busy to compare costs no try', async () => {
    const account = await makeAccount(ctx, 'p6@example.com')
    const owner = { accountId: account.account.id, ip: '192.0.2.66' }
    const { facts } = await addAuthenticator(ctx, account, 'password', { hash: await hashPassword(ctx, PASSWORD, owner) })
    const request = signInOf(facts, { client: client(owner.ip), identifier: 'p6@example.com' })
    let release = (): void => {}
    const gate = new Promise<void>(resolve => {
      release = resolve
    })
    // all places that one prefix may have
    const held = Array.from({ length: 200 }, () => hashPool.run(owner.ip, () => gate).catch(() => {}))
    for (let n = 0; n < 20; n++) expect((await refusal(proveSecret(ctx, 'password', request, 'wrong'))).code).toBe('busy')
    release()
    await Promise.all(held)
    for (let n = 0; n < 4; n++)
      expect(await refusal(proveSecret(ctx, 'password', request, 'wrong'))).toEqual({ code: 'invalid_credentials' })
    const proven = await proveSecret(ctx, 'password', request, PASSWORD)
    await ctx.store.transaction(tx => proven.apply(tx))
  })

  test('is refused when the password was changed or removed meanwhile', async () => {
    const account = await makeAccount(ctx, 'p3@example.com')
    const owner = { accountId: account.account.id, ip: '192.0.2.9' }
    const { facts, row } = await addAuthenticator(ctx, account, 'password', { hash: await hashPassword(ctx, PASSWORD, owner) })
    const request = signInOf(facts, { client: client('192.0.2.9') })
    const [one, two] = [await proveSecret(ctx, 'password', request, PASSWORD), await proveSecret(ctx, 'password', request, PASSWORD)]
    const other = await hashPassword(ctx, 'another one altogether', owner)
    await ctx.store.transaction(tx => tx.authenticators.setData(row.id, { hash: other }))
    expect(await refusal(ctx.store.transaction(tx => one.apply(tx)))).toEqual({ code: 'invalid_credentials' })
    await ctx.store.transaction(tx => tx.authenticators.setStatus(row.id, 'removed'))
    expect(await refusal(ctx.store.transaction(tx => two.apply(tx)))).toEqual({ code: 'invalid_credentials' })
  })

  test('one that must be changed still proves', async () => {
    const account = await makeAccount(ctx, 'p4@example.com')
    const owner = { accountId: account.account.id, ip: '192.0.2.10' }
    const { row } = await addAuthenticator(ctx, account, 'password', { hash: await hashPassword(ctx, PASSWORD, owner) })
    await ctx.store.transaction(tx => tx.authenticators.setStatus(row.id, 'must_change'))
    const proven = await proveSecret(
      ctx,
      'password',
      signInOf(await factsOf(ctx, account.account.id), { client: client('192.0.2.10') }),
      PASSWORD,
    )
    await expect(ctx.store.transaction(tx => proven.apply(tx))).resolves.toBeUndefined()
  })

  test.each([
    ['memory', { memoryCost: 19_455, timeCost: 2 }],
    ['passes', { memoryCost: 19_456, timeCost: 1 }],
  ])('a hash of old with less %s is renewed, once it fits', async (less, cost) => {
    const account = await makeAccount(ctx, `less-${less}@example.com`)
    const cheap = await hash(PASSWORD, { ...cost, parallelism: 1 })
    const { facts, row } = await addAuthenticator(ctx, account, 'password', { hash: ctx.keys.sealPassword(cheap, account.account.id) })
    const proven = await proveSecret(ctx, 'password', signInOf(facts, { client: client('192.0.2.11') }), PASSWORD)
    await ctx.store.transaction(tx => proven.apply(tx))
    const renewed = await ctx.store.read.authenticators.find(row.accountId, 'password', 'active')
    expect(ctx.keys.openPassword(String(renewed?.data.hash), row.accountId)).toContain('m=19456,t=2,p=1')
  })
})
