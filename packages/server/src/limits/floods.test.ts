import { describe, expect, test } from 'vitest'
import type { Flood } from '../config.ts'
import { makeCtx, refusal, type TestCtx } from '../methods/context.fixture.ts'
import { hidden } from './buckets.ts'
import { type Attempt, countAttempt, countBeginning, countText, resetAttempts } from './index.ts'
import { learnSharing, learntFactor } from './shared-address.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const office = '192.0.2.80'
const at = (who: string, ip = office): Attempt => ({ stage: 'door', accountId: who, identifier: who, ip })
const signedIn = (ctx: TestCtx, attempt: Attempt) => ctx.store.transaction(tx => resetAttempts(tx, ctx, 'password', attempt))

async function letThrough(n: number, attempt: (i: number) => Promise<unknown>): Promise<number> {
  let through = 0
  for (let i = 0; i < n; i++)
    through += await attempt(i).then(
      () => 1,
      () => 0,
    )
  return through
}

describe('F48 an address that many share', () => {
  const guesses = (ctx: TestCtx) => letThrough(310, i => countAttempt(ctx, 'password', at(`stranger-${i}`)))

  test('has ten times its limit once more than fifty people signed in from there within a day', async () => {
    const ctx = await makeCtx()
    for (let i = 0; i < 50; i++) await signedIn(ctx, at(`colleague-${i}`))
    expect(await guesses(ctx)).toBe(30)
    ctx.clock.advance(5 * 60_000)
    await signedIn(ctx, at('colleague-50'))
    expect(await guesses(ctx)).toBe(300)
    ctx.clock.advance(DAY - 5 * 60_000)
    expect(await guesses(ctx)).toBe(30)
  })

  const prefix = (ctx: TestCtx, ip = office): string => hidden(ctx, ip)

  test('is asked for once a minute, and remembered for as long', async () => {
    const ctx = await makeCtx()
    const learn = () => learnSharing(ctx, prefix(ctx))
    expect(await learn()).toBe(false)
    for (let i = 0; i < 51; i++) await signedIn(ctx, at(`colleague-${i}`))
    ctx.clock.advance(59_999)
    expect(await learn()).toBe(false)
    ctx.clock.advance(1)
    expect(await learn()).toBe(true)
    expect(await learn()).toBe(false)
    ctx.clock.advance(59_999)
    expect(learntFactor(ctx, prefix(ctx))).toBe(10)
    ctx.clock.advance(1)
    expect(learntFactor(ctx, prefix(ctx))).toBe(1)
  })

  test('of ten thousand addresses within a minute, the memory begins anew', async () => {
    const ctx = await makeCtx()
    for (let i = 0; i < 51; i++) await signedIn(ctx, at(`colleague-${i}`))
    await learnSharing(ctx, prefix(ctx))
    for (let i = 1; i < 10_000; i++) await learnSharing(ctx, `flood-${i}`)
    expect(learntFactor(ctx, prefix(ctx))).toBe(10)
    await learnSharing(ctx, 'one-more')
    expect(learntFactor(ctx, prefix(ctx))).toBe(1)
  })

  test('stays as it is for one person who signs in a hundred times, and for IPv6', async () => {
    const ctx = await makeCtx()
    for (let i = 0; i < 100; i++) await signedIn(ctx, at('busy'))
    expect(await guesses(ctx)).toBe(30)
    const six = '2001:db8::1'
    for (let i = 0; i < 51; i++) await signedIn(ctx, at(`colleague-${i}`, six))
    expect(await letThrough(40, i => countAttempt(ctx, 'password', at(`other-${i}`, six)))).toBe(30)
  })
})

describe('F33 what text messages may cost', () => {
  const gateway = { url: 'https://sms.example', account: 'a', token: 't', from: '+1', countries: ['+34', '+882'], perDay: 400 }
  const texting = async (): Promise<TestCtx> => {
    const ctx = await makeCtx()
    ctx.config.sms = gateway
    ctx.config.limitFactor = 1
    return ctx
  }

  test('a country that jumps to five times its week is stopped until the day ends, the others go on', async () => {
    const ctx = await texting()
    expect(await letThrough(60, () => countText(ctx, '+88213300001'))).toBe(50)
    // it is five past two
    expect(await refusal(countText(ctx, '+88213300001'))).toEqual({ code: 'rate_limited', retryAfterSeconds: 9 * 3_600 + 55 * 60 })
    await countText(ctx, '+34600000000')
    ctx.clock.advance(DAY)
    await countText(ctx, '+88213300001')
  })

  test('a country that is used every day has five times its mean', async () => {
    const ctx = await texting()
    for (let day = 0; day < 7; day++) {
      await letThrough(40, () => countText(ctx, '+34600000000'))
      ctx.clock.advance(DAY)
    }
    expect(await letThrough(250, () => countText(ctx, '+34600000000'))).toBe(200)
  })

  test('the day has a cap for the whole deployment', async () => {
    const ctx = await texting()
    ctx.config.sms = { ...gateway, perDay: 20 }
    expect(await letThrough(30, i => countText(ctx, i % 2 ? '+34600000000' : '+88213300001'))).toBe(20)
  })

  test('which is a thousand where the host names none', async () => {
    const ctx = await texting()
    const { perDay: _, ...uncapped } = gateway
    ctx.config.sms = { ...uncapped, countries: Array.from({ length: 21 }, (_, i) => `+${100 + i}`) }
    expect(await letThrough(1_010, i => countText(ctx, `+${100 + (i % 21)}5550100`))).toBe(1_000)
  })

  test('and costs nothing where no gateway is: development counts none', async () => {
    const ctx = await texting()
    ctx.config.sms = null
    expect(await letThrough(60, () => countText(ctx, '+34600000000'))).toBe(60)
  })
})

describe('F48 a flood of sign-ups', () => {
  test('is the host’s to judge, above ten times the usual', async () => {
    const ctx = await makeCtx()
    const asked: Flood[] = []
    ctx.config.onFlood = flood => {
      asked.push(flood)
      return flood.ip === '192.0.2.1'
    }
    for (let hour = 0; hour < 24; hour++) {
      await letThrough(12, () => countBeginning(ctx, 'sign_up', office))
      ctx.clock.advance(3_600_000)
    }
    expect(await letThrough(125, () => countBeginning(ctx, 'sign_up', office))).toBe(120)
    expect(asked).toHaveLength(5)
    expect(asked[0]).toMatchObject({ what: 'sign_up', ip: office, perHour: 121 })
    await countBeginning(ctx, 'sign_up', '192.0.2.1')
    await countBeginning(ctx, 'recovery', office)
  })

  test('is none below fifty in an hour of the clock', async () => {
    const ctx = await makeCtx()
    ctx.config.onFlood = () => false
    const begin = (n: number) => letThrough(n, () => countBeginning(ctx, 'sign_up', office))
    ctx.clock.set(Math.ceil(ctx.now() / HOUR) * HOUR - 1)
    expect(await begin(52)).toBe(50)
    ctx.clock.advance(1)
    expect(await begin(52)).toBe(50)
  })

  test('is nobody’s to judge where the host has no hook', async () => {
    const ctx = await makeCtx()
    expect(await letThrough(60, () => countBeginning(ctx, 'sign_up', office))).toBe(60)
  })
})
