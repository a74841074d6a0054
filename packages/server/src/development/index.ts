import type { DevelopmentPages } from '../config.ts'
import { Problem } from '../domain/problems.ts'
import type { Routes } from '../http/app.ts'
import { type AppContext, scopeOf, setSession } from '../http/env.ts'
import { readForm } from '../http/guards.ts'
import { type Handler, pageRoute } from '../http/routes.ts'
import { goTo } from '../pages/shell/page.tsx'
import { checklistPage } from './checklist.tsx'
import { inboxPage, mailPage, postEmpty } from './inbox.tsx'
import {
  keyPage,
  PRETEND_DEVICE,
  PRETEND_SCRIPT,
  pretendPage,
  readPretendDevice,
  SWITCH_SCRIPT,
  sendScript,
  switchScript,
} from './pretend-device.tsx'
import { signInAsSample } from './sample.ts'
import { secretsPage } from './secrets.tsx'
import { startPage } from './start.tsx'

const INBOX = '/development/inbox'

/**
 * The inbox alone, and its address on every page: what a program that mounts us needs, so that codes can be read in development. The
 * rest of its origin stays its own.
 */
export const inboxRoutes: Routes = app => {
  app.use('*', async (c, next) => {
    const scope = scopeOf(c)
    const { development, basePath } = scope.ctx.config
    if (development) scope.inbox = basePath + INBOX
    await next()
  })
  pageRoute(app, { method: 'get', path: INBOX, access: 'development' }, inboxPage)
  pageRoute(app, { method: 'get', path: `${INBOX}/:id/mail`, access: 'development' }, mailPage)
  pageRoute(app, { method: 'post', path: `${INBOX}/empty`, access: 'development' }, postEmpty)
}

/**
 * The pages of a development server: start page, inbox, sample customer, pretend device, checklist. Mount them before the other pages:
 * the middleware that names inbox and pretend device to every page stands in front. Each route is refused outside of development besides.
 *
 * @example createApp(ctx, { pages: [developmentRoutes({ demoUrl: '/demo' }), ...pageRoutes(config)], … })
 */
export const developmentRoutes =
  ({ demoUrl, onSampleReset }: DevelopmentPages): Routes =>
  app => {
    const pretendDevice = readPretendDevice()
    const get = (path: string, handler: Handler): void => pageRoute(app, { method: 'get', path, access: 'development' }, handler)
    const post = (path: string, handler: Handler): void => pageRoute(app, { method: 'post', path, access: 'development' }, handler)
    app.use('*', async (c, next) => {
      const scope = scopeOf(c)
      const { development, basePath } = scope.ctx.config
      if (development && pretendDevice !== null) scope.pretendScript = basePath + PRETEND_SCRIPT
      await next()
    })
    if (pretendDevice !== null) {
      get(PRETEND_SCRIPT, c => sendScript(c, pretendDevice))
      get(SWITCH_SCRIPT, c => sendScript(c, switchScript))
      get(PRETEND_DEVICE, pretendPage)
      get('/development/sample/key', keyPage)
    }
    inboxRoutes(app)
    get('/', startPage(demoUrl))
    get('/development', c => goTo(c, '/'))
    get('/development/sample', secretsPage)
    post('/development/sample', c => postSample(c, onSampleReset))
    get('/development/checklist', checklistPage)
  }

/** One click: the account is made anew, signed in, and its key goes to the pretend device where there is one. */
async function postSample(c: AppContext, onSampleReset: DevelopmentPages['onSampleReset']): Promise<Response> {
  const { ctx, caller, pretendScript } = scopeOf(c)
  const { how } = await readForm(c)
  if (how !== 'passkey' && how !== 'password') throw new Problem('bad_request', { field: 'how' })
  const { token, accountId } = await signInAsSample(ctx, caller, how)
  await onSampleReset?.(accountId)
  setSession(c, token, accountId)
  return goTo(c, how === 'passkey' && pretendScript ? '/development/sample/key' : '/account/security')
}
