import { SoftwareAuthenticator } from '@latchkey/testing'
import { describe, expect, test } from 'vitest'
import type { Caller } from '../ctx.ts'
import { trustedFromFirstUse } from '../domain/facts.ts'
import { Problem } from '../domain/problems.ts'
import type { Passkey } from '../domain/types.ts'
import { makeCtx, type TestCtx } from '../methods/context.fixture.ts'
import type { CreationOptionsJson } from '../methods/passkey.ts'
import { findSession } from './account/find-session.ts'
import { small, withdraw } from './approvals/approvals.fixture.ts'
import { approvalOptions, approveWithPasskey, createApproval } from './approvals/approvals.ts'
import { freeze } from './freeze/freeze.ts'
import { lock } from './freeze/lock.ts'
import { unfreeze } from './freeze/unfreeze.ts'
import { addPasskey, passkeyCreationOptions } from './passkeys.ts'
import {
  before,
  DAY,
  exchange,
  HOUR,
  havePassword,
  messages,
  ORIGIN,
  PASSWORD,
  type Person,
  passkeyOwner,
  passwordOwner,
  sentCode,
  stranger,
} from './people.fixture.ts'
import { sendStepUpCode, stepUpWithSecret } from './prove/step-up.ts'
import {
  type SignInAsked,
  sendSecondStepCode,
  signInOptions,
  signInWithCode,
  signInWithPasskey,
  signInWithPassword,
  startSignIn,
} from './sign-in.ts'
import { upgradePasskey } from './upgrade.ts'

const product = (): Promise<TestCtx> => makeCtx({ policy: { preset: 'product' }, actions: { withdraw }, limitFactor: 100 })
/** What a browser may answer where nobody was there (WebAuthn L3 §7.1 steps 15 and 16). */
const NOBODY = { userPresent: false, userVerified: false } as const

const refusal = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'done',
    error => (error instanceof Problem ? error.code : String(error)),
  )

interface SignedIn {
  caller: Caller
  upgrade: CreationOptionsJson | null | undefined
}

/** Password, and a code to the mailbox where that is demanded, from a browser that makes passkeys silently. */
async function signIn({ ctx }: Person, email = 'ana@example.com', returnTo: string | null = null, asked: SignInAsked = { upgrade: true }) {
  const asking = stranger()
  await startSignIn(ctx, asking, email, returnTo)
  let done = await signInWithPassword(ctx, asking, PASSWORD, asked)
  if (done.status !== 'signed_in') {
    await sendSecondStepCode(ctx, asking, 'email')
    done = await signInWithCode(ctx, asking, 'email', await sentCode(ctx), asked)
  }
  if (done.status !== 'signed_in') throw new Error(done.status)
  ctx.clock.advance(1000)
  return { caller: { ...asking, session: await findSession(ctx, done.token.value, false) }, upgrade: done.upgrade } satisfies SignedIn
}

async function upgraded(person: Person): Promise<SignedIn & { passkey: Passkey; response: unknown }> {
  const done = await signIn(person)
  const response = await person.phone.create(done.upgrade!, NOBODY)
  const { passkey } = await upgradePasskey(person.ctx, done.caller, response)
  return { ...done, passkey, response }
}

const newest = async (person: Person): Promise<Passkey> => (await person.facts()).passkeys.at(-1)!

/** A sign-in with the passkey on the person's device. */
async function use(person: Person): Promise<Caller> {
  const { ctx } = person
  const asking = stranger()
  const done = await signInWithPasskey(ctx, asking, await person.phone.get(signInOptions(ctx, asking)), null)
  if (done.status !== 'signed_in') throw new Error(done.status)
  return { ...asking, session: await findSession(ctx, done.token.value, false) }
}

describe('F9, J10: a passkey that the browser makes silently after a sign-in with a password', () => {
  test('needs neither presence nor verification, is told, and waits for its first use', async () => {
    const person = await passwordOwner(await exchange())
    const { caller, upgrade, passkey } = await upgraded(person)
    expect(upgrade).toMatchObject({
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
      excludeCredentials: [],
    })
    expect(await newest(person)).toMatchObject({
      id: passkey.id,
      status: 'active',
      flags: ['needs_first_use'],
      createdVia: 'two_steps',
      uvInitialized: false,
      createdSessionId: caller.session!.id,
    })
    expect(await messages(person.ctx)).toContain('passkey_saved ana@example.com')
    expect((await person.facts()).pending).toEqual([])
  })

  test('what it says of its user at its creation counts for nothing', async () => {
    const person = await passwordOwner(await product())
    const { caller, upgrade } = await signIn(person)
    await upgradePasskey(person.ctx, caller, await person.phone.create(upgrade!))
    expect(await newest(person)).toMatchObject({ flags: ['needs_first_use'], uvInitialized: false })
  })

  test('no other creation is spared presence and verification', async () => {
    const person = await passwordOwner(await exchange())
    await person.prove('passkey.add')
    const caller = await person.caller()
    const response = await person.phone.create(await passkeyCreationOptions(person.ctx, caller), NOBODY)
    expect(await refusal(addPasskey(person.ctx, caller, response))).toBe('passkey_rejected')
  })

  test('is trusted from its first verified use, and in `exchange` 24 hours after it', async () => {
    for (const [make, wait] of [
      [product, 0],
      [exchange, 24 * HOUR],
    ] as const) {
      const person = await passwordOwner(await make())
      const { ctx } = person
      await upgraded(person)
      ctx.clock.advance(30 * DAY)
      await use(person)
      expect(await newest(person)).toMatchObject({ flags: [], trustedAt: ctx.now() + wait, uvInitialized: true })
      ctx.clock.advance(HOUR)
      await use(person)
      expect((await newest(person)).trustedAt).toBe(ctx.now() - HOUR + wait)
    }
  })

  test('INV-11 approves nothing before, and the use that asks is none', async () => {
    const person = await passwordOwner(await product())
    const { caller } = await upgraded(person)
    const { ctx } = person
    ctx.clock.advance(3 * DAY)
    const { id } = await createApproval(ctx, caller, { action: 'withdraw', details: small, returnTo: null })
    const approve = async () =>
      approveWithPasskey(ctx, caller, id, await person.phone.get((await approvalOptions(ctx, caller, id)) as never))
    expect(await refusal(approve())).toBe('money_held')
    expect((await newest(person)).flags).toEqual(['needs_first_use'])
    const later = await use(person)
    const again = await createApproval(ctx, later, { action: 'withdraw', details: small, returnTo: null })
    const response = await person.phone.get((await approvalOptions(ctx, later, again.id)) as never)
    expect(await refusal(approveWithPasskey(ctx, later, again.id, response))).toBe('done')
  })

  test('INV-10 while the account is frozen no use is the first, and it unfreezes as what made it', async () => {
    const person = await passwordOwner(await product())
    const { ctx } = person
    const { caller } = await upgraded(person)
    await freeze(ctx, caller)
    const thief = await use(person)
    expect(thief.session!.kind).toBe('frozen')
    expect(await newest(person)).toMatchObject({ flags: ['needs_first_use'], uvInitialized: true })
    await sendStepUpCode(ctx, thief, { operation: 'account.unfreeze', target: null }, 'email')
    await stepUpWithSecret(ctx, thief, { operation: 'account.unfreeze', target: null }, 'email', await sentCode(ctx))
    const outcome = await unfreeze(ctx, {
      ...thief,
      session: { ...(await ctx.store.read.sessions.get(thief.session!.id))!, kind: 'frozen' },
    })
    expect(outcome).toMatchObject({ status: 'waits', until: ctx.now() + 24 * HOUR })
    ctx.clock.advance(25 * HOUR)
    await use(person)
    expect(await newest(person)).toMatchObject({ flags: [], trustedAt: ctx.now() })
  })

  test('its trust begins when the owner’s lock of settings is over', async () => {
    const person = await passkeyOwner(await product(), 'ana@example.com')
    const { ctx } = person
    const [own] = (await person.facts()).passkeys
    const silent = { ...own!, flags: ['needs_first_use'], createdVia: 'two_steps', trustedAt: ctx.now() } as Passkey
    await ctx.store.transaction(tx => tx.passkeys.insert({ ...silent, id: 'c2lsZW50' as Passkey['id'] }))
    await person.prove('account.lock', 'passkey', 'settings.3')
    const until = await lock(ctx, await person.caller(), { scope: 'settings', days: 3 })
    const first = (trustedAt: number) => ctx.store.transaction(tx => tx.passkeys.firstUsed(person.accountId, silent.id, trustedAt))
    expect(await first(until)).toBe(false)
    expect(trustedFromFirstUse(silent, (await person.facts()).account, ctx.config.policy, ctx.now())).toBe(until)
  })

  test('a clock that began anew meanwhile is not shortened by a first use', async () => {
    const person = await passwordOwner(await product())
    const { ctx, accountId } = person
    const { passkey } = await upgraded(person)
    const later = ctx.now() + 72 * HOUR
    await ctx.store.transaction(tx => tx.passkeys.startClock(accountId, passkey.id, later))
    await use(person)
    expect(await newest(person)).toMatchObject({ flags: [], trustedAt: later })
  })
})

describe('F9: who gets no options', () => {
  const offered = async (person: Person, ...more: [string?, (string | null)?, SignInAsked?]): Promise<boolean> =>
    !!(await signIn(person, ...more)).upgrade

  test('a browser that does not ask', async () => {
    expect(await offered(await passwordOwner(await exchange()), undefined, null, {})).toBe(false)
  })

  test('beside a trusted passkey, whose owner would have to undo it', async () => {
    const person = await passkeyOwner(await exchange(), 'ana@example.com')
    await havePassword(person)
    expect(await offered(person)).toBe(false)
  })

  test('who is on the way to an approval, or to create one anyway', async () => {
    const person = await passwordOwner(await exchange())
    expect(await offered(person, undefined, '/approve/abc')).toBe(false)
    expect(await offered(person, undefined, '/account/passkeys/new')).toBe(false)
    expect(await offered(person, undefined, '/shop')).toBe(true)
  })

  test('a frozen account', async () => {
    const person = await passwordOwner(await exchange())
    await freeze(person.ctx, (await signIn(person)).caller)
    expect(await offered(person)).toBe(false)
  })

  test('one whose first use the host would doubt', async () => {
    const ctx = await makeCtx({ policy: { preset: 'exchange', onAnomaly: { verification_gained: 'one_step' } }, limitFactor: 100 })
    expect(await offered(await passwordOwner(ctx))).toBe(false)
  })

  test('one with as many passkeys as it may have', async () => {
    const ctx = await makeCtx({ policy: { preset: 'exchange', maxPasskeys: 1 }, limitFactor: 100 })
    const person = await passwordOwner(ctx)
    await upgraded(person)
    expect(await offered(person)).toBe(false)
  })

  test('a second time the same provider, which has one', async () => {
    const person = await passwordOwner(await exchange())
    const { passkey } = await upgraded(person)
    const { upgrade } = await signIn(person)
    expect(upgrade!.excludeCredentials).toMatchObject([{ id: passkey.id }])
  })
})

describe('F9: who comes with what is not theirs', () => {
  test('the cookie alone makes none, right after the sign-in', async () => {
    const person = await passwordOwner(await exchange())
    const { ctx } = person
    const { caller } = await signIn(person)
    const thief = new SoftwareAuthenticator({ origin: ORIGIN })
    const forged = { challenge: Buffer.alloc(54).toString('base64url'), rp: { id: ctx.config.rp.id, name: 'x' } }
    const own = await person.phone.create({ ...(await signIn(person)).upgrade!, ...forged }, NOBODY)
    expect(await refusal(upgradePasskey(ctx, caller, own))).toBe('challenge_expired')
    expect(await refusal(passkeyCreationOptions(ctx, caller))).toBe('step_up_required')
    await person.prove('passkey.add')
    const asked = await thief.create(await passkeyCreationOptions(ctx, await person.caller()))
    expect(await refusal(upgradePasskey(ctx, await person.caller(), asked))).toBe('challenge_expired')
    expect((await person.facts()).passkeys).toEqual([])
  })

  test('INV-3 the challenge serves its own session, its own creation, once, for a minute', async () => {
    const person = await passwordOwner(await exchange())
    const { ctx } = person
    const one = await signIn(person)
    const other = await signIn(person)
    const response = await person.phone.create(one.upgrade!, NOBODY)
    expect(await refusal(upgradePasskey(ctx, other.caller, response))).toBe('challenge_expired')
    expect(await refusal(addPasskey(ctx, one.caller, await person.phone.create(one.upgrade!)))).toBe('challenge_expired')
    expect(await refusal(upgradePasskey(ctx, one.caller, response))).toBe('done')
    expect(await refusal(upgradePasskey(ctx, one.caller, response))).toBe('step_up_required')
    const late = await new SoftwareAuthenticator({ origin: ORIGIN }).create(other.upgrade!, NOBODY)
    ctx.clock.advance(60_000)
    expect(await refusal(upgradePasskey(ctx, other.caller, late))).toBe('challenge_expired')
  })

  test('INV-9 the sign-in that made one covers neither another passkey nor recovery codes', async () => {
    const person = await passwordOwner(await exchange())
    const { ctx } = person
    const { caller } = await upgraded(person)
    expect(await refusal(passkeyCreationOptions(ctx, caller))).toBe('step_up_required')
    const grant = (operation: 'passkey.add' | 'recovery_codes.add', target: string | null) =>
      ctx.store.read.grants.find(caller.session!.id, operation, target, ctx.now())
    expect([await grant('passkey.add', null), await grant('passkey.add', 'unasked'), await grant('recovery_codes.add', null)]).toEqual([
      null,
      null,
      null,
    ])
  })

  test('a session that ended, an account that was frozen or locked, or got a trusted passkey meanwhile', async () => {
    const meanwhile = async (happens: (person: Person, caller: Caller) => Promise<unknown>): Promise<string> => {
      const person = await passwordOwner(await exchange())
      const { caller, upgrade } = await signIn(person)
      const response = await person.phone.create(upgrade!, NOBODY)
      return refusal(
        upgradePasskey(
          before(person.ctx, () => happens(person, caller)),
          caller,
          response,
        ),
      )
    }
    const set = (person: Person, fields: object) =>
      person.ctx.store.transaction(tx => tx.accounts.update(person.accountId, fields as never))
    expect(
      await meanwhile(({ ctx, accountId }, { session }) =>
        ctx.store.transaction(tx => tx.sessions.end(accountId, session!.id, ctx.now(), 'sign_out')),
      ),
    ).toBe('unauthenticated')
    expect(await meanwhile(person => set(person, { status: 'frozen', frozenAt: person.ctx.now() }))).toBe('account_frozen')
    expect(await meanwhile(person => set(person, { lockedUntil: person.ctx.now() + DAY, lockScope: 'settings' }))).toBe('account_locked')
    expect(
      await meanwhile(async person => {
        await person.prove('passkey.add')
        const device = new SoftwareAuthenticator({ origin: ORIGIN })
        const made = await addPasskey(
          person.ctx,
          await person.caller(),
          await device.create(await passkeyCreationOptions(person.ctx, await person.caller())),
        )
        await person.ctx.store.transaction(tx => tx.passkeys.startClock(person.accountId, made.passkey.id, person.ctx.now()))
      }),
    ).toBe('refused_by_policy')
  })
})
