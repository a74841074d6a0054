import type { Problem, ProblemCode } from '../domain/problems.ts'
import { scopeOf } from '../http/env.ts'
import type { MessageKey } from '../messages/index.ts'
import type { Shown } from './approve-shown.ts'
import { LinkButton } from './ui/buttons.tsx'
import { ProblemBox } from './ui/errors.tsx'

/** Where a refusal leads: to what would help. */
const HELP: Partial<Record<ProblemCode, { words: MessageKey; href: string }>> = {
  money_paused: { words: 'approve.see_why', href: '/account/security' },
  account_frozen: { words: 'approve.see_why', href: '/account/security' },
  approval_too_weak: { words: 'approve.create_passkey', href: '/account/passkeys/new' },
  approval_over_limit: { words: 'approve.create_passkey', href: '/account/passkeys/new' },
  refused_by_policy: { words: 'approve.manage_passkeys', href: '/account/passkeys' },
}
const RESTARTS: ReadonlySet<ProblemCode> = new Set(['approval_expired', 'approval_changed', 'address_unknown', 'address_waits'])

export function Refusal({ shown, problem }: { shown: Shown; problem: Problem }) {
  const { t, back, c } = shown
  const help = HELP[problem.code]
  const again = RESTARTS.has(problem.code) && back !== null ? { words: 'approve.start_again' as const, href: back } : undefined
  const next = help ?? again
  return (
    <div class="lk-gap-16" data-lk-problem={problem.code} data-lk-credential={problem.extras.credentialId}>
      <ProblemBox
        code={problem.code}
        extras={problem.extras}
        trace={scopeOf(c).requestId.slice(-4).toUpperCase()}
        actions={
          next && (
            <LinkButton size="row" href={next.href}>
              {t(next.words)}
            </LinkButton>
          )
        }
      />
    </div>
  )
}
