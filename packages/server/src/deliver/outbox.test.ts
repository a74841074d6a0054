import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type SmtpInbox, startSmtpInbox } from '@latchkey/testing'
import { pino } from 'pino'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { makeAccount, makeCtx, signInOf, type TestCtx } from '../methods/context.fixture.ts'
import { proveSecret, sendCode } from '../methods/index.ts'
import { createSeal } from '../store/seal.ts'
import { openSqlite } from '../store/sqlite.ts'
import type { NewMessage } from '../store/store.ts'
import { type OutgoingMessage, type Transport, UndeliverableError } from './deliver.ts'
import { createTransports, type Outbox, startOutbox } from './index.ts'
import { notices, notify } from './notify.ts'

const running: { stop(): Promise<void> }[] = []
afterEach(() => {
  vi.useRealTimers()
  return Promise.all(running.splice(0).map(it => it.stop()))
})
const start = (...args: Parameters<typeof startOutbox>): Outbox => {
  const outbox = startOutbox(args[0], args[1], { pollMs: 600_000, ...args[2] })
  running.push(outbox)
  return outbox
}
const message = (id: string, change: Partial<NewMessage> = {}): NewMessage => ({
  id,
  accountId: null,
  channel: 'email',
  to: 'mei@example.com',
  template: 'passkey_created',
  params: { at: 1 },
  createdAt: 1,
  ...change,
})
const put = (ctx: TestCtx, ...rows: NewMessage[]): Promise<void> =>
  ctx.store.transaction(async tx => {
    for (const row of rows) await tx.outbox.insert(row)
  })
/** Keeps what it gets; `work` may throw or hang. */
function recorder(work: (n: number) => Promise<void> | void = () => {}): Transport & { got: OutgoingMessage[] } {
  const got: OutgoingMessage[] = []
  return {
    got,
    async send(outgoing) {
      got.push(outgoing)
      await work(got.length)
    },
  }
}

describe('the outbox', () => {
  /** A provider that answers when told. */
  function slow(): Transport & { got: OutgoingMessage[]; answer(): void } {
    let answer = (): void => {}
    const gate = new Promise<void>(resolve => {
      answer = resolve
    })
    // a worker that is stopped waits for what is under way
    running.push({ stop: async () => answer() })
    return { ...recorder(() => gate), answer: () => answer() }
  }
  /** What was begun has come to the database. */
  const settled = async (ctx: TestCtx): Promise<void> => {
    for (let n = 0; n < 4; n++) await ctx.store.transaction(async () => {})
  }

  test('has thirty-two under way at once, and the others after them', async () => {
    const ctx = await makeCtx()
    const email = slow()
    const outbox = start(ctx, { email, sms: null })
    await put(ctx, ...Array.from({ length: 40 }, (_, i) => message(`m${i}`)))
    outbox.wake()
    await expect.poll(() => email.got.length).toBeGreaterThanOrEqual(32)
    await settled(ctx)
    expect(email.got).toHaveLength(32)
    email.answer()
    await expect.poll(() => email.got.length).toBe(40)
  })

  test('leaves a message to whoever leased it for a minute and a half', async () => {
    const ctx = await makeCtx()
    const [busy, email] = [slow(), recorder()]
    await put(ctx, message('m1'))
    start(ctx, { email: busy, sms: null }).wake()
    await expect.poll(() => busy.got.length).toBe(1)
    const other = start(ctx, { email, sms: null })
    ctx.clock.advance(89_999)
    await other.drain()
    expect(email.got).toHaveLength(0)
    ctx.clock.advance(1)
    await other.drain()
    expect(email.got).toHaveLength(1)
    busy.answer()
  })

  test('looks 20 ms after it was woken, each second unasked, and gives a provider 30 seconds', async () => {
    const ctx = await makeCtx()
    const failures: unknown[] = []
    const log = pino({ level: 'warn' }, { write: line => void failures.push(JSON.parse(line)) })
    const email = slow()
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'] })
    const outbox = startOutbox({ ...ctx, log }, { email, sms: null })
    running.push(outbox)
    const after = async (ms: number): Promise<number> => {
      await vi.advanceTimersByTimeAsync(ms)
      await settled(ctx)
      return email.got.length
    }
    await put(ctx, message('m1'))
    outbox.wake()
    expect([await after(19), await after(1)]).toEqual([0, 1])
    await put(ctx, message('m2'))
    expect([await after(979), await after(1)]).toEqual([1, 2])
    await after(29_019)
    expect(failures).toEqual([])
    await after(1)
    expect(failures).toMatchObject([{ event: 'outbox_try_failed', id: 'm1', reason: 'Error timeout' }])
  })

  test('F34 a code goes out over a real mail server and comes back', async () => {
    const inbox: SmtpInbox = await startSmtpInbox()
    running.push({ stop: () => inbox.close() })
    const ctx = await makeCtx({ smtpUrl: inbox.url })
    const outbox = start(ctx, createTransports(ctx))
    const facts = await makeAccount(ctx, 'mei@example.com')
    await sendCode(ctx, 'email', { ...signInOf(facts), address: 'mei@example.com' })
    outbox.wake()
    const proven = await proveSecret(ctx, 'email', signInOf(facts), await inbox.code('mei@example.com'))
    expect(proven.evidence.method).toBe('email')
    await outbox.drain()
    expect(await ctx.store.read.outbox.pending()).toBe(0)
  })

  test('a provider that is down: 1, 2, 4 … s later, the same code each time, and it arrives once it is up', async () => {
    const ctx = await makeCtx()
    const email = recorder(n => {
      if (n < 4) throw new Error('down')
    })
    const outbox = start(ctx, { email, sms: null })
    const facts = await makeAccount(ctx, 'mei@example.com')
    await sendCode(ctx, 'email', { ...signInOf(facts), address: 'mei@example.com' })
    const tries: number[] = []
    for (let second = 0; second <= 8; second++) {
      await outbox.drain()
      tries.push(email.got.length)
      ctx.clock.advance(1_000)
    }
    expect(tries).toEqual([1, 2, 2, 3, 3, 3, 3, 4, 4])
    expect(new Set(email.got.map(m => m.text)).size).toBe(1)
    expect(await ctx.store.read.outbox.pending()).toBe(0)
  })

  test('gives up after ten tries within nine minutes, and wipes it', async () => {
    const ctx = await makeCtx()
    const email = recorder(() => Promise.reject(new Error('down')))
    const outbox = start(ctx, { email, sms: null })
    await put(ctx, message('m1'))
    for (let i = 0; i < 15; i++) {
      await outbox.drain()
      ctx.clock.advance(256_000)
    }
    expect(email.got).toHaveLength(10)
    expect(await ctx.store.read.outbox.pending()).toBe(0)
  })

  test('what can never be delivered is not tried again: refused for good, expired, no provider, no words', async () => {
    const ctx = await makeCtx()
    const email = recorder(() => Promise.reject(new UndeliverableError('no such mailbox')))
    const outbox = start(ctx, { email, sms: null })
    await put(
      ctx,
      message('m1'),
      message('m2', { params: { code: '1', expiresAt: ctx.now() } }),
      message('m3', { channel: 'sms' }),
      message('m4', { template: 'x' }),
    )
    await outbox.drain()
    expect(email.got.map(m => m.id)).toEqual(['m1'])
    expect(await ctx.store.read.outbox.pending()).toBe(0)
  })

  test('one message that cannot be opened is given up by that name, and keeps no other from going out', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-outbox-'))
    const file = join(folder, 'latchkey.db')
    const [own, other] = [
      await openSqlite({ file, seal: createSeal(randomBytes(32)) }),
      await openSqlite({ file, seal: createSeal(randomBytes(32)) }),
    ]
    await own.migrate()
    const lines: Record<string, unknown>[] = []
    const log = pino({ level: 'warn' }, { write: line => void lines.push(JSON.parse(line)) })
    const ctx = { ...(await makeCtx()), store: own, log }
    const email = recorder()
    const outbox = start(ctx, { email, sms: null })
    await put(ctx, message('m1'), message('m3'))
    // sealed by another master key, as after a restore with the wrong one
    await put({ ...ctx, store: other }, message('m2'))
    await outbox.drain()
    expect(email.got.map(m => m.id).toSorted()).toEqual(['m1', 'm3'])
    expect(await ctx.store.read.outbox.pending()).toBe(0)
    expect(lines).toMatchObject([{ event: 'outbox_gave_up', id: 'm2', reason: 'sealed under another key, or altered' }])
    await Promise.all([own.close(), other.close()])
    rmSync(folder, { recursive: true })
  })

  test('a provider that hangs counts as failed and stops nobody else', async () => {
    const ctx = await makeCtx()
    const [email, sms] = [recorder(), recorder(() => new Promise<void>(() => {}))]
    const outbox = start(ctx, { email, sms }, { sendTimeoutMs: 100, parallel: 3 })
    await put(ctx, message('s1', { channel: 'sms', to: '+34600000001' }), message('m1'), message('m2'), message('m3'), message('m4'))
    await outbox.drain()
    expect(email.got.map(m => m.id).toSorted()).toEqual(['m1', 'm2', 'm3', 'm4'])
    expect(await ctx.store.read.outbox.pending()).toBe(1)
    ctx.clock.advance(1_000)
    await outbox.drain()
    expect(sms.got).toHaveLength(2)
  })

  test('a message of a worker that died is sent by another when its lease ends', async () => {
    const ctx = await makeCtx()
    await put(ctx, message('m1'))
    await ctx.store.transaction(tx => tx.outbox.lease(ctx.now(), 90_000, 10))
    const email = recorder()
    const outbox = start(ctx, { email, sms: null })
    await outbox.drain()
    expect(email.got).toHaveLength(0)
    ctx.clock.advance(90_000)
    await outbox.drain()
    expect(email.got).toHaveLength(1)
  })

  test('two workers on one database send each message once', async () => {
    const ctx = await makeCtx()
    const email = recorder(() => sleep(2))
    const workers = [start(ctx, { email, sms: null }), start(ctx, { email, sms: null })]
    await put(ctx, ...Array.from({ length: 60 }, (_, i) => message(`m${i}`)))
    await Promise.all(workers.map(worker => worker.drain()))
    expect(new Set(email.got.map(m => m.id)).size).toBe(60)
    expect(email.got).toHaveLength(60)
  })

  test('finds by itself what nobody announced, and what is committed while it looks', async () => {
    const ctx = await makeCtx()
    const email = recorder()
    const outbox = start(ctx, { email, sms: null }, { pollMs: 20 })
    await put(ctx, message('m1'))
    await expect.poll(() => email.got.length).toBe(1)
    outbox.wake()
    outbox.wake()
    await put(ctx, message('m2'))
    outbox.wake()
    await expect.poll(() => email.got.length).toBe(2)
  })

  test('takes no more after stop', async () => {
    const ctx = await makeCtx()
    const email = recorder()
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'] })
    const outbox = start(ctx, { email, sms: null })
    outbox.wake()
    await outbox.stop()
    expect(vi.getTimerCount()).toBe(0)
    await put(ctx, message('m1'))
    outbox.wake()
    await vi.advanceTimersByTimeAsync(60_000)
    vi.useRealTimers()
    expect(email.got).toHaveLength(0)
    expect(await ctx.store.read.outbox.pending()).toBe(1)
  })

  test('a decoy is wiped and never sent', async () => {
    const ctx = await makeCtx()
    const email = recorder()
    const outbox = start(ctx, { email, sms: null })
    await sendCode(ctx, 'email', { ...signInOf(null), identifier: 'nobody@example.com', address: 'nobody@example.com', decoy: true })
    await outbox.drain()
    expect(email.got).toHaveLength(0)
    expect(await ctx.store.read.outbox.pending()).toBe(0)
  })
})

describe('INV-14 every address hears of a change', () => {
  const device = { ip: '192.0.2.1', userAgent: 'Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36', deviceId: null }

  test('each verified one, the phone, and those replaced within 72 h', async () => {
    const ctx = await makeCtx({ locate: () => 'Madrid' })
    let facts = await makeAccount(ctx, 'new@example.com', 'old@example.com', 'older@example.com', '+34600000001')
    const supersede = (value: string) =>
      ctx.store.transaction(tx => tx.identifiers.supersede(facts.identifiers.find(i => i.value === value)?.id ?? '', ctx.now()))
    await supersede('older@example.com')
    ctx.clock.advance(3_600_000)
    await supersede('old@example.com')
    ctx.clock.advance(71 * 3_600_000)
    facts = (await ctx.store.read.accounts.facts(facts.account.id)) ?? facts
    const messages = notices(ctx, facts, 'passkey_removed', { name: 'iPhone' }, device)
    expect(messages.map(m => [m.channel, m.to]).toSorted()).toEqual([
      ['email', 'new@example.com'],
      ['email', 'old@example.com'],
      ['sms', '+34600000001'],
    ])
    expect(messages[0]).toMatchObject({
      template: 'passkey_removed',
      params: { name: 'iPhone', device: 'Chrome on Windows', place: 'Madrid', at: ctx.now() },
    })
  })

  test('a rolled-back change tells nobody', async () => {
    const ctx = await makeCtx()
    const facts = await makeAccount(ctx, 'mei@example.com')
    const change = ctx.store.transaction(async tx => {
      await notify(tx, notices(ctx, facts, 'totp_removed', {}, device))
      throw new Error('no')
    })
    await expect(change).rejects.toThrow('no')
    expect(await ctx.store.read.outbox.pending()).toBe(0)
  })

  test('no phone without a gateway, except in development', async () => {
    const production = await makeCtx()
    const bare = { ...production, config: { ...production.config, sms: null } }
    const facts = await makeAccount(production, 'mei@example.com', '+34600000001')
    expect(notices(bare, facts, 'totp_added', {}, null).map(m => m.channel)).toEqual(['email'])
    expect(notices({ ...bare, config: { ...bare.config, development: true } }, facts, 'totp_added', {}, null)).toHaveLength(2)
  })
})
