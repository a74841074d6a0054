import compat from '@latchkey/browser/compat.json' with { type: 'json' }
import type { Translator } from '../../messages/index.ts'
import { Link } from '../ui/buttons.tsx'
import { useHref } from '../ui/context.ts'
import { errorWords } from '../ui/errors.tsx'
import { Details } from '../ui/facts.tsx'
import { Section } from '../ui/heads.tsx'
import { Card } from '../ui/layout.tsx'
import { Icon, type IconName, Tile } from '../ui/pictures.tsx'

/** One row of compat.json, the data that also feeds the checks in the browser and the documentation. */
export interface CompatCheck {
  id: string
  title: string
  icon: string
  rows: readonly string[]
  level: string
  need: string
  ok: string
  fail?: string
  unknown?: string
  fix?: string
  code?: string
  /** The word beside the title when it fails; else a general one. */
  failBadge?: string
  min?: Readonly<Record<string, number>>
  shownOn?: readonly string[]
  variants?: Readonly<Record<string, { level?: string; code?: string; failBadge?: string; ok?: string; fail?: string; fix?: string }>>
}
const CHECKS = compat.checks as readonly CompatCheck[]

export interface DeviceCheckProps {
  t: Translator
  /** Named in the fixes: "Pause the blocker for {host}". */
  host: string
  /** Our path below which "Try it" gets its options and has its result verified; without it there is no such button. */
  tryAction?: string | undefined
}

const VERDICTS = ['ready', 'limits_device', 'limits_phone', 'limits_both', 'not_here'] as const
const BADGES = ['ok', 'fail', 'unknown', 'info'] as const

/** "Check this device": complete as a list of needs and fixes; the script turns it into a diagnosis of this very device. */
export function DeviceCheck({ t, host, tryAction }: DeviceCheckProps) {
  const words = {
    checking: t('device_check.checking'),
    copied: t('device_check.report_copied'),
    badges: Object.fromEntries(BADGES.map(badge => [badge, t(`device_check.badge_${badge}`)])),
    verdicts: Object.fromEntries(VERDICTS.map(v => [v, { title: t(`device_check.${v}.title`), text: t(`device_check.${v}.text`) }])),
  }
  return (
    <>
      <div>
        <h1 tabindex={-1}>{t('device_check.title')}</h1>
        <p class="lk-lead">{t('device_check.lead')}</p>
      </div>
      <section class="lk-card lk-verdict" data-lk-verdict="" data-lk-check-words={JSON.stringify(words)}>
        <Tile icon="shield-check" tone="info" large />
        <div role="status">
          <h2>{t('device_check.static_title')}</h2>
          <p data-lk-verdict-text="">{t('device_check.static_text')}</p>
        </div>
        <div class="lk-cluster">
          {tryAction !== undefined && <TryButton t={t} action={tryAction} />}
          <button class="lk-btn" type="button" data-lk-copy-report="" hidden>
            <Icon name="copy" />
            {t('device_check.copy_report')}
          </button>
        </div>
      </section>
      {tryAction !== undefined && <div data-lk-try-result="" hidden />}
      <Group id="fix" title={t('device_check.group_fix')} />
      <Group id="working" title={t('device_check.group_working')} />
      <Group id="know" title={t('device_check.group_know')} />
      <section aria-labelledby="checks-all" data-lk-group="all">
        <h2 class="lk-group" id="checks-all">
          {t('device_check.group_all')}
        </h2>
        <Card>
          <ul class="lk-list">
            {CHECKS.map(check => (
              <CheckRow check={check} t={t} host={host} />
            ))}
          </ul>
        </Card>
      </section>
      <section aria-label={t('device_check.report')} hidden>
        <details>
          <summary>
            <Icon name="chevron" mirror />
            {t('device_check.report')}
          </summary>
          <pre class="lk-report" data-lk-report="" dir="ltr" />
        </details>
      </section>
      <WherePasskeysWork t={t} />
      <p>
        <Link href="/help" icon="info">
          {t('device_check.more_help')}
        </Link>
      </p>
    </>
  )
}

/** What the server may refuse here, beside what every page can explain. */
const TRY_CODES = ['LK304', 'LK306', 'LK401'] as const

/** Makes and uses a passkey for nobody; shown once the checks say that it can work. */
function TryButton({ t, action }: { t: Translator; action: string }) {
  const href = useHref()
  const words = {
    next: t('device_check.try_next'),
    title: t('device_check.try_done.title'),
    synced: t('device_check.try_done.synced'),
    device: t('device_check.try_done.device'),
    gone: t('device_check.try_done.gone'),
    errors: Object.fromEntries(TRY_CODES.map(code => [code, errorWords(t, code)])),
  }
  return (
    <button class="lk-btn lk-btn--primary" type="button" data-lk-try={href(action)} data-lk-try-words={JSON.stringify(words)} hidden>
      {t('device_check.try')}
    </button>
  )
}

/** Empty until the script moves rows here. */
const Group = ({ id, title }: { id: string; title: string }) => (
  <section aria-labelledby={`checks-${id}`} data-lk-group={id} hidden>
    <h2 class="lk-group" id={`checks-${id}`}>
      {title}
    </h2>
    <Card>
      <ul class="lk-list" />
    </Card>
  </section>
)

function CheckRow({ check, t, host }: { check: CompatCheck; t: Translator; host: string }) {
  const words = (part: 'title' | 'need' | 'ok' | 'fail' | 'failBadge' | 'unknown' | 'fix'): string | undefined =>
    (t.find(`check.${check.id}.${part}`) ?? check[part])?.replaceAll('{host}', host)
  const variants: Record<string, string | undefined> = {}
  for (const [name, variant] of Object.entries(check.variants ?? {}))
    for (const [part, value] of Object.entries(variant))
      variants[`data-lk-${name}-${part === 'failBadge' ? 'fail-badge' : part}`] = (
        t.find(`check.${check.id}.${name}.${part}`) ?? value
      ).replaceAll('{host}', host)
  return (
    <li
      class="lk-row lk-row--top"
      id={check.id}
      data-lk-check={check.id}
      data-lk-level={check.level}
      data-lk-code={check.code}
      data-lk-min={check.min && JSON.stringify(check.min)}
      data-lk-shown-on={check.shownOn?.join(' ')}
      data-lk-ok={words('ok')}
      data-lk-fail={words('fail')}
      data-lk-fail-badge={words('failBadge')}
      data-lk-unknown={words('unknown')}
      {...variants}
    >
      <Tile icon={check.icon as IconName} />
      <div class="lk-row__text">
        <h3 class="lk-row__title">
          {words('title')}
          <span class="lk-badge lk-end" data-lk-result="" hidden />
        </h3>
        <p class="lk-row__note" data-lk-note="">
          {words('need')}
        </p>
        {(check.fix || Object.values(check.variants ?? {}).some(variant => variant.fix)) && (
          <p class="lk-row__note lk-row__fix" data-lk-fix="">
            {words('fix')}
          </p>
        )}
      </div>
    </li>
  )
}

/** The lists of systems, browsers and keys, for this page and for help. */
export function WherePasskeysWork({ t, id = 'where' }: { t: Translator; id?: string }) {
  const list = (kind: string) => compat.platforms.filter(platform => platform.kind === kind).map(platform => platform.name)
  const lines = (names: readonly string[]) => (
    <ul>
      {names.map(name => (
        <li>{name}</li>
      ))}
    </ul>
  )
  return (
    <Section id={id} title={t('device_check.where')}>
      <Card pad>
        <Details
          items={[
            { term: t('device_check.computers'), value: lines(list('computer')) },
            { term: t('device_check.phones'), value: lines(list('phone')) },
            { term: t('device_check.browsers'), value: lines(compat.browsers.map(browser => browser.name)) },
            { term: t('device_check.keys'), value: compat.securityKeys },
          ]}
        />
        <p class="lk-small lk-muted lk-gap-16">
          {t('device_check.where_note')} {t('device_check.up_to_date')}
        </p>
      </Card>
    </Section>
  )
}
