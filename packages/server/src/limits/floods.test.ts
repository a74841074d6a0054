import { describe, expect, test } from 'vitest'
import type { Flood } from '../config.ts'
import { makeCtx, refusal, type TestCtx } from '../methods/fixture.contract.ts'
import { type Attempt, countAttempt, countBeginning, countText, resetAttempts } from './index.ts'

const DAY = 24 * 3_600_000
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
    for (let i = 0; i < 51; i++) await signedIn(ctx, at(`colleague-${i}`))
    expect(await guesses(ctx)).toBe(300)
    ctx.clock.advance(DAY)
    expect(await guesses(ctx)).toBe(30)
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
    expect(await refusal(countText(ctx, '+88213300001'))).toMatchObject({ code: 'rate_limited' })
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
})
