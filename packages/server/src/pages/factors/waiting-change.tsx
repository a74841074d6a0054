import type { Operation } from '../../domain/policy.ts'
import type { AccountFacts } from '../../domain/types.ts'
import { waitingChange } from '../../flows/factors.ts'
import type { Translator } from '../../messages/index.ts'
import { Link } from '../ui/buttons.tsx'
import { Banner } from '../ui/notes.tsx'

/** The first change of these that waits, and where it can be cancelled; nothing where none does. */
export function WaitingChange({ t, facts, operations }: { t: Translator; facts: AccountFacts; operations: readonly Operation[] }) {
  const waiting = waitingChange(facts, ...operations)
  return waiting ? (
    <Banner tone="warn" icon="clock" title={t('factors.waiting_title')}>
      {t('factors.waiting', { until: waiting.until })}{' '}
      <Link inline href="/account/security">
        {t('factors.waiting_see')}
      </Link>
    </Banner>
  ) : null
}
