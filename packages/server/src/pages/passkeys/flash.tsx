import type { AccountFacts } from '../../domain/types.ts'
import { passkeyName, signalOf } from '../../flows/account/views.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import type { MessageKey } from '../../messages/index.ts'
import { translator } from '../shell/page.tsx'
import { Banner } from '../ui/notes.tsx'
import { SignalMarker } from '../verify/ceremony.tsx'

export const nameOf = (facts: AccountFacts, target: string | null): string => {
  const passkey = facts.passkeys.find(p => p.id === target)
  return passkey ? passkeyName(passkey) : ''
}

/** What just happened, told once on the page that follows. */
export function Flash({ c, facts }: { c: AppContext; facts: AccountFacts }) {
  const t = translator(c)
  const name = nameOf(facts, c.req.query('id') ?? null)
  const until = Number(c.req.query('waits') ?? c.req.query('reactivates'))
  if (name === '') return null
  const words = {
    removed: 'passkeys.deleted',
    reactivated: 'passkeys.reactivated',
    suspended: 'passkeys.suspended',
    kept: 'passkeys.kept',
    upgraded: 'passkeys.upgraded',
  } as const satisfies Record<string, MessageKey>
  const done = c.req.query('done') ?? ''
  if (Object.hasOwn(words, done)) {
    return (
      <Banner tone="ok" role="status">
        {t(words[done as keyof typeof words], { name })}
      </Banner>
    )
  }
  if (!Number.isSafeInteger(until) || until <= 0) return null
  return (
    <Banner tone="warn" icon="clock" role="status">
      {c.req.query('waits')
        ? t('passkeys.delete_waits', { name, until: t.datetime(until) })
        : t('passkeys.waits', { until: t.datetime(until) })}
    </Banner>
  )
}

/** Tells password managers what is left. */
export const Signal = ({ c, facts }: { c: AppContext; facts: AccountFacts }) => <SignalMarker {...signalOf(scopeOf(c).ctx, facts)} />
