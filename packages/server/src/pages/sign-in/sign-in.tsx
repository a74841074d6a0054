import { PROBLEMS, Problem } from '../../domain/problems.ts'
import { secondStepOptions, signInOptions, signInWithPasskey, startSignIn } from '../../flows/sign-in.ts'
import type { Routes } from '../../http/app.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import { parseReturnTo } from '../../http/return-to.ts'
import { pageRoute } from '../../http/routes.ts'
import { continuePage } from '../shell/continue.tsx'
import { HiddenInputs } from '../shell/hidden-inputs.tsx'
import { goTo, taskPage, translator } from '../shell/page.tsx'
import { Button, Link } from '../ui/buttons.tsx'
import { Refreshed } from '../ui/errors.tsx'
import { Field } from '../ui/fields.tsx'
import { Form } from '../ui/form.tsx'
import { TaskHead } from '../ui/heads.tsx'
import { Or, PanelFoot } from '../ui/layout.tsx'
import { AutofillMarker, CeremonyForm } from '../verify/ceremony.tsx'
import { parseResponse } from '../verify/ceremony-answer.ts'
import { optionsRoute } from '../verify/options-route.ts'
import { Unsupported } from '../verify/unsupported.tsx'
import { nextPage, postPassword } from './after-identifier.tsx'
import { afterStep, leave } from './done.ts'
import { keyPage, otherPage, phonePage } from './other-ways.tsx'
import { OPTIONS_URL, otherWaysPath, returnTo, withReturn } from './paths.ts'
import { postSecond, postSecondPasskey, postSend, secondPage } from './second.tsx'
import { postSignOut, signedOutPage } from './sign-out.tsx'

export const signInRoutes: Routes = app => {
  pageRoute(app, { method: 'get', path: '/sign-in', access: 'public' }, signInPage)
  pageRoute(app, { method: 'post', path: '/sign-in', access: 'public' }, postIdentifier)
  pageRoute(app, { method: 'post', path: '/sign-in/passkey', access: 'public' }, postPasskey)
  pageRoute(app, { method: 'get', path: '/sign-in/next', access: 'pre' }, c => nextPage(c, null))
  pageRoute(app, { method: 'post', path: '/sign-in/password', access: 'pre' }, postPassword)
  pageRoute(app, { method: 'get', path: '/sign-in/other', access: 'public' }, otherPage)
  pageRoute(app, { method: 'get', path: '/sign-in/phone', access: 'public' }, phonePage)
  pageRoute(app, { method: 'get', path: '/sign-in/key', access: 'public' }, keyPage)
  pageRoute(app, { method: 'get', path: '/sign-in/second', access: 'pre' }, secondPage)
  pageRoute(app, { method: 'post', path: '/sign-in/send', access: 'pre' }, postSend)
  pageRoute(app, { method: 'post', path: '/sign-in/second', access: 'pre' }, postSecond)
  pageRoute(app, { method: 'post', path: '/sign-in/second/passkey', access: 'pre' }, postSecondPasskey)
  optionsRoute(app, '/sign-in/second/passkey/options', 'pre', secondStepOptions)
  pageRoute(app, { method: 'post', path: '/sign-out', access: 'public' }, postSignOut)
  pageRoute(app, { method: 'get', path: '/sign-out', access: 'public' }, signedOutPage)
  pageRoute(app, { method: 'get', path: '/continue', access: 'public' }, continuePage)
}

/** The first page: a passkey, or an identifier. */
export function signInPage(c: AppContext, problem: Problem | null = null, typed = '', back = returnTo(c)): Response | Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  if (caller.session?.kind === 'full' && !problem) return leave(c, back)
  const t = translator(c)
  const hidden = back ? { return_to: back } : {}
  const options = signInOptions(ctx, caller)
  return taskPage(
    c,
    { title: t('sign_in.title'), error: problem !== null, status: problem ? PROBLEMS[problem.code].status : 200 },
    <>
      <TaskHead
        title={t('sign_in.title')}
        lead={ctx.config.brand.product ? t('sign_in.to_product', { product: ctx.config.brand.product }) : undefined}
      />
      <Refreshed problem={problem} />
      {(c.req.query('ended') === '1' || problem?.code === 'unauthenticated') && <p class="lk-gap-12">{t('sign_in.ended')}</p>}
      <AutofillMarker action="/sign-in/passkey" options={signInOptions(ctx, caller)} optionsUrl={OPTIONS_URL} hidden={hidden} />
      <Form class="lk-form" action="/sign-in">
        <HiddenInputs values={hidden} />
        <Field
          name="identifier"
          label={t('sign_in.identifier')}
          value={typed}
          inputmode="email"
          autocomplete="username webauthn"
          hint={
            <span class="lk-needs-script" data-lk-needs-passkey="">
              {t('sign_in.autofill_hint')}
            </span>
          }
          error={problem?.code === 'identifier_invalid' ? t('sign_in.identifier_bad') : undefined}
          required
          autofocus
        />
        <Button variant="primary" size="block" class="lk-form__go">
          {t('common.continue')}
        </Button>
      </Form>
      <Or passkey />
      <CeremonyForm
        kind="get"
        action="/sign-in/passkey"
        options={options}
        optionsUrl={OPTIONS_URL}
        hidden={hidden}
        otherWay={otherWaysPath(back)}
      >
        <Button size="block" icon="passkey">
          {t('sign_in.with_passkey')}
        </Button>
      </CeremonyForm>
      <Unsupported t={t} />
      <PanelFoot>
        <Link href={withReturn('/sign-up', back)}>{t('sign_in.create_account')}</Link>
        <Link href="/recover">{t('sign_in.cant')}</Link>
      </PanelFoot>
    </>,
  )
}

async function postIdentifier(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  try {
    await startSignIn(ctx, caller, form.identifier ?? '', parseReturnTo(ctx.config, form.return_to))
  } catch (error) {
    if (error instanceof Problem && error.code === 'identifier_invalid') return signInPage(c, error, form.identifier)
    throw error
  }
  return goTo(c, '/sign-in/next')
}

async function postPasskey(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  return afterStep(c, await signInWithPasskey(ctx, caller, parseResponse(form.response), parseReturnTo(ctx.config, form.return_to)))
}
