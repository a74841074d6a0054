import { SoftwareAuthenticator, totpFromUri } from '@latchkey/testing'
import { describe, expect, test } from 'vitest'
import type { Caller } from '../../ctx.ts'
import type { Operation } from '../../domain/policy.ts'
import type { CredentialId, PendingChange } from '../../domain/types.ts'
import { refusal, type TestCtx } from '../../methods/context.fixture.ts'
import { removeAddress } from '../addresses.ts'
import { removeTotp } from '../factors.ts'
import { freeze } from '../freeze/freeze.ts'
import { byLink } from '../freeze/link.ts'
import { addPasskey, passkeyCreationOptions, removePasskey, suspendPasskey } from '../passkeys.ts'
import { changePassword, removePassword } from '../password.ts'
import {
  anotherSession,
  before,
  DAY,
  exchange,
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
  turnOnTotp,
} from '../people.fixture.ts'
import { sendStepUpCode, stepUpWithSecret } from '../prove/step-up.ts'
import { signInOptions, signInWithPasskey } from '../sign-in.ts'
import { type Asker, bySession } from './asker.ts'
import { askUndo, sendUndoCode, undoableChanges, undoOptions, undoWithPasskey, undoWithSecrets } from './undo.ts'

/** The token in the newest notice that carries a link. */
async function linkOf({ ctx, accountId }: Person): Promise<string> {
  const rows = await ctx.store.transaction(tx => tx.outbox.lease(ctx.now(), 1, 1000))
  ctx.clock.advance(1)
  return String(rows.filter(row => row.params.link && row.accountId === accountId).at(-1)?.params.link)
}

/** Whoever reads the owner's mail, and nothing more. */
const reader = async (person: Person): Promise<{ asker: Asker; caller: Caller }> => ({
  asker: await byLink(person.ctx, await linkOf(person)),
  caller: stranger(),
})

const newest = async ({ ctx, accountId }: Person) => (await undoableChanges(ctx, accountId))[0]!

async function undoBy(person: Person, id: string, phone = person.phone) {
  const { asker, caller } = await reader(person)
  return undoWithPasskey(person.ctx, caller, asker, id, await phone.get(await undoOptions(person.ctx, asker, id)))
}

/** Password and app, two steps. @returns the app's address */
async function withApp(): Promise<{ person: Person; app: string }> {
  const person = await passwordOwner(await exchange())
  return { person, app: await turnOnTotp(person) }
}

/** By whoever has session, password and app. */
async function changeBy<T>(
  person: Person,
  app: string,
  operation: Operation,
  change: (ctx: TestCtx, caller: Caller) => Promise<T>,
): Promise<T> {
  await proveByTotp(person, app, operation)
  return change(person.ctx, await person.caller())
}

const newPassword = (ctx: TestCtx, caller: Caller) => changePassword(ctx, caller, OTHER_PASSWORD)

async function codeOf({ ctx }: Person, app: string): Promise<string> {
  ctx.clock.advance(31_000)
  return totpFromUri(app, ctx.now())
}

async function undoWith(person: Person, id: string, password: string, app: string) {
  const { asker, caller } = await reader(person)
  const secrets = [
    ['password', password],
    ['totp', await codeOf(person, app)],
  ] as const
  return undoWithSecrets(person.ctx, caller, asker, id, secrets)
}

/** The row that a change took. */
const hadId = ({ was }: PendingChange): string => (was!.had as { id: string }).id

const passwordId = async (person: Person) => (await person.facts()).password?.id

describe('N6, F41 undo: a change that took effect is undone by what stood before it', () => {
  test('a password that an intruder set, signed out: by the old password and the app', async () => {
    const { person, app } = await withApp()
    const { ctx } = person
    const old = await passwordId(person)
    const { session: intruder } = await person.caller()
    await changeBy(person, app, 'password.change', newPassword)
    const { id, operation } = await newest(person)
    expect(operation).toBe('password.change')
    // the password that the intruder chose proves nothing
    expect(await refusal(undoWith(person, id, OTHER_PASSWORD, app))).toMatchObject({ code: 'invalid_credentials' })
    expect(await undoWith(person, id, PASSWORD, app)).toMatchObject({ token: null })
    expect(await passwordId(person)).toBe(old)
    expect((await ctx.store.read.sessions.get(intruder!.id))?.endedReason).toBe('change.undo')
    expect((await person.facts()).account.moneyPausedUntil).toBe(ctx.now() + 72 * HOUR)
    expect(await messages(ctx)).toContain('change_undone ana@example.com')
    const [event] = await ctx.store.read.events.list(person.accountId, null, 1)
    expect(event).toMatchObject({ kind: 'change.undo', body: { change: id, operation: 'password.change', via: 'two_steps' } })
    // and not twice
    expect(await refusal(undoWith(person, id, PASSWORD, app))).toMatchObject({ code: 'already_done' })
  })

  test('one step is too little, and so is less than what made the change', async () => {
    const { person, app } = await withApp()
    await changeBy(person, app, 'password.change', newPassword)
    const { id } = await newest(person)
    const { asker, caller } = await reader(person)
    const ask = async (...secrets: Parameters<typeof undoWithSecrets>[4]) =>
      refusal(undoWithSecrets(person.ctx, caller, asker, id, secrets))
    expect(await ask()).toMatchObject({ code: 'step_up_required', target: id })
    expect(await ask(['password', PASSWORD])).toMatchObject({ code: 'step_up_required' })
    expect(await ask(['totp', await codeOf(person, app)])).toMatchObject({ code: 'step_up_required' })
    expect(await passwordId(person)).not.toBeNull()
    expect((await undoableChanges(person.ctx, person.accountId)).map(change => change.id)).toContain(id)
  })

  test('what a trusted passkey did, two steps do not undo; a passkey that stood does', async () => {
    const person = await passkeyOwner(await exchange())
    await havePassword(person)
    await person.prove('password.change')
    await changePassword(person.ctx, await person.caller(), OTHER_PASSWORD)
    const { id } = await newest(person)
    const { asker, caller } = await reader(person)
    await sendUndoCode(person.ctx, caller, asker, id, 'email')
    const two = [
      ['password', PASSWORD],
      ['email', await sentCode(person.ctx)],
    ] as const
    expect(await refusal(undoWithSecrets(person.ctx, caller, asker, id, two))).toMatchObject({ code: 'refused_by_policy' })
    const old = (await askUndo(person.ctx, asker, id)).stood.password?.id
    await undoBy(person, id)
    expect(await passwordId(person)).toBe(old)
  })

  test('an app that was removed comes back', async () => {
    const { person, app } = await withApp()
    const { ctx } = person
    await changeBy(person, app, 'totp.remove', removeTotp)
    const change = await newest(person)
    await undoWith(person, (await newest(person)).id, PASSWORD, app)
    expect((await person.facts()).totp?.id).toBe(hadId(change))
    expect(await undoableChanges(ctx, person.accountId)).toEqual([])
  })

  test('a second change after the first: each is undone with what stood before it, the older one first', async () => {
    const { person, app } = await withApp()
    await changeBy(person, app, 'password.change', newPassword)
    const first = await newest(person)
    person.ctx.clock.advance(HOUR)
    const theirs = await turnOnTotpAs(person, app)
    const second = await newest(person)
    expect(second.operation).toBe('totp.replace')
    // the new app stood before neither
    expect(await refusal(undoWith(person, first.id, PASSWORD, theirs))).toMatchObject({ code: 'code_wrong' })
    await undoWith(person, first.id, PASSWORD, app)
    // what the first undo gave back had stood before the second change
    await undoWith(person, second.id, PASSWORD, app)
    const facts = await person.facts()
    expect([facts.password?.id, facts.totp?.id]).toEqual([hadId(first), hadId(second)])
  })

  test('an undo is no change to undo, and takes what was done to the same factor since with it', async () => {
    const { person, app } = await withApp()
    const { ctx } = person
    await changeBy(person, app, 'password.change', newPassword)
    const first = await newest(person)
    ctx.clock.advance(HOUR)
    await changeBy(person, app, 'password.change', (c, caller) => changePassword(c, caller, 'nine copper kettles singing'))
    const second = await newest(person)
    await undoWith(person, first.id, PASSWORD, app)
    expect(await undoableChanges(ctx, person.accountId)).toEqual([])
    // else the intruder's first password would come back
    expect(await refusal(undoWith(person, second.id, OTHER_PASSWORD, app))).toMatchObject({ code: 'already_done' })
    const undo = (await ctx.store.read.changes.applied(person.accountId, 0)).at(-1)!
    expect(undo.operation).toBe('change.undo')
    expect(await refusal(undoWith(person, undo.id, OTHER_PASSWORD, app))).toMatchObject({ code: 'already_done' })
  })

  test('for 72 h, and of the own account', async () => {
    const { person, app } = await withApp()
    const { ctx } = person
    await changeBy(person, app, 'totp.remove', removeTotp)
    const { id } = await newest(person)
    const other = await passwordOwner(ctx, 'mei@example.com')
    const asker = bySession(await other.caller(), 'change.undo')
    expect(await refusal(askUndo(ctx, asker, id))).toMatchObject({ code: 'not_found' })
    const own = bySession(await person.caller(), 'change.undo')
    const { appliedAt } = (await ctx.store.read.changes.get(person.accountId, id))!
    ctx.clock.set(appliedAt! + 72 * HOUR)
    expect((await askUndo(ctx, own, id)).change.id).toBe(id)
    ctx.clock.advance(1)
    expect(await refusal(askUndo(ctx, own, id))).toMatchObject({ code: 'not_found' })
  })

  test('while frozen too; the freeze stays', async () => {
    const { person, app } = await withApp()
    const { ctx } = person
    await changeBy(person, app, 'password.change', newPassword)
    const { id } = await newest(person)
    await proveByTotp(person, app, 'account.freeze')
    const asker = await byLink(ctx, await freeze(ctx, await person.caller()))
    const secrets = [
      ['password', PASSWORD],
      ['totp', await codeOf(person, app)],
    ] as const
    await undoWithSecrets(ctx, stranger(), asker, id, secrets)
    expect((await person.facts()).account.status).toBe('frozen')
  })

  test('an address that somebody else holds by now does not come back, and nothing is half done', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    await havePassword(person)
    await ctx.store.transaction(tx =>
      tx.identifiers.insert({
        id: 'phone',
        accountId: person.accountId,
        kind: 'phone',
        value: '+34600000111',
        verifiedAt: 1,
        createdAt: 1,
        supersededAt: null,
      }),
    )
    await person.prove('phone.remove')
    await removeAddress(ctx, await person.caller(), 'phone')
    const { id } = await newest(person)
    const theirs = await passkeyOwner(ctx, 'other@example.com')
    const at = { verifiedAt: 1, createdAt: 1, supersededAt: null }
    await ctx.store.transaction(tx =>
      tx.identifiers.insert({ id: 'taken', accountId: theirs.accountId, kind: 'phone', value: '+34600000111', ...at }),
    )
    expect(await refusal(undoBy(person, id))).toMatchObject({ code: 'identifier_taken' })
    expect((await newest(person)).id).toBe(id)
    await ctx.store.transaction(tx => tx.identifiers.supersede('taken', ctx.now()))
    await undoBy(person, id)
    expect((await person.facts()).identifiers.find(i => i.id === 'phone')?.supersededAt).toBeNull()
  })
})

/** The intruder's own app in place of the owner's. */
async function turnOnTotpAs(person: Person, app: string): Promise<string> {
  const by = { ...person, prove: (operation: Operation) => proveByTotp(person, app, operation) }
  return turnOnTotp(by)
}

/** A second passkey, made with the first. */
async function another(person: Person): Promise<{ phone: SoftwareAuthenticator; id: CredentialId }> {
  const { ctx } = person
  const phone = new SoftwareAuthenticator({ origin: ORIGIN })
  await person.prove('passkey.add')
  const { passkey } = await addPasskey(
    ctx,
    await person.caller(),
    await phone.create(await passkeyCreationOptions(ctx, await person.caller())),
  )
  ctx.clock.advance(2 * DAY)
  return { phone, id: passkey.id as CredentialId }
}

describe('INV-2, INV-4, INV-23 undo: passkeys', () => {
  test('a removed passkey does not prove its own undo where another trusted one is left', async () => {
    const person = await passkeyOwner(await exchange())
    const stolen = await another(person)
    await person.prove('passkey.remove', 'passkey', stolen.id)
    await removePasskey(person.ctx, await person.caller(), stolen.id)
    const { id } = await newest(person)
    expect(await refusal(undoBy(person, id, stolen.phone))).toMatchObject({ code: 'passkey_removed' })
    // nor any other change
    await havePassword(person)
    await person.prove('password.remove')
    await removePassword(person.ctx, await person.caller())
    expect(await refusal(undoBy(person, (await newest(person)).id, stolen.phone))).toMatchObject({ code: 'passkey_removed' })
    await undoBy(person, id)
    expect((await person.facts()).passkeys.find(p => p.id === stolen.id)).toMatchObject({
      status: 'active',
      removedAt: null,
      suspendedAt: null,
    })
    const asking = stranger()
    expect(await signInWithPasskey(person.ctx, asking, await stolen.phone.get(signInOptions(person.ctx, asking)), null)).toMatchObject({
      status: 'signed_in',
    })
  })

  test('the only one proves it, and one that was made since proves nothing', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    await havePassword(person)
    const [passkey] = (await person.facts()).passkeys
    await person.prove('passkey.remove', 'passkey', passkey!.id)
    await removePasskey(ctx, await person.caller(), passkey!.id)
    const { id } = await newest(person)
    ctx.clock.advance(HOUR)
    const theirs = new SoftwareAuthenticator({ origin: ORIGIN })
    const session = await anotherSession(person)
    await sendStepUpCode(ctx, session, { operation: 'passkey.add', target: null }, 'email')
    await stepUpWithSecret(ctx, session, { operation: 'passkey.add', target: null }, 'email', await sentCode(ctx))
    const caller = { ...session, session: await ctx.store.read.sessions.get(session.session!.id) }
    await addPasskey(ctx, caller, await theirs.create({ ...(await passkeyCreationOptions(ctx, caller)), excludeCredentials: [] }))
    ctx.clock.advance(30 * HOUR)
    expect(await refusal(undoBy(person, id, theirs))).toMatchObject({ code: 'step_up_required' })
    await undoBy(person, id)
    expect((await person.facts()).passkeys.find(p => p.id === passkey!.id)).toMatchObject({ status: 'active' })
  })

  test('a challenge serves one change and one asker, once', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    await havePassword(person)
    await person.prove('password.remove')
    await removePassword(ctx, await person.caller())
    const { id } = await newest(person)
    const { asker, caller } = await reader(person)
    const options = await undoOptions(ctx, asker, id)
    expect(options.allowCredentials).toEqual([])
    const response = await person.phone.get(options)
    const own = bySession(await person.caller(), 'change.undo')
    expect((await undoOptions(ctx, own, id)).allowCredentials).toHaveLength(1)
    expect(await refusal(undoWithPasskey(ctx, await person.caller(), own, id, response))).toMatchObject({ code: 'challenge_expired' })
    await undoWithPasskey(ctx, caller, asker, id, response)
    expect(await refusal(undoWithPasskey(ctx, caller, asker, id, response))).toMatchObject({ code: 'already_done' })
  })

  test('a suspended one proves an undo only where no trusted one is left', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    const second = await another(person)
    await havePassword(person)
    await person.prove('password.remove')
    await removePassword(ctx, await person.caller())
    const { id } = await newest(person)
    await person.prove('passkey.suspend', 'passkey', second.id)
    await suspendPasskey(ctx, await person.caller(), second.id)
    expect(await refusal(undoBy(person, id, second.phone))).toMatchObject({ code: 'passkey_suspended' })
  })
})

describe('undo: raced', () => {
  test('two tabs: one undoes, the other is told that it is done', async () => {
    const { person, app } = await withApp()
    const { ctx } = person
    await changeBy(person, app, 'password.change', newPassword)
    const { id } = await newest(person)
    const { asker, caller } = await reader(person)
    const secrets = [
      ['password', PASSWORD],
      ['totp', await codeOf(person, app)],
    ] as const
    const raced = before(ctx, () => undoWithSecrets(ctx, stranger(), asker, id, secrets), 'stillAsks')
    expect(await refusal(undoWithSecrets(raced, caller, asker, id, secrets))).toMatchObject({ code: 'already_done' })
    expect((await ctx.store.read.changes.applied(person.accountId, 0)).filter(change => change.operation === 'change.undo')).toHaveLength(1)
  })

  test('a proof by what an undo took meanwhile proves nothing', async () => {
    const { person, app } = await withApp()
    const { ctx } = person
    await changeBy(person, app, 'password.change', newPassword)
    const first = await newest(person)
    ctx.clock.advance(HOUR)
    await turnOnTotpAs(person, app)
    const second = await newest(person)
    const { asker, caller } = await reader(person)
    const theirs = [
      ['password', OTHER_PASSWORD],
      ['totp', await codeOf(person, app)],
    ] as const
    const later = await codeOf(person, app)
    const raced = before(
      ctx,
      () =>
        undoWithSecrets(ctx, stranger(), asker, first.id, [
          ['password', PASSWORD],
          ['totp', later],
        ]),
      'stillAsks',
    )
    expect(await refusal(undoWithSecrets(raced, caller, asker, second.id, theirs))).toMatchObject({ code: 'already_done' })
    expect((await newest(person)).id).toBe(second.id)
  })

  test('a link that an unfreeze ended meanwhile, and a session that ended', async () => {
    const { person, app } = await withApp()
    const { ctx } = person
    await changeBy(person, app, 'totp.remove', removeTotp)
    const { id } = await newest(person)
    const { asker, caller } = await reader(person)
    const secrets = [
      ['password', PASSWORD],
      ['totp', await codeOf(person, app)],
    ] as const
    const ended = before(ctx, () => ctx.store.transaction(tx => tx.freezeLinks.endAll(person.accountId, ctx.now())), 'stillAsks')
    expect(await refusal(undoWithSecrets(ended, caller, asker, id, secrets))).toMatchObject({ code: 'not_found' })
    const own = bySession(await person.caller(), 'change.undo')
    const out = before(
      ctx,
      () => ctx.store.transaction(tx => tx.sessions.endAll(person.accountId, null, ctx.now(), 'sign_out')),
      'stillAsks',
    )
    expect(await refusal(undoWithSecrets(out, await person.caller(), own, id, secrets))).toMatchObject({ code: 'unauthenticated' })
    expect((await newest(person)).id).toBe(id)
  })
})

describe('INV-15, INV-16 undo: guesses by a link', () => {
  test('count where those at the door do', async () => {
    const person = await passwordOwner(await exchange(1))
    const { ctx } = person
    const uri = await turnOnTotp(person)
    await changeBy(person, uri, 'totp.remove', removeTotp)
    const { id } = await newest(person)
    const { asker, caller } = await reader(person)
    const guess = () => refusal(undoWithSecrets(ctx, caller, asker, id, [['password', 'not the one']]))
    for (let n = 0; n < 5; n++) expect(await guess()).toMatchObject({ code: 'invalid_credentials' })
    expect(await guess()).toMatchObject({ code: 'rate_limited' })
  })

  test('a code is asked for, and nothing is told, where the account has no such address', async () => {
    const { person, app } = await withApp()
    await changeBy(person, app, 'password.change', newPassword)
    const { id } = await newest(person)
    const { asker, caller } = await reader(person)
    const before = await messages(person.ctx)
    await sendUndoCode(person.ctx, caller, asker, id, 'sms')
    // an e-mail code proves nothing beside an app
    await sendUndoCode(person.ctx, caller, asker, id, 'email')
    expect(await messages(person.ctx)).toEqual(before)
    expect(await refusal(undoWithSecrets(person.ctx, caller, asker, id, [['sms', '123456']]))).toMatchObject({ code: 'code_expired' })
  })
})
