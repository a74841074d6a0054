import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { internals } from '@latchkey/server/internals'
import { startPostgres, type TestPostgres } from '@latchkey/testing'
import { type RunningLatchkey, startLatchkey, type TestBrowser } from '@latchkey/testing/latchkey'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseJson } from '../packages/server/src/http/door.ts'
import { createNodeServer, listen } from '../packages/server/src/http/node.ts'
import { routesOf } from '../packages/server/src/http/routes.ts'

/** They read no query and no body. */
const READS_NOTHING = /^\/(?!api).*\/options$|^\/api\/openapi\.json$/

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres?.stop())

interface Route {
  method: 'get' | 'post' | 'patch'
  path: string
  access: string
}
const routes = async (server: RunningLatchkey): Promise<Route[]> => [...routesOf((await internals.get(server.latchkey)!).app)]

/** Text that no engine should see: U+0000 or a lone surrogate, somewhere in a text. */
const poison = fc
  .tuple(fc.string({ maxLength: 4 }), fc.constantFrom('\0', '\ud800', '\udfff'), fc.string({ maxLength: 4 }))
  .map(parts => parts.join(''))
const json = (value: unknown): string => JSON.stringify(value)

describe.each(['sqlite', 'postgres'] as const)('H13 U+0000 and lone surrogates on %s', engine => {
  let server: RunningLatchkey
  let owner: TestBrowser
  beforeAll(async () => {
    const database = engine === 'postgres' ? { database: await postgres.createDatabase('door') } : {}
    server = await startLatchkey({ developmentPages: { demoUrl: null }, ...database })
    owner = server.browser()
    await owner.signUp('owner@example.com')
  })
  afterAll(() => server.close())

  const form = { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' }
  const api = { 'content-type': 'application/json', 'x-lk': '1' }
  const send = (method: string, path: string, body?: string, headers: Record<string, string> = {}) =>
    owner.request(method.toUpperCase(), path, body, { origin: server.origin, ...headers })
  const filled = (path: string, value = 'x'): string => path.replace(/:\w+/g, value)

  it('are refused with 400 in the target of every route, in its query, and in its form or JSON, names and values', async () => {
    const wrong: string[] = []
    const expect400 = async (name: string, answer: Promise<Response>): Promise<void> => {
      const { status, headers } = await answer
      if (status !== 400) wrong.push(`${name}: ${status} ${headers.get('location') ?? ''}`)
    }
    for (const { method, path, access } of await routes(server)) {
      if (access === 'recovery' || READS_NOTHING.test(path)) continue
      const name = `${method} ${path}`
      const isApi = path.startsWith('/api/')
      const headers = isApi || path.startsWith('/try/') ? api : form
      const body = method === 'get' ? undefined : headers === api ? '{}' : 'a=b'
      if (path.includes(':')) await expect400(`${name} path`, send(method, filled(path, '%00'), body, headers))
      await expect400(`${name} query`, send(method, `${filled(path)}?return_to=/x%00y`, body, headers))
      if (method === 'get') continue
      const [text] = fc.sample(poison, 1) as [string]
      const bodies =
        headers === api
          ? [json({ response: { id: text, type: 'x' } }), json({ [text]: 1 }), json({ a: [{ b: { [text]: text } }] })]
          : ['label=a%00b', 'x%00=y', 'operation=passkey.add&target=%00']
      for (const bad of bodies) await expect400(`${name} ${bad}`, send(method, filled(path), bad, headers))
    }
    expect(wrong).toEqual([])
  })

  it('never end in a server error, whatever surrounds them', async () => {
    const all = (await routes(server)).filter(route => route.access !== 'recovery')
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...all), poison, fc.boolean(), async ({ method, path }, text, inName) => {
        const encoded = encodeURIComponent(text.toWellFormed())
        const isApi = path.startsWith('/api/')
        const pair: [string, string] = inName ? [text, 'x'] : ['target', text]
        const body = method === 'get' ? undefined : isApi ? json(Object.fromEntries([pair])) : new URLSearchParams([pair]).toString()
        const answer = await send(method, `${filled(path, encoded || 'x')}?target=${encoded}&method=%ED%A0%80`, body, isApi ? api : form)
        expect([`${method} ${path} ${json(text)}`, answer.status < 500]).toEqual([`${method} ${path} ${json(text)}`, true])
      }),
      { numRuns: 60 },
    )
  })

  it('inside of a token that a page decodes, in a cookie and in what a host hands in they are no server error either', async () => {
    const draft = Buffer.from(json({ asset: 'B\0TC', network: 'x', address: '\ud800', label: '\0' })).toString('base64url')
    for (const operation of ['payout_address.add', 'email.add', 'passkey.remove'])
      expect((await send('get', `/account/verify?operation=${operation}&target=${draft}`, undefined, form)).status).toBeLessThan(500)
    const name = [...owner.cookies.keys()].find(key => key.startsWith('lk_s'))!
    const request = new Request(`${server.origin}/api/passkeys`, { headers: { cookie: `${name}=%00.%00` } })
    expect((await server.latchkey.fetch(request)).status).toBe(401)
    expect(await server.latchkey.api.session(request)).toBeNull()
    await expect(server.latchkey.api.approvals.get('a\0b', 'x')).rejects.toMatchObject({ code: 'bad_request' })
  })
})

describe('JSON at the door', () => {
  it.each([
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '{"x":[{"a":{}, "b":1,\n"a" :2}]}',
    '{"response":{"id":"x","type":"y","id":"z"}}',
    '{"a":{"a":1},"a":[]}',
  ])('B15: %s has two members of one name', text => expect(() => parseJson(text)).toThrow(expect.objectContaining({ code: 'bad_request' })))

  it.each(['{"a":"x\\u0000"}', '{"x\\u0000":1}', '{"a":[{"b":"\\ud800"}]}', '{"\\udfff":{}}'])(
    'H13: %s holds what nobody can store',
    text => expect(() => parseJson(text)).toThrow(expect.objectContaining({ code: 'bad_request' })),
  )

  it('B15: a long name that stands twice is told cut between letters', () => {
    const name = JSON.stringify(`${'x'.repeat(63)}👍`)
    expect(() => parseJson(`{${name}:1,${name}:2}`)).toThrow(expect.objectContaining({ extras: { field: 'x'.repeat(63) } }))
  })

  it('B15: reads what everybody reads, and refuses it once a name stands twice', () => {
    fc.assert(
      fc.property(fc.json(), text => {
        fc.pre(!/\\u0000|\\ud[89a-f]|__proto__/i.test(text) && text.isWellFormed())
        expect(parseJson(text)).toEqual(JSON.parse(text))
        expect(() => parseJson(`{"twice":${text},"twice":${text}}`)).toThrow()
        expect(parseJson(`{"once":${text},"more":[${text}]}`)).toBeDefined()
      }),
    )
  })
})

describe('the front door', () => {
  let server: RunningLatchkey
  let owner: TestBrowser
  beforeAll(async () => {
    server = await startLatchkey({ publicUrl: 'https://accounts.example.com', masterKey: 'ab'.repeat(32), smtpUrl: 'smtp://127.0.0.1:9' })
    owner = server.browser()
  })
  afterAll(() => server.close())
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    server.latchkey.fetch(new Request(new URL(path, 'https://accounts.example.com'), { method, headers }))

  it.each([
    ['accounts.example.com', 200],
    ['accounts.example.com:443', 200],
    ['ACCOUNTS.example.com:443', 200],
    ['accounts.example.com:80', 421],
    ['accounts.example.com:4430', 421],
    ['evil.example', 421],
    ['127.0.0.1', 421],
    ['[::1]:443', 421],
    ['evil.example@accounts.example.com', 421],
    ['accounts.example.com/evil', 421],
    ['accounts.example.com.evil.example', 421],
    ['accounts.example.com, evil.example', 400],
  ])('HO-1: Host %s answers %d', async (host, status) => expect((await get('/sign-in', { host })).status).toBe(status))

  it('HO-1: on http the default port is 80; behind a server whose URL carries its bind address the Host header counts', async () => {
    const http = await startLatchkey({ publicUrl: 'http://localhost' })
    const ask = async (url: string, host: string, method = 'GET') =>
      (await http.latchkey.fetch(new Request(url, { method, headers: { host } }))).status
    expect(await ask('http://localhost/sign-in', 'localhost:80')).toBe(200)
    expect(await ask('http://localhost/sign-in', 'localhost:443')).toBe(421)
    expect(await ask('http://0.0.0.0:3000/sign-in', 'localhost')).toBe(200)
    expect(await ask('http://[::]:3000/sign-in', 'localhost')).toBe(200)
    expect(await ask('http://localhost/sign-in', 'evil.example')).toBe(421)
    // in development a person who typed the loopback address is led to the name; a form is not
    expect(await ask('http://localhost/sign-in', '127.0.0.1')).toBe(302)
    expect(await ask('http://localhost/sign-in', '127.0.0.1', 'POST')).toBe(421)
    await http.close()
  })

  it.each([
    ['/sign-in/', '/sign-in'],
    ['/sign-in//', '/sign-in'],
    ['/sign-in/?return_to=%2Fx&a=b', '/sign-in?return_to=%2Fx&a=b'],
    ['/account/passkeys/abc/delete/', '/account/passkeys/abc/delete'],
    ['/help/', '/help'],
  ])('UR-2: %s leads to %s', async (path, to) => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await get(path, { accept: 'text/html' }, method)
      expect([answer.status, answer.headers.get('location')]).toEqual([308, to])
    }
  })

  it.each([
    '//evil.example/',
    '//evil.example/sign-in/',
    '/\\evil.example/',
    '/nothing/here/',
    '//sign-in/',
    '/',
    '/%2F%2Fevil.example/',
    '/problems//',
  ])('UR-2: %s leads nowhere else', async path => {
    const answer = await get(`https://accounts.example.com${path}`)
    const location = answer.headers.get('location')
    expect(location === null || new URL(location, 'https://accounts.example.com').origin === 'https://accounts.example.com').toBe(true)
    expect(location ?? '').not.toMatch(/^\/[/\\]/)
    expect(answer.status).toBe(404)
  })

  it('UR-2: a form that is sent to such a path is not', async () => {
    expect((await get('/sign-out/', { origin: 'https://accounts.example.com' }, 'POST')).status).toBe(404)
  })

  const HEADERS = [
    'x-content-type-options',
    'x-frame-options',
    'referrer-policy',
    'content-security-policy',
    'strict-transport-security',
    'cache-control',
  ]
  it('B16: security headers go with every answer: pages, assets, probes, redirects, refusals', async () => {
    const page = await (await get('/sign-in', { accept: 'text/html' })).text()
    const assets = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(match => match[1]!)
    expect(assets.length).toBeGreaterThan(0)
    const asked: [string, string, number][] = [
      ...assets.map((path): [string, string, number] => ['GET', path, 200]),
      ['GET', '/sign-in', 200],
      ['HEAD', '/sign-in', 200],
      ['GET', '/assets/none/none.css', 404],
      ['GET', '/favicon.ico', 302],
      ['GET', '/livez', 200],
      ['GET', '/readyz', 200],
      ['GET', '/sign-in/', 308],
      ['GET', '/account/security', 303],
      ['GET', '/nothing', 404],
      ['GET', '/api/nothing', 404],
      ['GET', '/api/openapi.json', 200],
      ['GET', '/.well-known/change-password', 303],
      ['GET', '/api/passkeys', 401],
      ['POST', '/sign-in', 403],
      ['DELETE', '/sign-in', 403],
      ['OPTIONS', '/sign-in', 405],
      ['GET', '/sign-out/all', 404],
      ['GET', `/${'x'.repeat(9000)}`, 414],
    ]
    for (const [method, path, status] of asked) {
      const answer = await get(path, {}, method)
      const missing = HEADERS.filter(name => !answer.headers.has(name))
      expect([method, path.slice(0, 60), answer.status, missing]).toEqual([method, path.slice(0, 60), status, []])
    }
    const refused = [
      await get('/sign-in', { host: 'evil.example' }),
      await get('/sign-in', Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`x-${i}`, 'y']))),
    ]
    expect(refused.map(answer => [answer.status, HEADERS.filter(name => !answer.headers.has(name))])).toEqual([
      [421, []],
      [431, []],
    ])
  })

  it('B16: another method is 405 and says which there are', async () => {
    const answer = await get('/api/sign-in/start')
    const [type, allow] = ['content-type', 'allow'].map(name => answer.headers.get(name))
    expect([answer.status, type, allow]).toEqual([405, 'application/problem+json', 'POST'])
    expect(await answer.json()).toMatchObject({ code: 'method_not_allowed' })
  })

  it('B16: who has no session is told so before the body is judged', async () => {
    const rows = (await routes(server)).filter(
      row => row.path.startsWith('/api/') && row.method !== 'get' && !['public', 'pre'].includes(row.access),
    )
    expect(rows.length).toBeGreaterThan(10)
    const bodies: [string, string][] = [
      ['application/json', '{'],
      ['application/json', '{"label":1,"label":2}'],
      ['application/json', '[]'],
      ['application/json', ''],
      ['text/plain', 'x'],
      ['application/json', '{"operation":"nothing"}'],
    ]
    for (const row of rows) {
      for (const [type, body] of bodies) {
        const headers = { origin: server.origin, 'x-lk': '1', 'content-type': type }
        const answer = await owner.request(row.method.toUpperCase(), row.path.replace(/:\w+/g, 'x'), body, headers)
        expect([row.path, body, answer.status]).toEqual([row.path, body, 401])
      }
    }
  })
})

describe('the front door of the process', () => {
  let server: RunningLatchkey
  let port = 0
  let http: ReturnType<typeof createNodeServer>
  const logged: string[] = []
  beforeAll(async () => {
    server = await startLatchkey({ publicUrl: 'http://localhost:4400', clientIp: undefined as never })
    const { ctx } = await internals.get(server.latchkey)!
    for (const level of ['error', 'warn'] as const) ctx.log[level] = ((fields: unknown) => logged.push(json(fields))) as never
    http = createNodeServer((request, env) => server.latchkey.fetch(request, env))
    await listen(http, 0, '127.0.0.1')
    port = (http.address() as AddressInfo).port
  })
  afterAll(async () => {
    http.closeAllConnections()
    await new Promise(resolve => http.close(resolve))
    await server.close()
  })

  /** Sends bytes as they are. @returns the first answer's head and body */
  const raw = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.end(text))
      let answer = ''
      socket.on('data', part => {
        answer += String(part)
      })
      socket.on('error', reject)
      socket.on('close', () => resolve(answer))
    })
  const statusOf = (answer: string): number => Number(answer.split(' ')[1])
  const many = (count: number): string => Array.from({ length: count }, (_, i) => `x-${i}: y\r\n`).join('')

  it.each([
    ['one Host', 'GET /sign-in HTTP/1.1\r\nHost: localhost:4400\r\nConnection: close\r\n\r\n', 200],
    ['two Hosts', 'GET /sign-in HTTP/1.1\r\nHost: localhost:4400\r\nHost: evil.example\r\nConnection: close\r\n\r\n', 400],
    [
      'two Hosts, the other way round',
      'GET /sign-in HTTP/1.1\r\nHost: evil.example\r\nHost: localhost:4400\r\nConnection: close\r\n\r\n',
      400,
    ],
    ['twice the same Host', 'GET /sign-in HTTP/1.1\r\nHost: localhost:4400\r\nHost: localhost:4400\r\nConnection: close\r\n\r\n', 400],
    ['no Host', 'GET /sign-in HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['no Host in an old probe', 'GET /livez HTTP/1.0\r\n\r\n', 200],
    ['no Host in an old request', 'GET /sign-in HTTP/1.0\r\n\r\n', 421],
    ['a Host in capitals', 'GET /sign-in HTTP/1.1\r\nHost: LOCALHOST:4400\r\nConnection: close\r\n\r\n', 200],
    ['a Host that is none', 'GET /sign-in HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n', 400],
    ['a target with another host', 'GET http://evil.example/sign-in HTTP/1.1\r\nHost: localhost:4400\r\nConnection: close\r\n\r\n', 421],
    ['a target that is none', 'GET sign-in HTTP/1.1\r\nHost: localhost:4400\r\nConnection: close\r\n\r\n', 400],
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['100 headers', `GET /sign-in HTTP/1.1\r\nHost: localhost:4400\r\nConnection: close\r\n${many(98)}\r\n`, 200],
    ['101 headers', `GET /sign-in HTTP/1.1\r\nHost: localhost:4400\r\nConnection: close\r\n${many(99)}\r\n`, 431],
    ['2,200 headers', `GET /sign-in HTTP/1.1\r\nHost: localhost:4400\r\nConnection: close\r\n${'a:\r\n'.repeat(2200)}\r\n`, 431],
    ['17 KiB of headers', `GET /sign-in HTTP/1.1\r\nHost: localhost:4400\r\nx: ${'y'.repeat(17_000)}\r\n\r\n`, 431],
    [
      'an address of 8,192 characters',
      `GET /sign-in?${'x'.repeat(8183)} HTTP/1.1\r\nHost: localhost:4400\r\nConnection: close\r\n\r\n`,
      200,
    ],
    ['one more', `GET /sign-in?${'x'.repeat(8184)} HTTP/1.1\r\nHost: localhost:4400\r\nConnection: close\r\n\r\n`, 414],
    ['an Expect that nobody knows', 'GET /sign-in HTTP/1.1\r\nHost: localhost:4400\r\nExpect: tea\r\nConnection: close\r\n\r\n', 200],
  ])('B16: %s', async (_name, text, status) => {
    const answer = await raw(text)
    expect(statusOf(answer)).toBe(status)
    expect(answer.toLowerCase()).toContain('x-content-type-options: nosniff')
    expect(answer.toLowerCase()).toContain('content-security-policy:')
    expect(answer).toMatch(status >= 400 ? /"code":"\w+"/ : /^HTTP\/1\.1 (200|30\d) /)
  })

  it('B16: a client that goes away is no error in the log', async () => {
    const path = ['/sign-in', '/api/sign-in/start', '/try/passkey']
    const types = ['application/x-www-form-urlencoded', 'application/json', 'application/json']
    for (const [i, framing] of path.flatMap(
      (_, n) =>
        [
          [n, 'Content-Length: 50'],
          [n, 'Transfer-Encoding: chunked'],
        ] as const,
    )) {
      const socket = connect(port, '127.0.0.1')
      const head = `POST ${path[i]} HTTP/1.1\r\nHost: localhost:4400\r\nOrigin: http://localhost:4400\r\nX-LK: 1\r\nContent-Type: ${types[i]}\r\n${framing}\r\n\r\n`
      const arrived = once(http, 'request') as Promise<[IncomingMessage, ServerResponse]>
      socket.write(`${head}${framing.startsWith('T') ? '5\r\nhello\r\n' : 'hello'}`)
      const [, response] = await arrived
      const gone = once(response, 'close')
      socket.resetAndDestroy()
      await gone
    }
    // whatever was begun for them has failed by the time that a later one is answered
    expect(statusOf(await raw('GET /sign-in HTTP/1.1\r\nHost: localhost:4400\r\nConnection: close\r\n\r\n'))).toBe(200)
    expect(logged).toEqual([])
  })
})
