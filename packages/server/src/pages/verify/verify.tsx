import { isSent, METHODS, type MethodName, readMethod, SENT_METHODS, type SecretMethod, type SentMethod } from '../../domain/methods.ts'
import { isOperation, type Operation } from '../../domain/policy.ts'
import { Problem } from '../../domain/problems.ts'
import type { AccountFacts, Session } from '../../domain/types.ts'
import {
  askProof,
  type Purpose,
  sendStepUpCode,
  stepUpMethods,
  stepUpOptions,
  stepUpWithPasskey,
  stepUpWithSecret,
} from '../../flows/prove/step-up.ts'
import type { Routes } from '../../http/app.ts'
import { type AppContext, scopeOf, setSession } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import { pageRoute } from '../../http/routes.ts'
import type { Translator } from '../../messages/index.ts'
import { goTo, taskPage, translator } from '../shell/page.tsx'
import { Button, Link } from '../ui/buttons.tsx'
import { DialogContent } from '../ui/dialog.tsx'
import { PanelFoot } from '../ui/layout.tsx'
import { Banner } from '../ui/notes.tsx'
import type { IconName } from '../ui/pictures.tsx'
import { CeremonyForm } from './ceremony.tsx'
import { parseResponse } from './ceremony-answer.ts'
import { codeError, isFieldProblem, ResendForm, SecretForm, sentAt } from './code-form.tsx'
import { Covers, DecisionNote, purposeFields } from './decision-note.tsx'
import { type Intent, verifyPath } from './intent.ts'
import { INTENTS } from './intents.ts'
import { codeLead, MethodRows } from './method-rows.tsx'
import { Unsupported } from './unsupported.tsx'

export const verifyRoutes: Routes = app => {
  pageRoute(app, { method: 'get', path: '/account/verify', access: 'account.read', calm: true }, c => verifyPage(c))
  pageRoute(app, { method: 'post', path: '/account/verify/passkey', access: 'account.read' }, postPasskey)
  pageRoute(app, { method: 'post', path: '/account/verify/begin', access: 'account.read' }, postBegin)
  pageRoute(app, { method: 'post', path: '/account/verify/send', access: 'account.read' }, postSend)
  pageRoute(app, { method: 'post', path: '/account/verify/secret', access: 'account.read' }, postSecret)
}

interface Asked {
  purpose: Purpose
  intent: Intent
  facts: AccountFacts
  session: Session
  methods: MethodName[]
}

/** @throws Problem `bad_request` for an operation that no page verifies */
async function asked(c: AppContext, fields: { operation?: string | undefined; target?: string | undefined }): Promise<Asked> {
  const { ctx, caller } = scopeOf(c)
  const { operation } = fields
  const intent = operation !== undefined && isOperation(operation) ? INTENTS[operation] : undefined
  if (!intent) throw new Problem('bad_request', { field: 'operation' })
  const purpose: Purpose = { operation: operation as Operation, target: fields.target ? fields.target : null }
  const { session, facts } = await askProof(ctx, caller, purpose)
  const can = stepUpMethods(facts, ctx, session)
  const serve = intent.methods?.(ctx, facts, session) ?? can
  return { purpose, intent, facts, session, methods: can.filter(m => serve.includes(m)) }
}

const queryOf = (c: AppContext) => ({ operation: c.req.query('operation'), target: c.req.query('target') })

/** Who asks and for what, the strongest method first, the others behind "Try another way". */
async function verifyPage(
  c: AppContext,
  problem: Problem | null = null,
  tried?: { fields: Record<string, string>; method: MethodName },
): Promise<Response> {
  const { ctx } = scopeOf(c)
  const t = translator(c)
  const a = await asked(c, tried?.fields ?? queryOf(c))
  const wanted = tried?.method ?? c.req.query('method')
  const method = a.methods.find(m => m === wanted) ?? (c.req.query('choose') === '1' ? null : (a.methods[0] ?? null))
  const sendsFirst = method !== null && METHODS[method].sendsTo !== null && c.req.query('sent') === undefined && !problem
  const reason = a.intent.reason(t, a.facts, a.purpose.target, ctx)
  const choose = method === null || sendsFirst
  return taskPage(
    c,
    { title: t('verify.title'), error: problem !== null, status: problem ? 400 : 200 },
    <DialogContent id="verify" icon={(choose ? 'shield-check' : METHODS[method].icon) as IconName} title={t('verify.title')} lead={reason}>
      {a.methods.length === 0 && <Banner tone="warn">{t('verify.refused')}</Banner>}
      {choose ? (
        <Choose a={a} t={t} />
      ) : method === 'passkey' ? (
        await passkeyPart(c, a)
      ) : (
        <SecretPart c={c} a={a} method={method} problem={problem} />
      )}
      {!choose && <DecisionNote t={t} a={a} c={c} method={method} />}
      {!choose && <Covers t={t} a={a} />}
      <PanelFoot>
        {!choose && a.methods.length > 1 && (
          <Link href={`${verifyPath(a.purpose.operation, a.purpose.target)}&choose=1`} data-lk-dialog="">
            {t('common.try_another_way')}
          </Link>
        )}
        <Link href={a.intent.cancel?.(a.purpose.target) ?? '/account/security'} data-lk-close="">
          {t('common.cancel')}
        </Link>
      </PanelFoot>
      <input type="hidden" value={String(ctx.now())} data-lk-now="" />
    </DialogContent>,
  )
}

function Choose({ a, t }: { a: Asked; t: Translator }) {
  const { operation, target } = a.purpose
  return (
    <div class="lk-gap-16 lk-stack lk-stack--12">
      <p class="lk-small lk-muted">{t('verify.choose')}</p>
      <MethodRows
        t={t}
        facts={a.facts}
        methods={a.methods}
        sendTo="/account/verify/send"
        hidden={purposeFields(a.purpose)}
        pageOf={method => verifyPath(operation, target, method)}
      />
    </div>
  )
}

async function passkeyPart(c: AppContext, a: Asked) {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const options = await stepUpOptions(ctx, caller, a.purpose)
  return (
    <>
      <CeremonyForm
        class="lk-gap-24"
        kind="get"
        action="/account/verify/passkey"
        options={options}
        auto={options.allowCredentials.some(known => known.id === a.session.credentialId)}
        optionsUrl="/api/step-up/passkey/options"
        optionsBody={{ ...a.purpose }}
        hidden={purposeFields(a.purpose)}
        otherWay={`${verifyPath(a.purpose.operation, a.purpose.target)}&choose=1`}
      >
        <p>{t('verify.passkey')}</p>
        <Button variant={a.intent.danger ? 'danger' : 'primary'} size="block" icon="passkey" class="lk-gap-16">
          {a.intent.button?.(t, a.facts, a.purpose.target) ?? t('verify.passkey_button')}
        </Button>
      </CeremonyForm>
      <Unsupported t={t} />
      <noscript>
        <p class="lk-small lk-muted lk-gap-16">{t('verify.no_script')}</p>
        <MethodRows
          t={t}
          facts={a.facts}
          methods={a.methods.filter(m => m !== 'passkey')}
          sendTo="/account/verify/send"
          hidden={purposeFields(a.purpose)}
          pageOf={method => verifyPath(a.purpose.operation, a.purpose.target, method)}
        />
      </noscript>
    </>
  )
}

function SecretPart({ c, a, method, problem }: { c: AppContext; a: Asked; method: SecretMethod; problem: Problem | null }) {
  const t = translator(c)
  const fields = { ...purposeFields(a.purpose), method }
  return (
    <>
      <p class="lk-gap-12">{method === 'password' ? t('method.password_hint') : codeLead(t, a.facts, method)}</p>
      <SecretForm
        t={t}
        method={method}
        action="/account/verify/secret"
        hidden={fields}
        error={codeError(t, problem, method)}
        danger={a.intent.danger ?? false}
        button={a.intent.button?.(t, a.facts, a.purpose.target) ?? t('common.confirm')}
      />
      {METHODS[method].sendsTo && <ResendForm c={c} action="/account/verify/send" hidden={fields} />}
    </>
  )
}

async function postPasskey(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const a = await asked(c, form)
  const done = await stepUpWithPasskey(ctx, caller, a.purpose, parseResponse(form.response))
  setSession(c, done.token)
  return goTo(c, await a.intent.done(c, a.purpose.target))
}

/** Sends the person to the method that comes first: a dialog without a passkey begins here. */
async function postBegin(c: AppContext): Promise<Response> {
  const a = await asked(c, await readForm(c))
  const method = a.methods.find(m => m !== 'passkey')
  if (method && isSent(method)) return sendAndAsk(c, a, method)
  return goTo(c, verifyPath(a.purpose.operation, a.purpose.target, method))
}

async function sendAndAsk(c: AppContext, { purpose }: Asked, method: SentMethod): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const sent = await sendStepUpCode(ctx, caller, purpose, method)
  return goTo(c, `${verifyPath(purpose.operation, purpose.target, method)}&${sentAt(c, sent)}`)
}

async function postSend(c: AppContext): Promise<Response> {
  const form = await readForm(c)
  const a = await asked(c, form.operation ? form : queryOf(c))
  return sendAndAsk(c, a, readMethod(SENT_METHODS, form.method) ?? 'email')
}

async function postSecret(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const a = await asked(c, form)
  const method = a.methods.find(m => m === form.method)
  if (!method || method === 'passkey') throw new Problem('method_off')
  try {
    const done = await stepUpWithSecret(ctx, caller, a.purpose, method, form.secret ?? '')
    setSession(c, done.token)
  } catch (error) {
    if (error instanceof Problem && isFieldProblem(error)) return verifyPage(c, error, { fields: form, method })
    throw error
  }
  return goTo(c, await a.intent.done(c, a.purpose.target))
}
