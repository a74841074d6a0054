import type { Caller, Ctx } from '../../ctx.ts'
import { isFrozen } from '../../domain/facts.ts'
import { Problem, type ProblemCode } from '../../domain/problems.ts'
import type { AccountFacts, PendingChange } from '../../domain/types.ts'
import { changeAccount } from '../account/account.ts'
import type { OwnChange } from '../account/events.ts'
import { findSession } from '../account/find-session.ts'
import { requireSession } from '../account/session.ts'
import { type ChangeOutcome, perform } from '../change/change.ts'
import { takeAtOnce, takeGrant } from '../prove/step-up.ts'
import { type SignIn, signInWithPasskey, UNFREEZE_PATH } from '../sign-in.ts'

const UNFREEZE = { operation: 'account.unfreeze', target: null } as const

/** The end of the freeze that was asked for and waits; null where none does. */
export const unfreezeWait = ({ pending }: AccountFacts): PendingChange | null =>
  pending.find(change => change.operation === UNFREEZE.operation) ?? null

/** @throws Problem `already_done` where it is not frozen */
export function guardFrozen(facts: AccountFacts): void {
  if (!isFrozen(facts)) throw new Problem('already_done')
}

/**
 * Unfreezes the caller's account: at once with a trusted passkey, else after its wait (policy.md §4).
 *
 * @throws Problem `step_up_required`; `already_done` where it is not frozen, or waits already
 */
export async function unfreeze(ctx: Ctx, caller: Caller): Promise<ChangeOutcome> {
  const work = async (own: OwnChange): Promise<ChangeOutcome> => {
    guardFrozen(own.facts)
    const grant = await takeGrant(own, UNFREEZE)
    if (grant.decision.kind === 'wait' && unfreezeWait(own.facts)) throw new Problem('already_done')
    return perform(own, grant)
  }
  return changeAccount(ctx, caller, work, requireSession(caller, UNFREEZE.operation))
}

/**
 * One prompt, from the calm page, signed out: the sign-in is the proof (policy.md §5). What would wait is not asked for: the person
 * reads first what it means.
 *
 * @returns the sign-in, and whether the account is unfrozen
 * @throws Problem what a sign-in with a passkey throws
 */
export async function unfreezeWithPasskey(ctx: Ctx, caller: Caller, response: unknown): Promise<{ signIn: SignIn; back: boolean }> {
  const signIn = await signInWithPasskey(ctx, caller, response, ctx.config.basePath + UNFREEZE_PATH)
  if (signIn.status !== 'signed_in') return { signIn, back: false }
  const session = await findSession(ctx, signIn.token.value, true)
  return { signIn, back: await backAtOnce(ctx, { ...caller, session }) }
}

async function backAtOnce(ctx: Ctx, caller: Caller): Promise<boolean> {
  const now = async (own: OwnChange) => perform(own, await takeAtOnce(own, UNFREEZE))
  try {
    await changeAccount(ctx, caller, now, requireSession(caller, UNFREEZE.operation))
    return true
  } catch (error) {
    const back = error instanceof Problem ? BACK[error.code] : undefined
    if (back === undefined) throw error
    return back
  }
}

/** What would wait is not asked for; and it was not frozen, or is no more. */
const BACK: Readonly<Partial<Record<ProblemCode, boolean>>> = { refused_by_policy: false, already_done: true }
