import { SoftwareAuthenticator, totpFromUri } from '@latchkey/testing'
import { describe, expect, test } from 'vitest'
import type { Caller } from '../../ctx.ts'
import { type Decision, OPERATIONS, type Operation, type PresetName } from '../../domain/policy.ts'
import { Problem } from '../../domain/problems.ts'
import type { CredentialId } from '../../domain/types.ts'
import { addAuthenticator, makeCtx, newestMessage, refusal, type TestCtx } from '../../methods/context.fixture.ts'
import { newTotpSecret, otpauthUri } from '../../methods/index.ts'
import { lockAccount } from '../account/account.ts'
import { findSession } from '../account/find-session.ts'
import { endOtherSessions } from '../account/sessions.ts'
import { beginAddress, confirmAddress } from '../addresses.ts'
import { perform } from '../change/change.ts'
import { cancelChange } from '../change/waits.ts'
import { beginTotp, confirmTotp, totpSetUp } from '../factors.ts'
import {
  addPasskey,
  keepPasskey,
  passkeyCreationOptions,
  removePasskey,
  renamePasskey,
  setPasskeyFirst,
  suspendPasskey,
} from '../passkeys.ts'
import { changePassword } from '../password.ts'
import {
  anotherSession,
  HOUR,
  havePassword,
  messages,
  ORIGIN,
  OTHER_PASSWORD,
  PASSWORD,
  type Person,
  passkeyOwner,
  passwordOwner,
  proveByTotp,
  sentCode,
  stranger,
} from '../people.fixture.ts'
import { bindOn, haveEverything, recoverBy } from '../recovery/recovery.fixture.ts'
import { makeCodes } from '../recovery-codes.ts'
import { signInOptions, signInWithPasskey } from '../sign-in.ts'
import { confirmSignUpCode, signUpCreationOptions, signUpWithPasskey, signUpWithPassword, startSignUp } from '../sign-up.ts'
import { mint } from './authority.ts'
import {
  coverFirstPasskey,
  hasGrant,
  previewDecision,
  sendStepUpCode,
  stepUpMethods,
  stepUpOptions,
  stepUpWithPasskey,
  stepUpWithSecret,
  takeAtOnce,
  takeGrant,
} from './step-up.ts'

const world = (preset: PresetName): Promise<TestCtx> => makeCtx({ policy: { preset }, limitFactor: 100 })

/** Everything that a ceremony proves, on every target that the account has, asked for with nothing but the cookie. */
async function openedBy(ctx: TestCtx, caller: Caller): Promise<string[]> {
  const session = (await ctx.store.read.sessions.get(caller.session!.id))!
  const facts = (await ctx.store.read.accounts.facts(session.accountId))!
  const targets = [null, ...facts.passkeys.map(p => p.id), ...facts.pending.map(c => c.id)]
  const ceremonies = (Object.keys(OPERATIONS) as Operation[]).filter(name => OPERATIONS[name].freshness.kind === 'ceremony')
  const open: string[] = []
  for (const operation of ceremonies)
    for (const target of targets) {
      const taken = ctx.store.transaction(async tx => {
        await takeGrant({ tx, ctx, facts: await lockAccount(tx, ctx, session.accountId), session }, { operation, target })
        throw new Error('taken')
      })
      const error = await taken.catch((e: unknown) => e)
      const answer = error instanceof Problem ? error.code : (error as Error).message
      expect(['step_up_required', 'taken']).toContain(answer)
      if (answer === 'taken') open.push(operation)
    }
  return open
}

async function signedUp(ctx: TestCtx, by: 'passkey' | 'password'): Promise<Caller> {
  const asking = stranger()
  await startSignUp(ctx, asking, `new-${by}@example.com`, null)
  await confirmSignUpCode(ctx, asking, await sentCode(ctx))
  const phone = new SoftwareAuthenticator({ origin: ORIGIN })
  const done =
    by === 'password'
      ? await signUpWithPassword(ctx, asking, PASSWORD)
      : await signUpWithPasskey(ctx, asking, await phone.create(await signUpCreationOptions(ctx, asking)))
  return { ...asking, session: await findSession(ctx, done.token.value, false) }
}

const addOn = async (ctx: TestCtx, caller: Caller) => {
  const device = new SoftwareAuthenticator({ origin: ORIGIN })
  return addPasskey(ctx, caller, await device.create(await passkeyCreationOptions(ctx, caller)))
}

const SET_UPS: Record<string, (person: Person, by: 'passkey' | 'email') => Promise<unknown>> = {
  async 'passkey.add'(person, by) {
    await person.prove('passkey.add', by)
    await addOn(person.ctx, await person.caller())
  },
  async 'totp.add'(person, by) {
    await person.prove('totp.add', by)
    await beginTotp(person.ctx, await person.caller())
    const { uri } = (await totpSetUp(person.ctx, await person.caller()))!
    await confirmTotp(person.ctx, await person.caller(), await totpFromUri(uri, person.ctx.now()))
  },
  async 'email.replace'(person, by) {
    await person.prove('email.replace', by)
    await beginAddress(person.ctx, await person.caller(), 'email', 'other@example.com')
    await confirmAddress(person.ctx, await person.caller(), 'email', await sentCode(person.ctx))
  },
  async 'totp.replace'(person, by) {
    const { row } = await addAuthenticator(person.ctx, await person.facts(), 'totp', { secret: newTotpSecret() })
    // the old app proves its own replacement where no passkey does
    if (by === 'passkey') await person.prove('totp.replace', by)
    else await proveByTotp(person, otpauthUri(person.ctx, 'ana@example.com', String(row.data.secret)), 'totp.replace')
    await beginTotp(person.ctx, await person.caller())
    const { uri } = (await totpSetUp(person.ctx, await person.caller()))!
    await confirmTotp(person.ctx, await person.caller(), await totpFromUri(uri, person.ctx.now()))
  },
  async 'phone.add'(person, by) {
    await person.prove('phone.add', by)
    await beginAddress(person.ctx, await person.caller(), 'phone', '+34600000222')
    await confirmAddress(person.ctx, await person.caller(), 'phone', await sentCode(person.ctx))
  },
  async 'password.change'(person, by) {
    await person.prove('password.change', by)
    await changePassword(person.ctx, await person.caller(), OTHER_PASSWORD)
  },
  async 'recovery_codes.add'(person, by) {
    await person.prove('recovery_codes.add', by)
    await makeCodes(person.ctx, await person.caller())
  },
}
/** What a set-up covers, with the class of its own ceremony; one that waits is none yet, but a passkey works at once. */
const covers = (operation: string, by: 'passkey' | 'email', hasPasskey: boolean): string[] => {
  if (operation === 'password.change' || operation === 'recovery_codes.add') return []
  const waits = hasPasskey && by === 'email' && operation !== 'passkey.add'
  return waits ? [] : ['recovery_codes.add']
}

describe.each(['product', 'exchange'] as const)('H1 what a stolen cookie can do after a set-up, %s', preset => {
  test('sign-up with a passkey covers the first recovery codes, and no second passkey', async () => {
    const ctx = await world(preset)
    const caller = await signedUp(ctx, 'passkey')
    expect(await openedBy(ctx, caller)).toEqual(['recovery_codes.add'])
    expect(await refusal(passkeyCreationOptions(ctx, caller))).toMatchObject({ code: 'step_up_required' })
    await makeCodes(ctx, caller)
    expect(await openedBy(ctx, caller)).toEqual([])
  })

  test('sign-up with a password covers the first passkey, once; that one covers the first codes', async () => {
    const ctx = await world(preset)
    const caller = await signedUp(ctx, 'password')
    expect(await openedBy(ctx, caller)).toEqual(['passkey.add'])
    expect((await addOn(ctx, caller)).passkey.createdVia).toBe('founding')
    expect(await openedBy(ctx, caller)).toEqual(['recovery_codes.add'])
    expect(await refusal(passkeyCreationOptions(ctx, caller))).toMatchObject({ code: 'step_up_required' })
  })

  test('cookie and mailbox of the founding hour make no trusted passkey beside the owner’s', async () => {
    const ctx = await world(preset)
    const caller = await signedUp(ctx, 'passkey')
    const purpose = { operation: 'passkey.add', target: null } as const
    await sendStepUpCode(ctx, caller, purpose, 'email')
    await stepUpWithSecret(ctx, caller, purpose, 'email', await sentCode(ctx))
    const { passkey } = await addOn(ctx, caller)
    expect(passkey).toMatchObject({ createdVia: 'lesser', trustedAt: ctx.now() + 72 * HOUR })
    expect((await ctx.store.read.accounts.facts(passkey.accountId))?.pending).toMatchObject([
      { operation: 'passkey.add', target: passkey.id },
    ])
  })

  test('what sign-up covers is over after five minutes', async () => {
    const ctx = await world(preset)
    const caller = await signedUp(ctx, 'password')
    ctx.clock.advance(5 * 60_000)
    expect(await openedBy(ctx, caller)).toEqual([])
  })

  const cases = Object.keys(SET_UPS).flatMap(operation => (['passkey', 'email'] as const).map(by => [operation, by] as const))
  test.each(cases)('%s proven by %s covers nothing but the first codes', async (operation, by) => {
    const ctx = await world(preset)
    const person = await (by === 'passkey' ? passkeyOwner : passwordOwner)(ctx)
    if (by === 'passkey') await havePassword(person)
    await SET_UPS[operation]!(person, by)
    expect(await openedBy(ctx, await person.caller())).toEqual(covers(operation, by, by === 'passkey'))
    ctx.clock.advance(5 * 60_000)
    expect(await openedBy(ctx, await person.caller())).toEqual([])
  })

  // with an app on, a code by e-mail proves nothing, so there is no such thief
  test.each(Object.keys(SET_UPS).filter(operation => operation !== 'totp.replace'))(
    '%s begun beside a trusted passkey with two steps gives no better proof to what follows',
    async operation => {
      const ctx = await world(preset)
      const person = await passkeyOwner(ctx)
      await havePassword(person)
      const typed = await anotherSession(person)
      const prove = async (what: Operation) => {
        await sendStepUpCode(ctx, typed, { operation: what, target: null }, 'email')
        await stepUpWithSecret(ctx, typed, { operation: what, target: null }, 'email', await sentCode(ctx))
      }
      const thief: Person = {
        ...person,
        caller: async () => ({ ...typed, session: await ctx.store.read.sessions.get(typed.session!.id) }),
        prove,
      }
      await SET_UPS[operation]!(thief, 'email')
      const open = covers(operation, 'email', true)
      expect(await openedBy(ctx, await thief.caller())).toEqual(open)
      const codes = open.length > 0 ? (await makeCodes(ctx, await thief.caller())).outcome.status : null
      expect(codes).toBe(open.length > 0 ? 'waits' : null)
    },
  )
})

describe('INV-17 what was proven with a method ends with it', () => {
  /** Somebody with the old password and the mailbox proves an operation and stops half-way. */
  async function halfWay(operation: Operation) {
    const person = await passwordOwner(await world('exchange'))
    const { ctx } = person
    const thief = await anotherSession(person)
    await sendStepUpCode(ctx, thief, { operation, target: null }, 'email')
    await stepUpWithSecret(ctx, thief, { operation, target: null }, 'email', await sentCode(ctx))
    return { person, ctx, thief }
  }
  const changesPassword = async (person: Person) => {
    await person.prove('password.change')
    await changePassword(person.ctx, await person.caller(), OTHER_PASSWORD)
  }

  test('a set-up that was begun with the old password is not finished after it', async () => {
    const { person, ctx, thief } = await halfWay('email.replace')
    await beginAddress(ctx, thief, 'email', 'thief@example.com')
    const code = await sentCode(ctx)
    await changesPassword(person)
    expect(await refusal(confirmAddress(ctx, thief, 'email', code))).toMatchObject({ code: 'form_expired' })
    expect((await person.facts()).identifiers.map(i => i.value)).toEqual(['ana@example.com'])
  })

  test('nor one whose session was signed out since the request came in', async () => {
    const { person, ctx, thief } = await halfWay('email.replace')
    await beginAddress(ctx, thief, 'email', 'thief@example.com')
    const code = await sentCode(ctx)
    await person.prove('sessions.end_others')
    await endOtherSessions(ctx, await person.caller())
    expect(await refusal(confirmAddress(ctx, thief, 'email', code))).toMatchObject({ code: 'unauthenticated' })
    expect((await person.facts()).identifiers.map(i => i.value)).toEqual(['ana@example.com'])
  })

  test('nor are the codes made that an earlier set-up covers', async () => {
    const { person, ctx, thief } = await halfWay('totp.add')
    await beginTotp(ctx, thief)
    await confirmTotp(ctx, thief, await totpFromUri((await totpSetUp(ctx, thief))!.uri, ctx.now()))
    await ctx.store.transaction(tx => tx.authenticators.removeAll(person.accountId, 'totp', 'active'))
    expect(await openedBy(ctx, thief)).toEqual(['recovery_codes.add'])
    await changesPassword(person)
    expect(await openedBy(ctx, thief)).toEqual([])
  })

  test('a recovery that stands on the old password binds nothing', async () => {
    const person = await passwordOwner(await world('exchange'))
    const asking = await recoverBy(person, { codes: [], totp: '' }, ['password', 'email'], 'ana@example.com')
    await changesPassword(person)
    expect((await person.ctx.store.read.sessions.get(asking.session!.id))?.endedReason).toBe('password.change')
    expect(await refusal(bindOn(person, asking))).toMatchObject({ code: 'form_expired' })
  })
})

describe('H1 what an earlier ceremony covers', () => {
  test('is for the first passkey: one that was made with a proof of its own leaves nothing for a second', async () => {
    const ctx = await world('exchange')
    const caller = await signedUp(ctx, 'password')
    const now = async () => ({ ...caller, session: await ctx.store.read.sessions.get(caller.session!.id) })
    await sendStepUpCode(ctx, await now(), { operation: 'passkey.add', target: null }, 'email')
    await stepUpWithSecret(ctx, await now(), { operation: 'passkey.add', target: null }, 'email', await sentCode(ctx))
    await addOn(ctx, await now())
    expect(await refusal(passkeyCreationOptions(ctx, await now()))).toMatchObject({ code: 'step_up_required' })
    expect(await openedBy(ctx, await now())).toEqual(['recovery_codes.add'])
  })

  test('is weaker as soon as a trusted passkey stands beside it', async () => {
    const person = await passwordOwner(await world('exchange'))
    const { ctx } = person
    await SET_UPS['totp.add']!(person, 'email')
    const [made] = (await (await passkeyOwner(ctx, 'other@example.com')).facts()).passkeys
    await ctx.store.transaction(tx => tx.passkeys.insert({ ...made!, id: 'dHJ1c3RlZA' as CredentialId, accountId: person.accountId }))
    person.ctx.clock.set(ctx.now() - 2 * 24 * HOUR)
    expect((await makeCodes(ctx, await person.caller())).outcome.status).toBe('waits')
  })
})

describe('policy.md §5 the last trusted passkey', () => {
  test('is suspended with a new ceremony only; beside another one the session’s own steps do', async () => {
    const person = await passkeyOwner(await world('exchange'))
    await havePassword(person)
    const { ctx } = person
    const [passkey] = (await person.facts()).passkeys
    const caller = await anotherSession(person)
    expect(await refusal(suspendPasskey(ctx, caller, passkey!.id))).toMatchObject({
      code: 'step_up_required',
      operation: 'passkey.suspend',
    })
    await ctx.store.transaction(tx => tx.passkeys.insert({ ...passkey!, id: 'c2Vjb25k' as CredentialId }))
    await suspendPasskey(ctx, caller, passkey!.id)
    expect((await person.facts()).passkeys.map(p => p.status).sort()).toEqual(['active', 'suspended'])
  })
})

describe('H1 codes that a set-up covers', () => {
  test('prove nothing in the session that made them, so that a cookie does not climb on them', async () => {
    const person = await passwordOwner(await world('exchange'))
    const { ctx } = person
    await person.prove('passkey.add')
    await addOn(ctx, await person.caller())
    const { codes } = await makeCodes(ctx, await person.caller())
    const purpose = { operation: 'password.change', target: null } as const
    const { session } = await person.caller()
    const methods = stepUpMethods(await person.facts(), ctx, session)
    expect([methods.includes('passkey'), methods.includes('recovery_code')]).toEqual([true, false])
    expect(await refusal(stepUpWithSecret(ctx, await person.caller(), purpose, 'recovery_code', codes[0]!))).toMatchObject({
      code: 'method_off',
    })
    const other = await anotherSession(person)
    await stepUpWithSecret(ctx, other, purpose, 'recovery_code', codes[0]!)
    expect((await changePassword(ctx, other, 'seven green lanterns drift')).status).toBe('done')
  })
})

/** Somebody with password and recovery codes recovered the account, and signed in with the passkey that they bound. */
async function recovered(preset: PresetName = 'exchange') {
  const person = await passkeyOwner(await world(preset))
  const { ctx } = person
  const asking = await recoverBy(person, await haveEverything(person), ['recovery_code', 'password'])
  const { phone, id } = await bindOn(person, asking)
  const browser = stranger()
  const done = await signInWithPasskey(ctx, browser, await phone.get(signInOptions(ctx, browser)), null)
  if (done.status !== 'signed_in') throw new Error(done.status)
  const thief = { ...browser, session: await findSession(ctx, done.token.value, false) }
  const owners = (await person.facts()).passkeys.find(p => p.id !== id)!
  return { person, ctx, thief, phone, id, owners }
}

describe('H2 INV-11 a young passkey from a recovery', () => {
  const proveYoung = async ({ ctx, thief, phone }: Awaited<ReturnType<typeof recovered>>, operation: Operation, target: string | null) => {
    const options = await stepUpOptions(ctx, thief, { operation, target })
    await stepUpWithPasskey(ctx, thief, { operation, target }, await phone.get({ ...options, allowCredentials: [] }))
  }

  test('asks for the removal of the owner’s passkey: it waits, and the owner’s goes on working', async () => {
    const all = await recovered()
    const { person, ctx, thief, owners } = all
    await proveYoung(all, 'passkey.remove', owners.id)
    const outcome = await removePasskey(ctx, thief, owners.id)
    expect(outcome.status).toBe('waits')
    expect((await person.facts()).passkeys.find(p => p.id === owners.id)).toMatchObject({ status: 'active' })
    await person.prove('change.cancel', 'passkey', (outcome as { changeId: string }).changeId)
    await cancelChange(ctx, await person.caller(), (outcome as { changeId: string }).changeId)
    ctx.clock.advance(73 * HOUR)
    expect((await person.facts()).passkeys.find(p => p.id === owners.id)).toMatchObject({ status: 'active' })
  })

  test('suspends only itself, and cancels the creation of no other', async () => {
    const all = await recovered()
    const { person, ctx, thief, owners, id } = all
    await proveYoung(all, 'passkey.suspend', owners.id)
    const fresh = { ...thief, session: await ctx.store.read.sessions.get(thief.session!.id) }
    expect(await refusal(suspendPasskey(ctx, fresh, owners.id))).toMatchObject({ code: 'refused_by_policy' })
    expect((await person.facts()).passkeys.find(p => p.id === owners.id)).toMatchObject({ status: 'active' })
    await suspendPasskey(ctx, fresh, id)
    expect((await person.facts()).passkeys.find(p => p.id === id)).toMatchObject({ status: 'suspended' })
  })

  test('two steps without it still stop a passkey whose removal waits', async () => {
    const person = await passkeyOwner(await world('exchange'))
    await havePassword(person)
    const { ctx } = person
    const caller = await anotherSession(person)
    const [passkey] = (await person.facts()).passkeys
    const purpose = { operation: 'passkey.remove', target: passkey!.id } as const
    await sendStepUpCode(ctx, caller, purpose, 'email')
    await stepUpWithSecret(ctx, caller, purpose, 'email', await sentCode(ctx))
    expect((await removePasskey(ctx, caller, passkey!.id)).status).toBe('waits')
    expect((await person.facts()).passkeys).toMatchObject([{ status: 'suspended' }])
  })
})

describe('policy.md §4 the last trusted passkey', () => {
  test.each(['product', 'exchange'] as const)('goes with a pause of 24 hours, though a trusted passkey removed it, %s', async preset => {
    const person = await passkeyOwner(await world(preset))
    await havePassword(person)
    const { ctx } = person
    const [passkey] = (await person.facts()).passkeys
    await person.prove('passkey.remove', 'passkey', passkey!.id)
    expect(await removePasskey(ctx, await person.caller(), passkey!.id)).toEqual({ status: 'done' })
    expect((await person.facts()).account.moneyPausedUntil).toBe(ctx.now() + 24 * HOUR)
  })
})

describe('H10 an old cookie', () => {
  test('renames, keeps and orders nothing, ends no other session; the same cookie after two steps does', async () => {
    const person = await passkeyOwner(await world('exchange'))
    const { ctx } = person
    const [passkey] = (await person.facts()).passkeys
    const other = await anotherSession(person)
    const acts: Record<string, (caller: Caller) => Promise<unknown>> = {
      'passkey.rename': caller => renamePasskey(ctx, caller, passkey!.id, 'Mine'),
      'passkey.keep': caller => keepPasskey(ctx, caller, passkey!.id),
      'account.passkey_first': caller => setPasskeyFirst(ctx, caller, false),
      'sessions.end_others': caller => endOtherSessions(ctx, caller),
    }
    const old = await person.caller()
    for (const [operation, act] of Object.entries(acts))
      expect(await refusal(act(old))).toMatchObject({ code: 'step_up_required', operation })
    const before = await person.facts()
    expect(before.passkeys[0]).toMatchObject({ label: null, reviewedAt: null })
    expect(before.account.passkeyFirst).toBe(true)
    expect((await ctx.store.read.sessions.get(other.session!.id))?.endedAt).toBeNull()
    await person.prove('passkey.rename', 'passkey', passkey!.id)
    for (const act of Object.values(acts)) await act(await person.caller())
    expect((await person.facts()).passkeys[0]).toMatchObject({ label: 'Mine', reviewedAt: ctx.now() })
    expect((await person.facts()).account.passkeyFirst).toBe(false)
    expect(await messages(ctx)).toContain('sessions_ended mei@example.com')
  })

  test('one step ends sessions, and renames nothing where two are needed', async () => {
    const person = await passwordOwner(await world('exchange'))
    const { ctx } = person
    const id = (await person.caller()).session!.id
    const step = {
      method: 'password',
      credentialId: null,
      userVerified: false,
      backupEligible: false,
      operation: null,
      target: null,
    } as const
    await ctx.store.transaction(tx => tx.sessions.addEvidence(id, { ...step, at: ctx.now() }))
    expect(await endOtherSessions(ctx, await person.caller())).toBe(0)
    expect(await refusal(setPasskeyFirst(ctx, await person.caller(), true))).toMatchObject({ code: 'step_up_required' })
  })

  test('one step of whatever age looks, and no more', async () => {
    const person = await passwordOwner(await world('exchange'))
    const { ctx } = person
    const { session } = await person.caller()
    const old = { ...session!, evidence: session!.evidence.slice(0, 1) }
    const can = (operation: Operation) => hasGrant(ctx, old, { operation, target: null })
    expect([await can('account.read'), await can('sessions.end_others'), await can('passkey.rename')]).toEqual([true, false, false])
  })
})

describe('policy.md §4 what is done at once or not at all', () => {
  const CHANGE = { operation: 'password.change', target: null } as const

  test('is refused where the table makes it wait', async () => {
    const person = await passkeyOwner(await world('exchange'))
    const { ctx, accountId } = person
    await person.prove('password.change', 'email')
    const { session } = await person.caller()
    const taken = ctx.store.transaction(async tx =>
      takeAtOnce({ tx, ctx, facts: await lockAccount(tx, ctx, accountId), session: session! }, CHANGE),
    )
    expect(await refusal(taken)).toMatchObject({ code: 'refused_by_policy', operation: 'password.change' })
  })

  test.each(['refused', 'host', 'money', 'young'] as const)('a change that the table calls “%s” is neither done nor begun', async kind => {
    const person = await passwordOwner(await world('exchange'))
    const { ctx } = person
    const authority = mint('step_up', {
      ...CHANGE,
      proofClass: 'two_steps',
      decision: { kind, pauseMs: 0 } as Decision,
      credentialId: null,
    })
    const before = await person.facts()
    const caller = await person.caller()
    expect(
      await refusal(ctx.store.transaction(tx => perform({ tx, ctx, facts: before, caller, session: caller.session }, authority, 'hash'))),
    ).toMatchObject({
      code: 'refused_by_policy',
    })
    expect(await person.facts()).toEqual(before)
  })

  test('pauses money where the host wants it', async () => {
    const person = await passkeyOwner(await makeCtx({ policy: { preset: 'exchange', pauseOn: ['passkey.add'] } }))
    const { ctx } = person
    await person.prove('passkey.add')
    await addOn(ctx, await person.caller())
    expect((await person.facts()).account).toMatchObject({ moneyPausedUntil: ctx.now() + 24 * HOUR })
  })

  test('pauses no money where the table says nothing of it', async () => {
    const person = await passkeyOwner(await world('exchange'))
    const { ctx } = person
    await person.prove('account.passkey_first')
    await setPasskeyFirst(ctx, await person.caller(), false)
    await person.prove('password.change')
    await changePassword(ctx, await person.caller(), OTHER_PASSWORD)
    expect((await person.facts()).account).toMatchObject({ moneyPausedUntil: null, pauseReasons: [] })
  })
})

describe('policy.md §3 the founding hour', () => {
  test.each([
    ['password.change', 'trusted'],
    ['approval.approve', 'two_steps'],
    ['payout_address.add', 'two_steps'],
  ] as const)('proves %s with %s by two steps: it moves no money', async (operation, proofClass) => {
    const ctx = await world('exchange')
    const caller = await signedUp(ctx, 'password')
    const purpose = { operation, target: 'one' }
    await sendStepUpCode(ctx, caller, purpose, 'email')
    await stepUpWithSecret(ctx, caller, purpose, 'email', await sentCode(ctx))
    const { accountId } = caller.session!
    const grant = await ctx.store.transaction(async tx =>
      takeGrant({ tx, ctx, facts: await lockAccount(tx, ctx, accountId), session: caller.session! }, purpose),
    )
    expect(grant.proofClass).toBe(proofClass)
  })
})

describe('policy.md §4 what a method would prove, said before anybody types', () => {
  const CHANGE = { operation: 'password.change', target: null } as const

  test('a passkey: with the one that is trusted, from the moment on that it is', async () => {
    const person = await passkeyOwner(await world('exchange'))
    const { ctx } = person
    const [trusted] = (await person.facts()).passkeys
    const { session } = await person.caller()
    const facts = async (trustedAt: number) => ({
      ...(await person.facts()),
      passkeys: [
        { ...trusted!, id: 'eW91bmc' as CredentialId, createdVia: 'lesser' as const, trustedAt: ctx.now() + HOUR },
        { ...trusted!, trustedAt },
      ],
    })
    const preview = async (trustedAt: number) => previewDecision(ctx, await facts(trustedAt), session!, CHANGE, 'passkey')?.proofClass
    expect([await preview(ctx.now() - 1), await preview(ctx.now())]).toEqual(['trusted', 'trusted'])
  })

  test('one step alone: nothing', async () => {
    const person = await passwordOwner(await world('exchange'))
    const { session } = await person.caller()
    const alone = { ...session!, evidence: [] }
    expect(previewDecision(person.ctx, await person.facts(), alone, CHANGE, 'email')).toBeNull()
  })
})

test('O18 the name of a removed passkey is free for the next one', async () => {
  const person = await passwordOwner(await world('exchange'))
  const { ctx, accountId } = person
  const add = async () => {
    await person.prove('passkey.add')
    return (await addOn(ctx, await person.caller())).passkey
  }
  const first = await add()
  await ctx.store.transaction(tx => tx.passkeys.remove(accountId, first.id, ctx.now(), 'trusted'))
  const second = await add()
  expect([second.autoLabel, (await add()).autoLabel === second.autoLabel]).toEqual([first.autoLabel, false])
})

test.each([
  ['only way in', 'strict', 'passkey_not_discoverable'],
  ['way in beside another', 'exchange', null],
] as const)('PK-4: a passkey that the sign-in page would not find, as the %s', async (_which, preset, expected) => {
  const ctx = await world(preset)
  const person = await passwordOwner(ctx)
  const caller = await person.caller()
  const add = async (discoverable: boolean) => {
    await ctx.store.transaction(tx => coverFirstPasskey(tx, ctx, caller.session!, caller.session!.evidence[0]!))
    const device = new SoftwareAuthenticator({ origin: ORIGIN })
    const created = await device.create(await passkeyCreationOptions(ctx, caller))
    return addPasskey(ctx, caller, { ...created, clientExtensionResults: { credProps: { rk: discoverable } } })
  }
  const { code } = await add(false).then(
    () => ({ code: null }),
    (error: { code: string }) => error,
  )
  expect(code).toBe(expected)
  expect((await person.facts()).passkeys.map(({ flags }) => flags)).toEqual(expected ? [] : [['not_discoverable']])
  const again = expected ? await add(true) : null
  expect(again?.first).toBe(expected ? true : undefined)
})

test('policy.md §3 a passkey proves its own removal only where no other can', async () => {
  const person = await passkeyOwner(await world('exchange'))
  const { ctx } = person
  const [own] = (await person.facts()).passkeys
  const asked = async () => {
    const options = await stepUpOptions(ctx, await person.caller(), { operation: 'passkey.remove', target: own!.id })
    return options.allowCredentials?.map(({ id }) => id)
  }
  expect(await asked()).toEqual([own!.id])
  await ctx.store.transaction(tx => tx.passkeys.insert({ ...own!, id: 'c2Vjb25k' as CredentialId }))
  expect(await asked()).toEqual(['c2Vjb25k'])
})

describe('H9 password and mailbox against password and app', () => {
  test('the passkey that they bind by a recovery proves lesser: nothing of the owner’s changes before 72 hours', async () => {
    const person = await passwordOwner(await world('exchange'))
    const { ctx } = person
    await SET_UPS['totp.add']!(person, 'email')
    ctx.clock.advance(31_000)
    const asking = await recoverBy(person, { codes: [], totp: '' }, ['password', 'email'], 'ana@example.com')
    const { phone, id } = await bindOn(person, asking)
    expect((await person.facts()).passkeys.find(p => p.id === id)).toMatchObject({ createdVia: 'recovery_lesser' })
    const browser = stranger()
    const done = await signInWithPasskey(ctx, browser, await phone.get(signInOptions(ctx, browser)), null)
    if (done.status !== 'signed_in') throw new Error(done.status)
    const thief = { ...browser, session: await findSession(ctx, done.token.value, false) }
    const purpose = { operation: 'password.change', target: null } as const
    await stepUpWithPasskey(ctx, thief, purpose, await phone.get(await stepUpOptions(ctx, thief, purpose)))
    const asked = ctx.now()
    expect((await changePassword(ctx, thief, 'seven green lanterns drift')).status).toBe('waits')
    expect((await newestMessage(ctx)).template).toBe('change_waits')
    const { pending } = await person.facts()
    expect(pending.map(c => c.class)).toEqual(['lesser', 'lesser'])
    expect(pending.find(c => c.operation === 'password.change')?.effectiveAt).toBeGreaterThan(asked + 71 * HOUR)
  })
})

test('F25 no passkey beyond the limit, though it was asked for while there was still room', async () => {
  const person = await passkeyOwner(await makeCtx({ policy: { preset: 'exchange', maxPasskeys: 2 } }))
  const { ctx } = person
  await person.prove('passkey.add')
  const caller = await person.caller()
  const created = await new SoftwareAuthenticator({ origin: ORIGIN }).create(await passkeyCreationOptions(ctx, caller))
  const [own] = (await person.facts()).passkeys
  await ctx.store.transaction(tx => tx.passkeys.insert({ ...own!, id: 'c2Vjb25k' as CredentialId }))
  expect(await refusal(addPasskey(ctx, caller, created))).toMatchObject({ code: 'passkey_limit', limit: '2' })
  expect(await refusal(passkeyCreationOptions(ctx, caller))).toMatchObject({ code: 'passkey_limit' })
})
