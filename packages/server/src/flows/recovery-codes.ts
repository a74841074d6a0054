import type { Caller, Ctx } from '../ctx.ts'
import { Problem } from '../domain/problems.ts'
import type { AccountFacts } from '../domain/types.ts'
import { makeRecoveryCodes, recoveryCodeRows } from '../methods/index.ts'
import { settleAndLoad } from './account/account.ts'
import { requireSession } from './account/session.ts'
import { type ChangeOutcome, change } from './change/change.ts'
import { hasGrant, stepUpMethods } from './prove/step-up.ts'

/** A first set is added; another one ends the old one. */
export const recoveryCodesOperation = (facts: AccountFacts): 'recovery_codes.add' | 'recovery_codes.replace' =>
  facts.recoveryCodes ? 'recovery_codes.replace' : 'recovery_codes.add'

export interface MadeCodes {
  /** In the clear: this is the only time. */
  codes: string[]
  outcome: ChangeOutcome
  /** The set that is in force now; null while it waits. */
  setId: string | null
}

/**
 * Makes a set of ten (F35). Only their MACs are stored, so that they can be shown this once.
 *
 * @throws Problem `step_up_required`
 */
export async function makeCodes(ctx: Ctx, caller: Caller): Promise<MadeCodes> {
  const session = requireSession(caller)
  const facts = await settleAndLoad(ctx, session.accountId)
  const purpose = { operation: recoveryCodesOperation(facts), target: null }
  // asked first: nobody learns codes that will not count
  if (!(await hasGrant(ctx, session, purpose)))
    throw new Problem('step_up_required', { ...purpose, methods: stepUpMethods(facts, ctx, session) })
  const codes = makeRecoveryCodes()
  const rows = recoveryCodeRows(ctx, 'new', session.accountId, codes)
  const payload = JSON.stringify(rows.map(({ prefix, hash }) => ({ prefix, hash })))
  const outcome = await change(ctx, caller, { ...purpose, payload })
  const setId = outcome.status === 'done' ? ((await settleAndLoad(ctx, session.accountId)).recoveryCodes?.id ?? null) : null
  return { codes, outcome, setId }
}

/** "I saved these codes". Says nothing about a set that has been replaced since. */
export async function markCodesSaved(ctx: Ctx, caller: Caller, setId: string): Promise<void> {
  const session = requireSession(caller)
  await ctx.store.transaction(async tx => {
    const set = await tx.authenticators.find(session.accountId, 'recovery_codes', 'active')
    if (set?.id === setId) await tx.authenticators.setData(set.id, { ...set.data, savedAt: ctx.now() })
  })
}
