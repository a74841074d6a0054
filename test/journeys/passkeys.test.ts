import { type RunningLatchkey, startLatchkey, TestBrowser } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let server: RunningLatchkey
beforeAll(async () => {
  server = await startLatchkey({ policy: { preset: 'exchange' } })
})
afterAll(() => server.close())

let count = 0
const address = (): string => `person${++count}@example.com`

/** A browser with a fresh account that has one passkey. */
async function member(): Promise<{ browser: TestBrowser; email: string }> {
  const browser = server.browser()
  const email = address()
  await browser.signUp(email)
  return { browser, email }
}

const DAY = 86_400_000
/** Past the founding day and every trust clock (an hour of the policy is 5 s in development). */
const nextDay = (): void => server.clock.advance(2 * DAY)

describe('sign-up and sign-in with a passkey', () => {
  it('K1, O1: signs in with a passkey and types no password', async () => {
    const { browser } = await member()
    browser.forget()
    const page = await browser.signIn()
    expect(page.status).toBe(200)
    expect(page.url).toBe('/account/security')
  })

  it('K2, F18: a passkey without user verification opens no session', async () => {
    const { browser } = await member()
    browser.forget()
    const page = await browser.open('/sign-in')
    const response = await browser.authenticator.get(TestBrowser.options(page), { userVerified: false })
    const answer = await browser.submit('/sign-in/passkey', { response: JSON.stringify(response) })
    expect(answer.status).toBe(401)
    expect(answer.html).toContain('LK304')
    expect((await browser.api('/api/session')).body).toEqual({ session: null })
  })

  it('K4: an assertion made for another origin or RP ID is refused', async () => {
    const { browser } = await member()
    browser.forget()
    for (const wrong of [{ origin: 'https://evil.example' }, { rpId: 'evil.example' }]) {
      const page = await browser.open('/sign-in')
      const response = await browser.authenticator.get(TestBrowser.options(page), wrong)
      const answer = await browser.submit('/sign-in/passkey', { response: JSON.stringify(response) })
      expect(answer.status).toBe(400)
      expect(answer.html).toContain('LK306')
    }
  })

  it('O3, INV-3, V-14: one assertion signs in once, from no other browser, and not after five minutes', async () => {
    const { browser } = await member()
    browser.forget()
    const page = await browser.open('/sign-in')
    const response = JSON.stringify(await browser.authenticator.get(TestBrowser.options(page)))
    const other = server.browser()
    await other.open('/sign-in')
    expect((await other.submit('/sign-in/passkey', { response })).status).toBe(409)
    const jar = new Map(browser.cookies)
    expect((await browser.submit('/sign-in/passkey', { response })).url).toBe('/account/security')
    browser.cookies.clear()
    for (const [name, value] of jar) browser.cookies.set(name, value)
    await browser.open('/sign-in')
    expect((await browser.submit('/sign-in/passkey', { response })).status).toBe(409)
    const late = await browser.open('/sign-in')
    const old = JSON.stringify(await browser.authenticator.get(TestBrowser.options(late)))
    server.clock.advance(300_001)
    expect((await browser.submit('/sign-in/passkey', { response: old })).status).toBe(409)
  })

  it('K17, K18, F28: creating needs a session and a verification first', async () => {
    const stranger = server.browser()
    expect((await stranger.open('/account/passkeys/new')).url).toMatch(/^\/sign-in\?return_to=/)
    const { browser } = await member()
    nextDay()
    browser.forget()
    await browser.signIn()
    expect((await browser.open('/account/passkeys/new')).url).toMatch(/^\/account\/verify/)
    const options = await browser.api('/api/passkeys/options', {})
    expect(options.status).toBe(401)
    expect(options.body).toMatchObject({ code: 'step_up_required', operation: 'passkey.add' })
  })

  it('K28, O19, O20: several passkeys, each signs in by itself', async () => {
    const { browser } = await member()
    nextDay()
    browser.forget()
    await browser.signIn()
    expect((await browser.stepUp('passkey.add')).status).toBe(200)
    const page = await browser.open('/account/passkeys/new')
    const first = browser.authenticator
    const second = server.browser().authenticator
    const created = await browser.submit('/account/passkeys', { response: JSON.stringify(await second.create(TestBrowser.options(page))) })
    expect(created.url).toContain('/created')
    for (const device of [first, second]) {
      browser.forget()
      browser.authenticator = device
      expect((await browser.signIn()).url).toBe('/account/security')
    }
  })
})
