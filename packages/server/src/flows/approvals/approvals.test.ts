import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Problem } from '../../domain/problems.ts'
import type { CredentialId } from '../../domain/types.ts'
import type { TestCtx } from '../../methods/context.fixture.ts'
import { suspendPasskey } from '../passkeys.ts'
import { stepUpOptions, stepUpWithPasskey } from '../prove/step-up.ts'
import { signInOptions, signInWithPasskey } from '../sign-in.ts'
import {
  ADDRESS,
  addYoungPasskey,
  details,
  HOUR,
  makeExchange,
  outcome,
  type Person,
  proveByMail,
  small,
  withPasskey,
  withPassword,
} from './approvals.fixture.ts'
import { approvalOptions, approveWithPasskey, approveWithTwoSteps, consumeApproval, createApproval, rejectApproval } from './approvals.ts'
import { canonicalJson } from './canonical-json.ts'
import { parseDetails, shownAction } from './details.ts'
import { moneyHeld } from './money.ts'
import { approvalOf, viewApproval } from './views.ts'

let ctx: TestCtx
beforeAll(async () => {
  ctx = await makeExchange()
})

const ask = async (ctx: TestCtx, who: Person, changed: Partial<typeof details> = {}, action = 'withdraw') =>
  createApproval(ctx, await who.caller(), { action, details: { ...details, ...changed }, returnTo: '/demo' })

async function sign(ctx: TestCtx, who: Person, id: string, device = who.device) {
  return device.get(await approvalOptions(ctx, await who.caller(), id))
}

async function approve(ctx: TestCtx, who: Person, id: string): Promise<void> {
  await approveWithPasskey(ctx, await who.caller(), id, await sign(ctx, who, id))
}

const without = (name: string): object => Object.fromEntries(Object.entries(details).filter(([member]) => member !== name))

describe('a withdrawal is created by the host', () => {
  it('F44: the challenge is made of the nonce and the canonical payload', async () => {
    const mei = await withPasskey(ctx)
    const row = await ask(ctx, mei)
    const payload = canonicalJson({ details, action: 'withdraw', account: mei.accountId, audience: 'https://accounts.example.com' })
    expect(row.details).toBe(payload)
    const inner = createHash('sha256').update(payload).digest()
    const challenge = createHash('sha256').update('lk/approval/1').update(row.nonce).update(inner).digest('base64url')
    const options = await approvalOptions(ctx, await mei.caller(), row.id)
    expect(options).toMatchObject({ challenge, userVerification: 'required', allowCredentials: [{ id: mei.device.credentials[0]?.id }] })
    expect(row).toMatchObject({ status: 'created', expiresAt: ctx.now() + 300_000, returnTo: '/demo', requestedIn: 'Chrome on Windows' })
    expect(row.reference).toMatch(/^WD-[0-9A-F]{4}-[0-9A-F]{4}$/)
    expect(row.nonce).toHaveLength(32)
  })

  it.each([
    ['an unknown action', 'transfer', details, 'action'],
    ['an inherited name', 'constructor', details, 'action'],
    ['a member without a label', 'withdraw', { ...details, note: 'x' }, 'note'],
    ['a nested member', 'withdraw', { ...details, fee: { btc: 1 } }, 'fee'],
    ['a number', 'withdraw', { ...details, fee: 1 }, 'fee'],
    ['an amount that is none', 'withdraw', { ...details, amount: '1e3' }, 'amount'],
    ['a missing amount', 'withdraw', { ...details, amount: undefined }, 'amount'],
    ['an address that turns text around', 'withdraw', { ...details, to: `bc1q\u202e${ADDRESS}` }, 'to'],
    ['an invisible character', 'withdraw', { ...details, to: `bc1q\u200b${ADDRESS}` }, 'to'],
    ['half a character', 'withdraw', { ...details, to: '\ud800' }, 'to'],
    ['H14 letters of another script in an address', 'withdraw', { ...details, to: ADDRESS.replace('a', 'а') }, 'to'],
    ['H14 spaces in an address', 'withdraw', { ...details, to: `${ADDRESS} x` }, 'to'],
    ['H14 tag characters', 'withdraw', { ...details, fee: '0.1\u{e0041}' }, 'fee'],
    ['H14 an Arabic letter mark', 'withdraw', { ...details, fee: '0.1\u061c' }, 'fee'],
    ['H14 a pile of 200 marks', 'withdraw', { ...details, fee: `0${'\u0301'.repeat(200)}` }, 'fee'],
    ['H14 a filler', 'withdraw', { ...details, fee: '\u3164' }, 'fee'],
    ['B21 no amount', 'withdraw', without('amount'), 'amount'],
    ['B21 no address', 'withdraw', without('to'), 'to'],
    ['B21 a blank address', 'withdraw', { ...details, to: ' ' }, 'to'],
    ['B21 a blank asset', 'withdraw', { ...details, asset: '\u00a0' }, 'asset'],
    ['an empty address', 'withdraw', { ...details, to: '' }, 'to'],
    ['more than 4 KiB', 'withdraw', { ...details, to: 'a'.repeat(5000) }, 'details'],
    ['H14 a megabyte of marks, before it is judged', 'withdraw', { ...details, fee: '\u0301\u0316'.repeat(1 << 19) }, 'details'],
    ['a list', 'withdraw', [details], 'details'],
    ['nothing', 'withdraw', null, 'details'],
    ['less than that', 'withdraw', undefined, 'details'],
    ['a text', 'withdraw', 'details', 'details'],
  ])('refuses %s', async (_name, action, given, field) => {
    const mei = await withPasskey(ctx)
    expect(await outcome(createApproval(ctx, await mei.caller(), { action, details: given, returnTo: null }))).toEqual({
      code: 'bad_request',
      field,
    })
  })

  const most = 32
  const members = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`m${n}`, 'x']))
  /** `{"note":"…"}` is eleven bytes without the text. */
  const noted = (letter: string, count: number) => ({ note: letter.repeat(count) })
  it.each([
    ['32 members', members(most), null],
    ['33 members', members(most + 1), 'details'],
    ['4 KiB', noted('x', 4096 - 11), null],
    ['one byte more', noted('x', 4096 - 10), 'details'],
    ['as many letters of two bytes', noted('é', 2048), 'details'],
    ['what cannot be shown, judged up to 4 KiB', noted('\u0000', 4096), 'note'],
    ['and not beyond', noted('\u0000', 4097), 'details'],
  ])('H14 %s', (_what, given, field) => {
    const labels = Object.fromEntries([...Object.keys(members(most + 1)), 'note'].map(name => [name, name]))
    const refused = (() => {
      try {
        parseDetails({ title: 'Ask', verb: 'Approve', labels }, given)
        return null
      } catch (error) {
        return (error as Problem).extras.field
      }
    })()
    expect(refused).toBe(field)
  })

  it('refuses while money is paused or locked, and says until when', async () => {
    const mei = await withPasskey(ctx)
    const until = ctx.now() + 24 * HOUR
    await ctx.store.transaction(tx => tx.accounts.pauseMoney(mei.accountId, until, 'password.change', ctx.now()))
    expect(await outcome(ask(ctx, mei))).toEqual({ code: 'money_held', until, reasons: ['password.change'], ways: ['later'] })
    ctx.clock.advance(24 * HOUR)
    expect(await outcome(ask(ctx, mei))).toMatchObject({ status: 'created' })
    await ctx.store.transaction(tx => tx.accounts.update(mei.accountId, { lockedUntil: ctx.now() + HOUR, lockScope: 'money' }))
    expect(await outcome(ask(ctx, mei))).toMatchObject({ code: 'money_held', reasons: ['account.lock'] })
    await ctx.store.transaction(tx => tx.accounts.update(mei.accountId, { lockScope: 'settings' }))
    expect(await outcome(ask(ctx, mei))).toMatchObject({ status: 'created' })
  })

  it('creates at most 60 in an hour', async () => {
    const mei = await withPasskey(ctx)
    for (let i = 0; i < 60; i++) await ask(ctx, mei)
    expect(await outcome(ask(ctx, mei))).toMatchObject({ code: 'rate_limited' })
  })
})

describe('why money is held', () => {
  /** As the account says it; each reason with its own end. */
  const reasons = async (now: number, until: number | null, noted: [reason: string, until: number][]) => {
    const { accountId } = await withPasskey(ctx)
    const facts = (await ctx.store.read.accounts.facts(accountId))!
    const pauseReasons = noted.map(([reason, end]) => ({ reason, until: end }))
    const account = { ...facts.account, moneyPausedUntil: until, pauseReasons }
    return moneyHeld({ ...ctx, now: () => now }, { ...facts, account })?.holds.map(({ reason }) => reason) ?? []
  }
  it.each([
    ['a pause with its reason', 1, 9, [['recovery', 9]], ['recovery']],
    [
      'two of them, the longer one first',
      1,
      9,
      [
        ['email.replace', 5],
        ['recovery', 9],
      ],
      ['recovery', 'email.replace'],
    ],
    [
      'only the one that lasts',
      5,
      9,
      [
        ['email.replace', 5],
        ['recovery', 9],
      ],
      ['recovery'],
    ],
    ['one that nobody noted', 1, 9, [], ['pause']],
    ['one that is longer than what is noted', 1, 9, [['recovery', 5]], ['pause', 'recovery']],
    ['none that is over', 9, 9, [['recovery', 9]], []],
  ] as [string, number, number, [string, number][], string[]][])('INV-17 says %s', async (_what, now, until, noted, expected) => {
    expect(await reasons(now, until, noted)).toEqual(expected)
  })
})

it('K3: the host hears that one is over from the moment on that it is', async () => {
  const mei = await withPasskey(ctx)
  const { id, expiresAt } = await ask(ctx, mei)
  const statusAt = async (at: number) => (await approvalOf({ ...ctx, now: () => at }, mei.accountId, id)).status
  expect([await statusAt(expiresAt - 1), await statusAt(expiresAt)]).toEqual(['pending', 'expired'])
})

describe('F27 an address is new', () => {
  const isNew = async (who: Person) => (await viewApproval(ctx, await who.caller(), (await ask(ctx, who)).id)).newAddress
  const paid = async (who: Person, changed: Partial<typeof details> = {}) => {
    const row = await ask(ctx, who, changed)
    await approve(ctx, who, row.id)
    return consumeApproval(ctx, who.accountId, row.id, { ...details, ...changed })
  }

  it('until something was sent there, and not only asked or approved', async () => {
    const mei = await withPasskey(ctx)
    await approve(ctx, mei, (await ask(ctx, mei)).id)
    await paid(mei, { to: ADDRESS.replace('x9', 'x8') })
    expect(await isNew(mei)).toBe(true)
    const { id } = await paid(mei)
    expect(await isNew(mei)).toBe(false)
    expect((await viewApproval(ctx, await mei.caller(), id)).newAddress).toBe(false)
  })

  it('again, when two hundred approvals were asked for since', async () => {
    const mei = await withPasskey(ctx)
    const row = await paid(mei)
    const asked = { ...row, status: 'rejected', createdAt: row.createdAt + 1 } as const
    ctx.clock.advance(2)
    await ctx.store.transaction(async tx => {
      for (let n = 0; n < 198; n++) await tx.approvals.insert({ ...asked, id: `${row.id}-${n}`, nonce: new Uint8Array(32).fill(n) })
    })
    // each look asks for one more
    expect([await isNew(mei), await isNew(mei)]).toEqual([false, true])
  })
})

describe('a passkey approves', () => {
  it('K3, F27: decides once, opens no session, leaves no evidence, keeps the signed proof and tells the owner', async () => {
    const mei = await withPasskey(ctx)
    const row = await ask(ctx, mei)
    const before = await ctx.store.read.sessions.list(mei.accountId, ctx.now())
    const response = await sign(ctx, mei, row.id)
    await approveWithPasskey(ctx, await mei.caller(), row.id, response)
    const after = await ctx.store.read.sessions.list(mei.accountId, ctx.now())
    expect(after.map(s => [s.id, s.evidence])).toEqual(before.map(s => [s.id, s.evidence]))
    const decided = await ctx.store.read.approvals.get(row.id)
    expect(decided).toMatchObject({
      status: 'approved',
      method: 'passkey',
      credentialId: response.id,
      decidedIn: 'Chrome on Windows',
      decidedAt: ctx.now(),
    })
    expect(JSON.parse(decided?.proof ?? '')).toEqual({
      clientDataJSON: response.response.clientDataJSON,
      authenticatorData: response.response.authenticatorData,
      signature: response.response.signature,
    })
    expect((await ctx.store.read.passkeys.find(response.id as CredentialId))?.lastUsedAt).toBe(ctx.now())
    const events = await ctx.store.read.events.list(mei.accountId, null, 50)
    expect(events.find(e => e.kind === 'approval.approve')?.body).toMatchObject({
      reference: row.reference,
      action: 'withdraw',
      method: 'passkey',
    })
    const told = await ctx.store.transaction(tx => tx.outbox.lease(ctx.now(), 1, 1_000))
    expect(told.filter(m => m.accountId === mei.accountId && m.template === 'approval_approved').map(m => m.params.reference)).toEqual([
      row.reference,
    ])
  })

  it('INV-7: a replay finds it decided, and of eight at once one wins', async () => {
    const mei = await withPasskey(ctx)
    const row = await ask(ctx, mei)
    const response = await sign(ctx, mei, row.id)
    const caller = await mei.caller()
    const tries = await Promise.all(Array.from({ length: 8 }, () => outcome(approveWithPasskey(ctx, caller, row.id, response))))
    expect(tries.filter(result => result === undefined)).toHaveLength(1)
    expect(tries.filter(result => (result as { code?: string })?.code === 'approval_decided')).toHaveLength(7)
  })

  it('F44 INV-11: asks for trusted passkeys alone, where there is one', async () => {
    const mei = await withPasskey(ctx)
    const [own] = (await ctx.store.read.accounts.facts(mei.accountId))!.passkeys
    await ctx.store.transaction(tx =>
      tx.passkeys.insert({ ...own!, id: `${own!.id}y` as CredentialId, createdVia: 'lesser', trustedAt: ctx.now() + HOUR }),
    )
    const { allowCredentials } = await approvalOptions(ctx, await mei.caller(), (await ask(ctx, mei)).id)
    expect(allowCredentials?.map(({ id }) => id)).toEqual([own!.id])
  })

  it('F48: at most three hundred answers a minute are looked at from one address', async () => {
    const caller = await (await withPasskey(ctx)).caller()
    const flooding = { ...caller, client: { ...caller.client, ip: '203.0.113.77' } }
    const codes = new Map<unknown, number>()
    for (let n = 0; n < 310; n++) {
      const { code } = (await outcome(approveWithPasskey(ctx, flooding, 'none', {}))) as { code: string }
      codes.set(code, (codes.get(code) ?? 0) + 1)
    }
    expect(Object.fromEntries(codes)).toEqual({ passkey_rejected: 300, rate_limited: 10 })
  })

  it('INV-7: a signature over other details approves nothing', async () => {
    const mei = await withPasskey(ctx)
    const [shown, other] = [await ask(ctx, mei), await ask(ctx, mei, { to: ADDRESS.replace('x9', 'x8') })]
    const response = await sign(ctx, mei, shown.id)
    expect(await outcome(approveWithPasskey(ctx, await mei.caller(), other.id, response))).toEqual({ code: 'approval_changed' })
    expect((await ctx.store.read.approvals.get(other.id))?.status).toBe('created')
  })

  it('INV-7: one byte changed in the row voids it', async () => {
    const mei = await withPasskey(ctx)
    const row = await ask(ctx, mei)
    const response = await sign(ctx, mei, row.id)
    const changed = { ...row, id: `${row.id}x`, details: row.details.replace('0.50', '0.51') }
    await ctx.store.transaction(tx => tx.approvals.insert(changed))
    expect(await outcome(approveWithPasskey(ctx, await mei.caller(), changed.id, response))).toEqual({ code: 'approval_changed' })
    expect(await outcome(approvalOptions(ctx, await mei.caller(), changed.id))).toEqual({ code: 'approval_changed' })
    expect((await viewApproval(ctx, await mei.caller(), changed.id)).payload).toBeNull()
  })

  it('F27: an assertion for anything else is none: sign-in and step-up challenges', async () => {
    const mei = await withPasskey(ctx)
    const row = await ask(ctx, mei)
    const caller = await mei.caller()
    for (const options of [
      signInOptions(ctx, caller),
      await stepUpOptions(ctx, caller, { operation: 'approval.approve', target: row.id }),
    ]) {
      expect(await outcome(approveWithPasskey(ctx, caller, row.id, await mei.device.get(options)))).toEqual({ code: 'approval_changed' })
    }
  })

  it('F27: an approval is no sign-in and no step-up', async () => {
    const mei = await withPasskey(ctx)
    const row = await ask(ctx, mei)
    const response = await sign(ctx, mei, row.id)
    expect(await outcome(signInWithPasskey(ctx, await mei.caller(), response, null))).toMatchObject({ code: 'passkey_rejected' })
    expect(
      await outcome(stepUpWithPasskey(ctx, await mei.caller(), { operation: 'approval.approve', target: row.id }, response)),
    ).toMatchObject({ code: 'passkey_rejected' })
  })

  it.each([
    ['no user verification', { userVerified: false }, 'passkey_unverified_user'],
    ['no user presence', { userPresent: false }, 'passkey_rejected'],
    ['another origin', { origin: 'https://accounts.example.com.evil.test' }, 'passkey_rejected'],
  ] as const)('F27: refuses an assertion with %s', async (_name, misbehaviour, code) => {
    const mei = await withPasskey(ctx)
    const row = await ask(ctx, mei)
    const response = await mei.device.get(await approvalOptions(ctx, await mei.caller(), row.id), misbehaviour as never)
    expect(await outcome(approveWithPasskey(ctx, await mei.caller(), row.id, response))).toMatchObject({ code })
  })

  it('another account’s passkey approves nothing', async () => {
    const [mei, eve] = [await withPasskey(ctx), await withPasskey(ctx)]
    const row = await ask(ctx, mei)
    const options = await approvalOptions(ctx, await mei.caller(), row.id)
    const response = await eve.device.get({ ...options, allowCredentials: [] })
    expect(await outcome(approveWithPasskey(ctx, await mei.caller(), row.id, response))).toEqual({ code: 'passkey_other_account' })
  })

  it('INV-19, INV-9: another account’s approval does not exist; signed out, or in a recovery, nothing does', async () => {
    const [mei, eve] = [await withPasskey(ctx), await withPasskey(ctx)]
    const row = await ask(ctx, mei)
    const response = await sign(ctx, mei, row.id)
    for (const call of [
      approveWithPasskey(ctx, await eve.caller(), row.id, response),
      rejectApproval(ctx, await eve.caller(), row.id),
      viewApproval(ctx, await eve.caller(), row.id),
      consumeApproval(ctx, eve.accountId, row.id, details),
    ]) {
      expect(await outcome<unknown>(call)).toEqual({ code: 'not_found' })
    }
    const { session, ...stranger } = await mei.caller()
    for (const caller of [
      { ...stranger, session: null },
      { ...stranger, session: { ...session!, kind: 'recovery' as const } },
    ])
      for (const call of [
        () => createApproval(ctx, caller, { action: 'withdraw', details, returnTo: null }),
        () => approvalOptions(ctx, caller, row.id),
        () => viewApproval(ctx, caller, row.id),
        () => approveWithPasskey(ctx, caller, row.id, response),
        () => approveWithTwoSteps(ctx, caller, row.id),
        () => rejectApproval(ctx, caller, row.id),
      ])
        expect(await outcome<unknown>(call())).toEqual({ code: 'unauthenticated' })
    expect((await ctx.store.read.approvals.get(row.id))?.status).toBe('created')
  })

  it('O40: a session that ended between page and prompt approves nothing', async () => {
    const mei = await withPasskey(ctx)
    const row = await ask(ctx, mei)
    const [response, caller] = [await sign(ctx, mei, row.id), await mei.caller()]
    await ctx.store.transaction(tx => tx.sessions.endAll(mei.accountId, null, ctx.now(), 'test'))
    expect(await outcome(approveWithPasskey(ctx, caller, row.id, response))).toEqual({ code: 'unauthenticated' })
  })

  it('expires after five minutes', async () => {
    const mei = await withPasskey(ctx)
    const row = await ask(ctx, mei)
    const response = await sign(ctx, mei, row.id)
    ctx.clock.advance(300_000)
    expect(await outcome(approveWithPasskey(ctx, await mei.caller(), row.id, response))).toEqual({ code: 'approval_expired' })
    expect((await viewApproval(ctx, await mei.caller(), row.id)).way).toMatchObject({ kind: 'none', problem: { code: 'approval_expired' } })
  })

  it('what the host no longer asks for is shown as it was signed, and no longer decided', async () => {
    const mei = await withPasskey(ctx)
    const [open, done] = [await ask(ctx, mei), await ask(ctx, mei)]
    const signed = await sign(ctx, mei, open.id)
    await approve(ctx, mei, done.id)
    const later: TestCtx = { ...ctx, config: { ...ctx.config, actions: {} } }
    const view = await viewApproval(later, await mei.caller(), open.id)
    expect(view).toMatchObject({ payload: { details }, way: { kind: 'none', problem: { code: 'approval_expired' } } })
    expect(shownAction(later, 'withdraw', view.payload)).toEqual({
      title: 'withdraw',
      labels: Object.fromEntries(Object.keys(details).map(name => [name, name])),
    })
    expect(await outcome(approveWithPasskey(later, await mei.caller(), open.id, signed))).toMatchObject({ code: 'approval_expired' })
    expect(await approvalOf(later, mei.accountId, done.id)).toMatchObject({ status: 'approved', details })
  })

  it('a pause, and a freeze, between page and prompt stop it', async () => {
    const mei = await withPasskey(ctx)
    const row = await ask(ctx, mei)
    const [response, caller] = [await sign(ctx, mei, row.id), await mei.caller()]
    await ctx.store.transaction(tx => tx.accounts.pauseMoney(mei.accountId, ctx.now() + HOUR, 'account.recover', ctx.now()))
    expect(await outcome(approveWithPasskey(ctx, caller, row.id, response))).toMatchObject({
      code: 'money_held',
      reasons: ['account.recover'],
    })
    await ctx.store.transaction(tx => tx.accounts.update(mei.accountId, { status: 'frozen', frozenAt: ctx.now() }))
    expect(await outcome(approveWithPasskey(ctx, caller, row.id, response))).toEqual({
      code: 'money_held',
      until: null,
      reasons: ['account.freeze', 'account.recover'],
      ways: ['account.unfreeze'],
    })
  })

  it('N4, INV-11: a young passkey approves nothing, and says from when it does', async () => {
    const ada = await withPassword(ctx)
    const until = await addYoungPasskey(ctx, ada)
    expect(until).toBe(ctx.now() + 24 * HOUR)
    const row = await ask(ctx, ada)
    expect(await outcome(approveWithPasskey(ctx, await ada.caller(), row.id, await sign(ctx, ada, row.id)))).toEqual({
      code: 'money_held',
      until,
      reasons: ['passkey_young'],
      ways: ['later'],
    })
    ctx.clock.set(until)
    const later = await ask(ctx, ada)
    await approve(ctx, ada, later.id)
    expect((await ctx.store.read.approvals.get(later.id))?.status).toBe('approved')
  })

  it('a suspended passkey approves nothing, before the prompt and after it', async () => {
    const ada = await withPassword(ctx)
    ctx.clock.set(await addYoungPasskey(ctx, ada))
    const row = await ask(ctx, ada)
    const response = await sign(ctx, ada, row.id)
    await proveByMail(ctx, ada, { operation: 'passkey.suspend', target: response.id })
    await suspendPasskey(ctx, await ada.caller(), response.id)
    expect(await outcome(approveWithPasskey(ctx, await ada.caller(), row.id, response))).toEqual({ code: 'passkey_suspended' })
    expect(await outcome(approvalOptions(ctx, await ada.caller(), row.id))).toEqual({ code: 'approval_too_weak' })
  })

  it('"No" decides too: a passkey finds nothing left', async () => {
    const mei = await withPasskey(ctx)
    const row = await ask(ctx, mei)
    const response = await sign(ctx, mei, row.id)
    await rejectApproval(ctx, await mei.caller(), row.id)
    expect(await outcome(approveWithPasskey(ctx, await mei.caller(), row.id, response))).toEqual({ code: 'approval_decided' })
    expect(await outcome(rejectApproval(ctx, await mei.caller(), row.id))).toEqual({ code: 'approval_decided' })
    expect(await outcome(consumeApproval(ctx, mei.accountId, row.id, details))).toEqual({ code: 'approval_decided' })
  })
})

describe('two steps approve where there is no trusted passkey', () => {
  const purpose = (id: string) => ({ operation: 'approval.approve', target: id }) as const

  it('two steps: up to the host’s limit, with a proof for this approval', async () => {
    const ada = await withPassword(ctx)
    const row = await ask(ctx, ada, small)
    expect((await viewApproval(ctx, await ada.caller(), row.id)).way).toEqual({ kind: 'two_steps', method: 'email', youngUntil: null })
    expect(await outcome(approveWithTwoSteps(ctx, await ada.caller(), row.id))).toMatchObject({ code: 'step_up_required', target: row.id })
    await proveByMail(ctx, ada, purpose(row.id))
    await approveWithTwoSteps(ctx, await ada.caller(), row.id)
    expect(await ctx.store.read.approvals.get(row.id)).toMatchObject({
      status: 'approved',
      method: 'email',
      credentialId: null,
      proof: null,
    })
    expect(await consumeApproval(ctx, ada.accountId, row.id, { ...details, ...small })).toMatchObject({ status: 'consumed' })
  })

  it('two steps: the proof for one approval serves no other, and is used once', async () => {
    const ada = await withPassword(ctx)
    const [one, two] = [await ask(ctx, ada, small), await ask(ctx, ada, small)]
    await proveByMail(ctx, ada, purpose(one.id))
    expect(await outcome(approveWithTwoSteps(ctx, await ada.caller(), two.id))).toMatchObject({ code: 'step_up_required' })
    await approveWithTwoSteps(ctx, await ada.caller(), one.id)
    expect(await outcome(approveWithTwoSteps(ctx, await ada.caller(), one.id))).toEqual({ code: 'approval_decided' })
  })

  it('two steps: above the limit a passkey is needed', async () => {
    const ada = await withPassword(ctx)
    const row = await ask(ctx, ada, { ...small, amount_usd: '500.01' })
    await proveByMail(ctx, ada, purpose(row.id))
    expect(await outcome(approveWithTwoSteps(ctx, await ada.caller(), row.id))).toEqual({
      code: 'approval_over_limit',
      limit: '500 USD',
      until: ctx.now() + 24 * HOUR,
      ways: ['passkey.add', 'smaller_amount', 'later'],
    })
  })

  it('two steps: nothing where the host allows nothing', async () => {
    const ada = await withPassword(ctx)
    const row = await ask(ctx, ada, small, 'passkey_only')
    await proveByMail(ctx, ada, purpose(row.id))
    expect(await outcome(approveWithTwoSteps(ctx, await ada.caller(), row.id))).toMatchObject({
      code: 'approval_too_weak',
      ways: ['passkey.add', 'later'],
    })
  })

  it('INV-10: a lesser proof is refused whatever the host allows, also when the passkey is suspended', async () => {
    const ada = await withPassword(ctx)
    ctx.clock.set(await addYoungPasskey(ctx, ada))
    const row = await ask(ctx, ada, small)
    await proveByMail(ctx, ada, purpose(row.id))
    expect(await outcome(approveWithTwoSteps(ctx, await ada.caller(), row.id))).toEqual({
      code: 'refused_by_policy',
      operation: 'approval.approve',
      methods: ['passkey'],
      until: null,
      ways: ['passkey'],
    })
    const passkey = ada.device.credentials[0]?.id ?? ''
    await proveByMail(ctx, ada, { operation: 'passkey.suspend', target: passkey })
    await suspendPasskey(ctx, await ada.caller(), passkey)
    const next = await ask(ctx, ada, small)
    await proveByMail(ctx, ada, purpose(next.id))
    expect(await outcome(approveWithTwoSteps(ctx, await ada.caller(), next.id))).toMatchObject({
      code: 'refused_by_policy',
      ways: ['passkey.reactivate', 'recover'],
    })
  })

  it('INV-11: with a young passkey the two steps are password and code', async () => {
    const ada = await withPassword(ctx)
    const until = await addYoungPasskey(ctx, ada)
    const row = await ask(ctx, ada, small)
    expect((await viewApproval(ctx, await ada.caller(), row.id)).way).toEqual({ kind: 'two_steps', method: 'email', youngUntil: until })
    const byPasskey = await stepUpWithPasskey(
      ctx,
      await ada.caller(),
      purpose(row.id),
      await ada.device.get(await stepUpOptions(ctx, await ada.caller(), purpose(row.id))),
    )
    ada.signedIn(byPasskey.token.value)
    expect(await outcome(approveWithTwoSteps(ctx, await ada.caller(), row.id))).toEqual({
      code: 'money_held',
      until,
      reasons: ['passkey_young'],
      ways: ['later'],
    })
    const next = await ask(ctx, ada, small)
    await proveByMail(ctx, ada, purpose(next.id))
    await approveWithTwoSteps(ctx, await ada.caller(), next.id)
    expect((await ctx.store.read.approvals.get(next.id))?.status).toBe('approved')
  })

  it('INV-11: a session that a young passkey opened has no first step for money', async () => {
    const ada = await withPassword(ctx)
    const until = await addYoungPasskey(ctx, ada)
    const caller = { ...(await ada.caller()), session: null }
    const signedIn = await signInWithPasskey(ctx, caller, await ada.device.get(signInOptions(ctx, caller)), null)
    if (signedIn.status !== 'signed_in') throw new Error('not signed in')
    ada.signedIn(signedIn.token.value)
    const row = await ask(ctx, ada, small)
    expect((await viewApproval(ctx, await ada.caller(), row.id)).way).toEqual({ kind: 'sign_in_first', youngUntil: until })
    await proveByMail(ctx, ada, purpose(row.id))
    expect(await outcome(approveWithTwoSteps(ctx, await ada.caller(), row.id))).toEqual({
      code: 'money_held',
      until,
      reasons: ['passkey_young'],
      ways: ['later'],
    })
  })

  it('the founding session is no proof for money (policy.md §3): it needs the ceremony, and is two steps', async () => {
    const ada = await withPassword(ctx)
    ctx.clock.advance(-25 * HOUR + 120_000)
    const row = await ask(ctx, ada, small)
    expect(await outcome(approveWithTwoSteps(ctx, await ada.caller(), row.id))).toMatchObject({ code: 'step_up_required' })
    const large = await ask(ctx, ada)
    await proveByMail(ctx, ada, purpose(large.id))
    expect(await outcome(approveWithTwoSteps(ctx, await ada.caller(), large.id))).toMatchObject({ code: 'approval_over_limit' })
    ctx.clock.advance(25 * HOUR)
  })
})

describe('the host redeems an approval', () => {
  it('INV-7: once, and of eight at once one gets it', async () => {
    const mei = await withPasskey(ctx)
    const row = await ask(ctx, mei)
    expect(await outcome(consumeApproval(ctx, mei.accountId, row.id, details))).toEqual({ code: 'forbidden' })
    await approve(ctx, mei, row.id)
    const tries = await Promise.all(Array.from({ length: 8 }, () => outcome(consumeApproval(ctx, mei.accountId, row.id, details))))
    expect(tries.filter(result => (result as { status?: string }).status === 'consumed')).toHaveLength(1)
    expect(tries.filter(result => (result as { code?: string }).code === 'approval_decided')).toHaveLength(7)
  })

  it.each([
    ['another amount', { ...details, amount: '0.51' }],
    ['another address', { ...details, to: ADDRESS.replace('x9', 'x8') }],
    ['another network', { ...details, network: 'Lightning' }],
    ['a member more', { ...details, memo: '' }],
    ['a member less', { amount: details.amount }],
    ['a number for a text', { ...details, amount: 0.5 }],
    ['nothing', undefined],
  ])('INV-7: not for %s', async (_name, given) => {
    const mei = await withPasskey(ctx)
    const row = await ask(ctx, mei)
    await approve(ctx, mei, row.id)
    expect(await outcome(consumeApproval(ctx, mei.accountId, row.id, given))).toEqual({ code: 'approval_changed' })
    expect(await consumeApproval(ctx, mei.accountId, row.id, { ...details })).toMatchObject({ status: 'consumed' })
  })

  it('not while money is paused, and not after a quarter of an hour', async () => {
    const mei = await withPasskey(ctx)
    const row = await ask(ctx, mei)
    await approve(ctx, mei, row.id)
    await ctx.store.transaction(tx => tx.accounts.pauseMoney(mei.accountId, ctx.now() + 60_000, 'password.change', ctx.now()))
    expect(await outcome(consumeApproval(ctx, mei.accountId, row.id, details))).toMatchObject({ code: 'money_held' })
    ctx.clock.advance(900_000)
    expect(await outcome(consumeApproval(ctx, mei.accountId, row.id, details))).toEqual({ code: 'approval_expired' })
  })

  it('not after the passkey that decided was suspended', async () => {
    const ada = await withPassword(ctx)
    ctx.clock.set(await addYoungPasskey(ctx, ada))
    const row = await ask(ctx, ada)
    await approve(ctx, ada, row.id)
    const passkey = ada.device.credentials[0]?.id as CredentialId
    await ctx.store.transaction(tx => tx.passkeys.suspend(ada.accountId, passkey, ctx.now(), 'lesser'))
    expect(await outcome(consumeApproval(ctx, ada.accountId, row.id, details))).toEqual({ code: 'passkey_suspended' })
    await ctx.store.transaction(tx => tx.approvals.voidAll(ada.accountId, passkey))
    expect(await outcome(consumeApproval(ctx, ada.accountId, row.id, details))).toEqual({ code: 'approval_decided' })
  })
})
