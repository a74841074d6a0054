import { totpFromUri } from '@latchkey/testing'
import { describe, expect, test } from 'vitest'
import type { Caller } from '../ctx.ts'
import type { SecretMethod } from '../domain/methods.ts'
import type { Problem } from '../domain/problems.ts'
import { type CountedKind, countAttempt } from '../limits/index.ts'
import { addAuthenticator, makeCtx, refusal, type TestCtx } from '../methods/context.fixture.ts'
import { newTotpSecret, otpauthUri } from '../methods/index.ts'
import { findSession } from './account/find-session.ts'
import { beginAddress, confirmAddress } from './addresses.ts'
import { beginTotp, confirmTotp, totpSetUp } from './factors.ts'
import { changePassword } from './password.ts'
import { HOUR, PASSWORD, type Person, passkeyOwner, passwordOwner, sentCode, stranger, turnOnTotp } from './people.fixture.ts'
import { stepUpOptions, stepUpWithPasskey, stepUpWithSecret } from './prove/step-up.ts'
import { bindOn, haveEverything, recoverBy } from './recovery/recovery.fixture.ts'
import { signInOptions, signInWithCode, signInWithPasskey, signInWithPassword, startSignIn } from './sign-in.ts'

const production = { policy: { preset: 'exchange' }, limitFactor: 1 } as const

async function appOwner(): Promise<{ person: Person; uri: string; home: Caller }> {
  const person = await passwordOwner(await makeCtx(production))
  const secret = newTotpSecret()
  await addAuthenticator(person.ctx, await person.facts(), 'totp', { secret })
  const caller = await person.caller()
  const home = { ...caller, knownAccounts: [person.accountId], client: { ...caller.client, deviceId: 'home' } }
  return { person, uri: otpauthUri(person.ctx, 'ana@example.com', secret), home }
}

describe('H6 a stolen session does not keep the owner from verifying', () => {
  test('nor from cancelling a wait: the first try of 210 hours, while the thief guesses with the very same cookie', async () => {
    const { person, uri, home } = await appOwner()
    const { ctx } = person
    const cancel = { operation: 'change.cancel', target: 'w1' } as const
    let guesses = 0
    for (let hour = 0; hour < 210; hour++) {
      // the cookie of the session alone, from elsewhere
      const thief: Caller = { ...(await person.caller()), client: { ...home.client, ip: `203.0.113.${hour}`, deviceId: null } }
      for (let n = 0; n < 8; n++)
        guesses += Number((await refusal(stepUpWithSecret(ctx, thief, cancel, 'totp', '000000'))).code !== 'rate_limited')
      const owner: Caller = { ...home, session: await ctx.store.read.sessions.get(home.session!.id) }
      expect(await stepUpWithSecret(ctx, owner, cancel, 'totp', await totpFromUri(uri, ctx.now()))).toHaveProperty('token')
      ctx.clock.advance(HOUR)
    }
    // five an hour, and three a day for the wait, until a hundred in a row closed the app to who has no known device
    expect(guesses).toBe(100)
  })

  test('five wrong are free within the hour, then the known device’s three; a right one never costs', async () => {
    const { person, uri, home } = await appOwner()
    const { ctx } = person
    const change = { operation: 'password.change', target: null } as const
    const typed = async (secret: string): Promise<string> =>
      stepUpWithSecret(ctx, { ...home, session: await ctx.store.read.sessions.get(home.session!.id) }, change, 'totp', secret).then(
        () => 'ok',
        ({ code }) => code,
      )
    const answers: string[] = []
    for (let n = 0; n < 9; n++) {
      answers.push(await typed('000000'))
      if (n === 4) answers.push(await typed(await totpFromUri(uri, ctx.now())))
    }
    const wrong = (n: number): string[] => Array<string>(n).fill('code_wrong')
    expect(answers).toEqual([...wrong(5), 'ok', ...wrong(3), 'rate_limited'])
    ctx.clock.advance(HOUR)
    expect(await typed(await totpFromUri(uri, ctx.now()))).toBe('ok')
  })
})

describe('policy.md §10 what strangers’ guesses closed opens again for its owner', () => {
  type Act = (person: Person) => Promise<unknown>
  const recovery =
    (methods: SecretMethod[], mail: string): Act =>
    async person =>
      bindOn(person, await recoverBy(person, await haveEverything(person), methods, mail))
  const CASES: [what: string, owner: (ctx: TestCtx) => Promise<Person>, act: Act, opens: CountedKind[], stays: CountedKind[]][] = [
    [
      'a new password',
      passkeyOwner,
      async person => {
        await person.prove('password.change')
        await changePassword(person.ctx, await person.caller(), PASSWORD)
      },
      ['password', 'totp'],
      [],
    ],
    ['a new app', passkeyOwner, turnOnTotp, ['totp'], ['password']],
    [
      'a new address',
      passkeyOwner,
      async person => {
        await person.prove('email.replace')
        await beginAddress(person.ctx, await person.caller(), 'email', 'new@example.com')
        await confirmAddress(person.ctx, await person.caller(), 'email', await sentCode(person.ctx))
      },
      ['email'],
      ['password'],
    ],
    ['a recovery that counts as two steps', passwordOwner, recovery(['recovery_code', 'totp'], 'ana@example.com'), ['password', 'sms'], []],
    [
      'one that counts as lesser, what it was proven with',
      passkeyOwner,
      recovery(['recovery_code', 'password'], 'mei@example.com'),
      ['password'],
      ['totp'],
    ],
  ]

  test.each(CASES)('%s', async (_what, owner, act, opens, stays) => {
    const ctx = await makeCtx({ policy: { preset: 'exchange' }, limitFactor: 1 })
    const person = await owner(ctx)
    const mail = owner === passkeyOwner ? 'mei@example.com' : 'ana@example.com'
    const guess = (kind: CountedKind, n: number) => countAttempt(ctx, kind, { stage: 'door', ip: `203.0.113.${n}`, identifier: mail })
    const isOpen = (kind: CountedKind) =>
      guess(kind, 200).then(
        () => true,
        () => false,
      )
    const closed = [...opens, ...stays]
    for (const kind of closed) for (let n = 0; n < 100; n++) await close(ctx, () => guess(kind, n))
    expect(await Promise.all(closed.map(isOpen))).toEqual(closed.map(() => false))
    await act(person)
    expect(await Promise.all(closed.map(isOpen))).toEqual(closed.map(kind => opens.includes(kind)))
  })

  /** One more wrong guess, when its time has come. */
  async function close(ctx: TestCtx, guess: () => Promise<unknown>): Promise<void> {
    const refused = await guess().then(
      () => null,
      (error: Problem) => error,
    )
    if (!refused) return
    ctx.clock.advance((refused.extras.retryAfterSeconds ?? 0) * 1_000)
    await guess().catch(() => {})
  }
})

describe('policy.md §10 a hundred in a row stay a hundred: who knows password and mailbox', () => {
  /** Ten wrong codes of the app after the right password; the next one has to wait. */
  async function guessed() {
    const { person } = await appOwner()
    const { ctx } = person
    const asking = stranger()
    await startSignIn(ctx, asking, 'ana@example.com', null)
    await signInWithPassword(ctx, asking, PASSWORD)
    const guess = async (): Promise<string> => (await refusal(signInWithCode(ctx, asking, 'totp', '000000'))).code
    const codes = []
    for (let n = 0; n < 12; n++) codes.push(await guess())
    expect(codes).toContain('rate_limited')
    return { person, ctx, again: guess }
  }

  test('starts no new row by a recovery that counts as lesser', async () => {
    const { person, again } = await guessed()
    const asking = await recoverBy(person, { codes: [], totp: '' }, ['password', 'email'], 'ana@example.com')
    await backToWait(again)
    await bindOn(person, asking)
    expect(await again()).toBe('rate_limited')
  })

  test('nor by confirming an app of their own, whose change waits', async () => {
    const { person, ctx, again } = await guessed()
    const { phone } = await bindOn(person, await recoverBy(person, { codes: [], totp: '' }, ['password', 'email'], 'ana@example.com'))
    const door = stranger()
    const done = await signInWithPasskey(ctx, door, await phone.get(signInOptions(ctx, door)), null)
    const thief: Caller = { ...door, session: done.status === 'signed_in' ? await findSession(ctx, done.token.value, false) : null }
    const purpose = { operation: 'totp.replace', target: null } as const
    await stepUpWithPasskey(ctx, thief, purpose, await phone.get(await stepUpOptions(ctx, thief, purpose)))
    await beginTotp(ctx, thief)
    await backToWait(again)
    const uri = (await totpSetUp(ctx, thief))!.uri
    expect(await confirmTotp(ctx, thief, await totpFromUri(uri, ctx.now()))).toMatchObject({ status: 'waits' })
    expect(await again()).toBe('rate_limited')
  })

  test('nor by being a known device on many browsers, with the passkey of such a recovery', async () => {
    const { person, ctx } = await guessed()
    const { phone } = await bindOn(person, await recoverBy(person, { codes: [], totp: '' }, ['password', 'email'], 'ana@example.com'))
    const answers: string[] = []
    for (let browser = 0; browser < 15; browser++) {
      const door = stranger()
      const done = await signInWithPasskey(ctx, door, await phone.get(signInOptions(ctx, door)), null)
      if (done.status !== 'signed_in') throw new Error(done.status)
      door.knownAccounts = done.knownFor === null ? [] : [person.accountId]
      door.client = { ...door.client, deviceId: `device-${browser}` }
      await startSignIn(ctx, door, 'ana@example.com', null)
      await signInWithPassword(ctx, door, PASSWORD)
      answers.push((await refusal(signInWithCode(ctx, door, 'totp', '000000'))).code)
    }
    expect(answers).toContain('rate_limited')
    ctx.clock.advance(72 * HOUR)
    const later = stranger()
    expect(await signInWithPasskey(ctx, later, await phone.get(signInOptions(ctx, later)), null)).toMatchObject({
      knownFor: person.accountId,
    })
  })

  /** Guesses until a wait begins again. */
  async function backToWait(again: () => Promise<string>): Promise<void> {
    for (let n = 0; n < 20; n++) if ((await again()) === 'rate_limited') return
    throw new Error('no wait')
  }
})
