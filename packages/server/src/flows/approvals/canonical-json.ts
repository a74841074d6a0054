/** What JSON can say. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** Deeper than anything we sign; a cycle ends here too. */
const MAX_DEPTH = 32

/**
 * Canonical JSON (RFC 8785, JCS): one value, one text, so that a hash of it means the value. Members are sorted by UTF-16 code units,
 * numbers are written as ECMAScript does, and nothing stands between the parts.
 *
 * @throws TypeError for what JSON has no exact word for: undefined, NaN, Infinity, lone surrogates, dates, functions
 * @example canonicalJson({ b: 1e21, a: ['€'] }) // '{"a":["€"],"b":1e+21}'
 */
export const canonicalJson = (value: unknown): string => write(value, 0)

function write(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw new TypeError('the value is nested too deeply')
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'number') return numeral(value)
  if (Array.isArray(value)) return `[${Array.from(value, item => write(item, depth + 1)).join(',')}]`
  if (typeof value === 'object') return `{${members(value, depth).join(',')}}`
  throw new TypeError(`JSON has no ${typeof value}`)
}

function members(value: object, depth: number): string[] {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError('only plain objects and arrays are JSON')
  // the default order of sort() is that of UTF-16 code units (RFC 8785 §3.2.3)
  return Object.keys(value)
    .sort()
    .map(name => `${quoted(name)}:${write((value as Record<string, unknown>)[name], depth + 1)}`)
}

/** JSON.stringify escapes what RFC 8785 §3.2.2.2 escapes; a lone surrogate it would escape too, where the RFC wants a refusal. */
function quoted(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('the text holds half a character')
  return JSON.stringify(text)
}

/** ECMAScript's own notation (RFC 8785 §3.2.2.3), in which -0 is 0. */
function numeral(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`JSON has no ${value}`)
  return JSON.stringify(value)
}
