import { randomBytes } from 'node:crypto'
import { SoftwareAuthenticator } from '@latchkey/testing'
import { describe, expect, test } from 'vitest'
import type { Caller } from '../ctx.ts'
import { Problem } from '../domain/problems.ts'
import { makeCtx, refusal, type TestCtx } from '../methods/context.fixture.ts'
import { findSession } from './account/find-session.ts'
import { beginAddress, confirmAddress, resendAddressCode } from './addresses.ts'
import { details, withdraw } from './approvals/approvals.fixture.ts'
import { approvalOptions, approveWithPasskey, createApproval } from './approvals/approvals.ts'
import { addPasskey, passkeyCreationOptions } from './passkeys.ts'
import { proveForgotten, resendForgotten, startForgotten } from './password.ts'
import { havePassword, ORIGIN, PASSWORD, type Person, passkeyOwner, sentCode, stranger } from './people.fixture.ts'
import { type Purpose, sendStepUpCode, stepUpOptions, stepUpWithPasskey, stepUpWithSecret } from './prove/step-up.ts'
import { recoverWithPasskey, recoveryCreationOptions } from './recovery/bind.ts'
import { recoverBy } from './recovery/recovery.fixture.ts'
import { proveRecovery, sendRecoveryCode, startRecovery } from './recovery/recovery.ts'
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
import { confirmSignUpCode, resendSignUpCode, signUpCreationOptions, signUpWithPasskey, startSignUp } from './sign-up.ts'
import { tryOptions } from './try.ts'

const MAIL = 'mei@example.com'
const NEIGHBOUR = 'nic@example.com'
const ADD: Purpose = { operation: 'passkey.add', target: null }
const REMOVE: Purpose = { operation: 'totp.remove', target: null }
const RENAME: Purpose = { operation: 'passkey.rename', target: 'one' }
const RENAME_OTHER: Purpose = { operation: 'passkey.rename', target: 'other' }

/** One person who stands at every door at once. */
interface Doors {
  ctx: TestCtx
  person: Person
  /** Somebody else, with an account of their own. */
  neighbour: Person
  /** A browser before sign-in, and another one. */
  door: Caller
  otherDoor: Caller
  /** Two past a right password. */
  half: Caller
  otherHalf: Caller
  /** Two sessions. */
  own: Caller
  other: Caller
}

async function passPassword(ctx: TestCtx, asking: Caller, mail = MAIL): Promise<Caller> {
  await startSignIn(ctx, asking, mail, null)
  await signInWithPassword(ctx, asking, PASSWORD)
  return asking
}

async function signIn({ ctx, phone }: Person): Promise<Caller> {
  const asking = stranger()
  const done = await signInWithPasskey(ctx, asking, await phone.get(signInOptions(ctx, asking)), null)
  if (done.status !== 'signed_in') throw new Error(done.status)
  return { ...asking, session: await findSession(ctx, done.token.value, false) }
}

async function doors(): Promise<Doors> {
  const ctx = await makeCtx({ policy: { preset: 'exchange' }, actions: { withdraw }, limitFactor: 100 })
  const [neighbour, person] = [await passkeyOwner(ctx, NEIGHBOUR), await passkeyOwner(ctx)]
  await havePassword(neighbour)
  await havePassword(person)
  const half = await passPassword(ctx, stranger())
  const otherHalf = await passPassword(ctx, stranger())
  const sessions = { own: await signIn(person), other: await signIn(person) }
  return { ctx, person, neighbour, door: stranger(), otherDoor: stranger(), half, otherHalf, ...sessions }
}

/** Where a challenge is given out, and where an answer to it is taken. */
interface Place {
  options(): Promise<object> | object
  /** Left out where nothing is taken for an account. */
  redeem?(response: unknown): Promise<unknown>
  creates?: true
  /** Opens the door again behind an answer that was taken, where that has a lock of its own. */
  again?(): Promise<unknown>
  /** What the same answer gets then. */
  spent?: string
}

const stepUpAt = ({ ctx }: Doors, caller: Caller, purpose: Purpose): Place => ({
  options: () => stepUpOptions(ctx, caller, purpose),
  redeem: response => stepUpWithPasskey(ctx, caller, purpose, response),
  spent: 'challenge_expired',
})
const signInAt = ({ ctx }: Doors, caller: Caller): Place => ({
  options: () => signInOptions(ctx, caller),
  redeem: response => signInWithPasskey(ctx, caller, response, null),
  spent: 'challenge_expired',
})
const secondAt = ({ ctx }: Doors, caller: Caller): Place => ({
  options: () => secondStepOptions(ctx, caller),
  redeem: response => signInWithPasskeyAsSecondStep(ctx, caller, response),
  again: () => passPassword(ctx, caller),
  spent: 'challenge_expired',
})
const createAt = ({ ctx }: Doors, caller: Caller, prove: () => Promise<unknown>): Place => ({
  options: () => passkeyCreationOptions(ctx, caller),
  redeem: response => addPasskey(ctx, caller, response),
  creates: true,
  again: prove,
  spent: 'challenge_expired',
})
async function approvalAt({ ctx, own }: Doors): Promise<Place> {
  const { id } = await createApproval(ctx, own, { action: 'withdraw', details, returnTo: null })
  return {
    options: () => approvalOptions(ctx, own, id),
    redeem: response => approveWithPasskey(ctx, own, id, response),
    spent: 'approval_decided',
  }
}

async function signUpAt({ ctx }: Doors, asking: Caller): Promise<Place> {
  await startSignUp(ctx, asking, 'new@example.com', null)
  await confirmSignUpCode(ctx, asking, await sentCode(ctx))
  return {
    options: () => signUpCreationOptions(ctx, asking),
    redeem: response => signUpWithPasskey(ctx, asking, response),
    creates: true,
    spent: 'form_expired',
  }
}

/** The neighbour's: it pauses money. */
async function recoveryAt({ ctx, neighbour }: Doors): Promise<Place> {
  const asking = await recoverBy(neighbour, { codes: [], totp: '' }, ['password', 'email'], NEIGHBOUR)
  return {
    options: () => recoveryCreationOptions(ctx, asking),
    redeem: response => recoverWithPasskey(ctx, asking, response),
    creates: true,
    spent: 'form_expired',
  }
}

async function places(at: Doors): Promise<Record<string, Place>> {
  const { ctx, person, own, other } = at
  const prove = (caller: Caller) => async () => {
    await stepUpWithPasskey(ctx, caller, ADD, await person.phone.get(await stepUpOptions(ctx, caller, ADD)))
  }
  await prove(own)()
  await prove(other)()
  return {
    'sign-in': signInAt(at, at.door),
    'sign-in of another browser': signInAt(at, at.otherDoor),
    'trying out, in the browser of the sign-in': { options: () => tryOptions(ctx, at.door).get },
    'second step': secondAt(at, at.half),
    'second step of another browser': secondAt(at, at.otherHalf),
    'step-up': stepUpAt(at, own, REMOVE),
    'step-up of another session': stepUpAt(at, other, REMOVE),
    'step-up for another operation': stepUpAt(at, own, { operation: 'totp.replace', target: null }),
    'step-up for a target': stepUpAt(at, own, RENAME),
    'step-up for another target': stepUpAt(at, own, RENAME_OTHER),
    approval: await approvalAt(at),
    'another approval': await approvalAt(at),
    creation: createAt(at, own, prove(own)),
    'creation of another session': createAt(at, other, prove(other)),
    'sign-up': await signUpAt(at, stranger()),
    recovery: await recoveryAt(at),
  }
}

const challengeOf = async (place: Place): Promise<string> => ((await place.options()) as { challenge: string }).challenge

/** What is signed or made at one place, over a challenge of whatever place. */
async function answer(phone: SoftwareAuthenticator, place: Place, challenge: string): Promise<unknown> {
  const asked = { ...(await place.options()), challenge } as never
  return place.creates ? new SoftwareAuthenticator({ origin: ORIGIN }).create(asked) : phone.get(asked)
}

/** The code of a refusal, null where it was taken. */
async function refused(taken: Promise<unknown>): Promise<string | null> {
  try {
    await taken
    return null
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return error.code
  }
}

describe('INV-3, INV-9, V-14 a challenge', () => {
  test('is taken where it was given out, for this browser or session, operation, target and account, and nowhere else', async () => {
    const at = await doors()
    const all = Object.entries(await places(at))
    const taken: string[] = []
    for (const [from, given] of all)
      for (const [to, asked] of all) {
        if (from === to || !asked.redeem) continue
        const code = await refused(asked.redeem(await answer(at.person.phone, asked, await challengeOf(given))))
        if (!['challenge_expired', 'passkey_rejected', 'approval_changed'].includes(String(code))) taken.push(`${from} → ${to}: ${code}`)
      }
    expect(taken).toEqual([])
  })

  test('is taken once, at each of them', async () => {
    const at = await doors()
    const all = Object.entries(await places(at)).filter(([, place]) => place.redeem)
    const answers: [string, string | null, string | null | undefined][] = []
    for (const [name, place] of all) {
      const response = await answer(at.person.phone, place, await challengeOf(place))
      const first = await refused(place.redeem!(response))
      await place.again?.()
      answers.push([name, first, await refused(place.redeem!(response))])
    }
    expect(answers).toEqual(all.map(([name, { spent }]) => [name, null, spent]))
  })

  test('of a second step is for the account whose password was right, also in one browser', async () => {
    const { ctx, neighbour, half } = await doors()
    const { challenge } = await secondStepOptions(ctx, half)
    await passPassword(ctx, half, NEIGHBOUR)
    const response = await neighbour.phone.get({ ...(await secondStepOptions(ctx, half)), challenge })
    expect(await refusal(signInWithPasskeyAsSecondStep(ctx, half, response))).toMatchObject({ code: 'challenge_expired' })
  })

  test('is ours: another one of the same form, and one of another form, are refused at each place', async () => {
    const at = await doors()
    const codes: (string | null)[] = []
    for (const place of Object.values(await places(at)).filter(one => one.redeem))
      for (const forged of [randomBytes(54), randomBytes(32)])
        codes.push(await refused(place.redeem!(await answer(at.person.phone, place, forged.toString('base64url')))))
    expect(new Set(codes)).toEqual(new Set(['challenge_expired', 'passkey_rejected', 'approval_changed']))
  })
})

/** Where a code is sent, and where it is typed in. */
interface CodePlace {
  send(): Promise<unknown>
  type(code: string): Promise<unknown>
}

const stepUpCode = ({ ctx }: Doors, caller: Caller, purpose: Purpose): CodePlace => ({
  send: () => sendStepUpCode(ctx, caller, purpose, 'email'),
  type: code => stepUpWithSecret(ctx, caller, purpose, 'email', code),
})
const secondCode = ({ ctx }: Doors, caller: Caller): CodePlace => ({
  send: () => sendSecondStepCode(ctx, caller, 'email'),
  type: code => signInWithCode(ctx, caller, 'email', code),
})

/** Begun in one browser where that can be, so that only its purpose tells a code from the others. */
async function codePlaces(at: Doors): Promise<Record<string, CodePlace>> {
  const { ctx, person, door, own, other } = at
  const [signUp, recovery, forgotten, otherSignUp] = [{ ...door }, { ...door }, { ...door }, stranger()]
  await startSignUp(ctx, signUp, 'new@example.com', null)
  await startSignUp(ctx, otherSignUp, 'new@example.com', null)
  await startRecovery(ctx, recovery, MAIL)
  await startForgotten(ctx, forgotten, MAIL)
  await person.prove('email.replace')
  const home = await person.caller()
  await beginAddress(ctx, home, 'email', 'new@example.com')
  return {
    'sign-up': { send: () => resendSignUpCode(ctx, signUp), type: code => confirmSignUpCode(ctx, signUp, code) },
    'sign-up in another browser': {
      send: () => resendSignUpCode(ctx, otherSignUp),
      type: code => confirmSignUpCode(ctx, otherSignUp, code),
    },
    recovery: { send: () => sendRecoveryCode(ctx, recovery, 'email'), type: code => proveRecovery(ctx, recovery, 'email', code) },
    'forgotten password': {
      send: () => resendForgotten(ctx, forgotten, 'email'),
      type: code => proveForgotten(ctx, forgotten, 'email', code),
    },
    'second step': secondCode(at, at.half),
    'second step of another browser': secondCode(at, at.otherHalf),
    'a new address': {
      send: () => resendAddressCode(ctx, home, 'email'),
      type: code => confirmAddress(ctx, home, 'email', code),
    },
    'step-up, in the session of the new address': stepUpCode(at, home, REMOVE),
    'step-up': stepUpCode(at, own, REMOVE),
    'step-up of another session': stepUpCode(at, other, REMOVE),
    'step-up for another operation': stepUpCode(at, own, { operation: 'totp.replace', target: null }),
    'step-up for a target': stepUpCode(at, own, RENAME),
    'step-up for another target': stepUpCode(at, own, RENAME_OTHER),
  }
}

describe('INV-5, INV-9, INV-12 a code', () => {
  test('is taken where it was asked for, for this browser or session, operation, target and address, and nowhere else', async () => {
    const at = await doors()
    const all = Object.entries(await codePlaces(at))
    const taken: string[] = []
    for (const [from, given] of all) {
      await given.send()
      const code = await sentCode(at.ctx)
      for (const [to, asked] of all) {
        if (from === to) continue
        const answered = await refused(asked.type(code))
        if (answered !== 'code_expired' && answered !== 'code_wrong') taken.push(`${from} → ${to}: ${answered}`)
      }
    }
    expect(taken).toEqual([])
  })

  test('is taken once, at each of them', async () => {
    const at = await doors()
    const all = Object.entries(await codePlaces(at))
    const answers: [string, string | null, boolean][] = []
    for (const [name, place] of all) {
      await place.send()
      const code = await sentCode(at.ctx)
      answers.push([name, await refused(place.type(code)), (await refused(place.type(code))) !== null])
    }
    expect(answers).toEqual(all.map(([name]) => [name, null, true]))
  })
})
