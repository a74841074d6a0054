import type { SoftwareAuthenticator } from '@latchkey/testing'
import { describe, expect, it, test } from 'vitest'
import type { Reactions } from '../../domain/anomalies.ts'
import type { CredentialId, Passkey } from '../../domain/types.ts'
import { makeCtx, refusal, type TestCtx } from '../../methods/context.fixture.ts'
import { withdraw } from '../approvals/approvals.fixture.ts'
import { havePassword, messages, type Person, passkeyOwner, stranger } from '../people.fixture.ts'
import { secondStepOptions, signInOptions, signInWithPasskey, signInWithPasskeyAsSecondStep } from '../sign-in.ts'
import { stepUpOptions, stepUpWithPasskey } from './step-up.ts'

const MAIL = 'mei@example.com'
const CHANGE = { operation: 'password.change', target: null } as const
type Defect = Parameters<SoftwareAuthenticator['get']>[1]

const exchange = (onAnomaly: Partial<Reactions> = {}): Promise<TestCtx> =>
  makeCtx({ policy: { preset: 'exchange', onAnomaly }, actions: { withdraw }, limitFactor: 100 })

async function owner(ctx: TestCtx): Promise<Person> {
  const person = await passkeyOwner(ctx, MAIL)
  await havePassword(person)
  return person
}

/** What comes of a use at the sign-in, and of one as the proof of a change. */
async function signIn({ ctx, phone }: Person, defect: Defect = {}): Promise<string> {
  const asking = stranger()
  const response = await phone.get(signInOptions(ctx, asking) as never, defect)
  return signInWithPasskey(ctx, asking, response, null).then(
    ({ status }) => status,
    error => error.code,
  )
}
async function prove(person: Person, defect: Defect = {}): Promise<string> {
  const { ctx, phone } = person
  const caller = await person.caller()
  const response = await phone.get((await stepUpOptions(ctx, caller, CHANGE)) as never, defect)
  return stepUpWithPasskey(ctx, caller, CHANGE, response).then(
    () => 'done',
    error => error.code,
  )
}

const events = async ({ ctx, accountId }: Person, kind: string) =>
  (await ctx.store.read.events.list(accountId, null, 50)).filter(event => event.kind === kind)
const told = async ({ ctx }: Person, template: string): Promise<number> =>
  (await messages(ctx)).filter(message => message === `${template} ${MAIL}`).length

/** The record as an earlier use, or its creation, would have left it. */
async function kept(person: Person, set: Partial<Passkey>): Promise<void> {
  const { ctx, phone } = person
  const id = phone.credentials[0]!.id as CredentialId
  const row = (await ctx.store.read.passkeys.find(id))!
  const changed = { ...row, id: `${id}x` as CredentialId, ...set }
  await ctx.store.transaction(tx => tx.passkeys.insert(changed))
  phone.credentials[0]!.id = changed.id
}

describe('N8, F22 a use of a passkey that does not fit', () => {
  const KINDS: [string, (person: Person) => Promise<Defect>, boolean][] = [
    ['backup_lost', async () => ({ backupState: false }), true],
    [
      'attachment_changed',
      async person => {
        const device = { backupEligible: false, backupState: false }
        await kept(person, { attachment: 'cross-platform', transports: ['usb'], ...device })
        Object.assign(person.phone.credentials[0]!, device)
        return {}
      },
      true,
    ],
    [
      'verification_gained',
      async person => {
        await kept(person, { uvInitialized: false })
        return {}
      },
      false,
    ],
  ]

  test.each(KINDS)('%s: signs in, is written down with its passkey, once, and told where it matters', async (kind, arrange, tells) => {
    const person = await owner(await exchange())
    const defect = await arrange(person)
    const woken = person.ctx.wakes()
    expect(await signIn(person, defect)).toBe('signed_in')
    const [event, ...more] = await events(person, kind)
    expect([event?.credentialId, more]).toEqual([person.phone.credentials[0]!.id, []])
    expect(await told(person, kind)).toBe(tells ? 1 : 0)
    expect(person.ctx.wakes()).toBeGreaterThan(woken)
    expect(await events(person, 'sign_in')).toHaveLength(1)
  })

  it('is no news the next time, where it is so from now on', async () => {
    const person = await owner(await exchange())
    expect([await signIn(person, { backupState: false }), await signIn(person, { backupState: false })]).toEqual(['signed_in', 'signed_in'])
    expect(await events(person, 'backup_lost')).toHaveLength(1)
  })

  it('proves a change all the same where the policy only tells it', async () => {
    const person = await owner(await exchange())
    expect(await prove(person, { backupState: false })).toBe('done')
    expect([(await events(person, 'backup_lost')).length, await told(person, 'backup_lost')]).toEqual([1, 1])
  })

  it('INV-3 signs in once', async () => {
    const { ctx, phone } = await owner(await exchange())
    const asking = stranger()
    const response = await phone.get(signInOptions(ctx, asking) as never, { backupState: false })
    expect((await signInWithPasskey(ctx, asking, response, null)).status).toBe('signed_in')
    expect(await refusal(signInWithPasskey(ctx, asking, response, null))).toMatchObject({ code: 'challenge_expired' })
  })

  it('counts as one step where the policy says so, and proves nothing else', async () => {
    const person = await owner(await exchange({ backup_lost: 'one_step' }))
    expect(await signIn(person, { backupState: false })).toBe('second_step_needed')
    // what it says now is what is known: nothing is lost a second time
    expect([await prove(person, { backupState: true }), await prove(person, { backupState: false })]).toEqual(['done', 'passkey_rejected'])
    expect(await told(person, 'backup_lost')).toBe(2)
    expect((await person.facts()).passkeys[0]?.flags).toEqual([])
  })

  it('is no second step to itself', async () => {
    const person = await owner(await exchange({ backup_lost: 'one_step' }))
    const { ctx, phone } = person
    const asking = stranger()
    const begun = await signInWithPasskey(ctx, asking, await phone.get(signInOptions(ctx, asking) as never, { backupState: false }), null)
    expect(begun).toEqual({ status: 'second_step_needed', methods: ['email'] })
    expect(await refusal(secondStepOptions(ctx, asking))).toMatchObject({ code: 'method_off' })
  })

  it('and answers no second step that was asked of another passkey', async () => {
    const person = await owner(await exchange({ backup_lost: 'one_step' }))
    const { ctx, phone } = person
    await kept(person, {})
    const asking = stranger()
    await signInWithPasskey(ctx, asking, await phone.get(signInOptions(ctx, asking) as never, { backupState: false }), null)
    const asked = await secondStepOptions(ctx, asking)
    const response = await phone.get({ ...asked, allowCredentials: [] } as never, { backupState: false })
    expect(await refusal(signInWithPasskeyAsSecondStep(ctx, asking, response))).toMatchObject({ code: 'method_off' })
  })

  it('stops working where the policy says so, with its sessions, and says why', async () => {
    const person = await owner(await exchange({ counter_backwards: 'suspend' }))
    const { ctx, accountId } = person
    await signIn(person, { signCount: 50 })
    expect((await ctx.store.read.sessions.list(accountId, ctx.now())).length).toBeGreaterThan(0)
    const woken = ctx.wakes()
    expect(await signIn(person, { signCount: 50 })).toBe('passkey_suspended')
    expect((await person.facts()).passkeys.map(({ status, flags }) => [status, flags])).toEqual([['suspended', ['counter']]])
    expect(await ctx.store.read.sessions.list(accountId, ctx.now())).toEqual([])
    expect([(await events(person, 'counter_backwards')).length, (await events(person, 'passkey.suspend')).length]).toEqual([1, 1])
    expect((await messages(ctx)).filter(one => / mei@/.test(one)).map(one => one.split(' ')[0])).toEqual(
      expect.arrayContaining(['counter_backwards', 'passkey_suspended']),
    )
    expect(ctx.wakes()).toBeGreaterThan(woken)
    expect(await signIn(person, { signCount: 60 })).toBe('passkey_suspended')
  })

  it('INV-1 never where it is the last way in: there it counts as one step', async () => {
    const person = await passkeyOwner(await exchange({ counter_backwards: 'suspend' }), MAIL)
    await signIn(person, { signCount: 50 })
    expect(await signIn(person, { signCount: 50 })).not.toBe('signed_in')
    expect((await person.facts()).passkeys[0]?.status).toBe('active')
    expect(await events(person, 'passkey.suspend')).toEqual([])
  })

  it('is told in the same way for one that did not verify its user: refused, and written down', async () => {
    const person = await owner(await exchange())
    expect(await signIn(person, { userVerified: false })).toBe('passkey_unverified_user')
    expect((await events(person, 'verification_lost')).map(({ credentialId }) => credentialId)).toEqual([person.phone.credentials[0]!.id])
  })

  it('tells nobody anything who does not hold the passkey', async () => {
    const person = await owner(await exchange())
    const forged = { signature: 'wrong-key', backupState: false } as const
    expect([await signIn(person, forged), await signIn(person, { signature: 'wrong-key', userVerified: false })]).toEqual([
      'passkey_rejected',
      'passkey_rejected',
    ])
    for (const kind of ['backup_lost', 'verification_lost']) expect(await events(person, kind)).toEqual([])
  })
})
