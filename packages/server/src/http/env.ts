import type { Context, MiddlewareHandler } from 'hono'
import type { Caller, Ctx } from '../ctx.ts'
import type { FreshToken } from '../flows/account/session.ts'
import { type Device, rememberDevice, writeCookie } from './cookies.ts'

/** What the guards found out about a request; every route reads it from here. */
export interface Scope {
  ctx: Ctx
  caller: Caller
  device: Device | null
  /** For our own style and script (CSP). */
  nonce: string
  /** Guards forms without JavaScript; bound to the session, or to the anonymous cookie before sign-in. */
  formToken: string
  /** Short id of this request, in problems and in the log. */
  requestId: string
  /** The page script asks for `<main>` only. */
  fragment: boolean
  /** Path of a file of `assets/`, below the base path. */
  asset: (name: string) => string
  /** Development pages only: address of the pretend device's script. */
  pretendScript?: string | undefined
  /** Development pages only: address of the inbox. */
  inbox?: string | undefined
}

export interface Env {
  Variables: {
    scope: Scope
    /** The fields of the form that was sent, once it was read, whether or not its token held. Never act on them. */
    form?: Record<string, string>
  }
}
export type AppContext = Context<Env>
export type Middleware = MiddlewareHandler<Env>

export const scopeOf = (c: AppContext): Scope => c.get('scope')

/** Undefined where a guard refused the request before its scope was read. */
export const scopeIfAny = (c: AppContext): Scope | undefined => c.get('scope')

/** Sets the session cookie, and remembers the device where an account is given. */
export function setSession(c: AppContext, token: FreshToken, accountId: string | null = null, trustClaim: string | null = null): void {
  const { ctx, device } = scopeOf(c)
  writeCookie(c, ctx, 's', token.value, Math.floor(ctx.config.policy.sessionMaxMs / 1000))
  if (accountId) rememberDevice(c, ctx, device, accountId, trustClaim)
}

export function clearSession(c: AppContext): void {
  writeCookie(c, scopeOf(c).ctx, 's', '', 0)
}
