import { CODE_METHODS, METHODS, type MethodName, readMethod, SENT_METHODS, type SecretMethod } from '../../domain/methods.ts'
import { Problem } from '../../domain/problems.ts'
import type { AccountFacts } from '../../domain/types.ts'
import {
  secondStep,
  secondStepMethods,
  secondStepOptions,
  sendSecondStepCode,
  signInWithCode,
  signInWithPasskeyAsSecondStep,
} from '../../flows/sign-in.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import { goTo, taskPage, translator } from '../shell/page.tsx'
import { Button, Link } from '../ui/buttons.tsx'
import { Check } from '../ui/choices.tsx'
import { TaskHead } from '../ui/heads.tsx'
import { PanelFoot } from '../ui/layout.tsx'
import { CeremonyForm } from '../verify/ceremony.tsx'
import { parseResponse } from '../verify/ceremony-answer.ts'
import { codeError, isFieldProblem, ResendForm, SecretForm, sentAt } from '../verify/code-form.tsx'
import { codeLead, MethodRows } from '../verify/method-rows.tsx'
import { Unsupported } from '../verify/unsupported.tsx'
import { afterStep } from './done.ts'
import { carried, withReturn } from './paths.ts'
import { UpgradeMark } from './upgrade.tsx'

const isMethod = (text: string | undefined, methods: readonly MethodName[]): text is MethodName => methods.includes(text as MethodName)

/** The second step: the method asked for, else the best one; the others under "Try another way". */
export async function secondPage(c: AppContext, problem: Problem | null = null, tried?: MethodName): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const { pre, facts } = await secondStep(ctx, caller)
  const along = carried(pre)
  const methods = secondStepMethods(ctx, facts, pre.evidence)
  const asked = tried ?? c.req.query('method')
  if (c.req.query('choose') === '1' || methods.length === 0) return chooseSecond(c, facts, methods, pre.returnTo)
  // a code is only sent when somebody asks for it
  const first = methods.find(m => m !== 'passkey') ?? methods[0]
  const method = isMethod(asked, methods) ? asked : first
  if (method === undefined || (METHODS[method].sendsTo && c.req.query('sent') === undefined && !problem))
    return chooseSecond(c, facts, methods, pre.returnTo)
  return method === 'passkey' ? secondPasskeyPage(c, along) : secondCodePage(c, facts, method, problem, along)
}

function chooseSecond(
  c: AppContext,
  facts: AccountFacts,
  methods: readonly MethodName[],
  back: string | null,
): Response | Promise<Response> {
  const t = translator(c)
  return taskPage(
    c,
    { title: t('sign_in.second_title') },
    <>
      <TaskHead icon="shield-check" title={t('sign_in.second_title')} lead={t('sign_in.second_choose')} />
      <div class="lk-gap-24">
        <MethodRows
          t={t}
          facts={facts}
          methods={methods}
          sendTo={withReturn('/sign-in/send', back)}
          pageOf={method => `/sign-in/second?method=${method}`}
        />
      </div>
      <PanelFoot>
        <Link href="/recover">{t('sign_in.cant')}</Link>
      </PanelFoot>
    </>,
  )
}

async function secondPasskeyPage(c: AppContext, along: Record<string, string>): Promise<Response> {
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
        hidden={along}
        otherWay="/sign-in/second?choose=1"
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

function secondCodePage(
  c: AppContext,
  facts: AccountFacts,
  method: SecretMethod,
  problem: Problem | null,
  along: Record<string, string>,
): Response | Promise<Response> {
  const t = translator(c)
  const { ctx } = scopeOf(c)
  const row = METHODS[method]
  return taskPage(
    c,
    { title: t('sign_in.code_title'), error: problem !== null, status: problem ? 400 : 200 },
    <>
      <TaskHead icon={row.icon} title={t('sign_in.code_title')} lead={codeLead(t, facts, method)} />
      <SecretForm t={t} method={method} action="/sign-in/second" hidden={{ method, ...along }} error={codeError(t, problem, method)}>
        <UpgradeMark />
        {ctx.config.policy.trustedDeviceDays > 0 && facts.password !== null && method !== 'recovery_code' && (
          <Check name="trust" value="on">
            {t('sign_in.trust', { n: ctx.config.policy.trustedDeviceDays })}
          </Check>
        )}
      </SecretForm>
      {row.sendsTo && <ResendForm c={c} action="/sign-in/send" hidden={{ method, ...along }} />}
      <PanelFoot>
        <Link href="/sign-in/second?choose=1">{t('common.try_another_way')}</Link>
      </PanelFoot>
    </>,
  )
}

export async function postSend(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const method = readMethod(SENT_METHODS, form.method) ?? 'email'
  return goTo(c, `/sign-in/second?method=${method}&${sentAt(c, await sendSecondStepCode(ctx, caller, method))}`)
}

export async function postSecond(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const method = readMethod(CODE_METHODS, form.method)
  if (!method) throw new Problem('bad_request', { field: 'method' })
  try {
    return await afterStep(
      c,
      await signInWithCode(ctx, caller, method, form.secret ?? '', {
        trust: form.trust === 'on',
        upgrade: form.upgrade === '1',
      }),
    )
  } catch (error) {
    if (error instanceof Problem && isFieldProblem(error)) return secondPage(c, error, method)
    throw error
  }
}

export async function postSecondPasskey(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  return afterStep(c, await signInWithPasskeyAsSecondStep(ctx, caller, parseResponse(form.response)))
}
