import { SoftwareAuthenticator } from '@latchkey/testing/authenticator'
import { type RunningLatchkey, startLatchkey, TestBrowser } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let server: RunningLatchkey
beforeAll(async () => {
  server = await startLatchkey({ policy: { preset: 'exchange' } })
})
afterAll(() => server.close())

const DAY = 86_400_000
let count = 0
const address = (): string => `row${++count}@example.com`

describe('sign-in, for everybody and for second steps', () => {
  it('K27: a passkey made without user verification is refused', async () => {
    const browser = server.browser()
    const email = address()
    await browser.open('/sign-up')
    await browser.submit('/sign-up', { identifier: email })
    await browser.submit('/sign-up/code', { secret: await server.code(email) })
    const page = await browser.open('/sign-up/passkey')
    const options = TestBrowser.options<{ authenticatorSelection: { userVerification: string } }>(page)
    expect(options.authenticatorSelection.userVerification).toBe('required')
    const response = await browser.authenticator.create(options as never, { userVerified: false })
    const answer = await browser.submit('/sign-up/passkey', { response: JSON.stringify(response) })
    expect(answer.html).toContain('LK304')
    expect((await browser.api('/api/session')).body).toEqual({ session: null })
  })

  it('K32, F50: after the identifier everybody gets one page, the passkey first on it', async () => {
    const owner = server.browser()
    const email = address()
    await owner.signUp(email)
    const pages: string[] = []
    for (const identifier of [email, 'nobody@example.com']) {
      const stranger = server.browser()
      await stranger.open('/sign-in')
      const page = await stranger.submit('/sign-in', { identifier })
      expect(page.url).toBe('/sign-in/next')
      expect(page.html.indexOf('Continue with passkey')).toBeGreaterThan(0)
      expect(page.html.indexOf('Continue with passkey')).toBeLessThan(page.html.indexOf('name="password"'))
      pages.push(neutral(page.html, identifier))
    }
    expect(pages[0]).toBe(pages[1])
  })

  it('O41: unknown account and wrong password get one neutral message, byte for byte', async () => {
    const owner = server.browser()
    const email = address()
    await owner.signUpWithPassword(email, 'seven green lanterns hum')
    const pages: string[] = []
    for (const identifier of [email, 'nobody@example.com']) {
      const page = await server.browser().signInWithPassword(identifier, 'not the password at all')
      expect(page.status).toBe(401)
      expect(page.html).toContain('That email or password isn’t right.')
      pages.push(neutral(page.html, identifier))
    }
    expect(pages[0]).toBe(pages[1])
  })

  it('F8: the sign-in page offers passkeys in the field itself, with options of its own', async () => {
    const { html } = await server.browser().open('/sign-in')
    expect(html).toMatch(/autocomplete="username webauthn"/)
    expect(html).toContain('If you have a passkey, pick it from the list.')
    expect(html).toMatch(/data-lk-autofill="" data-lk-options="[^"]*challenge/)
  })

  it('F17: an own passkey is the second step behind a right password', async () => {
    const browser = server.browser()
    const email = address()
    await browser.signUpWithPassword(email, 'seven green lanterns hum')
    const page = await browser.open('/account/passkeys/new')
    expect(page.html).toContain('Where should it be saved?')
    await browser.submit('/account/passkeys', { response: JSON.stringify(await browser.authenticator.create(TestBrowser.options(page))) })
    browser.forget()
    await browser.signInWithPassword(email, 'seven green lanterns hum')
    const second = await browser.open('/sign-in/second?method=passkey')
    const options = TestBrowser.options<{ allowCredentials: unknown[] }>(second)
    expect(options.allowCredentials).toHaveLength(1)
    const answer = await browser.submit('/sign-in/second/passkey', {
      response: JSON.stringify(await browser.authenticator.get(options as never)),
    })
    expect(answer.url).toBe('/account/security')
  })

  it('F36: a trusted device skips the second step for thirty days', async () => {
    const browser = server.browser()
    const email = address()
    await browser.signUpWithPassword(email, 'seven green lanterns hum')
    await signInWithCode(browser, email, true)
    await signOutKeepingDevice(browser)
    expect((await browser.signInWithPassword(email, 'seven green lanterns hum')).url).toBe('/account/security')
    server.clock.advance(31 * DAY)
    await signOutKeepingDevice(browser)
    expect((await browser.signInWithPassword(email, 'seven green lanterns hum')).url).toMatch(/^\/sign-in\/second/)
    const stranger = server.browser()
    expect((await stranger.signInWithPassword(email, 'seven green lanterns hum')).url).toMatch(/^\/sign-in\/second/)
  })

  it('F36: and a new password ends that trust at once', async () => {
    const browser = server.browser()
    const email = address()
    await browser.signUpWithPassword(email, 'seven green lanterns hum')
    await signInWithCode(browser, email, true)
    await browser.submit('/account/verify/send', { operation: 'password.change', method: 'email' })
    await browser.submit('/account/verify/secret', { operation: 'password.change', method: 'email', secret: await server.code(email) })
    await browser.open('/account/password')
    await browser.submit('/account/password', { password: 'violet teapot marching home' })
    await signOutKeepingDevice(browser)
    expect((await browser.signInWithPassword(email, 'violet teapot marching home')).url).toMatch(/^\/sign-in\/second/)
  })

  async function signInWithCode(browser: TestBrowser, email: string, trust: boolean): Promise<void> {
    browser.forget()
    await browser.signInWithPassword(email, 'seven green lanterns hum')
    await browser.submit('/sign-in/send', { method: 'email' })
    const done = await browser.submit('/sign-in/second', {
      method: 'email',
      secret: await server.code(email),
      ...(trust ? { trust: 'on' } : {}),
    })
    expect(done.url).toBe('/account/security')
  }

  async function signOutKeepingDevice(browser: TestBrowser): Promise<void> {
    await browser.open('/account/security')
    await browser.submit('/sign-out')
  }
})

describe('more than one device', () => {
  it('O4, O21: a passkey of another new device is added and signs in there', async () => {
    const browser = server.browser()
    await browser.signUp(address())
    await browser.stepUp('passkey.add')
    const page = await browser.open('/account/passkeys/new')
    const laptop = server.browser({
      userAgent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15',
    })
    laptop.authenticator = new SoftwareAuthenticator({ origin: server.origin })
    await browser.submit('/account/passkeys', { response: JSON.stringify(await laptop.authenticator.create(TestBrowser.options(page))) })
    expect((await laptop.signIn()).url).toBe('/account/security')
    expect((await laptop.open('/account/passkeys')).html).toContain('Safari on macOS')
  })

  it('O11: where the host demands it, a second factor comes before the first passkey', async () => {
    const careful = await startLatchkey({ policy: { preset: 'product', passkeyNeedsSecondStep: true, emailStep: false } })
    try {
      const browser = careful.browser()
      await browser.signUpWithPassword('careful@example.com', 'seven green lanterns hum')
      const page = await browser.open('/account/passkeys/new')
      expect(page.status).toBe(409)
      expect(page.html).toContain('Turn on a second factor first.')
    } finally {
      await careful.close()
    }
  })
})

/** A page without what may differ: request id, nonce, form token, challenge, and the identifier as typed (INV-16). */
const neutral = (html: string, identifier: string): string =>
  html
    .replaceAll(identifier, 'IDENTIFIER')
    .replace(/nonce="[^"]*"/g, '')
    .replace(/name="form_token" value="[^"]*"/g, '')
    .replace(/&quot;challenge&quot;:&quot;[^&]*&quot;/g, '')
    .replace(/<span class="lk-avatar"[^>]*>[^<]*<\/span>/g, '')
