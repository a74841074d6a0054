import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { internals } from '@latchkey/server/internals'
import { type RunningLatchkey, startLatchkey, type TestBrowser } from '@latchkey/testing/latchkey'
import { describe, expect, it } from 'vitest'
import { LIMITS, resetAttempts } from '../packages/server/src/limits/index.ts'
import { memoryCounters } from '../packages/server/src/limits/memory.ts'
import { newTotpSecret } from '../packages/server/src/methods/index.ts'
import type { Store, Tables } from '../packages/server/src/store/store.ts'

/** Every counter that requests to a running server touch, by the name that its key begins with. */
async function counted(server: RunningLatchkey): Promise<{ ctx: { store: Store; now(): number }; names(): string[] }> {
  const { ctx } = await internals.get(server.latchkey)!
  const seen = new Set<string>()
  const note = (key: string): void => void seen.add(key.split(':')[0] ?? '')
  const transaction = ctx.store.transaction.bind(ctx.store)
  const noting = (tx: Tables): Tables => ({
    ...tx,
    limits: {
      ...tx.limits,
      hit(key, windowMs, now) {
        note(key)
        return tx.limits.hit(key, windowMs, now)
      },
    },
  })
  ctx.store.transaction = work => transaction(tx => work(noting(tx)))
  return {
    ctx,
    names() {
      memoryCounters(ctx.store).keys().forEach(note)
      return [...seen]
    },
  }
}

describe('H8 limits that are declared', () => {
  it('are all called by a running server', async () => {
    const server = await startLatchkey({ actions: { withdraw: { title: 'Withdraw', labels: { amount: 'Amount' } } } })
    const { ctx, names } = await counted(server)
    const owner = server.browser()
    await owner.signUp('mei@example.com')
    const id = (await ctx.store.read.identifiers.find('email', 'mei@example.com'))!.accountId
    await ctx.store.transaction(async tx => {
      const at = ctx.now()
      await tx.identifiers.insert({
        ...{ id: randomUUID(), accountId: id, kind: 'phone', value: '+34600000111' },
        ...{ verifiedAt: at, createdAt: at, supersededAt: null },
      })
      await tx.authenticators.insert({
        ...{ id: randomUUID(), accountId: id, kind: 'totp', status: 'active', data: { secret: newTotpSecret() } },
        ...{ sessionId: null, createdAt: at, expiresAt: null, lastUsedAt: null },
      })
    })
    const purpose = { operation: 'password.change', target: null }
    await owner.api('/api/step-up/totp', { ...purpose, secret: '000000' })
    await owner.api('/api/step-up/send', { ...purpose, method: 'sms' })
    await owner.api('/api/step-up/sms', { ...purpose, secret: '000000' })
    await owner.stepUp('email.replace')
    await owner.open('/account/email')
    await owner.submit('/account/email', { address: 'new@example.com' })
    await server.latchkey.api.approvals
      .create(new Request(`${server.origin}/`, { headers: { cookie: [...owner.cookies].map(pair => pair.join('=')).join('; ') } }), {
        action: 'withdraw',
        details: { amount: '1' },
      })
      .catch(() => {})
    const stranger = server.browser({ ip: '192.0.2.9' })
    await stranger.signInWithPassword('mei@example.com', 'not this one')
    await stranger.api('/api/sign-in/passkey', { response: { id: 'x', type: 'public-key' } })
    await stranger.open('/recover/start?with=recovery_code')
    await stranger.submit('/recover/start', { with: 'recovery_code', identifier: 'mei@example.com', secret: 'AAAA-BBBB-CCCC-DDDD' })
    expect(Object.keys(LIMITS).filter(kind => !names().includes(kind))).toEqual([])
    await server.close()
  })

  it('hold at the door: 300 requests a minute from one prefix, whatever they ask for; probes and files are free', async () => {
    const server = await startLatchkey({ limitFactor: 1 })
    const { ctx } = await internals.get(server.latchkey)!
    const browser = server.browser({ ip: '2001:db8::1' })
    const answers = new Map<number, number>()
    const paths = ['/sign-in/other', '/nothing-here', '/api/session', '/recover']
    for (let n = 0; n < 320; n++) {
      const { status } = await browser.request('GET', paths[n % paths.length]!)
      answers.set(status, (answers.get(status) ?? 0) + 1)
    }
    expect(answers.get(429)).toBe(20)
    const refused = await browser.api('/api/session')
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited', retryAfterSeconds: 60 } })
    for (const path of ['/livez', '/readyz']) expect((await browser.request('GET', path)).status).toBe(200)
    expect((await server.browser({ ip: '2001:db8:0:1::1' }).request('GET', '/sign-in/other')).status).toBe(200)
    server.clock.advance(60_000)
    expect((await browser.request('GET', '/sign-in/other')).status).toBe(200)
    // a session has its own count, from however many addresses its cookie comes
    await browser.signUp('mei@example.com')
    server.clock.advance(60_000)
    let served = 0
    for (let n = 0; n < 620; n++) served += Number((await moved(browser, n).request('GET', '/api/session')).status === 200)
    expect(served).toBe(600)
    expect(memoryCounters(ctx.store).size).toBeLessThan(1_000)
    await server.close()
  })

  it('an office behind one address has ten times as much, once more than fifty people signed in from there', async () => {
    const server = await startLatchkey({ limitFactor: 1 })
    const { ctx } = await internals.get(server.latchkey)!
    const office = '192.0.2.80'
    for (let n = 0; n < 51; n++)
      await ctx.store.transaction(tx =>
        resetAttempts(tx, ctx, 'password', { stage: 'door', ip: office, identifier: `${n}`, accountId: `${n}` }),
      )
    const browser = server.browser({ ip: office })
    for (let n = 0; n < 400; n++) expect((await browser.request('GET', '/sign-out')).status).toBe(200)
    await server.close()
  })
})

/** The same cookies from another address. */
function moved(browser: TestBrowser, n: number): TestBrowser {
  const headers = (browser as unknown as { headers: Record<string, string> }).headers
  headers['x-test-ip'] = `10.1.${n >> 8}.${n & 255}`
  return browser
}

const TABLES = [
  'pre_session',
  'evidence',
  'code',
  'outbox',
  'pending_sign_up',
  'used_challenge',
  'event',
  'limit_bucket',
  'session',
  'account',
]

async function rowsOf(file: string): Promise<Record<string, number>> {
  const builtin = process.getBuiltinModule?.('node:sqlite' as never) as { DatabaseSync: unknown } | undefined
  const { DatabaseSync } = (builtin ?? (await import('@photostructure/sqlite'))) as {
    DatabaseSync: new (file: string) => { prepare(sql: string): { get(): { n: number } }; close(): void }
  }
  const db = new DatabaseSync(file)
  const rows = Object.fromEntries(TABLES.map(table => [table, db.prepare(`select count(*) as n from ${table}`).get().n]))
  db.close()
  return rows
}

describe('H8 what strangers make us store', () => {
  /** A form of every kind, each time with another identifier and another browser. */
  async function flood(server: RunningLatchkey, rounds: number, ipOf: (n: number) => string): Promise<void> {
    for (let n = 0; n < rounds; n++) {
      const browser = server.browser({ ip: ipOf(n) })
      const identifier = `${n}-${randomUUID()}@example.com`
      const page = await browser.open('/sign-in')
      if (page.status === 429) return
      await browser.submit('/sign-in', { identifier })
      const { body } = await browser.api<{ authSession?: string }>('/api/sign-in/start', { identifier })
      if (body.authSession) await browser.api('/api/sign-in/password', { authSession: body.authSession, password: 'x' })
      await browser.submit('/recover/start', { with: 'recovery_code', identifier, secret: 'AAAA-BBBB-CCCC-DDDD' })
      await browser.submit('/sign-up', { identifier })
      await browser.submit('/forgot-password', { identifier })
    }
  }

  it('H8: an hour of one prefix at full speed is bounded: counters, and what 20 mails allowed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-flood-'))
    const file = join(folder, 'flood.db')
    const server = await startLatchkey({ limitFactor: 1, database: file })
    for (let minute = 0; minute < 60; minute += 15) {
      await flood(server, 36, () => '192.0.2.66')
      server.clock.advance(15 * 60_000)
    }
    const rows = await rowsOf(file)
    expect(rows).toMatchObject({ pre_session: 0, evidence: 0, used_challenge: 0, event: 0, session: 0, account: 0 })
    // twenty an hour; the window that ended within the hour gave a second twenty at most
    expect(rows.code! + rows.pending_sign_up!).toBeLessThanOrEqual(2 * 40)
    expect(rows.outbox).toBeLessThanOrEqual(40)
    expect(rows.outbox).toBeGreaterThan(0)
    // per five minutes 30 guesses of a kind, and per mail the three windows of its recipient
    expect(rows.limit_bucket).toBeLessThanOrEqual(13 * 30 * 2 + 3 * 40 + 10)
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('what was begun is good for its browser, its purpose and ten minutes, and replaying it buys no tries', async () => {
    const server = await startLatchkey({ limitFactor: 1 })
    const begin = async (browser: TestBrowser): Promise<string> => {
      const { body } = await browser.api<{ authSession: string }>('/api/sign-in/start', { identifier: 'nobody@example.com' })
      return body.authSession
    }
    const guess = async (browser: TestBrowser, authSession: string) =>
      (await browser.api('/api/sign-in/password', { authSession, password: 'x' })).body.code
    const [one, two] = [server.browser(), server.browser({ ip: '192.0.2.2' })]
    const mine = await begin(one)
    expect(await guess(one, mine)).toBe('invalid_credentials')
    await begin(two)
    expect(await guess(two, mine)).toBe('form_expired')
    const altered = `${mine.slice(0, -3)}${mine.endsWith('AAA') ? 'BBB' : 'AAA'}`
    for (const value of [altered, 'x', mine.slice(4), mine + mine]) expect(await guess(one, value)).toBe('form_expired')
    expect((await one.api('/api/sign-in/password', { password: 'x' })).body.code).toBe('bad_request')
    // five in all, whoever replays what
    const answers = []
    for (let n = 0; n < 8; n++) {
      const fresh = server.browser({ ip: `198.51.100.${n}` })
      answers.push(await guess(fresh, await begin(fresh)), await guess(one, mine))
    }
    expect(answers.filter(code => code === 'invalid_credentials')).toHaveLength(4)
    expect(answers.filter(code => code === 'rate_limited')).toHaveLength(12)
    server.clock.advance(600_000)
    expect(await guess(one, mine)).toBe('form_expired')
    // a sign-in that was begun opens no other form
    const cookies = (browser: TestBrowser) => [...browser.cookies.keys()].sort()
    await one.open('/sign-in')
    await one.submit('/sign-in', { identifier: 'nobody@example.com' })
    expect(cookies(one)).toEqual(['lk_i_4400', 'lk_p_4400'])
    const beginnings = { '/sign-up/code': '/sign-up', '/forgot-password/step': '/forgot-password', '/sign-in/second': '/sign-in' }
    for (const [page, beginning] of Object.entries(beginnings)) expect((await one.open(page)).url).toBe(beginning)
    await server.close()
  })
})

describe('H5 what a page says when strangers have spent a budget', () => {
  it('names a passkey and a recovery code, with their ways, the same for everybody', async () => {
    const server = await startLatchkey({ limitFactor: 1 })
    await server.browser({ ip: '10.0.0.1' }).signUp('mei@example.com')
    server.clock.advance(3_600_000)
    const pages: string[] = []
    for (const [n, identifier] of ['mei@example.com', 'nic@example.com'].entries()) {
      const ask = async (m: number) => {
        const browser = server.browser({ ip: `10.${n}.${m}.1` })
        await browser.open('/forgot-password')
        const page = await browser.submit('/forgot-password', { identifier })
        server.clock.advance(31_000)
        return page
      }
      for (let m = 0; m < 3; m++) expect((await ask(m)).status).toBe(200)
      const { status, html } = await ask(3)
      expect(status).toBe(429)
      const main = html.slice(html.indexOf('<main'), html.indexOf('</main>'))
      expect(main).toContain('This works now, whoever tried too often:')
      expect(main).toMatch(/href="\/sign-in"[^>]*>(?:(?!<\/a>).)*Passkey/s)
      expect(main).toMatch(/href="\/recover\/start\?with=recovery_code"[^>]*>(?:(?!<\/a>).)*Recovery code/s)
      pages.push(main.replace(/LK\d+ · \w{4}/g, ''))
    }
    expect(pages[0]).toBe(pages[1])
    await server.close()
  })
})
