import type { MethodName } from '../../domain/methods.ts'
import { OPERATIONS, type Operation, policyMs } from '../../domain/policy.ts'
import type { AccountFacts, Session } from '../../domain/types.ts'
import { movesMoney } from '../../flows/approvals/money.ts'
import { type Purpose, previewDecision } from '../../flows/prove/step-up.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import type { Translator } from '../../messages/index.ts'
import { Banner } from '../ui/notes.tsx'

/** Operation and target as hidden fields of a form. */
export const purposeFields = (purpose: Purpose): Record<string, string> => ({
  operation: purpose.operation,
  ...(purpose.target === null ? {} : { target: purpose.target }),
})

const SET_UPS: ReadonlySet<Operation> = new Set(['passkey.add', 'totp.add', 'phone.add', 'email.add'])

/** One confirmation covers a set-up and the first recovery codes that directly follow it; it says so (policy.md §3). */
export const Covers = ({ t, a }: { t: Translator; a: { facts: AccountFacts; purpose: Purpose } }) =>
  SET_UPS.has(a.purpose.operation) && a.facts.recoveryCodes === null ? (
    <p class="lk-small lk-muted lk-gap-16">{t('verify.covers_codes')}</p>
  ) : null

/** What a proof by this method would mean: a wait, a pause, a young passkey; and what would do it now (policy.md §4). */
export function DecisionNote({
  t,
  a,
  c,
  method,
}: {
  t: Translator
  a: { facts: AccountFacts; session: Session; purpose: Purpose }
  c: AppContext
  method: MethodName
}) {
  const { ctx } = scopeOf(c)
  const preview = previewDecision(ctx, a.facts, a.session, a.purpose, method)
  if (!preview) return null
  const { decision, proofClass, stops } = preview
  const better = proofClass === 'lesser' ? ` ${t('verify.better')}` : ''
  if (decision.kind === 'refused')
    return (
      <Banner tone="warn" class="lk-gap-16">
        {t('verify.refused')}
      </Banner>
    )
  if (decision.kind === 'wait') {
    const words = t(a.purpose.operation === 'passkey.remove' && stops ? 'verify.wait_remove' : 'verify.wait', {
      until: t.datetime(ctx.now() + decision.waitMs),
    })
    return (
      <Banner tone="warn" icon="clock" class="lk-gap-16">
        {words + (OPERATIONS[a.purpose.operation].group === 'payout' ? '' : better)}
      </Banner>
    )
  }
  if (decision.kind === 'young')
    return (
      <Banner class="lk-gap-16">
        {t('verify.young', { until: t.datetime(ctx.now() + policyMs(ctx.config.policy.weakTrustHours, ctx.config.policy)) })}
      </Banner>
    )
  if (decision.kind === 'now' && decision.pauseMs > 0 && movesMoney(ctx))
    return (
      <Banner tone="warn" icon="clock" class="lk-gap-16">
        {t('verify.pause', { until: t.datetime(ctx.now() + decision.pauseMs) })}
      </Banner>
    )
  return null
}
