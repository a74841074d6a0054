import { SoftwareAuthenticator } from '@latchkey/testing'
import { describe, expect, test } from 'vitest'
import type { Caller } from '../../ctx.ts'
import { makeCtx, refusal } from '../../methods/context.fixture.ts'
import { addPasskey, passkeyCreationOptions, suspendPasskey } from '../passkeys.ts'
import { changePassword } from '../password.ts'
import {
  anotherSession,
  DAY,
  exchange,
  havePassword,
  messages,
  ORIGIN,
  OTHER_PASSWORD,
  PASSWORD,
  type Person,
  passkeyOwner,
  passwordOwner,
  sentCode,
  stranger,
} from '../people.fixture.ts'
import { sendStepUpCode, stepUpOptions, stepUpWithPasskey, stepUpWithSecret } from '../prove/step-up.ts'
import { signInOptions, signInWithPasskey, signInWithPassword, startSignIn } from '../sign-in.ts'
import { findSession } from './find-session.ts'
import { isLive, newSession } from './session.ts'
import { callerNow, endOtherSessions, endSession, hasEnded, liveSessions } from './sessions.ts'
import { isTrustedDevice, trustDevice } from './trusted-device.ts'
import { passkeyJson } from './views.ts'

async function signIn(person: Person, phone: SoftwareAuthenticator): Promise<Caller> {
  const asking = stranger()
  const done = await signInWithPasskey(person.ctx, asking, await phone.get(signInOptions(person.ctx, asking)), null)
  if (done.status !== 'signed_in') throw new Error(done.status)
  return { ...asking, session: await findSession(person.ctx, done.token.value, false) }
}

/** A second passkey, on a phone that is going to be lost. */
async function secondPasskey(person: Person): Promise<{ lost: SoftwareAuthenticator; id: string }> {
  const lost = new SoftwareAuthenticator({ origin: ORIGIN })
  await person.prove('passkey.add')
  const { passkey } = await addPasskey(
    person.ctx,
    await person.caller(),
    await lost.create(await passkeyCreationOptions(person.ctx, await person.caller())),
  )
  return { lost, id: passkey.id }
}

describe('F37 sessions', () => {
  test('are listed, the own one first, without those that were idle for too long', async () => {
    const person = await passkeyOwner(await exchange())
    await havePassword(person)
    const idle = await anotherSession(person)
    person.ctx.clock.advance(3 * DAY)
    const other = await anotherSession(person)
    person.ctx.clock.advance(5 * DAY)
    const own = await signIn(person, person.phone)
    expect((await liveSessions(person.ctx, own.session!)).map(s => s.id)).toEqual([own.session!.id, other.session!.id])
    expect((await person.ctx.store.read.sessions.get(idle.session!.id))?.endedAt).toBeNull()
  })

  test('H10 one is signed out, from that moment, with one step of 15 minutes; the owner is told', async () => {
    const person = await passwordOwner(await exchange())
    const other = await anotherSession(person)
    expect(await refusal(endSession(person.ctx, await person.caller(), other.session!.id))).toMatchObject({ code: 'step_up_required' })
    expect(await hasEnded(person.ctx, other.session!)).toBe(false)
    await person.prove('session.end', 'email', other.session!.id)
    person.ctx.clock.advance(15 * 60_000 - 1)
    await endSession(person.ctx, await person.caller(), other.session!.id)
    expect(await hasEnded(person.ctx, other.session!)).toBe(true)
    expect(await refusal(endSession(person.ctx, await person.caller(), other.session!.id))).toMatchObject({ code: 'not_found' })
    expect(await hasEnded(person.ctx, (await person.caller()).session!)).toBe(false)
    expect(await refusal(callerNow(person.ctx, other))).toMatchObject({ code: 'unauthenticated' })
    expect(await messages(person.ctx)).toContain('session_ended ana@example.com')
  })

  test('H10 the own session ends without a proof, and nobody is told', async () => {
    const person = await passwordOwner(await exchange())
    const own = await person.caller()
    await endSession(person.ctx, own, own.session!.id)
    expect(await hasEnded(person.ctx, own.session!)).toBe(true)
    expect(await messages(person.ctx)).not.toContain('session_ended ana@example.com')
  })

  test('INV-19 another account’s session is not found, and stays', async () => {
    const person = await passwordOwner(await exchange())
    const foreign = await passkeyOwner(person.ctx)
    const theirs = (await foreign.caller()).session!
    expect(await refusal(endSession(person.ctx, await person.caller(), theirs.id))).toMatchObject({ code: 'not_found' })
    expect(await hasEnded(person.ctx, theirs)).toBe(false)
  })

  test('all others end with evidence of five minutes, told to every address', async () => {
    const person = await passkeyOwner(await exchange())
    await havePassword(person)
    const other = await anotherSession(person)
    expect(await refusal(endOtherSessions(person.ctx, await person.caller()))).toMatchObject({
      code: 'step_up_required',
      operation: 'sessions.end_others',
    })
    const before = await person.caller()
    await person.prove('sessions.end_others')
    // the session is read again under the account's lock, so the older caller has the new evidence too
    expect(await endOtherSessions(person.ctx, before)).toBe(1)
    expect(await hasEnded(person.ctx, other.session!)).toBe(true)
    expect(await messages(person.ctx)).toContain('sessions_ended mei@example.com')
  })
})

describe('INV-8 the cookie of a session', () => {
  async function open() {
    const person = await passwordOwner(await exchange())
    const proof = { facts: await person.facts(), evidence: [], credentialId: null, kind: 'full', founding: false } as const
    const { row, token } = newSession(person.ctx, stranger(), { ...proof, evidence: [] })
    await person.ctx.store.transaction(tx => tx.sessions.insert(row))
    return { ...person, row, token }
  }

  test.each([
    ['as it was given out', (value: string) => value, true],
    ['with another secret', (value: string) => value.replace(/\.(.)/, (_, first) => `.${first === 'A' ? 'B' : 'A'}`), false],
    ['without its secret', (value: string) => value.split('.')[0]!, false],
    ['with something behind it', (value: string) => `${value}.x`, false],
    ['of another form', () => 'cookie', false],
  ])('%s', async (_how, change, opens) => {
    const { ctx, token } = await open()
    expect((await findSession(ctx, change(token.value), false)) !== null).toBe(opens)
  })

  test.each([
    ['active', 'full'],
    ['frozen', 'frozen'],
    ['closed', undefined],
  ] as const)('of an account that is %s', async (status, kind) => {
    const { ctx, token, accountId } = await open()
    await ctx.store.transaction(tx => tx.accounts.update(accountId, { status }))
    expect((await findSession(ctx, token.value, false))?.kind).toBe(kind)
  })

  test('of a recovery ends by its own time, however short the others may idle', async () => {
    const person = await passwordOwner(await makeCtx({ policy: { preset: 'exchange', sessionIdleMs: 10 * 60_000 } }))
    const session = (await person.caller()).session!
    const idle = { ...session, lastSeenAt: person.ctx.now() - 20 * 60_000, expiresAt: person.ctx.now() + 1 }
    const live = (kind: 'full' | 'recovery') => isLive({ ...idle, kind }, person.ctx, person.ctx.now())
    expect([live('full'), live('recovery')]).toEqual([false, true])
  })

  test('is written down as seen once in a minute at most', async () => {
    const { ctx, token, row } = await open()
    const seenAfter = async (ms: number): Promise<number> => {
      ctx.clock.set(row.createdAt + ms)
      await findSession(ctx, token.value, false)
      return (await ctx.store.read.sessions.get(row.id))!.lastSeenAt - row.createdAt
    }
    expect([await seenAfter(60_000), await seenAfter(60_001)]).toEqual([0, 60_001])
  })
})

test('INV-17: a change that was asked for before its session was signed out finds it ended', async () => {
  const person = await passwordOwner(await exchange())
  await person.prove('sessions.end_others')
  const before = await person.caller()
  await person.ctx.store.transaction(tx => tx.sessions.end(before.session!.accountId, before.session!.id, person.ctx.now(), 'elsewhere'))
  expect(await refusal(endOtherSessions(person.ctx, before))).toMatchObject({ code: 'unauthenticated' })
})

describe('F36 trusted devices', () => {
  /** A caller on its own browser that holds a claim, as its device cookie would carry it. */
  async function trusted(person: Person, deviceId: string): Promise<Caller> {
    const asking = stranger()
    const claim = trustDevice(person.ctx, await person.facts())
    return { ...asking, client: { ...asking.client, deviceId }, trustClaims: { [person.accountId]: claim ?? '' } }
  }
  const isTrusted = async (person: Person, caller: Caller) => isTrustedDevice(person.ctx, caller, await person.facts())
  async function endOthersAs(person: Person, device: Caller): Promise<void> {
    await person.prove('sessions.end_others')
    await endOtherSessions(person.ctx, { ...device, session: (await person.caller()).session })
  }

  test('"sign out all others" ends the trust of every other device and keeps that of this one', async () => {
    const person = await passwordOwner(await exchange())
    const [mine, lost] = [await trusted(person, 'mine'), await trusted(person, 'lost')]
    expect([await isTrusted(person, mine), await isTrusted(person, lost)]).toEqual([true, true])
    await endOthersAs(person, mine)
    expect([await isTrusted(person, mine), await isTrusted(person, lost)]).toEqual([true, false])
    await startSignIn(person.ctx, lost, 'ana@example.com', null)
    expect(await signInWithPassword(person.ctx, lost, PASSWORD)).toMatchObject({ status: 'second_step_needed' })
    expect(await isTrusted(person, await trusted(person, 'lost'))).toBe(false)
    person.ctx.clock.advance(1)
    expect(await isTrusted(person, await trusted(person, 'lost'))).toBe(true)
  })

  test('an ended trust does not come back when its device signs the others out', async () => {
    const person = await passwordOwner(await exchange())
    const [mine, lost] = [await trusted(person, 'mine'), await trusted(person, 'lost')]
    await endOthersAs(person, mine)
    await endOthersAs(person, lost)
    expect([await isTrusted(person, mine), await isTrusted(person, lost)]).toEqual([false, false])
  })

  test('a new password ends all of it', async () => {
    const person = await passwordOwner(await exchange())
    const mine = await trusted(person, 'mine')
    await person.prove('password.change')
    await changePassword(person.ctx, await person.caller(), OTHER_PASSWORD)
    expect(await isTrusted(person, mine)).toBe(false)
  })

  test('there is none where the policy is against it, nor without a password', async () => {
    const strict = await passwordOwner(await makeCtx({ policy: { preset: 'strict' } }))
    const withoutPassword = await passkeyOwner(await exchange())
    for (const { ctx, facts } of [strict, withoutPassword]) expect(trustDevice(ctx, await facts())).toBeNull()
  })

  test('lasts thirty days from its making', async () => {
    const person = await passwordOwner(await exchange())
    const mine = await trusted(person, 'mine')
    person.ctx.clock.advance(30 * DAY - 1)
    expect(await isTrusted(person, mine)).toBe(true)
    person.ctx.clock.advance(1)
    expect(await isTrusted(person, mine)).toBe(false)
  })
})

test('O26 a passkey says on how many sessions it is signed in, and for how many days nobody used it', async () => {
  const person = await passkeyOwner(await exchange())
  const { ctx } = person
  const [own] = (await person.facts()).passkeys
  const session = (await person.caller()).session!
  const sessions = [session, { ...session, credentialId: null }]
  const days = (count: number) => {
    const later = { ...ctx, now: () => Math.max(own!.createdAt, own!.lastUsedAt ?? 0) + count * DAY }
    return passkeyJson(later, own!, session, sessions)
  }
  expect([days(180), days(181)]).toMatchObject([{ openSessions: 1 }, { openSessions: 1, staleDays: 181 }])
})

describe('J6 a lost device', () => {
  test('K34 F38 its passkey signs in no more, its sessions end, the own one stays', async () => {
    const person = await passkeyOwner(await exchange())
    const { lost, id } = await secondPasskey(person)
    const stolen = await signIn(person, lost)
    await suspendPasskey(person.ctx, await person.caller(), id)
    expect(await hasEnded(person.ctx, stolen.session!)).toBe(true)
    expect(await hasEnded(person.ctx, (await person.caller()).session!)).toBe(false)
    expect(await refusal(signIn(person, lost))).toMatchObject({ code: 'passkey_suspended' })
    expect(await refusal(suspendPasskey(person.ctx, await person.caller(), id))).toMatchObject({ code: 'already_done' })
    expect((await person.facts()).passkeys.find(p => p.id === id)).toMatchObject({ status: 'suspended', endedVia: 'trusted' })
    expect(await messages(person.ctx)).toContain('passkey_suspended mei@example.com')
  })

  test('needs evidence of fifteen minutes, no code', async () => {
    const person = await passkeyOwner(await exchange())
    const { id } = await secondPasskey(person)
    person.ctx.clock.advance(15 * 60_000 + 1)
    const stale = await person.caller()
    expect(await refusal(suspendPasskey(person.ctx, stale, id))).toMatchObject({
      code: 'step_up_required',
      operation: 'passkey.suspend',
      target: id,
    })
    const purpose = { operation: 'passkey.suspend', target: id } as const
    await stepUpWithPasskey(person.ctx, stale, purpose, await person.phone.get(await stepUpOptions(person.ctx, stale, purpose)))
    await suspendPasskey(person.ctx, await callerNow(person.ctx, stale), id)
    expect((await person.facts()).passkeys.find(p => p.id === id)?.status).toBe('suspended')
  })

  test('K38 INV-1 never the last way in', async () => {
    const person = await passkeyOwner(await exchange())
    const [only] = (await person.facts()).passkeys
    await person.prove('passkey.suspend', 'passkey', only!.id)
    expect(await refusal(suspendPasskey(person.ctx, await person.caller(), only!.id))).toMatchObject({ code: 'last_way_in' })
    expect((await person.facts()).passkeys).toMatchObject([{ status: 'active' }])
  })

  test('INV-2 who suspends the passkey of the own session is signed out', async () => {
    const person = await passkeyOwner(await exchange())
    const { lost, id } = await secondPasskey(person)
    const own = await signIn(person, lost)
    await suspendPasskey(person.ctx, own, id)
    expect(await hasEnded(person.ctx, own.session!)).toBe(true)
  })

  test('two steps of a session suspend it too', async () => {
    const person = await passkeyOwner(await exchange())
    await havePassword(person)
    const caller = await anotherSession(person)
    const [passkey] = (await person.facts()).passkeys
    const purpose = { operation: 'passkey.suspend', target: passkey!.id } as const
    await sendStepUpCode(person.ctx, caller, purpose, 'email')
    await stepUpWithSecret(person.ctx, caller, purpose, 'email', await sentCode(person.ctx))
    await suspendPasskey(person.ctx, await callerNow(person.ctx, caller), passkey!.id)
    expect((await person.facts()).passkeys).toMatchObject([{ status: 'suspended', endedVia: 'lesser' }])
  })
})
