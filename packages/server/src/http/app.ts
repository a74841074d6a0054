import { Hono } from 'hono'
import type { Ctx } from '../ctx.ts'
import { Problem } from '../domain/problems.ts'
import { apiRoutes } from './api.ts'
import type { Assets } from './assets.ts'
import { hostGuard, shapeGuard } from './door.ts'
import type { AppContext, Env } from './env.ts'
import { leaveGuard, originGuard, scopeGuard, sizeGuard } from './guards.ts'
import { securityHeaders } from './headers.ts'
import { logProblem, problemResponse, toProblem } from './problem.ts'
import { remember, roots, routesOf } from './routes.ts'

/** A part of the site that registers its routes on the app: pages, development pages. */
export type Routes = (app: Hono<Env>) => void

export interface AppParts {
  assets: Assets
  /** Renders a problem as a page, for people. */
  problemPage: (c: AppContext, problem: Problem) => Response | Promise<Response>
  pages: Routes[]
  clientIp: ((request: Request) => string) | null
}

/**
 * Puts the site together: guards in their order, assets, API, pages. Whatever is thrown ends at one place, as JSON for programs and as
 * a page for people.
 */
export function createApp(ctx: Ctx, parts: AppParts): Hono<Env> {
  const root = new Hono<Env>()
  root.onError((error, c) => answerProblem(ctx, parts, c as AppContext, toProblem(error, c)))
  root.notFound(c => answerMissing(ctx, parts, root, c as AppContext))
  root.use('*', securityHeaders(ctx), shapeGuard)
  const app = root.basePath(ctx.config.basePath)
  roots.set(app, root)
  app.get('/assets/*', c => parts.assets.respond(c.req.path.slice(ctx.config.basePath.length)) ?? c.notFound())
  app.get('/favicon.ico', c => c.redirect(ctx.config.basePath + parts.assets.path('mark.svg'), 302))
  app.get('/livez', c => c.text('ok'))
  app.get('/readyz', async c => ((await isReady(ctx)) ? c.text('ready') : c.text('not ready', 503)))
  root.use('*', hostGuard(ctx), scopeGuard(ctx, parts.clientIp, parts.assets.path), leaveGuard, sizeGuard, originGuard)
  const api = apiRoutes()
  app.route('/api', api)
  for (const row of routesOf(api)) remember(app, { ...row, path: `/api${row.path.replace(/\{(\w+)\}/g, ':$1')}` })
  for (const register of parts.pages) register(app)
  return app
}

/** No route: the page without the slash that a person typed too much, else which methods there are, else that there is nothing. */
async function answerMissing(ctx: Ctx, parts: AppParts, root: Hono<Env>, c: AppContext): Promise<Response> {
  const { pathname, search } = new URL(c.req.url)
  const page = pathname.replace(/\/+$/, '')
  const reads = c.req.method === 'GET' || c.req.method === 'HEAD'
  if (reads && page !== pathname && methodsAt(root, page).includes('GET')) return c.redirect(page + search, 308)
  const methods = methodsAt(root, c.req.path)
  if (methods.length === 0 || methods.includes(c.req.method)) return answerProblem(ctx, parts, c, new Problem('not_found'))
  const answer = await answerProblem(ctx, parts, c, new Problem('method_not_allowed'))
  answer.headers.set('allow', methods.join(', '))
  return answer
}

/** Methods of the routes that stand at a path, middleware aside. */
const methodsAt = (app: Hono<Env>, path: string): string[] =>
  METHODS.filter(method => app.router.match(method, path)[0].some(([[, route]]) => route.method === method)).flatMap(method =>
    method === 'GET' ? ['GET', 'HEAD'] : [method],
  )

const METHODS = ['GET', 'POST', 'PATCH']

async function isReady(ctx: Ctx): Promise<boolean> {
  try {
    return Math.abs(await ctx.store.clockSkew(Date.now())) < 5_000
  } catch {
    return false
  }
}

function answerProblem(ctx: Ctx, parts: AppParts, c: AppContext, problem: Problem): Response | Promise<Response> {
  const scope = c.get('scope') as AppContext['var']['scope'] | undefined
  const requestId = scope?.requestId ?? 'none'
  logProblem(ctx, problem, requestId, new URL(c.req.url).pathname)
  const wantsPage = (c.req.header('accept') ?? '').includes('text/html') || scope?.fragment === true
  const isApi = c.req.path.startsWith(`${ctx.config.basePath}/api/`)
  return wantsPage && !isApi && scope ? parts.problemPage(c, problem) : problemResponse(ctx, problem, requestId)
}
