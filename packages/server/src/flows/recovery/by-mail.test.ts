import { expect, it } from 'vitest'
import { exchange, messages, passkeyOwner, stranger } from '../people.fixture.ts'
import { signInOptions, signInWithPasskey } from '../sign-in.ts'
import { MAIL_RECOVERY, waitByMail } from './by-mail.ts'

it('INV-14: a passkey that signs stops the recovery by mailbox that waits: written down, told, and said to leave', async () => {
  const { ctx, accountId, phone } = await passkeyOwner(await exchange())
  await ctx.store.transaction(async tx =>
    waitByMail({ tx, ctx, facts: (await tx.accounts.facts(accountId))!, caller: stranger(), session: null }),
  )
  const [wait] = (await ctx.store.read.accounts.facts(accountId))!.pending
  const begun = (await ctx.store.read.events.list(accountId, null, 20)).filter(({ kind }) => kind === 'change_waits')
  expect(begun.map(({ body }) => [body.operation, body.until, body.class])).toEqual([[MAIL_RECOVERY, wait!.effectiveAt, wait!.class]])
  const asking = stranger()
  const woken = ctx.wakes()
  const signed = await signInWithPasskey(ctx, asking, await phone.get(signInOptions(ctx, asking) as never), null)
  expect(signed.status).toBe('signed_in')
  expect((await ctx.store.read.accounts.facts(accountId))!.pending).toEqual([])
  const events = await ctx.store.read.events.list(accountId, null, 20)
  const [cancelled, ...more] = events.filter(({ kind }) => kind === 'change.cancel')
  expect([cancelled?.body.change, cancelled?.body.operation, more]).toEqual([wait!.id, MAIL_RECOVERY, []])
  expect(cancelled?.sessionId).toBe(events.find(({ kind }) => kind === 'sign_in')?.sessionId)
  expect(await messages(ctx)).toContain('change_cancelled mei@example.com')
  expect(ctx.wakes()).toBeGreaterThan(woken)
})
