import { maskIdentifier, shownIdentifier } from '../../domain/identifier.ts'
import { confirmingMethod } from '../../domain/methods.ts'
import { PROBLEMS, Problem } from '../../domain/problems.ts'
import { settleAndLoad } from '../../flows/account/account.ts'
import { requireBegun } from '../../flows/account/pre-session.ts'
import { requireSession } from '../../flows/account/session.ts'
import {
  confirmSignUpCode,
  requireSignUp,
  resendSignUpCode,
  signUpCreationOptions,
  signUpWithPasskey,
  signUpWithPassword,
  startSignUp,
} from '../../flows/sign-up.ts'
import type { Routes } from '../../http/app.ts'
import { type AppContext, scopeOf, setSession } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import { parseReturnTo } from '../../http/return-to.ts'
import { pageRoute } from '../../http/routes.ts'
import { HiddenInputs } from '../shell/hidden-inputs.tsx'
import { goTo, taskPage, translator } from '../shell/page.tsx'
import { leave } from '../sign-in/done.ts'
import { carried, returnTo } from '../sign-in/paths.ts'
import { Button, Link, LinkButton } from '../ui/buttons.tsx'
import { problemWords, Refreshed } from '../ui/errors.tsx'
import { Field, PasswordField } from '../ui/fields.tsx'
import { Form } from '../ui/form.tsx'
import { More, Points } from '../ui/guidance.tsx'
import { TaskHead } from '../ui/heads.tsx'
import { Actions, PanelFoot } from '../ui/layout.tsx'
import { Art } from '../ui/pictures.tsx'
import { Identifier, Msg } from '../ui/words.tsx'
import { CeremonyForm, WHERE } from '../verify/ceremony.tsx'
import { parseResponse } from '../verify/ceremony-answer.ts'
import { codeError, isFieldProblem, ResendForm, SecretForm, sentAt } from '../verify/code-form.tsx'
import { optionsRoute } from '../verify/options-route.ts'

const OPTIONS_URL = '/sign-up/passkey/options'

export const signUpRoutes: Routes = app => {
  pageRoute(app, { method: 'get', path: '/sign-up', access: 'public' }, c => signUpPage(c))
  pageRoute(app, { method: 'post', path: '/sign-up', access: 'public' }, postIdentifier)
  pageRoute(app, { method: 'get', path: '/sign-up/code', access: 'pre' }, c => codePage(c))
  pageRoute(app, { method: 'post', path: '/sign-up/code', access: 'pre' }, postCode)
  pageRoute(app, { method: 'post', path: '/sign-up/send', access: 'pre' }, postSend)
  pageRoute(app, { method: 'get', path: '/sign-up/passkey', access: 'pre' }, passkeyPage)
  optionsRoute(app, OPTIONS_URL, 'pre', signUpCreationOptions)
  pageRoute(app, { method: 'post', path: '/sign-up/passkey', access: 'pre' }, postPasskey)
  pageRoute(app, { method: 'get', path: '/sign-up/password', access: 'pre' }, c => passwordPage(c))
  pageRoute(app, { method: 'post', path: '/sign-up/password', access: 'pre' }, postPassword)
  pageRoute(app, { method: 'get', path: '/sign-up/done', access: 'account.read' }, donePage)
}

/** The first page of a sign-up. */
export function signUpPage(c: AppContext, problem: Problem | null = null, typed = ''): Response | Promise<Response> {
  const t = translator(c)
  const back = returnTo(c)
  return taskPage(
    c,
    { title: t('sign_up.title'), error: problem !== null, status: problem ? PROBLEMS[problem.code].status : 200 },
    <>
      <TaskHead title={t('sign_up.title')} lead={t('sign_up.lead')} />
      <Refreshed problem={problem} />
      <Form class="lk-form" action="/sign-up">
        <HiddenInputs values={back ? { return_to: back } : {}} />
        <Field
          name="identifier"
          label={t('sign_in.identifier')}
          value={typed}
          inputmode="email"
          autocomplete="username"
          error={problem?.code === 'identifier_invalid' ? t('sign_in.identifier_bad') : undefined}
          required
          autofocus
        />
        <Button variant="primary" size="block" class="lk-form__go">
          {t('common.continue')}
        </Button>
      </Form>
      <PanelFoot>
        <Link href={back ? `/sign-in?return_to=${encodeURIComponent(back)}` : '/sign-in'}>{t('sign_up.have_account')}</Link>
      </PanelFoot>
    </>,
  )
}

async function postIdentifier(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  try {
    const sent = await startSignUp(ctx, caller, form.identifier ?? '', parseReturnTo(ctx.config, form.return_to))
    return goTo(c, `/sign-up/code?${sentAt(c, sent)}`)
  } catch (error) {
    if (error instanceof Problem && error.code === 'identifier_invalid') return signUpPage(c, error, form.identifier)
    throw error
  }
}

/** The code that was sent to the new address. */
async function codePage(c: AppContext, problem: Problem | null = null): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const pre = await requireBegun(ctx, caller, 'sign_up')
  const kind = pre.identifierKind ?? 'email'
  return taskPage(
    c,
    { title: t('sign_in.code_title'), error: problem !== null, status: problem ? 400 : 200 },
    <>
      <TaskHead
        icon={kind === 'email' ? 'mail' : 'message'}
        title={t('sign_in.code_title')}
        lead={<Msg id="sign_up.code_lead" to={<Identifier value={maskIdentifier(kind, pre.identifierValue ?? '')} />} />}
      />
      <SecretForm
        t={t}
        method={confirmingMethod(kind)}
        action="/sign-up/code"
        hidden={carried(pre)}
        error={codeError(t, problem, 'email')}
      />
      <ResendForm c={c} action="/sign-up/send" hidden={carried(pre)} />
      <PanelFoot>
        <Link href="/sign-up">{t('common.back')}</Link>
      </PanelFoot>
    </>,
  )
}

async function postCode(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  try {
    await confirmSignUpCode(ctx, caller, form.secret ?? '')
  } catch (error) {
    if (error instanceof Problem && isFieldProblem(error)) return codePage(c, error)
    throw error
  }
  return goTo(c, '/sign-up/passkey')
}

async function postSend(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  await readForm(c)
  return goTo(c, `/sign-up/code?${sentAt(c, await resendSignUpCode(ctx, caller))}`)
}

/** The first passkey; biometrics stay on the device (K5), we keep only the public key (O2, O9), not on shared devices (K19). */
async function passkeyPage(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const { pre } = await requireSignUp(ctx, caller)
  return taskPage(
    c,
    { title: t('sign_up.passkey_title') },
    <>
      <Art name="passkey" band />
      <TaskHead title={t('sign_up.passkey_title')} />
      <Points
        items={[
          { icon: 'fingerprint', text: t('sign_up.point_unlock') },
          { icon: 'shield-check', text: t('sign_up.point_phishing') },
          { icon: 'lock', text: t('sign_up.point_biometrics') },
        ]}
      />
      <CeremonyForm
        class="lk-gap-24"
        kind="create"
        action="/sign-up/passkey"
        options={await signUpCreationOptions(ctx, caller)}
        optionsUrl={OPTIONS_URL}
        hidden={carried(pre)}
      >
        <Actions gap={12}>
          <Button variant="primary" size="block" icon="passkey" {...WHERE.device}>
            {t('sign_up.create')}
          </Button>
          <Button size="block">{t('sign_up.elsewhere')}</Button>
        </Actions>
      </CeremonyForm>
      <p class="lk-hint" data-lk-unsupported="LK201" hidden>
        {t('sign_up.unsupported')}
      </p>
      <Actions gap={12}>
        <LinkButton variant="text" size="block" href="/sign-up/password">
          {t('sign_up.password_instead')}
        </LinkButton>
      </Actions>
      <More summary={t('sign_up.what')}>
        <p>{t('sign_up.what_text')}</p>
        <p>{t('sign_up.what_keys')}</p>
      </More>
      <More summary={t('sign_up.shared')}>
        <p>{t('sign_up.shared_text')}</p>
      </More>
    </>,
  )
}

async function postPasskey(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const done = await signUpWithPasskey(ctx, caller, parseResponse(form.response))
  setSession(c, done.token, done.accountId)
  const next = done.returnTo ? `?return_to=${encodeURIComponent(done.returnTo)}` : ''
  return goTo(
    c,
    ctx.config.policy.recoveryCodes === 'offered' ? `/sign-up/done${next}` : `/account/recovery-codes${next ? `${next}&` : '?'}first=1`,
  )
}

/** A password in place of a passkey. */
async function passwordPage(c: AppContext, problem: Problem | null = null): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const { pre, signUp } = await requireSignUp(ctx, caller)
  const withCode = ctx.config.policy.secondStep === 'demanded' || signUp.kind === 'phone'
  return taskPage(
    c,
    { title: t('sign_up.password_title'), error: problem !== null, status: problem ? 400 : 200 },
    <>
      <TaskHead
        icon="lock"
        title={t('sign_up.password_title')}
        lead={t(withCode ? 'sign_up.password_lead' : 'sign_up.password_lead_alone')}
      />
      <Form class="lk-form" action="/sign-up/password">
        <HiddenInputs values={pre.returnTo ? { return_to: pre.returnTo } : {}} />
        <input
          class="lk-hide"
          type="text"
          name="identifier"
          value={shownIdentifier(signUp.value)}
          autocomplete="username"
          hidden
          readonly
        />
        <PasswordField
          name="password"
          label={t('sign_up.new_password')}
          autocomplete="new-password"
          hint={t('sign_up.password_hint', { n: withCode ? 8 : 15 })}
          error={problem ? passwordWords(c, problem) : undefined}
          required
          autofocus
        />
        <Button variant="primary" size="block" class="lk-form__go">
          {t('sign_up.password_go')}
        </Button>
      </Form>
      <PanelFoot>
        <Link href="/sign-up/passkey">{t('common.back')}</Link>
      </PanelFoot>
    </>,
  )
}

const passwordWords = (c: AppContext, problem: Problem): string => {
  const words = problemWords(translator(c), problem.code, problem.extras)
  return words.text ? `${words.title} ${words.text}` : words.title
}

async function postPassword(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  try {
    const done = await signUpWithPassword(ctx, caller, form.password ?? '')
    setSession(c, done.token, done.accountId)
    return goTo(c, done.returnTo ? `/sign-up/done?return_to=${encodeURIComponent(done.returnTo)}` : '/sign-up/done')
  } catch (error) {
    if (error instanceof Problem && error.code.startsWith('password_')) return passwordPage(c, error)
    throw error
  }
}

/** The account is made. */
async function donePage(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const facts = await settleAndLoad(ctx, requireSession(caller).accountId)
  const back = parseReturnTo(ctx.config, c.req.query('return_to'))
  if (c.req.query('go') === '1') return leave(c, back)
  const first = facts.passkeys.length === 0
  return taskPage(
    c,
    { title: t('sign_up.done_title'), layout: 'panel' },
    <>
      <Art name="created" framed />
      <TaskHead centred title={t('sign_up.done_title')} lead={t(first ? 'sign_up.done_lead_password' : 'sign_up.done_lead')} />
      <Actions gap={24}>
        <LinkButton variant="primary" size="block" href={back ? `/continue?return_to=${encodeURIComponent(back)}` : '/account/security'}>
          {back ? t('sign_up.done_go') : t('sign_up.done_security')}
        </LinkButton>
        {first && (
          <LinkButton size="block" icon="passkey" href="/account/passkeys/new">
            {t('sign_up.create')}
          </LinkButton>
        )}
      </Actions>
    </>,
  )
}
