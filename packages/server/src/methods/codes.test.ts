import { beforeEach, describe, expect, test } from 'vitest'
import type { AccountFacts } from '../domain/types.ts'
import { rowOf } from '../limits/buckets.ts'
import { attemptOf } from './attempt.ts'
import { client, factsOf, makeAccount, makeCtx, newestMessage, refusal, signInOf, type TestCtx } from './context.fixture.ts'
import { type ProofRequest, proveSecret, type SendCodeRequest, sendCode } from './index.ts'

const MAIL = 'customer@example.com'
const PHONE = '+34600000001'
let ctx: TestCtx
let facts: AccountFacts
beforeEach(async () => {
  ctx = await makeCtx()
  facts = await makeAccount(ctx, MAIL, PHONE)
})

const send = async (change: Partial<SendCodeRequest> = {}, method: 'email' | 'sms' = 'email'): Promise<string> => {
  await sendCode(ctx, method, { ...signInOf(facts), address: method === 'email' ? MAIL : PHONE, ...change })
  return String((await newestMessage(ctx)).params.code)
}
const prove = async (code: string, change: Partial<ProofRequest> = {}, method: 'email' | 'sms' = 'email'): Promise<string> => {
  try {
    const proven = await proveSecret(ctx, method, signInOf(facts, change), code)
    await ctx.store.transaction(tx => proven.apply(tx))
    return 'ok'
  } catch (error) {
    return (error as { code: string }).code
  }
}
const wrongOf = (code: string): string => (code === '000000' ? '000001' : '000000')

describe('F33, F34 a code by message', () => {
  test.each(['email', 'sms'] as const)('%s: sent, redeemed, evidence of it, used up (INV-5)', async method => {
    const code = await send({}, method)
    expect(code).toMatch(/^\d{6}$/)
    const proven = await proveSecret(ctx, method, signInOf(facts), ` ${code.slice(0, 3)} ${code.slice(3)}`)
    expect(proven.evidence).toMatchObject({ method, credentialId: null, userVerified: false, at: ctx.now() })
    expect(proven.address).toBe(method === 'email' ? MAIL : PHONE)
    await ctx.store.transaction(tx => proven.apply(tx))
    expect(await prove(code, {}, method)).toBe('code_expired')
  })

  test('row and message are of one transaction, and the outbox is woken once', async () => {
    expect(await sendCode(ctx, 'email', { ...signInOf(facts), address: MAIL })).toEqual({ retryAfterSeconds: 30 })
    expect(ctx.wakes()).toBe(1)
    expect(await newestMessage(ctx)).toMatchObject({ to: MAIL, template: 'code', channel: 'email' })
  })

  test('ten minutes, to the millisecond (V-15)', async () => {
    const early = await send()
    ctx.clock.advance(600_000 - 2)
    expect(await prove(wrongOf(early))).toBe('code_wrong')
    ctx.clock.advance(1)
    expect(await prove(early)).toBe('code_expired')
  })

  test('a newer code ends the older one', async () => {
    const first = await send()
    ctx.clock.advance(30_000)
    const second = await send()
    // once in a million both are the same six digits
    expect(await prove(first === second ? wrongOf(second) : first)).toBe('code_wrong')
    expect(await prove(second)).toBe('ok')
  })

  test.each([
    ['another browser', { owner: 'pre:other' }],
    ['another purpose', { purpose: 'recovery' }],
    ['another operation', { operation: 'passkey.remove' }],
    ['another target', { target: 'x' }],
  ])('serves what it was sent for, not %s', async (_, change) => {
    const code = await send()
    expect(await prove(code, change)).toBe('code_expired')
  })

  test('nor another account, nor another method (V-16)', async () => {
    const code = await send()
    expect(await prove(code, { facts: await makeAccount(ctx, 'other@example.com') })).toBe('code_expired')
    expect(await prove(code, {}, 'sms')).toBe('code_expired')
  })

  test('every value of six digits may come', async () => {
    const codes = new Set<string>()
    for (let i = 0; i < 8; i++) {
      codes.add(await send({ owner: `pre:${i}`, client: client(`10.0.0.${i}`) }))
      ctx.clock.advance(1_800_000)
    }
    expect(codes.size).toBe(8)
  })
})

describe('H5 F48 what codes count for', () => {
  const twice = async (method: 'email' | 'sms', change: Partial<SendCodeRequest> = {}) =>
    refusal(sendCode(ctx, method, { ...signInOf(facts), address: method === 'email' ? MAIL : PHONE, ...change }))

  test('a text message counts in what the operator pays for in a day', async () => {
    ctx.config.sms!.perDay = 1
    expect(await sendCode(ctx, 'sms', { ...signInOf(facts), address: PHONE })).toEqual({ retryAfterSeconds: 60 })
    ctx.clock.advance(60_000)
    expect(await twice('sms')).toEqual({ code: 'rate_limited', retryAfterSeconds: 9 * 3_600 + 54 * 60 })
  })

  test('a new address counts whoever asks from a session, and only there', async () => {
    const fresh = 'new@example.com'
    const confirming = { purpose: 'confirm', operation: 'email.add', target: fresh, confirms: fresh, address: fresh }
    for (let n = 0; n < 3; n++) await send({ ...confirming, sessionId: `s${n}` })
    expect((await twice('email', { ...confirming, sessionId: 's3' })).code).toBe('rate_limited')
    // at the door refused tries take nothing of it
    const door = { ...confirming, facts: null, confirms: 'door@example.com', address: 'door@example.com', identifier: 'door@example.com' }
    await send(door)
    for (let n = 0; n < 3; n++) await twice('email', door)
    ctx.clock.advance(30_000)
    await send(door)
  })

  test('an address of the account has the budget of the session', async () => {
    for (let n = 0; n < 5; n++) {
      expect(await send({ sessionId: 's' })).toMatch(/^\d{6}$/)
      ctx.clock.advance(30_000)
    }
  })

  test('five wrong ones are five failures, guesses at nothing none', async () => {
    for (let n = 0; n < 12; n++) expect(await prove('000000', { owner: 'pre:nothing' })).toBe('code_expired')
    for (const owner of ['pre:1', 'pre:2']) {
      ctx.clock.advance(30_000)
      const code = await send({ owner })
      for (let n = 0; n < 5; n++) await prove(wrongOf(code), { owner })
    }
    expect(await prove('000000')).toBe('rate_limited')
  })

  test('a right one ends the row of failures', async () => {
    const code = await send()
    await prove(wrongOf(code))
    const key = rowOf(ctx, 'email', attemptOf(signInOf(facts))) ?? ''
    expect(await ctx.store.read.limits.get(key)).toMatchObject({ count: 1 })
    expect(await prove(code)).toBe('ok')
    expect(await ctx.store.read.limits.get(key)).toBeNull()
  })
})

describe('INV-5 tries', () => {
  test('five, told each time', async () => {
    const code = await send()
    const answers = []
    for (let i = 0; i < 6; i++) answers.push(await refusal(proveSecret(ctx, 'email', signInOf(facts), wrongOf(code))))
    expect(answers.map(a => a.triesLeft ?? a.code)).toEqual([4, 3, 2, 1, 'code_expired', 'code_expired'])
    expect(await prove(code)).toBe('code_expired')
  })

  test('the fifth may still be right', async () => {
    const code = await send()
    for (let i = 0; i < 4; i++) await prove(wrongOf(code))
    expect(await prove(code)).toBe('ok')
  })

  test('a new code does not give new tries', async () => {
    const first = await send()
    for (let i = 0; i < 4; i++) await prove(wrongOf(first))
    ctx.clock.advance(30_000)
    const second = await send()
    expect(await prove(wrongOf(second))).toBe('code_expired')
    expect(await prove(second)).toBe('code_expired')
  })

  test('200 parallel guesses get no more than five comparisons', async () => {
    const code = await send()
    const away = (i: number): Partial<ProofRequest> => ({ client: client(`10.0.${i}.1`) })
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) => refusal(proveSecret(ctx, 'email', signInOf(facts, away(i)), wrongOf(code)))),
    )
    expect(
      answers
        .filter(a => a.code === 'code_wrong')
        .map(a => a.triesLeft)
        .toSorted(),
    ).toEqual([1, 2, 3, 4])
  })

  test('V-7 the right code eight times at once, one success', async () => {
    const code = await send()
    const answers = await Promise.all(Array.from({ length: 8 }, () => prove(code)))
    expect(answers.filter(a => a === 'ok')).toHaveLength(1)
  })

  test('F48 ten in a row make everybody unknown wait, whatever codes come', async () => {
    let refused = 0
    for (let i = 0; i < 3; i++) {
      const code = await send({ owner: `pre:${i}` })
      for (let n = 0; n < 4; n++) if ((await prove(wrongOf(code), { owner: `pre:${i}` })) === 'rate_limited') refused++
      ctx.clock.advance(30_000)
    }
    expect(refused).toBe(2)
  })
})

describe('V-16 where codes go', () => {
  test('a known account only has its verified addresses', async () => {
    expect(await refusal(sendCode(ctx, 'email', { ...signInOf(facts), address: 'thief@example.com' }))).toEqual({ code: 'forbidden' })
    expect(await refusal(sendCode(ctx, 'sms', { ...signInOf(facts), address: MAIL }))).toEqual({ code: 'phone_not_allowed' })
    expect(ctx.wakes()).toBe(0)
  })

  test('or the one new address that is being confirmed, for that only (INV-12)', async () => {
    const fresh = 'new@example.com'
    const confirming = { purpose: 'confirm', operation: 'email.add', target: fresh, confirms: fresh }
    const code = await send({ ...confirming, address: fresh })
    expect(await prove(code, { ...confirming, confirms: null })).toBe('code_expired')
    const proven = await proveSecret(ctx, 'email', signInOf(facts, confirming), code)
    expect(proven.address).toBe(fresh)
  })

  test('a code to an address that was replaced meanwhile proves nothing', async () => {
    const code = await send()
    const old = facts.identifiers.find(i => i.value === MAIL)
    await ctx.store.transaction(tx => tx.identifiers.supersede(old?.id ?? '', ctx.now()))
    expect(await prove(code, { facts: await factsOf(ctx, facts.account.id) })).toBe('code_expired')
  })

  test('SMS only to dialling prefixes on the list', async () => {
    const abroad = await makeAccount(ctx, '+882600000001')
    expect(await refusal(sendCode(ctx, 'sms', { ...signInOf(abroad), address: '+882600000001' }))).toEqual({ code: 'phone_not_allowed' })
  })
})

describe('decoys', () => {
  const nobody = { facts: null, address: 'nobody@example.com', identifier: 'nobody@example.com', decoy: true } as const

  test('leave the same traces, send nothing, and nothing matches them', async () => {
    await sendCode(ctx, 'email', { ...signInOf(facts), ...nobody })
    expect(await newestMessage(ctx)).toMatchObject({ template: 'nothing', params: { code: null } })
    expect(ctx.wakes()).toBe(1)
    const answers = []
    for (let i = 0; i < 6; i++) answers.push(await refusal(proveSecret(ctx, 'email', signInOf(null, nobody), `00000${i}`)))
    expect(answers.map(a => a.triesLeft ?? a.code)).toEqual([4, 3, 2, 1, 'code_expired', 'code_expired'])
  })

  test('tell the owner something else where told to (J1)', async () => {
    await sendCode(ctx, 'email', { ...signInOf(null), address: MAIL, confirms: MAIL, decoy: true, decoyTemplate: 'account_exists' })
    expect(await newestMessage(ctx)).toMatchObject({ to: MAIL, template: 'account_exists' })
  })

  test('are limited like codes', async () => {
    const again = () => sendCode(ctx, 'email', { ...signInOf(null), ...nobody })
    await again()
    expect(await refusal(again())).toEqual({ code: 'rate_limited', retryAfterSeconds: 30, methods: ['passkey', 'recovery_code'] })
  })
})
