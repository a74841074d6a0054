import { isIP, isIPv4 } from 'node:net'

/** Buckets of one client address: `narrow` is its own, `wide` the IPv6 /48 around it (null for IPv4). */
export interface IpPrefixes {
  narrow: string
  wide: string | null
}

/** Addresses that nobody can read share one bucket: an odd spelling must not be a fresh budget. */
const UNREADABLE: IpPrefixes = { narrow: 'unreadable', wide: null }

/**
 * The bucket of a client address: IPv4 /32 or IPv6 /64. All spellings of one address, and all hosts of one /64, share it; an
 * IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2) is its IPv4 address.
 *
 * @example ipPrefix('2001:DB8:0:1::5%eth0') // '2001:db8:0:1::/64'
 * @example ipPrefix('::ffff:192.0.2.7') // '192.0.2.7'
 */
export const ipPrefix = (ip: string): string => ipPrefixes(ip).narrow

/** As `ipPrefix`, with the /48 that counts four times as much: a customer site is often given one (RFC 6177). */
export function ipPrefixes(ip: string): IpPrefixes {
  const text = ip
    .trim()
    .replace(/^\[|\]$/g, '')
    .replace(/%.*$/, '')
  if (isIPv4(text)) return { narrow: text, wide: null }
  const groups = ipv6Groups(text)
  if (!groups) return UNREADABLE
  const mapped = mappedIPv4(groups)
  if (mapped) return { narrow: mapped, wide: null }
  const hex = groups.map(group => group.toString(16))
  return { narrow: `${hex.slice(0, 4).join(':')}::/64`, wide: `${hex.slice(0, 3).join(':')}::/48` }
}

/**
 * One spelling for each address: IPv4 as it is, an IPv4-mapped IPv6 address as its IPv4 address, IPv6 as RFC 5952 writes it, without a
 * zone. Null for what is no address.
 *
 * @example canonicalAddress('2001:DB8:0:0::5%eth0') // '2001:db8::5'
 */
export function canonicalAddress(ip: string): string | null {
  const whole = ip.trim()
  // only IPv6 has zones (RFC 4007 §11)
  if (isIPv4(whole)) return whole
  const text = whole.replace(/%.*$/, '')
  const groups = ipv6Groups(text)
  return groups && (mappedIPv4(groups) ?? new URL(`http://[${text}]/`).hostname.slice(1, -1))
}

/** The eight groups of an IPv6 address, or null. The WHATWG host parser also reads the dotted tail, and more than an address: `::1]/x`. */
function ipv6Groups(text: string): number[] | null {
  if (isIP(text) !== 6) return null
  const canonical = new URL(`http://[${text}]/`).hostname.slice(1, -1)
  const [head = '', tail] = canonical.split('::')
  const read = (part: string): number[] => (part === '' ? [] : part.split(':').map(group => Number.parseInt(group, 16)))
  const before = read(head)
  const after = tail === undefined ? [] : read(tail)
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after]
}

function mappedIPv4(groups: number[]): string | null {
  const [high = 0, low = 0] = groups.slice(6)
  if (groups.slice(0, 5).some(group => group !== 0) || groups[5] !== 0xffff) return null
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** An address that nobody can read: all such clients share one, and its general limits are not kept. */
export const UNKNOWN_ADDRESS = '0.0.0.0'
