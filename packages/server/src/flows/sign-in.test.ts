import { describe, expect, test } from 'vitest'
import type { Caller } from '../ctx.ts'
import type { CredentialId } from '../domain/types.ts'
import { makeAccount, makeCtx, refusal, type TestCtx } from '../methods/context.fixture.ts'
import { findSession } from './account/find-session.ts'
import { changePassword } from './password.ts'
import {
  before,
  exchange,
  HOUR,
  havePassword,
  insertPassword,
  messages,
  OTHER_PASSWORD,
  PASSWORD,
  type Person,
  passkeyOwner,
  passwordOwner,
  sentCode,
  stranger,
  turnOnTotp,
} from './people.fixture.ts'
import { hasGrant } from './prove/step-up.ts'
import { startRecovery } from './recovery/recovery.ts'
import {
  type SignIn,
  secondStepOptions,
  sendSecondStepCode,
  signInOptions,
  signInWithCode,
  signInWithPasskey,
  signInWithPasskeyAsSecondStep,
  signInWithPassword,
  startSignIn,
} from './sign-in.ts'

/** The owner's passkey, used fifty times since it was copied. */
async function copied(): Promise<Person> {
  const person = await passkeyOwner(await exchange())
  await havePassword(person)
  const { ctx, phone } = person
  const asking = stranger()
  await signInWithPasskey(ctx, asking, await phone.get(signInOptions(ctx, asking), { signCount: 50 }), null)
  return person
}

describe('a passkey whose counter went backwards', () => {
  test('is one step of its sign-in, and not the second one as well', async () => {
    const { ctx, phone, facts } = await copied()
    const asking = stranger()
    const first = await signInWithPasskey(ctx, asking, await phone.get(signInOptions(ctx, asking), { signCount: 7 }), null)
    expect(first).toEqual({ status: 'second_step_needed', methods: ['email'] })
    expect((await facts()).passkeys).toMatchObject([{ flags: ['counter'] }])
    expect(await refusal(secondStepOptions(ctx, asking))).toMatchObject({ code: 'method_off' })
  })

  test('of two prompts that were open side by side the second one is refused', async () => {
    const { ctx, phone } = await copied()
    const [asking, other] = [stranger(), stranger()]
    await startSignIn(ctx, other, 'mei@example.com', null)
    await signInWithPassword(ctx, other, PASSWORD)
    const options = await secondStepOptions(ctx, other)
    await signInWithPasskey(ctx, asking, await phone.get(signInOptions(ctx, asking), { signCount: 7 }), null)
    const late = signInWithPasskeyAsSecondStep(ctx, other, await phone.get(options, { signCount: 8 }))
    expect(await refusal(late)).toMatchObject({ code: 'method_off' })
  })

  test('is flagged and told as a second step, too', async () => {
    const { ctx, phone, facts } = await copied()
    const asking = stranger()
    await startSignIn(ctx, asking, 'mei@example.com', null)
    await signInWithPassword(ctx, asking, PASSWORD)
    const answer = await phone.get(await secondStepOptions(ctx, asking), { signCount: 7 })
    expect(await signInWithPasskeyAsSecondStep(ctx, asking, answer)).toMatchObject({ status: 'second_step_needed' })
    expect((await facts()).passkeys).toMatchObject([{ flags: ['counter'] }])
    expect(await messages(ctx)).toContain('counter_backwards mei@example.com')
  })
})

/** `last` is called right before the last step. */
type SignsIn = (person: Person, asking: Caller, returnTo: string | null, last?: () => void) => Promise<SignIn>

const byPasskey: SignsIn = async ({ ctx, phone }, asking, returnTo, last) => {
  const answer = await phone.get(signInOptions(ctx, asking))
  last?.()
  return signInWithPasskey(ctx, asking, answer, returnTo)
}

const byTwoSteps: SignsIn = async ({ ctx }, asking, returnTo, last) => {
  await startSignIn(ctx, asking, 'mei@example.com', returnTo)
  await signInWithPassword(ctx, asking, PASSWORD)
  await sendSecondStepCode(ctx, asking, 'email')
  const code = await sentCode(ctx)
  last?.()
  return signInWithCode(ctx, asking, 'email', code)
}

const WAYS: readonly [string, SignsIn][] = [
  ['by passkey', byPasskey],
  ['by password and code', byTwoSteps],
]

describe('policy.md §5 a sign-in that was made in order to create a passkey', () => {
  const CREATION = '/account/passkeys/new'
  test.each(WAYS)('%s is that creation’s ceremony, and one that goes elsewhere is none', async (_how, signsIn) => {
    const person = await passkeyOwner(await exchange())
    await havePassword(person)
    const covers = async (returnTo: string | null): Promise<boolean> => {
      person.ctx.clock.advance(61_000)
      const done = await signsIn(person, stranger(), returnTo)
      if (done.status !== 'signed_in') throw new Error(done.status)
      const session = await findSession(person.ctx, done.token.value, false)
      return hasGrant(person.ctx, session!, { operation: 'passkey.add', target: null })
    }
    expect([await covers(CREATION), await covers('/account/passkeys'), await covers(null)]).toEqual([true, false, false])
  })
})

describe('F39 the notice of a sign-in on a new device', () => {
  const DEVICE_NOTICE = 'new_device_sign_in ana@example.com'

  test.each([
    ['goes out a minute after the account was made', 60_000, false, true],
    ['and not before', 59_999, false, false],
    ['nor to a browser that the account knows', 60_000, true, false],
  ])('%s', async (_when, age, known, told) => {
    const ctx = await exchange()
    const { account } = await insertPassword(ctx, await makeAccount(ctx, 'ana@example.com'))
    const asking = { ...stranger(), knownAccounts: known ? [account.id] : [] }
    await startSignIn(ctx, asking, 'ana@example.com', null)
    await signInWithPassword(ctx, asking, PASSWORD)
    await sendSecondStepCode(ctx, asking, 'email')
    const code = await sentCode(ctx)
    ctx.clock.advance(account.createdAt + age - ctx.now())
    await signInWithCode(ctx, asking, 'email', code)
    expect((await messages(ctx)).includes(DEVICE_NOTICE)).toBe(told)
  })

  test.each(WAYS)('is sent at once after one %s', async (_how, signsIn) => {
    const person = await passkeyOwner(await exchange())
    await havePassword(person)
    const { ctx } = person
    let before = 0
    await signsIn(person, stranger(), null, () => {
      before = ctx.wakes()
    })
    expect(ctx.wakes()).toBeGreaterThan(before)
  })

  test('policy.md §10 a browser is known after the owner’s passkey, whatever else a weak proof made', async () => {
    const person = await passkeyOwner(await exchange())
    await havePassword(person)
    const { ctx } = person
    const [own] = (await person.facts()).passkeys
    const weak = { ...own!, id: 'd2Vhaw' as CredentialId, createdVia: 'recovery_lesser', trustedAt: ctx.now() + HOUR } as const
    await ctx.store.transaction(tx => tx.passkeys.insert(weak))
    const asking = stranger()
    await startSignIn(ctx, asking, 'mei@example.com', null)
    await signInWithPassword(ctx, asking, PASSWORD)
    const response = await person.phone.get(await secondStepOptions(ctx, asking))
    expect(await signInWithPasskeyAsSecondStep(ctx, asking, response)).toMatchObject({ knownFor: person.accountId })
    expect(asking.begun).toBeNull()
  })
})

describe('INV-17 a sign-in that is finished while its owner changes the account', () => {
  /** The password was right; the second step is still to come. */
  async function halfway() {
    const person = await passkeyOwner(await exchange())
    await havePassword(person)
    const asking = stranger()
    await startSignIn(person.ctx, asking, 'mei@example.com', null)
    await signInWithPassword(person.ctx, asking, PASSWORD)
    return { person, ctx: person.ctx, asking }
  }

  /** Password and a code to the mailbox; the change happens while the code is being checked. */
  async function lateCode(change: (person: Person) => Promise<unknown>): Promise<{ code: string }> {
    const { person, ctx, asking } = await halfway()
    await sendSecondStepCode(ctx, asking, 'email')
    const code = await sentCode(ctx)
    return refusal(
      signInWithCode(
        before(ctx, () => change(person), 'takePreSession'),
        asking,
        'email',
        code,
      ),
    )
  }

  test('does not end on the old password', async () => {
    const changed = async (person: Person) => {
      await person.prove('password.change')
      await changePassword(person.ctx, await person.caller(), OTHER_PASSWORD)
    }
    expect(await lateCode(changed)).toMatchObject({ code: 'form_expired' })
  })

  test('nor on a mailbox, where an app is demanded by now', async () => {
    expect(await lateCode(turnOnTotp)).toMatchObject({ code: 'form_expired' })
  })

  test('nor goes on with the next step', async () => {
    const { person, ctx, asking } = await halfway()
    await person.prove('password.change')
    await changePassword(ctx, await person.caller(), OTHER_PASSWORD)
    expect(await refusal(sendSecondStepCode(ctx, asking, 'email'))).toMatchObject({ code: 'form_expired' })
  })
})

describe('INV-9 what a browser had begun', () => {
  test.each([
    ['goes on when the same is begun again', (ctx: TestCtx, asking: Caller) => startSignIn(ctx, asking, 'mei@example.com', null), true],
    ['ends with a sign-in to another account', (ctx: TestCtx, asking: Caller) => startSignIn(ctx, asking, 'nic@example.com', null), false],
    ['ends with a recovery', (ctx: TestCtx, asking: Caller) => startRecovery(ctx, asking, 'mei@example.com'), false],
  ])('%s', async (_what, beginAgain, goesOn) => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    await havePassword(person)
    const asking = stranger()
    await startSignIn(ctx, asking, 'mei@example.com', null)
    await signInWithPassword(ctx, asking, PASSWORD)
    await beginAgain(ctx, asking)
    const { code } = await secondStepOptions(ctx, asking).then(
      () => ({ code: null }),
      (error: { code: string }) => error,
    )
    expect(code).toBe(goesOn ? null : 'form_expired')
  })
})

test('policy.md §4 a new password whose wait is over signs in, though nobody read the account since', async () => {
  const person = await passkeyOwner(await exchange())
  const { ctx } = person
  await havePassword(person)
  await person.prove('password.change', 'email')
  expect(await changePassword(ctx, await person.caller(), OTHER_PASSWORD)).toMatchObject({ status: 'waits' })
  ctx.clock.advance(72 * HOUR)
  const asking = stranger()
  await startSignIn(ctx, asking, 'mei@example.com', null)
  expect(await signInWithPassword(ctx, asking, OTHER_PASSWORD)).toMatchObject({ status: 'second_step_needed' })
})

test('policy.md §8 a password alone opens nothing where a second step is demanded that the account has not', async () => {
  const { ctx } = await passwordOwner(await makeCtx({ policy: { preset: 'strict' } }))
  const asking = stranger()
  await startSignIn(ctx, asking, 'ana@example.com', null)
  expect(await refusal(signInWithPassword(ctx, asking, PASSWORD))).toMatchObject({ code: 'invalid_credentials' })
})
