import type { ActionOptions } from '../../config.ts'
import type { Ctx } from '../../ctx.ts'
import type { ProblemCode } from '../../domain/problems.ts'
import type { ApprovalView } from '../../flows/approvals/views.ts'
import type { AppContext } from '../../http/env.ts'
import type { Translator } from '../../messages/index.ts'

export const approvePath = (id: string): string => `/approve/${id}`

/** These have pages of their own. */
export const ELSEWHERE: ReadonlySet<ProblemCode> = new Set(['unauthenticated', 'not_found', 'internal', 'form_expired'])

/** Everything that the parts of the page ask for. */
export interface ApprovalScreen extends ApprovalView {
  c: AppContext
  ctx: Ctx
  t: Translator
  action: ActionOptions
  /** "0.50 BTC"; null for an action without an amount */
  amount: string | null
  /** Where the host waits for the person. */
  back: string | null
}

export const verbOf = ({ action, t }: ApprovalScreen): string => action.verb ?? t('approve.verb')

/** Back to the host, under its name; to the security page where the host named no place. */
export function homeOf({ back, ctx, t }: ApprovalScreen): { href: string; words: string } {
  const { brand } = ctx.config
  const href = back ?? brand.homeUrl ?? null
  if (href === null) return { href: '/account/security', words: t('approve.back_security') }
  return { href, words: t('common.back_to', { product: brand.product ?? brand.name }) }
}
