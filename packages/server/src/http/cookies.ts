import { createHash, randomBytes } from 'node:crypto'
import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { type CookieKind, cookieName } from '../cookie-names.ts'
import type { Ctx } from '../ctx.ts'
import { isTimeZone } from '../domain/time-zone.ts'

export { cookieName } from '../cookie-names.ts'

export const readCookie = (c: Context, ctx: Ctx, kind: CookieKind): string | undefined => getCookie(c, cookieName(ctx, kind))

export function writeCookie(c: Context, ctx: Ctx, kind: CookieKind, value: string, maxAgeSeconds: number): void {
  setCookie(c, cookieName(ctx, kind), value, {
    httpOnly: true,
    secure: ctx.config.secureCookies,
    sameSite: 'Lax',
    path: '/',
    maxAge: maxAgeSeconds,
  })
}

/** Written by the page script, which alone knows it; read for words, and trusted with nothing. */
const ZONE_COOKIE = 'lk_z'

/** The zone that the browser says it is in, an IANA name; null where it says none that there is. */
export function readZone(c: Context): string | null {
  const zone = getCookie(c, ZONE_COOKIE) ?? ''
  return /^[\w+/-]{1,64}$/.test(zone) && isTimeZone(zone) ? zone : null
}

const ANONYMOUS_SECONDS = 86_400
const DEVICE_SECONDS = 90 * 86_400

/**
 * The anonymous cookie of this browser; made at the first page, and set anew by every answer to somebody who is not signed in, so that
 * its day begins with the page that was opened last.
 *
 * @returns its SHA-256, base64url
 */
export function anonymousId(c: Context, ctx: Ctx, renew: boolean): string {
  const known = readCookie(c, ctx, 'p')
  const value = known && /^[\w-]{43}$/.test(known) ? known : randomBytes(32).toString('base64url')
  if (value !== known || renew) writeCookie(c, ctx, 'p', value, ANONYMOUS_SECONDS)
  return createHash('sha256').update(value).digest('base64url')
}

/** Which accounts this browser signed in to before (policy.md §10: a known device keeps its own buckets). */
export interface Device {
  id: string
  accounts: string[]
  /** Claims to skip the second step, by account. */
  trust: Record<string, string>
}

const MOST_ACCOUNTS = 5

/** Reads the signed device cookie; null for a missing, altered or old one. */
export function readDevice(c: Context, ctx: Ctx): Device | null {
  const [body, mac] = (readCookie(c, ctx, 'd') ?? '').split('~')
  if (!body || !mac) return null
  if (!ctx.keys.verifies(Buffer.from(mac, 'base64url'), 'device', body)) return null
  const [id, issued, ...entries] = body.split('.')
  if (!id || Number(issued) + DEVICE_SECONDS * 1000 < ctx.now()) return null
  const pairs = entries.filter(Boolean).map(entry => entry.split('*'))
  return {
    id,
    accounts: pairs.map(([account = '']) => account),
    trust: Object.fromEntries(pairs.filter(pair => pair[1]).map(([account = '', claim = '']) => [account, claim])),
  }
}

/** Remembers the account on this device for 90 days, newest first, with a claim to skip the second step where one was given. */
export function rememberDevice(c: Context, ctx: Ctx, device: Device | null, accountId: string, claim: string | null = null): void {
  const id = device?.id ?? randomBytes(16).toString('base64url')
  const accounts = [accountId, ...(device?.accounts ?? []).filter(a => a !== accountId)].slice(0, MOST_ACCOUNTS)
  const trust = { ...device?.trust, ...(claim ? { [accountId]: claim } : {}) }
  const body = [id, ctx.now(), ...accounts.map(account => (trust[account] ? `${account}*${trust[account]}` : account))].join('.')
  writeCookie(c, ctx, 'd', `${body}~${Buffer.from(ctx.keys.mac('device', body)).toString('base64url')}`, DEVICE_SECONDS)
}
