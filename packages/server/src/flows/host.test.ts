import { beforeAll, describe, expect, it } from 'vitest'
import type { TestCtx } from '../methods/context.fixture.ts'
import { newSession, rotateSession } from './account/session.ts'
import {
  addYoungPasskey,
  details,
  HOUR,
  makeExchange,
  ORIGIN,
  outcome,
  type Person,
  withPasskey,
  withPassword,
} from './approvals/approvals.fixture.ts'
import { approvalOptions, approveWithPasskey } from './approvals/approvals.ts'
import { createHostApi, type HostApi } from './host.ts'

let ctx: TestCtx
let api: HostApi
beforeAll(async () => {
  ctx = await makeExchange()
  api = createHostApi(async () => ctx)
})

const requestOf = (cookie: string, method = 'GET'): Request =>
  new Request(`${ORIGIN}/wallet`, {
    method,
    headers: { cookie, 'user-agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6) Version/18.6 Mobile/15E148 Safari/604.1' },
  })
const by = (who: Person, method = 'GET'): Request => requestOf(`other=1; ${who.cookie()}; more=2`, method)

describe('who is signed in, for the host', () => {
  it('O40: tells the account, how it signed in and what it has', async () => {
    const mei = await withPasskey(ctx, 'host@example.com')
    expect(await api.session(by(mei))).toEqual({
      accountId: mei.accountId,
      name: 'host@example.com',
      acr: 'phr',
      amr: ['email', 'passkey'],
      authTime: ctx.now(),
      waysIn: 1,
      trustedPasskey: true,
      moneyPausedUntil: null,
      moneyHeld: null,
    })
    await ctx.store.transaction(tx => tx.accounts.pauseMoney(mei.accountId, ctx.now() + HOUR, 'password.change', ctx.now()))
    expect((await api.session(by(mei)))?.moneyPausedUntil).toBe(ctx.now() + HOUR)
  })

  it('N4: a young passkey is not a trusted one', async () => {
    const ada = await withPassword(ctx)
    const until = await addYoungPasskey(ctx, ada)
    expect(await api.session(by(ada))).toMatchObject({ acr: 'lk:1', trustedPasskey: false })
    ctx.clock.set(until)
    expect((await api.session(by(ada)))?.trustedPasskey).toBe(true)
  })

  it('O40: null for no cookie, a wrong one, an ended session and a frozen account', async () => {
    const mei = await withPasskey(ctx)
    for (const cookie of ['', 'x=1', '__Host-lk_s=', '__Host-lk_s=a.b', `${mei.cookie()}x`, mei.cookie().replace('__Host-', '')])
      expect(await api.session(requestOf(cookie)), cookie).toBeNull()
    await ctx.store.transaction(tx => tx.accounts.update(mei.accountId, { status: 'frozen', frozenAt: ctx.now() }))
    expect(await api.session(by(mei))).toBeNull()
    await ctx.store.transaction(tx => tx.accounts.update(mei.accountId, { status: 'active', frozenAt: null }))
    expect(await api.session(by(mei))).not.toBeNull()
    await ctx.store.transaction(tx => tx.sessions.endAll(mei.accountId, null, ctx.now(), 'test'))
    expect(await api.session(by(mei))).toBeNull()
  })

  it('INV-9: a recovery session is nobody to the host', async () => {
    const mei = await withPasskey(ctx)
    const facts = await ctx.store.read.accounts.facts(mei.accountId)
    if (!facts) throw new Error('no account')
    const opened = newSession(ctx, await mei.caller(), { facts, evidence: [], credentialId: null, kind: 'recovery', founding: false })
    await ctx.store.transaction(tx => tx.sessions.insert(opened.row))
    const request = requestOf(`__Host-lk_s=${opened.token.value}`, 'POST')
    expect(await api.session(request)).toBeNull()
    expect(await outcome(api.approvals.create(request, { action: 'withdraw', details }))).toEqual({ code: 'unauthenticated' })
  })

  it('INV-8: the token before the last one reads, and changes nothing', async () => {
    const mei = await withPasskey(ctx)
    const { session } = await mei.caller()
    if (!session) throw new Error('no session')
    await ctx.store.transaction(tx => rotateSession(tx, ctx, session.id))
    expect(await api.session(by(mei))).not.toBeNull()
    expect(await outcome(api.approvals.create(by(mei, 'POST'), { action: 'withdraw', details }))).toEqual({ code: 'session_rotated' })
  })
})

describe('approvals, for the host', () => {
  it('writes down 256 letters of a browser’s name, and no more', async () => {
    const mei = await withPasskey(ctx)
    const headers = { cookie: mei.cookie(), 'user-agent': 'x'.repeat(300) }
    await api.approvals.create(new Request(ORIGIN, { method: 'POST', headers }), { action: 'withdraw', details, returnTo: '/demo' })
    const created = (await ctx.store.read.events.list(mei.accountId, null, 50)).find(event => event.kind === 'approval.create')
    expect(created?.detail?.userAgent).toHaveLength(256)
  })

  it('K3, F44: create, approve, consume, and what the receipt needs', async () => {
    const mei = await withPasskey(ctx)
    const made = await api.approvals.create(by(mei, 'POST'), { action: 'withdraw', details, returnTo: '/demo/withdrawals/1' })
    expect(made).toMatchObject({
      url: `${ORIGIN}/approve/${made.id}`,
      status: 'pending',
      details,
      requestedIn: 'Safari on iPhone',
      approvedWith: null,
    })
    await approveWithPasskey(
      ctx,
      await mei.caller(),
      made.id,
      await mei.device.get(await approvalOptions(ctx, await mei.caller(), made.id)),
    )
    expect((await api.approvals.get(made.id, mei.accountId)).status).toBe('approved')
    const redeemed = await api.approvals.consume(by(mei), { id: made.id, details })
    expect(redeemed).toMatchObject({
      status: 'consumed',
      decidedIn: 'Chrome on Windows',
      approvedWith: { method: 'passkey', passkey: expect.any(String) },
      detailsHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(await outcome(api.approvals.consume(by(mei), { id: made.id, details }))).toEqual({ code: 'approval_decided' })
  })

  it('INV-18: leads back to our own origin only', async () => {
    const mei = await withPasskey(ctx)
    for (const returnTo of ['https://evil.example', '//evil.example', 'javascript:alert(1)']) {
      expect(await outcome(api.approvals.create(by(mei, 'POST'), { action: 'withdraw', details, returnTo }))).toEqual({
        code: 'bad_request',
        field: 'returnTo',
      })
    }
  })

  it('INV-19: another account’s approvals do not exist', async () => {
    const [mei, eve] = [await withPasskey(ctx), await withPasskey(ctx)]
    const made = await api.approvals.create(by(mei, 'POST'), { action: 'withdraw', details })
    expect(await outcome(api.approvals.get(made.id, eve.accountId))).toEqual({ code: 'not_found' })
    expect(await outcome(api.approvals.consume(by(eve), { id: made.id, details }))).toEqual({ code: 'not_found' })
    expect(await outcome(api.approvals.consume(requestOf(''), { id: made.id, details }))).toEqual({ code: 'unauthenticated' })
  })

  it('expires, and says so', async () => {
    const mei = await withPasskey(ctx)
    const made = await api.approvals.create(by(mei, 'POST'), { action: 'withdraw', details })
    ctx.clock.advance(300_000)
    expect((await api.approvals.get(made.id, mei.accountId)).status).toBe('expired')
    expect(await outcome(api.approvals.consume(by(mei), { id: made.id, details }))).toEqual({ code: 'approval_expired' })
  })
})

describe('the address book, for the host', () => {
  const vault = { asset: 'BTC', network: 'Bitcoin', address: details.to, label: 'Ledger vault' }
  it('adding and removing lead to our pages', async () => {
    const mei = await withPasskey(ctx)
    const { url } = await api.payoutAddresses.add(by(mei, 'POST'), { ...vault, returnTo: '/demo' })
    expect(new URL(url).pathname).toBe('/account/verify')
    expect(new URL(url).searchParams.get('operation')).toBe('payout_address.add')
    expect(await api.payoutAddresses.list(by(mei))).toEqual([])
    expect(await outcome(api.payoutAddresses.remove(by(mei, 'POST'), 'unknown'))).toEqual({ code: 'not_found' })
    expect(await outcome(api.payoutAddresses.import(mei.accountId, [vault]))).toEqual({ code: 'forbidden' })
  })
})
