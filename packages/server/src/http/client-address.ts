import { BlockList, isIP, isIPv4 } from 'node:net'
import type { Context } from 'hono'
import type { Config } from '../config.ts'
import { canonicalAddress, UNKNOWN_ADDRESS } from '../limits/ip-prefix.ts'
import { forwardedFor } from './forwarded.ts'

/** The peer's socket address as @hono/node-server hands it on; empty where a host calls `fetch` itself. */
function peerAddress(c: Context): string {
  const incoming = (c.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined)?.incoming
  return incoming?.socket?.remoteAddress ?? ''
}

const MAPPED_BITS = 96

/** `config.ts` has judged the blocks. */
function proxyList(blocks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const block of blocks) {
    const [text = '', bits] = block.split('/')
    const address = canonicalAddress(text) ?? text
    // an IPv4-mapped block counts its bits from the 96 in front of the IPv4 address
    const offset = isIPv4(address) && !isIPv4(text) ? MAPPED_BITS : 0
    if (bits === undefined) list.addAddress(address, family(address))
    else list.addSubnet(address, Math.max(0, Number(bits) - offset), family(address))
  }
  return list
}

const family = (address: string): 'ipv4' | 'ipv6' => (isIPv4(address) ? 'ipv4' : 'ipv6')

/**
 * The address in one hop of a forwarding header, in its canonical spelling: quotes, brackets and a port (an obfuscated one too,
 * RFC 7239 §6.3) go. Null for what is no address: `unknown`, `_hidden`, garbage, nothing.
 *
 * @example hopAddress('"[2001:DB8::1]:4711"') // '2001:db8::1'
 */
export function hopAddress(hop: string): string | null {
  const text = hop.trim().replace(/^"(.*)"$/, '$1')
  const bracketed = /^\[([^\]]*)\](?::(?:\d{1,5}|_[\w.-]+))?$/.exec(text)?.[1]
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? canonicalAddress(bracketed) : null
  const dotted = /^([\d.]+)(?::(?:\d{1,5}|_[\w.-]+))?$/.exec(text)?.[1]
  return canonicalAddress(dotted ?? text)
}

/**
 * The client's address: the peer's, or, through proxies that the configuration names, the last hop that is none of theirs, read from
 * the right. Each proxy wrote down who spoke to it, so a hop that is no address ends the search: what stands left of it may be the
 * client's invention, and the proxy that wrote it counts as the client. Nobody else's header is believed.
 */
export function clientAddressBy({ trustProxy, forwardedHeader }: Pick<Config, 'trustProxy' | 'forwardedHeader'>): (c: Context) => string {
  const proxies = proxyList(trustProxy)
  return c => {
    const peer = canonicalAddress(peerAddress(c))
    if (peer === null) return UNKNOWN_ADDRESS
    const hops = hopsOf(c, forwardedHeader)
    let client = peer
    while (proxies.check(client, family(client)) && hops.length > 0) {
      const next = hopAddress(hops.pop() ?? '')
      if (next === null) break
      client = next
    }
    return client
  }
}

/** Hops from the first to the nearest; of the two headers only the one that the configuration names is read. */
function hopsOf(c: Context, header: Config['forwardedHeader']): string[] {
  const text = c.req.header(header)
  if (text === undefined) return []
  return header === 'forwarded' ? forwardedFor(text) : text.split(',')
}
