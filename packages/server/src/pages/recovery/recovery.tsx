import type { Child } from 'hono/jsx'
import { maskIdentifier } from '../../domain/identifier.ts'
import { METHODS, readMethod, SENT_METHODS, type SecretMethod, type SentMethod } from '../../domain/methods.ts'
import { PROBLEMS, Problem } from '../../domain/problems.ts'
import { recoveryCreationOptions } from '../../flows/recovery/bind.ts'
import {
  proveRecovery,
  type Recovery,
  type RecoveryStep,
  recovery,
  sendRecoveryCode,
  startRecovery,
} from '../../flows/recovery/recovery.ts'
import type { Routes } from '../../http/app.ts'
import { type AppContext, scopeOf, setSession } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import { pageRoute } from '../../http/routes.ts'
import type { MessageKey, Translator } from '../../messages/index.ts'
import { goTo, taskPage, translator } from '../shell/page.tsx'
import { Button, Link } from '../ui/buttons.tsx'
import { Refreshed } from '../ui/errors.tsx'
import { Field, PasswordField } from '../ui/fields.tsx'
import { Form } from '../ui/form.tsx'
import { TaskHead } from '../ui/heads.tsx'
import { PanelFoot } from '../ui/layout.tsx'
import { Banner } from '../ui/notes.tsx'
import type { IconName } from '../ui/pictures.tsx'
import { codeError, isFieldProblem, ResendForm, SecretForm, sentAt } from '../verify/code-form.tsx'
import { codeLead, MethodRows } from '../verify/method-rows.tsx'
import { optionsRoute } from '../verify/options-route.ts'
import {
  CALM,
  closingPage,
  donePage,
  frozenPage,
  passkeyPage,
  passwordPage,
  postClosing,
  postFrozen,
  postPasskey,
  postPassword,
} from './finish.tsx'
import { homePage, nonePage, onlyDevicePage, Protects, resetPage, syncedPage, takesPhones, waitingPage, waysPage } from './ways.tsx'

/** Getting back into an account. Until a proof was right, every page is the same for everybody (INV-16). */
export const recoveryRoutes: Routes = app => {
  pageRoute(app, { method: 'get', path: '/recover', access: 'public' }, waysPage)
  pageRoute(app, { method: 'get', path: '/recover/synced', access: 'public' }, syncedPage)
  pageRoute(app, { method: 'get', path: '/recover/synced/:home', access: 'public' }, homePage)
  pageRoute(app, { method: 'get', path: '/recover/only-device', access: 'public' }, onlyDevicePage)
  pageRoute(app, { method: 'get', path: '/recover/reset', access: 'public' }, resetPage)
  pageRoute(app, { method: 'get', path: '/recover/none', access: 'public' }, nonePage)
  pageRoute(app, { method: 'get', path: '/recover/waiting', access: 'public' }, waitingPage)
  pageRoute(app, { method: 'get', path: '/recover/start', access: 'public' }, c => startPage(c, startOf(c.req.query('with'))))
  pageRoute(app, { method: 'post', path: '/recover/start', access: 'public' }, postStart)
  pageRoute(app, { method: 'get', path: '/recover/proof', access: 'pre' }, c => proofPage(c))
  pageRoute(app, { method: 'post', path: '/recover/send', access: 'pre' }, postSend)
  pageRoute(app, { method: 'post', path: '/recover/proof', access: 'pre' }, postProof)
  pageRoute(app, { method: 'get', path: '/recover/passkey', access: 'recovery' }, passkeyPage)
  optionsRoute(app, '/recover/passkey/options', 'recovery', recoveryCreationOptions)
  pageRoute(app, { method: 'post', path: '/recover/passkey', access: 'recovery' }, postPasskey)
  pageRoute(app, { method: 'get', path: '/recover/password', access: 'recovery' }, c => passwordPage(c))
  pageRoute(app, { method: 'post', path: '/recover/password', access: 'recovery' }, postPassword)
  pageRoute(app, { method: 'get', path: CALM.frozen, access: 'recovery' }, frozenPage)
  pageRoute(app, { method: 'post', path: CALM.frozen, access: 'recovery' }, postFrozen)
  pageRoute(app, { method: 'get', path: CALM.closing, access: 'recovery' }, closingPage)
  pageRoute(app, { method: 'post', path: CALM.closing, access: 'recovery' }, postClosing)
  pageRoute(app, { method: 'get', path: '/recover/done', access: 'public' }, donePage)
}

/** What the person still has; it decides which proof comes first. */
type Start = 'recovery_code' | 'password' | 'totp' | 'email'

const STARTS: Record<Start, { icon: IconName; lead: MessageKey; first: 'recovery_code' | 'password' | 'message' }> = {
  recovery_code: { icon: 'codes', lead: 'recovery.start_lead_code', first: 'recovery_code' },
  password: { icon: 'lock', lead: 'recovery.start_lead_password', first: 'password' },
  totp: { icon: 'app', lead: 'recovery.start_lead_totp', first: 'message' },
  email: { icon: 'mail', lead: 'recovery.start_lead_mail', first: 'message' },
}
export const startOf = (text: string | undefined): Start =>
  text !== undefined && Object.hasOwn(STARTS, text) ? (text as Start) : 'recovery_code'

/** The identifier, and the first proof on the same page where it needs no message. */
export function startPage(c: AppContext, start: Start, problem: Problem | null = null, typed = ''): Response | Promise<Response> {
  const t = translator(c)
  const row = STARTS[start]
  const badName = problem?.code === 'identifier_invalid'
  return taskPage(
    c,
    { title: t('recovery.start_title'), error: problem !== null, status: problem ? PROBLEMS[problem.code].status : 200 },
    <>
      <TaskHead icon={row.icon} title={t('recovery.start_title')} lead={t(row.lead)} />
      <Refreshed problem={problem} />
      <Form class="lk-form" action="/recover/start">
        <input type="hidden" name="with" value={start} />
        <Field
          name="identifier"
          label={takesPhones(c) ? t('sign_in.identifier') : t('method.email')}
          value={typed}
          inputmode="email"
          autocomplete="username"
          error={badName ? t('sign_in.identifier_bad') : undefined}
          required
          autofocus
        />
        <FirstProof t={t} first={row.first} error={problem !== null && !badName && problem.code !== 'form_expired'} />
        <Button variant="primary" size="block" class="lk-form__go">
          {t('common.continue')}
        </Button>
      </Form>
      {start === 'password' && (
        <p class="lk-small lk-gap-16">
          {t('recovery.password_both')}{' '}
          <Link inline href="/sign-in">
            {t('recovery.go_sign_in')}
          </Link>
        </p>
      )}
      <Protects t={t} />
      <OtherWays t={t} />
    </>,
  )
}

function FirstProof({ t, first, error }: { t: Translator; first: 'recovery_code' | 'password' | 'message'; error: boolean }) {
  if (first === 'message') return null
  if (first === 'password') {
    const words = error ? t('sign_in.wrong') : undefined
    return <PasswordField name="secret" label={t('sign_in.password')} autocomplete="current-password" error={words} required />
  }
  const words = error ? t('recovery.wrong_code') : undefined
  return (
    <Field
      name="secret"
      label={t('recovery.code')}
      hint={t('recovery.code_hint')}
      error={words}
      autocomplete="off"
      mono
      required
      maxlength={64}
    />
  )
}

const OtherWays = ({ t }: { t: Translator }) => (
  <PanelFoot>
    <Link href="/recover">{t('recovery.back')}</Link>
  </PanelFoot>
)

async function postStart(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const start = startOf(form.with)
  try {
    await startRecovery(ctx, caller, form.identifier ?? '')
    const { first } = STARTS[start]
    const { methods, proven } = await recovery(ctx, caller)
    // begun before, in another way: what was right there still counts
    if (first === 'message' ? proven.length > 0 : proven.includes(first)) return goTo(c, '/recover/proof')
    if (first === 'message') return sendAndAsk(c, SENT_METHODS.find(sent => methods.includes(sent)) ?? 'email')
    return await afterProof(c, await proveRecovery(ctx, caller, first, form.secret ?? ''))
  } catch (error) {
    const isOfField = error instanceof Problem && (isFieldProblem(error) || error.code === 'identifier_invalid')
    if (isOfField) return startPage(c, start, error, form.identifier)
    throw error
  }
}

async function sendAndAsk(c: AppContext, method: SentMethod): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  return goTo(c, `/recover/proof?method=${method}&${sentAt(c, await sendRecoveryCode(ctx, caller, method))}`)
}

/** After a first proof the code by e-mail is sent at once: it is what nearly everybody has, and one click less. */
async function afterProof(c: AppContext, step: RecoveryStep): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  if (step.status === 'waits') return goTo(c, `/recover/waiting?until=${step.until}`)
  if (step.status === 'opened') {
    setSession(c, step.token)
    return goTo(c, step.codesLeft === null ? '/recover/passkey' : `/recover/passkey?left=${step.codesLeft}`)
  }
  const { methods } = await recovery(ctx, caller)
  return methods.includes('email') ? sendAndAsk(c, 'email') : goTo(c, '/recover/proof')
}

const isSecret = (text: string | undefined, methods: readonly SecretMethod[]): text is SecretMethod =>
  methods.some(method => method === text)

/** The proof asked for, else the best one that needs no message; the others behind "Try another way". */
async function proofPage(c: AppContext, problem: Problem | null = null, tried?: SecretMethod): Promise<Response> {
  const state = await recovery(scopeOf(c).ctx, scopeOf(c).caller)
  const asked = tried ?? c.req.query('method')
  const best = state.methods.find(method => !METHODS[method].sendsTo)
  const method = isSecret(asked, state.methods) ? asked : state.proven.length > 0 && c.req.query('choose') !== '1' ? best : undefined
  const sent = c.req.query('sent') !== undefined || problem !== null
  if (method === undefined || (METHODS[method].sendsTo && !sent)) return choosePage(c, state)
  const t = translator(c)
  const first = state.proven.length === 0
  const title = first ? t('sign_in.code_title') : t('recovery.second_title')
  return taskPage(
    c,
    { title, error: problem !== null, status: problem ? 400 : 200 },
    <>
      <TaskHead icon={METHODS[method].icon} title={title} lead={leadOf(t, state, method)} />
      <SecretForm
        t={t}
        method={method}
        action="/recover/proof"
        hidden={{ method }}
        error={codeError(t, problem, method)}
        button={t('common.continue')}
      />
      {METHODS[method].sendsTo && <ResendForm c={c} action="/recover/send" hidden={{ method }} />}
      <Protects t={t} />
      <PanelFoot>
        <Link href={first ? '/recover' : '/recover/proof?choose=1'}>{t('common.try_another_way')}</Link>
      </PanelFoot>
    </>,
  )
}

/** Before the first proof the address is the typed one, and nothing says that it belongs to somebody. */
function leadOf(t: Translator, { pre, facts, proven }: Recovery, method: SecretMethod): Child {
  if (facts && proven.length > 0) return method === 'password' ? t('method.password_hint') : codeLead(t, facts, method)
  return t('recovery.sent_maybe', { to: maskIdentifier(pre.identifierKind ?? 'email', pre.identifierValue ?? '') })
}

function choosePage(c: AppContext, { facts, proven, methods }: Recovery): Response | Promise<Response> {
  if (!facts || proven.length === 0) return goTo(c, '/recover')
  const t = translator(c)
  const none = methods.length === 0
  return taskPage(
    c,
    { title: t('recovery.second_title') },
    <>
      <TaskHead icon="shield-check" title={t('recovery.second_title')} lead={none ? undefined : t('recovery.second_lead')} />
      {none ? (
        <Banner tone="warn" title={`${t('recovery.second_none')}.`} class="lk-gap-24">
          {t('recovery.second_none_text')}
        </Banner>
      ) : (
        <div class="lk-gap-24">
          <MethodRows t={t} facts={facts} methods={methods} sendTo="/recover/send" pageOf={method => `/recover/proof?method=${method}`} />
        </div>
      )}
      <PanelFoot>
        <Link href="/recover">{t('recovery.back')}</Link>
        <Link href="/recover/none">{t('recovery.row_none')}</Link>
      </PanelFoot>
    </>,
  )
}

async function postSend(c: AppContext): Promise<Response> {
  const form = await readForm(c)
  return sendAndAsk(c, readMethod(SENT_METHODS, form.method) ?? 'email')
}

async function postProof(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const { methods, proven } = await recovery(ctx, caller)
  const { method } = form
  if (!isSecret(method, methods)) throw new Problem('bad_request', { field: 'method' })
  try {
    return await afterProof(c, await proveRecovery(ctx, caller, method, form.secret ?? ''))
  } catch (error) {
    if (!(error instanceof Problem && isFieldProblem(error))) throw error
    // too many wrong proofs ended what the first one opened: there is no page to show the error on
    if ((await recovery(ctx, caller)).proven.length < proven.length) throw new Problem('form_expired')
    return proofPage(c, error, method)
  }
}
