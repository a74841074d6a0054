import { undoableChanges } from '../../flows/change/undo.ts'
import { stoppableByVoice } from '../../flows/change/voice.ts'
import { byLink, freezePath } from '../../flows/freeze/link.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import { whatChanges } from '../security/waits.tsx'
import { translator } from '../shell/page.tsx'
import { Section } from '../ui/heads.tsx'
import { List, Row } from '../ui/rows.tsx'

/** What else whoever holds the link can do with a proof of their own: undo what was changed, and stop what waits by a stopped passkey. */
export async function LinkChanges({ c, token }: { c: AppContext; token: string }) {
  const { ctx } = scopeOf(c)
  const t = translator(c)
  const asker = await byLink(ctx, token)
  const changes = await undoableChanges(ctx, asker.accountId)
  const waits = await stoppableByVoice(ctx, asker.accountId)
  if (changes.length + waits.length === 0) return <></>
  const path = (kind: 'undo' | 'waits', id: string): string => `${freezePath(token)}/${kind}/${encodeURIComponent(id)}`
  return (
    <Section id="changes" title={t('undo.links')}>
      <List>
        {changes.map(change => (
          <Row
            icon="shield-alert"
            title={t('undo.not_me_for', { what: whatChanges(t, change) })}
            note={t('undo.at', { at: t.datetime(change.appliedAt ?? change.askedAt) })}
            href={path('undo', change.id)}
          />
        ))}
        {waits.map(change => (
          <Row
            icon="clock"
            title={t('frozen.stop_named', { what: whatChanges(t, change) })}
            note={t('voice.title')}
            href={path('waits', change.id)}
          />
        ))}
      </List>
      <p class="lk-small lk-muted lk-gap-8">{t('undo.links_note')}</p>
    </Section>
  )
}
