import type { Caller, Ctx } from '../../ctx.ts'
import { makeFreezeLink } from '../../deliver/freeze-link.ts'
import { isFrozen } from '../../domain/facts.ts'
import { Problem } from '../../domain/problems.ts'
import { changeAccount } from '../account/account.ts'
import { type Change, happened, tell } from '../account/events.ts'
import { endTrust } from '../account/trusted-device.ts'
import { standStill } from '../change/thaw.ts'
import { type Authority, demand } from '../prove/authority.ts'
import { takeAtOnce } from '../prove/step-up.ts'

const FREEZE = { operation: 'account.freeze', target: null } as const

/**
 * Stops everything at once: sessions, what was approved, what waits, the clocks of young passkeys, and the trust of devices.
 *
 * @throws Problem `already_done`
 */
export async function freezeAccount(change: Change, authority: Authority<'account.freeze'>): Promise<void> {
  demand(authority, FREEZE.operation)
  const { tx, ctx, facts } = change
  if (isFrozen(facts)) throw new Problem('already_done')
  const { id } = facts.account
  const at = ctx.now()
  await tx.accounts.update(id, { status: 'frozen', frozenAt: at })
  await standStill(change)
  await tx.sessions.endAll(id, null, at, FREEZE.operation)
  await tx.approvals.voidAll(id, null)
  await endTrust(change, null)
  await happened(change, FREEZE.operation, { body: { by: authority.by } })
  await tell(change, 'account_frozen')
}

/**
 * Freezes the caller's own account: one step of the last five minutes is enough (policy.md §3). Every session ends, the caller's too.
 *
 * @returns what stands in a link to the calm page, for the browser that is signed out now
 * @throws Problem `step_up_required`
 */
export async function freeze(ctx: Ctx, caller: Caller): Promise<string> {
  return changeAccount(ctx, caller, async own => {
    await freezeAccount(own, await takeAtOnce(own, FREEZE))
    const { token, row } = makeFreezeLink({ at: ctx.now(), accountId: own.facts.account.id, identifierId: null, notice: null })
    await own.tx.freezeLinks.insert(row)
    return token
  })
}
