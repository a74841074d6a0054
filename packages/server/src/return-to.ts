import type { Config } from './config.ts'
import { parseUrl } from './parse-url.ts'

/**
 * A place to go back to: a path of our own origin, nothing else after any decoding (INV-18).
 *
 * @returns path with query and fragment, or null
 * @example parseReturnTo(config, '//evil.example') // null
 */
export function parseReturnTo(config: Config, text: string | null | undefined): string | null {
  // a backslash or a control character is read by some browsers as something else than by us
  if (!text || text.length > 2048 || !text.startsWith('/') || /[\\\p{Cc}]/u.test(text)) return null
  const url = parseUrl(text, config.origin)
  if (!url || url.origin !== config.origin || url.pathname.startsWith('//')) return null
  return url.pathname + url.search + url.hash
}
