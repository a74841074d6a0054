import { describe, expect, test } from 'vitest'
import type { ChangingOperation } from '../../domain/policy.ts'
import type { CredentialId } from '../../domain/types.ts'
import { refusal } from '../../methods/context.fixture.ts'
import type { Change } from '../account/events.ts'
import { perform } from '../change/change.ts'
import { writeEffect } from '../change/effects.ts'
import { endPasskey } from '../change/end-passkey.ts'
import { addPending } from '../change/pending.ts'
import { exchange, type Person, passkeyOwner } from '../people.fixture.ts'
import { type Authority, mint } from './authority.ts'

const NOW = { kind: 'now', pauseMs: 0 } as const
const SAID = { target: null, proofClass: 'trusted', decision: NOW, credentialId: null } as const
const REMOVE = { ...SAID, operation: 'passkey.remove' } as const
/** Changes nothing where there is no app: nothing else would refuse it. */
const NO_APP = { ...SAID, operation: 'totp.remove' } as const
const PAUSE = { from: 0, reason: 'x', atLeastMs: 0 }
const end = (change: Change, authority: Authority) =>
  endPasskey(change, authority, {
    id: change.facts.passkeys[0]!.id,
    status: 'removed',
    keepSession: null,
    reason: 'passkey.remove',
  })

/** Everything that performs a change, or writes down that one waits. */
const SENSITIVE: Record<string, (change: Change, authority: Authority<ChangingOperation>) => Promise<unknown>> = {
  perform: (change, authority) => perform(change, authority),
  writeEffect: (change, authority) => writeEffect(change, authority, null, PAUSE),
  addPending: (change, authority) => addPending(change, authority, { until: 0 }),
  endPasskey: end,
}

const asked = async (person: Person, work: (change: Change) => Promise<unknown>): Promise<unknown> => {
  const [facts, caller] = [await person.facts(), await person.caller()]
  return refusal(person.ctx.store.transaction(tx => work({ tx, ctx: person.ctx, facts, caller, session: caller.session })))
}

describe('INV-9 a change needs an authority that somebody minted', () => {
  test.each(Object.keys(SENSITIVE))('%s takes neither a cast nor a copy', async name => {
    const person = await passkeyOwner(await exchange())
    const before = await person.facts()
    const told = await person.ctx.store.read.outbox.pending()
    const said = name === 'endPasskey' ? REMOVE : NO_APP
    for (const forged of [{ ...said, by: 'step_up', mayStop: () => true }, { ...mint('step_up', said) }])
      expect(await asked(person, change => SENSITIVE[name]!(change, forged as unknown as Authority<ChangingOperation>))).toMatchObject({
        code: 'internal',
      })
    expect(await person.facts()).toEqual(before)
    expect(await person.ctx.store.read.outbox.pending()).toBe(told)
  })

  test('nor does one for another operation end a passkey, and none can be changed', async () => {
    const person = await passkeyOwner(await exchange())
    const rename = mint('step_up', { ...SAID, operation: 'passkey.rename' })
    expect(await asked(person, change => end(change, rename))).toMatchObject({ code: 'internal' })
    expect(() => Object.assign(rename, { operation: 'passkey.remove' })).toThrow(TypeError)
    expect(rename.mayStop('any' as CredentialId)).toBe(false)
  })

  test('and does not compile without', async () => {
    const person = await passkeyOwner(await exchange())
    // @ts-expect-error what says the same is no authority
    expect(await asked(person, change => perform(change, NO_APP))).toMatchObject({ code: 'internal' })
    // @ts-expect-error nor is it one with the name of a minter beside it
    expect(await asked(person, change => end(change, { ...REMOVE, by: 'step_up', mayStop: () => true }))).toMatchObject({
      code: 'internal',
    })
  })
})
