import { describe, expect, test } from 'vitest'
import { client, makeAccount, makeCtx, refusal, type TestCtx } from '../methods/fixture.contract.ts'
import { type Attempt, attemptSucceeded, countAttempt, type LimitKind, reopenMethods } from './index.ts'

const stranger = (accountId: string | null, ip = '192.0.2.1', address = 'customer@example.com'): Attempt => ({
  accountId,
  ip,
  address,
  knownDevice: false,
})
const own = (accountId: string, deviceId = 'mine'): Attempt => ({ accountId, ip: '198.51.100.1', knownDevice: true, deviceId })

/** How many of `n` attempts are let through, each from another prefix unless told. */
async function letThrough(ctx: TestCtx, kind: LimitKind, n: number, attempt: (i: number) => Attempt): Promise<number> {
  const tried = await Promise.allSettled(Array.from({ length: n }, (_, i) => countAttempt(ctx, kind, attempt(i))))
  return tried.filter(result => result.status === 'fulfilled').length
}
const elsewhere = (i: number): string => `10.${i >> 8}.${i & 255}.1`

describe('F48 limits per account', () => {
  test('five wrong passwords are free, then the wait doubles up to an hour', async () => {
    const ctx = await makeCtx()
    await letThrough(ctx, 'password', 4, i => stranger('a', elsewhere(i)))
    const waits: number[] = []
    for (let i = 4; i < 13; i++) {
      await countAttempt(ctx, 'password', stranger('a', elsewhere(i)))
      const { retryAfterSeconds = 0 } = await refusal(countAttempt(ctx, 'password', stranger('a', elsewhere(i))))
      waits.push(retryAfterSeconds)
      ctx.clock.advance(retryAfterSeconds * 1_000)
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600])
  })

  test('parallel guesses get no more than the free five (V-7)', async () => {
    const ctx = await makeCtx()
    expect(await letThrough(ctx, 'password', 200, i => stranger('a', elsewhere(i)))).toBe(5)
    expect(await letThrough(ctx, 'totp', 200, i => stranger('a', elsewhere(i)))).toBe(10)
  })

  test('asking while one has to wait makes nothing worse', async () => {
    const ctx = await makeCtx()
    await letThrough(ctx, 'password', 300, i => stranger('a', elsewhere(i)))
    expect(await refusal(countAttempt(ctx, 'password', stranger('a')))).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 30 })
    ctx.clock.advance(30_000)
    await countAttempt(ctx, 'password', stranger('a'))
  })

  test('success ends the row of failures', async () => {
    const ctx = await makeCtx()
    await letThrough(ctx, 'password', 4, i => stranger('a', elsewhere(i)))
    await attemptSucceeded(ctx, 'password', stranger('a'))
    expect(await letThrough(ctx, 'password', 50, i => stranger('a', elsewhere(100 + i)))).toBe(5)
  })

  test('a hundred in a row close the method to strangers, until another way was proven (NIST 800-63B-4 §3.2.2)', async () => {
    const ctx = await makeCtx()
    let counted = 0
    for (let i = 0; i < 130; i++) {
      counted += await letThrough(ctx, 'password', 1, () => stranger('a', elsewhere(i)))
      ctx.clock.advance(3_600_000)
    }
    expect(counted).toBe(100)
    expect(await refusal(countAttempt(ctx, 'password', stranger('a')))).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 3_600 })
    await ctx.store.transaction(tx => reopenMethods(tx, ctx, 'a'))
    await countAttempt(ctx, 'password', stranger('a'))
  })

  test('each method has its own count', async () => {
    const ctx = await makeCtx()
    await letThrough(ctx, 'password', 50, i => stranger('a', elsewhere(i)))
    for (const kind of ['totp', 'sms', 'email', 'recovery_code'] as const)
      expect(await letThrough(ctx, kind, 1, () => stranger('a'))).toBe(1)
  })

  test('messages: one in 30 s by mail and in 60 s by SMS, then 10 and 5 in an hour', async () => {
    const ctx = await makeCtx()
    const spaced = async (kind: 'send_email' | 'send_sms', seconds: number): Promise<number> => {
      let sent = 0
      for (let i = 0; i < 20; i++) {
        sent += await letThrough(ctx, kind, 2, n => stranger('a', elsewhere(100 * i + n), `+34${n}`))
        ctx.clock.advance(seconds * 1_000)
      }
      return sent
    }
    expect(await spaced('send_email', 30)).toBe(10)
    expect(await spaced('send_sms', 60)).toBe(5)
    expect((await refusal(countAttempt(ctx, 'send_sms', stranger('a')))).retryAfterSeconds).toBeGreaterThan(1_000)
  })

  test('one number gets five messages a day, whoever asks', async () => {
    const ctx = await makeCtx()
    expect(await letThrough(ctx, 'send_sms', 20, i => stranger(`account-${i}`, elsewhere(i), '+34600000001'))).toBe(5)
  })
})

describe('F48 limits per client prefix', () => {
  test('30 guesses in 5 minutes, at whatever account, and the window ends', async () => {
    const ctx = await makeCtx()
    expect(await letThrough(ctx, 'password', 60, i => stranger(`account-${i}`))).toBe(30)
    ctx.clock.advance(5 * 60_000)
    expect(await letThrough(ctx, 'password', 60, i => stranger(`other-${i}`))).toBe(30)
  })

  test('V-5 going through the hosts of a /64 gains nothing, through a /48 four times', async () => {
    const ctx = await makeCtx()
    expect(await letThrough(ctx, 'password', 60, i => stranger(`a${i}`, `2001:db8:0:1::${i.toString(16)}`))).toBe(30)
    expect(await letThrough(ctx, 'password', 300, i => stranger(`b${i}`, `2001:db8:1:${i.toString(16)}::1`))).toBe(120)
  })

  test('sign-up five and recovery ten in an hour', async () => {
    const ctx = await makeCtx()
    expect(await letThrough(ctx, 'sign_up', 20, i => stranger(null, '192.0.2.1', `${i}@example.com`))).toBe(5)
    expect(await letThrough(ctx, 'recovery', 20, i => stranger(null, '192.0.2.1', `${i}@example.com`))).toBe(10)
    expect(await letThrough(ctx, 'recovery', 20, i => stranger('a', elsewhere(i)))).toBe(3)
  })

  test('no address stands in a key in the clear', async () => {
    const ctx = await makeCtx()
    await countAttempt(ctx, 'send_email', stranger(null, '192.0.2.77', 'mei@example.com'))
    for (const key of ['send_email:ip:192.0.2.77:3600000', 'send_email:address:mei@example.com:3600000'])
      expect(await ctx.store.read.limits.get(key)).toBeNull()
  })

  test('development widens every limit by its factor', async () => {
    const ctx = await makeCtx({ limitFactor: 2 })
    expect(await letThrough(ctx, 'password', 60, i => stranger('a', elsewhere(i)))).toBe(10)
  })
})

describe('INV-15 failures by strangers do not stop the owner', () => {
  test('from a known device, with password and code', async () => {
    const ctx = await makeCtx()
    const { account } = await makeAccount(ctx, 'customer@example.com')
    for (const kind of ['password', 'totp'] as const) {
      for (let i = 0; i < 102; i++) {
        await letThrough(ctx, kind, 1, () => stranger(account.id, elsewhere(i)))
        ctx.clock.advance(3_600_000)
      }
      // the same prefix as the attacker's changes nothing either
      await letThrough(ctx, kind, 60, i => stranger(`other-${i}`, '198.51.100.1'))
      await countAttempt(ctx, kind, own(account.id))
    }
  })

  test('nor does another known device; its own tries are bounded', async () => {
    const ctx = await makeCtx()
    expect(await letThrough(ctx, 'password', 50, () => own('a', 'lost'))).toBe(10)
    expect(await letThrough(ctx, 'totp', 50, () => own('a', 'lost'))).toBe(10)
    await countAttempt(ctx, 'password', own('a'))
    await countAttempt(ctx, 'totp', own('a'))
    ctx.clock.advance(15 * 60_000)
    expect(await letThrough(ctx, 'password', 50, () => own('a', 'lost'))).toBe(10)
    expect(await letThrough(ctx, 'totp', 50, () => own('a', 'lost'))).toBe(1)
  })

  test('nor its failures a stranger: both rows are apart', async () => {
    const ctx = await makeCtx()
    await letThrough(ctx, 'password', 50, () => own('a'))
    expect(await letThrough(ctx, 'password', 50, i => stranger('a', elsewhere(i)))).toBe(5)
  })

  test('nothing about an account touches passkeys', async () => {
    const ctx = await makeCtx()
    for (const kind of ['password', 'totp', 'email'] as const)
      await letThrough(ctx, kind, 300, i => stranger('a', i % 2 ? '192.0.2.1' : elsewhere(i)))
    expect(await letThrough(ctx, 'passkey_begin', 100, () => stranger('a'))).toBe(100)
    expect(await letThrough(ctx, 'passkey_finish', 100, () => stranger('a'))).toBe(100)
  })
})

describe('INV-16 an unknown account is throttled alike', () => {
  test('same answers, one after the other', async () => {
    const ctx = await makeCtx()
    const { account } = await makeAccount(ctx, 'customer@example.com')
    const answers = async (accountId: string | null, address: string): Promise<unknown[]> => {
      const all: unknown[] = []
      for (let i = 0; i < 8; i++)
        all.push(
          await countAttempt(ctx, 'password', stranger(accountId, elsewhere(i), address)).then(
            () => 'counted',
            error => error.extras,
          ),
        )
      return all
    }
    expect(await answers(null, 'nobody@example.com')).toEqual(await answers(account.id, 'customer@example.com'))
  })
})

describe('limits of one process', () => {
  test('a passkey prefix has 300 in a minute, and nothing is written for it', async () => {
    const ctx = await makeCtx()
    expect(await letThrough(ctx, 'passkey_finish', 400, () => stranger(null))).toBe(300)
    expect(await refusal(countAttempt(ctx, 'passkey_finish', stranger(null)))).toMatchObject({
      code: 'rate_limited',
      retryAfterSeconds: 60,
    })
    ctx.clock.advance(60_000)
    await countAttempt(ctx, 'passkey_finish', stranger(null, client().ip))
  })
})
