import { describe, expect, test } from 'vitest'
import { refusal } from '../methods/context.fixture.ts'
import { findSession } from './account/find-session.ts'
import {
  exchange,
  HOUR,
  havePassword,
  messages,
  PASSWORD,
  type Person,
  passkeyOwner,
  passwordOwner,
  sentCode,
  stranger,
} from './people.fixture.ts'
import { proveRecovery, recovery, sendRecoveryCode, startRecovery } from './recovery/recovery.ts'
import { makeCodes, markCodesSaved } from './recovery-codes.ts'
import { signInWithCode, signInWithPassword, startSignIn } from './sign-in.ts'

async function make(person: Person, by?: 'passkey' | 'email') {
  const operation = (await person.facts()).recoveryCodes ? 'recovery_codes.replace' : 'recovery_codes.add'
  await person.prove(operation, by)
  return makeCodes(person.ctx, await person.caller())
}

async function signIn(person: Person, email: string, code: string): Promise<string> {
  const asking = stranger()
  await startSignIn(person.ctx, asking, email, null)
  await signInWithPassword(person.ctx, asking, PASSWORD)
  return (await signInWithCode(person.ctx, asking, 'recovery_code', code)).status
}

describe('F35 recovery codes', () => {
  test('are ten, told once, and kept as MACs only', async () => {
    const person = await passkeyOwner(await exchange())
    const made = await make(person)
    expect(made.outcome).toEqual({ status: 'done' })
    expect(new Set(made.codes).size).toBe(10)
    expect(made.codes.every(code => /^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/.test(code))).toBe(true)
    expect((await person.facts()).recoveryCodes).toMatchObject({ left: 10, savedAt: null })
    const rows = await person.ctx.store.read.authenticators.findRecoveryCodes(made.setId ?? '', made.codes[0]!.slice(0, 3))
    expect(JSON.stringify(rows)).not.toContain(made.codes[0]!.replaceAll('-', ''))
    expect(rows[0]?.hash).toMatch(/^hmac-sha256\.1\.[\w-]{43}$/)
    expect(await messages(person.ctx)).toContain('recovery_codes_made mei@example.com')
  })

  test('cannot be asked for again with the same proof', async () => {
    const person = await passkeyOwner(await exchange())
    await make(person)
    expect(await refusal(makeCodes(person.ctx, await person.caller()))).toMatchObject({
      code: 'step_up_required',
      operation: 'recovery_codes.replace',
    })
  })

  test('INV-17 a new set takes along what a code of the old one proved: in sessions, and half-way through a recovery', async () => {
    const person = await passwordOwner(await exchange())
    const { ctx } = person
    const [one, two] = (await make(person)).codes
    const asking = stranger()
    await startSignIn(ctx, asking, 'ana@example.com', null)
    await signInWithPassword(ctx, asking, PASSWORD)
    const done = await signInWithCode(ctx, asking, 'recovery_code', one!)
    const finder = stranger()
    await startRecovery(ctx, finder, 'ana@example.com')
    await proveRecovery(ctx, finder, 'recovery_code', two!)
    await make(person)
    const session = done.status === 'signed_in' ? await findSession(ctx, done.token.value, false) : null
    expect(session?.evidence.map(e => e.method)).toEqual(['password'])
    expect((await recovery(ctx, finder)).proven).toEqual([])
    await sendRecoveryCode(ctx, finder, 'email')
    expect(await proveRecovery(ctx, finder, 'email', await sentCode(ctx))).toEqual({ status: 'proof_needed' })
  })

  test('INV-5 one code works once, in any spelling', async () => {
    const person = await passwordOwner(await exchange())
    const [code] = (await make(person)).codes
    expect(await signIn(person, 'ana@example.com', ` ${code!.toLowerCase().replaceAll('-', ' ')} `)).toBe('signed_in')
    expect((await person.facts()).recoveryCodes?.left).toBe(9)
    expect(await refusal(signIn(person, 'ana@example.com', code!))).toMatchObject({ code: 'code_wrong' })
  })

  test('a new set ends the old one', async () => {
    const person = await passkeyOwner(await exchange())
    await havePassword(person)
    const old = (await make(person)).codes
    const fresh = (await make(person)).codes
    expect(await refusal(signIn(person, 'mei@example.com', old[0]!))).toMatchObject({ code: 'code_wrong' })
    expect(await signIn(person, 'mei@example.com', fresh[0]!)).toBe('signed_in')
  })

  test('O14 with a lesser proof they work 72 hours later', async () => {
    const person = await passkeyOwner(await exchange())
    await havePassword(person)
    const made = await make(person, 'email')
    expect(made).toMatchObject({ outcome: { status: 'waits' }, setId: null })
    expect((await person.facts()).recoveryCodes).toBeNull()
    person.ctx.clock.advance(72 * HOUR)
    expect((await person.facts()).recoveryCodes?.left).toBe(10)
    expect(await signIn(person, 'mei@example.com', made.codes[3]!)).toBe('signed_in')
  })

  test('saved is said of the set that was shown, not of one that took its place', async () => {
    const person = await passkeyOwner(await exchange())
    const first = await make(person)
    const second = await make(person)
    await markCodesSaved(person.ctx, await person.caller(), first.setId ?? '')
    expect((await person.facts()).recoveryCodes?.savedAt).toBeNull()
    await markCodesSaved(person.ctx, await person.caller(), second.setId ?? '')
    expect((await person.facts()).recoveryCodes?.savedAt).toBe(person.ctx.now())
  })
})
