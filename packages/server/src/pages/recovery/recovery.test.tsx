import { beforeAll, describe, expect, test } from 'vitest'
import type { CredentialId } from '../../domain/types.ts'
import { freshToken } from '../../flows/account/session.ts'
import { anotherSession, havePassword, ORIGIN, type Person, passkeyOwner } from '../../flows/people.fixture.ts'
import { recoverBy } from '../../flows/recovery/recovery.fixture.ts'
import { createApp } from '../../http/app.ts'
import { makeCtx } from '../../methods/context.fixture.ts'
import { sessionRoutes } from '../security/sessions.tsx'
import { problemPage } from '../shell/problem.tsx'
import { lostDeviceRoutes } from './lost-device.tsx'
import { recoveryRoutes } from './recovery.tsx'

const HEADERS = { accept: 'text/html', 'user-agent': 'Mozilla/5.0 (iPhone) AppleWebKit/605 Version/18.0 Mobile/1 Safari/604.1' }

/** A browser: keeps cookies, fills the form token in. */
class Browser {
  readonly cookies = new Map<string, string>()
  private readonly app: ReturnType<typeof createApp>
  constructor(app: ReturnType<typeof createApp>) {
    this.app = app
  }

  async send(path: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await this.app.request(`${ORIGIN}${path}`, { ...init, headers: { ...HEADERS, ...init.headers, cookie } })
    for (const line of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=')
      if (value === '') this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return answer
  }

  async page(path: string): Promise<string> {
    return (await this.send(path)).text()
  }

  async token(page: string): Promise<string> {
    return /name="form_token" value="([^"]*)"/.exec(await this.page(page))?.[1] ?? ''
  }

  /** Posts fields as the form of `page` would, or with another token than its. */
  async post(page: string, action: string, fields: Record<string, string>, token?: string): Promise<Response> {
    const body = new URLSearchParams({ ...fields, form_token: token ?? (await this.token(page)) }).toString()
    return this.send(action, { method: 'POST', body, headers: { origin: ORIGIN, 'content-type': 'application/x-www-form-urlencoded' } })
  }
}

/** What differs between two loads of one page for one person. */
const plain = (html: string): string =>
  html
    .replace(/nonce="[^"]*"/g, '')
    .replace(/(name="form_token" value=")[^"]*/g, '$1')
    .replace(/&quot;challenge&quot;:&quot;[^&]*/g, '')

let person: Person
let app: ReturnType<typeof createApp>
beforeAll(async () => {
  const ctx = await makeCtx({ policy: { preset: 'exchange' }, limitFactor: 100 })
  person = await passkeyOwner(ctx)
  await havePassword(person)
  const assets = { path: (name: string) => `/assets/${name}`, respond: () => null }
  app = createApp(ctx, { assets, problemPage, pages: [recoveryRoutes, lostDeviceRoutes, sessionRoutes], clientIp: () => '192.0.2.9' })
}, 240_000)

/** Gives a browser the cookie of a live session. */
async function signedIn(session: { id: string }): Promise<Browser> {
  const browser = new Browser(app)
  const token = freshToken()
  await person.ctx.store.transaction(tx => tx.sessions.rotate(session.id as never, token, person.ctx.now()))
  browser.cookies.set('__Host-lk_s', token.value)
  return browser
}

describe('S17 what do you still have', () => {
  test('asks one question, "None of these" last, and offers no mail where the policy has none', async () => {
    const html = await new Browser(app).page('/recover')
    const rows = [...html.matchAll(/class="lk-row" href="([^"]*)"/g)].map(match => match[1])
    expect(rows).toEqual([
      '/sign-in/phone',
      '/recover/synced',
      '/recover/reset',
      '/recover/only-device',
      '/recover/start?with=recovery_code',
      '/recover/start?with=password',
      '/recover/start?with=totp',
      '/recover/none',
    ])
  })

  test.each([
    ['K39 O31', '/recover/synced/icloud', 'Turn on Sync this device'],
    ['K39 O32', '/recover/synced/google', 'the same Google account as before'],
    ['K39', '/recover/synced/microsoft', 'sign in to the same Microsoft account'],
    ['K39', '/recover/synced/manager', 'Sign in to it, and let it sync'],
    ['K40', '/recover/only-device', 'Nobody has a copy, and we can’t restore it'],
    ['O36', '/recover/reset', 'Restore the phone from its backup'],
    ['O24', '/recover/synced/icloud', 'while the screen lock holds'],
  ])('%s %s has at most three steps and says "%s…"', async (_row, path, words) => {
    const html = await new Browser(app).page(path)
    const steps = /<ol class="lk-steps[^>]*>(.*?)<\/ol>/s.exec(html)?.[1] ?? ''
    expect(steps.split('<li>').length - 1).toBeLessThanOrEqual(3)
    expect(html).toContain(words)
  })

  test('an unknown provider is no page', async () => {
    expect((await new Browser(app).send('/recover/synced/constructor')).status).toBe(404)
  })
})

describe('F50 INV-16 the pages of a recovery', () => {
  test('are the same bytes for a customer and for nobody', async () => {
    const answers = async (identifier: string): Promise<string[]> => {
      const browser = new Browser(app)
      const wrong = await browser.post('/recover/start?with=password', '/recover/start', {
        with: 'password',
        identifier,
        secret: 'something else',
      })
      const sent = await browser.post('/recover/start?with=totp', '/recover/start', { with: 'totp', identifier })
      person.ctx.clock.advance(61_000)
      const code = await browser.page((sent.headers.get('location') ?? '').replace(/sent=\d+/, 'sent=1'))
      return [wrong, sent].map(answer => String(answer.status)).concat(plain(await wrong.text()), plain(code))
    }
    const known = await answers('mei@example.com')
    const unknown = await answers('mia@example.com')
    expect(known[0]).toBe('401')
    expect(known[3]).toContain('If m•••@example.com belongs to an account')
    expect(unknown.map(html => html.replaceAll('mia@', 'mei@'))).toEqual(known)
  })
})

describe('INV-9', () => {
  test('the cookie of a recovery session opens the recovery and nothing else', async () => {
    const asking = await recoverBy(person, { codes: [], totp: '' }, ['password', 'email'])
    const browser = await signedIn(asking.session!)
    expect((await browser.send('/recover/passkey')).status).toBe(200)
    expect((await browser.send('/account/sessions')).headers.get('location')).toContain('/sign-in?return_to=')
    expect((await browser.post('/recover/password', '/account/sessions/end-others', {})).status).toBe(401)
    expect((await browser.post('/recover/password', '/account/lost-device/suspend', { id: 'x' })).status).toBe(401)
  })

  test('B16: nor do its forms count without their token, or with another browser’s', async () => {
    const asking = await recoverBy(person, { codes: [], totp: '' }, ['password', 'email'])
    const browser = await signedIn(asking.session!)
    for (const token of ['', 'x', await new Browser(app).token('/recover/start?with=password')])
      for (const [path, fields] of [
        ['/recover/passkey', { response: '{}' }],
        ['/recover/password', { password: 'violet teapot marching' }],
      ] as const) {
        const answer = await browser.post(path, path, fields, token)
        expect([answer.status, (await answer.text()).includes('LK305')]).toEqual([403, true])
      }
    expect((await browser.send('/recover/password')).status).toBe(200)
  })

  test('without one the recovery’s own routes are closed', async () => {
    const full = await signedIn((await anotherSession(person)).session!)
    for (const [browser, place, status] of [
      [new Browser(app), '/recover', 403],
      [full, '/account/security', 303],
    ] as const) {
      expect((await browser.send('/recover/passkey')).headers.get('location')).toBe(place)
      expect((await browser.post('/recover', '/recover/passkey', { response: '{}' })).status).toBe(status)
    }
  })
})

describe('the account’s pages', () => {
  test('S24 this device first, each other one with its button', async () => {
    const other = await anotherSession(person)
    const html = await (await signedIn((await person.caller()).session!)).page('/account/sessions')
    expect(html.indexOf('This device')).toBeLessThan(html.indexOf('Other devices'))
    expect(html).toContain('Signed in with passkey “')
    expect(html).toContain(`value="${other.session!.id}"`)
    expect(html).toContain('aria-label="Sign out Chrome on Windows"')
    expect(html).toContain('Sign out all others')
  })

  test('S15 one click suspends while the evidence is fresh; else it asks first', async () => {
    const [passkey] = (await person.facts()).passkeys
    const browser = await signedIn((await anotherSession(person)).session!)
    const only = await browser.post('/account/lost-device', '/account/lost-device/suspend', { id: passkey!.id })
    expect(only.headers.get('location')).toContain('/account/verify?operation=passkey.suspend')
    // the last trusted one is always asked for; beside another one the session's own steps do
    const second = { ...passkey!, id: 'c2Vjb25k' as CredentialId, autoLabel: 'Second' }
    await person.ctx.store.transaction(tx => tx.passkeys.insert(second))
    const html = await browser.page('/account/lost-device')
    expect(html).toContain('Which device is gone?')
    expect(html).toContain('while the screen lock holds')
    person.ctx.clock.advance(16 * 60_000)
    const asked = await browser.post('/account/lost-device', '/account/lost-device/suspend', { id: passkey!.id })
    expect(asked.headers.get('location')).toContain('/account/verify?operation=passkey.suspend')
    const fresh = await signedIn((await anotherSession(person)).session!)
    const done = await fresh.post('/account/lost-device', '/account/lost-device/suspend', { id: passkey!.id })
    expect(done.headers.get('location')).toBe(`/account/lost-device?suspended=${passkey!.id}`)
    const after = await fresh.page(done.headers.get('location') ?? '')
    expect(after).toContain('is suspended')
    expect(after).toContain('What to do next')
    expect(after).toContain('/account/verify?operation=passkey.reactivate')
  })
})
