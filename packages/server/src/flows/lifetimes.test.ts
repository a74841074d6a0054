import { SoftwareAuthenticator, totpFromUri } from '@latchkey/testing'
import { describe, expect, test } from 'vitest'
import type { Caller } from '../ctx.ts'
import type { PresetName } from '../domain/policy.ts'
import { Problem } from '../domain/problems.ts'
import type { SessionId } from '../domain/types.ts'
import { makeCtx, refusal, type TestCtx } from '../methods/context.fixture.ts'
import { lockAccount } from './account/account.ts'
import { findSession } from './account/find-session.ts'
import { newSession, rotateSession } from './account/session.ts'
import { endOtherSessions } from './account/sessions.ts'
import { beginAddress, confirmAddress } from './addresses.ts'
import { details, withdraw } from './approvals/approvals.fixture.ts'
import { approvalOptions, approveWithPasskey, consumeApproval, createApproval } from './approvals/approvals.ts'
import { beginTotp, confirmTotp, totpSetUp } from './factors.ts'
import { addPasskey, passkeyCreationOptions, renamePasskey } from './passkeys.ts'
import { changePassword, proveForgotten, startForgotten } from './password.ts'
import {
  DAY,
  HOUR,
  havePassword,
  ORIGIN,
  OTHER_PASSWORD,
  PASSWORD,
  type Person,
  passkeyOwner,
  passwordOwner,
  sentCode,
  stranger,
} from './people.fixture.ts'
import { sendStepUpCode, stepUpOptions, stepUpWithPasskey, stepUpWithSecret, takeGrant } from './prove/step-up.ts'
import { recoverWithPasskey, recoveryCreationOptions } from './recovery/bind.ts'
import { haveEverything, recoverBy } from './recovery/recovery.fixture.ts'
import {
  secondStepOptions,
  sendSecondStepCode,
  signInOptions,
  signInWithCode,
  signInWithPasskey,
  signInWithPasskeyAsSecondStep,
  signInWithPassword,
  startSignIn,
} from './sign-in.ts'
import { confirmSignUpCode, signUpCreationOptions, signUpWithPasskey, startSignUp } from './sign-up.ts'
import { tryOptions, tryPasskey } from './try.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND

/** Something that was begun, when its time began, and how it is used. */
interface Begun {
  from: number
  /** Fails, or returns null or false, when its time is over. */
  use(): Promise<unknown>
}
type Begin = (ctx: TestCtx) => Promise<Begun>

const owner = async (ctx: TestCtx): Promise<Person> => {
  const person = await passkeyOwner(ctx)
  await havePassword(person)
  return person
}
const CHANGE = { operation: 'password.change', target: null } as const

/** A session that is seen as often as its idle time asks for. */
const session =
  (kind: 'full' | 'recovery'): Begin =>
  async ctx => {
    const person = await passwordOwner(ctx)
    const evidence = (await person.caller()).session!.evidence
    const { row, token } = newSession(ctx, stranger(), { facts: await person.facts(), evidence, credentialId: null, kind, founding: false })
    await ctx.store.transaction(tx => tx.sessions.insert(row))
    return {
      from: ctx.now(),
      async use() {
        await ctx.store.transaction(tx => tx.sessions.touch(row.id, ctx.now() - 1))
        return findSession(ctx, token.value, false)
      },
    }
  }

const idle: Begin = async ctx => {
  const person = await passwordOwner(ctx)
  const proof = { facts: await person.facts(), evidence: [], credentialId: null, kind: 'full', founding: false } as const
  const { row, token } = newSession(ctx, stranger(), { ...proof, evidence: [] })
  await ctx.store.transaction(tx => tx.sessions.insert(row))
  return { from: ctx.now(), use: () => findSession(ctx, token.value, false) }
}

const previousToken: Begin = async ctx => {
  const person = await passwordOwner(ctx)
  const proof = { facts: await person.facts(), evidence: [], credentialId: null, kind: 'full', founding: false } as const
  const { row, token } = newSession(ctx, stranger(), { ...proof, evidence: [] })
  await ctx.store.transaction(async tx => {
    await tx.sessions.insert(row)
    await rotateSession(tx, ctx, row.id)
  })
  expect(await refusal(findSession(ctx, token.value, true))).toMatchObject({ code: 'session_rotated' })
  return { from: ctx.now(), use: () => findSession(ctx, token.value, false) }
}

/** What a sign-in, made now, may do by its own evidence. */
const evidence =
  (act: (ctx: TestCtx, caller: Caller, person: Person) => Promise<unknown>): Begin =>
  async ctx => {
    const person = await owner(ctx)
    const asking = stranger()
    const done = await signInWithPasskey(ctx, asking, await person.phone.get(signInOptions(ctx, asking)), null)
    const from = ctx.now()
    if (done.status !== 'signed_in') throw new Error(done.status)
    const { id } = (await findSession(ctx, done.token.value, false))!
    return { from, use: async () => act(ctx, { ...asking, session: await ctx.store.read.sessions.get(id) }, person) }
  }

const afterPassword = async (ctx: TestCtx): Promise<{ person: Person; asking: Caller }> => {
  const person = await owner(ctx)
  const asking = stranger()
  await startSignIn(ctx, asking, 'mei@example.com', null)
  await signInWithPassword(ctx, asking, PASSWORD)
  return { person, asking }
}

/** The founding session's grace: a ceremony by its strongest method is trusted. */
const founding: Begin = async ctx => {
  const { caller, phone } = await signedUp(ctx)
  return {
    from: ctx.now(),
    async use() {
      const now = async () => ({ ...caller, session: await ctx.store.read.sessions.get(caller.session!.id as SessionId) })
      const at = ctx.now()
      // so that not the passkey itself, trusted since its founding, makes it trusted
      await ctx.store.transaction(tx => tx.passkeys.suspend(caller.session!.accountId, phone, ctx.now(), 'trusted'))
      await sendStepUpCode(ctx, await now(), CHANGE, 'email')
      await stepUpWithSecret(ctx, await now(), CHANGE, 'email', await sentCode(ctx))
      ctx.clock.set(at)
      const grant = await ctx.store.transaction(async tx =>
        takeGrant({ tx, ctx, facts: await lockAccount(tx, ctx, caller.session!.accountId), session: (await now()).session! }, CHANGE),
      )
      return grant.proofClass === 'trusted'
    },
  }
}

async function signedUp(ctx: TestCtx) {
  const asking = stranger()
  await startSignUp(ctx, asking, 'new@example.com', null)
  await confirmSignUpCode(ctx, asking, await sentCode(ctx))
  const device = new SoftwareAuthenticator({ origin: ORIGIN })
  const done = await signUpWithPasskey(ctx, asking, await device.create(await signUpCreationOptions(ctx, asking)))
  return { caller: { ...asking, session: await findSession(ctx, done.token.value, false) }, phone: done.passkey!.id, device }
}

/** How long each thing is good for, written by hand; policy.md and architecture.md say why. */
const LIFETIMES: [what: string, lifetimeMs: number, begin: Begin, preset?: PresetName][] = [
  ['a session, product', 30 * DAY, session('full'), 'product'],
  ['a session, exchange', 30 * DAY, session('full')],
  ['a session, strict', DAY, session('full'), 'strict'],
  ['a session that nobody uses, product', 7 * DAY, idle, 'product'],
  ['a session that nobody uses, exchange', 7 * DAY, idle],
  ['a session that nobody uses, strict', HOUR, idle, 'strict'],
  ['a recovery session', 30 * MINUTE, session('recovery')],
  ['the token before a rotation, for reading', 10 * SECOND, previousToken],
  ['the founding hour', HOUR, founding],
  [
    'evidence for a new name',
    15 * MINUTE + 1,
    evidence(async (ctx, caller, person) => renamePasskey(ctx, caller, (await person.facts()).passkeys[0]!.id, 'Mine')),
  ],
  ['evidence for signing the others out', 5 * MINUTE + 1, evidence(async (ctx, caller) => (await endOtherSessions(ctx, caller)) > 0)],
  [
    'a grant',
    5 * MINUTE,
    async ctx => {
      const person = await owner(ctx)
      await person.prove('password.change')
      return { from: ctx.now(), use: async () => changePassword(ctx, await person.caller(), OTHER_PASSWORD) }
    },
  ],
  [
    'the challenge of a sign-in',
    5 * MINUTE,
    async ctx => {
      const person = await owner(ctx)
      const asking = stranger()
      const response = await person.phone.get(signInOptions(ctx, asking))
      return { from: ctx.now(), use: () => signInWithPasskey(ctx, asking, response, null) }
    },
  ],
  [
    'the challenge of a second step',
    5 * MINUTE,
    async ctx => {
      const { person, asking } = await afterPassword(ctx)
      const response = await person.phone.get(await secondStepOptions(ctx, asking))
      return { from: ctx.now(), use: () => signInWithPasskeyAsSecondStep(ctx, asking, response) }
    },
  ],
  [
    'the challenge of a step-up',
    5 * MINUTE,
    async ctx => {
      const person = await owner(ctx)
      const response = await person.phone.get(await stepUpOptions(ctx, await person.caller(), CHANGE))
      return { from: ctx.now(), use: async () => stepUpWithPasskey(ctx, await person.caller(), CHANGE, response) }
    },
  ],
  [
    'the challenge of the device check',
    5 * MINUTE,
    async ctx => {
      const asking = stranger()
      const device = new SoftwareAuthenticator({ origin: ORIGIN })
      const { create, get } = tryOptions(ctx, asking)
      const [created, used] = [await device.create(create), await device.get(get)]
      return { from: ctx.now(), use: async () => tryPasskey(ctx, asking, created, used) }
    },
  ],
  [
    'what is kept of a sign-up that nobody finishes',
    DAY + 1,
    async ctx => {
      await startSignUp(ctx, stranger(), 'new@example.com', null)
      return { from: ctx.now(), use: () => ctx.store.transaction(async tx => (await tx.signUps.purge(ctx.now(), 10)) === 0) }
    },
  ],
  [
    'the challenge of a creation',
    10 * MINUTE,
    async ctx => {
      const person = await owner(ctx)
      await person.prove('passkey.add')
      const device = new SoftwareAuthenticator({ origin: ORIGIN })
      const response = await device.create(await passkeyCreationOptions(ctx, await person.caller()))
      const from = ctx.now()
      const use = async () => {
        // the grant lives for five minutes only: the person proves once more
        await person.prove('passkey.add')
        return addPasskey(ctx, await person.caller(), response)
      }
      return { from, use }
    },
  ],
  [
    'the challenge of a recovery',
    10 * MINUTE,
    async ctx => {
      const person = await owner(ctx)
      const asking = await recoverBy(person, { codes: [], totp: '' }, ['password', 'email'])
      const device = new SoftwareAuthenticator({ origin: ORIGIN })
      const response = await device.create(await recoveryCreationOptions(ctx, asking))
      return { from: ctx.now(), use: () => recoverWithPasskey(ctx, asking, response) }
    },
  ],
  [
    'an approval, until it is decided',
    5 * MINUTE,
    async ctx => {
      const person = await owner(ctx)
      const { id } = await createApproval(ctx, await person.caller(), { action: 'withdraw', details, returnTo: null })
      const response = await person.phone.get(await approvalOptions(ctx, await person.caller(), id))
      return { from: ctx.now(), use: async () => approveWithPasskey(ctx, await person.caller(), id, response) }
    },
  ],
  [
    'an approval, until it is redeemed',
    15 * MINUTE,
    async ctx => {
      const person = await owner(ctx)
      const { id } = await createApproval(ctx, await person.caller(), { action: 'withdraw', details, returnTo: null })
      await approveWithPasskey(
        ctx,
        await person.caller(),
        id,
        await person.phone.get(await approvalOptions(ctx, await person.caller(), id)),
      )
      return { from: ctx.now(), use: () => consumeApproval(ctx, person.accountId, id, details) }
    },
  ],
  [
    'a code',
    10 * MINUTE,
    async ctx => {
      const person = await owner(ctx)
      const from = ctx.now()
      await sendStepUpCode(ctx, await person.caller(), CHANGE, 'email')
      const code = await sentCode(ctx)
      return { from, use: async () => stepUpWithSecret(ctx, await person.caller(), CHANGE, 'email', code) }
    },
  ],
  [
    'what was begun at the door',
    10 * MINUTE,
    async ctx => {
      await owner(ctx)
      const asking = stranger()
      await startSignIn(ctx, asking, 'mei@example.com', null)
      return { from: ctx.now(), use: () => signInWithPassword(ctx, asking, PASSWORD) }
    },
  ],
  [
    'a first right step of a sign-in',
    10 * MINUTE,
    async ctx => {
      const { asking } = await afterPassword(ctx)
      const from = ctx.now()
      ctx.clock.advance(MINUTE)
      await sendSecondStepCode(ctx, asking, 'email')
      const code = await sentCode(ctx)
      return { from, use: () => signInWithCode(ctx, asking, 'email', code) }
    },
  ],
  [
    'a confirmed address of a sign-up',
    10 * MINUTE,
    async ctx => {
      const asking = stranger()
      await startSignUp(ctx, asking, 'new@example.com', null)
      const code = await sentCode(ctx)
      const from = ctx.now()
      await confirmSignUpCode(ctx, asking, code)
      return { from, use: () => signUpCreationOptions(ctx, asking) }
    },
  ],
  [
    'a forgotten password, after its mail',
    10 * MINUTE,
    async ctx => {
      const person = await passkeyOwner(ctx)
      const kept = await haveEverything(person)
      const asking = stranger()
      await startForgotten(ctx, asking, 'mei@example.com')
      const code = await sentCode(ctx)
      const from = ctx.now()
      await proveForgotten(ctx, asking, 'email', code)
      return { from, use: async () => proveForgotten(ctx, asking, 'totp', await totpFromUri(kept.totp, ctx.now())).then(() => true) }
    },
  ],
  [
    'an app that is being set up',
    10 * MINUTE,
    async ctx => {
      const person = await owner(ctx)
      await person.prove('totp.add')
      await beginTotp(ctx, await person.caller())
      const { uri } = (await totpSetUp(ctx, await person.caller()))!
      return { from: ctx.now(), use: async () => confirmTotp(ctx, await person.caller(), await totpFromUri(uri, ctx.now())) }
    },
  ],
  [
    'an address that is being set up',
    10 * MINUTE,
    async ctx => {
      const person = await owner(ctx)
      await person.prove('email.replace')
      const from = ctx.now()
      await beginAddress(ctx, await person.caller(), 'email', 'new@example.com')
      const code = await sentCode(ctx)
      return { from, use: async () => confirmAddress(ctx, await person.caller(), 'email', code) }
    },
  ],
]

/** Whether it still does its work. */
async function works(use: Begun['use']): Promise<boolean> {
  const result = await use().catch((error: unknown) => error)
  if (result instanceof Error && !(result instanceof Problem)) throw result
  return !(result instanceof Problem || result === null || result === false)
}

describe('INV-3, INV-5, INV-8 how long a thing is good for, to the millisecond', () => {
  test.each(LIFETIMES)('%s', async (_what, lifetimeMs, begin, preset: PresetName = 'exchange') => {
    const at = async (ms: number): Promise<boolean> => {
      const ctx = await makeCtx({ policy: { preset }, actions: { withdraw }, limitFactor: 100 })
      const { from, use } = await begin(ctx)
      ctx.clock.set(from + ms)
      return works(use)
    }
    expect([await at(lifetimeMs - 1), await at(lifetimeMs)]).toEqual([true, false])
  })
})
