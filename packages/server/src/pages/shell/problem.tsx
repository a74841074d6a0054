import { METHOD_NAMES, METHODS } from '../../domain/methods.ts'
import { isOperation } from '../../domain/policy.ts'
import { PROBLEMS, Problem, type ProblemCode } from '../../domain/problems.ts'
import { movesMoney } from '../../flows/approvals/money.ts'
import type { Routes } from '../../http/app.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import { CALM_PAGES, pageRoute } from '../../http/routes.ts'
import type { Translator } from '../../messages/index.ts'
import { cameFrom, ledOn } from '../sign-in/led-on.tsx'
import { LinkButton } from '../ui/buttons.tsx'
import { ProblemBox, problemWords } from '../ui/errors.tsx'
import { TaskHead } from '../ui/heads.tsx'
import { Art } from '../ui/pictures.tsx'
import { List, Row } from '../ui/rows.tsx'
import { verifyPath } from '../verify/intent.ts'
import { goTo, openPage, taskPage, translator } from './page.tsx'

export const problemRoutes: Routes = app => {
  pageRoute(app, { method: 'get', path: '/problems/:code', access: 'public' }, aboutPage)
}

interface NextStep {
  href: string
  words: 'common.try_again' | 'common.sign_in' | 'common.back' | 'common.try_another_way' | 'common.see_what_now'
}

/** Where a person goes from a refusal; everything else leads back to the page it came from. */
const NEXT: Partial<Record<ProblemCode, NextStep>> = {
  unauthenticated: { href: '/sign-in?ended=1', words: 'common.sign_in' },
  form_expired: { href: '/sign-in', words: 'common.try_again' },
  challenge_expired: { href: '/sign-in', words: 'common.try_again' },
  passkey_unknown: { href: '/sign-in/other', words: 'common.try_another_way' },
  passkey_removed: { href: '/sign-in/other', words: 'common.try_another_way' },
  passkey_suspended: { href: '/sign-in/other', words: 'common.try_another_way' },
  passkey_backup_changed: { href: '/sign-in/other', words: 'common.try_another_way' },
  passkey_rejected: { href: '/sign-in', words: 'common.try_again' },
  passkey_unverified_user: { href: '/sign-in', words: 'common.try_again' },
  account_frozen: { href: CALM_PAGES.frozen, words: 'common.see_what_now' },
  account_closing: { href: CALM_PAGES.closing, words: 'common.see_what_now' },
}

/** A problem as a page in the frame of the others: words, next step, code that people can read out. */
export function problemPage(c: AppContext, problem: Problem): Response | Promise<Response> {
  const { code, extras } = problem
  if (code === 'step_up_required' && extras.operation && isOperation(extras.operation))
    return goTo(c, verifyPath(extras.operation, extras.target ?? null))
  const onward = ledOn(c, problem)
  if (onward) return onward
  const t = translator(c)
  const { requestId } = scopeOf(c)
  const trace = requestId.slice(-4).toUpperCase()
  const status = PROBLEMS[code].status
  if (code === 'not_found') return lostPage(c, trace)
  const words = problemWords(t, code, extras)
  const next = nextOf(c, code)
  return taskPage(
    c,
    { title: words.title, error: true, status },
    <>
      <div data-lk-problem={code} data-lk-credential={extras.credentialId}>
        <ProblemBox code={code} extras={extras} trace={trace} />
      </div>
      {code === 'rate_limited' && <WhatWorks t={t} methods={extras.methods ?? []} />}
      <p class="lk-cluster lk-gap-24">
        <LinkButton variant="primary" href={next.href}>
          {t(next.words)}
        </LinkButton>
        <LinkButton variant="text" href="/check-device">
          {t('common.check_device')}
        </LinkButton>
      </p>
    </>,
  )
}

/** Where each way begins that is open while another one is not. */
const OPEN_WAYS: Readonly<Record<string, string>> = { passkey: '/sign-in', recovery_code: '/recover/start?with=recovery_code' }

/** What works although somebody, perhaps a stranger, tried too often: the same rows for everybody. */
function WhatWorks({ t, methods }: { t: Translator; methods: readonly string[] }) {
  const rows = METHOD_NAMES.filter(method => methods.includes(method) && OPEN_WAYS[method])
  if (rows.length === 0) return null
  return (
    <div class="lk-gap-24">
      <p class="lk-small lk-muted">{t('problem.rate_limited.works')}</p>
      <List>
        {rows.map(method => {
          const { icon, label, hint } = METHODS[method]
          const prompt = method === 'passkey' ? '' : undefined
          return <Row icon={icon} title={t(label)} note={t.find(hint)} href={OPEN_WAYS[method]} data-lk-needs-passkey={prompt} />
        })}
      </List>
    </div>
  )
}

/** Where a passkey is made: beside an account, in a recovery, or as the first of a new account. */
const CREATION = { full: '/account/passkeys/new', recovery: '/recover/passkey', none: '/sign-up/passkey', ...CALM_PAGES } as const

/** A form of another session is not sent again by itself; its page comes fresh. */
function nextOf(c: AppContext, code: ProblemCode): NextStep {
  const { caller, ctx } = scopeOf(c)
  if (code === 'passkey_not_discoverable') return { href: CREATION[caller.session?.kind ?? 'none'], words: 'common.try_again' }
  if (!caller.session || code === 'unauthenticated') return NEXT[code] ?? { href: '/sign-in', words: 'common.back' }
  if (code === 'form_expired' && c.req.method !== 'GET') return { href: ctx.config.origin + cameFrom(c), words: 'common.try_again' }
  return { href: '/account/security', words: 'common.back' }
}

/** 404. */
function lostPage(c: AppContext, trace: string): Response | Promise<Response> {
  const t = translator(c)
  const signedIn = scopeOf(c).caller.session?.kind === 'full'
  const words = problemWords(t, 'not_found')
  return taskPage(
    c,
    { title: words.title, error: true, status: 404, layout: 'centred' },
    <>
      <Art name="lost" />
      <TaskHead title={words.title} lead={words.text} />
      <p class="lk-cluster lk-gap-24">
        <LinkButton variant="primary" href={signedIn ? '/account/security' : '/sign-in'}>
          {signedIn ? t('common.account_security') : t('common.sign_in')}
        </LinkButton>
      </p>
      <p class="lk-fine lk-muted lk-gap-32" translate="no">
        {t('common.error_code', { code: `LK404 · ${trace}` })}
      </p>
    </>,
  )
}

/** What only a host that moves money can meet. */
const ABOUT_MONEY: ReadonlySet<string> = new Set([
  'money_held',
  'address_unknown',
  ...Object.keys(PROBLEMS).filter(code => code.startsWith('approval_')),
])

/** The page that a problem's `type` names: what the code means (RFC 9457 §3.1.1). */
function aboutPage(c: AppContext): Response | Promise<Response> {
  const code = c.req.param('code') ?? ''
  if (!Object.hasOwn(PROBLEMS, code) || (ABOUT_MONEY.has(code) && !movesMoney(scopeOf(c).ctx))) throw new Problem('not_found')
  const t = translator(c)
  const row = PROBLEMS[code as ProblemCode]
  const words = problemWords(t, code as ProblemCode)
  return openPage(
    c,
    null,
    { title: row.title },
    <>
      <TaskHead title={words.title} lead={words.text} />
      <p class="lk-muted" translate="no">
        <code>{code}</code> · HTTP {row.status} · {row.ref}
      </p>
    </>,
  )
}
