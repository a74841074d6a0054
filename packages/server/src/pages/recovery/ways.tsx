import type { Child } from 'hono/jsx'
import { Problem } from '../../domain/problems.ts'
import type { ProviderHome } from '../../domain/providers.ts'
import { offersText } from '../../flows/addresses.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import type { MessageKey, Translator } from '../../messages/index.ts'
import { taskPage, timeOf, translator } from '../shell/page.tsx'
import { Link, LinkButton } from '../ui/buttons.tsx'
import { More, Steps } from '../ui/guidance.tsx'
import { TaskHead } from '../ui/heads.tsx'
import { PanelFoot } from '../ui/layout.tsx'
import { Banner } from '../ui/notes.tsx'
import type { IconName } from '../ui/pictures.tsx'
import { List, Row } from '../ui/rows.tsx'

interface Way {
  icon: IconName
  title: MessageKey
  note: MessageKey
  href: string
  /** Not shown where the browser has no passkeys. */
  needsPasskey?: true
}

/** The ways back, the one that costs least first, "None of these" last. */
const WAYS: readonly Way[] = [
  { icon: 'qr', title: 'recovery.row_phone', note: 'recovery.row_phone_note', href: '/sign-in/phone', needsPasskey: true },
  { icon: 'cloud', title: 'recovery.row_synced', note: 'recovery.row_synced_note', href: '/recover/synced' },
  { icon: 'phone', title: 'recovery.row_reset', note: 'recovery.row_reset_note', href: '/recover/reset' },
  { icon: 'usb-key', title: 'recovery.row_device', note: 'recovery.row_device_note', href: '/recover/only-device' },
  { icon: 'codes', title: 'recovery.row_code', note: 'recovery.row_code_note', href: '/recover/start?with=recovery_code' },
  { icon: 'lock', title: 'recovery.row_password', note: 'recovery.row_password_note', href: '/recover/start?with=password' },
  { icon: 'app', title: 'recovery.row_totp', note: 'recovery.row_totp_note', href: '/recover/start?with=totp' },
]
const MAIL: Way = { icon: 'mail', title: 'recovery.row_mail', note: 'recovery.row_mail_note', href: '/recover/start?with=email' }
const NONE: Way = { icon: 'info', title: 'recovery.row_none', note: 'recovery.row_none_note', href: '/recover/none' }

const WayRow = ({ t, way }: { t: Translator; way: Way }) => (
  <Row icon={way.icon} title={t(way.title)} note={t(way.note)} href={way.href} data-lk-needs-passkey={way.needsPasskey ? '' : undefined} />
)

/** One question, the same rows for everybody. */
export function waysPage(c: AppContext): Response | Promise<Response> {
  const t = translator(c)
  const ways = [...WAYS, ...(scopeOf(c).ctx.config.policy.mailRecovery ? [MAIL] : []), NONE]
  return taskPage(
    c,
    { title: t('recovery.title') },
    <>
      <TaskHead title={t('recovery.title')} lead={t('recovery.lead')} />
      <div class="lk-gap-24">
        <List>
          {ways.map(way => (
            <WayRow t={t} way={way} />
          ))}
        </List>
      </div>
      <p class="lk-small lk-muted lk-gap-16">{t('recovery.protects')}</p>
      <PanelFoot>
        <Link href="/sign-in">{t('recovery.go_sign_in')}</Link>
      </PanelFoot>
    </>,
  )
}

interface StepsPage {
  icon: IconName
  title: string
  lead?: string
  /** Three at most. */
  steps: readonly Child[]
  more?: Child
  /** The button that leads on. */
  go: { href: string; words: string }
  children?: Child
}

function stepsPage(c: AppContext, page: StepsPage): Response | Promise<Response> {
  const t = translator(c)
  return taskPage(
    c,
    { title: page.title },
    <>
      <TaskHead icon={page.icon} title={page.title} lead={page.lead} />
      <Steps items={page.steps} />
      {page.more}
      <p class="lk-gap-24">
        <LinkButton variant="primary" size="block" href={page.go.href}>
          {page.go.words}
        </LinkButton>
      </p>
      {page.children}
      <PanelFoot>
        <Link href="/recover">{t('recovery.back')}</Link>
      </PanelFoot>
    </>,
  )
}

const HOMES: readonly ProviderHome[] = ['icloud', 'google', 'microsoft', 'manager']
const LETTERS: Record<ProviderHome, string> = { icloud: 'i', google: 'G', microsoft: 'M', manager: 'P' }

/** A synced passkey comes back with the account that keeps it (K39). */
export function syncedPage(c: AppContext): Response | Promise<Response> {
  const t = translator(c)
  return taskPage(
    c,
    { title: t('recovery.synced_title') },
    <>
      <TaskHead icon="cloud" title={t('recovery.synced_title')} lead={t('recovery.synced_lead')} />
      <div class="lk-gap-24">
        <List>
          {HOMES.map(home => (
            <Row
              letter={LETTERS[home]}
              title={t(`recovery.home_${home}`)}
              note={t(`recovery.home_${home}_note`)}
              href={`/recover/synced/${home}`}
            />
          ))}
        </List>
      </div>
      <PanelFoot>
        <Link href="/recover">{t('recovery.back')}</Link>
      </PanelFoot>
    </>,
  )
}

const isHome = (text: string): text is ProviderHome => HOMES.some(home => home === text)

/** Steps for one keeper of passkeys, and what to look at when the passkey doesn't come (O31, O32). */
export function homePage(c: AppContext): Response | Promise<Response> {
  const home = c.req.param('home') ?? ''
  if (!isHome(home)) throw new Problem('not_found')
  const t = translator(c)
  const trouble = [1, 2, 3].map(n => t.find(`recovery.${home}_trouble_${n}`)).filter(words => words !== undefined)
  return stepsPage(c, {
    icon: 'cloud',
    title: t(`recovery.${home}_title`),
    steps: [t(`recovery.${home}_1`), t(`recovery.${home}_2`), t(`recovery.${home}_3`)],
    more: (
      <More summary={t(`recovery.${home}_trouble`)}>
        {trouble.map(words => (
          <p>{words}</p>
        ))}
      </More>
    ),
    go: { href: '/sign-in', words: t('recovery.go_sign_in') },
    children: (
      <p class="lk-small lk-muted lk-gap-16">
        {t('recovery.finder')} {t('recovery.after_sign_in')}
      </p>
    ),
  })
}

/** K40: what is only on one device is lost with it. */
export function onlyDevicePage(c: AppContext): Response | Promise<Response> {
  const t = translator(c)
  return stepsPage(c, {
    icon: 'usb-key',
    title: t('recovery.device_title'),
    lead: t('recovery.device_lead'),
    steps: [t('recovery.device_1'), t('recovery.device_2'), t('recovery.device_3')],
    go: { href: '/recover/start?with=recovery_code', words: t('recovery.go_code') },
    children: (
      <div class="lk-gap-16">
        <List>
          {WAYS.filter(way => way.href.startsWith('/recover/start')).map(way => (
            <WayRow t={t} way={way} />
          ))}
        </List>
        <p class="lk-small lk-muted lk-gap-16">{t('recovery.finder')}</p>
      </div>
    ),
  })
}

/** O36: restored, the passkeys are there again; else another factor, and a new passkey. */
export function resetPage(c: AppContext): Response | Promise<Response> {
  const t = translator(c)
  return stepsPage(c, {
    icon: 'phone',
    title: t('recovery.reset_title'),
    lead: t('recovery.reset_lead'),
    steps: [t('recovery.reset_1'), t('recovery.reset_2'), t('recovery.reset_3')],
    go: { href: '/sign-in', words: t('recovery.go_sign_in') },
  })
}

export function nonePage(c: AppContext): Response | Promise<Response> {
  const t = translator(c)
  const { brand } = scopeOf(c).ctx.config
  const last = brand.supportUrl ? t('recovery.none_3') : t('recovery.none_3_brand', { brand: brand.name })
  return stepsPage(c, {
    icon: 'info',
    title: t('recovery.none_title'),
    lead: t('recovery.none_lead'),
    steps: [t('recovery.none_1'), t('recovery.none_2'), last],
    go: brand.supportUrl ? { href: brand.supportUrl, words: t('common.support') } : { href: '/recover', words: t('recovery.back') },
  })
}

/** The wait of an account that has nothing but passkeys and its address (policy.md §7, `mailRecovery`). */
export function waitingPage(c: AppContext): Response | Promise<Response> {
  const t = translator(c)
  const until = timeOf(c, 'until')
  if (until === null) throw new Problem('not_found')
  const at = t.datetime(until)
  return taskPage(
    c,
    { title: t('recovery.waiting_title') },
    <>
      <TaskHead icon="clock" title={t('recovery.waiting_title')} lead={t('recovery.waiting_lead', { until: at })} />
      <Steps items={[t('recovery.waiting_1'), t('recovery.waiting_2', { until: at }), t('recovery.waiting_3')]} />
      <PanelFoot>
        <Link href="/sign-in">{t('recovery.go_sign_in')}</Link>
      </PanelFoot>
    </>,
  )
}

/** Says on each page of a recovery that it is told and stopped. */
export const Protects = ({ t }: { t: Translator }) => (
  <Banner icon="shield-check" class="lk-gap-24">
    {t('recovery.protects')}
  </Banner>
)

/** Whether a phone number can begin a recovery here. */
export const takesPhones = (c: AppContext): boolean => offersText(scopeOf(c).ctx)
