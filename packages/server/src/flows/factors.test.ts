import { totpFromUri } from '@latchkey/testing'
import { describe, expect, test } from 'vitest'
import { refusal } from '../methods/context.fixture.ts'
import { settleAndLoad } from './account/account.ts'
import { beginTotp, confirmTotp, isLastWayIn, removeTotp, totpSetUp, waitingChange } from './factors.ts'
import { removePasskey } from './passkeys.ts'
import { removePassword } from './password.ts'
import {
  anotherSession,
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
} from './people.fixture.ts'
import { hasGrant } from './prove/step-up.ts'
import { makeCodes } from './recovery-codes.ts'
import { signInWithCode, signInWithPassword, startSignIn } from './sign-in.ts'

const begin = async (person: Person): Promise<string> => {
  await beginTotp(person.ctx, await person.caller())
  const open = await totpSetUp(person.ctx, await person.caller())
  return open?.uri ?? ''
}
const codeOf = (person: Person, uri: string): Promise<string> => totpFromUri(uri, person.ctx.now())

/** Signs in on another browser with password and app. */
async function signIn(person: Person, email: string, uri: string): Promise<string> {
  const { ctx } = person
  const asking = stranger()
  await startSignIn(ctx, asking, email, null)
  await signInWithPassword(ctx, asking, PASSWORD)
  return (await signInWithCode(ctx, asking, 'totp', await totpFromUri(uri, ctx.now()))).status
}

describe('F32 authenticator app', () => {
  test('is on after its first code, and every address is told', async () => {
    const person = await passwordOwner(await exchange())
    await person.prove('totp.add')
    const uri = await begin(person)
    expect((await person.facts()).totp).toBeNull()
    expect(await confirmTotp(person.ctx, await person.caller(), await codeOf(person, uri))).toEqual({ status: 'done' })
    expect((await person.facts()).totp).not.toBeNull()
    expect(await messages(person.ctx)).toContain('totp_added ana@example.com')
    person.ctx.clock.advance(31_000)
    expect(await signIn(person, 'ana@example.com', uri)).toBe('signed_in')
  })

  test('begins with a proof only, and the proof is used up by it', async () => {
    const person = await passwordOwner(await exchange())
    expect(await refusal(beginTotp(person.ctx, await person.caller()))).toMatchObject({ code: 'step_up_required', operation: 'totp.add' })
    await person.prove('totp.add')
    await begin(person)
    const caller = await person.caller()
    expect(await hasGrant(person.ctx, caller.session!, { operation: 'totp.add', target: null })).toBe(false)
  })

  test('outlives the five minutes of the proof, not its own ten; H1 begun again it stays what the proof was for', async () => {
    const person = await passwordOwner(await exchange())
    await person.prove('totp.add')
    const uri = await begin(person)
    person.ctx.clock.advance(9 * 60_000)
    const again = await begin(person)
    expect(again).toBe(uri)
    person.ctx.clock.advance(61_000)
    expect(await totpSetUp(person.ctx, await person.caller())).toBeNull()
    expect(await refusal(confirmTotp(person.ctx, await person.caller(), await codeOf(person, again)))).toMatchObject({
      code: 'form_expired',
    })
    expect(await refusal(beginTotp(person.ctx, await person.caller()))).toMatchObject({ code: 'step_up_required' })
  })

  test('belongs to the session that began it', async () => {
    const person = await passwordOwner(await exchange())
    await person.prove('totp.add')
    const uri = await begin(person)
    const other = await anotherSession(person)
    expect(await totpSetUp(person.ctx, other)).toBeNull()
    expect(await refusal(confirmTotp(person.ctx, other, await codeOf(person, uri)))).toMatchObject({ code: 'form_expired' })
    expect(await refusal(beginTotp(person.ctx, other))).toMatchObject({ code: 'step_up_required' })
  })

  test('a wrong code turns nothing on', async () => {
    const person = await passwordOwner(await exchange())
    await person.prove('totp.add')
    await begin(person)
    expect(await refusal(confirmTotp(person.ctx, await person.caller(), '000000'))).toMatchObject({ code: 'code_wrong' })
    expect((await person.facts()).totp).toBeNull()
  })

  test('INV-5 the confirming code does not sign in as well', async () => {
    const person = await passwordOwner(await exchange())
    await person.prove('totp.add')
    const uri = await begin(person)
    await confirmTotp(person.ctx, await person.caller(), await codeOf(person, uri))
    expect(await refusal(signIn(person, 'ana@example.com', uri))).toMatchObject({ code: 'code_expired' })
  })

  test('INV-5 of two tabs one finishes', async () => {
    const person = await passwordOwner(await exchange())
    await person.prove('totp.add')
    const uri = await begin(person)
    const code = await codeOf(person, uri)
    const caller = await person.caller()
    const tries = await Promise.allSettled([confirmTotp(person.ctx, caller, code), confirmTotp(person.ctx, caller, code)])
    expect(tries.map(t => t.status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  test('the old app lives until the new one is confirmed', async () => {
    const person = await passkeyOwner(await exchange())
    await havePassword(person)
    const old = await turnOnTotp(person)
    await person.prove('totp.replace')
    const uri = await begin(person)
    expect(await signIn(person, 'mei@example.com', old)).toBe('signed_in')
    person.ctx.clock.advance(31_000)
    expect(await confirmTotp(person.ctx, await person.caller(), await codeOf(person, uri))).toEqual({ status: 'done' })
    person.ctx.clock.advance(31_000)
    expect(await refusal(signIn(person, 'mei@example.com', old))).toMatchObject({ code: 'code_wrong' })
    expect(await signIn(person, 'mei@example.com', uri)).toBe('signed_in')
  })

  test('its ceremony covers the first recovery codes, for five minutes and with its own class', async () => {
    for (const owner of [passwordOwner, passkeyOwner]) {
      const person = await owner(await exchange())
      if (owner === passkeyOwner) await havePassword(person)
      await person.prove('totp.add')
      await confirmTotp(person.ctx, await person.caller(), await codeOf(person, await begin(person)))
      const next = { operation: 'recovery_codes.add', target: null } as const
      const covered = async () => hasGrant(person.ctx, (await person.caller()).session!, next)
      expect(await covered()).toBe(true)
      expect((await makeCodes(person.ctx, await person.caller())).outcome).toEqual({ status: 'done' })
      expect(await covered()).toBe(false)
      person.ctx.clock.advance(5 * 60_000)
      expect(await refusal(makeCodes(person.ctx, await person.caller()))).toMatchObject({ code: 'step_up_required' })
    }
  })
})

describe('O14 the class of the proof decides', () => {
  test('a lesser proof waits 72 hours, takes effect when read, and pauses money from then', async () => {
    const person = await passkeyOwner(await exchange())
    await havePassword(person)
    await person.prove('totp.add', 'email')
    const uri = await begin(person)
    const asked = person.ctx.now()
    const outcome = await confirmTotp(person.ctx, await person.caller(), await codeOf(person, uri))
    expect(outcome).toMatchObject({ status: 'waits', until: asked + 72 * HOUR })
    expect((await person.facts()).totp).toBeNull()
    expect(waitingChange(await person.facts(), 'totp.add')).toMatchObject({ until: asked + 72 * HOUR })
    expect(await messages(person.ctx)).toContain('change_waits mei@example.com')
    person.ctx.clock.set(asked + 72 * HOUR - 1)
    expect((await person.facts()).totp).toBeNull()
    person.ctx.clock.advance(1)
    const after = await settleAndLoad(person.ctx, person.accountId)
    expect(after.totp).not.toBeNull()
    expect(after.account.moneyPausedUntil).toBe(asked + 144 * HOUR)
    expect(await signIn(person, 'mei@example.com', uri)).toBe('signed_in')
  })

  test('two steps do it now and pause money for 24 hours', async () => {
    const person = await passwordOwner(await exchange())
    const uri = await turnOnTotp(person)
    expect((await person.facts()).account.moneyPausedUntil).toBeNull()
    expect(await refusal(removeTotp(person.ctx, await person.caller()))).toMatchObject({ code: 'step_up_required' })
    await proveByTotp(person, uri, 'totp.remove')
    const now = person.ctx.now()
    expect(await removeTotp(person.ctx, await person.caller())).toEqual({ status: 'done' })
    expect((await person.facts()).account.moneyPausedUntil).toBe(now + 24 * HOUR)
  })

  test('a trusted passkey does it now, without a pause', async () => {
    const person = await passkeyOwner(await exchange())
    await havePassword(person)
    await turnOnTotp(person)
    await person.prove('totp.remove')
    expect(await removeTotp(person.ctx, await person.caller())).toEqual({ status: 'done' })
    expect((await person.facts()).account.moneyPausedUntil).toBeNull()
  })

  test('finishing is never better than beginning: a passkey that was removed since proves nothing', async () => {
    const person = await passkeyOwner(await exchange())
    await havePassword(person)
    await person.prove('totp.add')
    const uri = await begin(person)
    const [passkey] = (await person.facts()).passkeys
    await person.ctx.store.transaction(tx => tx.passkeys.suspend(person.accountId, passkey!.id, person.ctx.now(), 'trusted'))
    const caller = await person.caller()
    expect(await refusal(confirmTotp(person.ctx, caller, await codeOf(person, uri)))).toMatchObject({ code: 'step_up_required' })
    expect((await person.facts()).totp).toBeNull()
  })

  test('a wait that began as an addition replaces nothing', async () => {
    const person = await passkeyOwner(await exchange())
    await havePassword(person)
    await person.prove('totp.add', 'email')
    const late = await begin(person)
    await confirmTotp(person.ctx, await person.caller(), await codeOf(person, late))
    person.ctx.clock.advance(31_000)
    const own = await turnOnTotp(person)
    person.ctx.clock.advance(73 * HOUR)
    await person.facts()
    expect(await signIn(person, 'mei@example.com', own)).toBe('signed_in')
  })
})

describe('K38 the last way in stays', () => {
  test('an app that the password needs is not removed', async () => {
    const ctx = await exchange()
    const person = await passwordOwner(ctx)
    await proveByTotp(person, await turnOnTotp(person), 'totp.remove')
    // nothing else would be left as second step
    const strict = { ...ctx, config: { ...ctx.config, policy: { ...ctx.config.policy, emailStep: false } } }
    expect(isLastWayIn(strict, await person.facts(), 'totp.remove')).toBe(true)
    expect(await refusal(removeTotp(strict, await person.caller()))).toMatchObject({ code: 'last_way_in' })
    expect((await person.facts()).totp).not.toBeNull()
  })

  test('nor is the password itself', async () => {
    const person = await passwordOwner(await exchange())
    await person.prove('password.remove')
    expect(isLastWayIn(person.ctx, await person.facts(), 'password.remove')).toBe(true)
    expect(await refusal(removePassword(person.ctx, await person.caller()))).toMatchObject({ code: 'last_way_in' })
    expect((await person.facts()).password).not.toBeNull()
  })

  test('what is not there cannot be removed', async () => {
    const person = await passkeyOwner(await exchange())
    expect(await refusal(removeTotp(person.ctx, await person.caller()))).toMatchObject({ code: 'already_done' })
    expect(await refusal(removePassword(person.ctx, await person.caller()))).toMatchObject({ code: 'already_done' })
  })
})

describe('O43 other factors keep working when a passkey is gone', () => {
  test('password and app sign in after the only passkey was deleted', async () => {
    const person = await passkeyOwner(await exchange())
    await havePassword(person)
    const uri = await turnOnTotp(person)
    const [passkey] = (await person.facts()).passkeys
    await person.prove('passkey.remove', 'passkey', passkey?.id)
    expect(await removePasskey(person.ctx, await person.caller(), passkey?.id ?? '')).toEqual({ status: 'done' })
    expect(await signIn(person, 'mei@example.com', uri)).toBe('signed_in')
  })
})
