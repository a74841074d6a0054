import type { Hono } from 'hono'
import { Problem } from '../../domain/problems.ts'
import type { AccountFacts } from '../../domain/types.ts'
import { requireSession } from '../../flows/account/session.ts'
import { beginTotp, confirmTotp, removeTotp, totpOperation, totpSetUp } from '../../flows/factors.ts'
import { hasGrant } from '../../flows/prove/step-up.ts'
import { type AppContext, type Env, scopeOf } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import { pageRoute } from '../../http/routes.ts'
import type { MessageKey, Translator } from '../../messages/index.ts'
import { goTo, taskPage, translator } from '../shell/page.tsx'
import { Button, Link } from '../ui/buttons.tsx'
import { CodeField } from '../ui/fields.tsx'
import { Form } from '../ui/form.tsx'
import { More } from '../ui/guidance.tsx'
import { TaskHead } from '../ui/heads.tsx'
import { Actions, PanelFoot } from '../ui/layout.tsx'
import { FACTORS, ownFacts, removePage, resultPage } from '../verify/change-pages.tsx'
import { type Intents, verifyPath } from '../verify/intent.ts'

export const TOTP = `${FACTORS}/totp`

/** The authenticator app: set up, replace, turn off. */
export function totpRoutes(app: Hono<Env>): void {
  pageRoute(app, { method: 'get', path: TOTP, access: 'account.read' }, c => totpPage(c))
  pageRoute(app, { method: 'post', path: TOTP, access: 'totp.add' }, postTotp)
  pageRoute(app, { method: 'post', path: `${TOTP}/begin`, access: 'totp.add' }, postBegin)
  pageRoute(app, { method: 'get', path: `${TOTP}/remove`, access: 'account.read' }, removeTotpPage)
}

const beginIntent = (reason: MessageKey) => ({
  reason: (t: Translator) => t(reason),
  async done(c: AppContext) {
    const { ctx, caller } = scopeOf(c)
    await beginTotp(ctx, caller)
    return TOTP
  },
})

export const totpIntents: Intents = {
  'totp.add': beginIntent('factors.reason_totp_add'),
  'totp.replace': beginIntent('factors.reason_totp_replace'),
  'totp.remove': {
    reason: t => t('factors.reason_totp_remove'),
    button: t => t('factors.totp_remove_go'),
    danger: true,
    async done(c) {
      const { ctx, caller } = scopeOf(c)
      await removeTotp(ctx, caller)
      return FACTORS
    },
  },
}

/** What this session began; where it began nothing yet, the one button that does. */
async function totpPage(c: AppContext, error?: string): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const facts = await ownFacts(c)
  const open = await totpSetUp(ctx, caller)
  if (!open) return beginPage(c, facts)
  return taskPage(
    c,
    { title: t('factors.totp_title'), error: error !== undefined, status: error ? 400 : 200 },
    <>
      <TaskHead title={t('factors.totp_title')} lead={t('factors.totp_lead')} />
      {facts.totp && <p class="lk-gap-8">{t('factors.totp_lead_replace')}</p>}
      <p class="lk-center lk-gap-24">
        <img src={svgSource(open.qr)} width={QR_SIZE} height={QR_SIZE} alt={t('factors.totp_qr')} />
      </p>
      <More summary={t('factors.totp_cant_scan')} open>
        <KeyText t={t} secret={open.secret} uri={open.uri} />
      </More>
      <Form class="lk-form" action={TOTP}>
        <CodeField error={error} autofocus />
        <Actions>
          <Button variant="primary" size="block">
            {t('factors.totp_go')}
          </Button>
        </Actions>
      </Form>
      <PanelFoot>
        <Form action={`${TOTP}/begin`}>
          <Button variant="text" size="row">
            {t('factors.totp_again')}
          </Button>
        </Form>
        <Link href={FACTORS}>{t('common.cancel')}</Link>
      </PanelFoot>
    </>,
  )
}

const QR_SIZE = 224
/** As an image: black on white in dark mode too, with a text for readers, and nothing of it in our markup. */
const svgSource = (svg: string): string => `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`

/** The key in groups of four, for typing it off; the link opens an app on the same device. */
const KeyText = ({ t, secret, uri }: { t: Translator; secret: string; uri: string }) => (
  <>
    <p>
      <span class="lk-hide">{t('factors.totp_key')} </span>
      <code class="lk-mono" id="totp-key" translate="no">
        <bdi>{(secret.match(/.{1,4}/g) ?? []).join(' ')}</bdi>
      </code>
    </p>
    <p class="lk-cluster">
      <Button type="button" size="row" icon="copy" data-lk-copy={secret} class="lk-needs-script">
        {t('factors.totp_copy')}
      </Button>
      <a class="lk-link" href={uri}>
        {t('factors.totp_open')}
      </a>
    </p>
    <p>{t('factors.totp_apps')}</p>
  </>
)

async function beginPage(c: AppContext, facts: AccountFacts): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const operation = totpOperation(facts)
  if (!(await hasGrant(ctx, requireSession(caller), { operation, target: null }))) return goTo(c, verifyPath(operation))
  return taskPage(
    c,
    { title: t('factors.totp_title') },
    <>
      <TaskHead icon="app" title={t('factors.totp_title')} lead={t('factors.totp_begin_lead')} />
      {facts.totp && <p class="lk-gap-8">{t('factors.totp_lead_replace')}</p>}
      <Form class="lk-form" action={`${TOTP}/begin`}>
        <Button variant="primary" size="block">
          {t('factors.totp_begin')}
        </Button>
      </Form>
      <PanelFoot>
        <Link href={FACTORS}>{t('common.cancel')}</Link>
      </PanelFoot>
    </>,
  )
}

async function postBegin(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  await readForm(c)
  await beginTotp(ctx, caller)
  return goTo(c, TOTP)
}

async function postTotp(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const form = await readForm(c)
  const had = (await ownFacts(c)).totp !== null
  try {
    const outcome = await confirmTotp(ctx, caller, form.code ?? '')
    const lead = t(had ? 'factors.totp_replaced_lead' : 'factors.totp_done_lead')
    return await resultPage(c, outcome, { title: t('factors.totp_done'), lead })
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    if (error.code === 'code_wrong') return totpPage(c, t('factors.totp_wrong'))
    if (error.code === 'code_expired') return totpPage(c, t('factors.totp_used'))
    if (error.code === 'form_expired') return goTo(c, TOTP)
    throw error
  }
}

async function removeTotpPage(c: AppContext): Promise<Response> {
  const t = translator(c)
  const facts = await ownFacts(c)
  if (!facts.totp) return goTo(c, FACTORS)
  return removePage(c, facts, {
    operation: 'totp.remove',
    after: { ...facts, totp: null },
    title: t('factors.totp_remove_title'),
    lead: t('factors.totp_remove_lead'),
    go: t('factors.totp_remove_go'),
    back: FACTORS,
    lastText: t('factors.last_text'),
  })
}
