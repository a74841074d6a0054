import type { Problem, ProblemCode } from '../../domain/problems.ts'
import { scopeOf } from '../../http/env.ts'
import { LinkButton } from '../ui/buttons.tsx'
import { ProblemBox } from '../ui/errors.tsx'
import { type ApprovalScreen, homeOf } from './screen.ts'

/** Nothing but beginning anew helps. */
const RESTARTS: ReadonlySet<ProblemCode> = new Set(['approval_expired', 'approval_changed', 'address_unknown'])

/** A refusal that is about this try or this request, with where it leads. */
export function Refusal({ screen, problem }: { screen: ApprovalScreen; problem: Problem }) {
  const { t, back, c } = screen
  const home = homeOf(screen)
  const again = RESTARTS.has(problem.code)
  return (
    <div class="lk-gap-16" data-lk-problem={problem.code} data-lk-credential={problem.extras.credentialId}>
      <ProblemBox
        code={problem.code}
        extras={problem.extras}
        trace={scopeOf(c).requestId.slice(-4).toUpperCase()}
        actions={
          again && (
            <LinkButton size="row" href={home.href}>
              {back === null ? home.words : t('approve.start_again')}
            </LinkButton>
          )
        }
      />
    </div>
  )
}
