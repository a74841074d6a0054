import { SoftwareAuthenticator } from '@latchkey/testing'
import { describe, expect, test } from 'vitest'
import type { Caller } from '../../ctx.ts'
import { freezeLinkId } from '../../deliver/freeze-link.ts'
import { isTrusted } from '../../domain/facts.ts'
import { OPERATIONS, type Operation, type OperationRow } from '../../domain/policy.ts'
import type { CredentialId } from '../../domain/types.ts'
import { refusal, type TestCtx } from '../../methods/context.fixture.ts'
import { settleAndLoad } from '../account/account.ts'
import { findSession } from '../account/find-session.ts'
import { endOtherSessions } from '../account/sessions.ts'
import { isTrustedDevice, trustDevice } from '../account/trusted-device.ts'
import { beginAddress, confirmAddress } from '../addresses.ts'
import { details } from '../approvals/approvals.fixture.ts'
import { approvalOptions, approveWithPasskey, consumeApproval, createApproval } from '../approvals/approvals.ts'
import { change, perform } from '../change/change.ts'
import { cancelChange } from '../change/waits.ts'
import { addPasskey, passkeyCreationOptions, reactivatePasskey, suspendPasskey } from '../passkeys.ts'
import {
  anotherSession,
  before,
  DAY,
  exchange,
  HOUR,
  havePassword,
  insertPassword,
  messages,
  ORIGIN,
  PASSWORD,
  type Person,
  passkeyOwner,
  passwordOwner,
  sentCode,
  stranger,
} from '../people.fixture.ts'
import { mint } from '../prove/authority.ts'
import { stepUpOptions, stepUpWithPasskey, takeGrant } from '../prove/step-up.ts'
import { waitByMail } from '../recovery/by-mail.ts'
import { sendSecondStepCode, signInOptions, signInWithCode, signInWithPasskey, signInWithPassword, startSignIn } from '../sign-in.ts'
import { freeze, freezeAccount } from './freeze.ts'
import { freezeByLink, linkState, pressOf } from './link.ts'
import { unfreeze, unfreezeWithPasskey } from './unfreeze.ts'

const MAIL = 'mei@example.com'

/** What stands in the links of the newest notices, by address. */
async function links(ctx: TestCtx): Promise<Record<string, string>> {
  const rows = await ctx.store.transaction(tx => tx.outbox.lease(ctx.now(), 1, 1000))
  ctx.clock.advance(1)
  return Object.fromEntries(rows.filter(row => row.params.link).map(row => [row.to, String(row.params.link)]))
}

/** Signs in from a browser that nobody knows, which is told to the owner. @returns the link in that notice */
async function toldOf(person: Person, to = MAIL): Promise<string> {
  await signedIn(person)
  return (await links(person.ctx))[to] ?? 'none'
}

/** Signed in as a browser finds it by its cookie. */
async function signedIn({ ctx, phone }: Person, key = phone): Promise<Caller> {
  const asking = stranger()
  const done = await signInWithPasskey(ctx, asking, await key.get(signInOptions(ctx, asking)), null)
  if (done.status !== 'signed_in') throw new Error(done.status)
  return { ...asking, session: await findSession(ctx, done.token.value, false) }
}

async function signedInBySteps({ ctx }: Person, mail: string): Promise<Caller> {
  const asking = stranger()
  await startSignIn(ctx, asking, mail, '/account/unfreeze')
  await signInWithPassword(ctx, asking, PASSWORD)
  await sendSecondStepCode(ctx, asking, 'email')
  const done = await signInWithCode(ctx, asking, 'email', await sentCode(ctx))
  if (done.status !== 'signed_in') throw new Error(done.status)
  return { ...asking, session: await findSession(ctx, done.token.value, false) }
}

const frozen = async (person: Person): Promise<boolean> => (await person.facts()).account.status === 'frozen'

/** Opens a link in a browser that nobody knows, and presses the button. */
async function press(ctx: TestCtx, token: string): Promise<void> {
  const asking = stranger()
  expect(await freezeByLink(ctx, asking, token, pressOf(ctx, asking, token))).toBe(true)
}

/** As the link of a notice does it. */
async function freezeNow(person: Person): Promise<void> {
  await press(person.ctx, await toldOf(person, (await person.facts()).identifiers[0]!.value))
  if (!(await frozen(person))) throw new Error('not frozen')
}

/** Comes back with the own passkey, in one prompt. */
async function comeBack({ ctx, phone }: Person, key = phone): Promise<{ back: boolean; caller: Caller }> {
  const asking = stranger()
  const { signIn, back } = await unfreezeWithPasskey(ctx, asking, await key.get(signInOptions(ctx, asking)))
  if (signIn.status !== 'signed_in') throw new Error(signIn.status)
  return { back, caller: { ...asking, session: await findSession(ctx, signIn.token.value, false) } }
}

/** Adds a passkey on another device, proven as `by` says. */
async function second(person: Person, by: 'passkey' | 'email'): Promise<{ id: CredentialId; key: SoftwareAuthenticator }> {
  const { ctx } = person
  await person.prove('passkey.add', by)
  const key = new SoftwareAuthenticator({ origin: ORIGIN })
  const { passkey } = await addPasskey(
    ctx,
    await person.caller(),
    await key.create(await passkeyCreationOptions(ctx, await person.caller())),
  )
  return { id: passkey.id, key }
}

const passkeyOf = async (person: Person, id: CredentialId) => (await person.facts()).passkeys.find(p => p.id === id)!

describe('F41 the link of a notice', () => {
  test('N6 freezes, signed out, from a browser that nobody knows; to look changes nothing', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    const token = await toldOf(person)
    for (let n = 0; n < 3; n++)
      expect(await linkState(ctx, token)).toMatchObject({
        state: 'open',
        link: { notice: { template: 'new_device_sign_in', to: 'm•••@example.com' } },
      })
    expect(await frozen(person)).toBe(false)
    await press(ctx, token)
    expect(await frozen(person)).toBe(true)
    expect(await linkState(ctx, token)).toEqual({ state: 'frozen', frozenAt: ctx.now() })
    // pressed twice, or by somebody else of the family
    await press(ctx, token)
    expect(await frozen(person)).toBe(true)
  })

  test('is not found by its row, and another one is none', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    const token = await toldOf(person)
    expect(token).toMatch(/^[\w-]{16}$/)
    const row = await ctx.store.read.freezeLinks.find(freezeLinkId(token)!)
    expect(JSON.stringify(row)).not.toContain(token)
    for (const other of ['', 'x', row!.id, `${token}x`, token.slice(1), `${token.slice(0, 15)}${token.endsWith('A') ? 'B' : 'A'}`]) {
      expect(await linkState(ctx, other)).toEqual({ state: 'ended' })
      await press(ctx, other)
    }
    expect(await frozen(person)).toBe(false)
  })

  test('works for 72 hours, to the millisecond', async () => {
    for (const [late, state] of [
      [-1, 'open'],
      [0, 'ended'],
    ] as const) {
      const person = await passkeyOwner(await exchange())
      const { ctx } = person
      const token = await toldOf(person)
      const { link } = (await linkState(ctx, token)) as { link: { createdAt: number } }
      ctx.clock.set(link.createdAt + 72 * HOUR + late)
      expect((await linkState(ctx, token)).state).toBe(state)
      await press(ctx, token)
      expect(await frozen(person)).toBe(state === 'open')
    }
  })

  test('of before an unfreeze has ended; its address freezes again after 30 days, another address at once', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx, accountId } = person
    const at = ctx.now()
    const phone = {
      id: 'phone-1',
      accountId,
      kind: 'phone',
      value: '+34600000111',
      verifiedAt: at,
      createdAt: at,
      supersededAt: null,
    } as const
    await ctx.store.transaction(tx => tx.identifiers.insert(phone))
    await signedIn(person)
    const first = await links(ctx)
    await press(ctx, first[MAIL]!)
    const used = ctx.now()
    expect((await comeBack(person)).back).toBe(true)
    for (const token of Object.values(first)) expect((await linkState(ctx, token)).state).toBe('ended')
    await signedIn(person)
    const next = await links(ctx)
    expect((await linkState(ctx, next[MAIL]!)).state).toBe('ended')
    expect((await linkState(ctx, next['+34600000111']!)).state).toBe('open')
    ctx.clock.set(used + 30 * DAY - HOUR)
    const token = await toldOf(person)
    ctx.clock.set(used + 30 * DAY - 1)
    expect((await linkState(ctx, token)).state).toBe('ended')
    ctx.clock.advance(1)
    expect((await linkState(ctx, token)).state).toBe('open')
  })

  test('freezes nothing where the account was frozen and came back while the button was pressed', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    const token = await toldOf(person)
    const asking = stranger()
    const meanwhile = async () => {
      await freeze(ctx, await signedIn(person))
      expect((await comeBack(person)).back).toBe(true)
    }
    expect(await freezeByLink(before(ctx, meanwhile), asking, token, pressOf(ctx, asking, token))).toBe(true)
    expect(await frozen(person)).toBe(false)
    expect((await linkState(ctx, token)).state).toBe('ended')
  })

  test('works in the mailbox that a thief has replaced, and stops the next change of theirs', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    await person.prove('email.replace')
    await beginAddress(ctx, await person.caller(), 'email', 'thief@example.net')
    await confirmAddress(ctx, await person.caller(), 'email', await sentCode(ctx))
    const token = (await links(ctx))[MAIL]!
    expect(await linkState(ctx, token)).toMatchObject({ state: 'open', link: { notice: { template: 'email_replaced' } } })
    await press(ctx, token)
    expect(await frozen(person)).toBe(true)
  })

  test('freezes nothing for a press that was made for another link, or in another browser, or by nobody', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    const [token, other] = [await toldOf(person), await toldOf(person)]
    const [asking, somebody] = [stranger(), stranger()]
    for (const press of ['', 'x', pressOf(ctx, asking, other), pressOf(ctx, somebody, token)])
      expect(await freezeByLink(ctx, asking, token, press)).toBe(false)
    const signedInHere = { ...asking, session: (await signedIn(person)).session }
    expect(await freezeByLink(ctx, signedInHere, token, pressOf(ctx, asking, token))).toBe(false)
    expect(await frozen(person)).toBe(false)
    expect(await freezeByLink(ctx, signedInHere, token, pressOf(ctx, signedInHere, token))).toBe(true)
    expect(await frozen(person)).toBe(true)
  })

  test('never stands beside a code', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    await person.prove('totp.add', 'email')
    const rows = await ctx.store.transaction(tx => tx.outbox.lease(ctx.now(), 1, 1000))
    const codes = rows.filter(row => row.params.code !== undefined)
    expect(codes.length).toBeGreaterThan(0)
    for (const row of codes) expect(row.params.link).toBeUndefined()
  })

  test('INV-14 told to every address, with what the freeze did', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    const token = await toldOf(person)
    await messages(ctx)
    const woken = ctx.wakes()
    await press(ctx, token)
    expect(await messages(ctx)).toContain(`account_frozen ${MAIL}`)
    expect(ctx.wakes()).toBeGreaterThan(woken)
    const [event] = await ctx.store.read.events.list(person.accountId, null, 1)
    expect(event).toMatchObject({ kind: 'account.freeze', body: { by: 'freeze_link' }, sessionId: null })
    expect(event?.detail?.ip).toBeTruthy()
  })
})

describe('F45 the owner freezes, signed in', () => {
  test('with a step of the last five minutes; a link to the calm page is for that browser alone', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    const caller = await signedIn(person)
    ctx.clock.advance(300_001)
    expect(await refusal(freeze(ctx, caller))).toMatchObject({ code: 'step_up_required' })
    expect(await frozen(person)).toBe(false)
    const token = await freeze(ctx, await signedIn(person))
    expect((await linkState(ctx, token)).state).toBe('frozen')
    await comeBack(person)
    await press(ctx, token)
    expect(await frozen(person)).toBe(false)
  })

  test('nobody freezes without authority, nor twice', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    const facts = await person.facts()
    const act = (authority: never) =>
      refusal(ctx.store.transaction(tx => freezeAccount({ tx, ctx, facts, caller: null, session: null }, authority)))
    expect(await act({ operation: 'account.freeze' } as never)).toMatchObject({ code: 'internal' })
    const said = { target: null, proofClass: 'trusted', decision: { kind: 'now', pauseMs: 0 }, credentialId: null } as const
    expect(await act(mint('step_up', { operation: 'account.unfreeze', ...said }) as never)).toMatchObject({ code: 'internal' })
    await freezeNow(person)
    const again = { ...facts, account: { ...facts.account, status: 'frozen' as const } }
    const authority = mint('step_up', { operation: 'account.freeze', ...said })
    const twice = ctx.store.transaction(tx => freezeAccount({ tx, ctx, facts: again, caller: null, session: null }, authority))
    expect(await refusal(twice)).toMatchObject({ code: 'already_done' })
  })
})

describe('N6 a freeze stops', () => {
  test('every session, and the trust of every device', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx, accountId } = person
    await havePassword(person)
    const [one, two] = [await anotherSession(person), await signedIn(person)]
    const claim = trustDevice(ctx, await person.facts())!
    const device = { ...stranger(), client: { ...stranger().client, deviceId: 'd-1' }, trustClaims: { [accountId]: claim } }
    expect(isTrustedDevice(ctx, device, await person.facts())).toBe(true)
    await freezeNow(person)
    for (const { session } of [one, two]) expect((await ctx.store.read.sessions.get(session!.id))?.endedReason).toBe('account.freeze')
    expect(isTrustedDevice(ctx, device, await person.facts())).toBe(false)
  })

  test('money: what was approved is void, and nothing is approved any more', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx, accountId } = person
    const ask = async () => createApproval(ctx, await person.caller(), { action: 'withdraw', details, returnTo: null })
    const [approved, open] = [await ask(), await ask()]
    const sign = async (id: string) => person.phone.get(await approvalOptions(ctx, await person.caller(), id))
    await approveWithPasskey(ctx, await person.caller(), approved.id, await sign(approved.id))
    const caller = await person.caller()
    const signature = await sign(open.id)
    await freezeNow(person)
    expect((await refusal(approveWithPasskey(ctx, caller, open.id, signature))).code).toBe('unauthenticated')
    expect((await refusal(consumeApproval(ctx, accountId, approved.id, details))).code).toMatch(/money_held|approval/)
    for (const { id } of [approved, open]) expect((await ctx.store.read.approvals.get(id))?.status).toBe('voided')
  })

  test('what waits, which goes on where it stood', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    await havePassword(person)
    await person.prove('password.remove', 'email')
    await change(ctx, await person.caller(), { operation: 'password.remove', target: null })
    ctx.clock.advance(71 * HOUR)
    await freezeNow(person)
    const [wait] = (await person.facts()).pending
    expect(wait).toMatchObject({ operation: 'password.remove', remainingMs: wait!.effectiveAt - ctx.now() })
    ctx.clock.advance(30 * DAY)
    expect((await settleAndLoad(ctx, person.accountId)).password).not.toBeNull()
    expect((await comeBack(person)).back).toBe(true)
    expect((await person.facts()).pending).toMatchObject([{ remainingMs: null, effectiveAt: ctx.now() + wait!.remainingMs! }])
    ctx.clock.advance(wait!.remainingMs! - 1)
    expect((await settleAndLoad(ctx, person.accountId)).password).not.toBeNull()
    ctx.clock.advance(1)
    expect((await settleAndLoad(ctx, person.accountId)).password).toBeNull()
  })

  test('policy.md §2 the clock of a young passkey, which goes on where it stood', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    const { id } = await second(person, 'passkey')
    ctx.clock.advance(23 * HOUR)
    await freezeNow(person)
    const left = (await passkeyOf(person, id)).trustLeftMs!
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThanOrEqual(HOUR)
    ctx.clock.advance(10 * DAY)
    expect(isTrusted(await passkeyOf(person, id), ctx.now())).toBe(false)
    expect((await comeBack(person)).back).toBe(true)
    expect(await passkeyOf(person, id)).toMatchObject({ trustedAt: ctx.now() + left, trustLeftMs: null })
  })

  test('INV-1 a recovery by mailbox too, which is begun anew: nobody else would come back', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    const begin = () =>
      ctx.store.transaction(async tx => {
        const facts = (await tx.accounts.lock(person.accountId))!
        return waitByMail({ tx, ctx, facts, caller: null, session: null })
      })
    const until = await begin()
    ctx.clock.advance(71 * HOUR)
    await ctx.store.transaction(async tx => {
      await tx.accounts.update(person.accountId, { status: 'frozen', frozenAt: ctx.now() })
      await tx.changes.stopAll(person.accountId, ctx.now(), [])
    })
    ctx.clock.advance(2 * HOUR)
    expect(until).toBeLessThan(ctx.now())
    expect(await begin()).toBe(ctx.now() + 72 * HOUR)
  })
})

describe('INV-17 while an account is frozen', () => {
  test('the table says what is left, whatever a session of before asks for', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    await freezeNow(person)
    const session = (await signedIn(person)).session!
    const facts = await person.facts()
    for (const [operation, row] of Object.entries(OPERATIONS) as [Operation, OperationRow][]) {
      const taken = ctx.store.transaction(tx => takeGrant({ tx, ctx, facts, session }, { operation, target: null }))
      const code = await taken.then(
        () => 'taken',
        error => error.code,
      )
      expect([operation, code === 'account_frozen']).toEqual([operation, row.whileFrozen !== true])
    }
  })

  test('a sign-in reaches a session of its own kind, which looks, ends sessions, and stops what waits', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    await havePassword(person)
    await person.prove('password.remove', 'email')
    await change(ctx, await person.caller(), { operation: 'password.remove', target: null })
    await freezeNow(person)
    const caller = await signedIn(person)
    expect(caller.session?.kind).toBe('frozen')
    const other = await signedIn(person)
    expect(await endOtherSessions(ctx, caller)).toBeGreaterThan(0)
    expect((await ctx.store.read.sessions.get(other.session!.id))?.endedAt).not.toBeNull()
    const [wait] = (await person.facts()).pending
    expect(await refusal(cancelChange(ctx, caller, wait!.id))).toMatchObject({ code: 'step_up_required' })
    expect(await refusal(passkeyCreationOptions(ctx, caller))).toMatchObject({ code: 'account_frozen' })
  })
})

describe('policy.md §4 the owner is back', () => {
  test('at once, with one assertion by a trusted passkey; whoever signed in meanwhile is out', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    await havePassword(person)
    await freezeNow(person)
    const intruder = await anotherSession(person)
    ctx.clock.advance(1)
    const claim = trustDevice(ctx, await person.facts())!
    const device = { ...stranger(), trustClaims: { [person.accountId]: claim } }
    expect(isTrustedDevice(ctx, device, await person.facts())).toBe(true)
    const { back, caller } = await comeBack(person)
    expect(back).toBe(true)
    expect(caller.session?.kind).toBe('full')
    expect((await ctx.store.read.sessions.get(intruder.session!.id))?.endedReason).toBe('account.unfreeze')
    expect(isTrustedDevice(ctx, device, await person.facts())).toBe(false)
    expect(await messages(ctx)).toContain(`account_unfrozen ${MAIL}`)
    const events = await ctx.store.read.events.list(person.accountId, null, 3)
    expect(events.map(({ kind }) => kind)).toContain('account.unfreeze')
  })

  test('not with a young passkey: it asks for nothing, and says so', async () => {
    const person = await passkeyOwner(await exchange())
    const { key } = await second(person, 'passkey')
    await freezeNow(person)
    const { back, caller } = await comeBack(person, key)
    expect([back, caller.session?.kind, await frozen(person)]).toEqual([false, 'frozen', true])
    expect((await person.facts()).pending).toEqual([])
    // two steps beside a trusted passkey are lesser
    expect(await unfreeze(person.ctx, caller)).toMatchObject({ status: 'waits', until: person.ctx.now() + 72 * HOUR })
    expect(await frozen(person)).toBe(true)
  })

  test('after 24 hours with two steps where there is no passkey, and the one who asked stays signed in', async () => {
    const ctx = await exchange()
    const person = await passwordOwner(ctx)
    const { accountId } = person
    const authority = mint('freeze_link', {
      ...{ operation: 'account.freeze', target: null, proofClass: 'lesser', credentialId: null },
      decision: { kind: 'now', pauseMs: 0 },
    } as const)
    const facts = await person.facts()
    await ctx.store.transaction(tx => freezeAccount({ tx, ctx, facts, caller: null, session: null }, authority))
    const caller = await signedInBySteps(person, 'ana@example.com')
    const outcome = await unfreeze(ctx, caller)
    expect(outcome).toMatchObject({ status: 'waits', until: ctx.now() + 24 * HOUR })
    expect(await refusal(unfreeze(ctx, await signedInBySteps(person, 'ana@example.com')))).toMatchObject({ code: 'already_done' })
    const other = await signedInBySteps(person, 'ana@example.com')
    ctx.clock.set((outcome as { until: number }).until - 1)
    expect((await settleAndLoad(ctx, accountId)).account.status).toBe('frozen')
    ctx.clock.advance(1)
    expect((await settleAndLoad(ctx, accountId)).account.status).toBe('active')
    expect((await ctx.store.read.sessions.get(caller.session!.id))?.endedAt).toBeNull()
    expect((await ctx.store.read.sessions.get(other.session!.id))?.endedReason).toBe('account.unfreeze')
  })

  test('policy.md §2 with less than a trusted passkey the clocks begin anew, of suspended ones too', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    await insertPassword(ctx, await person.facts())
    const young = await second(person, 'passkey')
    const waiting = await second(person, 'email')
    const stopped = await second(person, 'passkey')
    ctx.clock.advance(20 * HOUR)
    await person.prove('passkey.suspend', 'passkey', stopped.id)
    await suspendPasskey(ctx, await person.caller(), stopped.id)
    await freezeNow(person)
    const caller = await signedInBySteps(person, MAIL)
    const { until } = (await unfreeze(ctx, caller)) as { until: number }
    ctx.clock.set(until)
    await settleAndLoad(ctx, person.accountId)
    expect(await passkeyOf(person, young.id)).toMatchObject({ trustedAt: until + 24 * HOUR, trustLeftMs: null })
    expect(await passkeyOf(person, waiting.id)).toMatchObject({ trustedAt: until + 72 * HOUR, trustLeftMs: null })
    expect((await person.facts()).pending).toMatchObject([{ operation: 'passkey.add', effectiveAt: until + 72 * HOUR, remainingMs: null }])
    const { id } = stopped
    const back = await signedIn(person)
    await ctx.store.transaction(tx =>
      tx.grants.insert({
        ...{ id: 'g', sessionId: back.session!.id, accountId: person.accountId, operation: 'passkey.reactivate', target: id },
        ...{
          method: 'passkey',
          credentialId: back.session!.credentialId,
          proofClass: null,
          createdAt: ctx.now(),
          expiresAt: ctx.now() + HOUR,
        },
      }),
    )
    await reactivatePasskey(ctx, back, id)
    expect((await passkeyOf(person, id)).trustedAt).toBe(ctx.now() + 24 * HOUR)
  })

  test('by two presses at once, or in two tabs: both see it done', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    const token = await toldOf(person)
    await Promise.all([press(ctx, token), press(ctx, token)])
    expect(await frozen(person)).toBe(true)
    const other = async () => {
      await comeBack(person)
    }
    const asking = stranger()
    const response = await person.phone.get(signInOptions(ctx, asking))
    const { back } = await unfreezeWithPasskey(before(ctx, other, 'work('), asking, response)
    expect([back, await frozen(person)]).toEqual([true, false])
  })

  test('not with a passkey that may have been copied: that is one step', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx, phone } = person
    for (const signCount of [9, 3]) {
      if (signCount === 3) await freezeNow(person)
      const asking = stranger()
      const response = await phone.get(signInOptions(ctx, asking), { signCount })
      const { signIn, back } = await unfreezeWithPasskey(ctx, asking, response)
      expect([signIn.status, back]).toEqual(signCount === 3 ? ['second_step_needed', false] : ['signed_in', true])
    }
    expect(await frozen(person)).toBe(true)
  })

  test('at once although somebody asked with less, whose wait ends with it', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    await insertPassword(ctx, await person.facts())
    await freezeNow(person)
    await unfreeze(ctx, await signedInBySteps(person, MAIL))
    const caller = await signedIn(person)
    const purpose = { operation: 'account.unfreeze', target: null } as const
    await stepUpWithPasskey(ctx, caller, purpose, await person.phone.get(await stepUpOptions(ctx, caller, purpose)))
    expect(await unfreeze(ctx, caller)).toEqual({ status: 'done' })
    expect((await person.facts()).pending).toEqual([])
  })

  test('by whoever looks when the wait is over: the one who asked is signed in, who came meanwhile is not', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    await insertPassword(ctx, await person.facts())
    await freezeNow(person)
    const [asked, other] = [stranger(), stranger()]
    const values = []
    for (const asking of [asked, other]) {
      const done = await signInWithPasskey(ctx, asking, await person.phone.get(signInOptions(ctx, asking)), null)
      if (done.status === 'signed_in') values.push(done.token.value)
    }
    const [mine = '', theirs = ''] = values
    const decision = { kind: 'wait', waitMs: HOUR, pauseMs: 0 } as const
    const authority = mint('recovery', {
      ...{ operation: 'account.unfreeze', target: null, credentialId: null },
      proofClass: 'lesser',
      decision,
    } as const)
    const session = (await findSession(ctx, mine, false))!
    const facts = await person.facts()
    await ctx.store.transaction(tx => perform({ tx, ctx, facts, caller: null, session }, authority))
    ctx.clock.advance(HOUR - 1)
    expect((await findSession(ctx, mine, false))?.kind).toBe('frozen')
    ctx.clock.advance(1)
    expect((await findSession(ctx, mine, false))?.kind).toBe('full')
    expect(await findSession(ctx, theirs, false)).toBeNull()
  })

  test('leaves the clock of a suspended passkey as it stood where a trusted one ends the freeze, and that of a trusted one always', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    await insertPassword(ctx, await person.facts())
    const [young, ripe] = [await second(person, 'passkey'), await second(person, 'passkey')]
    const suspend = async (id: CredentialId) => {
      await person.prove('passkey.suspend', 'passkey', id)
      await suspendPasskey(ctx, await person.caller(), id)
    }
    ctx.clock.advance(HOUR)
    await suspend(young.id)
    ctx.clock.set((await passkeyOf(person, ripe.id)).trustedAt - 1)
    await person.prove('passkey.suspend', 'passkey', ripe.id)
    // at the very moment from which it is trusted
    ctx.clock.set((await passkeyOf(person, ripe.id)).trustedAt)
    await suspendPasskey(ctx, await person.caller(), ripe.id)
    const first = (await person.facts()).passkeys[0]!.id
    const times = () => Promise.all([first, young.id, ripe.id].map(async id => (await passkeyOf(person, id)).trustedAt))
    const [own, ofYoung, ofRipe] = await times()
    await freezeNow(person)
    expect((await comeBack(person)).back).toBe(true)
    expect(await times()).toEqual([own, ofYoung, ofRipe])
    ctx.clock.advance(31 * DAY)
    await freezeNow(person)
    const { until } = (await unfreeze(ctx, await signedInBySteps(person, MAIL))) as { until: number }
    ctx.clock.set(until)
    await settleAndLoad(ctx, person.accountId)
    expect(await times()).toEqual([own, expect.any(Number), ofRipe])
    expect((await times())[1]).not.toBe(ofYoung)
  })

  test('INV-19 the link of an account that is closed leads nowhere', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    const token = await toldOf(person)
    await ctx.store.transaction(tx => tx.accounts.update(person.accountId, { status: 'closed' }))
    expect((await linkState(ctx, token)).state).toBe('ended')
    await press(ctx, token)
  })

  test('is nothing that an open account needs', async () => {
    const person = await passkeyOwner(await exchange())
    expect(await refusal(unfreeze(person.ctx, await signedIn(person)))).toMatchObject({ code: 'already_done' })
    await person.prove('account.unfreeze')
    const again = change(person.ctx, await person.caller(), { operation: 'account.unfreeze', target: null })
    expect(await refusal(again)).toMatchObject({ code: 'already_done' })
    expect((await comeBack(person)).back).toBe(true)
    expect(await messages(person.ctx)).not.toContain(`account_unfrozen ${MAIL}`)
  })
})
