import { randomBytes, randomUUID } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { hash } from '@node-rs/argon2'
import { beforeAll, describe, expect, test } from 'vitest'
import type { AccountFacts, AccountId } from '../domain/types.ts'
import { createKeys } from '../keys.ts'
import { rowOf } from '../limits/buckets.ts'
import type { RecoveryCodeRow } from '../store/store.ts'
import { attemptOf } from './attempt.ts'
import { addAuthenticator, makeAccount, makeCtx, refusal, signInOf, type TestCtx } from './context.fixture.ts'
import { hashPool } from './hash-pool.ts'
import { makeRecoveryCodes, proveSecret, recoveryCodeRows } from './index.ts'

let ctx: TestCtx
beforeAll(async () => {
  ctx = await makeCtx()
})

async function withCodes(address: string, hash?: 'argon2id'): Promise<{ facts: AccountFacts; codes: string[]; setId: string }> {
  const account = await makeAccount(ctx, address)
  const codes = makeRecoveryCodes()
  const { row } = await addAuthenticator(ctx, account, 'recovery_codes', {})
  const rows = hash ? await slowRows(row.id, account.account.id, codes) : recoveryCodeRows(ctx, row.id, account.account.id, codes)
  await ctx.store.transaction(tx => tx.authenticators.insertRecoveryCodes(rows))
  const facts = await ctx.store.read.accounts.facts(account.account.id)
  return { facts: facts as AccountFacts, codes, setId: row.id }
}
/** As a set was written before its codes were MACs. */
const slowRows = (setId: string, accountId: AccountId, codes: string[]): Promise<RecoveryCodeRow[]> =>
  Promise.all(
    codes.map(async code => ({
      ...{ id: randomUUID(), setId, accountId, prefix: code.slice(0, 3), usedAt: null },
      hash: await hash(code.replaceAll('-', ''), { memoryCost: 4_096, timeCost: 1, parallelism: 1 }),
    })),
  )

const use = (facts: AccountFacts, code: string): Promise<string> =>
  proveSecret(ctx, 'recovery_code', signInOf(facts, { client: { ip: randomUUID(), userAgent: '', deviceId: null } }), code)
    .then(proven => ctx.store.transaction(tx => proven.apply(tx)))
    .then(
      () => 'ok',
      error => error.code,
    )

describe('F35 recovery codes', () => {
  test('ten of sixteen Crockford characters, each found by a prefix of its own', () => {
    const codes = makeRecoveryCodes()
    expect(codes).toHaveLength(10)
    for (const code of codes) expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/)
    expect(new Set(codes.map(code => code.slice(0, 3))).size).toBe(10)
    expect(new Set([...codes, ...makeRecoveryCodes()]).size).toBe(20)
  })

  test('H11 a MAC each, bound to its account, under a key that is not in the database; nothing of the code but its prefix is kept', async () => {
    const codes = makeRecoveryCodes()
    const { account } = await makeAccount(ctx, 'r0@example.com')
    const rows = recoveryCodeRows(ctx, 'set', account.id, codes)
    expect(recoveryCodeRows(ctx, 'set', 'another' as never, codes)[0]?.hash).not.toBe(rows[0]?.hash)
    expect(createKeys(randomBytes(32)).recoveryCodes.fits(rows[0]?.hash ?? '', account.id, codes[0]?.replaceAll('-', '') ?? '')).toBe(false)
    for (const [i, row] of rows.entries()) {
      expect(row.hash).toMatch(/^hmac-sha256\.1\.[\w-]{43}$/)
      expect(codes[i]?.startsWith(row.prefix)).toBe(true)
      expect(JSON.stringify(row)).not.toContain(codes[i]?.slice(5, 9))
    }
  })

  test('what is no code makes no row', () =>
    expect(() => recoveryCodeRows(ctx, 'set', 'a' as AccountId, ['0000-0000'])).toThrow('not a recovery code'))

  test('a right one ends the row of failures (F48)', async () => {
    const { facts, codes } = await withCodes('r7@example.com')
    const request = signInOf(facts, { identifier: 'r7@example.com' })
    await refusal(proveSecret(ctx, 'recovery_code', request, '0000-0000-0000-0000'))
    const key = rowOf(ctx, 'recovery_code', attemptOf(request)) ?? ''
    expect(await ctx.store.read.limits.get(key)).toMatchObject({ count: 1 })
    const proven = await proveSecret(ctx, 'recovery_code', request, codes[0] ?? '')
    await ctx.store.transaction(tx => proven.apply(tx))
    expect(await ctx.store.read.limits.get(key)).toBeNull()
  })

  test('each works once (INV-5)', async () => {
    const { facts, codes } = await withCodes('r1@example.com')
    expect([await use(facts, codes[0] ?? ''), await use(facts, codes[0] ?? ''), await use(facts, (codes[1] ?? '').toLowerCase())]).toEqual([
      'ok',
      'code_wrong',
      'ok',
    ])
    expect((await ctx.store.read.accounts.facts(facts.account.id))?.recoveryCodes?.left).toBe(8)
  })

  test('V-7 eight at once, one success', async () => {
    const { facts, codes } = await withCodes('r2@example.com')
    const answers = await Promise.all(Array.from({ length: 8 }, () => use(facts, codes[0] ?? '')))
    expect(answers.filter(a => a === 'ok')).toHaveLength(1)
  })

  test('of a replaced set, of another account, wrong, unknown: all alike', async () => {
    const mine = await withCodes('r3@example.com')
    const other = await withCodes('r4@example.com')
    expect(await use(mine.facts, other.codes[0] ?? '')).toBe('code_wrong')
    expect(await refusal(proveSecret(ctx, 'recovery_code', signInOf(null), mine.codes[0] ?? ''))).toEqual({ code: 'code_wrong' })
    const proven = await proveSecret(ctx, 'recovery_code', signInOf(mine.facts), mine.codes[0] ?? '')
    await ctx.store.transaction(tx => tx.authenticators.setStatus(mine.setId, 'removed'))
    expect(await refusal(ctx.store.transaction(tx => proven.apply(tx)))).toEqual({ code: 'code_expired' })
  })

  test('H11 a set of before, hashed with argon2id, works until it is replaced; beside it every guess costs a hash, later none does', async () => {
    const [old, fresh] = [await withCodes('r5@example.com', 'argon2id'), await withCodes('r6@example.com')]
    expect([
      await use(old.facts, old.codes[0] ?? ''),
      await use(old.facts, old.codes[0] ?? ''),
      await use(old.facts, fresh.codes[0] ?? ''),
    ]).toEqual(['ok', 'code_wrong', 'code_wrong'])
    const costs: unknown[] = []
    const seen = (cost: unknown): void => void costs.push(cost)
    subscribe('latchkey.hash', seen)
    for (const { facts } of [old, fresh]) await use(facts, old.codes[1]?.replace(/.$/, '0') ?? '')
    unsubscribe('latchkey.hash', seen)
    const asBefore = { kind: 'verify', memoryKiB: 4_096, passes: 1 }
    expect(costs).toEqual([asBefore, asBefore])
    const crowded = await crowd('192.0.2.77')
    const from = { client: { ip: '192.0.2.77', userAgent: '', deviceId: null } }
    const answer = (facts: AccountFacts | null, code: string) =>
      proveSecret(ctx, 'recovery_code', signInOf(facts, from), code).then(
        () => 'ok',
        error => error.code,
      )
    const guesses = () =>
      Promise.all([answer(fresh.facts, fresh.codes[1] ?? ''), answer(fresh.facts, '0000-0000-0000-0000'), answer(null, '1')])
    expect(await guesses()).toEqual(['busy', 'busy', 'busy'])
    await ctx.store.transaction(tx => tx.authenticators.removeAll(old.facts.account.id, 'recovery_codes', 'active'))
    expect(await guesses()).toEqual(['ok', 'code_wrong', 'code_wrong'])
    await crowded.end()
  })
})

/** Takes all places of the hash pool that one client may have. */
async function crowd(ip: string): Promise<{ end(): Promise<void> }> {
  let release = (): void => {}
  const gate = new Promise<void>(resolve => {
    release = resolve
  })
  const held = Array.from({ length: 200 }, () => hashPool.run(ip, () => gate).catch(() => {}))
  return {
    async end() {
      release()
      await Promise.all(held)
    },
  }
}
