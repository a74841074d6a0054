import { randomBytes } from 'node:crypto'
import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Caller, Ctx } from '../ctx.ts'
import { Problem } from '../domain/problems.ts'
import { findSession } from '../flows/account/find-session.ts'
import { countArrival, countRequest } from '../limits/index.ts'
import { UNKNOWN_ADDRESS } from '../limits/ip-prefix.ts'
import { clientAddressBy, hopAddress } from './client-address.ts'
import { anonymousId, readCookie, readDevice, readZone, writeCookie } from './cookies.ts'
import { checkPlain } from './door.ts'
import type { AppContext, Middleware, Scope } from './env.ts'
import { scopeOf } from './env.ts'
import { isOurs } from './own-paths.ts'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])
const KIB = 1024
const BODY_LIMIT = 64 * KIB
/** As long as what is sealed in it is good for. */
const BEGUN_SECONDS = 600

/** Reads who asks: address, cookies, session. */
export function scopeGuard(ctx: Ctx, hostsOwn: ((request: Request) => string) | null, asset: (name: string) => string): Middleware {
  const addressOf = hostsOwn ? asHostTells(hostsOwn) : clientAddressBy(ctx.config)
  return async (c, next) => {
    const device = readDevice(c, ctx)
    const client = {
      ip: addressOf(c),
      userAgent: (c.req.header('user-agent') ?? '').slice(0, 256),
      deviceId: device?.id ?? null,
    }
    // before anything is looked up
    await countArrival(ctx, client.ip)
    const begun = readCookie(c, ctx, 'i') ?? null
    const value = readCookie(c, ctx, 's')
    const session = value ? await findSession(ctx, value, !SAFE.has(c.req.method)) : null
    const anonymous = anonymousId(c, ctx, session === null)
    if (session) countRequest(ctx, 'session_request', { stage: 'session', ip: client.ip, sessionId: session.id })
    const scope: Scope = {
      ctx,
      caller: {
        client,
        session,
        anonymousId: anonymous,
        begun,
        knownAccounts: device?.accounts ?? [],
        trustClaims: device?.trust ?? {},
        zone: readZone(c),
      },
      device,
      nonce: randomBytes(16).toString('base64'),
      formToken: formToken(ctx, formOwner({ session, anonymousId: anonymous })),
      requestId: randomBytes(6).toString('hex'),
      fragment: c.req.header('x-lk-fragment') === '1',
      asset,
    }
    c.set('scope', scope)
    await next()
    // what a start sealed goes to the browser, and from it what has ended
    if (scope.caller.begun !== begun) writeCookie(c, ctx, 'i', scope.caller.begun ?? '', scope.caller.begun ? BEGUN_SECONDS : 0)
  }
}

/** A host hands on what its own proxy wrote: with a port, or nothing. */
const asHostTells =
  (addressOf: (request: Request) => string) =>
  (c: Context): string =>
    hopAddress(addressOf(c.req.raw) ?? '') ?? UNKNOWN_ADDRESS

/** Whose form it is: a session's, and before sign-in a browser's. */
const formOwner = ({ session, anonymousId: anonymous }: Pick<Caller, 'session' | 'anonymousId'>): string => session?.id ?? anonymous
const formToken = (ctx: Ctx, owner: string): string => Buffer.from(ctx.keys.mac('form', owner)).toString('base64url')

const CONTINUE = '/continue'

/**
 * The page script follows redirects by fetch. It must not put a page of the host in place of ours, nor be led on from there to another
 * origin, where a fetch fails: such a redirect goes through `/continue`, which answers the script with a page that has no `<main>`.
 * That makes it leave for `/continue` by a navigation, which is led on as usual.
 *
 * Without a script the answer to a form leads out through `/continue` too, as a page that leaves by itself: `form-action 'self'` counts
 * for every redirect that follows a form, and the host's page may lead on to another origin (CSP Level 3 §6.4.1).
 */
export const leaveGuard: Middleware = async (c, next) => {
  await next()
  const { ctx, fragment } = scopeOf(c)
  const target = fragment || !SAFE.has(c.req.method) ? c.res.headers.get('location') : null
  const path = target === null ? null : hostPath(ctx, target)
  if (path === null) return
  const here = `${ctx.config.basePath}${CONTINUE}`
  const form = fragment ? '' : '&form=1'
  if (c.req.path !== here) return c.header('location', `${here}?return_to=${encodeURIComponent(path)}${form}`)
  c.res = new Response('<!doctype html><title>…</title>', { headers: { 'content-type': 'text/html; charset=utf-8' } })
  c.res.headers.delete('location')
}

/** The path of a redirect that leads out of our pages into the host's. */
function hostPath(ctx: Ctx, target: string): string | null {
  const url = new URL(target, ctx.config.origin)
  return url.origin === ctx.config.origin && !isOurs(ctx.config, url.pathname) ? url.pathname + url.search + url.hash : null
}

/**
 * Cross-site request forgery: a change must come from our own origin, by `Origin`, or by `Sec-Fetch-Site` where a
 * browser leaves `Origin` out; JSON must be JSON and carry a header that no form can set.
 */
export const originGuard: Middleware = async (c, next) => {
  if (SAFE.has(c.req.method)) return next()
  const { ctx } = scopeOf(c)
  const origin = c.req.header('origin')
  const sameOrigin = origin === undefined ? c.req.header('sec-fetch-site') === 'same-origin' : origin === ctx.config.origin
  if (!sameOrigin) throw new Problem('cross_site')
  return next()
}

export const jsonGuard: Middleware = async (c, next) => {
  if (SAFE.has(c.req.method)) return next()
  if (c.req.header('x-lk') !== '1') throw new Problem('cross_site', {}, 'no X-LK header')
  return next()
}

/** A form of ours: url-encoded, with the token of this session or this anonymous cookie. @returns its fields */
export async function readForm(c: AppContext): Promise<Record<string, string>> {
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(c.req.header('content-type') ?? ''))
    throw new Problem('unsupported_media_type')
  const fields: Record<string, string> = Object.create(null)
  for (const [name, value] of new URLSearchParams(await c.req.text())) {
    checkPlain('form', name, value)
    // two values for one field is nobody's form
    if (name in fields) throw new Problem('bad_request', { field: name })
    fields[name] = value
  }
  c.set('form', fields)
  const { ctx, caller } = scopeOf(c)
  const token = Buffer.from(fields.form_token ?? '', 'base64url')
  if (!ctx.keys.verifies(token, 'form', formOwner(caller))) throw new Problem('form_expired')
  return fields
}

export const sizeGuard: Middleware = bodyLimit({
  maxSize: BODY_LIMIT,
  onError() {
    throw new Problem('payload_too_large')
  },
})
