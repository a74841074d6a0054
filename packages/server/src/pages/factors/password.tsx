import { displayName } from '../../domain/facts.ts'
import type { Problem } from '../../domain/problems.ts'
import type { AccountFacts } from '../../domain/types.ts'
import { requireSession } from '../../flows/account/session.ts'
import { changePassword, minLengthFor, removePassword } from '../../flows/password.ts'
import { hasGrant } from '../../flows/prove/step-up.ts'
import type { Routes } from '../../http/app.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import { pageRoute } from '../../http/routes.ts'
import { forgottenRoutes } from '../recovery/forgotten-password.tsx'
import { goTo, taskPage, translator } from '../shell/page.tsx'
import { Link } from '../ui/buttons.tsx'
import { TaskHead } from '../ui/heads.tsx'
import { PanelFoot } from '../ui/layout.tsx'
import { Banner } from '../ui/notes.tsx'
import { ownFacts, removePage, resultPage } from '../verify/change-pages.tsx'
import { type Intents, verifyPath } from '../verify/intent.ts'
import { isPasswordProblem, NewPasswordForm } from './password-form.tsx'

const PASSWORD = '/account/password'
const SECURITY = '/account/security'

/** The password: set, change, remove, and the one that was forgotten. */
export const passwordRoutes: Routes = app => {
  pageRoute(app, { method: 'get', path: PASSWORD, access: 'account.read' }, c => passwordPage(c))
  pageRoute(app, { method: 'post', path: PASSWORD, access: 'password.change' }, postPassword)
  pageRoute(app, { method: 'get', path: `${PASSWORD}/remove`, access: 'account.read' }, removePasswordPage)
  forgottenRoutes(app)
}

export const passwordIntents: Intents = {
  'password.change': {
    reason: (t, facts) => t(facts.password ? 'password.reason_change' : 'password.reason_set'),
    done: () => PASSWORD,
  },
  'password.remove': {
    reason: t => t('password.reason_remove'),
    button: t => t('password.remove_go'),
    danger: true,
    async done(c) {
      const { ctx, caller } = scopeOf(c)
      await removePassword(ctx, caller)
      return SECURITY
    },
  },
}

/** For the signed-in: one field, the length that applies, no rules of composition. */
async function passwordPage(c: AppContext, problem?: Problem): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const facts = await ownFacts(c)
  const mayChange = await hasGrant(ctx, requireSession(caller), { operation: 'password.change', target: null })
  if (!mayChange) return goTo(c, verifyPath('password.change'))
  const had = facts.password !== null
  const title = t(had ? 'password.change_title' : 'password.set_title')
  return taskPage(
    c,
    { title, error: problem !== undefined, status: problem ? 400 : 200 },
    <>
      <TaskHead icon="lock" title={title} lead={t(had ? 'password.lead_change' : 'password.lead_set')} />
      {facts.password?.mustChange && (
        <Banner tone="warn" class="lk-gap-16">
          {t('password.must_change')}
        </Banner>
      )}
      <NewPasswordForm
        t={t}
        action={PASSWORD}
        username={displayName(facts)}
        minLength={minLengthFor(ctx, facts)}
        problem={problem}
        go={t(had ? 'password.change_go' : 'password.set_go')}
      />
      <PanelFoot>
        <Link href={SECURITY}>{t('common.cancel')}</Link>
        {had && <Link href={`${PASSWORD}/remove`}>{t('password.remove_link')}</Link>}
      </PanelFoot>
    </>,
  )
}

async function postPassword(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const form = await readForm(c)
  try {
    const outcome = await changePassword(ctx, caller, form.password ?? '')
    return await resultPage(c, outcome, { title: t('password.done'), lead: t('password.done_lead'), back: SECURITY })
  } catch (error) {
    if (isPasswordProblem(error)) return passwordPage(c, error)
    throw error
  }
}

async function removePasswordPage(c: AppContext): Promise<Response> {
  const t = translator(c)
  const facts = await ownFacts(c)
  if (!facts.password) return goTo(c, SECURITY)
  const after: AccountFacts = { ...facts, password: null }
  return removePage(c, facts, {
    operation: 'password.remove',
    after,
    title: t('password.remove_title'),
    lead: t('password.remove_lead'),
    go: t('password.remove_go'),
    back: SECURITY,
    lastText: t('password.last_text'),
  })
}
