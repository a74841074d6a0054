import { SoftwareAuthenticator } from '@latchkey/testing'
import { describe, expect, test } from 'vitest'
import type { Caller } from '../../ctx.ts'
import { proofClass } from '../../domain/evidence.ts'
import { isTrusted } from '../../domain/facts.ts'
import type { SecretMethod } from '../../domain/methods.ts'
import type { Evidence } from '../../domain/types.ts'
import { opensRecovery } from '../../domain/ways-in.ts'
import { makeCtx, refusal } from '../../methods/context.fixture.ts'
import { settleAndLoad } from '../account/account.ts'
import { findSession } from '../account/find-session.ts'
import { requireSession } from '../account/session.ts'
import { details, withdraw } from '../approvals/approvals.fixture.ts'
import { approvalOptions, approveWithPasskey, createApproval } from '../approvals/approvals.ts'
import {
  DAY,
  exchange,
  HOUR,
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
import { secondStepOptions, signInOptions, signInWithPasskey, signInWithPassword, startSignIn } from '../sign-in.ts'
import { recoverWithPasskey, recoverWithPassword, recoveryCreationOptions, requireRecovery, unfreezeByRecovery } from './bind.ts'
import { bindOn, haveEverything, type Kept, PHONE, proveOne, recoverBy } from './recovery.fixture.ts'
import { proveRecovery, recovery, sendRecoveryCode, startRecovery } from './recovery.ts'

const nothing: Kept = { codes: [], totp: '' }
const lasting = { policy: { preset: 'product' }, limitFactor: 100 } as const

async function signIn(person: Person, phone: Person['phone']) {
  const asking = stranger()
  return signInWithPasskey(person.ctx, asking, await phone.get(signInOptions(person.ctx, asking)), null)
}

describe('F47 a recovery opens with two proofs of different kinds', () => {
  test('whichever two they are, one of them no message', async () => {
    const person = await passkeyOwner(await exchange())
    const kept = await haveEverything(person, 5)
    const pairs: SecretMethod[][] = [
      ['recovery_code', 'email'],
      ['recovery_code', 'password'],
      ['recovery_code', 'totp'],
      ['recovery_code', 'sms'],
      ['password', 'email'],
      ['password', 'totp'],
      ['password', 'sms'],
      ['email', 'totp'],
      ['email', 'recovery_code'],
    ]
    for (const pair of pairs) expect((await recoverBy(person, kept, pair)).session?.kind, pair.join()).toBe('recovery')
    expect((await recoverBy(person, kept, ['sms', 'password'], PHONE)).session?.kind).toBe('recovery')
  }, 240_000)

  test('never with two messages, nor with the same kind twice', async () => {
    expect(opensRecovery(['email', 'sms'])).toBe(false)
    expect(opensRecovery(['totp', 'totp'])).toBe(false)
    expect(opensRecovery(['password', 'email'])).toBe(true)
    const person = await passkeyOwner(await exchange())
    const kept = await haveEverything(person)
    const asking = stranger()
    await startRecovery(person.ctx, asking, 'mei@example.com')
    expect(await proveOne(person, asking, 'email', kept)).toEqual({ status: 'proof_needed' })
    expect((await recovery(person.ctx, asking)).methods).toEqual(['totp', 'recovery_code', 'password'])
    expect(await refusal(sendRecoveryCode(person.ctx, asking, 'sms'))).toMatchObject({ code: 'method_off' })
    expect(await refusal(proveRecovery(person.ctx, asking, 'email', '123456'))).toMatchObject({ code: 'method_off' })
  })

  test('an authenticator app comes second: nobody tries its codes without a first proof', async () => {
    const person = await passkeyOwner(await exchange())
    const asking = stranger()
    await startRecovery(person.ctx, asking, 'mei@example.com')
    expect(await refusal(proveRecovery(person.ctx, asking, 'totp', '123456'))).toMatchObject({ code: 'method_off' })
    expect(await refusal(sendRecoveryCode(person.ctx, asking, 'sms'))).toMatchObject({ code: 'method_off' })
  })

  test('H5 a new beginning costs nothing and buys no tries; another address still has its own', async () => {
    const ctx = await makeCtx({ policy: { preset: 'exchange' }, limitFactor: 1 })
    const asking = stranger()
    const guess = async (by: Caller): Promise<string> => {
      await startRecovery(ctx, by, 'nobody@example.com')
      return (await refusal(proveRecovery(ctx, by, 'recovery_code', 'AAAA'))).code
    }
    for (let n = 0; n < 10; n++) expect(await guess(asking)).toBe('code_wrong')
    for (let n = 0; n < 10; n++) expect(await guess({ ...asking, anonymousId: `fresh-${n}` })).toBe('rate_limited')
    expect(await guess(stranger())).toBe('code_wrong')
  })

  test('H5 five wrong proofs end what the first right one opened, four do not', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    await haveEverything(person)
    const asking = stranger()
    await startRecovery(ctx, asking, 'mei@example.com')
    await proveRecovery(ctx, asking, 'password', PASSWORD)
    const proven: string[][] = []
    for (let n = 0; n < 5; n++) {
      expect(await refusal(proveRecovery(ctx, asking, 'recovery_code', 'AAAA'))).toMatchObject({ code: 'code_wrong' })
      proven.push((await recovery(ctx, asking)).proven)
    }
    expect(proven).toEqual([['password'], ['password'], ['password'], ['password'], []])
  })

  test('H5 wrong proofs without a right one end no sign-in that the same browser began since', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    await haveEverything(person)
    const asking = stranger()
    await startRecovery(ctx, asking, 'mei@example.com')
    const tab = { ...asking }
    await startSignIn(ctx, tab, 'mei@example.com', null)
    await signInWithPassword(ctx, tab, PASSWORD)
    for (let n = 0; n < 5; n++)
      expect(await refusal(proveRecovery(ctx, asking, 'recovery_code', 'AAAA'))).toMatchObject({ code: 'code_wrong' })
    expect((await secondStepOptions(ctx, tab)).allowCredentials).toHaveLength(1)
  })
})

describe('F50 INV-16 before a proof held, nobody learns who is a customer', () => {
  test('the same answers for a known and an unknown identifier', async () => {
    const person = await passkeyOwner(await exchange())
    await haveEverything(person)
    const { ctx } = person
    const answers = async (identifier: string) => {
      const asking = stranger()
      await startRecovery(ctx, asking, identifier)
      const { methods } = await recovery(ctx, asking)
      ctx.clock.advance(61_000)
      return [
        methods,
        await sendRecoveryCode(ctx, asking, 'email'),
        await refusal(proveRecovery(ctx, asking, 'email', '000000')),
        await refusal(proveRecovery(ctx, asking, 'password', 'not the password at all')),
        await refusal(proveRecovery(ctx, asking, 'recovery_code', 'AAAA-BBBB-CCCC-DDDD')),
        await refusal(proveRecovery(ctx, asking, 'totp', '000000')),
        await refusal(sendRecoveryCode(ctx, asking, 'sms')),
      ]
    }
    expect(await answers('mei@example.com')).toEqual(await answers('nobody@example.com'))
  })

  test('an address that is nobody’s gets no message', async () => {
    const ctx = await exchange()
    const asking = stranger()
    await startRecovery(ctx, asking, 'nobody@example.com')
    await sendRecoveryCode(ctx, asking, 'email')
    expect(await messages(ctx)).toEqual(['nothing nobody@example.com'])
  })
})

describe('INV-9 a recovery session', () => {
  test('is refused where a full one is asked for, and a full one where it is asked for', async () => {
    const person = await passkeyOwner(await exchange())
    const asking = await recoverBy(person, await haveEverything(person), ['password', 'email'])
    expect(() => requireSession(asking)).toThrow('You are not signed in.')
    expect(requireRecovery(asking).kind).toBe('recovery')
    const full = await person.caller()
    expect(() => requireRecovery(full)).toThrow('You are not signed in.')
    expect(await refusal(recoveryCreationOptions(person.ctx, full))).toMatchObject({ code: 'unauthenticated' })
  })

  test('lasts thirty minutes and binds one passkey, once', async () => {
    const person = await passkeyOwner(await exchange())
    const asking = await recoverBy(person, await haveEverything(person), ['password', 'email'])
    expect(await person.ctx.store.read.preSessions.find(asking.anonymousId, person.ctx.now())).toBeNull()
    expect(asking.begun).toBeNull()
    expect(asking.session!.expiresAt - asking.session!.createdAt).toBe(30 * 60_000)
    await bindOn(person, asking)
    expect((await person.ctx.store.read.sessions.get(asking.session!.id))?.endedReason).toBe('recovery_done')
    expect(await refusal(bindOn(person, asking))).toMatchObject({ code: 'form_expired' })
    expect(await refusal(recoverWithPassword(person.ctx, asking, OTHER_PASSWORD))).toMatchObject({ code: 'form_expired' })
  })

  test('PK-4: refuses a passkey that the sign-in page would not find, and binds the next one', async () => {
    const person = await passkeyOwner(await exchange())
    const asking = await recoverBy(person, await haveEverything(person), ['password', 'email'])
    const phone = new SoftwareAuthenticator({ origin: ORIGIN })
    const made = await phone.create(await recoveryCreationOptions(person.ctx, asking))
    const hidden = { ...made, clientExtensionResults: { credProps: { rk: false } } }
    expect(await refusal(recoverWithPasskey(person.ctx, asking, hidden))).toMatchObject({ code: 'passkey_not_discoverable' })
    await bindOn(person, asking)
  })

  test('takes a registration for this session only', async () => {
    const person = await passkeyOwner(await exchange())
    const kept = await haveEverything(person)
    const one = await recoverBy(person, kept, ['password', 'email'])
    const two = await recoverBy(person, kept, ['password', 'totp'])
    const response = await person.phone.create({ ...(await recoveryCreationOptions(person.ctx, one)), excludeCredentials: [] })
    expect(await refusal(recoverWithPasskey(person.ctx, two, response))).toMatchObject({ code: 'challenge_expired' })
  })
})

describe('INV-13 F46 whatever the class, a recovery', () => {
  test('tells every address at its second proof and pauses money for 72 hours', async () => {
    const person = await passkeyOwner(await exchange())
    const kept = await haveEverything(person)
    await recoverBy(person, kept, ['recovery_code', 'email'])
    const { account } = await person.facts()
    expect(account.moneyPausedUntil).toBe(person.ctx.now() + 72 * HOUR)
    expect(account.pauseReasons).toEqual([{ reason: 'recovery', until: account.moneyPausedUntil }])
    expect((await messages(person.ctx)).filter(m => m.startsWith('recovery_started'))).toEqual([
      'recovery_started mei@example.com',
      `recovery_started ${PHONE}`,
    ])
    const events = await person.ctx.store.read.events.list(person.accountId, null, 5)
    expect(events.map(e => e.kind)).toContain('recovery_started')
  })

  test('binds a passkey that signs in at once and is young for 72 hours', async () => {
    const person = await passkeyOwner(await exchange())
    const asking = await recoverBy(person, await haveEverything(person), ['recovery_code', 'email'])
    const before = (await messages(person.ctx)).length
    const { phone, id } = await bindOn(person, asking)
    const facts = await person.facts()
    const passkey = facts.passkeys.find(p => p.id === id)!
    expect(passkey).toMatchObject({ createdVia: 'recovery_lesser', trustedAt: person.ctx.now() + 72 * HOUR })
    expect(facts.pending).toMatchObject([{ operation: 'passkey.add', target: id, effectiveAt: passkey.trustedAt }])
    expect((await messages(person.ctx)).slice(before).filter(m => m.endsWith('mei@example.com'))).toEqual([
      'passkey_created mei@example.com',
      'recovery_done mei@example.com',
    ])
    expect(await signIn(person, phone)).toMatchObject({ status: 'signed_in' })
    const signed: Evidence = {
      method: 'passkey',
      credentialId: passkey.id,
      userVerified: true,
      backupEligible: true,
      at: 0,
      operation: null,
      target: null,
    }
    const { policy } = person.ctx.config
    expect(proofClass(facts, { fresh: [signed], session: [signed], founding: false }, policy, person.ctx.now())).toBe('lesser')
    expect(isTrusted(passkey, passkey.trustedAt - 1)).toBe(false)
    expect(isTrusted(passkey, passkey.trustedAt)).toBe(true)
  })

  test('INV-17 makes no pause shorter', async () => {
    const person = await passkeyOwner(await exchange())
    const kept = await haveEverything(person)
    const until = person.ctx.now() + 30 * DAY
    await person.ctx.store.transaction(tx => tx.accounts.pauseMoney(person.accountId, until, 'password.change', person.ctx.now()))
    await bindOn(person, await recoverBy(person, kept, ['password', 'email']))
    expect((await person.facts()).account.moneyPausedUntil).toBe(until)
  })

  test('gives a new password after 72 hours only', async () => {
    const person = await passkeyOwner(await exchange())
    const asking = await recoverBy(person, await haveEverything(person), ['recovery_code', 'email'])
    const outcome = await recoverWithPassword(person.ctx, asking, OTHER_PASSWORD)
    expect(outcome).toMatchObject({ status: 'waits', until: person.ctx.now() + 72 * HOUR })
    expect((await person.facts()).pending).toMatchObject([{ operation: 'password.change', class: 'lesser' }])
    const after = async (password: string) => {
      const again = stranger()
      await startSignIn(person.ctx, again, 'mei@example.com', null)
      return signInWithPassword(person.ctx, again, password)
    }
    expect(await after(PASSWORD)).toMatchObject({ status: 'second_step_needed' })
    person.ctx.clock.advance(72 * HOUR)
    await person.facts()
    expect(await after(OTHER_PASSWORD)).toMatchObject({ status: 'second_step_needed' })
  })

  test('without a trusted passkey the new password is asked for with two steps, and waits as long', async () => {
    const person = await passwordOwner(await exchange())
    const asking = await recoverBy(person, nothing, ['password', 'email'], 'ana@example.com')
    expect(await recoverWithPassword(person.ctx, asking, OTHER_PASSWORD)).toMatchObject({ until: person.ctx.now() + 72 * HOUR })
    expect((await person.facts()).pending).toMatchObject([{ class: 'two_steps' }])
  })

  test('INV-13 pauses money for another 72 hours when its new password takes effect, with two steps too', async () => {
    const person = await passwordOwner(await exchange())
    const asking = await recoverBy(person, nothing, ['password', 'email'], 'ana@example.com')
    const outcome = await recoverWithPassword(person.ctx, asking, OTHER_PASSWORD)
    if (outcome.status !== 'waits') throw new Error(outcome.status)
    expect((await person.facts()).account.moneyPausedUntil).toBe(person.ctx.now() + 72 * HOUR)
    // nobody looks for ten hours after it took effect: the pause counts from the effect, not from the look
    person.ctx.clock.advance(82 * HOUR)
    const { account } = await person.facts()
    expect(account.moneyPausedUntil).toBe(outcome.until + 72 * HOUR)
    expect(account.pauseReasons).toEqual([{ reason: 'recovery', until: outcome.until + 72 * HOUR }])
  })

  test('F25 binds no passkey beyond the limit, and leaves the new password as a way', async () => {
    const person = await passkeyOwner(await makeCtx({ policy: { preset: 'exchange', maxPasskeys: 1 }, limitFactor: 100 }))
    const asking = await recoverBy(person, await haveEverything(person), ['recovery_code', 'email'])
    expect(await refusal(recoveryCreationOptions(person.ctx, asking))).toMatchObject({ code: 'passkey_limit', limit: '1' })
    expect(await refusal(bindOn(person, asking))).toMatchObject({ code: 'passkey_limit' })
    expect(await recoverWithPassword(person.ctx, asking, OTHER_PASSWORD)).toMatchObject({ status: 'waits' })
    expect((await person.facts()).passkeys).toHaveLength(1)
  })

  test('F25 nor one that was asked for while there was still room', async () => {
    const person = await passkeyOwner(await makeCtx({ policy: { preset: 'exchange', maxPasskeys: 2 }, limitFactor: 100 }))
    const kept = await haveEverything(person, 3)
    const [one, two] = [
      await recoverBy(person, kept, ['recovery_code', 'email']),
      await recoverBy(person, kept, ['recovery_code', 'email']),
    ]
    const late = await new SoftwareAuthenticator({ origin: ORIGIN }).create(await recoveryCreationOptions(person.ctx, two))
    await bindOn(person, one)
    expect(await refusal(recoverWithPasskey(person.ctx, two, late))).toMatchObject({ code: 'passkey_limit' })
  })
})

describe('policy.md §7 an account with nothing but passkeys and an e-mail address', () => {
  async function begin(person: Person) {
    const asking = stranger()
    await startRecovery(person.ctx, asking, 'mei@example.com')
    return { asking, step: await proveOne(person, asking, 'email', nothing) }
  }

  test('waits 72 hours, told, and then opens with a new code', async () => {
    const person = await passkeyOwner(await makeCtx(lasting))
    const { asking, step } = await begin(person)
    expect(step).toEqual({ status: 'waits', until: person.ctx.now() + 72 * HOUR })
    expect(await refusal(recovery(person.ctx, asking))).toMatchObject({ code: 'form_expired' })
    expect(await messages(person.ctx)).toContain('change_waits mei@example.com')
    person.ctx.clock.advance(71 * HOUR)
    expect((await begin(person)).step.status).toBe('waits')
    person.ctx.clock.advance(HOUR)
    const { step: opened } = await begin(person)
    if (opened.status !== 'opened') throw new Error(opened.status)
    expect((await findSession(person.ctx, opened.token.value, false))?.kind).toBe('recovery')
    expect((await person.facts()).account.moneyPausedUntil).toBe(person.ctx.now() + 72 * HOUR)
    expect((await begin(person)).step.status).toBe('waits')
  })

  test.each([
    ['a moment before its time', 72 * HOUR - 1, 'waits'],
    ['at its time', 72 * HOUR, 'opened'],
    ['up to as long again', 144 * HOUR - 1, 'opened'],
    ['and not then', 144 * HOUR, 'waits'],
  ])('a new code %s', async (_when, after, status) => {
    const person = await passkeyOwner(await makeCtx(lasting))
    const { step } = await begin(person)
    const began = step.status === 'waits' ? step.until - 72 * HOUR : 0
    // a new code takes a minute, and its mail a millisecond
    person.ctx.clock.set(began + after - 61_001)
    expect((await begin(person)).step.status).toBe(status)
  })

  test('N9 leaves other waits alone, and they it', async () => {
    const person = await passkeyOwner(await makeCtx(lasting))
    const { ctx, accountId } = person
    const at = ctx.now()
    const row = {
      accountId,
      target: null,
      payload: null,
      class: 'trusted',
      sessionId: null,
      credentialId: null,
      remainingMs: null,
      was: null,
    } as const
    const times = { askedAt: at, effectiveAt: at + 500 * HOUR, cancelledAt: null, appliedAt: null }
    await ctx.store.transaction(tx => tx.changes.insert({ ...row, ...times, id: 'close', operation: 'account.close' }))
    const { step } = await begin(person)
    expect(step).toMatchObject({ status: 'waits', until: ctx.now() + 72 * HOUR })
    expect((await person.facts()).pending.map(({ operation }) => operation).sort()).toEqual(['account.close', 'recovery'])
    ctx.clock.advance(150 * HOUR)
    await begin(person)
    await signIn(person, person.phone)
    expect((await person.facts()).pending.map(({ operation }) => operation)).toEqual(['account.close'])
  })

  test('N9 ends when one of its passkeys signs', async () => {
    const person = await passkeyOwner(await makeCtx(lasting))
    await begin(person)
    await signIn(person, person.phone)
    expect((await person.facts()).pending).toEqual([])
    expect(await messages(person.ctx)).toContain('change_cancelled mei@example.com')
    person.ctx.clock.advance(72 * HOUR)
    expect((await begin(person)).step.status).toBe('waits')
  })

  const approves = async ({ ctx, phone, caller }: Person) => {
    const owner = await caller()
    const { id } = await createApproval(ctx, owner, { action: 'withdraw', details, returnTo: null })
    await approveWithPasskey(ctx, owner, id, await phone.get(await approvalOptions(ctx, owner, id)))
  }
  test.each([
    ['approves', approves],
    ['proves an operation', (person: Person) => person.prove('totp.add')],
  ])('ends when one of them %s: its owner, who stays signed in, need not sign in for that', async (_what, signs) => {
    const person = await passkeyOwner(await makeCtx({ ...lasting, actions: { withdraw } }))
    const { ctx } = person
    await begin(person)
    await signs(person)
    expect((await person.facts()).pending).toEqual([])
    expect(await messages(ctx)).toContain('change_cancelled mei@example.com')
  })

  test('is not fetched after as long again', async () => {
    const person = await passkeyOwner(await makeCtx(lasting))
    await begin(person)
    person.ctx.clock.advance(144 * HOUR)
    expect((await begin(person)).step.status).toBe('waits')
    expect((await person.facts()).pending).toHaveLength(1)
  })

  test('has no such way where the policy is against it', async () => {
    const person = await passkeyOwner(await exchange())
    const { asking, step } = await begin(person)
    expect(step).toEqual({ status: 'proof_needed' })
    expect((await recovery(person.ctx, asking)).methods).toEqual([])
    expect((await person.facts()).pending).toEqual([])
  })
})

test('policy.md §4 of a frozen account a recovery binds nothing; it asks for the end of the freeze, once', async () => {
  const person = await passkeyOwner(await exchange())
  const { ctx, accountId } = person
  const kept = await haveEverything(person)
  await ctx.store.transaction(tx => tx.accounts.update(accountId, { status: 'frozen', frozenAt: ctx.now() }))
  const asking = await recoverBy(person, kept, ['password', 'email'])
  expect(await refusal(recoverWithPassword(ctx, asking, OTHER_PASSWORD))).toMatchObject({ code: 'account_frozen' })
  const until = ctx.now() + 72 * HOUR
  expect(await unfreezeByRecovery(ctx, asking)).toMatchObject({ status: 'waits', until })
  expect((await person.facts()).pending).toMatchObject([{ operation: 'account.unfreeze', class: 'lesser' }])
  expect(await refusal(unfreezeByRecovery(ctx, asking))).toMatchObject({ code: 'form_expired' })
  const again = await recoverBy(person, kept, ['password', 'email'])
  expect(await refusal(unfreezeByRecovery(ctx, again))).toMatchObject({ code: 'already_done' })
  ctx.clock.set(until - 1)
  expect((await person.facts()).account.status).toBe('frozen')
  ctx.clock.advance(1)
  expect((await settleAndLoad(ctx, accountId)).account).toMatchObject({ status: 'active', moneyPausedUntil: until + 72 * HOUR })
})

test('an account that is not frozen is unfrozen by no recovery', async () => {
  const person = await passkeyOwner(await exchange())
  const asking = await recoverBy(person, await haveEverything(person), ['password', 'email'])
  expect(await refusal(unfreezeByRecovery(person.ctx, asking))).toMatchObject({ code: 'already_done' })
})

test('a code for a recovery signs nobody in', async () => {
  const person = await passkeyOwner(await exchange())
  const kept = await haveEverything(person)
  const asking = stranger()
  await startRecovery(person.ctx, asking, 'mei@example.com')
  await proveOne(person, asking, 'recovery_code', kept)
  await sendRecoveryCode(person.ctx, asking, 'email')
  await sentCode(person.ctx)
  expect(await refusal(signInWithPassword(person.ctx, asking, PASSWORD))).toMatchObject({ code: 'form_expired' })
})
