import type { Caller, Ctx } from '../../ctx.ts'
import { Problem } from '../../domain/problems.ts'
import type { AccountFacts, PendingChange } from '../../domain/types.ts'
import { changeAccount } from '../account/account.ts'
import { type ChangeOutcome, perform } from '../change/change.ts'
import { takeGrant } from '../prove/step-up.ts'

export { CLOSING_MS } from '../account/erase.ts'

const CLOSE = { operation: 'account.close', target: null } as const

/** The closing that was asked for and waits; null where none does. */
export const closeWait = ({ pending }: AccountFacts): PendingChange | null =>
  pending.find(change => change.operation === CLOSE.operation) ?? null

/**
 * Asks for the closing of the caller's account. It takes effect after its wait (policy.md §4): then every session ends, and for seven
 * days whoever shows at least the proof of now can keep the account; after these it is erased.
 *
 * @throws Problem `step_up_required`; `already_done` where one waits already
 * @example const { until } = await close(ctx, caller) // { status: 'waits', until: 1795780800000, changeId: '…' }
 */
export async function close(ctx: Ctx, caller: Caller): Promise<ChangeOutcome> {
  return changeAccount(ctx, caller, async own => {
    if (closeWait(own.facts)) throw new Problem('already_done')
    return perform(own, await takeGrant(own, CLOSE))
  })
}
