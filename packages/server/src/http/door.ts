import type { IncomingMessage } from 'node:http'
import type { Config } from '../config.ts'
import type { Ctx } from '../ctx.ts'
import { cutLetters } from '../domain/letters.ts'
import { isPlainText } from '../domain/plain-text.ts'
import { Problem } from '../domain/problems.ts'
import { parseUrl } from '../parse-url.ts'
import type { AppContext, Middleware } from './env.ts'

/** What the line and the head of a request may have; documented in docs/guides/running.md. */
export const REQUEST_LIMITS = { urlLength: 8_192, headers: 100 }

/** The request as `node:http` read it; undefined where a host calls `fetch` itself. */
const incoming = (c: AppContext): IncomingMessage | undefined => (c.env as { incoming?: IncomingMessage } | undefined)?.incoming

/** Size of line and head, before anything reads them. @throws Problem `uri_too_long`, `headers_too_large`, `bad_request` */
export const shapeGuard: Middleware = async (c, next) => {
  // RFC 9112 §3.2
  if (incoming(c)?.httpVersion === '1.1' && c.req.header('host') === undefined) throw new Problem('bad_request', { field: 'host' })
  const url = new URL(c.req.url)
  if (url.pathname.length + url.search.length > REQUEST_LIMITS.urlLength) throw new Problem('uri_too_long')
  if (headerCount(c) > REQUEST_LIMITS.headers) throw new Problem('headers_too_large')
  await next()
}

function headerCount(c: AppContext): number {
  const raw = incoming(c)?.rawHeaders
  return raw ? raw.length / 2 : [...c.req.raw.headers].length
}

/**
 * The host that was asked for: what the request line names (RFC 9112 §3.2.2), else the `Host` header, since behind some servers the
 * request's URL carries the address that they listen on; else that URL.
 *
 * @throws Problem `bad_request` for two of them
 */
export function askedHost(c: AppContext): string {
  const { host } = new URL(c.req.url)
  if (/^https?:/i.test(incoming(c)?.url ?? '')) return host
  const header = c.req.header('host')
  if (header?.includes(',')) throw new Problem('bad_request', { field: 'host' })
  return header ?? host
}

/** Whether a host is ours; the default port of our scheme may be written out (RFC 9110 §4.2.3). */
export function isOurHost(config: Config, host: string): boolean {
  const text = `${config.publicUrl.protocol}//${host}`
  return /^[\w.:[\]-]+$/.test(host) && parseUrl(text)?.host === config.host
}

/** Only our own host is answered: the development inbox shows codes, and DNS rebinding would reach them. */
export const hostGuard =
  (ctx: Ctx): Middleware =>
  async (c, next) => {
    const host = askedHost(c)
    if (isOurHost(ctx.config, host)) return next()
    const loopback = /^(127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host)
    const { pathname, search } = new URL(c.req.url)
    if (ctx.config.development && loopback && (c.req.method === 'GET' || c.req.method === 'HEAD'))
      return c.redirect(`${ctx.config.origin}${pathname}${search}`, 302)
    throw new Problem('wrong_host')
  }

/** Path and query, decoded, hold text that can be stored (H13). @throws Problem `bad_request` with the part as `field` */
export function checkUrl(c: AppContext): void {
  const url = new URL(c.req.url)
  const path = decoded(url.pathname)
  if (path === null || !isPlainText(path)) throw new Problem('bad_request', { field: 'path' })
  for (const pair of url.searchParams) checkPlain('query', ...pair)
}

function decoded(path: string): string | null {
  try {
    return decodeURIComponent(path)
  } catch {
    return null
  }
}

/** @throws Problem `bad_request` where one of the texts can't be stored */
export function checkPlain(field: string, ...texts: string[]): void {
  if (!texts.every(isPlainText)) throw new Problem('bad_request', { field })
}

const TOKENS = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g

/**
 * Parses JSON as everybody would read it: two members of one name are refused, since readers disagree about which one counts (RFC 8259
 * §4), and so is text that can't be stored, in names and in values.
 *
 * @throws SyntaxError for what is no JSON; Problem `bad_request` for what is read in more than one way
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  const open: Set<string>[] = []
  for (const [token, colon] of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') open.push(new Set())
    else if (token === '}' || token === ']') open.pop()
    else checkString(JSON.parse(colon ? token.slice(0, -colon.length) : token) as string, colon ? open.at(-1) : undefined)
  }
  return value
}

/** @param names those of the same object so far, for a name */
function checkString(text: string, names: Set<string> | undefined): void {
  checkPlain('body', text)
  if (names?.has(text)) throw new Problem('bad_request', { field: cutLetters(text, 64) })
  names?.add(text)
}

/** The body of a JSON request. @throws Problem `unsupported_media_type`, `bad_request` */
export async function readJson(c: AppContext): Promise<unknown> {
  if (!/^application\/json\s*(?:;|$)/i.test(c.req.header('content-type') ?? '')) throw new Problem('unsupported_media_type')
  const text = await c.req.text()
  try {
    return parseJson(text)
  } catch (error) {
    throw error instanceof SyntaxError ? new Problem('bad_request', { field: 'body' }, error) : error
  }
}
