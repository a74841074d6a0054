import { beforeAll, describe, expect, it } from 'vitest'
import { Problem } from '../../domain/problems.ts'
import type { CredentialId } from '../../domain/types.ts'
import type { TestCtx } from '../../methods/context.fixture.ts'
import { cancelChange } from '../change/waits.ts'
import { type Purpose, stepUpOptions, stepUpWithPasskey } from '../prove/step-up.ts'
import {
  ADDRESS,
  addYoungPasskey,
  details,
  HOUR,
  makeExchange,
  outcome,
  type Person,
  proveByMail,
  withPasskey,
  withPassword,
} from './approvals.fixture.ts'
import { approvalOptions, approveWithPasskey, createApproval } from './approvals.ts'
import {
  addPayoutAddress,
  draftPayoutAddress,
  dropPayoutAddress,
  importPayoutAddresses,
  listPayoutAddresses,
  parsePayoutAddress,
  readPayoutDraft,
} from './payout-addresses.ts'

let ctx: TestCtx
beforeAll(async () => {
  ctx = await makeExchange()
})

const vault = { asset: 'BTC', network: 'Bitcoin', address: ADDRESS, label: 'Ledger vault' }
const DAY = 24 * HOUR

async function proveByPasskey(who: Person, purpose: Purpose): Promise<void> {
  const caller = await who.caller()
  const { token } = await stepUpWithPasskey(ctx, caller, purpose, await who.device.get(await stepUpOptions(ctx, caller, purpose)))
  who.signedIn(token.value)
}

async function add(who: Person, prove: (draft: string) => Promise<void>) {
  const draft = draftPayoutAddress(ctx, who.accountId, vault, '/demo/addresses')
  await prove(draft)
  return addPayoutAddress(ctx, await who.caller(), draft)
}
const purpose = (target: string) => ({ operation: 'payout_address.add', target }) as const
const ask = async (who: Person, to = ADDRESS) =>
  createApproval(ctx, await who.caller(), { action: 'strict_withdraw', details: { ...details, to }, returnTo: null })

describe('the address book', () => {
  it('N4: T adds an address that pays out after a day, in the list of waits, told to the owner', async () => {
    const mei = await withPasskey(ctx)
    const { address, returnTo } = await add(mei, draft => proveByPasskey(mei, purpose(draft)))
    expect(address).toEqual({ id: address.id, ...vault, memo: null, createdAt: ctx.now(), effectiveAt: ctx.now() + DAY })
    expect(returnTo).toBe('/demo/addresses')
    const facts = await ctx.store.read.accounts.facts(mei.accountId)
    expect(facts?.pending).toMatchObject([
      { operation: 'payout_address.add', target: address.id, class: 'trusted', effectiveAt: address.effectiveAt },
    ])
    const told = await ctx.store.transaction(tx => tx.outbox.lease(ctx.now(), 1, 1_000))
    expect(told.filter(m => m.accountId === mei.accountId && m.template === 'change_waits')).toHaveLength(1)
    expect(await outcome(ask(mei))).toEqual({
      code: 'money_held',
      until: address.effectiveAt,
      reasons: ['address_waits'],
      ways: ['other_address', 'later'],
    })
    ctx.clock.set(address.effectiveAt)
    expect(await outcome(ask(mei))).toMatchObject({ status: 'created' })
    expect(await listPayoutAddresses(ctx, mei.accountId)).toEqual([address])
  })

  it('two steps add one too, a lesser proof is refused (policy.md §4)', async () => {
    const ada = await withPassword(ctx)
    const { address } = await add(ada, draft => proveByMail(ctx, ada, purpose(draft)))
    expect(address.effectiveAt).toBe(ctx.now() + DAY)
    const bea = await withPassword(ctx)
    ctx.clock.set(await addYoungPasskey(ctx, bea))
    expect(await outcome(add(bea, draft => proveByMail(ctx, bea, purpose(draft))))).toMatchObject({
      code: 'refused_by_policy',
      methods: ['passkey'],
    })
  })

  it('N4: holds two hundred addresses and no more, each once', async () => {
    const mei = await withPasskey(ctx)
    const { accountId } = mei
    const row = { ...vault, accountId, memo: null, createdAt: ctx.now(), effectiveAt: ctx.now(), removedAt: null }
    await ctx.store.transaction(async tx => {
      for (let n = 1; n < 200; n++) await tx.payoutAddresses.insert({ ...row, id: `mei-${n}`, address: `${ADDRESS}${n}` })
    })
    const { address } = await add(mei, draft => proveByPasskey(mei, purpose(draft)))
    expect(await outcome(add(mei, draft => proveByPasskey(mei, purpose(draft))))).toEqual({ code: 'already_done' })
    await ctx.store.transaction(async tx => {
      await tx.payoutAddresses.remove(accountId, address.id, ctx.now())
      await tx.payoutAddresses.insert({ ...row, id: 'mei-200', address: `${ADDRESS}200` })
    })
    expect(await outcome(add(mei, async () => {}))).toMatchObject({ code: 'refused_by_policy', limit: '200' })
  })

  it.each([
    ['the same', {}, 'already_done'],
    ['another asset', { asset: 'LTC' }, 'step_up_required'],
    ['another network', { network: 'Lightning' }, 'step_up_required'],
    ['another address', { address: `${ADDRESS}x` }, 'step_up_required'],
    ['another memo', { memo: '7' }, 'step_up_required'],
  ])('N4: %s beside one that is there', async (_what, changed, code) => {
    const mei = await withPasskey(ctx)
    await add(mei, draft => proveByPasskey(mei, purpose(draft)))
    const draft = draftPayoutAddress(ctx, mei.accountId, { ...vault, ...changed }, null)
    expect(await outcome(addPayoutAddress(ctx, await mei.caller(), draft))).toMatchObject({ code })
  })

  it('N4: one that is taken out ends its own wait and no other', async () => {
    const mei = await withPasskey(ctx)
    const { address: first } = await add(mei, draft => proveByPasskey(mei, purpose(draft)))
    const draft = draftPayoutAddress(ctx, mei.accountId, { ...vault, memo: '7' }, null)
    await proveByPasskey(mei, purpose(draft))
    const { address } = await addPayoutAddress(ctx, await mei.caller(), draft)
    await proveByPasskey(mei, { operation: 'payout_address.remove', target: address.id })
    await dropPayoutAddress(ctx, await mei.caller(), address.id)
    expect((await ctx.store.read.accounts.facts(mei.accountId))!.pending.map(({ target }) => target)).toEqual([first.id])
  })

  it.each([
    ['asset', 32],
    ['network', 32],
    ['address', 128],
    ['memo', 64],
    ['label', 64],
  ] as const)('H14 %s: at most %i characters', (name, most) => {
    const parse = (length: number) => parsePayoutAddress({ ...vault, [name]: 'x'.repeat(length) })
    expect(parse(most)[name]).toHaveLength(most)
    expect(() => parse(most + 1)).toThrow(Problem)
  })

  it('a withdrawal goes to known addresses only, each part of them', async () => {
    const mei = await withPasskey(ctx)
    expect(await outcome(ask(mei))).toEqual({ code: 'address_unknown' })
    const { address } = await add(mei, draft => proveByPasskey(mei, purpose(draft)))
    ctx.clock.set(address.effectiveAt)
    expect(await outcome(ask(mei, `${ADDRESS}x`))).toEqual({ code: 'address_unknown' })
    const other = createApproval(ctx, await mei.caller(), {
      action: 'strict_withdraw',
      details: { ...details, network: 'Lightning' },
      returnTo: null,
    })
    expect(await outcome(other)).toEqual({ code: 'address_unknown' })
    const eve = await withPasskey(ctx)
    expect(await outcome(ask(eve))).toEqual({ code: 'address_unknown' })
  })

  it('an address that was taken out between page and prompt is not paid', async () => {
    const mei = await withPasskey(ctx)
    const { address } = await add(mei, draft => proveByPasskey(mei, purpose(draft)))
    ctx.clock.set(address.effectiveAt)
    const row = await ask(mei)
    const response = await mei.device.get(await approvalOptions(ctx, await mei.caller(), row.id))
    await ctx.store.transaction(tx => tx.payoutAddresses.remove(mei.accountId, address.id, ctx.now()))
    expect(await outcome(approveWithPasskey(ctx, await mei.caller(), row.id, response))).toEqual({ code: 'address_unknown' })
  })

  it('the proof is for one address of one account: a draft is ours, unaltered, and no grant serves another', async () => {
    const [mei, eve] = [await withPasskey(ctx), await withPasskey(ctx)]
    const draft = draftPayoutAddress(ctx, mei.accountId, vault, null)
    const other = draftPayoutAddress(ctx, mei.accountId, { ...vault, address: `${ADDRESS}x` }, null)
    await proveByPasskey(mei, purpose(draft))
    expect(await outcome(addPayoutAddress(ctx, await mei.caller(), other))).toMatchObject({ code: 'step_up_required' })
    expect(await outcome(addPayoutAddress(ctx, await eve.caller(), draft))).toEqual({ code: 'form_expired' })
    for (const forged of [draft.slice(0, -24) + other.slice(-24), draft.slice(0, -1), `${draft}.`, `${draft}AAAA`, `${draft}=`, '']) {
      expect(await outcome(addPayoutAddress(ctx, await mei.caller(), forged))).toEqual({ code: 'form_expired' })
    }
    await addPayoutAddress(ctx, await mei.caller(), draft)
    expect(await outcome(addPayoutAddress(ctx, await mei.caller(), draft))).toEqual({ code: 'already_done' })
  })

  it('the proof that set a method up is no proof for money', async () => {
    const mei = await withPasskey(ctx)
    expect(await outcome(addPayoutAddress(ctx, await mei.caller(), draftPayoutAddress(ctx, mei.accountId, vault, null)))).toMatchObject({
      code: 'step_up_required',
    })
  })

  it.each([
    ['an empty address', { ...vault, address: '' }, 'address'],
    ['spaces in it', { ...vault, address: 'bc1 q' }, 'address'],
    ['text that turns around', { ...vault, label: 'a\u202eb' }, 'label'],
    ['H14 letters of another script in it', { ...vault, address: ADDRESS.replace('a', 'а') }, 'address'],
    ['H14 an invisible character in it', { ...vault, address: `${ADDRESS}\u{e0041}` }, 'address'],
    ['H14 tag characters in the label', { ...vault, label: 'Vault\u{e0041}' }, 'label'],
    ['H14 a pile of 200 marks in the label', { ...vault, label: `V${'\u0301'.repeat(200)}` }, 'label'],
    ['H14 a direction mark in the memo', { ...vault, memo: '12\u061c3' }, 'memo'],
    ['H14 half a character in the network', { ...vault, network: 'TRC\ud800' }, 'network'],
    ['a name too long', { ...vault, label: 'x'.repeat(65) }, 'label'],
    ['no asset', { ...vault, asset: ' ' }, 'asset'],
  ])('refuses %s', async (_name, input, field) => {
    const mei = await withPasskey(ctx)
    expect(() => draftPayoutAddress(ctx, mei.accountId, input, null)).toThrow(
      expect.objectContaining({ code: 'bad_request', extras: { field } }),
    )
  })

  it('INV-18: a draft leads back to our own origin only', async () => {
    const mei = await withPasskey(ctx)
    for (const returnTo of ['https://evil.example/', '//evil.example', '/\\evil.example']) {
      const draft = draftPayoutAddress(ctx, mei.accountId, vault, returnTo)
      expect(readPayoutDraft(ctx, mei.accountId, draft).returnTo).toBeNull()
    }
  })

  it('H10 removes one at once, a waiting one with its wait; with two steps of the last 15 minutes, as what protects', async () => {
    const mei = await withPasskey(ctx)
    const { address } = await add(mei, draft => proveByPasskey(mei, purpose(draft)))
    await proveByPasskey(mei, { operation: 'payout_address.remove', target: address.id })
    expect(await dropPayoutAddress(ctx, await mei.caller(), address.id)).toEqual({ status: 'done' })
    expect(await listPayoutAddresses(ctx, mei.accountId)).toEqual([])
    expect((await ctx.store.read.accounts.facts(mei.accountId))?.pending).toEqual([])
    const bea = await withPassword(ctx)
    const kept = await add(bea, draft => proveByMail(ctx, bea, purpose(draft)))
    ctx.clock.set(Math.max(kept.address.effectiveAt, await addYoungPasskey(ctx, bea)))
    await proveByMail(ctx, bea, { operation: 'payout_address.remove', target: kept.address.id })
    ctx.clock.advance(15 * 60_000 + 1)
    expect(await outcome(dropPayoutAddress(ctx, await bea.caller(), kept.address.id))).toMatchObject({ code: 'step_up_required' })
    await proveByMail(ctx, bea, { operation: 'payout_address.remove', target: kept.address.id })
    expect(await dropPayoutAddress(ctx, await bea.caller(), kept.address.id)).toEqual({ status: 'done' })
    expect((await ctx.store.read.accounts.facts(bea.accountId))?.account.moneyPausedUntil).toBeNull()
    expect(await outcome(dropPayoutAddress(ctx, await mei.caller(), kept.address.id))).toEqual({ code: 'not_found' })
  })

  it('a wait that was stopped leaves nothing to pay', async () => {
    const mei = await withPasskey(ctx)
    const { address } = await add(mei, draft => proveByPasskey(mei, purpose(draft)))
    const change = (await ctx.store.read.accounts.facts(mei.accountId))?.pending[0]?.id ?? ''
    await proveByPasskey(mei, { operation: 'change.cancel', target: change })
    await cancelChange(ctx, await mei.caller(), change)
    ctx.clock.set(address.effectiveAt)
    expect(await outcome(ask(mei))).toEqual({ code: 'address_unknown' })
  })

  it('a wait that a freeze kept holds the address back longer than its row says', async () => {
    const mei = await withPasskey(ctx)
    const { address } = await add(mei, draft => proveByPasskey(mei, purpose(draft)))
    const facts = await ctx.store.read.accounts.facts(mei.accountId)
    const change = facts?.pending[0]
    if (!change) throw new Error('nothing waits')
    const later = address.effectiveAt + DAY
    await ctx.store.transaction(async tx => {
      await tx.changes.cancel(change.id, ctx.now())
      await tx.changes.insert({ ...change, id: `${change.id}x`, effectiveAt: later, credentialId: change.credentialId as CredentialId })
    })
    ctx.clock.set(address.effectiveAt)
    expect(await outcome(ask(mei))).toEqual({
      code: 'money_held',
      until: later,
      reasons: ['address_waits'],
      ways: ['other_address', 'later'],
    })
    expect((await listPayoutAddresses(ctx, mei.accountId))[0]?.effectiveAt).toBe(later)
  })

  it('INV-17: no host shortens the wait in production', async () => {
    const mei = await withPasskey(ctx)
    expect(await outcome(importPayoutAddresses(ctx, mei.accountId, [vault]))).toEqual({ code: 'forbidden' })
  })

  it('INV-9: a closed account gets none in development either', async () => {
    const { accountId } = await withPasskey(ctx)
    await ctx.store.transaction(tx => tx.accounts.update(accountId, { status: 'closed' }))
    const development = { ...ctx, config: { ...ctx.config, development: true } }
    expect(await outcome(importPayoutAddresses(development, accountId, [vault]))).toEqual({ code: 'unauthenticated' })
  })
})
