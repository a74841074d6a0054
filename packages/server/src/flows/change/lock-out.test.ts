import { describe, expect, test } from 'vitest'
import type { Operation } from '../../domain/policy.ts'
import type { CredentialId } from '../../domain/types.ts'
import { makeCtx, refusal } from '../../methods/context.fixture.ts'
import { beginAddress, confirmAddress, removeAddress } from '../addresses.ts'
import { details } from '../approvals/approvals.fixture.ts'
import { approvalOptions, approveWithPasskey, consumeApproval, createApproval } from '../approvals/approvals.ts'
import { removePasskey, suspendPasskey } from '../passkeys.ts'
import { removePassword } from '../password.ts'
import {
  anotherSession,
  exchange,
  HOUR,
  havePassword,
  type Person,
  passkeyOwner,
  passwordOwner,
  proveByTotp,
  sentCode,
} from '../people.fixture.ts'
import { sendStepUpCode, stepUpWithSecret } from '../prove/step-up.ts'
import { haveEverything } from '../recovery/recovery.fixture.ts'
import { takesLastWayIn } from './effects.ts'

const passkeyOf = async (person: Person): Promise<CredentialId> => (await person.facts()).passkeys[0]!.id
const dropped = async ({ ctx, accountId }: Person): Promise<unknown[]> =>
  (await ctx.store.read.events.list(accountId, null, 50)).filter(event => event.kind === 'change_dropped').map(event => event.body)

describe('N3, INV-1: never the last way in, also by a change that waits', () => {
  test('a removal of the only passkey by two steps is not even begun: it would stop the passkey at once', async () => {
    const person = await passkeyOwner(await exchange())
    const id = await passkeyOf(person)
    await person.prove('passkey.remove', 'email', id)
    expect(await refusal(removePasskey(person.ctx, await person.caller(), id))).toMatchObject({ code: 'last_way_in' })
    expect((await person.facts()).passkeys).toMatchObject([{ status: 'active' }])
    expect((await person.facts()).pending).toEqual([])
  })

  test('of two removals that wait side by side the second one is dropped when its time has come, and written down', async () => {
    const person = await passkeyOwner(await exchange())
    await havePassword(person)
    const { ctx } = person
    const id = await passkeyOf(person)
    const caller = await anotherSession(person)
    const prove = async (operation: Operation, target: string | null) => {
      await sendStepUpCode(ctx, caller, { operation, target }, 'email')
      await stepUpWithSecret(ctx, caller, { operation, target }, 'email', await sentCode(ctx))
    }
    await prove('password.remove', null)
    expect(await removePassword(ctx, caller)).toMatchObject({ status: 'waits' })
    await prove('passkey.remove', id)
    expect(await removePasskey(ctx, caller, id)).toMatchObject({ status: 'waits' })
    ctx.clock.advance(73 * HOUR)
    const { password, passkeys } = await person.facts()
    expect([password !== null, passkeys[0]?.status]).toEqual([true, 'removed'])
    expect(await dropped(person)).toEqual([{ operation: 'password.remove', reason: 'last_way_in' }])
  })
})

test('INV-1 an account that has no way in any more, by a stricter policy, may still change', async () => {
  const { ctx, facts } = await passwordOwner(await makeCtx({ policy: { preset: 'strict' } }))
  const wanted = { operation: 'phone.add', target: null, payload: '+34600000222' } as const
  expect(takesLastWayIn(ctx, await facts(), wanted)).toBe(false)
})

describe('K38 somebody hears of what happens to the account', () => {
  const withTotp = async (phone: boolean) => {
    const person = await passkeyOwner(await exchange())
    const kept = await haveEverything(person)
    if (!phone) {
      await person.prove('phone.remove')
      await removeAddress(person.ctx, await person.caller(), 'phone')
    }
    return { person, prove: (operation: Operation) => proveByTotp(person, kept.totp, operation) }
  }

  test('a removal of the only address that would wait is not even begun', async () => {
    const { person, prove } = await withTotp(false)
    await prove('email.remove')
    expect(await refusal(removeAddress(person.ctx, await person.caller(), 'email'))).toMatchObject({ code: 'last_way_in' })
    expect((await person.facts()).pending).toEqual([])
  })

  test('of two addresses whose removals wait side by side one stays', async () => {
    const { person, prove } = await withTotp(true)
    const { ctx } = person
    for (const kind of ['email', 'phone'] as const) {
      await prove(`${kind}.remove`)
      expect(await removeAddress(ctx, await person.caller(), kind)).toMatchObject({ status: 'waits' })
    }
    ctx.clock.advance(73 * HOUR)
    expect((await person.facts()).identifiers.filter(i => i.supersededAt === null)).toHaveLength(1)
    expect(await dropped(person)).toMatchObject([{ reason: 'last_way_in' }])
  })
})

test('policy.md §3: a set-up that was begun with two steps counts as lesser where a trusted passkey stands beside it by now', async () => {
  const person = await passwordOwner(await exchange())
  const { ctx, accountId } = person
  const neighbour = await passkeyOwner(ctx, 'nic@example.com')
  await person.prove('email.replace')
  await beginAddress(ctx, await person.caller(), 'email', 'new@example.com')
  const code = await sentCode(ctx)
  const [trusted] = (await neighbour.facts()).passkeys
  await ctx.store.transaction(tx => tx.passkeys.insert({ ...trusted!, id: 'dHJ1c3RlZA' as CredentialId, accountId }))
  expect(await confirmAddress(ctx, await person.caller(), 'email', code)).toMatchObject({ status: 'waits' })
  expect((await person.facts()).pending).toMatchObject([{ operation: 'email.replace', class: 'lesser' }])
})

describe('INV-7 what a passkey approved ends with the passkey', () => {
  const STOPS: Record<string, (person: Person, id: string) => Promise<unknown>> = {
    async suspended(person, id) {
      await person.prove('passkey.suspend', 'passkey', id)
      await suspendPasskey(person.ctx, await person.caller(), id)
    },
    async removed(person, id) {
      await person.prove('passkey.remove', 'passkey', id)
      await removePasskey(person.ctx, await person.caller(), id)
    },
    async 'stopped by a removal that waits'(person, id) {
      const { ctx } = person
      const caller = await anotherSession(person)
      const purpose = { operation: 'passkey.remove', target: id } as const
      await sendStepUpCode(ctx, caller, purpose, 'email')
      await stepUpWithSecret(ctx, caller, purpose, 'email', await sentCode(ctx))
      expect(await removePasskey(ctx, caller, id)).toMatchObject({ status: 'waits' })
    },
  }

  async function approved(): Promise<{ person: Person; id: CredentialId; approval: string; open: string }> {
    const person = await passkeyOwner(await exchange())
    await havePassword(person)
    const { ctx } = person
    const ask = async () => (await createApproval(ctx, await person.caller(), { action: 'withdraw', details, returnTo: null })).id
    const [approval, open] = [await ask(), await ask()]
    const options = await approvalOptions(ctx, await person.caller(), approval)
    await approveWithPasskey(ctx, await person.caller(), approval, await person.phone.get(options))
    return { person, id: await passkeyOf(person), approval, open }
  }

  test.each(Object.entries(STOPS))('%s: it is void, and one that nobody decided stays open', async (_how, stop) => {
    const { person, id, approval, open } = await approved()
    await stop(person, id)
    const statusOf = async (row: string) => (await person.ctx.store.read.approvals.get(row))?.status
    expect([await statusOf(approval), await statusOf(open)]).toEqual(['voided', 'created'])
    expect(await refusal(consumeApproval(person.ctx, person.accountId, approval, details))).toMatchObject({ code: 'approval_decided' })
  })

  test('it does not come back with the passkey', async () => {
    const { person, id, approval } = await approved()
    const { ctx } = person
    await STOPS.suspended!(person, id)
    // with two steps that would wait; here it is back at once
    await ctx.store.transaction(tx => tx.passkeys.reactivate(person.accountId, id, 0))
    expect(await refusal(consumeApproval(ctx, person.accountId, approval, details))).toMatchObject({ code: 'approval_decided' })
  })
})
