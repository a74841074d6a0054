import { SoftwareAuthenticator } from '@latchkey/testing'
import { describe, expect, test } from 'vitest'
import type { Caller } from '../ctx.ts'
import type { CredentialId } from '../domain/types.ts'
import { makeCtx, newestMessage, refusal, type TestCtx } from '../methods/context.fixture.ts'
import { findSession } from './account/find-session.ts'
import { ADDRESS, details } from './approvals/approvals.fixture.ts'
import { approvalOptions, approveWithPasskey, createApproval } from './approvals/approvals.ts'
import { addPayoutAddress, draftPayoutAddress } from './approvals/payout-addresses.ts'
import { keepPasskey, reactivatePasskey, removePasskey, renamePasskey, suspendPasskey } from './passkeys.ts'
import { changePassword, proveForgotten, setForgottenPassword, startForgotten } from './password.ts'
import {
  exchange,
  havePassword,
  messages,
  ORIGIN,
  OTHER_PASSWORD,
  PASSWORD,
  type Person,
  passkeyOwner,
  sentCode,
  stranger,
  turnOnTotp,
} from './people.fixture.ts'
import { sendStepUpCode, stepUpOptions, stepUpWithPasskey, stepUpWithSecret } from './prove/step-up.ts'
import { recoverWithPasskey, recoveryCreationOptions } from './recovery/bind.ts'
import { waitByMail } from './recovery/by-mail.ts'
import { recoverBy } from './recovery/recovery.fixture.ts'
import { startRecovery } from './recovery/recovery.ts'
import {
  secondStepOptions,
  sendSecondStepCode,
  signInOptions,
  signInWithCode,
  signInWithPasskey,
  signInWithPasskeyAsSecondStep,
  signInWithPassword,
  signOut,
  startSignIn,
} from './sign-in.ts'
import { confirmSignUpCode, signUpCreationOptions, signUpWithPasskey, signUpWithPassword, startSignUp } from './sign-up.ts'
import { tryOptions, tryPasskey } from './try.ts'

const MAIL = 'mei@example.com'
const CHANGE = { operation: 'password.change', target: null } as const

async function owner(ctx: TestCtx, mail = MAIL): Promise<Person> {
  const person = await passkeyOwner(ctx, mail)
  await havePassword(person)
  return person
}

async function half(person: Person, mail = MAIL): Promise<Caller> {
  const asking = stranger()
  await startSignIn(person.ctx, asking, mail, null)
  await signInWithPassword(person.ctx, asking, PASSWORD)
  return asking
}

/** What a passkey opens at one door: asked for as the page does, and answered. */
interface AskedDoor {
  options(): Promise<object> | object
  answer(response: unknown): Promise<unknown>
}

/** Every place where a passkey of an account signs. */
const PASSKEY_DOORS: Record<string, (person: Person) => Promise<AskedDoor>> = {
  async 'sign-in'({ ctx }) {
    const asking = stranger()
    return { options: () => signInOptions(ctx, asking), answer: response => signInWithPasskey(ctx, asking, response, null) }
  },
  async 'second step'(person) {
    const { ctx } = person
    const asking = await half(person)
    return { options: () => secondStepOptions(ctx, asking), answer: response => signInWithPasskeyAsSecondStep(ctx, asking, response) }
  },
  async 'step-up'(person) {
    const { ctx } = person
    const caller = await person.caller()
    return { options: () => stepUpOptions(ctx, caller, CHANGE), answer: response => stepUpWithPasskey(ctx, caller, CHANGE, response) }
  },
  async approval(person) {
    const { ctx } = person
    const caller = await person.caller()
    const { id } = await createApproval(ctx, caller, { action: 'withdraw', details, returnTo: null })
    return { options: () => approvalOptions(ctx, caller, id), answer: response => approveWithPasskey(ctx, caller, id, response) }
  },
}

/** What came of an answer: a status, nothing, or the code of its refusal. */
async function came(answer: Promise<unknown>): Promise<string> {
  const done = (await answer.catch((error: unknown) => error)) as { status?: string; code?: string } | undefined
  if (done instanceof Error && !('code' in done)) throw done
  return done?.code ?? done?.status ?? 'done'
}

describe('N8 a passkey whose counter went backwards, at each door', () => {
  const FULL = { 'sign-in': 'signed_in', 'second step': 'signed_in', 'step-up': 'done', approval: 'done' } as const
  /** One step of a sign-in; nothing where it would be the proof of an operation. */
  const COPIED: Record<keyof typeof FULL, string> = {
    'sign-in': 'second_step_needed',
    'second step': 'second_step_needed',
    'step-up': 'passkey_rejected',
    approval: 'passkey_rejected',
  }

  test.each(Object.keys(FULL) as (keyof typeof FULL)[])('%s: flagged, written down and told', async name => {
    const person = await owner(await exchange())
    const { ctx, phone } = person
    const sessions = async (): Promise<number> => (await ctx.store.read.sessions.list(person.accountId, ctx.now())).length
    const sign = async (signCount: number): Promise<string> => {
      const door = await PASSKEY_DOORS[name]!(person)
      return came(door.answer(await phone.get((await door.options()) as never, { signCount })))
    }
    expect(await sign(50)).toBe(FULL[name])
    const before = await sessions()
    const woken = ctx.wakes()
    expect(await sign(50)).toBe(COPIED[name])
    expect(await sessions()).toBe(before)
    expect((await person.facts()).passkeys[0]?.flags).toEqual(['counter'])
    const events = await ctx.store.read.events.list(person.accountId, null, 50)
    expect(events.filter(event => event.kind === 'counter_backwards')).toHaveLength(1)
    expect((await messages(ctx)).filter(message => message === `counter_backwards ${MAIL}`)).toHaveLength(1)
    expect(ctx.wakes()).toBeGreaterThan(woken)
  })

  /** What a passkey signed at a door, with this counter. */
  const signed = async (person: Person, name: string, signCount: number) => {
    const door = await PASSKEY_DOORS[name]!(person)
    return { door, response: await person.phone.get((await door.options()) as never, { signCount }) }
  }

  test.each(['step-up', 'approval'])('%s: what was refused is told once, however often it comes', async name => {
    const person = await owner(await exchange())
    const before = await signed(person, 'sign-in', 50)
    await before.door.answer(before.response)
    const { door, response } = await signed(person, name, 7)
    for (let n = 0; n < 3; n++) expect(await came(door.answer(response))).toBe('passkey_rejected')
    expect((await messages(person.ctx)).filter(message => message === `counter_backwards ${MAIL}`)).toHaveLength(1)
  })

  test.each([
    [51, 0],
    [50, 1],
  ])('as second step with %i after 50, it leaves %i recoveries by mailbox waiting, as at every other door', async (signCount, left) => {
    const person = await owner(await exchange())
    const { ctx, accountId } = person
    const before = await signed(person, 'sign-in', 50)
    await before.door.answer(before.response)
    await ctx.store.transaction(async tx =>
      waitByMail({ tx, ctx, facts: (await tx.accounts.facts(accountId))!, caller: stranger(), session: null }),
    )
    const { door, response } = await signed(person, 'second step', signCount)
    await door.answer(response)
    expect((await person.facts()).pending).toHaveLength(left)
  })

  test('INV-3 what it signed at a sign-in is taken once', async () => {
    const { ctx, phone } = await owner(await exchange())
    const asking = stranger()
    await signInWithPasskey(ctx, asking, await phone.get(signInOptions(ctx, asking), { signCount: 50 }), null)
    const copied = await phone.get(signInOptions(ctx, asking), { signCount: 50 })
    expect(await came(signInWithPasskey(ctx, asking, copied, null))).toBe('second_step_needed')
    expect(await came(signInWithPasskey(ctx, asking, copied, null))).toBe('challenge_expired')
  })

  test('a counter that grows is no news', async () => {
    const person = await owner(await exchange())
    for (const [n, make] of Object.values(PASSKEY_DOORS).entries()) {
      const door = await make(person)
      await door.answer(await person.phone.get((await door.options()) as never, { signCount: 10 + n }))
    }
    expect((await person.facts()).passkeys[0]?.flags).toEqual([])
  })
})

describe('INV-19 another account’s passkey, at each door', () => {
  const OTHER = { 'sign-in': 'signed_in', 'second step': 'passkey_other_account', 'step-up': 'passkey_other_account' } as const
  test.each(Object.entries(OTHER))('%s: %s', async (name, expected) => {
    const ctx = await exchange()
    const [person, neighbour] = [await owner(ctx), await owner(ctx, 'nic@example.com')]
    const door = await PASSKEY_DOORS[name]!(person)
    const response = await neighbour.phone.get({ ...(await door.options()), allowCredentials: [] } as never)
    expect(await came(door.answer(response))).toBe(expected)
  })

  test('is neither renamed, kept, suspended, reactivated nor removed', async () => {
    const ctx = await exchange()
    const [person, neighbour] = [await owner(ctx), await owner(ctx, 'nic@example.com')]
    const [theirs] = (await neighbour.facts()).passkeys
    const caller = await person.caller()
    const acts = [keepPasskey, suspendPasskey, reactivatePasskey, removePasskey]
    for (const act of acts) expect(await came(act(ctx, caller, theirs!.id))).toBe('not_found')
    expect(await came(renamePasskey(ctx, caller, theirs!.id, 'Mine'))).toBe('not_found')
  })

  test('one that nobody has is refused by its id at each door', async () => {
    const person = await owner(await exchange())
    const id = 'bm9ib2R5' as CredentialId
    const codes: string[] = []
    for (const make of Object.values(PASSKEY_DOORS)) {
      const door = await make(person)
      const response = await person.phone.get((await door.options()) as never)
      codes.push(await came(door.answer({ ...response, id, rawId: id })))
    }
    expect(codes).toEqual(['passkey_unknown', 'passkey_other_account', 'passkey_unknown', 'passkey_unknown'])
  })
})

describe('WebAuthn L3 §7.2 step 6: the user handle, at each door', () => {
  const other = Buffer.alloc(64, 7).toString('base64url')
  /** Where no passkey was named it says whose it is, so there it has to be there. */
  const WITHOUT: Record<string, string> = { 'sign-in': 'passkey_rejected', 'second step': 'signed_in', 'step-up': 'done', approval: 'done' }
  test.each(Object.entries(WITHOUT))('%s: without one %s, with another’s refused', async (name, expected) => {
    const person = await owner(await exchange())
    const answers: string[] = []
    for (const userHandle of [undefined, other]) {
      const door = await PASSKEY_DOORS[name]!(person)
      const answer = await person.phone.get((await door.options()) as never)
      answers.push(await came(door.answer({ ...answer, response: { ...answer.response, userHandle } })))
    }
    expect(answers).toEqual([expected, 'passkey_rejected'])
  })
})

describe('INV-12 nobody has an account before the code that was sent to its address', () => {
  const free = 'new@example.com'
  test.each([
    ['no code', null],
    ['a wrong code', (sent: string) => (sent === '000000' ? '111111' : '000000')],
  ])('%s', async (_what, wrong) => {
    const ctx = await exchange()
    const asking = stranger()
    await startSignUp(ctx, asking, free, null)
    const sent = await sentCode(ctx)
    const refused = wrong ? (await refusal(confirmSignUpCode(ctx, asking, wrong(sent)))).code : null
    expect(refused).toBe(wrong ? 'code_wrong' : null)
    expect(await refusal(signUpCreationOptions(ctx, asking))).toMatchObject({ code: 'form_expired' })
    expect(await refusal(signUpWithPassword(ctx, asking, PASSWORD))).toMatchObject({ code: 'form_expired' })
    expect(await ctx.store.read.identifiers.find('email', free)).toBeNull()
  })

  test('F50 an address that has one is written to without a code, and any code is wrong', async () => {
    const ctx = await exchange()
    await owner(ctx)
    const asking = stranger()
    await startSignUp(ctx, asking, MAIL, null)
    expect(await newestMessage(ctx)).toMatchObject({ template: 'account_exists', to: MAIL, params: { code: null } })
    expect(await refusal(confirmSignUpCode(ctx, asking, '123456'))).toMatchObject({ code: 'code_wrong' })
  })
})

describe('INV-3 the device check', () => {
  const device = new SoftwareAuthenticator({ origin: ORIGIN })
  const BOTH: Record<string, [expected: string, (ctx: TestCtx, asking: Caller) => Promise<unknown>]> = {
    'takes a passkey and its signature': ['done', async (ctx, asking) => both(ctx, asking, asking, asking)],
    'takes no passkey that was made for another browser': ['challenge_expired', (ctx, asking) => both(ctx, asking, stranger(), asking)],
    'takes no signature for another browser': ['challenge_expired', (ctx, asking) => both(ctx, asking, asking, stranger())],
    'takes no signature over something else': ['passkey_rejected', (ctx, asking) => both(ctx, asking, asking, asking, 'AAAA')],
  }
  async function both(ctx: TestCtx, asking: Caller, creates: Caller, signs: Caller, signature?: string) {
    const created = await device.create(tryOptions(ctx, creates).create)
    const used = await device.get(tryOptions(ctx, signs).get)
    const response = { ...used.response, ...(signature && { signature }) }
    return tryPasskey(ctx, asking, created, { ...used, response })
  }
  test.each(Object.entries(BOTH))('%s', async (_what, [expected, go]) => {
    expect(await came(go(await exchange(), stranger()))).toBe(expected)
  })
})

describe('INV-12 a sign-up', () => {
  const confirmed = async (ctx: TestCtx) => {
    const asking = stranger()
    await startSignUp(ctx, asking, 'new@example.com', null)
    await confirmSignUpCode(ctx, asking, await sentCode(ctx))
    return asking
  }

  test('is over once its row is gone', async () => {
    const ctx = await exchange()
    const asking = await confirmed(ctx)
    const row = await ctx.store.read.preSessions.find(asking.anonymousId, ctx.now())
    await ctx.store.transaction(tx => tx.signUps.take(row!.signUpId!, ctx.now()))
    expect(await refusal(signUpCreationOptions(ctx, asking))).toMatchObject({ code: 'form_expired' })
  })

  test('policy.md §8 makes no account whose password opens nothing', async () => {
    const ctx = await makeCtx({ policy: { preset: 'strict' }, limitFactor: 100 })
    expect(await refusal(signUpWithPassword(ctx, await confirmed(ctx), PASSWORD))).toMatchObject({ code: 'method_off' })
    expect(await ctx.store.read.identifiers.find('email', 'new@example.com')).toBeNull()
  })

  test.each([
    ['a password', ['sign_up'], [], (ctx: TestCtx, asking: Caller) => signUpWithPassword(ctx, asking, PASSWORD)],
    [
      'a passkey',
      ['passkey.add', 'sign_up'],
      ['passkey_created new@example.com'],
      async (ctx: TestCtx, asking: Caller) =>
        signUpWithPasskey(
          ctx,
          asking,
          await new SoftwareAuthenticator({ origin: ORIGIN }).create(await signUpCreationOptions(ctx, asking)),
        ),
    ],
  ] as const)('INV-14 with %s is written down, and what came with it is told', async (_how, events, told, make) => {
    const ctx = await exchange()
    const asking = await confirmed(ctx)
    const woken = ctx.wakes()
    const { accountId } = await make(ctx, asking)
    expect((await ctx.store.read.events.list(accountId, null, 50)).map(({ kind }) => kind).sort()).toEqual(events)
    expect((await messages(ctx)).filter(message => !message.startsWith('sign_up_code'))).toEqual(told)
    expect(ctx.wakes() > woken).toBe(told.length > 0)
    expect(asking.begun).toBeNull()
    expect(await ctx.store.read.preSessions.find(asking.anonymousId, ctx.now())).toBeNull()
  })
})

describe('F48 a flood is asked about, at each beginning that makes us write to strangers', () => {
  const BEGINNINGS: Record<string, ['sign_up' | 'recovery', (ctx: TestCtx, caller: Caller) => Promise<unknown>]> = {
    'a sign-up': ['sign_up', (ctx, caller) => startSignUp(ctx, caller, 'new@example.com', null)],
    'a recovery': ['recovery', (ctx, caller) => startRecovery(ctx, caller, MAIL)],
    'a forgotten password': ['recovery', (ctx, caller) => startForgotten(ctx, caller, MAIL)],
  }
  test.each(Object.entries(BEGINNINGS))('%s', async (_name, [what, begin]) => {
    const asked: string[] = []
    const ctx = await makeCtx({
      limitFactor: 100,
      onFlood: flood => {
        asked.push(flood.what)
        return false
      },
    })
    for (let n = 0; n < 50; n++) await begin(ctx, stranger())
    expect(asked).toEqual([])
    expect(await refusal(begin(ctx, stranger()))).toMatchObject({ code: 'rate_limited' })
    expect(asked).toEqual([what])
  })
})

const BOOK = { asset: 'BTC', network: 'Bitcoin', address: ADDRESS, label: 'Vault' }

/** Ways to get into an account, or to change it; each is prepared while it is open, and goes on afterwards. */
const DOORS: Record<string, (person: Person) => Promise<() => Promise<unknown>>> = {
  async 'sign-in with a passkey'({ ctx, phone }) {
    const asking = stranger()
    return async () => signInWithPasskey(ctx, asking, await phone.get(signInOptions(ctx, asking)), null)
  },
  async 'sign-in with a password and a passkey'(person) {
    const { ctx } = person
    const asking = await half(person)
    return async () => signInWithPasskeyAsSecondStep(ctx, asking, await person.phone.get(await secondStepOptions(ctx, asking)))
  },
  async 'sign-in with a password and a code'(person) {
    const { ctx } = person
    const asking = await half(person)
    await sendSecondStepCode(ctx, asking, 'email')
    const code = await sentCode(ctx)
    return () => signInWithCode(ctx, asking, 'email', code)
  },
  async 'a forgotten password'({ ctx }) {
    const asking = stranger()
    await startForgotten(ctx, asking, MAIL)
    await proveForgotten(ctx, asking, 'email', await sentCode(ctx))
    return () => setForgottenPassword(ctx, asking, OTHER_PASSWORD)
  },
  async 'a recovery'(person) {
    return () => recoverBy(person, { codes: [], totp: '' }, ['password', 'email'])
  },
  async 'the end of a recovery'(person) {
    const { ctx } = person
    const asking = await recoverBy(person, { codes: [], totp: '' }, ['password', 'email'])
    const created = await new SoftwareAuthenticator({ origin: ORIGIN }).create(await recoveryCreationOptions(ctx, asking))
    return () => recoverWithPasskey(ctx, asking, created)
  },
  async 'a change that was proven'(person) {
    await person.prove('password.change')
    const caller = await person.caller()
    return () => changePassword(person.ctx, caller, OTHER_PASSWORD)
  },
  async 'an address of the address book'(person) {
    const draft = draftPayoutAddress(person.ctx, person.accountId, BOOK, null)
    await person.prove('payout_address.add', 'passkey', draft)
    const caller = await person.caller()
    return () => addPayoutAddress(person.ctx, caller, draft)
  },
}

describe('INV-9 an account that is frozen, closing or closed, at each door', () => {
  /** A freeze, or a closing, is told to who proved to be the owner, who then reaches the calm page; a closed account is nobody's. */
  const LETS_IN: Readonly<Record<string, string>> = {
    'sign-in with a passkey': 'signed_in',
    'sign-in with a password and a passkey': 'signed_in',
    'sign-in with a password and a code': 'signed_in',
    'a recovery': 'done',
  }
  const GONE: Readonly<Record<string, string>> = { 'sign-in with a passkey': 'passkey_unknown' }
  const expectedOf = { frozen: 'account_frozen', closing: 'account_closing' } as const
  const cases = (['frozen', 'closing', 'closed'] as const).flatMap(status => Object.keys(DOORS).map(door => [status, door] as const))
  test.each(cases)('%s: %s', async (status, name) => {
    const person = await owner(await exchange())
    const { ctx, accountId } = person
    const go = await DOORS[name]!(person)
    await ctx.store.transaction(tx => tx.accounts.update(accountId, { status }))
    const before = (await ctx.store.read.sessions.list(accountId, ctx.now())).length
    const expected = status === 'closed' ? (GONE[name] ?? 'unauthenticated') : (LETS_IN[name] ?? expectedOf[status])
    expect(await came(go())).toBe(expected)
    const after = (await ctx.store.read.sessions.list(accountId, ctx.now())).length
    expect(after - before).toBe(expected === 'signed_in' || expected === 'done' ? 1 : 0)
  })

  test.each(Object.keys(DOORS))('open, all of them let in: %s', async name => {
    const person = await owner(await exchange())
    const go = await DOORS[name]!(person)
    expect(
      await go().then(
        () => 'in',
        (error: { code: string }) => error.code,
      ),
    ).toBe('in')
  })
})

describe('policy.md §3 a method that proves nothing by now, at each door', () => {
  /** A mailbox counts as long as no app is on; the code was sent before. */
  test('a code that was sent at a sign-in', async () => {
    const person = await owner(await exchange())
    const asking = await half(person)
    await sendSecondStepCode(person.ctx, asking, 'email')
    const code = await sentCode(person.ctx)
    await turnOnTotp(person)
    expect(await refusal(signInWithCode(person.ctx, asking, 'email', code))).toMatchObject({ code: 'method_off' })
    expect(await refusal(sendSecondStepCode(person.ctx, asking, 'email'))).toMatchObject({ code: 'method_off' })
  })

  test('a code that was sent for a step-up', async () => {
    const person = await owner(await exchange())
    const { ctx } = person
    await sendStepUpCode(ctx, await person.caller(), CHANGE, 'email')
    const code = await sentCode(ctx)
    await turnOnTotp(person)
    expect(await refusal(stepUpWithSecret(ctx, await person.caller(), CHANGE, 'email', code))).toMatchObject({ code: 'method_off' })
    expect(await refusal(sendStepUpCode(ctx, await person.caller(), CHANGE, 'email'))).toMatchObject({ code: 'method_off' })
  })
})

describe('F37 the cookie of a session', () => {
  test('opens nothing from the sign-out on', async () => {
    const { ctx, phone } = await owner(await exchange())
    const asking = stranger()
    const done = await signInWithPasskey(ctx, asking, await phone.get(signInOptions(ctx, asking)), null)
    if (done.status !== 'signed_in') throw new Error(done.status)
    const caller = { ...asking, session: await findSession(ctx, done.token.value, true) }
    await signOut(ctx, stranger())
    await signOut(ctx, caller)
    expect(await findSession(ctx, done.token.value, false)).toBeNull()
    expect((await ctx.store.read.sessions.get(caller.session!.id))?.endedReason).toBe('sign_out')
  })

  test('INV-8 is another one after each step-up: the one before reads for a moment and changes nothing', async () => {
    const { ctx, phone } = await owner(await exchange())
    const asking = stranger()
    const done = await signInWithPasskey(ctx, asking, await phone.get(signInOptions(ctx, asking)), null)
    if (done.status !== 'signed_in') throw new Error(done.status)
    const caller = { ...asking, session: await findSession(ctx, done.token.value, true) }
    const { token } = await stepUpWithPasskey(ctx, caller, CHANGE, await phone.get(await stepUpOptions(ctx, caller, CHANGE)))
    expect(await findSession(ctx, token.value, true)).toMatchObject({ id: caller.session!.id })
    expect(await findSession(ctx, done.token.value, false)).toMatchObject({ id: caller.session!.id })
    expect(await refusal(findSession(ctx, done.token.value, true))).toMatchObject({ code: 'session_rotated' })
  })
})
