import type { Hono } from 'hono'
import { isOperation, type Operation } from '../domain/policy.ts'
import { Problem } from '../domain/problems.ts'
import type { CalmKind } from '../domain/types.ts'
import { isCalm, requireSession } from '../flows/account/session.ts'
import { checkUrl } from './door.ts'
import type { AppContext, Env } from './env.ts'
import { scopeOf } from './env.ts'

/**
 * Who may call a route: anybody (`public`); whoever holds this browser's pre-session (`pre`) or recovery session (`recovery`);
 * anybody, in development alone (`development`); or the owner of a full session, for an operation of the policy table.
 */
export type Access = 'public' | 'pre' | 'recovery' | 'development' | Operation

export interface RouteRow {
  method: 'get' | 'post' | 'patch'
  path: string
  access: Access
  /** A page of the account that stays while it is frozen or closing; the others lead to the calm page. */
  calm?: true
}

export type Handler = (c: AppContext) => Response | Promise<Response>

/** The app at the root of the origin, of an app that stands under the base path: well-known files are answered there. */
export const roots = new WeakMap<object, Hono<Env>>()

const registry = new WeakMap<object, RouteRow[]>()

/** Every route of an app with its row; a test compares them with what the router knows. */
export const routesOf = (app: object): readonly RouteRow[] => registry.get(app) ?? []

export function remember(app: object, row: RouteRow): void {
  const rows = registry.get(app) ?? []
  rows.push(row)
  registry.set(app, rows)
}

/** The check that belongs to an access, before any handler runs and before a body is judged: a route cannot forget it. */
export function enter(c: AppContext, access: Access): void {
  checkAccess(c, access)
  checkUrl(c)
}

function checkAccess(c: AppContext, access: Access): void {
  const { caller, ctx } = scopeOf(c)
  if (access === 'development' && !ctx.config.development) throw new Problem('not_found')
  if (isOperation(access)) requireSession(caller, access)
  if (access === 'recovery' && caller.session?.kind !== 'recovery') throw new Problem('unauthenticated')
}

function signInFirst(c: AppContext): string {
  const url = new URL(c.req.url)
  return `/sign-in?return_to=${encodeURIComponent(url.pathname + url.search)}`
}

/** Where the pages of an account lead that is frozen or closing, but for those that are about it. */
export const CALM_PAGES = { frozen: '/account/frozen', closing: '/account/closing' } as const satisfies Record<CalmKind, string>

/**
 * Registers one page. Without a session, a page of the account sends people to sign in and back.
 *
 * @example pageRoute(app, { method: 'get', path: '/account/security', access: 'account.read' }, securityPage)
 */
export function pageRoute(app: Hono<Env>, row: RouteRow, handler: Handler): void {
  remember(app, row)
  const at = row.path.startsWith('/.well-known/') ? (roots.get(app) ?? app) : app
  at.on(row.method.toUpperCase(), row.path, async c => {
    const { caller, ctx } = scopeOf(c)
    if (isOperation(row.access) && caller.session?.kind !== 'full' && row.method === 'get') {
      const away = isCalm(caller.session) ? (row.calm ? null : CALM_PAGES[caller.session.kind]) : signInFirst(c)
      if (away !== null) return c.redirect(ctx.config.basePath + away, 303)
    }
    enter(c, row.access)
    return handler(c)
  })
}
