import { calmKind, erasureOf } from '../../domain/facts.ts'
import { recoveryWaitMs } from '../../domain/policy.ts'
import { PROBLEMS, Problem } from '../../domain/problems.ts'
import type { AccountFacts, CalmKind } from '../../domain/types.ts'
import { settleAndLoad } from '../../flows/account/account.ts'
import { movesMoney } from '../../flows/approvals/money.ts'
import { minLengthFor } from '../../flows/password.ts'
import {
  keepByRecovery,
  recoverWithPasskey,
  recoverWithPassword,
  recoveryCreationOptions,
  requireRecovery,
  unfreezeByRecovery,
} from '../../flows/recovery/bind.ts'
import { signInOptions } from '../../flows/sign-in.ts'
import { type AppContext, clearSession, scopeOf } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import type { Translator } from '../../messages/index.ts'
import { Places } from '../passkeys/places.tsx'
import { goTo, taskPage, timeOf, translator } from '../shell/page.tsx'
import { Button, Link } from '../ui/buttons.tsx'
import { problemWords } from '../ui/errors.tsx'
import { PasswordField } from '../ui/fields.tsx'
import { Form } from '../ui/form.tsx'
import { Section, TaskHead } from '../ui/heads.tsx'
import { PanelFoot } from '../ui/layout.tsx'
import { Banner } from '../ui/notes.tsx'
import { Art, type IconName } from '../ui/pictures.tsx'
import { List, Row } from '../ui/rows.tsx'
import { CeremonyForm } from '../verify/ceremony.tsx'
import { parseResponse } from '../verify/ceremony-answer.ts'
import { Unsupported } from '../verify/unsupported.tsx'
import { Protects } from './ways.tsx'

/** Of a frozen account a recovery asks for the end of the freeze, of one that is closing it keeps it, and nothing else. */
export const CALM = { frozen: '/recover/frozen', closing: '/recover/closing' } as const satisfies Record<CalmKind, string>

/** Where a recovery of this account goes on; null where it binds something. */
const calmWay = ({ account }: AccountFacts): string | null => {
  const calm = calmKind(account.status)
  return calm && CALM[calm]
}

const recovered = (c: AppContext): Promise<AccountFacts> => {
  const { ctx, caller } = scopeOf(c)
  return settleAndLoad(ctx, requireRecovery(caller).accountId)
}

/** The one thing that a recovery does: a new passkey, on the cards of every creation. */
export async function passkeyPage(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const calm = calmWay(await recovered(c))
  if (calm) return goTo(c, calm)
  const { hourMs, weakTrustHours } = ctx.config.policy
  return taskPage(
    c,
    { title: t('recovery.passkey_title') },
    <>
      <TaskHead icon="passkey" title={t('recovery.passkey_title')} lead={t('recovery.passkey_lead')} />
      <CodesLeft c={c} t={t} />
      <CeremonyForm
        class="lk-gap-24"
        kind="create"
        action="/recover/passkey"
        options={await recoveryCreationOptions(ctx, caller)}
        optionsUrl="/recover/passkey/options"
        otherWay="/recover/passkey"
      >
        <Places t={t} />
      </CeremonyForm>
      <Unsupported t={t} />
      <Banner tone="warn" icon="clock" class="lk-gap-24">
        {t('recovery.passkey_money', { until: t.datetime(ctx.now() + weakTrustHours * hourMs) })} {t('recovery.passkey_told')}
      </Banner>
      <p class="lk-small lk-muted lk-gap-16">{t('passkeys.warn_shared')}</p>
      <PanelFoot>
        <Link href="/recover/password">{t('recovery.no_passkey_here')}</Link>
      </PanelFoot>
    </>,
  )
}

/** "You have 6 codes left": told once, after one was used. */
function CodesLeft({ c, t }: { c: AppContext; t: Translator }) {
  const left = Number(c.req.query('left') ?? Number.NaN)
  if (!Number.isInteger(left) || left < 0 || left > 10) return null
  return (
    <p class="lk-gap-12" role="status">
      {t('recovery.codes_left', { n: left })}
    </p>
  )
}

export async function postPasskey(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const { pausedUntil } = await recoverWithPasskey(ctx, caller, parseResponse(form.response))
  clearSession(c)
  return goTo(c, `/recover/done?until=${pausedUntil}`)
}

/** For a device that can't keep a passkey. */
export async function passwordPage(c: AppContext, problem: Problem | null = null): Promise<Response> {
  const { ctx } = scopeOf(c)
  const t = translator(c)
  const facts = await recovered(c)
  const calm = calmWay(facts)
  if (calm) return goTo(c, calm)
  const { hourMs, waitFactor } = ctx.config.policy
  const error = problem ? problemWords(t, problem.code, problem.extras).title : undefined
  return taskPage(
    c,
    { title: t('recovery.password_title'), error: problem !== null, status: problem ? PROBLEMS[problem.code].status : 200 },
    <>
      <TaskHead
        icon="lock"
        title={t('recovery.password_title')}
        lead={t('recovery.password_lead', { until: t.datetime(ctx.now() + 72 * hourMs * waitFactor) })}
      />
      <Form class="lk-form" action="/recover/password">
        <PasswordField
          name="password"
          label={t('recovery.password_new')}
          autocomplete="new-password"
          hint={t('recovery.password_hint', { n: minLengthFor(ctx, facts) })}
          error={error}
          required
          autofocus
        />
        <Button variant="primary" size="block" class="lk-form__go">
          {t('recovery.password_go')}
        </Button>
      </Form>
      <Protects t={t} />
      <p class="lk-small lk-muted lk-gap-16">{t('recovery.password_better')}</p>
      <PanelFoot>
        <Link href="/recover/passkey">{t('recovery.passkey_title')}</Link>
      </PanelFoot>
    </>,
  )
}

export async function postPassword(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  try {
    const outcome = await recoverWithPassword(ctx, caller, form.password ?? '')
    clearSession(c)
    return goTo(c, outcome.status === 'waits' ? `/recover/done?from=${outcome.until}` : '/sign-in')
  } catch (error) {
    if (error instanceof Problem && error.code.startsWith('password_')) return passwordPage(c, error)
    throw error
  }
}

/**
 * Recovered. The recovery session is over, and signing in is one click with the new passkey: the options stand ready on this page.
 */
export function donePage(c: AppContext): Response | Promise<Response> {
  const from = timeOf(c, 'from')
  if (from !== null) return passwordDonePage(c, from)
  const unfrozen = timeOf(c, 'unfrozen')
  if (unfrozen !== null) return frozenDonePage(c, unfrozen)
  if (c.req.query('kept') === '1') return keptDonePage(c)
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const until = timeOf(c, 'until')
  return taskPage(
    c,
    { title: t('recovery.done_title') },
    <>
      <Art name="created" framed />
      <TaskHead centred title={t('recovery.done_title')} lead={t('recovery.done_lead')} />
      <CeremonyForm
        class="lk-gap-24"
        kind="get"
        action="/sign-in/passkey"
        options={signInOptions(ctx, caller)}
        optionsUrl="/api/sign-in/passkey/options"
        otherWay="/sign-in/other"
      >
        <Button variant="primary" size="block" icon="passkey">
          {t('recovery.done_go')}
        </Button>
      </CeremonyForm>
      {until !== null && movesMoney(ctx) && (
        <Banner tone="warn" icon="clock" role="region" label={t('waits.paused_label')} class="lk-gap-24">
          {t('recovery.done_paused', { until: t.datetime(until) })}
        </Banner>
      )}
      <Checks t={t} />
    </>,
  )
}

const CHECKS = [
  { icon: 'laptop', key: 'sessions', href: '/account/sessions' },
  { icon: 'passkey', key: 'passkeys', href: '/account/passkeys' },
  { icon: 'app', key: 'factors', href: '/account/factors' },
  { icon: 'codes', key: 'codes', href: '/account/recovery-codes' },
] as const satisfies readonly { icon: IconName; key: string; href: string }[]

/** What an intruder may have left behind; each line asks for the sign-in first and comes back. */
const Checks = ({ t }: { t: Translator }) => (
  <div class="lk-gap-32">
    <Section id="check" group title={t('recovery.done_check')}>
      <List>
        {CHECKS.map(({ icon, key, href }) => (
          <Row icon={icon} title={t(`recovery.check_${key}`)} note={t(`recovery.check_${key}_note`)} href={href} />
        ))}
      </List>
    </Section>
  </div>
)

export async function frozenPage(c: AppContext): Promise<Response> {
  const { ctx } = scopeOf(c)
  const t = translator(c)
  if (calmWay(await recovered(c)) !== CALM.frozen) return goTo(c, '/recover/passkey')
  const hours = Math.ceil(recoveryWaitMs(ctx.config.policy) / 3_600_000)
  return taskPage(
    c,
    { title: t('frozen.title') },
    <>
      <TaskHead icon="freeze" title={t('frozen.title')} lead={t('frozen.recovery_lead', { hours })} />
      <Form class="lk-gap-24" action={CALM.frozen}>
        <Button variant="primary" size="block">
          {t('frozen.recovery_go')}
        </Button>
      </Form>
    </>,
  )
}

export async function postFrozen(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  await readForm(c)
  const outcome = await unfreezeByRecovery(ctx, caller)
  clearSession(c)
  return goTo(c, outcome.status === 'waits' ? `/recover/done?unfrozen=${outcome.until}` : '/sign-in')
}

export async function closingPage(c: AppContext): Promise<Response> {
  const { ctx } = scopeOf(c)
  const t = translator(c)
  const facts = await recovered(c)
  if (calmWay(facts) !== CALM.closing) return goTo(c, '/recover/passkey')
  const until = erasureOf(facts)?.effectiveAt ?? ctx.now()
  return taskPage(
    c,
    { title: t('closing.title') },
    <>
      <TaskHead icon="clock" title={t('closing.title')} lead={t('closing.recovery_lead', { until })} />
      <Form class="lk-gap-24" action={CALM.closing}>
        <Button variant="primary" size="block">
          {t('closing.keep')}
        </Button>
      </Form>
    </>,
  )
}

export async function postClosing(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  await readForm(c)
  await keepByRecovery(ctx, caller)
  clearSession(c)
  return goTo(c, '/recover/done?kept=1')
}

function keptDonePage(c: AppContext): Response | Promise<Response> {
  const t = translator(c)
  return taskPage(
    c,
    { title: t('closing.kept_title') },
    <>
      <TaskHead icon="check" title={t('closing.kept_title')} lead={t('closing.kept_lead')} />
      <PanelFoot>
        <Link href="/sign-in">{t('recovery.go_sign_in')}</Link>
      </PanelFoot>
    </>,
  )
}

function frozenDonePage(c: AppContext, until: number): Response | Promise<Response> {
  const t = translator(c)
  const title = t('frozen.recovery_done', { until })
  return taskPage(
    c,
    { title },
    <>
      <TaskHead icon="clock" title={title} lead={t('frozen.recovery_done_lead')} />
      <PanelFoot>
        <Link href="/sign-in">{t('recovery.go_sign_in')}</Link>
      </PanelFoot>
    </>,
  )
}

function passwordDonePage(c: AppContext, from: number): Response | Promise<Response> {
  const t = translator(c)
  const title = t('recovery.done_password_title')
  return taskPage(
    c,
    { title },
    <>
      <TaskHead icon="clock" title={title} lead={t('recovery.done_password_lead', { until: t.datetime(from) })} />
      <PanelFoot>
        <Link href="/sign-in">{t('recovery.go_sign_in')}</Link>
      </PanelFoot>
    </>,
  )
}
