import type { Caller, Ctx } from '../../ctx.ts'
import { isCheckupDue } from '../../domain/checkup.ts'
import type { AccountFacts, CredentialId } from '../../domain/types.ts'
import { changeAccount } from './account.ts'
import { happened } from './events.ts'
import { requireSession } from './session.ts'

/** As far back as an owner is asked about a new device: newer ones stand before it. */
const READ = 100

/** Whether the checkup is offered: 180 days after the last one, or once a new device has signed in since (O25). */
export async function checkupDue(ctx: Ctx, facts: AccountFacts): Promise<boolean> {
  if (isCheckupDue(facts, null, ctx.now())) return true
  const rows = await ctx.store.read.events.list(facts.account.id, null, READ)
  const newest = rows.find(({ kind, body }) => kind === 'sign_in' && body.newDevice === true)
  return isCheckupDue(facts, newest?.at ?? null, ctx.now())
}

/**
 * The owner has gone through the checkup. It protects nothing and needs no more than a live session: only when it is offered again
 * depends on it.
 */
export async function finishCheckup(ctx: Ctx, caller: Caller): Promise<void> {
  await changeAccount(ctx, caller, async own => {
    await own.tx.accounts.update(own.facts.account.id, { checkedAt: ctx.now() })
    await happened(own, 'account.checkup')
  })
}

export interface Approved {
  count: number
  lastAt: number
}

/** What each passkey approved so far: what goes with it, before somebody removes it (N7). */
export async function approvedBy(ctx: Ctx, caller: Caller): Promise<ReadonlyMap<CredentialId, Approved>> {
  const { accountId } = requireSession(caller, 'account.read')
  const rows = await ctx.store.read.events.uses(accountId, 'approval.approve')
  return new Map(rows.map(({ credentialId, ...rest }) => [credentialId, rest]))
}
