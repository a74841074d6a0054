import type { ActivityFilterJson, ActivityJson } from '@latchkey/browser/wire'
import type { MethodName } from '../../domain/methods.ts'
import { settleAndLoad } from '../../flows/account/account.ts'
import { ACTIVITY_FILTERS, activity, readFilter } from '../../flows/account/activity.ts'
import { requireSession } from '../../flows/account/session.ts'
import { movesMoney } from '../../flows/approvals/money.ts'
import type { Routes } from '../../http/app.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import { pageRoute } from '../../http/routes.ts'
import type { MessageKey, Translator } from '../../messages/index.ts'
import { accountPage, translator } from '../shell/page.tsx'
import type { Tone } from '../ui/base.ts'
import { LinkButton } from '../ui/buttons.tsx'
import { useHref, useT } from '../ui/context.ts'
import { Empty } from '../ui/guidance.tsx'
import { Back, PageHead } from '../ui/heads.tsx'
import { type IconName, Tile } from '../ui/pictures.tsx'
import { List } from '../ui/rows.tsx'
import { Time } from '../ui/words.tsx'

const ACTIVITY = '/account/activity'

export const activityRoutes: Routes = app => {
  pageRoute(app, { method: 'get', path: ACTIVITY, access: 'account.read', calm: true }, listPage)
  pageRoute(app, { method: 'get', path: `${ACTIVITY}/csv`, access: 'account.read', calm: true }, downloadCsv)
  pageRoute(app, { method: 'get', path: `${ACTIVITY}/json`, access: 'account.read', calm: true }, downloadJson)
}

const addressOf = (filter: ActivityFilterJson, after: string | null = null): string => {
  const query = new URLSearchParams({ ...(filter === 'all' ? {} : { filter }), ...(after === null ? {} : { after }) })
  return query.size === 0 ? ACTIVITY : `${ACTIVITY}?${query}`
}

async function listPage(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const filter = readFilter(c.req.query('filter'))
  const facts = await settleAndLoad(ctx, requireSession(caller, 'account.read').accountId)
  const { items, next } = await activity(ctx, caller, filter, c.req.query('after') ?? null)
  return accountPage(
    c,
    facts,
    { title: t('activity.title'), nav: 'activity' },
    <>
      <PageHead
        back={<Back href="/account/security">{t('security.title')}</Back>}
        title={t('activity.title')}
        lead={t('activity.lead', { zone: t.timeZone })}
      />
      <Filters current={filter} money={movesMoney(ctx)} />
      {items.length === 0 ? (
        <Empty art="activity" title={t('activity.none')} text={t('activity.none_lead')} />
      ) : (
        daysOf(t, items).map(({ day, items }, index) => <Day id={`day-${index}`} day={day} items={items} />)
      )}
      <p class="lk-cluster">
        {next !== null && <LinkButton href={addressOf(filter, next)}>{t('activity.more')}</LinkButton>}
        <LinkButton variant="text" href={`${ACTIVITY}/csv`}>
          {t('activity.download', { format: 'CSV' })}
        </LinkButton>
        <LinkButton variant="text" href={`${ACTIVITY}/json`}>
          {t('activity.download', { format: 'JSON' })}
        </LinkButton>
      </p>
    </>,
  )
}

/** Where the host moves no money, no word is said of it. */
function Filters({ current, money }: { current: ActivityFilterJson; money: boolean }) {
  const [t, href] = [useT(), useHref()]
  return (
    <nav class="lk-filters" aria-label={t('activity.filter')}>
      {ACTIVITY_FILTERS.filter(name => money || name !== 'money').map(name => (
        <a href={href(addressOf(name))} aria-current={name === current ? 'true' : undefined}>
          {t(`activity.filter.${name}`)}
        </a>
      ))}
    </nav>
  )
}

function daysOf(t: Translator, items: readonly ActivityJson[]): { day: string; items: ActivityJson[] }[] {
  const days: { day: string; items: ActivityJson[] }[] = []
  for (const item of items) {
    const day = t.date(item.at)
    if (days.at(-1)?.day !== day) days.push({ day, items: [] })
    days.at(-1)?.items.push(item)
  }
  return days
}

const Day = ({ id, day, items }: { id: string; day: string; items: readonly ActivityJson[] }) => (
  <section class="lk-gap-24" aria-labelledby={id}>
    <h2 class="lk-day" id={id}>
      {day}
    </h2>
    <List>
      {items.map(item => (
        <Item item={item} />
      ))}
    </List>
  </section>
)

/** By the beginning of its kind; what takes something away, or went wrong, is told apart by its tone, and always in words. */
const LOOKS: readonly [RegExp, IconName, Tone | undefined][] = [
  [/^(counter_backwards|attachment_changed|backup_eligibility_changed|verification_lost|change_dropped)/, 'shield-alert', 'bad'],
  [/^backup_lost/, 'shield-alert', 'warn'],
  [/^verification_/, 'passkey', undefined],
  [/^recovery_/, 'shield-alert', 'warn'],
  [/^change/, 'clock', 'warn'],
  [/^sign_|^session/, 'laptop', undefined],
  [/^passkey|^account/, 'passkey', undefined],
  [/^email/, 'mail', undefined],
  [/^phone/, 'message', undefined],
  [/^totp/, 'app', undefined],
  [/^recovery_codes/, 'codes', undefined],
  [/^password/, 'lock', undefined],
  [/^approval|^payout/, 'check', undefined],
]
const lookOf = (kind: string): { icon: IconName; tone: Tone | undefined } => {
  const [, icon, tone] = LOOKS.find(([kinds]) => kinds.test(kind)) ?? [null, 'shield-check' as IconName, undefined]
  return { icon, tone }
}

const operationName = (t: Translator, operation: string | null): string =>
  t.find(`operation.${operation}`) ?? t.find(`activity.${operation}`) ?? operation ?? ''

/** One event in a sentence. */
export function sentenceOf(t: Translator, { kind, passkey, operation, until }: ActivityJson): string {
  const values = { name: passkey ?? '', operation: operationName(t, operation), until: until ?? 0, kind }
  return t.find(`activity.${kind}`, values) ?? t('activity.other', values)
}

/** The passkey that proved it, or the other methods, in words. */
function proofOf(t: Translator, { by, methods }: ActivityJson): string | null {
  if (by !== null) return t('activity.by', { name: by })
  const names = methods.filter(method => method !== 'passkey').map(method => t(`method.${method as MethodName}` as MessageKey))
  return names.length > 0 ? names.join(' + ') : null
}

function Item({ item }: { item: ActivityJson }) {
  const t = useT()
  const { icon, tone } = lookOf(item.kind)
  const what = sentenceOf(t, item)
  const proof = proofOf(t, item)
  const where = [item.device, item.place, item.reference].filter(one => one !== null)
  return (
    <li class="lk-row lk-event">
      <Tile icon={icon} tone={tone} />
      <div class="lk-row__text">
        <p class="lk-row__title">{what}</p>
        {proof && <p class="lk-by">{proof}</p>}
        {where.length > 0 && <p class="lk-row__note">{where.join(' · ')}</p>}
      </div>
      <Time at={item.at} style="time" />
      <NotMe what={what} />
    </li>
  )
}

/** What helps at once, whoever it was. */
function NotMe({ what }: { what: string }) {
  const [t, href] = [useT(), useHref()]
  return (
    <details class="lk-event__ask">
      <summary aria-label={t('activity.not_me_for', { what })}>{t('activity.not_me')}</summary>
      <p class="lk-cluster lk-gap-8">
        <a class="lk-btn lk-btn--row" href={href('/account/sessions')}>
          {t('activity.do_sessions')}
        </a>
        <a class="lk-btn lk-btn--row" href={href('/account/lost-device')}>
          {t('activity.do_lost')}
        </a>
        <a class="lk-btn lk-btn--row" href={href('/account/password')}>
          {t('activity.do_password')}
        </a>
        <a class="lk-btn lk-btn--row" href={href('/account/freeze')}>
          {t('activity.do_freeze')}
        </a>
      </p>
    </details>
  )
}

async function* everything(c: AppContext): AsyncGenerator<ActivityJson> {
  const { ctx, caller } = scopeOf(c)
  for (let after: string | null = null; ; ) {
    const { items, next } = await activity(ctx, caller, 'all', after)
    yield* items
    if (next === null) return
    after = next
  }
}

async function downloadJson(c: AppContext): Promise<Response> {
  const items: ActivityJson[] = []
  for await (const item of everything(c)) items.push(item)
  return c.json({ items }, 200, { 'content-disposition': 'attachment; filename="activity.json"' })
}

/** RFC 4180. What begins as a formula is no formula in a table: somebody else chose the name of their browser. */
const cell = (value: string): string => `"${(/^[=+\-@\t\r]/.test(value) ? `'${value}` : value).replaceAll('"', '""')}"`

async function downloadCsv(c: AppContext): Promise<Response> {
  const t = translator(c)
  const lines = [['time', 'kind', 'what', 'confirmed by', 'device', 'place', 'reference']]
  for await (const item of everything(c))
    lines.push([
      new Date(item.at).toISOString(),
      item.kind,
      sentenceOf(t, item),
      proofOf(t, item) ?? '',
      item.device ?? '',
      item.place ?? '',
      item.reference ?? '',
    ])
  const body = `${lines.map(line => line.map(cell).join(',')).join('\r\n')}\r\n`
  return c.body(body, 200, {
    'content-type': 'text/csv; charset=utf-8; header=present',
    'content-disposition': 'attachment; filename="activity.csv"',
  })
}
