import { isLocked, LOCK_DAYS } from '../../domain/lock.ts'
import { Problem } from '../../domain/problems.ts'
import type { LockScope } from '../../domain/types.ts'
import { settleAndLoad } from '../../flows/account/account.ts'
import { requireSession } from '../../flows/account/session.ts'
import { callerNow } from '../../flows/account/sessions.ts'
import { movesMoney } from '../../flows/approvals/money.ts'
import { LOCK_SCOPES, type LockWanted, lock, lockTarget, readLock } from '../../flows/freeze/lock.ts'
import type { Routes } from '../../http/app.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import { pageRoute } from '../../http/routes.ts'
import type { Translator } from '../../messages/index.ts'
import { LockBanner } from '../security/waits.tsx'
import { goTo, taskPage, translator } from '../shell/page.tsx'
import { Button, Link } from '../ui/buttons.tsx'
import { Check } from '../ui/choices.tsx'
import { Form } from '../ui/form.tsx'
import { TaskHead } from '../ui/heads.tsx'
import { PanelFoot, Stack } from '../ui/layout.tsx'
import { type Intents, verifyPath } from '../verify/intent.ts'

const PAGE = '/account/lock'
const SECURITY = '/account/security'

/** The owner's own lock: what it holds, and for how long. */
export const lockRoutes: Routes = app => {
  pageRoute(app, { method: 'get', path: PAGE, access: 'account.read' }, lockPage)
  pageRoute(app, { method: 'post', path: PAGE, access: 'account.lock' }, postLock)
}

const ofTarget = (target: string | null): LockWanted => readLock(...((target ?? '').split('.') as [string, string]))

export const lockIntents: Intents = {
  'account.lock': {
    reason(t, _facts, target) {
      const { scope, days } = ofTarget(target)
      return t('lock.reason', { what: t(`lock.scope_${scope}`).toLowerCase(), n: days })
    },
    button: t => t('lock.go'),
    done: (c, target) => lockNow(c, ofTarget(target)),
    cancel: () => PAGE,
  },
}

async function lockNow(c: AppContext, wanted: LockWanted): Promise<string> {
  const { ctx, caller } = scopeOf(c)
  await lock(ctx, await callerNow(ctx, caller), wanted)
  return SECURITY
}

async function postLock(c: AppContext): Promise<Response> {
  const form = await readForm(c)
  const wanted = readLock(form.scope, form.days)
  try {
    return goTo(c, await lockNow(c, wanted))
  } catch (error) {
    if (error instanceof Problem && error.code === 'step_up_required') return goTo(c, verifyPath('account.lock', lockTarget(wanted)))
    throw error
  }
}

async function lockPage(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const facts = await settleAndLoad(ctx, requireSession(caller).accountId)
  const scopes = LOCK_SCOPES.filter(scope => scope === 'settings' || movesMoney(ctx))
  const locked = isLocked(facts.account, ctx.now())
  return taskPage(
    c,
    { title: t('lock.title') },
    <>
      <TaskHead icon="lock" title={t('lock.title')} lead={t('lock.lead')} />
      <LockBanner t={t} facts={facts} now={ctx.now()} />
      <Form class="lk-gap-24" action={PAGE}>
        <fieldset>
          <legend class="lk-label">{t('lock.what')}</legend>
          <Stack gap={12}>
            {scopes.map((scope, index) => (
              <Check type="radio" name="scope" id={`scope-${scope}`} value={scope} checked={index === 0}>
                <Scope t={t} scope={scope} />
              </Check>
            ))}
          </Stack>
        </fieldset>
        <label class="lk-label lk-gap-24" for="days">
          {t('lock.days')}
        </label>
        <select class="lk-input" id="days" name="days">
          {Array.from({ length: LOCK_DAYS.trusted }, (_, n) => (
            <option value={String(n + 1)}>{t('lock.for_days', { n: n + 1 })}</option>
          ))}
        </select>
        <Button variant="primary" size="block" icon="lock" class="lk-form__go">
          {t(locked ? 'lock.longer' : 'lock.go')}
        </Button>
      </Form>
      <p class="lk-small lk-muted lk-gap-16">{t('lock.note')}</p>
      <PanelFoot>
        <Link href={SECURITY}>{t('common.cancel')}</Link>
      </PanelFoot>
    </>,
  )
}

const Scope = ({ t, scope }: { t: Translator; scope: LockScope }) => (
  <>
    <strong>{t(`lock.scope_${scope}`)}</strong>
    <br />
    <span class="lk-small lk-muted">{t(`lock.scope_${scope}_note`)}</span>
  </>
)
