import type { Hono } from 'hono'
import { displayName } from '../../domain/facts.ts'
import { CODE_METHODS, type CodeMethod, isSent, METHODS, readMethod, SENT_METHODS } from '../../domain/methods.ts'
import { decide } from '../../domain/policy.ts'
import { PROBLEMS, Problem } from '../../domain/problems.ts'
import type { AccountFacts } from '../../domain/types.ts'
import { movesMoney } from '../../flows/approvals/money.ts'
import type { ChangeOutcome } from '../../flows/change/change.ts'
import {
  type Forgotten,
  forgotten,
  forgottenClassOf,
  minLengthFor,
  proveForgotten,
  resendForgotten,
  setForgottenPassword,
  startForgotten,
} from '../../flows/password.ts'
import { type AppContext, type Env, scopeOf } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import { pageRoute } from '../../http/routes.ts'
import type { Translator } from '../../messages/index.ts'
import { isPasswordProblem, NewPasswordForm } from '../factors/password-form.tsx'
import { goTo, taskPage, translator } from '../shell/page.tsx'
import { Button, Link, LinkButton } from '../ui/buttons.tsx'
import { Refreshed } from '../ui/errors.tsx'
import { Field } from '../ui/fields.tsx'
import { Form } from '../ui/form.tsx'
import { TaskHead } from '../ui/heads.tsx'
import { Actions, PanelFoot } from '../ui/layout.tsx'
import { Banner } from '../ui/notes.tsx'
import { Identifier, Msg } from '../ui/words.tsx'
import { codeError, isFieldProblem, ResendForm, SecretForm, sentAt } from '../verify/code-form.tsx'
import { codeLead, MethodRows } from '../verify/method-rows.tsx'

const FORGOT = '/forgot-password'
const STEP = `${FORGOT}/step`

/** A forgotten password (policy.md §7): the address, its code, the second step that the account has, the new password. No session. */
export function forgottenRoutes(app: Hono<Env>): void {
  pageRoute(app, { method: 'get', path: FORGOT, access: 'public' }, c => startPage(c))
  pageRoute(app, { method: 'post', path: FORGOT, access: 'public' }, postStart)
  pageRoute(app, { method: 'get', path: STEP, access: 'pre' }, c => stepPage(c))
  pageRoute(app, { method: 'post', path: STEP, access: 'pre' }, postStep)
  pageRoute(app, { method: 'post', path: `${FORGOT}/send`, access: 'pre' }, postSend)
  pageRoute(app, { method: 'post', path: `${FORGOT}/new`, access: 'pre' }, postNew)
}

export function startPage(c: AppContext, problem: Problem | null = null, typed = ''): Response | Promise<Response> {
  const t = translator(c)
  return taskPage(
    c,
    { title: t('password.forgot_title'), error: problem !== null, status: problem ? PROBLEMS[problem.code].status : 200 },
    <>
      <TaskHead icon="lock" title={t('password.forgot_title')} lead={t('password.forgot_lead')} />
      <Refreshed problem={problem} />
      <Form class="lk-form" action={FORGOT}>
        <Field
          name="identifier"
          label={t('password.forgot_email')}
          inputmode="email"
          autocomplete="username"
          value={typed}
          error={problem?.code === 'identifier_invalid' ? t('password.forgot_bad') : undefined}
          required
          autofocus
        />
        <Button variant="primary" size="block" class="lk-form__go">
          {t('password.forgot_go')}
        </Button>
      </Form>
      <PanelFoot>
        <Link href="/sign-in">{t('password.forgot_passkey')}</Link>
        <Link href="/recover">{t('password.forgot_recover')}</Link>
        <Link href="/sign-up">{t('sign_in.create_account')}</Link>
      </PanelFoot>
    </>,
  )
}

async function postStart(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  try {
    return goTo(c, `${STEP}?${sentAt(c, await startForgotten(ctx, caller, form.identifier ?? ''))}`)
  } catch (error) {
    if (error instanceof Problem && error.code === 'identifier_invalid') return startPage(c, error, form.identifier)
    throw error
  }
}

/** What comes next in this browser; before the mailbox is proven it is the same page for every address. */
async function stepPage(c: AppContext, refused?: Refused): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const state = await forgotten(ctx, caller).catch(endedToNull)
  if (!state) return goTo(c, FORGOT)
  const { facts } = state
  if (state.stage === 'code' || !facts) return codePage(c, state, refused)
  if (!facts.password) return noPasswordPage(c)
  return state.stage === 'second_step' ? secondPage(c, facts, state.methods, refused) : newPage(c, { facts, pre: state.pre })
}

interface Refused {
  problem: Problem
  method: CodeMethod
}

function endedToNull(error: unknown): null {
  if (error instanceof Problem && error.code === 'form_expired') return null
  throw error
}

function codePage(c: AppContext, { pre }: Forgotten, refused?: Refused): Response | Promise<Response> {
  const t = translator(c)
  const to = <Identifier value={pre.identifierValue ?? ''} />
  return taskPage(
    c,
    { title: t('sign_in.code_title'), error: refused !== undefined, status: refused ? 400 : 200 },
    <>
      <TaskHead icon="mail" title={t('sign_in.code_title')} lead={<Msg id="password.forgot_sent" to={to} />} />
      <SecretForm t={t} method="email" action={STEP} hidden={{ method: 'email' }} error={codeError(t, refused?.problem ?? null, 'email')} />
      <ResendForm c={c} action={`${FORGOT}/send`} hidden={{ method: 'email' }} />
      <PanelFoot>
        <Link href={FORGOT}>{t('address.code_other')}</Link>
        <Link href="/recover">{t('password.forgot_recover')}</Link>
        <Link href="/sign-up">{t('sign_in.create_account')}</Link>
      </PanelFoot>
    </>,
  )
}

/** Told only to who has the mailbox. */
function noPasswordPage(c: AppContext): Response | Promise<Response> {
  const t = translator(c)
  return taskPage(
    c,
    { title: t('password.forgot_none_title') },
    <>
      <TaskHead icon="info" title={t('password.forgot_none_title')} lead={t('password.forgot_none_text')} />
      <Actions>
        <LinkButton variant="primary" size="block" href="/sign-in">
          {t('common.sign_in')}
        </LinkButton>
        <LinkButton variant="text" size="block" href="/recover">
          {t('password.forgot_none_go')}
        </LinkButton>
      </Actions>
    </>,
  )
}

/** The second step of the account, the strongest first; a text message is sent when somebody asks for it. */
function secondPage(c: AppContext, facts: AccountFacts, methods: CodeMethod[], refused?: Refused): Response | Promise<Response> {
  const t = translator(c)
  const wanted = refused?.method ?? c.req.query('method')
  const method = methods.find(m => m === wanted) ?? methods[0]
  const unsent = method !== undefined && isSent(method) && c.req.query('sent') === undefined && !refused
  const choose = c.req.query('choose') === '1' || method === undefined || unsent
  const title = t(choose ? 'password.forgot_second_title' : 'sign_in.code_title')
  const rows = <MethodRows t={t} facts={facts} methods={methods} sendTo={`${FORGOT}/send`} pageOf={m => `${STEP}?method=${m}`} />
  return taskPage(
    c,
    { title, error: refused !== undefined, status: refused ? 400 : 200 },
    choose ? (
      <>
        <TaskHead icon="shield-check" title={title} lead={t('password.forgot_second_lead')} />
        <div class="lk-gap-24">{rows}</div>
        <PanelFoot>
          <Link href="/recover">{t('sign_in.cant')}</Link>
        </PanelFoot>
      </>
    ) : (
      <>
        <TaskHead icon={METHODS[method].icon} title={title} lead={codeLead(t, facts, method)} />
        <SecretForm t={t} method={method} action={STEP} hidden={{ method }} error={codeError(t, refused?.problem ?? null, method)} />
        {isSent(method) && <ResendForm c={c} action={`${FORGOT}/send`} hidden={{ method }} />}
        <PanelFoot>
          <Link href={`${STEP}?choose=1`}>{t('common.try_another_way')}</Link>
        </PanelFoot>
      </>
    ),
  )
}

async function postStep(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const method = readMethod(CODE_METHODS, form.method)
  if (!method) throw new Problem('bad_request', { field: 'method' })
  try {
    await proveForgotten(ctx, caller, method, form.secret ?? '')
    return goTo(c, STEP)
  } catch (error) {
    if (error instanceof Problem && isFieldProblem(error)) return stepPage(c, { problem: error, method })
    throw error
  }
}

async function postSend(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const method = readMethod(SENT_METHODS, (await readForm(c)).method) ?? 'email'
  return goTo(c, `${STEP}?method=${method}&${sentAt(c, await resendForgotten(ctx, caller, method))}`)
}

interface KnownForgotten {
  facts: AccountFacts
  pre: Forgotten['pre']
}

/** What the new password will mean for this account is said before it is chosen. */
function newPage(c: AppContext, { facts, pre }: KnownForgotten, problem?: Problem): Response | Promise<Response> {
  const { ctx } = scopeOf(c)
  const t = translator(c)
  const words = waitOrPause(c, t, facts, pre)
  return taskPage(
    c,
    { title: t('password.forgot_new_title'), error: problem !== undefined, status: problem ? 400 : 200 },
    <>
      <TaskHead icon="lock" title={t('password.forgot_new_title')} lead={t('password.forgot_new_lead')} />
      {words && (
        <Banner tone="warn" icon="clock" class="lk-gap-16">
          {words}
        </Banner>
      )}
      <NewPasswordForm
        t={t}
        action={`${FORGOT}/new`}
        username={displayName(facts)}
        minLength={minLengthFor(ctx, facts)}
        problem={problem}
        go={t('password.set_go')}
      />
    </>,
  )
}

function waitOrPause(c: AppContext, t: Translator, facts: AccountFacts, pre: Forgotten['pre']): string | null {
  const { ctx } = scopeOf(c)
  const decision = decide('password.change', forgottenClassOf(ctx, facts, pre), ctx.config.policy)
  if (decision.kind === 'wait') return t('password.forgot_wait', { until: ctx.now() + decision.waitMs })
  if (decision.kind === 'now' && decision.pauseMs > 0 && movesMoney(ctx))
    return t('password.forgot_pause', { until: ctx.now() + decision.pauseMs })
  return null
}

async function postNew(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  try {
    return await donePage(c, await setForgottenPassword(ctx, caller, form.password ?? ''))
  } catch (error) {
    if (isPasswordProblem(error)) {
      const { facts, pre } = await forgotten(ctx, caller)
      if (facts) return newPage(c, { facts, pre }, error)
    }
    if (error instanceof Problem && error.code === 'form_expired') return goTo(c, FORGOT)
    throw error
  }
}

function donePage(c: AppContext, outcome: ChangeOutcome): Response | Promise<Response> {
  const t = translator(c)
  const waits = outcome.status === 'waits'
  const title = t(waits ? 'password.forgot_waits' : 'password.forgot_done')
  return taskPage(
    c,
    { title },
    <>
      <TaskHead
        icon={waits ? 'clock' : 'check'}
        tone={waits ? 'warn' : 'ok'}
        title={title}
        lead={waits ? t('password.forgot_waits_lead', { until: outcome.until }) : t('password.forgot_done_lead')}
      />
      <Actions>
        <LinkButton variant="primary" size="block" href="/sign-in">
          {t('common.sign_in')}
        </LinkButton>
      </Actions>
    </>,
  )
}
