import type { Ctx } from '../../ctx.ts'
import type { MethodName } from '../../domain/methods.ts'
import type { Operation } from '../../domain/policy.ts'
import type { AccountFacts, Session } from '../../domain/types.ts'
import type { AppContext } from '../../http/env.ts'
import type { Translator } from '../../messages/index.ts'

/** What a security verification is for, and what happens when it succeeded. */
export interface Intent {
  /** The line under "Confirm it's you": "To delete the passkey “Work laptop”". */
  reason(t: Translator, facts: AccountFacts, target: string | null, ctx: Ctx): string
  /**
   * Runs right after the proof, in the same request: does the operation, or leads to the page that does. The grant is at the session.
   *
   * @returns the path of ours to go to
   */
  done(c: AppContext, target: string | null): Promise<string> | string
  /** Words of the button where the operation itself is confirmed by it; default "Continue". */
  button?(t: Translator, facts: AccountFacts, target: string | null): string
  danger?: boolean
  /** Where "Cancel" leads where the verification is a page; default the security page. */
  cancel?(target: string | null): string
  /** Methods that can serve, of those that the account has; default all of them. */
  methods?(ctx: Ctx, facts: AccountFacts, session: Session): readonly MethodName[]
}

export type Intents = Partial<Record<Operation, Intent>>

/** The page that asks for a proof for one operation on one target. */
export function verifyPath(operation: Operation, target: string | null = null, method?: string): string {
  const query = new URLSearchParams({ operation })
  if (target !== null) query.set('target', target)
  if (method) query.set('method', method)
  return `/account/verify?${query}`
}
