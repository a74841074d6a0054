import { erasureOf } from '../../domain/facts.ts'
import { Problem } from '../../domain/problems.ts'
import { settleAndLoad } from '../../flows/account/account.ts'
import { requireSession } from '../../flows/account/session.ts'
import { callerNow } from '../../flows/account/sessions.ts'
import { close, closeWait } from '../../flows/freeze/close.ts'
import type { Routes } from '../../http/app.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import { CALM_PAGES, pageRoute } from '../../http/routes.ts'
import type { MessageKey, Translator } from '../../messages/index.ts'
import { goTo, openPage, taskPage, translator } from '../shell/page.tsx'
import { Button, Link, LinkButton } from '../ui/buttons.tsx'
import { Form } from '../ui/form.tsx'
import { PageHead, Section, TaskHead } from '../ui/heads.tsx'
import { PanelFoot } from '../ui/layout.tsx'
import { Banner } from '../ui/notes.tsx'
import { List, Row } from '../ui/rows.tsx'
import { type Intents, verifyPath } from '../verify/intent.ts'
import { Does } from './does.tsx'

const PAGE = '/account/close'
const SECURITY = '/account/security'

/** Closing one's own account, and what is left of it until it is erased. */
export const closeRoutes: Routes = app => {
  pageRoute(app, { method: 'get', path: PAGE, access: 'account.read' }, closePage)
  pageRoute(app, { method: 'post', path: PAGE, access: 'account.close' }, postClose)
  pageRoute(app, { method: 'get', path: CALM_PAGES.closing, access: 'account.read', calm: true }, closingPage)
}

export const closeIntents: Intents = {
  'account.close': {
    reason: t => t('close.reason'),
    button: t => t('close.go'),
    done: c => closeNow(c),
    danger: true,
    cancel: () => PAGE,
  },
}

const waitPath = (id: string): string => `/account/waits/${encodeURIComponent(id)}`

/** It waits, and its page says until when and how to stop it. */
async function closeNow(c: AppContext): Promise<string> {
  const { ctx, caller } = scopeOf(c)
  try {
    const outcome = await close(ctx, await callerNow(ctx, caller))
    return outcome.status === 'waits' ? waitPath(outcome.changeId) : CALM_PAGES.closing
  } catch (error) {
    // asked for in another tab: this page says until when it waits
    if (error instanceof Problem && error.code === 'already_done') return PAGE
    throw error
  }
}

async function postClose(c: AppContext): Promise<Response> {
  await readForm(c)
  try {
    return goTo(c, await closeNow(c))
  } catch (error) {
    if (error instanceof Problem && error.code === 'step_up_required') return goTo(c, verifyPath('account.close'))
    throw error
  }
}

const GOES: readonly MessageKey[] = ['close.goes_sign_in', 'close.goes_personal', 'close.goes_address']
const STAYS: readonly MessageKey[] = ['close.stays_record', 'close.stays_host', 'close.stays_devices']

const WhatGoes = ({ t, brand }: { t: Translator; brand: string }) => (
  <Does
    yes={{ title: t('close.goes'), items: GOES.map(key => t(key, { brand })) }}
    no={{ title: t('close.stays'), items: STAYS.map(key => t(key, { brand })) }}
  />
)

async function closePage(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const facts = await settleAndLoad(ctx, requireSession(caller).accountId)
  const wait = closeWait(facts)
  const brand = ctx.config.brand.name
  return taskPage(
    c,
    { title: t('close.title', { brand }), layout: 'wide' },
    <>
      <TaskHead icon="trash" title={t('close.title', { brand })} lead={t('close.lead')} />
      {wait ? (
        <Banner tone="warn" icon="clock" class="lk-gap-24">
          {t('close.waits', { until: wait.effectiveAt })}{' '}
          <Link inline href={waitPath(wait.id)}>
            {t('close.see_wait')}
          </Link>
        </Banner>
      ) : (
        <Form class="lk-gap-24" action={PAGE}>
          <Button variant="danger" size="big" icon="trash">
            {t('close.go')}
          </Button>
        </Form>
      )}
      <WhatGoes t={t} brand={brand} />
      <PanelFoot>
        <Link href={SECURITY}>{t('common.cancel')}</Link>
      </PanelFoot>
    </>,
  )
}

/** The date on which it is gone, and how to keep it: with at least the proof that closed it. */
async function closingPage(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const facts = await settleAndLoad(ctx, requireSession(caller, 'account.read').accountId)
  const erasure = erasureOf(facts)
  if (facts.account.status !== 'closing' || !erasure) return goTo(c, SECURITY)
  return openPage(
    c,
    facts,
    { title: t('closing.title') },
    <>
      <PageHead
        title={t('closing.title')}
        lead={t('closing.lead', { until: erasure.effectiveAt })}
        action={
          <LinkButton variant="primary" href={verifyPath('change.cancel', erasure.id)} data-lk-dialog="">
            {t('closing.keep')}
          </LinkButton>
        }
      />
      <p class="lk-small lk-muted lk-gap-8">{t(erasure.class === 'trusted' ? 'closing.proof_passkey' : 'closing.proof')}</p>
      <Section id="can" title={t('closing.can')}>
        <List>
          <Row icon="activity" title={t('frozen.activity')} note={t('frozen.activity_note')} href="/account/activity" />
          <Row icon="laptop" title={t('frozen.sessions')} note={t('closing.sessions_note')} href="/account/sessions" />
        </List>
      </Section>
      <WhatGoes t={t} brand={ctx.config.brand.name} />
    </>,
  )
}
