import { SoftwareAuthenticator, totpFromUri } from '@latchkey/testing'
import { describe, expect, test } from 'vitest'
import type { Caller } from '../ctx.ts'
import type { CodeMethod } from '../domain/methods.ts'
import type { Operation } from '../domain/policy.ts'
import { Problem } from '../domain/problems.ts'
import { findSession } from './account/find-session.ts'
import { beginAddress, confirmAddress } from './addresses.ts'
import { small } from './approvals/approvals.fixture.ts'
import { approvalOptions, approveWithPasskey, approveWithTwoSteps, createApproval } from './approvals/approvals.ts'
import { lock } from './freeze/lock.ts'
import { addPasskey, passkeyCreationOptions, removePasskey } from './passkeys.ts'
import {
  exchange,
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
import { haveEverything, type Kept } from './recovery/recovery.fixture.ts'
import { sendSecondStepCode, signInWithCode, signInWithPassword, startSignIn } from './sign-in.ts'

const MAIL = 'mei@example.com'
const TOLD = /^(sign_in_without_passkey|sign_in_with_recovery_code) /

interface Relayed {
  person: Person
  kept: Kept
  caller: Caller
}

/** What a page between the owner and us types on, from a browser that the account knows. */
async function signInBy(person: Person, kept: Kept, method: CodeMethod, mail = MAIL): Promise<Relayed> {
  const { ctx } = person
  const asking = { ...stranger(), knownAccounts: [person.accountId] }
  await startSignIn(ctx, asking, mail, null)
  await signInWithPassword(ctx, asking, PASSWORD)
  if (method === 'email' || method === 'sms') await sendSecondStepCode(ctx, asking, method)
  const typed = {
    totp: () => totpFromUri(kept.totp, ctx.now()),
    recovery_code: () => kept.codes.shift()!,
    email: () => sentCode(ctx),
    sms: () => sentCode(ctx),
  }
  const done = await signInWithCode(ctx, asking, method, await typed[method]())
  if (done.status !== 'signed_in') throw new Error(done.status)
  return { person, kept, caller: { ...asking, session: await findSession(ctx, done.token.value, false) } }
}

/** The owner types on what they are asked for. */
async function prove({ person: { ctx }, kept, caller }: Relayed, operation: Operation, target: string | null = null): Promise<Caller> {
  ctx.clock.advance(61_000)
  const purpose = { operation, target }
  if (kept.totp) await stepUpWithSecret(ctx, caller, purpose, 'totp', await totpFromUri(kept.totp, ctx.now()))
  else {
    await sendStepUpCode(ctx, caller, purpose, 'email')
    await stepUpWithSecret(ctx, caller, purpose, 'email', await sentCode(ctx))
  }
  return { ...caller, session: await ctx.store.read.sessions.get(caller.session!.id) }
}

const request = ({ person, caller }: Relayed) => createApproval(person.ctx, caller, { action: 'withdraw', details: small, returnTo: null })

/** What the relay goes for. */
const GOALS: Record<string, (relayed: Relayed) => Promise<unknown>> = {
  async 'a withdrawal'(relayed) {
    const { id } = await request(relayed)
    await approveWithTwoSteps(relayed.person.ctx, await prove(relayed, 'approval.approve', id), id)
  },
  async 'a withdrawal with a passkey of its own'(relayed) {
    const { ctx } = relayed.person
    const own = await prove(relayed, 'passkey.add')
    const device = new SoftwareAuthenticator({ origin: ORIGIN })
    await addPasskey(ctx, own, await device.create(await passkeyCreationOptions(ctx, own)))
    const { id } = await request(relayed)
    await approveWithPasskey(ctx, own, id, await device.get({ ...(await approvalOptions(ctx, own, id)), allowCredentials: [] }))
  },
  async 'the owner’s passkey'(relayed) {
    const [passkey] = (await relayed.person.facts()).passkeys
    return removePasskey(relayed.person.ctx, await prove(relayed, 'passkey.remove', passkey!.id), passkey!.id)
  },
  async 'the owner’s address'(relayed) {
    const { ctx } = relayed.person
    const own = await prove(relayed, 'email.replace')
    await beginAddress(ctx, own, 'email', 'relay@example.net')
    return confirmAddress(ctx, own, 'email', await sentCode(ctx))
  },
  async 'a lock'(relayed) {
    return lock(relayed.person.ctx, await prove(relayed, 'account.lock', 'money.3'), { scope: 'money', days: 3 })
  },
}

const METHODS = ['totp', 'sms', 'email', 'recovery_code'] as const
const SCRIPTS = METHODS.flatMap(method => Object.keys(GOALS).map(goal => [method, goal] as const))

describe('N18 a page in between, beside a trusted passkey', () => {
  test.each(SCRIPTS)('that relays password and %s, for %s: told, nothing moved, nothing taken', async (method, goal) => {
    const person = await passkeyOwner(await exchange())
    const { ctx, accountId } = person
    // where app or phone is on, a code by e-mail is no second step
    const kept = method === 'email' ? { codes: [], totp: '' } : await haveEverything(person)
    if (method === 'email') await havePassword(person)
    const before = await person.facts()
    const outcome = await signInBy(person, kept, method)
      .then(GOALS[goal]!)
      .catch(error => {
        if (error instanceof Problem) return error.code
        throw error
      })
    expect((await messages(ctx)).some(message => TOLD.test(message) && message.endsWith(MAIL))).toBe(true)
    const approvals = await ctx.store.read.approvals.list(accountId, 10)
    expect(approvals.filter(({ status }) => status === 'approved')).toEqual([])
    const after = await person.facts()
    expect([after.identifiers, after.account.lockedUntil]).toEqual([before.identifiers, null])
    expect(after.passkeys.find(p => p.id === before.passkeys[0]!.id)?.status).not.toBe('removed')
    expect(outcome).not.toEqual({ status: 'done' })
  })

  test('is told for a browser that the account knows; where there is no passkey it is not', async () => {
    const person = await passwordOwner(await exchange())
    const { ctx } = person
    await signInBy(person, { codes: [], totp: '' }, 'email', 'ana@example.com')
    expect((await messages(ctx)).filter(message => TOLD.test(message) || message.startsWith('new_device'))).toEqual([])
  })
})
