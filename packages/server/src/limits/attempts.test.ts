import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Problem } from '../domain/problems.ts'
import { client, counted, makeAccount, makeCtx, refusal, type TestCtx } from '../methods/context.fixture.ts'
import {
  type Attempt,
  type CountedKind,
  countArrival,
  countAttempt,
  countedGuess,
  type Guess,
  type LimitKind,
  reopenMethods,
  resetAttempts,
} from './index.ts'

/** Before a first right step, from a browser that nobody knows. */
const door = (identifier: string, ip = '192.0.2.1'): Attempt => ({ stage: 'door', ip, identifier })
/** After a right password. */
const proven = (accountId: string, ip = '192.0.2.1', provenBy = 'password'): Attempt => ({ stage: 'proven', ip, accountId, provenBy })
const device = (accountId: string, deviceId = 'mine'): Attempt => ({ stage: 'known_device', ip: '198.51.100.1', accountId, deviceId })
const session = (accountId: string, sessionId: string, operation = 'password.change'): Attempt => ({
  stage: 'session',
  ip: '198.51.100.1',
  accountId,
  sessionId,
  operation,
})
const onDevice = (accountId: string, sessionId: string, deviceId: string, operation = 'password.change'): Attempt => ({
  ...session(accountId, sessionId, operation),
  stage: 'session_on_known_device',
  deviceId,
})

/** How many of `n` attempts are let through, each from another prefix unless told. */
async function letThrough(ctx: TestCtx, kind: LimitKind, n: number, attempt: (i: number) => Attempt): Promise<number> {
  const tried = await Promise.allSettled(Array.from({ length: n }, (_, i) => counted(ctx, kind, attempt(i))))
  return tried.filter(result => result.status === 'fulfilled').length
}
const elsewhere = (i: number): string => `10.${i >> 8}.${i & 255}.1`
const SHOWN = new Problem('code_wrong')
const guessed = <T>(ctx: TestCtx, kind: CountedKind, attempt: Attempt, found: Guess<T>): Promise<T> =>
  countedGuess(ctx, kind, attempt, async () => found)
const wrong = (ctx: TestCtx, kind: CountedKind, attempt: Attempt): Promise<string> =>
  refusal(guessed(ctx, kind, attempt, { wrong: SHOWN })).then(({ code }) => code)
const HOUR = 3_600_000
const DAY = 24 * HOUR

describe('F48 limits per identifier', () => {
  test('five wrong passwords are free, then the wait doubles up to an hour', async () => {
    const ctx = await makeCtx()
    await letThrough(ctx, 'password', 4, i => door('a', elsewhere(i)))
    const waits: number[] = []
    for (let i = 4; i < 13; i++) {
      await countAttempt(ctx, 'password', door('a', elsewhere(i)))
      const { retryAfterSeconds = 0 } = await refusal(countAttempt(ctx, 'password', door('a', elsewhere(i))))
      waits.push(retryAfterSeconds)
      ctx.clock.advance(retryAfterSeconds * 1_000)
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600])
  })

  test('parallel guesses get no more than the free five (V-7)', async () => {
    const ctx = await makeCtx()
    expect(await letThrough(ctx, 'password', 200, i => door('a', elsewhere(i)))).toBe(5)
    expect(await letThrough(ctx, 'totp', 200, i => door('a', elsewhere(i)))).toBe(10)
  })

  test('asking while one has to wait makes nothing worse', async () => {
    const ctx = await makeCtx()
    await letThrough(ctx, 'password', 300, i => door('a', elsewhere(i)))
    expect(await refusal(countAttempt(ctx, 'password', door('a')))).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 30 })
    ctx.clock.advance(30_000)
    await countAttempt(ctx, 'password', door('a'))
  })

  test('success ends the row of failures', async () => {
    const ctx = await makeCtx()
    await letThrough(ctx, 'password', 4, i => door('a', elsewhere(i)))
    await ctx.store.transaction(tx => resetAttempts(tx, ctx, 'password', door('a')))
    expect(await letThrough(ctx, 'password', 50, i => door('a', elsewhere(100 + i)))).toBe(5)
  })

  test('a hundred in a row close the method to strangers, until another way was proven (NIST 800-63B-4 §3.2.2)', async () => {
    const ctx = await makeCtx()
    const facts = await makeAccount(ctx, 'mei@example.com', '+34600000001')
    const at = [door('mei@example.com'), door('+34600000001'), proven(facts.account.id)]
    for (const attempt of at) {
      let counted = 0
      for (let i = 0; i < 130; i++) {
        counted += await letThrough(ctx, 'password', 1, () => ({ ...attempt, ip: elsewhere(i) }))
        ctx.clock.advance(HOUR)
      }
      expect(counted).toBe(100)
      expect(await refusal(countAttempt(ctx, 'password', attempt))).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 3_600 })
    }
    await ctx.store.transaction(tx => reopenMethods(tx, ctx, facts))
    for (const attempt of at) await countAttempt(ctx, 'password', attempt)
  })

  test('each method has its own count', async () => {
    const ctx = await makeCtx()
    await letThrough(ctx, 'password', 50, i => door('a', elsewhere(i)))
    for (const kind of ['totp', 'sms', 'email', 'recovery_code'] as const) expect(await letThrough(ctx, kind, 1, () => door('a'))).toBe(1)
  })
})

describe('H5 messages', () => {
  const MAIL = 'mei@example.com'
  /** How many of tries every `seconds` within `hours` are let through. */
  async function sentIn(
    ctx: TestCtx,
    hours: number,
    seconds: number,
    kind: 'send_email' | 'send_sms',
    attempt: (i: number) => Attempt,
  ): Promise<number> {
    let sent = 0
    for (let i = 0; i * seconds < hours * 3_600; i++) {
      sent += await letThrough(ctx, kind, 2, n => attempt(2 * i + n))
      ctx.clock.advance(seconds * 1_000)
    }
    return sent
  }

  test('strangers cause three an hour and ten a day for one identifier, one in 30 s, from wherever', async () => {
    const ctx = await makeCtx()
    expect(await sentIn(ctx, 1, 30, 'send_email', i => door(MAIL, elsewhere(i)))).toBe(3)
    expect(await sentIn(ctx, 23, 1_200, 'send_email', i => door(MAIL, elsewhere(i)))).toBe(7)
    expect(await sentIn(ctx, 1, 30, 'send_sms', i => door('+34600000001', elsewhere(i)))).toBe(3)
    expect(await sentIn(ctx, 23, 1_200, 'send_sms', i => door('+34600000001', elsewhere(i)))).toBe(2)
  })

  test.each([
    ['on a known device', device('a')],
    ['after a right first step', proven('a')],
    ['after a right recovery code, whoever knows the password', proven('a', '192.0.2.1', 'recovery_code')],
    ['in a session', session('a', 's1')],
  ])('the owner %s has ten an hour that nobody else spends', async (_, owner) => {
    const ctx = await makeCtx()
    const others = [door(MAIL), device('a', 'lost'), session('a', 'stolen'), owner.provenBy === 'password' ? door(MAIL) : proven('a')]
    for (const other of others) await sentIn(ctx, 1, 180, 'send_email', () => ({ ...other, identifier: MAIL }))
    expect(await sentIn(ctx, 1, 30, 'send_email', () => ({ ...owner, identifier: MAIL }))).toBe(10)
  })

  test('one client prefix causes twenty an hour, to whomever', async () => {
    const ctx = await makeCtx()
    expect(await letThrough(ctx, 'send_email', 60, i => door(`${i}@example.com`))).toBe(20)
    expect(await letThrough(ctx, 'send_sms', 60, i => door(`+3460000000${i}`))).toBe(10)
  })

  test('many accounts do not flood a mailbox that is none of theirs', async () => {
    const ctx = await makeCtx()
    expect(await letThrough(ctx, 'new_address', 20, i => ({ ...session(`a${i}`, `s${i}`), identifier: MAIL }))).toBe(3)
    await countAttempt(ctx, 'send_email', door(MAIL))
  })
})

describe('F48 limits per client prefix', () => {
  test('30 guesses in 5 minutes, at whatever account, and the window ends', async () => {
    const ctx = await makeCtx()
    expect(await letThrough(ctx, 'password', 60, i => door(`${i}@example.com`))).toBe(30)
    ctx.clock.advance(5 * 60_000)
    expect(await letThrough(ctx, 'password', 60, i => door(`${i}@example.org`))).toBe(30)
  })

  test('V-5 going through the hosts of a /64 gains nothing, through a /48 four times', async () => {
    const ctx = await makeCtx()
    expect(await letThrough(ctx, 'password', 60, i => door(`a${i}`, `2001:db8:0:1::${i.toString(16)}`))).toBe(30)
    expect(await letThrough(ctx, 'password', 300, i => door(`b${i}`, `2001:db8:1:${i.toString(16)}::1`))).toBe(120)
  })

  test('a refused attempt leaves no row behind', async () => {
    const ctx = await makeCtx()
    await letThrough(ctx, 'password', 30, i => door(`${i}@example.com`))
    const hit = ctx.store.read.limits.get(
      `password:identifier:${Buffer.from(ctx.keys.seal.blindIndex('limit·31@example.com')).toString('base64url')}`,
    )
    expect(await wrong(ctx, 'password', door('31@example.com'))).toBe('rate_limited')
    expect(await hit).toBeNull()
  })

  test('no address stands in a key in the clear', async () => {
    const ctx = await makeCtx()
    await countAttempt(ctx, 'send_email', door('mei@example.com', '192.0.2.77'))
    for (const key of ['send_email:ip:192.0.2.77:3600000', 'send_email:identifier:mei@example.com:3600000'])
      expect(await ctx.store.read.limits.get(key)).toBeNull()
  })

  test('development widens every limit by its factor', async () => {
    const ctx = await makeCtx({ limitFactor: 2 })
    expect(await letThrough(ctx, 'password', 60, i => door('a', elsewhere(i)))).toBe(10)
  })
})

describe('INV-15 failures by strangers do not stop the owner', () => {
  test('on a known device, with password and code', async () => {
    const ctx = await makeCtx()
    const { account } = await makeAccount(ctx, 'customer@example.com')
    for (const kind of ['password', 'totp', 'email'] as const) {
      for (let i = 0; i < 102; i++) {
        await letThrough(ctx, kind, 1, () => door('customer@example.com', elsewhere(i)))
        await letThrough(ctx, kind, 1, () => proven(account.id, elsewhere(i)))
        ctx.clock.advance(HOUR)
      }
      // the same prefix as the attacker's changes nothing either
      await letThrough(ctx, kind, 60, i => door(`other-${i}`, '198.51.100.1'))
      expect(await letThrough(ctx, kind, 1, () => device(account.id))).toBe(1)
    }
  })

  test('nor does another known device; its own tries are bounded', async () => {
    const ctx = await makeCtx()
    expect(await letThrough(ctx, 'password', 50, () => device('a', 'lost'))).toBe(10)
    expect(await letThrough(ctx, 'totp', 50, () => device('a', 'lost'))).toBe(10)
    await countAttempt(ctx, 'password', device('a'))
    await countAttempt(ctx, 'totp', device('a'))
    ctx.clock.advance(15 * 60_000)
    expect(await letThrough(ctx, 'password', 50, () => device('a', 'lost'))).toBe(10)
    expect(await letThrough(ctx, 'totp', 50, () => device('a', 'lost'))).toBe(1)
  })

  test('a known device has a hundred in a row of its own, for ninety days', async () => {
    const ctx = await makeCtx()
    const began = ctx.now()
    let compared = 0
    for (let i = 0; i < 11; i++) {
      compared += await letThrough(ctx, 'password', 10, () => device('a'))
      ctx.clock.advance(HOUR)
    }
    expect(compared).toBe(100)
    await countAttempt(ctx, 'password', device('a', 'other'))
    await countAttempt(ctx, 'password', door('customer@example.com'))
    ctx.clock.set(began + 90 * DAY - 1)
    expect(await wrong(ctx, 'password', device('a'))).toBe('rate_limited')
    ctx.clock.set(began + 90 * DAY)
    await countAttempt(ctx, 'password', device('a'))
  })

  test('nor its failures a stranger: both rows are apart', async () => {
    const ctx = await makeCtx()
    await letThrough(ctx, 'password', 50, () => device('a'))
    expect(await letThrough(ctx, 'password', 50, i => door('customer@example.com', elsewhere(i)))).toBe(5)
  })

  test('wrong recovery codes of one address block no other (80 random bits)', async () => {
    const ctx = await makeCtx()
    const mail = 'customer@example.com'
    for (const kind of [(ip: string) => door(mail, ip), (ip: string) => proven('a', ip)]) {
      for (let i = 0; i < 40; i++) for (let n = 0; n < 12; n++) await letThrough(ctx, 'recovery_code', 1, () => kind(elsewhere(i)))
      expect(await wrong(ctx, 'recovery_code', kind(elsewhere(0)))).toBe('rate_limited')
      await countAttempt(ctx, 'recovery_code', kind('203.0.113.7'))
    }
  })

  test('nothing about an account touches passkeys', async () => {
    const ctx = await makeCtx()
    for (const kind of ['password', 'totp', 'email'] as const)
      await letThrough(ctx, kind, 300, i => door('a', i % 2 ? '192.0.2.1' : elsewhere(i)))
    expect(await letThrough(ctx, 'passkey_begin', 100, () => door('a'))).toBe(100)
    expect(await letThrough(ctx, 'passkey_finish', 100, () => door('a'))).toBe(100)
  })
})

describe('H3 INV-16 whether there is an account makes no difference', () => {
  test('at the door nothing is counted by account: any account, any known identifier, the same answers', async () => {
    const kinds: CountedKind[] = ['password', 'email', 'sms', 'recovery_code', 'send_email', 'send_sms']
    const steps = fc.array(fc.tuple(fc.constantFrom(...kinds), fc.nat(3), fc.integer({ min: 1, max: 40_000 })), { maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(steps, async tried => {
        const ctx = await makeCtx()
        for (const [kind, from, pause] of tried) {
          const answers = []
          for (const accountId of [null, 'a']) {
            const attempt = {
              ...door(accountId ? 'known@example.com' : 'nobody@example.com', `10.${accountId ? 1 : 2}.${from}.1`),
              accountId,
            }
            answers.push(
              await countAttempt(ctx, kind, attempt).then(
                () => 'counted',
                error => error.extras,
              ),
            )
          }
          expect(answers[0]).toEqual(answers[1])
          ctx.clock.advance(pause)
        }
      }),
      { numRuns: 8 },
    )
  })
})

describe('H6 guesses within sessions', () => {
  const spend = async (ctx: TestCtx, hours: number, thief: () => Attempt): Promise<number> => {
    let compared = 0
    for (let hour = 0; hour < hours; hour++) {
      for (let i = 0; i < 12; i++) compared += Number((await wrong(ctx, 'totp', thief())) === 'code_wrong')
      ctx.clock.advance(HOUR)
    }
    return compared
  }

  test('five wrong an hour per session, of all methods together; twenty per account', async () => {
    const ctx = await makeCtx()
    let compared = 0
    for (let i = 0; i < 9; i++)
      for (const kind of ['totp', 'password', 'email'] as const)
        compared += Number((await wrong(ctx, kind, session('a', 's1'))) === 'code_wrong')
    expect(compared).toBe(5)
    for (let n = 2; n < 9; n++)
      for (let i = 0; i < 9; i++) compared += Number((await wrong(ctx, 'totp', session('a', `s${n}`))) === 'code_wrong')
    expect(compared).toBe(20)
    // where no stranger can have spent it, no other way is named
    expect(await refusal(countAttempt(ctx, 'totp', session('a', 's9')))).toEqual({ code: 'rate_limited', retryAfterSeconds: 3_600 })
  })

  test('what the reserve takes is taken from no window', async () => {
    const ctx = await makeCtx()
    for (let n = 0; n < 4; n++) for (let i = 0; i < 5; i++) await wrong(ctx, 'totp', session('a', `s${n}`))
    ctx.clock.advance(HOUR - 1)
    for (let i = 0; i < 3; i++) expect(await wrong(ctx, 'totp', onDevice('a', 'mine', 'phone'))).toBe('code_wrong')
    ctx.clock.advance(1)
    for (let i = 0; i < 5; i++) expect(await wrong(ctx, 'totp', onDevice('a', 'mine', 'phone'))).toBe('code_wrong')
  })

  test('a right guess spends nothing', async () => {
    const ctx = await makeCtx()
    for (let i = 0; i < 50; i++) expect(await guessed(ctx, 'totp', session('a', 's1'), { fits: i })).toBe(i)
    for (let i = 0; i < 5; i++) expect(await wrong(ctx, 'totp', session('a', 's1'))).toBe('code_wrong')
  })

  test('whatever other sessions guess, the owner cancels a change: from a known device, and from the very session', async () => {
    const ctx = await makeCtx()
    // four stolen sessions, for two days
    for (let hour = 0; hour < 48; hour++) {
      for (let n = 0; n < 4; n++) for (let i = 0; i < 7; i++) await wrong(ctx, 'totp', session('a', `stolen${n}`, 'change.cancel'))
      for (const operation of ['change.cancel', 'password.change'])
        expect(await guessed(ctx, 'totp', onDevice('a', 'mine', 'phone', operation), { fits: 'in time' })).toBe('in time')
      ctx.clock.advance(HOUR)
    }
    // before the hundred close it to everybody but known devices
    const other = await makeCtx()
    for (let n = 0; n < 4; n++) for (let i = 0; i < 7; i++) await wrong(other, 'totp', session('a', `stolen${n}`))
    expect(await wrong(other, 'totp', session('a', 'mine'))).toBe('rate_limited')
    for (let i = 0; i < 3; i++) expect(await wrong(other, 'totp', session('a', 'mine', 'change.cancel'))).toBe('code_wrong')
    expect(await wrong(other, 'totp', session('a', 'mine', 'change.cancel'))).toBe('rate_limited')
  })

  test('the reserve is three wrong a day per known device, and no more', async () => {
    const ctx = await makeCtx()
    for (let n = 0; n < 4; n++) for (let i = 0; i < 5; i++) await wrong(ctx, 'totp', session('a', `s${n}`))
    for (let i = 0; i < 3; i++) expect(await wrong(ctx, 'totp', onDevice('a', 'mine', 'phone'))).toBe('code_wrong')
    expect(await wrong(ctx, 'totp', onDevice('a', 'mine', 'phone'))).toBe('rate_limited')
    expect(await wrong(ctx, 'totp', onDevice('a', 'other', 'laptop'))).toBe('code_wrong')
  })

  test('all count in the hundred that close the method; a known device has its own', async () => {
    const ctx = await makeCtx()
    let thieves = 0
    expect(await spend(ctx, 40, () => session('a', `s${Math.floor(thieves++ / 6)}`))).toBe(100)
    expect(await wrong(ctx, 'totp', session('a', 'mine', 'change.cancel'))).toBe('rate_limited')
    expect(await wrong(ctx, 'totp', proven('a'))).toBe('rate_limited')
    expect(await wrong(ctx, 'totp', onDevice('a', 'mine', 'phone'))).toBe('code_wrong')
  })
})

describe('H12 only a compared wrong guess counts', () => {
  const busy = new Problem('busy', { retryAfterSeconds: 2 })

  test('a busy server, a broken one, and a guess at nothing cost no try', async () => {
    for (const attempt of [door('a'), proven('a'), device('a'), session('a', 's'), onDevice('a', 's', 'd')]) {
      const ctx = await makeCtx()
      for (let i = 0; i < 30; i++) {
        const error = i % 2 ? busy : new Error('the database went away')
        await expect(countedGuess(ctx, 'password', attempt, () => Promise.reject(error))).rejects.toBe(error)
        await refusal(guessed(ctx, 'password', attempt, { notCompared: new Problem('code_expired') }))
      }
      for (let i = 0; i < 5; i++) expect(await wrong(ctx, 'password', attempt)).toBe('code_wrong')
    }
  })

  test('it ends the wait that it had caused, and no other', async () => {
    const ctx = await makeCtx()
    for (let i = 0; i < 4; i++) await wrong(ctx, 'password', door('a', elsewhere(i)))
    await expect(countedGuess(ctx, 'password', door('a'), () => Promise.reject(busy))).rejects.toBe(busy)
    expect(await wrong(ctx, 'password', door('a'))).toBe('code_wrong')
    expect(await refusal(countAttempt(ctx, 'password', door('a')))).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 30 })
  })

  test('200 parallel guesses get no more comparisons than may be wrong, busy and right ones among them', async () => {
    const ctx = await makeCtx()
    let compared = 0
    const outcomes = await Promise.allSettled(
      Array.from({ length: 200 }, (_, i) =>
        countedGuess(ctx, 'password', door('a', elsewhere(i)), async () => {
          await new Promise(resolve => setTimeout(resolve, i % 5))
          if (i % 3 === 0) throw busy
          compared++
          return { wrong: SHOWN }
        }),
      ),
    )
    expect(compared).toBeLessThanOrEqual(5)
    expect(outcomes.filter(one => one.status === 'rejected' && one.reason === SHOWN)).toHaveLength(compared)
    // what busy took is there again
    const left = 5 - compared
    for (let i = 0; i < left; i++) expect(await wrong(ctx, 'password', door('a'))).toBe('code_wrong')
    expect(await wrong(ctx, 'password', door('a'))).toBe('rate_limited')
  })
})

describe('limits of one process', () => {
  test('a passkey prefix has 300 in a minute, and nothing is written for it', async () => {
    const ctx = await makeCtx()
    expect(await letThrough(ctx, 'passkey_finish', 400, () => door('a'))).toBe(300)
    expect(await refusal(counted(ctx, 'passkey_finish', door('a')))).toEqual({ code: 'rate_limited', retryAfterSeconds: 60 })
    ctx.clock.advance(60_000)
    await counted(ctx, 'passkey_finish', door('a', client().ip))
  })

  /** How many of `n` requests arrive from there. */
  async function arrived(ctx: TestCtx, n: number, ip: string): Promise<number> {
    const tried = await Promise.allSettled(Array.from({ length: n }, () => countArrival(ctx, ip)))
    return tried.filter(result => result.status === 'fulfilled').length
  }

  test('any request counts for its prefix, and for nobody where the host hands over no address', async () => {
    const ctx = await makeCtx()
    expect(await arrived(ctx, 310, '192.0.2.1')).toBe(300)
    expect(await arrived(ctx, 310, '0.0.0.0')).toBe(310)
  })

  test('an office that more than fifty people signed in from has exactly ten times as much', async () => {
    const ctx = await makeCtx()
    for (let n = 0; n < 51; n++)
      await ctx.store.transaction(tx => resetAttempts(tx, ctx, 'password', { ...door(`${n}`, '192.0.2.80'), accountId: `${n}` }))
    expect(await arrived(ctx, 301, '192.0.2.80')).toBe(301)
    expect(await arrived(ctx, 2_800, '192.0.2.80')).toBe(2_699)
  })
})
