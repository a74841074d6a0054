import type { SoftwareAuthenticator } from '@latchkey/testing'
import { describe, expect, test } from 'vitest'
import type { Caller } from '../../ctx.ts'
import type { CredentialId, PendingChange } from '../../domain/types.ts'
import { refusal } from '../../methods/context.fixture.ts'
import { findSession } from '../account/find-session.ts'
import { reactivatePasskey, removePasskey, suspendPasskey } from '../passkeys.ts'
import {
  anotherSession,
  DAY,
  exchange,
  HOUR,
  havePassword,
  messages,
  OTHER_PASSWORD,
  type Person,
  passkeyOwner,
  passwordOwner,
  sentCode,
  stranger,
} from '../people.fixture.ts'
import { sendStepUpCode, stepUpOptions, stepUpWithPasskey, stepUpWithSecret } from '../prove/step-up.ts'
import { recoverWithPassword } from '../recovery/bind.ts'
import { bindOn, haveEverything, recoverBy } from '../recovery/recovery.fixture.ts'
import { signInOptions, signInWithPasskey } from '../sign-in.ts'
import { cancelChange, ownChange } from './waits.ts'

const MAIL = 'ana@example.com'
const nothing = { codes: [], totp: '' }

/** Signs in on a browser of its own. */
async function signIn(person: Person, phone: SoftwareAuthenticator): Promise<Caller> {
  const { ctx } = person
  const asking = stranger()
  const done = await signInWithPasskey(ctx, asking, await phone.get(signInOptions(ctx, asking)), null)
  if (done.status !== 'signed_in') throw new Error(done.status)
  return { ...asking, session: await findSession(ctx, done.token.value, false) }
}

async function prove(person: Person, caller: Caller, change: PendingChange, by: SoftwareAuthenticator | 'email'): Promise<Caller> {
  const { ctx } = person
  const purpose = { operation: 'change.cancel', target: change.id } as const
  ctx.clock.advance(61_000)
  if (by === 'email') {
    await sendStepUpCode(ctx, caller, purpose, 'email')
    await stepUpWithSecret(ctx, caller, purpose, 'email', await sentCode(ctx))
  } else await stepUpWithPasskey(ctx, caller, purpose, await by.get(await stepUpOptions(ctx, caller, purpose)))
  return { ...caller, session: await ctx.store.read.sessions.get(caller.session!.id) }
}

/** An intruder with password and mailbox recovered an account whose owner has a trusted passkey. */
async function recovered(): Promise<{ person: Person; phone: SoftwareAuthenticator; id: string; wait: PendingChange }> {
  const person = await passkeyOwner(await exchange())
  await havePassword(person)
  const { phone, id } = await bindOn(person, await recoverBy(person, nothing, ['password', 'email']))
  return { person, phone, id, wait: (await person.facts()).pending[0]! }
}

describe('N9 a change that waits can be stopped', () => {
  test('a passkey of a recovery goes with its sessions when the owner’s passkey says so', async () => {
    const { person, phone, id, wait } = await recovered()
    const intruder = await signIn(person, phone)
    const owner = await prove(person, await person.caller(), wait, person.phone)
    expect(await cancelChange(person.ctx, owner, wait.id)).toMatchObject({ signedOut: false })
    expect((await person.facts()).passkeys.find(p => p.id === id)?.status).toBe('removed')
    expect((await person.facts()).pending).toEqual([])
    expect((await person.ctx.store.read.sessions.get(intruder.session!.id))?.endedReason).toBe('change.cancel')
    expect(await refusal(signIn(person, phone))).toMatchObject({ code: 'passkey_removed' })
    expect(await messages(person.ctx)).toContain('change_cancelled mei@example.com')
    expect((await person.facts()).account.moneyPausedUntil).toBeGreaterThan(person.ctx.now() + 71 * HOUR)
  })

  test('needs a proof for this very change', async () => {
    const { person, wait } = await recovered()
    expect(await refusal(cancelChange(person.ctx, await person.caller(), wait.id))).toMatchObject({
      code: 'step_up_required',
      target: wait.id,
    })
    await person.prove('change.cancel')
    expect(await refusal(cancelChange(person.ctx, await person.caller(), wait.id))).toMatchObject({ code: 'step_up_required' })
  })

  test('INV-11 a young passkey cancels its own creation, and no other beside a trusted one', async () => {
    const { person, phone, id, wait } = await recovered()
    const second = await bindOn(person, await recoverBy(person, nothing, ['password', 'email']))
    const intruder = await signIn(person, second.phone)
    expect(await refusal(cancelChange(person.ctx, await prove(person, intruder, wait, second.phone), wait.id))).toMatchObject({
      code: 'refused_by_policy',
    })
    const own = await prove(person, await signIn(person, phone), wait, phone)
    expect(await cancelChange(person.ctx, own, wait.id)).toMatchObject({ signedOut: true })
    expect((await person.facts()).passkeys.find(p => p.id === id)?.status).toBe('removed')
  })

  test('what waits no longer is done', async () => {
    const { person, wait } = await recovered()
    person.ctx.clock.advance(72 * HOUR)
    await person.facts()
    const owner = await prove(person, await person.caller(), wait, person.phone)
    expect(await refusal(cancelChange(person.ctx, owner, wait.id))).toMatchObject({ code: 'already_done' })
  })

  test('a passkey whose deletion was stopped stays suspended', async () => {
    const person = await passkeyOwner(await exchange())
    await havePassword(person)
    const [passkey] = (await person.facts()).passkeys
    const caller = await anotherSession(person)
    const purpose = { operation: 'passkey.remove', target: passkey!.id } as const
    await sendStepUpCode(person.ctx, caller, purpose, 'email')
    await stepUpWithSecret(person.ctx, caller, purpose, 'email', await sentCode(person.ctx))
    expect(await removePasskey(person.ctx, caller, passkey!.id)).toMatchObject({ status: 'waits' })
    const wait = (await person.facts()).pending[0]!
    await cancelChange(person.ctx, await prove(person, caller, wait, 'email'), wait.id)
    person.ctx.clock.advance(5 * DAY)
    expect((await person.facts()).passkeys).toMatchObject([{ status: 'suspended' }])
  })

  test('INV-19 another account’s change is not there', async () => {
    const { person, wait } = await recovered()
    const stranger = await passwordOwner(person.ctx)
    expect(await refusal(ownChange(person.ctx, await stranger.caller(), wait.id))).toMatchObject({ code: 'not_found' })
    expect(await refusal(cancelChange(person.ctx, await stranger.caller(), wait.id))).toMatchObject({ code: 'not_found' })
  })

  test.each([
    ['past its first wait', 20],
    ['for an hour, so that one wait takes the place of the other', 1],
  ])('a young passkey suspended %s and reactivated can be cancelled until it is trusted', async (_how, hours) => {
    const { person, id } = await recovered()
    const { ctx } = person
    ctx.clock.advance(60 * HOUR)
    await suspendPasskey(ctx, await anotherSession(person), id)
    ctx.clock.advance(hours * HOUR)
    await person.facts()
    await person.prove('passkey.reactivate', 'passkey', id)
    await reactivatePasskey(ctx, await person.caller(), id)
    const { pending } = await person.facts()
    expect(pending).toMatchObject([{ operation: 'passkey.add', target: id, effectiveAt: ctx.now() + 12 * HOUR }])
    const [wait] = pending
    await cancelChange(ctx, await prove(person, await person.caller(), wait!, person.phone), wait!.id)
    expect((await person.facts()).passkeys.find(p => p.id === id)?.status).toBe('removed')
  })

  test.each([
    ['lesser', true],
    ['recovery_two_steps', true],
    ['recovery_lesser', true],
    ['two_steps', false],
    ['trusted', false],
  ] as const)('a young passkey made with %s that is reactivated waits once: %s; another’s wait stays', async (createdVia, waits) => {
    const person = await passkeyOwner(await exchange())
    const { ctx, accountId } = person
    const at = ctx.now()
    const [own] = (await person.facts()).passkeys
    const young = { ...own!, id: 'eW91bmc' as CredentialId, createdVia, status: 'suspended', suspendedAt: at } as const
    const row = { accountId, payload: null, class: 'lesser', sessionId: null, credentialId: null, askedAt: at } as const
    const open = { effectiveAt: at + 12 * HOUR, cancelledAt: null, appliedAt: null, remainingMs: null, was: null } as const
    await ctx.store.transaction(async tx => {
      await tx.passkeys.insert({ ...young, trustedAt: at + 12 * HOUR })
      await tx.changes.insert({ ...row, ...open, id: 'a', operation: 'passkey.remove', target: young.id })
      await tx.changes.insert({ ...row, ...open, id: 'b', operation: 'passkey.add', target: own!.id })
      await tx.changes.insert({ ...row, ...open, id: 'c', operation: 'passkey.add', target: young.id })
    })
    await person.prove('passkey.reactivate', 'passkey', young.id)
    await reactivatePasskey(ctx, await person.caller(), young.id)
    const pending = (await person.facts()).pending.map(({ id }) => (id.length > 1 ? 'new' : id)).sort()
    expect(pending).toEqual(waits ? ['a', 'b', 'new'] : ['a', 'b', 'c'])
  })

  test('one that is trusted by now comes back without a wait', async () => {
    const { person, id } = await recovered()
    const { ctx, accountId } = person
    ctx.clock.advance(80 * HOUR)
    await suspendPasskey(ctx, await anotherSession(person), id)
    await person.prove('passkey.reactivate', 'passkey', id)
    await reactivatePasskey(ctx, await person.caller(), id)
    expect((await ctx.store.read.accounts.facts(accountId))!.pending).toEqual([])
  })

  test('what was begun with two steps is not stopped by the passkey of a recovery that counts as lesser', async () => {
    const person = await passwordOwner(await exchange())
    const { ctx } = person
    const kept = await haveEverything(person)
    await recoverWithPassword(ctx, await recoverBy(person, kept, ['password', 'totp'], MAIL), OTHER_PASSWORD)
    const [wait] = (await person.facts()).pending
    expect(wait).toMatchObject({ operation: 'password.change', class: 'two_steps' })
    const { phone } = await bindOn(person, await recoverBy(person, kept, ['password', 'email'], MAIL))
    const intruder = await prove(person, await signIn(person, phone), wait!, phone)
    expect(await refusal(cancelChange(ctx, intruder, wait!.id))).toMatchObject({ code: 'refused_by_policy' })
    expect((await person.facts()).pending.map(change => change.id)).toContain(wait!.id)
  })

  test('what was begun with a trusted passkey is stopped with a trusted passkey only', async () => {
    const { person } = await recovered()
    const { ctx, accountId } = person
    const at = ctx.now()
    const row = {
      id: 'close',
      accountId,
      operation: 'account.close',
      target: null,
      payload: null,
      class: 'trusted',
      sessionId: null,
      credentialId: null,
    } as const
    await ctx.store.transaction(tx =>
      tx.changes.insert({ ...row, askedAt: at, effectiveAt: at + DAY, cancelledAt: null, appliedAt: null, remainingMs: null, was: null }),
    )
    const wait = await ownChange(ctx, await person.caller(), 'close')
    const byMail = await prove(person, await anotherSession(person), wait, 'email')
    expect(await refusal(cancelChange(ctx, byMail, 'close'))).toMatchObject({ code: 'refused_by_policy' })
    expect(await cancelChange(ctx, await prove(person, await person.caller(), wait, person.phone), 'close')).toMatchObject({
      signedOut: false,
    })
  })
})
