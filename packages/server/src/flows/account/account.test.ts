import { expect, test } from 'vitest'
import type { AccountId } from '../../domain/types.ts'
import { makeCtx, refusal } from '../../methods/context.fixture.ts'
import { exchange, passwordOwner } from '../people.fixture.ts'
import { passkeySigned } from '../recovery/by-mail.ts'
import { lockAccount, settleAccount, settleAndLoad } from './account.ts'

test('policy.md §4 an account in which nothing is due is read without its lock, so that a sign-in waits for nobody', async () => {
  const person = await passwordOwner(await exchange())
  const { ctx, accountId } = person
  const locked = { ...ctx, store: { ...ctx.store, transaction: () => Promise.reject(new Error('locked')) } }
  expect((await settleAndLoad(locked, accountId)).account.id).toBe(accountId)
  await settleAccount(locked, accountId)
  const caller = await person.caller()
  await passkeySigned(locked, caller, await person.facts(), caller.session!.id)
})

test('INV-19 an account that is gone is nobody’s', async () => {
  const ctx = await makeCtx()
  const gone = 'gone' as AccountId
  expect(await refusal(settleAndLoad(ctx, gone))).toMatchObject({ code: 'unauthenticated' })
  expect(await refusal(ctx.store.transaction(tx => lockAccount(tx, ctx, gone)))).toMatchObject({ code: 'unauthenticated' })
})
