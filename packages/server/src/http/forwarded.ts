const TOKEN = "[!#$%&'*+.^_`|~\\w-]+"
const QUOTED = '"(?:[^"\\\\]|\\\\.)*"'
const PAIR = new RegExp(`[ \\t]*(?:(${TOKEN})=(${TOKEN}|${QUOTED}))?[ \\t]*([;,]|$)`, 'y')

/**
 * Who spoke to each proxy, by a `Forwarded` header (RFC 7239 §4), from the first to the nearest: the value of `for` of each element,
 * '' for an element without one, or with two.
 *
 * A header that does not follow the grammar has no hops at all: an open quote that a client sends would swallow what its proxy adds,
 * and any way of reading on would be a guess at which part the client wrote.
 *
 * @example forwardedFor('for=192.0.2.43, for="[2001:db8::17]:4711";proto=https') // ['192.0.2.43', '[2001:db8::17]:4711']
 */
export function forwardedFor(header: string): string[] {
  const hops: string[] = []
  let element: string[] = []
  let end: string | undefined
  PAIR.lastIndex = 0
  do {
    const pair = PAIR.exec(header)
    if (!pair) return []
    const [, name, value = ''] = pair
    end = pair[3]
    if (name?.toLowerCase() === 'for') element.push(unquoted(value))
    if (end === ';') continue
    hops.push(element.length === 1 ? (element[0] ?? '') : '')
    element = []
  } while (end !== '')
  return hops
}

const unquoted = (value: string): string => (value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value)
