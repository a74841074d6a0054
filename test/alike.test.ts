import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { internals } from '@latchkey/server/internals'
import { startPostgres } from '@latchkey/testing'
import { startLatchkey, type TestBrowser } from '@latchkey/testing/latchkey'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AccountId } from '../packages/server/src/domain/types.ts'
import type { HashBegun } from '../packages/server/src/methods/argon2.ts'
import { makeAccount, makeCtx, type TestCtx } from '../packages/server/src/methods/context.fixture.ts'
import { openPostgres } from '../packages/server/src/store/postgres.ts'
import { change } from '../packages/server/src/store/rows.fixture.ts'
import type { StatementSent } from '../packages/server/src/store/statements.ts'
import { type Answer, accountMaker, ask, differences, type Kept, STEPS, siteOf } from './fixtures/anonymous.ts'
import { timingRow } from './fixtures/timing.ts'

/** Refused before anything is read, since no first step was right: alone they say as much as in any company. `npm run nightly` pairs them, too. */
const BEHIND = new Set(['sign-in send', 'sign-in code', 'forgotten new', 'api send', 'api code'])
const ALL = Object.keys(STEPS)
const NAMES = ALL.filter(name => process.env.LATCHKEY_ALL_PAIRS || !BEHIND.has(name))
/** What leaves for a known address where an unknown one gets other words, or a message that never leaves. */
const SAME_MAIL: Record<string, string> = { account_exists: 'sign_up_code', nothing: 'code' }

/** The messages since the last time. */
const mailsOf = (ctx: TestCtx) => (): Promise<string[]> =>
  ctx.store.transaction(async tx => {
    const rows = await tx.outbox.lease(ctx.now(), 1, 1_000)
    for (const row of rows) await tx.outbox.sent(row.id, ctx.now())
    return rows.map(row => `${SAME_MAIL[row.template] ?? row.template} ${row.channel} ${row.to} ${Object.keys(row.params).sort()}`)
  })

interface Side {
  browser: TestBrowser
  identifier: string
  kept: Kept
}

/** Does a step, and first the one that it follows where that was not done yet. */
async function walk(name: string, side: Side, done: Set<string>, mails: () => Promise<string[]>): Promise<Answer[]> {
  const step = STEPS[name]!
  const before = step.after && !done.has(step.after) ? await walk(step.after, side, done, mails) : []
  done.add(name)
  return [...before, await ask(step, side.browser, side.identifier, side.kept, mails)]
}

interface Pairs {
  firsts: readonly string[]
  seconds: readonly string[]
  /** From one browser; else the second step comes from another one at another address. */
  same: boolean
}

/** Makes every ordered pair of steps twice, for an address that somebody has and for one that nobody has. */
async function comparePairs({ firsts, seconds, same }: Pairs): Promise<void> {
  const ctx = await makeCtx({ policy: { preset: 'exchange' }, limitFactor: 1 })
  const [site, makeKnown, mails] = [siteOf(ctx), await accountMaker(ctx), mailsOf(ctx)]
  let n = 0
  for (const first of firsts)
    for (const second of seconds) {
      n++
      await makeKnown(`mei-${n}-k@people.example`)
      const seen: Answer[][] = []
      for (const [nth, letter] of ['k', 'u'].entries()) {
        const at = (more: number): Side => {
          const browser = site.browser(`10.${nth + more}.${n >> 8}.${n & 255}`)
          return { browser, identifier: `mei-${n}-${letter}@people.example`, kept: {} }
        }
        const [one, done] = [at(0), new Set<string>()]
        const answers = await walk(first, one, done, mails)
        seen.push([...answers, ...(await (same ? walk(second, one, done, mails) : walk(second, at(2), new Set(), mails)))])
      }
      const told = seen[0]!.flatMap((answer, index) => differences(answer, seen[1]![index]!))
      expect({ first, second, told }).toEqual({ first, second, told: [] })
    }
}

describe('H3 INV-16 a stranger who makes any two requests cannot tell an account from none', () => {
  const entries = NAMES.filter(name => !STEPS[name]!.after)
  it('every ordered pair from one browser', () => comparePairs({ firsts: NAMES, seconds: NAMES, same: true }))
  it('every ordered pair from two browsers at two addresses', () => comparePairs({ firsts: NAMES, seconds: entries, same: false }))
  it('any dozen of requests, from three addresses, with pauses, until every budget of strangers is spent', async () => {
    const ctx = await makeCtx({ policy: { preset: 'exchange' }, limitFactor: 1 })
    const [site, makeKnown, mails] = [siteOf(ctx), await accountMaker(ctx), mailsOf(ctx)]
    const move = fc.record({ name: fc.constantFrom(...NAMES), from: fc.nat(2), pause: fc.constantFrom(0, 31_000, 61_000, 1_200_000) })
    let [n, refused] = [0, 0]
    const play = async (moves: { name: string; from: number; pause: number }[]): Promise<void> => {
      n++
      await makeKnown(`ana-${n}-k@people.example`)
      const sides = ['k', 'u'].map((letter, nth) => ({
        identifier: `ana-${n}-${letter}@people.example`,
        browsers: [0, 1, 2].map(at => ({
          browser: site.browser(`10.${64 + 3 * nth + at}.${n >> 8}.${n & 255}`),
          kept: {},
          done: new Set<string>(),
        })),
      }))
      for (const { name, from, pause } of moves) {
        const seen: Answer[][] = []
        for (const { identifier, browsers } of sides) {
          const { browser, kept, done } = browsers[from]!
          seen.push(await walk(name, { browser, kept, identifier }, done, mails))
        }
        expect(seen[0]!.flatMap((answer, index) => differences(answer, seen[1]![index]!))).toEqual([])
        refused += seen.flat().filter(({ status }) => status === 429).length
        ctx.clock.advance(pause)
      }
    }
    const numRuns = process.env.LATCHKEY_ALL_PAIRS ? 500 : 12
    await fc.assert(fc.asyncProperty(fc.array(move, { minLength: 8, maxLength: 16 }), play), { numRuns, endOnFailure: true })
    // each mail of an hour and of a day, and each guess of a row
    for (const name of ['forgotten', 'sign-up', 'sign-in password', 'recovery by code', 'forgotten code'])
      await play(Array.from({ length: 14 }, (_, at) => ({ name, from: at % 3, pause: at % 4 === 3 ? 3_600_000 : 31_000 })))
    expect(refused).toBeGreaterThan(20)
  })
  it('what lies behind a first right step', () => comparePairs({ firsts: ['recovery by code'], seconds: [...BEHIND], same: true }))
})

/** Works on one engine; the other one takes a store of its own. */
const ENGINES: Record<string, (ctx: TestCtx) => Promise<() => Promise<void>>> = {
  SQLite: async () => async () => {},
  async PostgreSQL(ctx) {
    const postgres = await startPostgres()
    const store = await openPostgres({ url: await postgres.createDatabase('alike'), seal: ctx.keys.seal })
    await store.migrate()
    Object.assign(ctx, { store })
    return async () => {
      await store.close()
      await postgres.stop()
    }
  },
}

/** Statements and hashes while something is done, in their order. */
async function workOf(act: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = []
  const statement = (message: unknown): void => void seen.push((message as StatementSent).sql)
  const hash = (message: unknown): void => void seen.push(JSON.stringify(message as HashBegun))
  subscribe('latchkey.statement', statement)
  subscribe('latchkey.hash', hash)
  try {
    await act()
    return seen
  } finally {
    unsubscribe('latchkey.statement', statement)
    unsubscribe('latchkey.hash', hash)
  }
}

type Known = (ctx: TestCtx, address: string, whole: (address: string) => Promise<AccountId>) => Promise<unknown>

/** Accounts of every kind; none of them may do more or less than nobody does. */
const KINDS: Record<string, Known> = {
  'with everything': (_, address, whole) => whole(address),
  'with nothing but its address': (ctx, address) => makeAccount(ctx, address),
  'that is frozen': async (ctx, address, whole) => {
    const id = await whole(address)
    await ctx.store.transaction(tx => tx.accounts.update(id, { status: 'frozen', frozenAt: ctx.now() }))
  },
  'whose password must be changed': async (ctx, address, whole) => {
    const row = await ctx.store.read.authenticators.find(await whole(address), 'password', 'active')
    await ctx.store.transaction(tx => tx.authenticators.setStatus(row!.id, 'must_change'))
  },
  'whose recovery by mail may open': async (ctx, address) => {
    const { account } = await makeAccount(ctx, address)
    const wait = change(account.id, { operation: 'recovery', target: null, askedAt: 1, effectiveAt: 2 })
    await ctx.store.transaction(tx => tx.changes.insert(wait))
  },
}

describe.each(Object.keys(ENGINES))('H4 INV-16 on %s', engine => {
  it('before its answer, every request makes the same statements, hashes and messages for an account of any kind and for none', async () => {
    const ctx = await makeCtx({ policy: { preset: 'exchange' }, limitFactor: 1 })
    const end = await ENGINES[engine]!(ctx)
    const [site, whole, mails] = [siteOf(ctx), await accountMaker(ctx), mailsOf(ctx)]
    let n = 0
    const work = async (name: string, identifier: string): Promise<string[]> => {
      const side = { browser: site.browser(`10.9.${++n >> 8}.${n & 255}`), identifier, kept: {} }
      await walk('sign-in', side, new Set(), mails)
      const { after } = STEPS[name]!
      const before = after ? await workOf(() => STEPS[after]!.send(side.browser, identifier, side.kept)) : []
      return [...before, 'then', ...(await workOf(() => STEPS[name]!.send(side.browser, identifier, side.kept)))]
    }
    for (const name of ALL) {
      const nobody = await work(name, `nobody-${n}@people.example`)
      expect(nobody.length).toBeGreaterThan(1)
      for (const [kind, make] of Object.entries(KINDS)) {
        const address = `known-${n}@people.example`
        await make(ctx, address, whole)
        expect({ name, kind, work: await work(name, address) }).toEqual({ name, kind, work: nobody })
      }
    }
    await end()
  })
})

describe('H4 INV-16 what is rendered and sent', () => {
  it('waits until the request that caused it was answered, for a decoy, too', async () => {
    const server = await startLatchkey()
    await server.browser().signUp('mei@example.com')
    await server.messages()
    for (const identifier of ['mei@example.com', 'nobody@example.com']) {
      const browser = server.browser()
      await browser.open('/forgot-password')
      const during = await workOf(() => browser.submit('/forgot-password', { identifier }))
      expect(during.some(sql => sql.startsWith('insert into "outbox"'))).toBe(true)
      expect(during.filter(sql => sql.startsWith('update "outbox"'))).toEqual([])
      const { ctx, outbox } = await internals.get(server.latchkey)!
      await outbox.drain()
      expect(await ctx.store.read.outbox.pending()).toBe(0)
    }
    await server.close()
  })
})

/** Samples of each kind of a report for people, which `npm run nightly` asks for. Machines differ: no time passes or fails. */
const STEPS_AT_THE_DOOR = ALL.filter(one => !BEHIND.has(one))
const SAMPLES = Number(process.env.LATCHKEY_TIMING_SAMPLES ?? 0)
if (SAMPLES > 0)
  describe.each(Object.keys(ENGINES))('H4 timing on %s', engine => {
    it(`${SAMPLES} samples each, interleaved`, async () => {
      const ctx = await makeCtx({ policy: { preset: 'exchange' }, limitFactor: 1e6 })
      const end = await ENGINES[engine]!(ctx)
      const [site, whole, mails] = [siteOf(ctx), await accountMaker(ctx), mailsOf(ctx)]
      const time = async (name: string, identifier: string): Promise<number> => {
        const side = { browser: site.browser('10.0.0.1'), identifier, kept: {} }
        await walk(STEPS[name]!.after ?? 'sign-in', side, new Set(), mails)
        await mails()
        const before = performance.now()
        await (await STEPS[name]!.send(side.browser, identifier, side.kept)).text()
        return performance.now() - before
      }
      const report = []
      for (const name of STEPS_AT_THE_DOOR) {
        const [known, unknown]: [number[], number[]] = [[], []]
        for (let n = -10; n < SAMPLES; n++) {
          // each sample an address of its own: what was asked before must not help the next
          const sides = [`k-${name.length}-${n}-${report.length}@people.example`, `u-${name.length}-${n}-${report.length}@people.example`]
          await whole(sides[0]!)
          const times = [0, 0]
          for (const side of Math.random() < 0.5 ? [0, 1] : [1, 0]) times[side] = await time(name, sides[side]!)
          if (n < 0) continue
          known.push(times[0]!)
          unknown.push(times[1]!)
        }
        report.push(timingRow(name, known, unknown))
      }
      console.log(`anonymous requests on ${engine}, medians of ${SAMPLES} interleaved samples`)
      console.table(report)
      await end()
      expect(report.filter(row => Number(row['known ms']) > 0 && Number(row['unknown ms']) > 0)).toHaveLength(STEPS_AT_THE_DOOR.length)
    })
  })
