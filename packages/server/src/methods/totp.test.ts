import { totp, totpFromUri } from '@latchkey/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { rowOf } from '../limits/buckets.ts'
import { attemptOf } from './attempt.ts'
import { addAuthenticator, makeAccount, makeCtx, refusal, signInOf, type TestCtx } from './context.fixture.ts'
import { checkTotp, newTotpSecret, otpauthUri, proveSecret, proveTotpSetUp, totpQrSvg } from './index.ts'

let ctx: TestCtx
beforeEach(async () => {
  ctx = await makeCtx({ brand: { name: 'Harbor & Co' } })
})

describe('F32 the authenticator app', () => {
  test('a secret has 160 bits and no two are alike', () => {
    const secrets = Array.from({ length: 50 }, newTotpSecret)
    expect(secrets.every(secret => /^[A-Z2-7]{32}$/.test(secret))).toBe(true)
    expect(new Set(secrets).size).toBe(50)
  })

  test('RFC 6238 appendix B: the sixth digits of its SHA-1 vectors', () => {
    const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
    const vectors: [number, string][] = [
      [59, '287082'],
      [1_111_111_109, '081804'],
      [1_111_111_111, '050471'],
      [1_234_567_890, '005924'],
      [2_000_000_000, '279037'],
    ]
    for (const [seconds, code] of vectors) expect(checkTotp(secret, code, seconds * 1_000)).toBe(Math.floor(seconds / 30))
  })

  test('the address of the QR code works in an app', async () => {
    const secret = newTotpSecret()
    const uri = otpauthUri(ctx, 'mei@example.com', secret)
    expect(checkTotp(secret, await totpFromUri(uri, ctx.now()), ctx.now())).not.toBeNull()
    expect(decodeURIComponent(new URL(uri).pathname)).toContain('Harbor & Co:mei@example.com')
  })

  test.each(['Acme: Exchange', 'Acme:Exchange', ':Acme : Exchange:', 'Acme Exchange'])(
    'QR-2: brand %s: one colon parts issuer from account, and none stands inside either',
    (name: string) => {
      const uri = new URL(otpauthUri({ ...ctx, config: { ...ctx.config, brand: { name } } }, 'a:b@example.com', newTotpSecret()))
      expect(uri.searchParams.get('issuer')).toBe('Acme Exchange')
      expect(decodeURIComponent(uri.pathname).slice(1)).toBe('Acme Exchange:a b@example.com')
    },
  )

  test('the QR code is an SVG without style or script, black on white with a quiet zone of four', async () => {
    const svg = await totpQrSvg(otpauthUri(ctx, 'mei@example.com', newTotpSecret()))
    expect(svg).toMatch(/^<svg /)
    expect(svg).not.toMatch(/style|script|on\w+=/i)
    const size = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1])
    expect(svg).toContain(`fill="#ffffff" d="M0 0h${size}v${size}H0z"`)
    expect(svg).toContain('M4 4.5h7')
  })

  test('one step to either side, spaces allowed, nothing else', async () => {
    const secret = newTotpSecret()
    const at = ctx.now()
    const seen = async (offset: number): Promise<boolean> => checkTotp(secret, await totp(secret, at + offset), at) !== null
    expect([await seen(-60_000), await seen(-30_000), await seen(0), await seen(30_000), await seen(60_000)]).toEqual([
      false,
      true,
      true,
      true,
      false,
    ])
    const code = await totp(secret, at)
    for (const between of [' ', '-', '\u200b', '\u2212'])
      expect(checkTotp(secret, code.slice(0, 3) + between + code.slice(3), at)).not.toBeNull()
    for (const wrong of ['', '12345', '1234567', 'abcdef', `${code}0`, `${code}x`]) expect(checkTotp(secret, wrong, at)).toBeNull()
  })
})

describe('INV-5 a time step is accepted once', () => {
  const withTotp = async (address: string) => {
    const secret = newTotpSecret()
    const { facts, row } = await addAuthenticator(ctx, await makeAccount(ctx, address), 'totp', { secret })
    return { secret, facts, row }
  }

  test('V-7 eight at once, one success', async () => {
    const { secret, facts } = await withTotp('t1@example.com')
    const code = await totp(secret, ctx.now())
    const tried = await Promise.allSettled(
      Array.from({ length: 8 }, async () => {
        const proven = await proveSecret(ctx, 'totp', signInOf(facts), code)
        await ctx.store.transaction(tx => proven.apply(tx))
      }),
    )
    expect(tried.filter(t => t.status === 'fulfilled')).toHaveLength(1)
    const refused = tried.flatMap(t => (t.status === 'rejected' ? [t.reason.code] : []))
    expect(refused).toEqual(Array(7).fill('code_expired'))
  })

  test('a later step works, an earlier one does not any more', async () => {
    const { secret, facts } = await withTotp('t2@example.com')
    const use = async (at: number): Promise<string> => {
      const proven = await proveSecret(ctx, 'totp', signInOf(facts), await totp(secret, at))
      return ctx.store
        .transaction(tx => proven.apply(tx))
        .then(
          () => 'ok',
          error => error.code,
        )
    }
    const now = ctx.now()
    expect([await use(now), await use(now - 30_000), await use(now), await use(now + 30_000), await use(now + 30_000)]).toEqual([
      'ok',
      'code_expired',
      'code_expired',
      'ok',
      'code_expired',
    ])
  })

  test('wrong, without TOTP, and unknown answer alike (INV-16)', async () => {
    const { facts } = await withTotp('t3@example.com')
    const wrong = await refusal(proveSecret(ctx, 'totp', signInOf(facts), '000000'))
    expect(wrong).toEqual({ code: 'code_wrong' })
    expect(await refusal(proveSecret(ctx, 'totp', signInOf(await makeAccount(ctx, 't4@example.com')), '000000'))).toEqual(wrong)
    expect(await refusal(proveSecret(ctx, 'totp', signInOf(null), '000000'))).toEqual(wrong)
  })

  test('a right one ends the row of failures (F48)', async () => {
    const { secret, facts } = await withTotp('t8@example.com')
    await refusal(proveSecret(ctx, 'totp', signInOf(facts), '000000'))
    const key = rowOf(ctx, 'totp', attemptOf(signInOf(facts))) ?? ''
    expect(await ctx.store.read.limits.get(key)).toMatchObject({ count: 1 })
    const proven = await proveSecret(ctx, 'totp', signInOf(facts), await totp(secret, ctx.now()))
    await ctx.store.transaction(tx => proven.apply(tx))
    expect(await ctx.store.read.limits.get(key)).toBeNull()
  })

  test('removed between proof and use: refused (INV-2)', async () => {
    const { secret, facts, row } = await withTotp('t5@example.com')
    const proven = await proveSecret(ctx, 'totp', signInOf(facts), await totp(secret, ctx.now()))
    await ctx.store.transaction(tx => tx.authenticators.setStatus(row.id, 'removed'))
    expect(await refusal(ctx.store.transaction(tx => proven.apply(tx)))).toEqual({ code: 'code_expired' })
  })

  test('a pending one confers nothing but its own confirmation', async () => {
    const { secret, row } = await withTotp('t6@example.com')
    await ctx.store.transaction(tx => tx.authenticators.setStatus(row.id, 'pending'))
    const facts = await ctx.store.read.accounts.facts(row.accountId)
    const code = await totp(secret, ctx.now())
    expect(await refusal(proveSecret(ctx, 'totp', signInOf(facts), code))).toEqual({ code: 'code_wrong' })
    const proven = await proveTotpSetUp(ctx, signInOf(facts), { ...row, status: 'pending' }, code)
    await ctx.store.transaction(tx => proven.apply(tx))
    expect(proven.evidence.method).toBe('totp')
  })

  test('200 parallel guesses get ten (F48)', async () => {
    const { facts } = await withTotp('t7@example.com')
    const tried = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        refusal(proveSecret(ctx, 'totp', signInOf(facts, { client: { ip: `10.0.${i}.1`, userAgent: '', deviceId: null } }), 'abcdef')),
      ),
    )
    expect(tried.filter(t => t.code === 'code_wrong')).toHaveLength(10)
    expect(tried.filter(t => t.code === 'rate_limited')).toHaveLength(190)
  })
})
