import { totpFromUri } from '@latchkey/testing'
import type { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { rotateSession } from '../../flows/account/session.ts'
import { exchange, ORIGIN, OTHER_PASSWORD, type Person, passwordOwner, sentCode } from '../../flows/people.fixture.ts'
import { createApp } from '../../http/app.ts'
import type { Env } from '../../http/env.ts'
import { newestMessage, type TestCtx } from '../../methods/context.fixture.ts'
import { problemPage } from '../shell/problem.tsx'
import { verifyRoutes } from '../verify/verify.tsx'
import { factorRoutes } from './factors.tsx'
import { passwordRoutes } from './password.tsx'
import { recoveryCodeRoutes } from './recovery-codes.tsx'

interface Page {
  status: number
  /** Where a redirect leads. */
  to: string
  html: string
}

/** A browser without a script: cookies, pages, forms. */
class Visitor {
  readonly app: Hono<Env>
  readonly cookies = new Map<string, string>()
  token = ''
  constructor(ctx: TestCtx) {
    const assets = { path: (name: string) => `/assets/${name}`, respond: () => null }
    this.app = createApp(ctx, {
      assets,
      problemPage,
      pages: [factorRoutes, passwordRoutes, recoveryCodeRoutes, verifyRoutes],
      clientIp: () => '192.0.2.7',
    })
  }
  async #answer(path: string, init: RequestInit): Promise<Page> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { accept: 'text/html', origin: ORIGIN, cookie, ...init.headers }
    const response = await this.app.fetch(new Request(ORIGIN + path, { ...init, headers }))
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (name) this.cookies.set(name, value ?? '')
    }
    const html = await response.text()
    this.token = /name="form_token" value="([^"]+)"/.exec(html)?.[1] ?? this.token
    return { status: response.status, to: response.headers.get('location') ?? '', html }
  }
  get = (path: string): Promise<Page> => this.#answer(path, {})
  post = (path: string, fields: Record<string, string> = {}): Promise<Page> =>
    this.#answer(path, {
      method: 'POST',
      body: new URLSearchParams({ form_token: this.token, ...fields }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
}

async function signedIn(person: Person): Promise<Visitor> {
  const visitor = new Visitor(person.ctx)
  const { session } = await person.caller()
  const token = await person.ctx.store.transaction(tx => rotateSession(tx, person.ctx, session!.id))
  visitor.cookies.set('__Host-lk_s', token.value)
  await visitor.get('/account/factors')
  return visitor
}

/** Goes through the verification page by a code to the mailbox. @returns where it leads */
async function verify(visitor: Visitor, ctx: TestCtx, operation: string): Promise<string> {
  await visitor.get(`/account/verify?operation=${operation}`)
  await visitor.post('/account/verify/send', { operation, method: 'email' })
  return (await visitor.post('/account/verify/secret', { operation, method: 'email', secret: await sentCode(ctx) })).to
}

const uriIn = (html: string): string => /href="(otpauth:[^"]+)"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? ''

describe('second factors, without a script', () => {
  test('F32 an app is set up from the list to the end', async () => {
    const ctx = await exchange()
    const visitor = await signedIn(await passwordOwner(ctx))
    const hub = await visitor.get('/account/factors')
    expect(hub.html).toContain('Recommended')
    expect(hub.html).toContain('a•••@example.com')
    expect((await visitor.get('/account/factors/totp')).to).toBe('/account/verify?operation=totp.add')
    expect(await verify(visitor, ctx, 'totp.add')).toBe('/account/factors/totp')
    const page = await visitor.get('/account/factors/totp')
    expect(page.html).toMatch(
      /<img src="data:image\/svg\+xml;base64,[^"]+" width="224" height="224" alt="QR code for your authenticator app"/,
    )
    expect(page.html).toMatch(/<bdi>([A-Z2-7]{4} ){7}[A-Z2-7]{4}<\/bdi>/)
    const wrong = await visitor.post('/account/factors/totp', { code: '000000' })
    expect([wrong.status, wrong.html]).toEqual([400, expect.stringContaining('Check that the clock on your phone is set automatically.')])
    expect(uriIn(wrong.html)).toBe(uriIn(page.html))
    const done = await visitor.post('/account/factors/totp', { code: await totpFromUri(uriIn(page.html), ctx.now()) })
    expect(done.html).toContain('Authenticator app turned on')
    expect((await visitor.get('/account/factors')).html).toContain('On since')
  })

  test('F34 an address is changed, mistyped first', async () => {
    const ctx = await exchange()
    const person = await passwordOwner(ctx)
    const visitor = await signedIn(person)
    expect(await verify(visitor, ctx, 'email.replace')).toBe('/account/email')
    expect((await visitor.post('/account/email', { address: 'nobody' })).html).toContain('like name@example.com')
    expect((await visitor.post('/account/email', { address: 'ana@example.com' })).html).toContain('has this one already')
    expect((await visitor.post('/account/email', { address: 'nwe@example.com' })).to).toMatch(/^\/account\/email\/code\?sent=\d+$/)
    expect((await visitor.get('/account/email/code')).html).toContain('<bdi>nwe@example.com</bdi>')
    expect((await visitor.get('/account/email')).html).toContain('value="nwe@example.com"')
    // the proof was for the other address
    expect((await visitor.post('/account/email', { address: 'new@example.com' })).to).toBe('/account/verify?operation=email.replace')
    expect(await verify(visitor, ctx, 'email.replace')).toBe('/account/email')
    await visitor.post('/account/email', { address: 'new@example.com' })
    const code = await sentCode(ctx)
    expect((await visitor.post('/account/email/code', { secret: code === '111111' ? '222222' : '111111' })).html).toContain('4 tries left')
    expect((await visitor.post('/account/email/code', { secret: code })).html).toContain('Email address confirmed')
    expect((await person.facts()).identifiers.find(i => i.supersededAt === null)?.value).toBe('new@example.com')
  })

  test('F33 a number of another country is refused in words', async () => {
    const ctx = await exchange()
    const visitor = await signedIn(await passwordOwner(ctx))
    await verify(visitor, ctx, 'phone.add')
    const page = await visitor.post('/account/phone', { address: '+99600000001' })
    expect([page.status, page.html]).toEqual([400, expect.stringContaining('can’t send text messages to this country')])
    expect(page.html).toContain('value="+99600000001"')
  })

  test('K38 the last way in is not even offered', async () => {
    const visitor = await signedIn(await passwordOwner(await exchange()))
    const page = await visitor.get('/account/password/remove')
    expect([page.status, page.html]).toEqual([409, expect.stringContaining('This is your only way in')])
    expect(page.html).toContain('LK311')
    expect((await visitor.get('/account/email/remove')).html).toContain('This is your only address')
  })
})

describe('F35 the sheet of recovery codes', () => {
  test('is shown once, carries its own file, and asks whether it was saved', async () => {
    const ctx = await exchange()
    const person = await passwordOwner(ctx)
    const visitor = await signedIn(person)
    expect((await visitor.get('/account/recovery-codes')).html).toContain('No recovery codes yet')
    expect(await verify(visitor, ctx, 'recovery_codes.add')).toBe('/account/recovery-codes/new')
    await visitor.get('/account/recovery-codes/new')
    const sheet = await visitor.post('/account/recovery-codes/new', { return_to: '/account/security?x=1' })
    const codes = [...sheet.html.matchAll(/<li>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})<\/li>/g)].map(match => match[1] ?? '')
    expect(codes).toHaveLength(10)
    const file = decodeURIComponent(
      /href="data:text\/plain;charset=utf-8,([^"]+)" download="recovery-codes.txt"/.exec(sheet.html)?.[1] ?? '',
    )
    expect(codes.every(code => file.includes(code))).toBe(true)
    expect(sheet.html).toContain('Later')
    const set = /name="set" value="([^"]+)"/.exec(sheet.html)?.[1] ?? ''
    expect((await visitor.post('/account/recovery-codes/new')).to).toBe('/account/verify?operation=recovery_codes.replace')
    const unticked = await visitor.post('/account/recovery-codes/saved', { set, return_to: '/account/security?x=1' })
    expect([unticked.status, unticked.html]).toEqual([400, expect.stringContaining('You haven’t saved your codes')])
    expect(codes.some(code => unticked.html.includes(code))).toBe(false)
    expect((await visitor.post('/account/recovery-codes/saved', { set, saved: 'yes', return_to: '/account/security?x=1' })).to).toBe(
      '/account/security?x=1',
    )
    const state = await visitor.get('/account/recovery-codes')
    expect(state.html).toContain('10 of 10 left')
    expect(state.html).toContain('You saved them')
  })

  test('has no Later where codes are demanded, and leads nowhere but to us', async () => {
    const ctx = await exchange()
    const strict = { ...ctx, config: { ...ctx.config, policy: { ...ctx.config.policy, recoveryCodes: 'demanded' as const } } }
    const visitor = await signedIn(await passwordOwner(strict))
    await verify(visitor, strict, 'recovery_codes.add')
    await visitor.get('/account/recovery-codes/new')
    const sheet = await visitor.post('/account/recovery-codes/new', { return_to: '//evil.example' })
    expect(sheet.html).not.toContain('Later')
    expect(sheet.html).not.toContain('evil.example')
    expect((await visitor.post('/account/recovery-codes/saved', { saved: 'yes', return_to: 'https://evil.example/' })).to).toBe(
      '/account/security',
    )
  })
})

describe('forgotten password', () => {
  test('from the address to the new password', async () => {
    const ctx = await exchange()
    await passwordOwner(ctx)
    const visitor = new Visitor(ctx)
    await visitor.get('/forgot-password')
    expect((await visitor.post('/forgot-password', { identifier: 'ana@example.com' })).to).toMatch(/^\/forgot-password\/step\?sent=/)
    expect((await visitor.post('/forgot-password/step', { method: 'email', secret: await sentCode(ctx) })).to).toBe('/forgot-password/step')
    const page = await visitor.get('/forgot-password/step')
    expect(page.html).toContain('Withdrawals pause until')
    expect((await visitor.post('/forgot-password/new', { password: 'short' })).html).toContain('Use at least 8 characters.')
    const done = await visitor.post('/forgot-password/new', { password: OTHER_PASSWORD })
    expect(done.html).toContain('Your password was changed')
    expect(visitor.cookies.has('__Host-lk_s')).toBe(false)
    expect((await visitor.get('/forgot-password/step')).to).toBe('/forgot-password')
  })

  test('F50 looks the same for an address that nobody has', async () => {
    const ctx = await exchange()
    await passwordOwner(ctx)
    const pages = async (identifier: string): Promise<string[]> => {
      const visitor = new Visitor(ctx)
      await visitor.get('/forgot-password')
      const at = ctx.now()
      const start = await visitor.post('/forgot-password', { identifier })
      const { params } = await newestMessage(ctx)
      const step = await visitor.get('/forgot-password/step')
      const wrong = await visitor.post('/forgot-password/step', { method: 'email', secret: params.code === '111111' ? '222222' : '111111' })
      const own = (text: string): string =>
        text
          .replaceAll(identifier, 'ADDRESS')
          .replace(/nonce="[^"]+"|name="form_token" value="[^"]+"/g, '')
          .replaceAll(String(at + 30_000), 'RETRY')
      return [start.to, step.html, wrong.html].map(own)
    }
    expect(await pages('nobody@example.com')).toEqual(await pages('ana@example.com'))
  })
})
