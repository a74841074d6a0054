import type { Ctx } from '../../ctx.ts'
import { isLocked } from '../../domain/lock.ts'
import { isOperation } from '../../domain/policy.ts'
import type { AccountFacts, PendingChange } from '../../domain/types.ts'
import { undoMs } from '../../domain/undo.ts'
import { settleAndLoad } from '../../flows/account/account.ts'
import { requireSession } from '../../flows/account/session.ts'
import { moneyHeld, movesMoney } from '../../flows/approvals/money.ts'
import { bySession } from '../../flows/change/asker.ts'
import { voiceOptions, voices } from '../../flows/change/voice.ts'
import { ownChange } from '../../flows/change/waits.ts'
import { MAIL_RECOVERY } from '../../flows/recovery/by-mail.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import type { Translator } from '../../messages/index.ts'
import { accountPage, translator } from '../shell/page.tsx'
import { Button, Link, LinkButton } from '../ui/buttons.tsx'
import { Status } from '../ui/facts.tsx'
import { Back, PageHead, Section } from '../ui/heads.tsx'
import { Card } from '../ui/layout.tsx'
import { Banner } from '../ui/notes.tsx'
import type { IconName } from '../ui/pictures.tsx'
import { List, Row } from '../ui/rows.tsx'
import { CeremonyForm } from '../verify/ceremony.tsx'
import { verifyPath } from '../verify/intent.ts'

const pathOf = (change: PendingChange): string => `/account/waits/${encodeURIComponent(change.id)}`

/** What a waiting change would do: "Delete a passkey". */
export const whatChanges = (t: Translator, change: Pick<PendingChange, 'operation'> | undefined): string =>
  (change && t.find(`operation.${change.operation}`)) ?? t('waits.title')

const HOUR_MS = 3_600_000

/** From when it counts, in words; what is left while a freeze keeps it standing. A recovery by mailbox that is due still can be stopped. */
function untilWords(t: Translator, change: PendingChange, now: number): string {
  if (change.remainingMs !== null) return t('frozen.left', { hours: Math.ceil(change.remainingMs / HOUR_MS) })
  const until = t.datetime(change.effectiveAt)
  if (change.operation === 'passkey.add') return t('waits.trust', { until })
  if (change.operation !== MAIL_RECOVERY) return t('waits.until', { until })
  return change.effectiveAt <= now ? t('waits.due') : t('waits.recovery', { until })
}

const icon = (change: PendingChange): IconName =>
  change.operation.startsWith('passkey.') ? 'passkey' : change.operation === MAIL_RECOVERY ? 'shield-alert' : 'clock'

/** The changes of the account that wait, each with its date and the way to stop it. Nothing where nothing waits. */
export function WaitsPanel({ t, changes, now }: { t: Translator; changes: readonly PendingChange[]; now: number }) {
  const waiting = changes.filter(c => c.effectiveAt > now || !isOperation(c.operation))
  if (waiting.length === 0) return null
  return (
    <Section id="waits" title={t('security.waits')}>
      <List>
        {waiting.map(change => (
          <Row
            icon={icon(change)}
            tone="warn"
            title={whatChanges(t, change)}
            note={untilWords(t, change, now)}
            heading={3}
            end={
              <LinkButton size="row" href={pathOf(change)} label={t('security.cancel_named', { what: whatChanges(t, change) })}>
                {t('security.cancel')}
              </LinkButton>
            }
            top
            wrap
          />
        ))}
      </List>
      <p class="lk-small lk-muted lk-gap-8">{t('waits.lead')}</p>
    </Section>
  )
}

/** Changes that can be undone, each with its button. Nothing where there are none. */
export function UndoPanel({ t, ctx, changes }: { t: Translator; ctx: Ctx; changes: readonly PendingChange[] }) {
  if (changes.length === 0) return null
  return (
    <Section id="changed" title={t('undo.list', { hours: undoHours(ctx) })}>
      <List>
        {changes.map(change => (
          <Row
            icon={icon(change)}
            title={whatChanges(t, change)}
            note={t('undo.at', { at: t.datetime(change.appliedAt ?? change.askedAt) })}
            heading={3}
            end={
              <LinkButton size="row" href={undoPath(change)} label={t('undo.not_me_for', { what: whatChanges(t, change) })}>
                {t('undo.not_me')}
              </LinkButton>
            }
            top
            wrap
          />
        ))}
      </List>
      <p class="lk-small lk-muted lk-gap-8">{t('undo.list_note')}</p>
    </Section>
  )
}

const undoPath = (change: PendingChange): string => `/account/undo/${encodeURIComponent(change.id)}`

/** For so long a change can be undone; of a development server, where waits are short, it is one hour. */
export const undoHours = ({ config }: Ctx): number => Math.max(1, Math.round(undoMs(config.policy) / HOUR_MS))

/** Until when money waits, why, and what to do when it was somebody else. Nothing where nothing holds it. */
export function PauseBanner({ t, ctx, facts }: { t: Translator; ctx: Ctx; facts: AccountFacts }) {
  const held = movesMoney(ctx) ? moneyHeld(ctx, facts) : null
  if (held === null || held.until === null) return null
  return (
    <Banner tone="warn" icon="clock" role="region" label={t('waits.paused_label')}>
      {t.parts('waits.paused', { until: <strong>{t.datetime(held.until)}</strong>, why: whyPaused(t, held.holds[0]?.reason) })}{' '}
      <Link inline href="/account/lost-device">
        {t('waits.not_you')}
      </Link>
    </Banner>
  )
}

/** Until when the owner's lock holds, and what; nothing where none does. */
export function LockBanner({ t, facts, now }: { t: Translator; facts: AccountFacts; now: number }) {
  const { account } = facts
  if (!isLocked(account, now)) return null
  return (
    <Banner tone="info" icon="lock" role="region" label={t('lock.label')} class="lk-gap-16">
      {t('lock.holds', { what: t(`lock.scope_${account.lockScope ?? 'both'}`), until: t.datetime(account.lockedUntil ?? now) })}
    </Banner>
  )
}

/** What lasts longest; a recovery says more than what it changed. */
function whyPaused(t: Translator, reason: string | undefined): string {
  if (reason === MAIL_RECOVERY) return t('waits.why_recovery')
  const what = reason === undefined ? undefined : t.find(`operation.${reason}`)
  return what === undefined ? t('waits.why_other') : t('waits.why_change', { what: what.toLowerCase() })
}

/** One change: what, asked for when, from when it counts, and how to stop it. After its end, how it ended. */
export async function waitPage(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const facts = await settleAndLoad(ctx, requireSession(caller, 'account.read').accountId)
  const change = await ownChange(ctx, caller, c.req.param('id') ?? '')
  const over = change.cancelledAt !== null || change.appliedAt !== null
  const title =
    change.cancelledAt !== null ? t('waits.stopped_title') : change.appliedAt !== null ? t('waits.applied_title') : t('waits.title')
  return accountPage(
    c,
    facts,
    { title, nav: 'security' },
    <>
      <PageHead back={<Back href="/account/security">{t('waits.back')}</Back>} title={title} />
      {over ? <Over t={t} change={change} /> : <Waiting t={t} change={change} now={ctx.now()} />}
      {!over && <Voice c={c} facts={facts} change={change} />}
    </>,
  )
}

/** For who has a passkey that was stopped: its signature still stops what waits. */
async function Voice({ c, facts, change }: { c: AppContext; facts: AccountFacts; change: PendingChange }) {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  if (voices(ctx, facts).length === 0) return <></>
  const options = await voiceOptions(ctx, bySession(caller, 'change.cancel'), change.id)
  const path = `${pathOf(change)}/voice`
  return (
    <CeremonyForm class="lk-gap-24" kind="get" action={path} options={options} optionsUrl={`${path}/options`}>
      <p class="lk-small lk-muted">{t('voice.lead')}</p>
      <Button icon="passkey" class="lk-gap-12">
        {t('voice.go')}
      </Button>
    </CeremonyForm>
  )
}

function Over({ t, change }: { t: Translator; change: PendingChange }) {
  const what = whatChanges(t, change)
  const stopped = change.cancelledAt !== null
  return (
    <>
      <Banner tone={stopped ? 'ok' : 'info'} role="status">
        {stopped
          ? t('waits.stopped_lead', { what })
          : t('waits.applied_lead', { what, at: t.datetime(change.appliedAt ?? change.effectiveAt) })}
      </Banner>
      <p>
        <LinkButton href="/account/security">{t('common.done')}</LinkButton>
      </p>
    </>
  )
}

function Waiting({ t, change, now }: { t: Translator; change: PendingChange; now: number }) {
  const adds = change.operation === 'passkey.add'
  const note = adds ? t('waits.passkey_note') : change.operation === 'passkey.remove' ? t('waits.removal_note') : t('waits.lead')
  return (
    <Card pad>
      <Status icon={icon(change)} tone="warn" title={whatChanges(t, change)} note={untilWords(t, change, now)} />
      <p class="lk-gap-16">
        {t('waits.from', { at: t.datetime(change.askedAt) })}. {note}
      </p>
      <p class="lk-gap-24">
        <LinkButton variant="primary" icon="close" href={verifyPath('change.cancel', change.id)} data-lk-dialog="">
          {adds ? t('waits.cancel_passkey') : t('waits.cancel')}
        </LinkButton>
      </p>
    </Card>
  )
}
