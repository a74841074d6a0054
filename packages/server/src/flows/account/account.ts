import type { Caller, Ctx } from '../../ctx.ts'
import { ERASURE, isDue, isGone, isYoung } from '../../domain/facts.ts'
import { areSettingsLocked } from '../../domain/lock.ts'
import { changesSettings, isChange, type Operation } from '../../domain/policy.ts'
import { Problem } from '../../domain/problems.ts'
import type { AccountFacts, AccountId, PendingChange, Session } from '../../domain/types.ts'
import type { Tables } from '../../store/store.ts'
import { applyEffect } from '../change/effects.ts'
import { eraseDue } from './erase.ts'
import { happened, type OwnChange, record, tell } from './events.ts'
import { requireSession } from './session.ts'

/**
 * Changes that wait no longer: asked for, not cancelled, due, and not kept standing by a freeze (policy.md §4). A recovery by mailbox is
 * a wait too, but no operation of the table: its end is fetched by the next right code.
 */
const dueChanges = (facts: AccountFacts, now: number): PendingChange[] => facts.pending.filter(c => isDue(c, now) && isChange(c.operation))

/**
 * Locks the account for a change of its factors and brings it up to date first: waits that are over take effect here, when read,
 * so that no job is needed and no node can be late.
 *
 * @throws Problem `unauthenticated` when the account is gone
 */
export async function lockAccount(tx: Tables, ctx: Ctx, id: AccountId): Promise<AccountFacts> {
  const facts = await openAccount(tx, ctx, id)
  const due = dueChanges(facts, ctx.now())
  for (const change of due) await applyDue(tx, ctx, id, change)
  return due.length > 0 ? openAccount(tx, ctx, id) : facts
}

/** One that is to be erased is gone by the clock, whoever erases it. */
async function openAccount(tx: Tables, ctx: Ctx, id: AccountId): Promise<AccountFacts> {
  const facts = await tx.accounts.lock(id)
  if (!facts || isGone(facts, ctx.now())) throw new Problem('unauthenticated')
  return facts
}

async function applyDue(tx: Tables, ctx: Ctx, accountId: AccountId, change: PendingChange): Promise<void> {
  const facts = await openAccount(tx, ctx, accountId)
  // a closing that was due beside it keeps it standing
  if (!dueChanges(facts, ctx.now()).some(({ id }) => id === change.id)) return
  if (!(await tx.changes.markApplied(change.id, ctx.now()))) return
  try {
    await applyEffect({ tx, ctx, facts, caller: null, session: null }, change)
  } catch (error) {
    // what would lock the owner out by now is dropped, not done (INV-1)
    if (!(error instanceof Problem)) throw error
    await record(tx, ctx, { accountId, kind: 'change_dropped', body: { operation: change.operation, reason: error.code } })
  }
}

/**
 * Lets waits that are over take effect before somebody signs in, without loading the account: one read, for an account and for nobody
 * alike.
 *
 * @returns the account; null for nobody, and for one that was erased now
 */
export async function settleAccount(ctx: Ctx, id: AccountId | null): Promise<AccountId | null> {
  const due = await ctx.store.read.changes.due(id ?? ('' as AccountId), ctx.now())
  if (id === null || (due.includes(ERASURE) && (await eraseDue(ctx, id)))) return null
  if (due.some(isChange)) await ctx.store.transaction(tx => lockAccount(tx, ctx, id))
  return id
}

/** Accounts of which one node at least has to see that they close, or that they are to be erased, whether or not anybody comes by. */
const LEAVING = ['account.close', ERASURE] as const

/**
 * Lets closings take effect, and erases what has been closed for its time; the background does it every few minutes.
 *
 * @returns how many accounts
 */
export async function settleLeaving(ctx: Ctx, limit: number): Promise<number> {
  const ids = await ctx.store.read.changes.dueAccounts(LEAVING, ctx.now(), limit)
  for (const id of ids) await settleAccount(ctx, id)
  if (ids.length > 0) ctx.wakeOutbox()
  return ids.length
}

/**
 * The account as it is now, waits that are over included. A plain read unless something is due.
 *
 * @throws Problem `unauthenticated` for one that is gone
 */
export async function settleAndLoad(ctx: Ctx, id: AccountId): Promise<AccountFacts> {
  const facts = await ctx.store.read.accounts.facts(id)
  if (!facts) throw new Problem('unauthenticated')
  if (facts.account.status !== 'closed' && isGone(facts, ctx.now())) {
    await eraseDue(ctx, id)
    throw new Problem('unauthenticated')
  }
  if (dueChanges(facts, ctx.now()).length === 0) return facts
  return ctx.store.transaction(tx => lockAccount(tx, ctx, id))
}

/**
 * What the owner's lock of settings stops (policy.md §4). A young passkey may be removed all the same: that protects.
 *
 * @throws Problem `account_locked` with its end
 */
export function guardUnlocked({ account, passkeys }: AccountFacts, operation: Operation, target: string | null, now: number): void {
  if (!areSettingsLocked(account, now) || !changesSettings(operation)) return
  const young = operation === 'passkey.remove' && passkeys.some(p => p.id === target && isYoung(p, now))
  if (!young) throw new Problem('account_locked', { operation, until: account.lockedUntil })
}

const DAY_MS = 86_400_000

/** A try to change what is locked is told once a day, in a transaction of its own: the other one wrote nothing. */
async function tellTried(ctx: Ctx, caller: Caller, accountId: AccountId): Promise<void> {
  await ctx.store.transaction(async tx => {
    if ((await tx.limits.hit(`locked:${accountId}`, DAY_MS, ctx.now())).count > 1) return
    const change = { tx, ctx, caller, session: caller.session, facts: await lockAccount(tx, ctx, accountId) }
    await happened(change, 'account.lock_tried')
    await tell(change, 'change_tried')
  })
  ctx.wakeOutbox()
}

/**
 * Runs one change of the caller's own account: a transaction with the account locked and up to date. Its messages leave after the commit.
 *
 * @param session left out, a full one is demanded; `requireSession` with an operation gives that of a frozen or closing account too
 * @throws Problem `unauthenticated` without a full session, and what the work throws, which undoes all of it
 * @example await changeAccount(ctx, caller, async change => { await takeAtOnce(change, purpose); await happened(change, purpose.operation) })
 */
export async function changeAccount<T>(
  ctx: Ctx,
  caller: Caller,
  work: (change: OwnChange) => Promise<T>,
  session: Session = requireSession(caller),
): Promise<T> {
  const done = ctx.store.transaction(async tx => work({ tx, ctx, caller, session, facts: await lockAccount(tx, ctx, session.accountId) }))
  const value = await done.catch(async error => {
    if (error instanceof Problem && error.code === 'account_locked') await tellTried(ctx, caller, session.accountId)
    throw error
  })
  ctx.wakeOutbox()
  return value
}
