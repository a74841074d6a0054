import type { SoftwareAuthenticator } from '@latchkey/testing'
import { describe, expect, test } from 'vitest'
import { makeFreezeLink } from '../../deliver/freeze-link.ts'
import type { CredentialId, PendingChange, ProofClass } from '../../domain/types.ts'
import { refusal } from '../../methods/context.fixture.ts'
import { byLink } from '../freeze/link.ts'
import { suspendPasskey } from '../passkeys.ts'
import {
  anotherSession,
  before,
  exchange,
  HOUR,
  havePassword,
  messages,
  type Person,
  passkeyOwner,
  sentCode,
  stranger,
} from '../people.fixture.ts'
import { sendStepUpCode, stepUpWithSecret } from '../prove/step-up.ts'
import { bindOn, recoverBy } from '../recovery/recovery.fixture.ts'
import { signInOptions, signInWithPasskey } from '../sign-in.ts'
import { type Asker, bySession } from './asker.ts'
import { cancelByVoice, stoppableByVoice, voiceOptions } from './voice.ts'

const nothing = { codes: [], totp: '' }

async function link({ ctx, accountId }: Person): Promise<Asker> {
  const { token, row } = makeFreezeLink({ at: ctx.now(), accountId, identifierId: null, notice: null })
  await ctx.store.transaction(tx => tx.freezeLinks.insert(row))
  return byLink(ctx, token)
}

/** An intruder with password and mailbox suspended the owner's passkey, and bound one of their own. */
async function silenced(): Promise<{ person: Person; id: CredentialId; young: CredentialId; wait: PendingChange }> {
  const person = await passkeyOwner(await exchange())
  const { ctx } = person
  await havePassword(person)
  const [passkey] = (await person.facts()).passkeys
  const { id: young } = await bindOn(person, await recoverBy(person, nothing, ['password', 'email']))
  const purpose = { operation: 'passkey.suspend', target: passkey!.id } as const
  const session = await anotherSession(person)
  await sendStepUpCode(ctx, session, purpose, 'email')
  await stepUpWithSecret(ctx, session, purpose, 'email', await sentCode(ctx))
  await suspendPasskey(ctx, { ...session, session: await ctx.store.read.sessions.get(session.session!.id) }, passkey!.id)
  return { person, id: passkey!.id, young: young as CredentialId, wait: (await person.facts()).pending[0]! }
}

async function speak(person: Person, asker: Asker, id: string, phone: SoftwareAuthenticator = person.phone): Promise<PendingChange> {
  return cancelByVoice(person.ctx, stranger(), asker, id, await phone.get(await voiceOptions(person.ctx, asker, id)))
}

describe('N9, INV-2 the voice of a passkey that was stopped', () => {
  test('stops a wait, signed out, and the young passkey that it stands for; it does nothing else', async () => {
    const { person, id, young, wait } = await silenced()
    const { ctx } = person
    expect((await stoppableByVoice(ctx, person.accountId)).map(change => change.id)).toEqual([wait.id])
    await speak(person, await link(person), wait.id)
    const facts = await person.facts()
    expect(facts.pending).toEqual([])
    expect(facts.passkeys.map(p => [p.id, p.status])).toEqual([
      [id, 'suspended'],
      [young, 'removed'],
    ])
    expect(await messages(ctx)).toContain('change_cancelled mei@example.com')
    const [event] = await ctx.store.read.events.list(person.accountId, null, 1)
    expect(event).toMatchObject({ kind: 'change.cancel', credentialId: id, body: { change: wait.id, via: 'voice' } })
    const asking = stranger()
    expect(await refusal(signInWithPasskey(ctx, asking, await person.phone.get(signInOptions(ctx, asking)), null))).toMatchObject({
      code: 'passkey_suspended',
    })
  })

  test('in a session the prompt asks for such a passkey alone', async () => {
    const { person, id, wait } = await silenced()
    const asker = bySession(await anotherSession(person), 'change.cancel')
    expect((await voiceOptions(person.ctx, asker, wait.id)).allowCredentials.map(known => known.id)).toEqual([id])
    expect((await voiceOptions(person.ctx, await link(person), wait.id)).allowCredentials).toEqual([])
    await speak(person, asker, wait.id)
    expect((await person.facts()).pending).toEqual([])
  })

  test('a passkey that works has none: it signs in', async () => {
    const person = await passkeyOwner(await exchange())
    await havePassword(person)
    const { wait, phone } = await recovered(person)
    expect(await stoppableByVoice(person.ctx, person.accountId)).toEqual([])
    for (const one of [person.phone, phone])
      expect(await refusal(speak(person, await link(person), wait.id, one))).toMatchObject({ code: 'refused_by_policy' })
    expect((await person.facts()).pending).toHaveLength(1)
  })

  test('a young one that was suspended has none', async () => {
    const person = await passkeyOwner(await exchange())
    await havePassword(person)
    const { wait, phone, id } = await recovered(person)
    await person.prove('passkey.suspend', 'passkey', id)
    await suspendPasskey(person.ctx, await person.caller(), id)
    expect(await refusal(speak(person, await link(person), wait.id, phone))).toMatchObject({ code: 'passkey_suspended' })
  })

  test('one that was removed with a lesser proof has it for 72 h, with a better one not at all', async () => {
    const { person, id, wait } = await silenced()
    const { ctx, accountId } = person
    const removed = (via: ProofClass, at: number) =>
      ctx.store.transaction(async tx => {
        await tx.passkeys.restore(accountId, id)
        await tx.passkeys.remove(accountId, id, at, via)
      })
    const says = async () => refusal(speak(person, await link(person), wait.id))
    await removed('trusted', ctx.now())
    expect(await says()).toMatchObject({ code: 'passkey_removed' })
    await removed('lesser', ctx.now() - 72 * HOUR)
    expect(await says()).toMatchObject({ code: 'passkey_removed' })
    await removed('lesser', ctx.now() - 72 * HOUR + 10)
    await speak(person, await link(person), wait.id)
    expect((await person.facts()).pending).toEqual([])
  })

  test('a challenge serves one wait and one asker; another account’s wait is not there', async () => {
    const { person, wait } = await silenced()
    const { ctx } = person
    const other = await passkeyOwner(ctx, 'other@example.com')
    const asker = await link(person)
    const response = await person.phone.get(await voiceOptions(ctx, asker, wait.id))
    expect(await refusal(cancelByVoice(ctx, stranger(), await link(person), wait.id, response))).toMatchObject({
      code: 'challenge_expired',
    })
    expect(await refusal(cancelByVoice(ctx, stranger(), await link(other), wait.id, response))).toMatchObject({ code: 'not_found' })
    await cancelByVoice(ctx, stranger(), asker, wait.id, response)
    expect(await refusal(cancelByVoice(ctx, stranger(), asker, wait.id, response))).toMatchObject({ code: 'already_done' })
  })

  test('raced: what was stopped meanwhile, and a passkey that works again meanwhile', async () => {
    const { person, id, wait } = await silenced()
    const { ctx, accountId } = person
    const asker = await link(person)
    const response = await person.phone.get(await voiceOptions(ctx, asker, wait.id))
    const works = before(ctx, () => ctx.store.transaction(tx => tx.passkeys.reactivate(accountId, id, 0)), 'stillAsks')
    expect(await refusal(cancelByVoice(works, stranger(), asker, wait.id, response))).toMatchObject({ code: 'refused_by_policy' })
    await ctx.store.transaction(tx => tx.passkeys.suspend(accountId, id, ctx.now(), 'lesser'))
    const gone = before(ctx, () => ctx.store.transaction(tx => tx.changes.cancel(wait.id, ctx.now())), 'stillAsks')
    expect(await refusal(cancelByVoice(gone, stranger(), asker, wait.id, response))).toMatchObject({ code: 'already_done' })
  })
})

async function recovered(person: Person) {
  const { phone, id } = await bindOn(person, await recoverBy(person, nothing, ['password', 'email']))
  return { phone, id, wait: (await person.facts()).pending[0]! }
}
