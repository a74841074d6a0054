import { type AppContext, scopeOf } from '../../http/env.ts'
import { returnTo } from '../sign-in/paths.ts'
import { LinkButton } from '../ui/buttons.tsx'
import { TaskHead } from '../ui/heads.tsx'
import { taskPage, translator } from './page.tsx'

/** Leaves by GET; after a form as a page that leaves by itself, which ends the redirects that `form-action` counts for. */
export function continuePage(c: AppContext): Response | Promise<Response> {
  const to = returnTo(c) ?? '/'
  if (c.req.query('form') !== '1') return c.redirect(to, 303)
  const t = translator(c)
  c.header('refresh', `0;url=${to}`)
  return taskPage(
    c,
    { title: t('sign_in.leaving'), layout: 'centred' },
    <>
      <TaskHead centred title={t('sign_in.leaving')} />
      <p class="lk-cluster lk-gap-24">
        <LinkButton variant="primary" href={scopeOf(c).ctx.config.origin + to}>
          {t('common.continue')}
        </LinkButton>
      </p>
    </>,
  )
}
