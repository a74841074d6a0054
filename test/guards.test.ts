import { inspect } from 'node:util'
import { internals } from '@latchkey/server/internals'
import { type RunningLatchkey, startLatchkey, TestBrowser } from '@latchkey/testing/latchkey'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withdraw } from '../packages/server/src/flows/approvals/approvals.fixture.ts'
import { readDevice, rememberDevice } from '../packages/server/src/http/cookies.ts'
import type { Env, Scope } from '../packages/server/src/http/env.ts'
import { toProblem } from '../packages/server/src/http/problem.ts'
import { pageRoute, type RouteRow, routesOf } from '../packages/server/src/http/routes.ts'

const SITE = 'https://accounts.example.com'
const DAY = 86_400_000

let server: RunningLatchkey
let owner: TestBrowser
let changing: RouteRow[]
beforeAll(async () => {
  server = await startLatchkey({
    publicUrl: SITE,
    masterKey: 'ab'.repeat(32),
    smtpUrl: 'smtp://127.0.0.1:9',
    actions: { withdraw },
    limitFactor: 1_000,
  })
  const { app } = (await internals.get(server.latchkey))!
  changing = routesOf(app).filter(row => row.method !== 'get')
  owner = await member('owner@example.com')
})
afterAll(() => server?.close())

/** The code that would have been mailed: here no mail server answers. */
async function mailed(): Promise<string> {
  const { ctx } = (await internals.get(server.latchkey))!
  const rows = await ctx.store.transaction(tx => tx.outbox.lease(ctx.now() + 3_600_000, 1, 1_000))
  return String(rows.filter(row => row.params.code).at(-1)?.params.code)
}

async function member(address: string): Promise<TestBrowser> {
  const browser = server.browser()
  await browser.open('/sign-up')
  await browser.submit('/sign-up', { identifier: address })
  await browser.submit('/sign-up/code', { secret: await mailed() })
  const response = await browser.authenticator.create(TestBrowser.options(await browser.open('/sign-up/passkey')))
  await browser.submit('/sign-up/passkey', { response: JSON.stringify(response) })
  return browser
}

const pathOf = ({ path }: RouteRow): string => path.replace(/:\w+/g, 'x')
const isJson = ({ path }: RouteRow): boolean => /^\/api\/|\/options$|^\/try\//.test(path)
const FORM = { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' }
const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json' }
const send = (browser: TestBrowser, row: RouteRow, headers: Record<string, string>, body = isJson(row) ? '{}' : 'a=b') =>
  browser.request(row.method.toUpperCase(), pathOf(row), body, { ...(isJson(row) ? JSON_HEADERS : FORM), ...headers })
/** Recovery routes ask for a recovery session first. */
const reachable = (row: RouteRow): boolean => row.access !== 'recovery'

describe('a request of another site', () => {
  it.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['our host on another scheme', { origin: 'http://accounts.example.com' }],
    ['our host on another port', { origin: 'https://accounts.example.com:8443' }],
    ['a subdomain', { origin: 'https://x.accounts.example.com' }],
    ['no origin that may be told', { origin: 'null' }],
    ['no word of where it comes from', {}],
    ['fetch metadata of another site', { 'sec-fetch-site': 'cross-site' }],
    ['fetch metadata of the same site, another origin', { 'sec-fetch-site': 'same-site' }],
    ['another origin, whatever the metadata say', { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' }],
  ])('B16: %s changes nothing, at each route that changes something', async (_name, headers) => {
    const let_in: string[] = []
    for (const row of changing) {
      const answer = await send(owner, row, { 'x-lk': '1', ...headers })
      if (answer.status !== 403 || !(await answer.text()).includes('LK403')) let_in.push(`${row.path} ${answer.status}`)
    }
    expect(let_in).toEqual([])
    expect((await owner.api('/api/session')).body.session).not.toBeNull()
  })

  it('B16: JSON without the header that no form can set changes nothing, at each route that takes JSON', async () => {
    const rows = changing.filter(row => isJson(row) && reachable(row))
    const answers: [string, number, boolean][] = []
    for (const row of rows) {
      const answer = await send(owner, row, { origin: SITE })
      answers.push([row.path, answer.status, (await answer.text()).includes('LK403')])
    }
    expect(answers).toEqual(rows.map(row => [row.path, 403, true]))
  })

  it('B16: a form without its token, or with another session’s or another browser’s, changes nothing, at each form', async () => {
    const [stranger, other] = [server.browser(), await member('other@example.com')]
    const tokenOf = async (browser: TestBrowser, page: string): Promise<string> =>
      /name="form_token" value="([^"]+)"/.exec((await browser.open(page)).html)?.[1] ?? ''
    const tokens = {
      owner: ['', 'x', await tokenOf(stranger, '/sign-in'), await tokenOf(other, '/account/sessions')],
      stranger: ['', 'x', await tokenOf(server.browser(), '/sign-in'), await tokenOf(owner, '/account/sessions')],
    }
    expect([new Set(tokens.owner).size, new Set(tokens.stranger).size]).toEqual([4, 4])
    const rows = changing.filter(row => !isJson(row) && reachable(row))
    const wrong: string[] = []
    for (const row of rows) {
      // who is signed in is led past the door
      const atDoor = (row.access === 'public' || row.access === 'pre') && row.path !== '/sign-out'
      for (const token of atDoor ? tokens.stranger : tokens.owner) {
        const body = new URLSearchParams({ form_token: token, identifier: 'x@example.com', id: 'x' }).toString()
        const answer = await send(atDoor ? stranger : owner, row, { origin: SITE }, body)
        if (answer.status !== 403 || !(await answer.text()).includes('LK305')) wrong.push(`${row.path} ${token} ${answer.status}`)
      }
    }
    expect(rows.length).toBeGreaterThan(30)
    expect(wrong).toEqual([])
    expect((await owner.api('/api/session')).body.session).not.toBeNull()
  })

  it('B16: nor does the password of a sign-up that has come that far', async () => {
    const browser = server.browser()
    await browser.open('/sign-up')
    await browser.submit('/sign-up', { identifier: 'far@example.com' })
    await browser.submit('/sign-up/code', { secret: await mailed() })
    const row = { method: 'post', path: '/sign-up/password', access: 'pre' } as const
    const answer = await send(
      browser,
      row,
      { origin: SITE },
      new URLSearchParams({ form_token: 'x', password: 'violet teapot marching' }).toString(),
    )
    expect([answer.status, (await answer.text()).includes('LK305')]).toEqual([403, true])
  })

  it.each([
    ['a field twice', 400, 'identifier=b%40example.com', FORM['content-type']],
    ['its token twice', 400, 'form_token=x', FORM['content-type']],
    ['another kind of text', 415, '', 'text/plain'],
    ['a kind that only begins alike', 415, '', `${FORM['content-type']}-not`],
    ['parts', 415, '', 'multipart/form-data; boundary=x'],
    ['nothing amiss, and a charset', 303, '', `${FORM['content-type']}; charset=UTF-8`],
  ])('V-16: a form with %s answers %d', async (_name, status, more, type) => {
    const browser = server.browser()
    const token = /name="form_token" value="([^"]+)"/.exec((await browser.open('/sign-in')).html)?.[1] ?? ''
    const body = `${new URLSearchParams({ form_token: token, identifier: 'a@example.com' })}&${more}`
    const answer = await browser.request('POST', '/sign-in', body, { ...FORM, 'content-type': type, origin: SITE })
    expect(answer.status).toBe(status)
  })
})

describe('B15, B16 what is no JSON, or is read in two ways', () => {
  it.each([
    ['text/plain', '{"identifier":"a@example.com"}', 415, 'unsupported_media_type'],
    ['application/json-not', '{"identifier":"a@example.com"}', 415, 'unsupported_media_type'],
    ['application/json', '{', 400, 'bad_request'],
    ['application/json', '{"identifier":"a@example.com","identifier":"b@example.com"}', 400, 'bad_request'],
    ['application/json; charset=utf-8', '{"identifier":"a@example.com"}', 200, undefined],
  ])('%s with %s answers %d', async (type, body, status, code) => {
    const answer = await server.browser().request('POST', '/api/sign-in/start', body, { origin: SITE, 'x-lk': '1', 'content-type': type })
    expect([answer.status, ((await answer.json()) as { code?: string }).code]).toEqual([status, code])
  })
})

it('V-4: a page of the development is none in production, wherever it is registered', async () => {
  const { ctx } = (await internals.get(server.latchkey))!
  const app = new Hono<Env>()
  app.onError((error, c) => c.text(toProblem(error, c).code))
  app.use(async (c, next) => {
    c.set('scope', { ctx, caller: { session: null } } as unknown as Scope)
    await next()
  })
  pageRoute(app, { method: 'get', path: '/inbox', access: 'development' }, c => c.text('codes'))
  expect(await (await app.request('/inbox')).text()).toBe('not_found')
})

describe('B16 the size of a body', () => {
  const BODY = 64 * 1024
  const filled = (size: number, json: boolean): string => (json ? `{"a":"${'x'.repeat(size - 8)}"}` : `a=${'x'.repeat(size - 2)}`)
  const streamed = (text: string): ReadableStream =>
    new ReadableStream({
      start(to) {
        for (let at = 0; at < text.length; at += 10_000) to.enqueue(new TextEncoder().encode(text.slice(at, at + 10_000)))
        to.close()
      },
    })

  it.each([
    ['/sign-in', false],
    ['/api/sign-in/start', true],
  ] as const)('%s takes 64 KiB and not a byte more, told or not', async (path, json) => {
    const ask = async (size: number, body: (text: string) => BodyInit, told: boolean): Promise<boolean> => {
      const headers = { origin: SITE, 'x-lk': '1', ...(json ? JSON_HEADERS : FORM), ...(told && { 'content-length': String(size) }) }
      const init = { method: 'POST', headers, body: body(filled(size, json)), duplex: 'half' }
      return (await server.latchkey.fetch(new Request(SITE + path, init as RequestInit))).status !== 413
    }
    expect([await ask(BODY, text => text, true), await ask(BODY + 1, text => text, true)]).toEqual([true, false])
    expect([await ask(BODY, streamed, false), await ask(BODY + 1, streamed, false)]).toEqual([true, false])
  })
})

describe('what every answer says to the browser', () => {
  const PERMISSIONS =
    'publickey-credentials-get=(self), publickey-credentials-create=(self), accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()'
  const ALWAYS = {
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': PERMISSIONS,
    'cache-control': 'no-store',
    'strict-transport-security': 'max-age=63072000; includeSubDomains',
  }
  const PAGE = [
    "default-src 'none'",
    "script-src 'nonce-N' 'strict-dynamic'",
    "style-src 'nonce-N'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "object-src 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types latchkey',
  ]
  const DATA = ["default-src 'none'", "frame-ancestors 'none'"]

  it.each([
    ['a page', '/help', PAGE],
    ['a page of the account', '/account/security', PAGE],
    ['a page that is not there', '/nothing', PAGE],
    ['the API', '/api/session', DATA],
    ['a probe', '/livez', DATA],
  ])('B16: %s', async (_name, path, policy) => {
    const { headers } = await owner.request('GET', path, undefined, { accept: 'text/html' })
    expect(Object.fromEntries(Object.keys(ALWAYS).map(name => [name, headers.get(name)]))).toEqual(ALWAYS)
    const csp = (headers.get('content-security-policy') ?? '').replace(/nonce-[^']{24}'/g, "nonce-N'")
    expect(csp.split('; ').sort()).toEqual([...policy].sort())
  })

  it('B16: each answer has a nonce of its own, and no plain http site asks for https', async () => {
    const nonces = await Promise.all([1, 2].map(async () => (await owner.open('/sign-in/other')).html.match(/nonce="([^"]+)"/)?.[1]))
    expect(new Set(nonces).size).toBe(2)
    const plain = await startLatchkey()
    expect((await plain.browser().request('GET', '/livez')).headers.has('strict-transport-security')).toBe(false)
    await plain.close()
  })
})

describe('cookies', () => {
  /** Every cookie line of what a browser does from its first page to its sign-out. */
  async function lines(browser: TestBrowser, life: (browser: TestBrowser) => Promise<unknown>): Promise<string[]> {
    const seen: string[] = []
    const request = browser.request.bind(browser)
    browser.request = async (...args) => {
      const response = await request(...args)
      seen.push(...response.headers.getSetCookie())
      return response
    }
    await life(browser)
    return [...new Set(seen.map(line => line.replace(/^([^=]+)=[^;]+/, '$1=…')))].sort()
  }
  const life = async (browser: TestBrowser): Promise<void> => {
    await browser.open('/sign-in')
    await browser.submit('/sign-in', { identifier: 'owner@example.com' })
    await browser.signIn()
    await browser.open('/account/security')
    await browser.submit('/sign-out')
  }
  const flags = 'HttpOnly; Secure; SameSite=Lax'

  it('INV-8: each with its flags and its age; signing out takes the session’s and what was begun', async () => {
    const browser = server.browser()
    browser.authenticator = owner.authenticator
    expect(await lines(browser, life)).toEqual(
      [
        `__Host-lk_d=…; Max-Age=7776000; Path=/; ${flags}`,
        `__Host-lk_i=…; Max-Age=600; Path=/; ${flags}`,
        `__Host-lk_p=…; Max-Age=86400; Path=/; ${flags}`,
        `__Host-lk_s=…; Max-Age=2592000; Path=/; ${flags}`,
        `__Host-lk_s=; Max-Age=0; Path=/; ${flags}`,
      ].sort(),
    )
    expect([...browser.cookies.keys()]).not.toContain('__Host-lk_s')
    expect((await browser.api('/api/session')).body).toEqual({ session: null })
  })

  it('INV-8: without https only the ones of a loopback server go without Secure', async () => {
    const plain = await startLatchkey()
    const seen = await lines(plain.browser(), browser => browser.open('/sign-in'))
    expect(seen).toEqual(['lk_p_4400=…; Max-Age=86400; Path=/; HttpOnly; SameSite=Lax'])
    await plain.close()
  })

  /** Whether a sign-in with these cookies is one of a known device: nobody is told. */
  async function isKnown(change: (value: string) => string, ms: number): Promise<boolean> {
    const browser = await member(`device${Math.random()}@example.com`)
    const name = '__Host-lk_d'
    const kept = change(browser.cookies.get(name)!)
    server.clock.advance(ms)
    browser.forget()
    browser.cookies.set(name, kept)
    const from = server.clock.now()
    expect((await browser.signIn()).url).toBe('/account/security')
    const { ctx } = (await internals.get(server.latchkey))!
    const rows = await ctx.store.transaction(tx => tx.outbox.lease(ctx.now(), 1, 10_000))
    // the others' sessions are not to grow old by this
    server.clock.set(from - ms)
    return !rows.some(row => row.template === 'new_device_sign_in' && row.createdAt >= from)
  }

  it.each<[string, boolean, (value: string) => string, number]>([
    ['for ninety days', true, value => value, 90 * DAY],
    ['not longer', false, value => value, 90 * DAY + 1],
    ['not with one letter changed in it', false, value => value.replace(/^./, letter => (letter === 'A' ? 'B' : 'A')), 120_000],
    ['not with another seal', false, value => `${value.split('~')[0]}~${'A'.repeat(43)}`, 120_000],
    ['not without one', false, value => value.split('~')[0]!, 120_000],
  ])('F36: a device is known %s', async (_name, expected, change, ms) => {
    expect(await isKnown(change, ms)).toBe(expected)
  })

  it('F36: a device knows the five accounts that signed in last, and keeps its name', async () => {
    const { ctx } = (await internals.get(server.latchkey))!
    const app = new Hono()
    app.get('/:account', c => {
      const device = readDevice(c, ctx)
      rememberDevice(c, ctx, device, c.req.param('account'))
      return c.json(device)
    })
    let cookie = ''
    const known: { id: string; accounts: string[] }[] = []
    for (const account of ['a', 'b', 'c', 'd', 'e', 'f', 'c', 'g']) {
      const answer = await app.request(`/${account}`, { headers: { cookie } })
      known.push((await answer.json()) as (typeof known)[number])
      cookie = answer.headers.get('set-cookie')!.split(';')[0]!
    }
    expect(known.map(device => device?.accounts.join(''))).toEqual([undefined, 'a', 'ba', 'cba', 'dcba', 'edcba', 'fedcb', 'cfedb'])
    expect(new Set(known.slice(1).map(device => device.id)).size).toBe(1)
  })
})

describe('INV-22 the log', () => {
  const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
  const PASSWORD = 'violet teapot marching home'

  it('names no code, password, secret or cookie, whatever its level, and no address', async () => {
    const { ctx } = (await internals.get(server.latchkey))!
    const lines: string[] = []
    const kept = Object.fromEntries(LEVELS.map(level => [level, ctx.log[level]]))
    for (const level of LEVELS) ctx.log[level] = ((...given: unknown[]) => lines.push(inspect(given, { depth: 9 }))) as never
    const secrets: string[] = [PASSWORD, 'logged@example.com', 'logged%40example.com']
    const code = async (): Promise<string> => {
      secrets.push(await mailed())
      return secrets.at(-1)!
    }
    const browser = await member('logged@example.com')
    secrets.push(await mailed())
    const proven = async (operation: string): Promise<void> => {
      const purpose = { operation, target: null }
      await browser.api('/api/step-up/send', { ...purpose, method: 'email' })
      await browser.api('/api/step-up/email', { ...purpose, secret: '00000x' })
      await browser.api('/api/step-up/email', { ...purpose, secret: await code() })
      await browser.stepUp(operation)
    }
    await proven('totp.add')
    await browser.open('/account/factors/totp')
    const { html: app } = await browser.submit('/account/factors/totp/begin')
    secrets.push(/[A-Z2-7]{4}(?: [A-Z2-7]{4}){7}/.exec(app)![0].replaceAll(' ', ''))
    await browser.submit('/account/factors/totp', { code: '000000' })
    await proven('recovery_codes.add')
    await browser.open('/account/recovery-codes/new')
    const { html: sheet } = await browser.submit('/account/recovery-codes/new')
    secrets.push(...sheet.match(/[0-9A-Z]{4}(-[0-9A-Z]{4}){3}/g)!)
    await proven('password.change')
    await browser.open('/account/password')
    await browser.submit('/account/password', { password: 'short' })
    await browser.submit('/account/password', { password: PASSWORD })
    secrets.push(...browser.cookies.values())
    const stranger = server.browser()
    await stranger.signInWithPassword('logged@example.com', 'wrong')
    await stranger.signInWithPassword('logged@example.com', PASSWORD)
    await stranger.open('/forgot-password')
    await stranger.submit('/forgot-password', { identifier: 'logged@example.com' })
    await stranger.submit('/forgot-password/step', { method: 'email', secret: await code() })
    await stranger.submit('/recover/start', { with: 'recovery_code', identifier: 'logged@example.com', secret: secrets.at(-9)! })
    secrets.push(...stranger.cookies.values())
    Object.assign(ctx.log, kept)
    expect(secrets.length).toBeGreaterThan(20)
    expect(secrets.filter(secret => lines.some(line => line.includes(secret)))).toEqual([])
  })
})
