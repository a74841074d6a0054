import { Problem } from '../../domain/problems.ts'
import type { AccountFacts } from '../../domain/types.ts'
import { settleAndLoad } from '../../flows/account/account.ts'
import { tryOptions, tryPasskey } from '../../flows/try.ts'
import type { Routes } from '../../http/app.ts'
import { readJson } from '../../http/door.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import { jsonGuard } from '../../http/guards.ts'
import { pageRoute } from '../../http/routes.ts'
import { DeviceCheck } from './device-check.tsx'
import { Help } from './help.tsx'
import { openPage, translator } from './page.tsx'

export const informationRoutes: Routes = app => {
  pageRoute(app, { method: 'get', path: '/check-device', access: 'public' }, checkPage)
  pageRoute(app, { method: 'get', path: '/help', access: 'public' }, helpPage)
  app.use('/try/*', jsonGuard)
  pageRoute(app, { method: 'post', path: '/try/options', access: 'public' }, c => c.json(tryOptions(scopeOf(c).ctx, scopeOf(c).caller)))
  pageRoute(app, { method: 'post', path: '/try/passkey', access: 'public' }, postTry)
}

const signedIn = async (c: AppContext): Promise<AccountFacts | null> => {
  const { ctx, caller } = scopeOf(c)
  return caller.session?.kind === 'full' ? settleAndLoad(ctx, caller.session.accountId) : null
}

/** What this device can do with passkeys. */
async function checkPage(c: AppContext): Promise<Response> {
  const t = translator(c)
  return openPage(
    c,
    await signedIn(c),
    { title: t('device_check.title') },
    <DeviceCheck t={t} host={scopeOf(c).ctx.config.host} tryAction="/try" />,
  )
}

async function helpPage(c: AppContext): Promise<Response> {
  const t = translator(c)
  return openPage(c, await signedIn(c), { title: t('help.title') }, <Help t={t} brand={scopeOf(c).ctx.config.brand} />)
}

async function postTry(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const body: unknown = await readJson(c)
  if (typeof body !== 'object' || body === null) throw new Problem('bad_request')
  const { registration, authentication } = body as Record<string, unknown>
  return c.json(tryPasskey(ctx, caller, registration, authentication))
}
