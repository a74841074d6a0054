import { describe, expect, it, test } from 'vitest'
import type { Ctx } from '../../ctx.ts'
import type { CredentialId, PendingChange } from '../../domain/types.ts'
import { uuidv7 } from '../../keys.ts'
import { refusal } from '../../methods/context.fixture.ts'
import { payoutAddress } from '../../store/rows.fixture.ts'
import { settleAndLoad } from '../account/account.ts'
import { details } from '../approvals/approvals.fixture.ts'
import { approvalOptions, approveWithPasskey, createApproval } from '../approvals/approvals.ts'
import { dropPayoutAddress } from '../approvals/payout-addresses.ts'
import { reactivatePasskey, removePasskey } from '../passkeys.ts'
import { before, DAY, exchange, type Person, passkeyOwner } from '../people.fixture.ts'

/** Another passkey of the owner's, trusted as the first. */
async function another({ ctx, facts }: Person, status: 'active' | 'suspended'): Promise<CredentialId> {
  const [first] = (await facts()).passkeys
  const id = `${first!.id.slice(0, -4)}abcd` as CredentialId
  await ctx.store.transaction(tx => tx.passkeys.insert({ ...first!, id, status }))
  return id
}

const events = async ({ ctx, accountId }: Person, kind: string) =>
  (await ctx.store.read.events.list(accountId, null, 20)).filter(event => event.kind === kind)

describe('INV-5: of two requests for the same one does it', () => {
  test.each([
    ['passkey.remove', removePasskey, 'active'],
    ['passkey.reactivate', reactivatePasskey, 'suspended'],
  ] as const)('%s, done meanwhile with another proof', async (operation, act, status) => {
    const person = await passkeyOwner(await exchange())
    const { ctx, accountId } = person
    const target = await another(person, status)
    await person.prove(operation, 'passkey', target)
    const meanwhile = (): Promise<boolean> =>
      ctx.store.transaction(tx =>
        operation === 'passkey.remove'
          ? tx.passkeys.remove(accountId, target, ctx.now(), 'trusted')
          : tx.passkeys.reactivate(accountId, target, ctx.now()),
      )
    const late: Ctx = before(ctx, meanwhile)
    expect(await refusal(act(late, await person.caller(), target))).toMatchObject({ code: 'already_done' })
    expect(await events(person, operation)).toEqual([])
  })
})

it('INV-5: a payout address that was taken out meanwhile is not taken out again', async () => {
  const person = await passkeyOwner(await exchange())
  const { ctx, accountId } = person
  const row = payoutAddress(accountId, { createdAt: ctx.now(), effectiveAt: ctx.now() })
  await ctx.store.transaction(tx => tx.payoutAddresses.insert(row))
  await person.prove('payout_address.remove', 'passkey', row.id)
  const late = before(ctx, () => ctx.store.transaction(tx => tx.payoutAddresses.remove(accountId, row.id, ctx.now())))
  expect(await refusal(dropPayoutAddress(late, await person.caller(), row.id))).toMatchObject({ code: 'already_done' })
  expect(await events(person, 'payout_address.remove')).toEqual([])
})

test.each([
  ['removed', 'passkey_removed'],
  ['suspended', 'passkey_suspended'],
] as const)('INV-2: a passkey that was %s meanwhile approves nothing: %s', async (status, code) => {
  const person = await passkeyOwner(await exchange())
  const { ctx, accountId, phone } = person
  await another(person, 'active')
  const caller = await person.caller()
  const { id } = await createApproval(ctx, caller, { action: 'withdraw', details, returnTo: null })
  const response = await phone.get((await approvalOptions(ctx, caller, id)) as never)
  const own = phone.credentials[0]!.id as CredentialId
  const end = (): Promise<boolean> =>
    ctx.store.transaction(tx => tx.passkeys[status === 'removed' ? 'remove' : 'suspend'](accountId, own, ctx.now(), 'trusted'))
  expect(await refusal(approveWithPasskey(before(ctx, end), caller, id, response))).toMatchObject({ code })
  expect(await events(person, 'approval.approve')).toEqual([])
})

it('INV-10: a reactivation that waited is dropped where its passkey is gone by then, and the account opens all the same', async () => {
  const person = await passkeyOwner(await exchange())
  const { ctx, accountId } = person
  const asked = ctx.now()
  const wait: PendingChange = {
    ...{ id: uuidv7(asked), accountId, operation: 'passkey.reactivate', target: 'bm9ib2R5', payload: null, class: 'lesser' },
    ...{ sessionId: null, credentialId: null, askedAt: asked, effectiveAt: asked + DAY, cancelledAt: null, appliedAt: null },
    remainingMs: null,
    was: null,
  }
  await ctx.store.transaction(tx => tx.changes.insert(wait))
  ctx.clock.advance(DAY)
  expect((await settleAndLoad(ctx, accountId)).pending).toEqual([])
  expect((await events(person, 'change_dropped')).map(({ body }) => body.reason)).toEqual(['not_found'])
})
