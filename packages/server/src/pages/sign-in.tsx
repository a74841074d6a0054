import type { Child } from 'hono/jsx'
import type { Ctx } from '../ctx.ts'
import { primaryAddress } from '../domain/facts.ts'
import { maskIdentifier } from '../domain/identifier.ts'
import { Problem } from '../domain/problems.ts'
import type { AccountFacts, AccountId, CodeMethod, MethodName } from '../domain/types.ts'
import {
  requirePreSession,
  type SignIn,
  secondStep,
  secondStepMethods,
  secondStepOptions,
  sendSecondStepCode,
  signInOptions,
  signInWithCode,
  signInWithPasskey,
  signInWithPasskeyAsSecondStep,
  signInWithPassword,
  signOut,
  startSignIn,
} from '../flows/sign-in.ts'
import type { Routes } from '../http/app.ts'
import { type AppContext, clearSession, scopeOf, setSession } from '../http/env.ts'
import { readForm } from '../http/guards.ts'
import { parseReturnTo } from '../http/return-to.ts'
import { pageRoute } from '../http/routes.ts'
import type { MessageKey, Translator } from '../messages/index.ts'
import { METHODS } from '../methods/index.ts'
import { AutofillMarker, CeremonyForm, type Hint } from './ceremony.tsx'
import { codeError, isFieldProblem, ResendForm, SecretForm } from './code-form.tsx'
import { goTo, taskPage, translator } from './page.tsx'
import { Button, Link, LinkButton } from './ui/buttons.tsx'
import { Check } from './ui/choices.tsx'
import { Field, PasswordField } from './ui/fields.tsx'
import { Form } from './ui/form.tsx'
import { Steps } from './ui/guidance.tsx'
import { TaskHead } from './ui/heads.tsx'
import { Actions, Or, PanelFoot } from './ui/layout.tsx'
import type { IconName } from './ui/pictures.tsx'
import { List, Row } from './ui/rows.tsx'
import { Chip } from './ui/words.tsx'

const OPTIONS_URL = '/api/sign-in/passkey/options'
const AFTER_SIGN_IN = '/account/security'

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
  pageRoute(app, { method: 'post', path: '/sign-in/second/passkey/options', access: 'pre' }, async c =>
    c.json(await secondStepOptions(scopeOf(c).ctx, scopeOf(c).caller)),
  )
  pageRoute(app, { method: 'post', path: '/sign-out', access: 'public' }, postSignOut)
  pageRoute(app, { method: 'get', path: '/sign-out', access: 'public' }, signedOutPage)
  pageRoute(app, { method: 'get', path: '/continue', access: 'public' }, continuePage)
}

const returnTo = (c: AppContext): string | null => parseReturnTo(scopeOf(c).ctx.config, c.req.query('return_to'))

/** S01. */
function signInPage(c: AppContext, problem: Problem | null = null, typed = ''): Response | Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  if (caller.session?.kind === 'full' && !problem) return leave(c, returnTo(c))
  const t = translator(c)
  const back = returnTo(c)
  const hidden = back ? { return_to: back } : {}
  const options = signInOptions(ctx, caller)
  return taskPage(
    c,
    { title: t('sign_in.title'), error: problem !== null, status: problem ? 400 : 200 },
    <>
      <TaskHead
        title={t('sign_in.title')}
        lead={ctx.config.brand.product ? t('sign_in.to_product', { product: ctx.config.brand.product }) : undefined}
      />
      {c.req.query('ended') === '1' && <p class="lk-gap-12">{t('sign_in.ended')}</p>}
      <AutofillMarker action="/sign-in/passkey" options={signInOptions(ctx, caller)} optionsUrl={OPTIONS_URL} hidden={hidden} />
      <Form class="lk-form" action="/sign-in">
        <HiddenInputs values={hidden} />
        <Field
          name="identifier"
          label={t('sign_in.identifier')}
          value={typed}
          inputmode="email"
          autocomplete="username webauthn"
          hint={<span data-lk-autofill-hint="">{t('sign_in.autofill_hint')}</span>}
          error={problem ? t('sign_in.identifier_bad') : undefined}
          required
          autofocus
        />
        <Button variant="primary" size="block" class="lk-form__go">
          {t('common.continue')}
        </Button>
      </Form>
      <Or />
      <CeremonyForm kind="get" action="/sign-in/passkey" options={options} optionsUrl={OPTIONS_URL} hidden={hidden} other={other(back)}>
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

const withReturn = (path: string, back: string | null): string => (back ? `${path}?return_to=${encodeURIComponent(back)}` : path)
const other = (back: string | null): string => withReturn('/sign-in/other', back)

export const HiddenInputs = ({ values }: { values: Record<string, string> }) => (
  <>
    {Object.entries(values).map(([name, value]) => (
      <input type="hidden" name={name} value={value} />
    ))}
  </>
)

/** Stands in the button's place where the browser has no passkeys (O27, K10). */
export const Unsupported = ({ t }: { t: Translator }) => (
  <p class="lk-hint lk-center" data-lk-unsupported="LK201" hidden>
    {t('sign_in.unsupported')}{' '}
    <Link inline href="/check-device">
      {t('sign_in.why')}
    </Link>
  </p>
)

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

/** After the identifier there is one page for everybody: nobody learns whether an account exists (F50, O41). */
async function nextPage(c: AppContext, problem: Problem | null): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const pre = await requirePreSession(ctx, caller, 'sign_in')
  const name = pre.identifierValue ?? ''
  const passwordFirst =
    pre.accountId !== null && caller.knownAccounts.includes(pre.accountId) && (await passwordIsFirst(ctx, pre.accountId))
  const hidden = pre.returnTo ? { return_to: pre.returnTo } : {}
  const passkeyPart = (
    <>
      <CeremonyForm
        class="lk-gap-16"
        kind="get"
        action="/sign-in/passkey"
        options={signInOptions(ctx, caller)}
        optionsUrl={OPTIONS_URL}
        hidden={hidden}
        other={other(pre.returnTo)}
      >
        <p class="lk-lead">{t('sign_in.next_lead')}</p>
        <Actions gap={16}>
          <Button variant={passwordFirst ? undefined : 'primary'} size="block" icon="passkey">
            {t('sign_in.next_passkey')}
          </Button>
        </Actions>
      </CeremonyForm>
      <Unsupported t={t} />
    </>
  )
  const passwordPart = (
    <Form action="/sign-in/password">
      <input class="lk-hide" type="text" name="identifier" value={name} autocomplete="username" hidden readonly />
      <PasswordField
        name="password"
        label={t('sign_in.password')}
        autocomplete="current-password"
        error={problem ? t('sign_in.wrong') : undefined}
        required
      />
      <Button variant={passwordFirst ? 'primary' : undefined} size="block" class="lk-form__go">
        {t('sign_in.submit')}
      </Button>
    </Form>
  )
  return taskPage(
    c,
    { title: t('sign_in.next_title'), error: problem !== null, status: problem ? 401 : 200 },
    <>
      <TaskHead icon="passkey" title={t('sign_in.next_title')} />
      <p class="lk-gap-12">
        <Chip identifier={name} /> <Link href={withReturn('/sign-in', pre.returnTo)}>{t('common.not_you')}</Link>
      </p>
      {passwordFirst ? [passwordPart, <Or />, passkeyPart] : [passkeyPart, <Or />, passwordPart]}
      <PanelFoot>
        <Link href={other(pre.returnTo)}>{t('common.try_another_way')}</Link>
        <Link href="/forgot-password">{t('sign_in.forgot')}</Link>
      </PanelFoot>
    </>,
  )
}

/** "Use my passkey first" is off; only a browser that this account knows may show its own order (design: one page for all others). */
async function passwordIsFirst(ctx: Ctx, accountId: AccountId): Promise<boolean> {
  const facts = await ctx.store.read.accounts.facts(accountId)
  return facts !== null && !facts.account.passkeyFirst && facts.password !== null
}

async function postPassword(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  try {
    return await afterStep(c, await signInWithPassword(ctx, caller, form.password ?? ''))
  } catch (error) {
    if (error instanceof Problem && error.code === 'invalid_credentials') return nextPage(c, error)
    throw error
  }
}

async function postPasskey(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  return afterStep(c, await signInWithPasskey(ctx, caller, parseResponse(form.response), parseReturnTo(ctx.config, form.return_to)))
}

/** The browser's answer as it travels in a form. @throws Problem `passkey_rejected` for what is no JSON */
export function parseResponse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch (error) {
    throw new Problem('passkey_rejected', {}, error)
  }
}

async function afterStep(c: AppContext, result: SignIn): Promise<Response> {
  if (result.status === 'second_step_needed') return goTo(c, '/sign-in/second')
  setSession(c, result.token, result.accountId, result.trustClaim ?? null)
  return leave(c, result.returnTo)
}

/** To where the person was going; the host's pages are reached through our own GET, since `form-action 'self'` blocks the rest. */
export function leave(c: AppContext, to: string | null): Response {
  return c.redirect(to ?? scopeOf(c).ctx.config.basePath + AFTER_SIGN_IN, 303)
}

function continuePage(c: AppContext): Response {
  return c.redirect(returnTo(c) ?? '/', 303)
}

interface Way {
  icon: IconName
  title: MessageKey
  note: MessageKey
  href: string
}

/** S06: the same list for everybody, the strongest first. */
function otherPage(c: AppContext): Response | Promise<Response> {
  const t = translator(c)
  const back = returnTo(c)
  const ways: Way[] = [
    { icon: 'fingerprint', title: 'sign_in.other_device', note: 'sign_in.other_device_note', href: '/sign-in' },
    { icon: 'qr', title: 'sign_in.other_phone', note: 'sign_in.other_phone_note', href: '/sign-in/phone' },
    { icon: 'usb-key', title: 'sign_in.other_key', note: 'sign_in.other_key_note', href: '/sign-in/key' },
    { icon: 'lock', title: 'sign_in.other_password', note: 'sign_in.other_password_note', href: '/sign-in' },
    { icon: 'shield-alert', title: 'sign_in.other_lost', note: 'sign_in.other_lost_note', href: '/recover' },
  ]
  return taskPage(
    c,
    { title: t('sign_in.other_title') },
    <>
      <TaskHead title={t('sign_in.other_title')} />
      <div class="lk-gap-24">
        <List>
          {ways.map(way => (
            <Row icon={way.icon} title={t(way.title)} note={t(way.note)} href={withReturn(way.href, back)} />
          ))}
        </List>
      </div>
    </>,
  )
}

/** S07: the nearby device by QR or push; the QR is the browser's own (K25, K30). */
function phonePage(c: AppContext): Response | Promise<Response> {
  const t = translator(c)
  return handshake(
    c,
    { icon: 'phone', title: t('sign_in.phone_title'), button: t('sign_in.phone_go'), buttonIcon: 'qr', hint: 'hybrid' },
    <>
      <Steps items={[t('sign_in.phone_step_1'), t('sign_in.phone_step_2'), t('sign_in.phone_step_3')]} />
      <p class="lk-hint lk-gap-16">{t('sign_in.phone_note')}</p>
      <p class="lk-hint">{t('sign_in.phone_push')}</p>
    </>,
  )
}

/** S08. */
function keyPage(c: AppContext): Response | Promise<Response> {
  const t = translator(c)
  return handshake(
    c,
    { icon: 'usb-key', title: t('sign_in.key_title'), button: t('common.continue'), buttonIcon: 'usb-key', hint: 'security-key' },
    <>
      <p class="lk-lead">{t('sign_in.key_lead')}</p>
      <p class="lk-hint">{t('sign_in.key_note')}</p>
    </>,
  )
}

function handshake(
  c: AppContext,
  spec: { icon: IconName; title: string; button: string; buttonIcon: IconName; hint: Hint },
  words: Child,
): Response | Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const back = returnTo(c)
  return taskPage(
    c,
    { title: spec.title },
    <>
      <TaskHead icon={spec.icon} title={spec.title} />
      {words}
      <CeremonyForm
        class="lk-gap-24"
        kind="get"
        action="/sign-in/passkey"
        options={signInOptions(ctx, caller)}
        optionsUrl={OPTIONS_URL}
        hidden={back ? { return_to: back } : {}}
        hints={[spec.hint]}
        attachment="cross-platform"
        other={other(back)}
      >
        <Button variant="primary" size="block" icon={spec.buttonIcon}>
          {spec.button}
        </Button>
      </CeremonyForm>
      <Unsupported t={t} />
      <PanelFoot>
        <Link href={other(back)}>{t('common.try_another_way')}</Link>
      </PanelFoot>
    </>,
  )
}

const isMethod = (text: string | undefined, methods: readonly MethodName[]): text is MethodName => methods.includes(text as MethodName)

/** The second step: the method asked for, else the best one; the others under "Try another way". */
async function secondPage(c: AppContext, problem: Problem | null = null, tried?: MethodName): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const { facts } = await secondStep(ctx, caller)
  const methods = secondStepMethods(ctx, facts)
  const asked = tried ?? c.req.query('method')
  if (c.req.query('choose') === '1' || methods.length === 0) return chooseSecond(c, facts, methods)
  // a code is only sent when somebody asks for it
  const first = methods.find(m => m !== 'passkey') ?? methods[0]
  const method = isMethod(asked, methods) ? asked : first
  if (method === undefined || (METHODS[method].sends && c.req.query('sent') === undefined && !problem))
    return chooseSecond(c, facts, methods)
  return method === 'passkey' ? secondPasskeyPage(c) : secondCodePage(c, facts, method, problem)
}

const hintParams = (facts: AccountFacts, method: MethodName): { to: string } => {
  const kind = method === 'sms' ? 'phone' : 'email'
  const address = primaryAddress(facts, kind)
  return { to: address ? maskIdentifier(kind, address.value) : '' }
}

/** Rows for typed and prompted methods: those that send a code post, the others lead. */
export function MethodRows({
  t,
  facts,
  methods,
  sendTo,
  pageOf,
  hidden = {},
}: {
  t: Translator
  facts: AccountFacts
  methods: readonly MethodName[]
  sendTo: string
  pageOf: (method: MethodName) => string
  hidden?: Record<string, string>
}) {
  return (
    <List>
      {methods.map(method => {
        const row = METHODS[method]
        const words = { title: t.find(row.label) ?? method, note: t.find(row.hint, hintParams(facts, method)) }
        return row.sends ? (
          <SendRow icon={row.icon as IconName} {...words} sendTo={sendTo} hidden={{ ...hidden, method }} />
        ) : (
          <Row
            icon={row.icon as IconName}
            title={words.title}
            note={words.note}
            href={pageOf(method)}
            data-lk-needs-passkey={method === 'passkey' ? '' : undefined}
          />
        )
      })}
    </List>
  )
}

const SendRow = ({
  icon,
  title,
  note,
  sendTo,
  hidden,
}: {
  icon: IconName
  title: string
  note: string | undefined
  sendTo: string
  hidden: Record<string, string>
}) => {
  const { method = '', ...rest } = hidden
  const query = new URLSearchParams(rest).toString()
  return <Row icon={icon} title={title} note={note} action={query ? `${sendTo}?${query}` : sendTo} name="method" value={method} />
}

function chooseSecond(c: AppContext, facts: AccountFacts, methods: readonly MethodName[]): Response | Promise<Response> {
  const t = translator(c)
  return taskPage(
    c,
    { title: t('sign_in.second_title') },
    <>
      <TaskHead icon="shield-check" title={t('sign_in.second_title')} lead={t('sign_in.second_choose')} />
      <div class="lk-gap-24">
        <MethodRows t={t} facts={facts} methods={methods} sendTo="/sign-in/send" pageOf={method => `/sign-in/second?method=${method}`} />
      </div>
      <PanelFoot>
        <Link href="/recover">{t('sign_in.cant')}</Link>
      </PanelFoot>
    </>,
  )
}

async function secondPasskeyPage(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  return taskPage(
    c,
    { title: t('sign_in.second_title') },
    <>
      <TaskHead icon="passkey" title={t('sign_in.second_title')} lead={t('verify.passkey')} />
      <CeremonyForm
        class="lk-gap-24"
        kind="get"
        action="/sign-in/second/passkey"
        options={await secondStepOptions(ctx, caller)}
        optionsUrl="/sign-in/second/passkey/options"
        other="/sign-in/second?choose=1"
      >
        <Button variant="primary" size="block" icon="passkey">
          {t('sign_in.next_passkey')}
        </Button>
      </CeremonyForm>
      <Unsupported t={t} />
      <PanelFoot>
        <Link href="/sign-in/second?choose=1">{t('common.try_another_way')}</Link>
      </PanelFoot>
    </>,
  )
}

const LEADS: Record<Exclude<MethodName, 'passkey'>, MessageKey> = {
  totp: 'sign_in.code_app',
  recovery_code: 'sign_in.code_recovery',
  sms: 'sign_in.code_sent',
  email: 'sign_in.code_sent',
  password: 'verify.passkey',
}

/** One sentence about where the code comes from. */
export const codeLead = (t: Translator, facts: AccountFacts, method: Exclude<MethodName, 'passkey'>): string =>
  t(LEADS[method], hintParams(facts, method))

function secondCodePage(
  c: AppContext,
  facts: AccountFacts,
  method: Exclude<MethodName, 'passkey'>,
  problem: Problem | null,
): Response | Promise<Response> {
  const t = translator(c)
  const { ctx } = scopeOf(c)
  const row = METHODS[method]
  const sent = Number(c.req.query('sent'))
  return taskPage(
    c,
    { title: t('sign_in.code_title'), error: problem !== null, status: problem ? 400 : 200 },
    <>
      <TaskHead icon={row.icon as IconName} title={t('sign_in.code_title')} lead={codeLead(t, facts, method)} />
      <SecretForm t={t} method={method} action="/sign-in/second" hidden={{ method }} error={codeError(t, problem, method)}>
        {ctx.config.policy.trustedDeviceDays > 0 && facts.password !== null && method !== 'recovery_code' && (
          <Check name="trust" value="on">
            {t('sign_in.trust', { n: ctx.config.policy.trustedDeviceDays })}
          </Check>
        )}
      </SecretForm>
      {row.sends && (
        <ResendForm
          t={t}
          action="/sign-in/send"
          hidden={{ method }}
          retryAt={Number.isSafeInteger(sent) && sent > ctx.now() ? sent : null}
        />
      )}
      <PanelFoot>
        <Link href="/sign-in/second?choose=1">{t('common.try_another_way')}</Link>
      </PanelFoot>
    </>,
  )
}

async function postSend(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const method = form.method === 'sms' ? 'sms' : 'email'
  const { retryAfterSeconds } = await sendSecondStepCode(ctx, caller, method)
  return goTo(c, `/sign-in/second?method=${method}&sent=${ctx.now() + retryAfterSeconds * 1000}`)
}

async function postSecond(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const method = form.method as CodeMethod
  if (!['totp', 'sms', 'email', 'recovery_code'].includes(method)) throw new Problem('bad_request', { field: 'method' })
  try {
    return await afterStep(c, await signInWithCode(ctx, caller, method, form.secret ?? '', form.trust === 'on'))
  } catch (error) {
    if (error instanceof Problem && isFieldProblem(error)) return secondPage(c, error, method)
    throw error
  }
}

async function postSecondPasskey(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  return afterStep(c, await signInWithPasskeyAsSecondStep(ctx, caller, parseResponse(form.response)))
}

async function postSignOut(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  await readForm(c)
  await signOut(ctx, caller)
  clearSession(c)
  // only where the whole origin is ours: it would empty a host's storage too
  if (ctx.config.basePath === '' && !ctx.config.development) c.header('clear-site-data', '"cache", "storage"')
  return goTo(c, '/sign-out')
}

/** S28. */
function signedOutPage(c: AppContext): Response | Promise<Response> {
  const t = translator(c)
  return taskPage(
    c,
    { title: t('sign_in.signed_out'), layout: 'centred' },
    <>
      <TaskHead centred title={t('sign_in.signed_out')} lead={t('sign_in.signed_out_lead')} />
      <p class="lk-small lk-muted lk-gap-12">{t('sign_in.signed_out_shared')}</p>
      <p class="lk-cluster lk-gap-24">
        <LinkButton variant="primary" href="/sign-in">
          {t('sign_in.again')}
        </LinkButton>
      </p>
    </>,
  )
}
