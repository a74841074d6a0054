import { beforeAll, describe, expect, it } from 'vitest'
import { Problem } from '../../packages/server/src/domain/problems.ts'
import type { Attempt, LimitKind } from '../../packages/server/src/limits/index.ts'
import { counted, makeCtx, type TestCtx } from '../../packages/server/src/methods/context.fixture.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Who tries for the n-th time; everything that is not counted is another each time. */
type Who = (name: string, n: number) => Attempt

let addresses = 0
const elsewhere = (): string => `10.${(++addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`
/** One prefix of its own for each name. */
const PREFIXES = new Map<string, string>()
function prefixOf(name: string): string {
  const known = PREFIXES.get(name) ?? `192.0.2.${PREFIXES.size}`
  PREFIXES.set(name, known)
  return known
}

const BY = {
  identifier: (name, _) => ({ stage: 'door', ip: elsewhere(), identifier: name }),
  prefix: (name, n) => ({
    stage: 'door',
    ip: prefixOf(name),
    identifier: `${name}${n}`,
    accountId: `${name}${n}`,
    sessionId: `${name}${n}`,
  }),
  'identifier and prefix': (name, _) => ({ stage: 'door', ip: prefixOf(name), identifier: name }),
  account: (name, n) => ({ stage: 'proven', ip: elsewhere(), accountId: name, provenBy: `${n}` }),
  'account and prefix': (name, n) => ({ stage: 'proven', ip: prefixOf(name), accountId: name, provenBy: `${n}` }),
  proof: (name, _) => ({ stage: 'proven', ip: elsewhere(), accountId: name, provenBy: 'password' }),
  device: (name, n) => ({ stage: 'known_device', ip: elsewhere(), accountId: name, deviceId: 'mine', identifier: `${name}${n}` }),
  session: (name, _) => ({ stage: 'session', ip: elsewhere(), accountId: name, sessionId: name }),
  'session on a device': (name, _) => ({
    stage: 'session_on_known_device',
    ip: elsewhere(),
    accountId: name,
    sessionId: name,
    deviceId: name,
  }),
  sessions: (name, n) => ({ stage: 'session', ip: elsewhere(), accountId: name, sessionId: `${name}${n}` }),
  'new address': (name, n) => ({ stage: 'session', ip: elsewhere(), accountId: `${name}${n}`, sessionId: `${name}${n}`, identifier: name }),
} as const satisfies Record<string, Who>

type Row = readonly [kinds: string, by: keyof typeof BY, limit: number, windowMs: number, everyMs?: number]

/** Windows, by hand: so many pass, spread so that no shorter window is in the way; the next is refused until the window ends. */
const WINDOWS: readonly Row[] = [
  ['password totp sms email recovery_code', 'prefix', 30, 5 * MINUTE],
  ['password', 'device', 10, 15 * MINUTE],
  ['password totp sms email recovery_code', 'session', 5, HOUR],
  ['password totp sms email recovery_code', 'sessions', 20, HOUR],
  ['send_sms', 'identifier', 1, MINUTE],
  ['send_sms', 'identifier', 3, HOUR, MINUTE],
  ['send_sms', 'identifier', 5, DAY, 25 * MINUTE],
  ['send_sms', 'prefix', 10, HOUR],
  ['send_sms', 'device', 1, MINUTE],
  ['send_sms', 'proof', 1, MINUTE],
  ['send_sms', 'session', 1, MINUTE],
  ['send_sms', 'session on a device', 1, MINUTE],
  ['send_sms', 'device', 5, HOUR, MINUTE],
  ['send_sms', 'proof', 5, HOUR, MINUTE],
  ['send_sms', 'session', 5, HOUR, MINUTE],
  ['send_sms', 'session on a device', 5, HOUR, MINUTE],
  ['send_sms', 'device', 10, DAY, 15 * MINUTE],
  ['send_sms', 'proof', 10, DAY, 15 * MINUTE],
  ['send_sms', 'session', 10, DAY, 15 * MINUTE],
  ['send_sms', 'session on a device', 10, DAY, 15 * MINUTE],
  ['send_email', 'identifier', 1, 30 * SECOND],
  ['send_email', 'identifier', 3, HOUR, 30 * SECOND],
  ['send_email', 'identifier', 10, DAY, 25 * MINUTE],
  ['send_email', 'prefix', 20, HOUR],
  ['send_email', 'device', 1, 30 * SECOND],
  ['send_email', 'proof', 1, 30 * SECOND],
  ['send_email', 'session', 1, 30 * SECOND],
  ['send_email', 'session on a device', 1, 30 * SECOND],
  ['send_email', 'device', 10, HOUR, 30 * SECOND],
  ['send_email', 'proof', 10, HOUR, 30 * SECOND],
  ['send_email', 'session', 10, HOUR, 30 * SECOND],
  ['send_email', 'session on a device', 10, HOUR, 30 * SECOND],
  ['new_address', 'new address', 3, HOUR],
  ['new_address', 'new address', 10, DAY, 25 * MINUTE],
  ['approval_create', 'sessions', 60, HOUR],
  ['passkey_begin', 'prefix', 600, MINUTE],
  ['passkey_finish', 'prefix', 300, MINUTE],
  ['session_request', 'session', 600, MINUTE],
  ['request', 'prefix', 300, MINUTE],
]

let ctx: TestCtx
beforeAll(async () => {
  ctx = await makeCtx({ limitFactor: 1 })
})

/** The seconds of a refusal, or null. */
async function refusedFor(kind: LimitKind, attempt: Attempt): Promise<number | null> {
  try {
    await counted(ctx, kind, attempt)
    return null
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'rate_limited') throw error
    return error.extras.retryAfterSeconds ?? Number.NaN
  }
}

describe('H8 limits at their edge', () => {
  for (const [kinds, by, limit, windowMs, everyMs = 0] of WINDOWS)
    it(`${kinds} by ${by}: ${limit} pass in ${windowMs / SECOND} s, not one more`, async () => {
      for (const kind of kinds.split(' ') as LimitKind[]) {
        const name = `${kind} ${by} ${limit} ${windowMs}`
        const start = ctx.now()
        for (let n = 0; n < limit; n++) {
          ctx.clock.set(start + n * everyMs)
          expect([kind, n, await refusedFor(kind, BY[by](name, n))]).toEqual([kind, n, null])
        }
        ctx.clock.set(start + limit * everyMs)
        // the very moment after the last one of a shorter window
        expect([kind, await refusedFor(kind, BY[by](name, limit))]).toEqual([kind, Math.ceil((windowMs - limit * everyMs) / SECOND)])
        ctx.clock.set(start + windowMs - 1)
        expect([kind, await refusedFor(kind, BY[by](name, limit + 1))]).toEqual([kind, 1])
        ctx.clock.set(start + windowMs)
        expect([kind, await refusedFor(kind, BY[by](name, limit + 2))]).toEqual([kind, null])
      }
    })

  /** Free failures in a row, after which each costs a wait that doubles, from 30 seconds to an hour. */
  const FREE: readonly [kinds: string, by: keyof typeof BY, free: number][] = [
    ['password', 'identifier', 5],
    ['password', 'account', 5],
    ['totp sms email', 'identifier', 10],
    ['totp sms email', 'account', 10],
    ['recovery_code', 'identifier and prefix', 10],
    ['recovery_code', 'account and prefix', 10],
    ['totp sms email recovery_code', 'device', 10],
  ]
  it.each(FREE)('%s by %s: %i wrong ones are free, then the wait doubles from 30 s to an hour', async (kinds, by, free) => {
    for (const kind of kinds.split(' ') as LimitKind[]) {
      const attempt = (n: number): Attempt => BY[by](`row ${kind} ${by}`, n)
      for (let n = 1; n <= free; n++) expect([kind, n, await refusedFor(kind, attempt(n))]).toEqual([kind, n, null])
      for (const seconds of [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]) {
        expect([kind, await refusedFor(kind, attempt(0))]).toEqual([kind, seconds])
        ctx.clock.advance(seconds * SECOND - 1)
        expect([kind, await refusedFor(kind, attempt(0))]).toEqual([kind, 1])
        ctx.clock.advance(1)
        expect([kind, await refusedFor(kind, attempt(0))]).toEqual([kind, null])
      }
    }
  })

  /** Failures in a row that close a method, however slow: NIST SP 800-63B-4 §3.2.2. */
  const CLOSING: readonly [kinds: string, by: keyof typeof BY][] = [
    ['password totp sms email', 'identifier'],
    ['password totp sms email', 'account'],
    ['recovery_code', 'identifier and prefix'],
    ['recovery_code', 'account and prefix'],
    ['password totp sms email recovery_code', 'device'],
    ['password totp sms email', 'sessions'],
    ['password totp sms email recovery_code', 'session on a device'],
  ]
  it.each(CLOSING)('%s by %s: a hundred in a row close it', async (kinds, by) => {
    for (const kind of kinds.split(' ') as LimitKind[]) {
      const attempt = (n: number): Attempt => BY[by](`closing ${kind} ${by}`, n)
      for (let n = 1; n <= 100; n++) {
        expect([kind, n, await refusedFor(kind, attempt(n))]).toEqual([kind, n, null])
        ctx.clock.advance(HOUR)
      }
      ctx.clock.advance(DAY)
      expect([kind, await refusedFor(kind, attempt(0))]).toEqual([kind, 3_600])
    }
  })

  it('three a day are left to a known device, and three to the cancel of a change, when others spent the rest', async () => {
    const other = (n: number): Attempt => BY.sessions('reserve', n)
    for (let n = 0; n < 20; n++) expect(await refusedFor('totp', other(n))).toBeNull()
    const start = ctx.now()
    const mine = { ...BY['session on a device']('reserve', 0) }
    for (let n = 0; n < 3; n++) expect(await refusedFor('totp', mine)).toBeNull()
    expect(await refusedFor('totp', mine)).toBe(3_600)
    const cancel = { ...BY.session('reserve', 0), operation: 'change.cancel' }
    expect(await refusedFor('totp', { ...cancel, operation: 'password.change' })).toBe(3_600)
    for (let n = 0; n < 3; n++) expect(await refusedFor('totp', cancel)).toBeNull()
    expect(await refusedFor('totp', cancel)).toBe(3_600)
    // the others spend the next hour, too: the reserves are a day's
    ctx.clock.set(start + DAY - 1)
    for (let n = 0; n < 20; n++) expect(await refusedFor('totp', other(n))).toBeNull()
    expect([await refusedFor('totp', mine), await refusedFor('totp', cancel)]).toEqual([1, 1])
    ctx.clock.set(start + DAY)
    expect([await refusedFor('totp', mine), await refusedFor('totp', cancel)]).toEqual([null, null])
  })
})
