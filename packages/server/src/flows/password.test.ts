import { totpFromUri } from '@latchkey/testing'
import { describe, expect, test } from 'vitest'
import type { Caller } from '../ctx.ts'
import { newestMessage, refusal, type TestCtx } from '../methods/context.fixture.ts'
import {
  changePassword,
  forgotten,
  minLengthFor,
  proveForgotten,
  removePassword,
  resendForgotten,
  setForgottenPassword,
  startForgotten,
} from './password.ts'
import {
  anotherSession,
  exchange,
  HOUR,
  havePassword,
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
import { haveEverything } from './recovery/recovery.fixture.ts'
import { makeCodes } from './recovery-codes.ts'
import { signInWithPassword, startSignIn } from './sign-in.ts'

async function tryPassword(ctx: TestCtx, email: string, password: string): Promise<string> {
  const asking = stranger()
  await startSignIn(ctx, asking, email, null)
  return (await signInWithPassword(ctx, asking, password)).status
}

/** Up to the right code from the mailbox. */
async function forgot(ctx: TestCtx, email: string): Promise<Caller> {
  const asking = stranger()
  await startForgotten(ctx, asking, email)
  await proveForgotten(ctx, asking, 'email', await sentCode(ctx))
  return asking
}
const stageOf = async (ctx: TestCtx, asking: Caller): Promise<string> => (await forgotten(ctx, asking)).stage

describe('F39 password', () => {
  test('is changed; the asking session stays, others lose what the old one gave', async () => {
    const person = await passwordOwner(await exchange())
    const other = await anotherSession(person)
    await person.prove('password.change')
    expect(await changePassword(person.ctx, await person.caller(), OTHER_PASSWORD)).toEqual({ status: 'done' })
    expect((await person.caller()).session?.evidence.some(e => e.method === 'password')).toBe(true)
    const left = await person.ctx.store.read.sessions.get(other.session!.id)
    expect(left?.evidence.map(e => e.method)).toEqual(['email'])
    expect(await refusal(tryPassword(person.ctx, 'ana@example.com', PASSWORD))).toMatchObject({ code: 'invalid_credentials' })
    expect(await tryPassword(person.ctx, 'ana@example.com', OTHER_PASSWORD)).toBe('second_step_needed')
    expect(await messages(person.ctx)).toContain('password_changed ana@example.com')
    // the session can still prove two steps
    person.ctx.clock.advance(60_000)
    await person.prove('totp.add')
  })

  test('one that has to be changed is gone afterwards', async () => {
    const person = await passwordOwner(await exchange())
    const id = (await person.facts()).password?.id ?? ''
    await person.ctx.store.transaction(tx => tx.authenticators.setStatus(id, 'must_change'))
    await person.prove('password.change')
    await changePassword(person.ctx, await person.caller(), OTHER_PASSWORD)
    expect(await person.ctx.store.read.authenticators.find(person.accountId, 'password', 'must_change')).toBeNull()
    expect((await person.facts()).password?.mustChange).toBe(false)
  })

  test('the first one is told as an addition', async () => {
    const person = await passkeyOwner(await exchange())
    await person.prove('password.change')
    await changePassword(person.ctx, await person.caller(), PASSWORD)
    expect(await messages(person.ctx)).toContain('password_added mei@example.com')
  })

  test('the rules come before the proof is used, and nobody makes us hash without one', async () => {
    const person = await passwordOwner(await exchange())
    expect(await refusal(changePassword(person.ctx, await person.caller(), OTHER_PASSWORD))).toMatchObject({ code: 'step_up_required' })
    await person.prove('password.change')
    expect(minLengthFor(person.ctx, await person.facts())).toBe(8)
    expect(await refusal(changePassword(person.ctx, await person.caller(), 'short'))).toMatchObject({
      code: 'password_too_short',
      minLength: 8,
    })
    expect(await refusal(changePassword(person.ctx, await person.caller(), 'password123'))).toMatchObject({ code: 'password_breached' })
    expect(await changePassword(person.ctx, await person.caller(), OTHER_PASSWORD)).toEqual({ status: 'done' })
  })

  test('is removed where a passkey is left', async () => {
    const person = await passkeyOwner(await exchange())
    await havePassword(person)
    await person.prove('password.remove')
    expect(await removePassword(person.ctx, await person.caller())).toEqual({ status: 'done' })
    expect((await person.facts()).password).toBeNull()
  })
})

describe('O14 forgotten password', () => {
  test('two steps: the code to the mailbox alone where there is no second step; money pauses 24 hours, no session', async () => {
    const person = await passwordOwner(await exchange())
    const asking = await forgot(person.ctx, 'ana@example.com')
    expect(await stageOf(person.ctx, asking)).toBe('new_password')
    expect(await refusal(resendForgotten(person.ctx, asking, 'email'))).toMatchObject({ code: 'already_done' })
    const sessions = await person.ctx.store.read.sessions.list(person.accountId, person.ctx.now())
    const now = person.ctx.now()
    expect(await setForgottenPassword(person.ctx, asking, OTHER_PASSWORD)).toEqual({ status: 'done' })
    expect((await person.facts()).account.moneyPausedUntil).toBe(now + 24 * HOUR)
    expect((await person.ctx.store.read.sessions.list(person.accountId, person.ctx.now())).length).toBe(sessions.length)
    expect(await messages(person.ctx)).toContain('password_changed ana@example.com')
    expect(await tryPassword(person.ctx, 'ana@example.com', OTHER_PASSWORD)).toBe('second_step_needed')
    expect(await refusal(setForgottenPassword(person.ctx, asking, PASSWORD))).toMatchObject({ code: 'form_expired' })
  })

  test('the second step that the account has is asked for', async () => {
    const person = await passwordOwner(await exchange())
    const uri = await turnOnTotp(person)
    const asking = await forgot(person.ctx, 'ana@example.com')
    expect(await forgotten(person.ctx, asking)).toMatchObject({ stage: 'second_step', methods: ['totp'] })
    expect(await refusal(setForgottenPassword(person.ctx, asking, OTHER_PASSWORD))).toMatchObject({ code: 'form_expired' })
    expect(await refusal(resendForgotten(person.ctx, asking, 'sms'))).toMatchObject({ code: 'method_off' })
    expect(await refusal(proveForgotten(person.ctx, asking, 'email', '111111'))).toMatchObject({ code: 'method_off' })
    await proveForgotten(person.ctx, asking, 'totp', await totpFromUri(uri, person.ctx.now()))
    expect(await setForgottenPassword(person.ctx, asking, OTHER_PASSWORD)).toEqual({ status: 'done' })
  })

  test('INV-17 begins anew once the mailbox that was proven is another', async () => {
    const { ctx, accountId } = await passwordOwner(await exchange())
    const asking = await forgot(ctx, 'ana@example.com')
    const by = { method: 'email' } as const
    await ctx.store.transaction(tx => tx.sessions.withdrawEvidence(accountId, by, null, ctx.now(), 'email.replace'))
    expect(await stageOf(ctx, asking)).toBe('code')
  })

  test('no text message goes out once the second step was right', async () => {
    const person = await passwordOwner(await exchange())
    const kept = await haveEverything(person)
    const asking = await forgot(person.ctx, 'ana@example.com')
    await proveForgotten(person.ctx, asking, 'totp', await totpFromUri(kept.totp, person.ctx.now()))
    expect(await refusal(resendForgotten(person.ctx, asking, 'sms'))).toMatchObject({ code: 'method_off' })
  })

  test('a recovery code is such a second step', async () => {
    const person = await passwordOwner(await exchange())
    await person.prove('recovery_codes.add')
    const { codes } = await makeCodes(person.ctx, await person.caller())
    const asking = await forgot(person.ctx, 'ana@example.com')
    expect(await forgotten(person.ctx, asking)).toMatchObject({ stage: 'second_step', methods: ['recovery_code'] })
    await proveForgotten(person.ctx, asking, 'recovery_code', codes[0]!)
    expect(await stageOf(person.ctx, asking)).toBe('new_password')
  })

  test('lesser: beside a trusted passkey it waits 72 hours', async () => {
    const person = await passkeyOwner(await exchange())
    await havePassword(person)
    const asking = await forgot(person.ctx, 'mei@example.com')
    const outcome = await setForgottenPassword(person.ctx, asking, OTHER_PASSWORD)
    expect(outcome).toMatchObject({ status: 'waits', until: person.ctx.now() + 72 * HOUR })
    expect(await messages(person.ctx)).toContain('change_waits mei@example.com')
    expect(await refusal(tryPassword(person.ctx, 'mei@example.com', OTHER_PASSWORD))).toMatchObject({ code: 'invalid_credentials' })
    person.ctx.clock.advance(72 * HOUR)
    expect(await tryPassword(person.ctx, 'mei@example.com', OTHER_PASSWORD)).toBe('second_step_needed')
    expect((await person.facts()).account.moneyPausedUntil).toBeGreaterThan(person.ctx.now())
  })

  test('an account without a password forgot none', async () => {
    const person = await passkeyOwner(await exchange())
    const asking = await forgot(person.ctx, 'mei@example.com')
    expect(await refusal(setForgottenPassword(person.ctx, asking, OTHER_PASSWORD))).toMatchObject({ code: 'method_off' })
    expect((await person.facts()).pending).toEqual([])
  })

  test('F50 an unknown address gets the same answers and no message', async () => {
    const ctx = await exchange()
    const owner: Person = await passwordOwner(ctx)
    const answers = async (email: string) => {
      const asking = stranger()
      const sent = await startForgotten(ctx, asking, email)
      const message = await newestMessage(ctx)
      const wrong = message.params.code === '111111' ? '222222' : '111111'
      const tries = []
      for (let n = 0; n < 6; n++) tries.push(await refusal(proveForgotten(ctx, asking, 'email', wrong)))
      const skipped = await refusal(proveForgotten(ctx, asking, 'totp', '111111'))
      const set = await refusal(setForgottenPassword(ctx, asking, OTHER_PASSWORD))
      return { template: message.template, answers: [sent, ...tries, skipped, set, await stageOf(ctx, asking)] }
    }
    const known = await answers('ana@example.com')
    const unknown = await answers('nobody@example.com')
    expect(unknown.answers).toEqual(known.answers)
    expect([known.template, unknown.template]).toEqual(['code', 'nothing'])
    expect(owner.accountId).toBeTruthy()
  })

  test('a phone number is no mailbox', async () => {
    const ctx = await exchange()
    expect(await refusal(startForgotten(ctx, stranger(), '+34600000001'))).toMatchObject({ code: 'identifier_invalid' })
  })

  test('a frozen account changes nothing', async () => {
    const person = await passwordOwner(await exchange())
    const asking = await forgot(person.ctx, 'ana@example.com')
    await person.ctx.store.transaction(tx => tx.accounts.update(person.accountId, { status: 'frozen', frozenAt: person.ctx.now() }))
    expect(await refusal(setForgottenPassword(person.ctx, asking, OTHER_PASSWORD))).toMatchObject({ code: 'account_frozen' })
  })
})
