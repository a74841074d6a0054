import { BlockList, isIP } from 'node:net'
import type { Context } from 'hono'

/** The peer's socket address as @hono/node-server hands it on; empty where a host calls `fetch` itself. */
function peerAddress(c: Context): string {
  const incoming = (c.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined)?.incoming
  return incoming?.socket?.remoteAddress ?? ''
}

const lists = new WeakMap<readonly string[], BlockList>()

function proxyList(blocks: readonly string[]): BlockList {
  const known = lists.get(blocks)
  if (known) return known
  const list = new BlockList()
  for (const block of blocks) {
    const [address = '', bits] = block.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (isIP(address) === 0) continue
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  lists.set(blocks, list)
  return list
}

const plain = (address: string): string =>
  address
    .trim()
    .replace(/^::ffff:(?=\d+\.)/i, '')
    .replace(/%.*$/, '')

/**
 * The client's address: the peer's, or, through proxies that the configuration names, the last address in `X-Forwarded-For` that is
 * none of theirs. Nobody else's header is believed (V-5).
 */
export function clientAddress(c: Context, trustProxy: readonly string[]): string {
  const peer = plain(peerAddress(c))
  if (trustProxy.length === 0) return peer || '0.0.0.0'
  const proxies = proxyList(trustProxy)
  const isProxy = (address: string): boolean => isIP(address) !== 0 && proxies.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  if (!isProxy(peer)) return peer || '0.0.0.0'
  const hops = (c.req.header('x-forwarded-for') ?? '')
    .split(',')
    .map(plain)
    .filter(hop => isIP(hop) !== 0)
  return hops.reverse().find(hop => !isProxy(hop)) ?? peer
}
