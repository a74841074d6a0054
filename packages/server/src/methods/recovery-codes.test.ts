import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { AccountFacts } from '../domain/types.ts'
import { addAuthenticator, makeAccount, makeCtx, refusal, signInOf, type TestCtx } from './fixture.contract.ts'
import { makeRecoveryCodes, proveSecret, recoveryCodeRows } from './index.ts'

let ctx: TestCtx
beforeAll(async () => {
  ctx = await makeCtx()
})

async function withCodes(address: string): Promise<{ facts: AccountFacts; codes: string[]; setId: string }> {
  const account = await makeAccount(ctx, address)
  const codes = makeRecoveryCodes()
  const { row } = await addAuthenticator(ctx, account, 'recovery_codes', {})
  const rows = await recoveryCodeRows(ctx, row.id, account.account.id, codes)
  await ctx.store.transaction(tx => tx.authenticators.insertRecoveryCodes(rows))
  const facts = await ctx.store.read.accounts.facts(account.account.id)
  return { facts: facts as AccountFacts, codes, setId: row.id }
}
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

  test('argon2id each, nothing of the code but its prefix is kept', async () => {
    const codes = makeRecoveryCodes()
    const { account } = await makeAccount(ctx, 'r0@example.com')
    const rows = await recoveryCodeRows(ctx, 'set', account.id, codes)
    for (const [i, row] of rows.entries()) {
      expect(row.hash).toMatch(/^\$argon2id\$v=19\$m=4096,t=1,p=1\$/)
      expect(codes[i]?.startsWith(row.prefix)).toBe(true)
      expect(JSON.stringify(row)).not.toContain(codes[i]?.slice(5, 9))
    }
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
})
