import type { Ctx } from '../ctx.ts'
import { parseUrl } from '../parse-url.ts'
import type { Middleware } from './env.ts'
import { scopeIfAny } from './env.ts'

const COMMON: Record<string, string> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'publickey-credentials-get=(self), publickey-credentials-create=(self), accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()',
}
const API_CSP = "default-src 'none'; frame-ancestors 'none'"

/** Content-Security-Policy of our pages: our own nonce'd files, Trusted Types with one policy, no framing. */
export const pageCsp = (nonce: string, logoOrigin = ''): string =>
  [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    `style-src 'nonce-${nonce}'`,
    `img-src 'self' data:${logoOrigin ? ` ${logoOrigin}` : ''}`,
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "object-src 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types latchkey',
  ].join('; ')

/** What goes with every answer, also with those that `node:http` gives before a request can be read. */
export const plainHeaders: Readonly<Record<string, string>> = { ...COMMON, 'content-security-policy': API_CSP, 'cache-control': 'no-store' }

/** Security headers on every answer; HSTS where the site is https. */
export const securityHeaders =
  ({ config }: Ctx): Middleware =>
  async (c, next) => {
    await next()
    const nonce = scopeIfAny(c)?.nonce
    const { headers } = c.res
    for (const [name, value] of Object.entries(COMMON)) headers.set(name, value)
    if (config.secureCookies) headers.set('strict-transport-security', 'max-age=63072000; includeSubDomains')
    const html = (headers.get('content-type') ?? '').startsWith('text/html')
    if (!headers.has('content-security-policy'))
      headers.set('content-security-policy', html && nonce ? pageCsp(nonce, logoOrigin(config.brand.logoUrl)) : API_CSP)
    if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
  }

function logoOrigin(logoUrl: string | undefined): string {
  return parseUrl(logoUrl ?? '')?.origin ?? ''
}
