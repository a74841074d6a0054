import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { makeAccount, makeCtx, type TestCtx } from '../methods/context.fixture.ts'
import { type Maintenance, startMaintenance } from './maintenance.ts'
import { authenticator, code, preSession, session, signUp, T0 } from './rows.fixture.ts'
import type { NewSession } from './store.ts'

const DAY = 86_400_000
const running: Maintenance[] = []
afterEach(() => Promise.all(running.splice(0).map(it => it.stop())))
const start = (...args: Parameters<typeof startMaintenance>): Maintenance => {
  const maintenance = startMaintenance(args[0], args[1])
  running.push(maintenance)
  return maintenance
}

/** Sessions that ended at that moment. */
async function endedSessions(ctx: TestCtx, count: number, at: number): Promise<NewSession[]> {
  const { id } = (await makeAccount(ctx)).account
  const rows = Array.from({ length: count }, () => session(id, { createdAt: at - 1, expiresAt: at + 30 * DAY }))
  await ctx.store.transaction(async tx => {
    for (const row of rows) await tx.sessions.insert(row)
    await tx.sessions.endAll(id, null, at, 'test')
  })
  return rows
}
const left = async (ctx: TestCtx, rows: NewSession[]): Promise<number> =>
  (await Promise.all(rows.map(row => ctx.store.read.sessions.get(row.id)))).filter(Boolean).length

/** As turns come due, until one has taken the rows. */
async function taken(ctx: TestCtx, rows: NewSession[]): Promise<void> {
  for (let turns = 0; turns < 5 && (await left(ctx, rows)) > 0; turns++) await vi.advanceTimersByTimeAsync(90_000)
  expect(await left(ctx, rows)).toBe(0)
}

describe('maintenance', () => {
  test('keeps an ended session for thirty days and not a moment longer', async () => {
    const ctx = await makeCtx()
    const rows = await endedSessions(ctx, 2, ctx.now())
    const maintenance = start(ctx)
    ctx.clock.advance(30 * DAY)
    expect(await maintenance.run()).toEqual({})
    ctx.clock.advance(1)
    expect(await maintenance.run()).toEqual({ sessions: 2 })
    expect(await left(ctx, rows)).toBe(0)
  })

  test('what nobody finished goes a day after it expired', async () => {
    const ctx = await makeCtx()
    const { id } = (await makeAccount(ctx)).account
    const expiresAt = ctx.now()
    await ctx.store.transaction(async tx => {
      await tx.preSessions.put(preSession({ expiresAt }))
      await tx.signUps.insert(signUp({ expiresAt }))
      await tx.codes.issue(code({ expiresAt }))
      await tx.authenticators.insert(authenticator(id, { status: 'pending', expiresAt }))
    })
    const maintenance = start(ctx)
    ctx.clock.advance(DAY)
    expect(await maintenance.run()).toEqual({})
    ctx.clock.advance(1)
    expect(await maintenance.run()).toEqual({ preSessions: 1, signUps: 1, codes: 1, authenticators: 1 })
  })

  test('a used challenge stays as long as anybody could take it for valid (INV-3)', async () => {
    const ctx = await makeCtx()
    const expiresAt = ctx.now() + 300_000
    await ctx.store.transaction(tx => tx.challenges.spend('challenge', expiresAt))
    const maintenance = start(ctx)
    ctx.clock.advance(300_000)
    expect(await maintenance.run()).toEqual({})
    expect(await ctx.store.transaction(tx => tx.challenges.spend('challenge', expiresAt))).toBe(false)
    ctx.clock.advance(60_001)
    expect(await maintenance.run()).toEqual({ challenges: 1 })
  })

  test('works in small transactions, between which others write', async () => {
    const ctx = await makeCtx()
    const rows = await endedSessions(ctx, 25, ctx.now())
    ctx.clock.advance(31 * DAY)
    let others = 0
    const maintenance = start(ctx, { batch: 5, pauseMs: 1 })
    const turn = maintenance.run()
    while ((await left(ctx, rows)) > 0) {
      await ctx.store.transaction(tx => tx.meta.set('other', String(++others)))
      await sleep(1)
    }
    expect(await turn).toEqual({ sessions: 25 })
    expect(others).toBeGreaterThan(1)
  })

  test('takes no more than its share in one turn', async () => {
    const ctx = await makeCtx()
    await endedSessions(ctx, 12, ctx.now())
    ctx.clock.advance(31 * DAY)
    const maintenance = start(ctx, { batch: 5, maxBatches: 2, pauseMs: 0 })
    expect([await maintenance.run(), await maintenance.run()]).toEqual([{ sessions: 10 }, { sessions: 2 }])
  })

  test('runs by itself, again and again, until it is stopped', async () => {
    const ctx = await makeCtx()
    const first = await endedSessions(ctx, 1, ctx.now())
    ctx.clock.advance(31 * DAY)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const maintenance = start(ctx, { everyMs: 60_000 })
    await taken(ctx, first)
    const second = await endedSessions(ctx, 1, ctx.now() - 31 * DAY)
    await taken(ctx, second)
    await maintenance.stop()
    expect(vi.getTimerCount()).toBe(0)
    const third = await endedSessions(ctx, 1, ctx.now() - 31 * DAY)
    await vi.advanceTimersByTimeAsync(600_000)
    vi.useRealTimers()
    expect(await left(ctx, third)).toBe(1)
  })

  test('a turn that fails is told and not the end of it', async () => {
    const ctx = await makeCtx()
    const rows = await endedSessions(ctx, 1, T0 - 31 * DAY)
    const down = start({ ...ctx, store: { ...ctx.store, transaction: () => Promise.reject(new Error('down')) } })
    expect(await down.run()).toEqual({})
    ctx.clock.advance(T0)
    expect(await start(ctx).run()).toEqual({ sessions: 1 })
    expect(await left(ctx, rows)).toBe(0)
  })
})
