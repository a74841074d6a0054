import type { Latchkey } from '@latchkey/server'
import { startLatchkey, TestBrowser } from '@latchkey/testing/latchkey'
import fc from 'fast-check'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import type { Config } from '../config.ts'
import { clientAddressBy, hopAddress } from './client-address.ts'

const PROXIES = ['10.0.0.0/8', '2001:db8:ffff::/48']

/** What the server makes of a request that arrives from `peer` with such headers. */
async function seen(
  peer: string,
  headers: [string, string][],
  forwardedHeader: Config['forwardedHeader'] = 'x-forwarded-for',
  trustProxy = PROXIES,
) {
  const app = new Hono()
  const addressOf = clientAddressBy({ trustProxy, forwardedHeader })
  app.get('*', c => c.text(addressOf(c)))
  const answer = await app.fetch(new Request('http://localhost/', { headers }), { incoming: { socket: { remoteAddress: peer } } })
  return answer.text()
}
const through = (hops: string) => seen('10.0.0.1', [['x-forwarded-for', hops]])

describe('H7 the address of a client behind proxies', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:41234', '203.0.113.7'],
    ['"203.0.113.7:41234"', '203.0.113.7'],
    ['[2001:DB8::7]:41234', '2001:db8::7'],
    ['"[2001:db8:0:0::7]"', '2001:db8::7'],
    ['2001:db8::7', '2001:db8::7'],
    ['fe80::7%eth0', 'fe80::7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['[::FFFF:cb00:7107]:80', '203.0.113.7'],
    ['203.0.113.7:_port', '203.0.113.7'],
    ['[fe80::7%25eth0]:80', 'fe80::7'],
    ['[::ffff:203.0.113.7%1]:1', '203.0.113.7'],
    [' 203.0.113.7\t', '203.0.113.7'],
  ])('XF-1: reads %j as %s', (hop, address) => expect(hopAddress(hop)).toBe(address))

  it.each([
    'unknown',
    '_hidden',
    '',
    ' ',
    '-',
    'localhost',
    '203.0.113.7:',
    '203.0.113.7:123456',
    '203.0.113.7:x',
    '203.0.113',
    '203.0.113.07',
    '0xcb007107',
    '203.0.113.7 203.0.113.8',
    '[203.0.113.7]',
    '[2001:db8::7',
    '2001:db8::7]',
    '[]',
    '"203.0.113.7',
    '203.0.113.7;x',
    '1.2.3.4/8',
    '203.0.113.7%eth0',
    '::1]/x',
    '::1]?',
    '2001:\tdb8::7',
    '[203.0.113.7]:80',
    '[2001:db8::7]]',
    '::ffff:203.0.113.7:80',
    'for=203.0.113.7',
    'http://203.0.113.7',
  ])('reads %j as no address, and stops there', async hop => {
    expect(hopAddress(hop)).toBeNull()
    expect(await through(`192.0.2.66, ${hop}`)).toBe('10.0.0.1')
    expect(await through(`192.0.2.66, ${hop}, 10.0.0.2`)).toBe('10.0.0.2')
  })

  it('XF-1: believes what the trusted proxy wrote, never what stands left of it', async () => {
    expect(await through('192.0.2.66, 203.0.113.7:41234')).toBe('203.0.113.7')
    expect(await through('192.0.2.66, [2001:db8::7]:41234, 10.0.0.2:80')).toBe('2001:db8::7')
    expect(await through('10.0.0.3, 10.0.0.2')).toBe('10.0.0.3')
    expect(await seen('::ffff:10.0.0.1', [['x-forwarded-for', '203.0.113.7']])).toBe('203.0.113.7')
  })

  it('knows its proxies in whatever spelling they are named', async () => {
    const header: [string, string][] = [['x-forwarded-for', '203.0.113.7']]
    for (const block of ['10.0.0.1', '::ffff:10.0.0.1', '::FFFF:a00:1', '::ffff:10.0.0.0/104', '10.0.0.0/8'])
      expect([block, await seen('::ffff:10.0.0.1', header, 'x-forwarded-for', [block])]).toEqual([block, '203.0.113.7'])
    expect(await seen('11.0.0.1', header, 'x-forwarded-for', ['::ffff:10.0.0.0/104'])).toBe('11.0.0.1')
    expect(await seen('2001:db8::1', header, 'x-forwarded-for', ['2001:DB8:0:0::0001'])).toBe('203.0.113.7')
  })

  it('joins several headers in their order', async () => {
    const headers: [string, string][] = [
      ['x-forwarded-for', '192.0.2.66'],
      ['x-forwarded-for', '203.0.113.7:1'],
      ['x-forwarded-for', '10.0.0.2'],
    ]
    expect(await seen('10.0.0.1', headers)).toBe('203.0.113.7')
  })

  it('believes nobody who is no trusted proxy, and not the header that was not chosen', async () => {
    expect(await seen('198.51.100.9', [['x-forwarded-for', '203.0.113.7']])).toBe('198.51.100.9')
    expect(await seen('', [['x-forwarded-for', '203.0.113.7']])).toBe('0.0.0.0')
    expect(await seen('10.0.0.1', [['forwarded', 'for=203.0.113.7']])).toBe('10.0.0.1')
    expect(await seen('10.0.0.1', [['x-forwarded-for', '203.0.113.7']], 'forwarded')).toBe('10.0.0.1')
  })

  it.each([
    ['for=192.0.2.66, for="203.0.113.7:41234";proto=https', '203.0.113.7'],
    ['for=192.0.2.66 , For="[2001:DB8::7]:41234" ; by=10.0.0.9', '2001:db8::7'],
    ['proto=https;host="a, for=192.0.2.66";for=203.0.113.7', '203.0.113.7'],
    ['for="203.0.113.\\7"', '203.0.113.7'],
    ['for=203.0.113.7, for=10.0.0.2', '203.0.113.7'],
    ['for=192.0.2.66, for=unknown', '10.0.0.1'],
    ['for=192.0.2.66, for=_hidden, for=10.0.0.2', '10.0.0.2'],
    ['for=192.0.2.66, proto=https', '10.0.0.1'],
    ['for=192.0.2.66, for=203.0.113.7;for=203.0.113.8', '10.0.0.1'],
    ['for=192.0.2.66;by=", for="[2001:db8::7]:1"', '10.0.0.1'],
    ['for="192.0.2.66, for=203.0.113.7', '10.0.0.1'],
    ['for=192.0.2.66, for=[2001:db8::7]', '10.0.0.1'],
    ['', '10.0.0.1'],
  ])('reads Forwarded: %s', async (header, address) => expect(await seen('10.0.0.1', [['forwarded', header]], 'forwarded')).toBe(address))

  const invented = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'0123456789abcdef.:,;=[]"\\ for_unkw-%/'), maxLength: 60 }),
    fc
      .array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('unknown', '_x', '', '"', 'for=', 'by="', '10.0.0.2')), { maxLength: 5 })
      .map(all => all.join(', ')),
  )
  const theirs = fc.oneof(fc.constant('198.51.100.2'), fc.constant('2001:db8:1::2'))
  const port = fc.option(fc.integer({ min: 1, max: 65535 }), { nil: undefined })

  it('whatever a client invents, the answer is its own address or the proxy, never an invention', async () => {
    await fc.assert(
      fc.asyncProperty(invented, theirs, port, fc.boolean(), async (left, address, number, modern) => {
        const bare = address.includes(':') && (number || modern) ? `[${address}]` : address
        const node = number ? `${bare}:${number}` : bare
        const added = modern ? `for=${/[:[]/.test(node) ? `"${node}"` : node}` : node
        const answer = await seen(
          '10.0.0.1',
          [[modern ? 'forwarded' : 'x-forwarded-for', `${left}, ${added}`]],
          modern ? 'forwarded' : 'x-forwarded-for',
        )
        expect(modern ? [address, '10.0.0.1'] : [address]).toContain(answer)
      }),
      { numRuns: 500 },
    )
  })

  it('guesses of one client behind a proxy share its budget, whatever it invents (45 of 45 were free)', async () => {
    const server = await startLatchkey({ trustProxy: ['10.0.0.1'], limitFactor: 1, clientIp: undefined as never })
    let sent = 0
    const behindProxy = {
      fetch: (request: Request) => {
        request.headers.set('x-forwarded-for', `192.0.2.${++sent % 250}, 198.51.100.2:${4000 + sent}`)
        return server.latchkey.fetch(request, { incoming: { socket: { remoteAddress: '10.0.0.1' } } })
      },
    } as Latchkey
    const statuses: number[] = []
    for (let i = 0; i < 45; i++) {
      const thief = new TestBrowser(behindProxy, server.origin, {}, async () => '')
      statuses.push((await thief.signInWithPassword(`somebody${i}@example.com`, 'a wrong password')).status)
    }
    await server.close()
    expect(statuses.slice(35)).toEqual(Array(10).fill(429))
  })

  it('XF-1: what a host hands over is read as a hop is, port and brackets gone; nothing, or null, is nobody', async () => {
    const seen = new Set<string>()
    let handed: string | null = null
    const locate = (ip: string) => {
      seen.add(ip)
      return null
    }
    const server = await startLatchkey({ clientIp: () => handed as string, locate })
    const owner = server.browser()
    const listed = async () => (await owner.request('GET', '/api/sessions')).status
    handed = '198.51.100.2:4711'
    await owner.signUp('eva@example.com')
    for (handed of [null, '', '203.0.113.7, 198.51.100.2']) expect(await listed()).toBe(200)
    await server.close()
    expect([...seen]).toEqual(['198.51.100.2'])
  })
})
