import { describe, expect, test } from 'vitest'
import type { Caller } from '../../ctx.ts'
import { erasureOf } from '../../domain/facts.ts'
import type { AccountId } from '../../domain/types.ts'
import { makeAccount, refusal, type TestCtx } from '../../methods/context.fixture.ts'
import { settleAccount, settleLeaving } from '../account/account.ts'
import { findSession } from '../account/find-session.ts'
import { liveSessions } from '../account/sessions.ts'
import { change } from '../change/change.ts'
import { cancelChange } from '../change/waits.ts'
import { totpSetUp } from '../factors.ts'
import {
  anotherSession,
  before,
  DAY,
  exchange,
  HOUR,
  havePassword,
  messages,
  PASSWORD,
  type Person,
  passkeyOwner,
  passwordOwner,
  proveByTotp,
  stranger,
  turnOnTotp,
} from '../people.fixture.ts'
import { mint } from '../prove/authority.ts'
import { stepUpOptions, stepUpWithPasskey } from '../prove/step-up.ts'
import { keepByRecovery } from '../recovery/bind.ts'
import { recoverBy } from '../recovery/recovery.fixture.ts'
import { signInOptions, signInWithPasskey, signInWithPassword, startSignIn } from '../sign-in.ts'
import { close, closeWait } from './close.ts'
import { freeze, freezeAccount } from './freeze.ts'
import { lock } from './lock.ts'
import { unfreezeWithPasskey } from './unfreeze.ts'

const status = async (ctx: TestCtx, id: AccountId): Promise<string | undefined> => (await ctx.store.read.accounts.facts(id))?.account.status

async function asked(person: Person, by: 'passkey' | 'email' = 'passkey'): Promise<number> {
  await person.prove('account.close', by)
  const outcome = await close(person.ctx, await person.caller())
  if (outcome.status !== 'waits') throw new Error('closed at once')
  return outcome.until - person.ctx.now()
}

/** Closed by a trusted passkey, a day after it was asked for. */
async function closed(person: Person): Promise<void> {
  await asked(person)
  person.ctx.clock.advance(DAY)
  await settleLeaving(person.ctx, 10)
}

/** Signed in with the passkey, as a browser finds it by its cookie. */
async function signedIn({ ctx, phone }: Person): Promise<Caller & { cookie: string }> {
  const asking = stranger()
  const done = await signInWithPasskey(ctx, asking, await phone.get(signInOptions(ctx, asking)), null)
  if (done.status !== 'signed_in') throw new Error(done.status)
  return { ...asking, cookie: done.token.value, session: await findSession(ctx, done.token.value, false) }
}

/** The same browser with its session as it is by now. */
const again = async (ctx: TestCtx, caller: Caller & { cookie: string }): Promise<Caller> => ({
  ...caller,
  session: await findSession(ctx, caller.cookie, false),
})

async function keep(person: Person, by: Caller): Promise<void> {
  const { ctx } = person
  const target = erasureOf((await ctx.store.read.accounts.facts(person.accountId))!)!.id
  const purpose = { operation: 'change.cancel', target } as const
  await stepUpWithPasskey(ctx, by, purpose, await person.phone.get(await stepUpOptions(ctx, by, purpose)))
  await cancelChange(ctx, { ...by, session: { ...by.session!, kind: 'closing' } }, target)
}

describe('account.close (policy.md §4)', () => {
  test('takes effect after 24 h with a trusted passkey or two steps, after 72 h with less; cancelled, it never does', async () => {
    const ctx = await exchange()
    const [mei, ana] = [await passkeyOwner(ctx), await passwordOwner(ctx)]
    const kim = await passkeyOwner(ctx, 'kim@example.com')
    const app = await turnOnTotp(kim)
    await havePassword(kim)
    const weak = await anotherSession(kim)
    expect([await asked(mei), await asked(ana, 'email')].map(ms => ms / HOUR)).toEqual([24, 24])
    await proveByTotp({ ...kim, caller: async () => weak }, app, 'account.close')
    expect(await close(ctx, weak)).toMatchObject({ status: 'waits', until: ctx.now() + 72 * HOUR })
    await mei.prove('change.cancel', 'passkey', closeWait(await mei.facts())!.id)
    await cancelChange(ctx, await mei.caller(), closeWait(await mei.facts())!.id)
    ctx.clock.advance(30 * DAY)
    await settleLeaving(ctx, 10)
    expect(await status(ctx, mei.accountId)).toBe('active')
    expect(await status(ctx, ana.accountId)).toBe('closing')
  })

  test('is asked for once, and not while settings are locked or the account is frozen', async () => {
    const ctx = await exchange()
    const [twice, locked] = [await passkeyOwner(ctx), await passkeyOwner(ctx, 'lock@example.com')]
    await asked(twice)
    await twice.prove('account.close')
    expect(await refusal(close(ctx, await twice.caller()))).toMatchObject({ code: 'already_done' })
    await locked.prove('account.lock', 'passkey', 'both.7')
    await lock(ctx, await locked.caller(), { scope: 'both', days: 7 })
    expect(await refusal(locked.prove('account.close'))).toMatchObject({ code: 'account_locked' })
  })

  test('a freeze keeps its wait standing', async () => {
    const ctx = await exchange()
    const mei = await passkeyOwner(ctx)
    await asked(mei)
    await mei.prove('account.freeze')
    await freeze(ctx, await mei.caller())
    ctx.clock.advance(30 * DAY)
    expect(await settleLeaving(ctx, 10)).toBe(0)
    expect(await status(ctx, mei.accountId)).toBe('frozen')
  })
})

describe('an account that is closed and not erased yet', () => {
  test('ends every session at its minute, whoever looks first, and tells every address until when it can be kept', async () => {
    const ctx = await exchange()
    const mei = await passkeyOwner(ctx)
    const browser = await signedIn(mei)
    await asked(mei)
    ctx.clock.advance(DAY - 1)
    expect((await again(ctx, browser)).session?.kind).toBe('full')
    await messages(ctx)
    ctx.clock.advance(1)
    expect((await again(ctx, browser)).session).toBeNull()
    expect(await status(ctx, mei.accountId)).toBe('closing')
    const told = await ctx.store.transaction(tx => tx.outbox.lease(ctx.now(), 1, 100))
    const notice = told.find(row => row.template === 'account_closing')
    expect([notice?.to, notice?.params.until]).toEqual(['mei@example.com', ctx.now() + 7 * DAY])
  })

  test('INV-9 whoever signs in reaches the calm page, reads, and changes nothing', async () => {
    const ctx = await exchange()
    const mei = await passkeyOwner(ctx)
    await closed(mei)
    const browser = await signedIn(mei)
    expect(browser.session?.kind).toBe('closing')
    expect(await liveSessions(ctx, browser.session!)).toHaveLength(1)
    const refused = { code: 'account_closing' }
    expect(await refusal(change(ctx, browser, { operation: 'totp.remove', target: null }))).toMatchObject(refused)
    expect(await refusal(close(ctx, browser))).toMatchObject(refused)
    expect(await refusal(totpSetUp(ctx, browser))).toMatchObject(refused)
    expect(await refusal(stepUpOptions(ctx, browser, { operation: 'passkey.add', target: null }))).toMatchObject(refused)
    // as a request that was read before the closing
    const full = { ...browser, session: { ...browser.session!, kind: 'full' as const } }
    expect(await refusal(change(ctx, full, { operation: 'totp.remove', target: null }))).toMatchObject(refused)
  })

  test('is kept with at least the proof that closed it: its sign-in is a full one then', async () => {
    const ctx = await exchange()
    const mei = await passkeyOwner(ctx)
    await asked(mei)
    ctx.clock.advance(DAY)
    const browser = await signedIn(mei)
    ctx.clock.advance(6 * DAY)
    await keep(mei, browser)
    expect((await again(ctx, browser)).session?.kind).toBe('full')
    expect(await status(ctx, mei.accountId)).toBe('active')
    ctx.clock.advance(30 * DAY)
    expect(await settleLeaving(ctx, 10)).toBe(0)
    expect(await status(ctx, mei.accountId)).toBe('active')
  })

  test('two steps do not keep what a trusted passkey closed; a recovery neither, and it binds nothing', async () => {
    const ctx = await exchange()
    const mei = await passkeyOwner(ctx)
    await havePassword(mei)
    const app = await turnOnTotp(mei)
    await closed(mei)
    const weak = await anotherSession(mei)
    const calm = { ...weak, session: { ...weak.session!, kind: 'closing' as const } }
    const target = erasureOf((await ctx.store.read.accounts.facts(mei.accountId))!)!.id
    await proveByTotp({ ...mei, caller: async () => calm }, app, 'change.cancel', target)
    expect(await refusal(cancelChange(ctx, calm, target))).toMatchObject({ code: 'refused_by_policy' })
    const recovering = await recoverBy(mei, { totp: app, codes: [] }, ['email', 'totp'])
    expect(await refusal(keepByRecovery(ctx, recovering))).toMatchObject({ code: 'refused_by_policy' })
    expect(await status(ctx, mei.accountId)).toBe('closing')
  })

  test('a recovery keeps what two steps closed, pauses money, and ends', async () => {
    const ctx = await exchange()
    const ana = await passwordOwner(ctx)
    const app = await turnOnTotp(ana)
    await proveByTotp(ana, app, 'account.close')
    await close(ctx, await ana.caller())
    ctx.clock.advance(DAY)
    await settleLeaving(ctx, 10)
    const recovering = await recoverBy(ana, { totp: app, codes: [] }, ['email', 'totp'], 'ana@example.com')
    await keepByRecovery(ctx, recovering)
    const { account } = await ana.facts()
    expect([account.status, account.moneyPausedUntil]).toEqual(['active', ctx.now() + 3 * DAY])
    expect(await refusal(keepByRecovery(ctx, recovering))).toMatchObject({ code: 'form_expired' })
  })

  test('a freeze keeps its erasure standing; unfrozen, it is closed again for the days that were left', async () => {
    const ctx = await exchange()
    const mei = await passkeyOwner(ctx)
    await closed(mei)
    ctx.clock.advance(3 * DAY)
    const facts = (await ctx.store.read.accounts.facts(mei.accountId))!
    const said = {
      operation: 'account.freeze',
      target: null,
      proofClass: 'lesser',
      decision: { kind: 'now', pauseMs: 0 },
      credentialId: null,
    } as const
    await ctx.store.transaction(tx => freezeAccount({ tx, ctx, facts, caller: null, session: null }, mint('freeze_link', said)))
    ctx.clock.advance(30 * DAY)
    expect(await settleLeaving(ctx, 10)).toBe(0)
    const asking = stranger()
    await unfreezeWithPasskey(ctx, asking, await mei.phone.get(signInOptions(ctx, asking)))
    const now = await ctx.store.read.accounts.facts(mei.accountId)
    expect([now?.account.status, erasureOf(now!)?.effectiveAt]).toEqual(['closing', ctx.now() + 4 * DAY])
  })
})

describe('erased, seven days after it was closed', () => {
  test('not a millisecond before; then nobody signs in, and a session that looked is nobody’s', async () => {
    const ctx = await exchange()
    const mei = await passkeyOwner(ctx)
    await havePassword(mei)
    await closed(mei)
    const browser = await signedIn(mei)
    ctx.clock.advance(7 * DAY - 1)
    expect(await settleLeaving(ctx, 10)).toBe(0)
    expect((await again(ctx, browser)).session?.kind).toBe('closing')
    ctx.clock.advance(1)
    expect((await again(ctx, browser)).session).toBeNull()
    expect(await status(ctx, mei.accountId)).toBe('closed')
    expect(await refusal(signedIn(mei))).toMatchObject({ code: 'passkey_unknown' })
  })

  test.each([
    ['a sign-in with its passkey', (person: Person) => signedIn(person), 'unauthenticated'],
    ['a sign-in with its password', (person: Person) => byPassword(person.ctx), 'invalid_credentials'],
    ['whoever reads it', (person: Person) => person.facts(), 'unauthenticated'],
  ])('%s finds it gone by the clock, though no node has erased it, and erases it', async (_who, go, code) => {
    const ctx = await exchange()
    const mei = await passkeyOwner(ctx)
    await havePassword(mei)
    await closed(mei)
    ctx.clock.advance(7 * DAY)
    expect(await refusal(go(mei))).toMatchObject({ code })
    expect(await status(ctx, mei.accountId)).toBe('closed')
  })

  test('kept in another tab right before: it is not erased', async () => {
    const ctx = await exchange()
    const mei = await passkeyOwner(ctx)
    await closed(mei)
    const browser = await signedIn(mei)
    ctx.clock.advance(7 * DAY - 1)
    await keep(mei, browser)
    ctx.clock.advance(1)
    expect(await settleAccount(ctx, mei.accountId)).toBe(mei.accountId)
    expect(await status(ctx, mei.accountId)).toBe('active')
  })

  test('its address is anybody’s again, and the record says what happened and when, without who', async () => {
    const ctx = await exchange()
    const mei = await passkeyOwner(ctx)
    await closed(mei)
    ctx.clock.advance(7 * DAY)
    expect(await settleLeaving(ctx, 10)).toBe(1)
    expect(await settleLeaving(ctx, 10)).toBe(0)
    const record = await ctx.store.read.events.list(mei.accountId, null, 50)
    expect(record.map(event => event.kind)).toEqual(['account.erase', 'account.close', 'change_waits', 'step_up', 'passkey.add', 'sign_up'])
    expect(record.filter(event => event.detail !== null)).toEqual([])
    expect(await makeAccount(ctx, 'mei@example.com')).toMatchObject({ account: { status: 'active' } })
  })

  test('two nodes that erase at once erase once', async () => {
    const ctx = await exchange()
    const mei = await passkeyOwner(ctx)
    await closed(mei)
    ctx.clock.advance(7 * DAY)
    const other = before(ctx, () => settleLeaving(ctx, 10))
    await settleLeaving(other, 10)
    const erased = (await ctx.store.read.events.list(mei.accountId, null, 50)).filter(event => event.kind === 'account.erase')
    expect(erased).toHaveLength(1)
  })
})

async function byPassword(ctx: TestCtx): Promise<unknown> {
  const asking = stranger()
  await startSignIn(ctx, asking, 'mei@example.com', null)
  return signInWithPassword(ctx, asking, PASSWORD)
}
