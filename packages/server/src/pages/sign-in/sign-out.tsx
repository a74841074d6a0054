import { signOut } from '../../flows/sign-in.ts'
import { type AppContext, clearSession, scopeOf } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import { parseReturnTo } from '../../http/return-to.ts'
import { goTo, taskPage, translator } from '../shell/page.tsx'
import { LinkButton } from '../ui/buttons.tsx'
import { TaskHead } from '../ui/heads.tsx'
import { withReturn } from './paths.ts'

export async function postSignOut(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const back = parseReturnTo(ctx.config, (await readForm(c)).return_to)
  await signOut(ctx, caller)
  clearSession(c)
  // only where the whole origin is ours: it would empty a host's storage too
  if (ctx.config.basePath === '' && !ctx.config.development) c.header('clear-site-data', '"cache", "storage"')
  // somebody who signs out to come back another way wants no farewell
  return goTo(c, back === null ? '/sign-out' : withReturn('/sign-in', back))
}

/** Signed out. */
export function signedOutPage(c: AppContext): Response | Promise<Response> {
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
