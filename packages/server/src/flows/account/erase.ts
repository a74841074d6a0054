import type { Ctx } from '../../ctx.ts'
import { erasureOf, isDue } from '../../domain/facts.ts'
import type { AccountId } from '../../domain/types.ts'
import { record } from './events.ts'

/** A closed account can be kept for this long, in real days (policy.md §4): from when it was closed and every address was told. */
export const CLOSING_MS = 7 * 86_400_000

/**
 * Erases an account whose time is over: what is personal is gone, what happened and when stays. In a transaction of its own, since
 * whoever comes by is refused. It is judged by the clock wherever an account is read, so that no node is too late.
 *
 * @returns false where somebody kept the account, or erased it before
 */
export async function eraseDue(ctx: Ctx, id: AccountId): Promise<boolean> {
  return ctx.store.transaction(async tx => {
    const facts = await tx.accounts.lock(id)
    const erasure = facts && erasureOf(facts)
    if (!erasure || !isDue(erasure, ctx.now())) return false
    await tx.accounts.erase(id)
    await record(tx, ctx, { accountId: id, kind: erasure.operation })
    return true
  })
}
