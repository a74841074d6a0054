import { type RunningLatchkey, startLatchkey, type TestBrowser } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let server: RunningLatchkey
beforeAll(async () => {
  server = await startLatchkey({ policy: { preset: 'product' } })
})
afterAll(() => server.close())

const PASSWORD = 'seven quiet harbours at dawn'
const SHOP = '/shop?cart=1'
const LEAVING = `/continue?return_to=${encodeURIComponent(SHOP)}&form=1`

const tokenOf = (html: string): string => /name="form_token" value="([^"]+)"/.exec(html)?.[1] ?? ''
/** A form as it stands in a tab that was opened before. */
const send = (browser: TestBrowser, path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  browser.request('POST', path, new URLSearchParams(fields).toString(), {
    accept: 'text/html',
    origin: server.origin,
    'content-type': 'application/x-www-form-urlencoded',
    ...headers,
  })
const anonymous = (browser: TestBrowser): string => [...browser.cookies].find(([name]) => name.startsWith('lk_p'))?.[1] ?? ''

let people = 0
async function member(): Promise<{ browser: TestBrowser; email: string }> {
  const browser = server.browser()
  const email = `tabs${++people}@example.com`
  await browser.signUpWithPassword(email, PASSWORD)
  await signOut(browser)
  return { browser, email }
}

async function signOut(browser: TestBrowser): Promise<void> {
  await browser.open('/account/security')
  expect((await browser.submit('/sign-out')).url).toBe('/sign-out')
  expect((await browser.api('/api/session')).body).toEqual({ session: null })
}

describe('FL-1 a page that was open for long', () => {
  it('the anonymous cookie is renewed by every answer, with the same value, until somebody signs in', async () => {
    const browser = server.browser()
    await browser.open('/sign-in')
    const before = anonymous(browser)
    for (const path of ['/sign-in', '/sign-up', '/recover']) {
      const answer = await browser.request('GET', path, undefined, { accept: 'text/html' })
      const line = answer.headers.getSetCookie().find(cookie => cookie.startsWith('lk_p'))
      expect(line).toMatch(new RegExp(`=${before}; Max-Age=86400`))
    }
    await browser.signUp('fl1@example.com')
    const signedIn = await browser.request('GET', '/account/security', undefined, { accept: 'text/html' })
    expect(signedIn.headers.getSetCookie()).toEqual([])
    // who stays signed in for longer than its day still needs one, for what begins at a first page
    const [name = ''] = [...browser.cookies.keys()].filter(key => key.startsWith('lk_p'))
    browser.cookies.delete(name)
    const later = await browser.request('GET', '/account/security', undefined, { accept: 'text/html' })
    expect(later.headers.getSetCookie()).toEqual([expect.stringMatching(/^lk_p\w*=[\w-]{43}; Max-Age=86400/)])
  })

  it.each([
    ['/sign-in', `/sign-in?return_to=${encodeURIComponent(SHOP)}`],
    ['/sign-up', `/sign-up?return_to=${encodeURIComponent(SHOP)}`],
    ['/forgot-password', '/forgot-password'],
    ['/recover/start', '/recover/start?with=totp'],
  ])('%s comes back with what was typed and where it led, and goes through', async (action, page) => {
    const browser = server.browser()
    const old = await browser.open(page)
    const goesOn = page.includes('return_to')
    browser.forget()
    const fields = { form_token: tokenOf(old.html), identifier: 'Old.Tab@example.com', with: 'totp', secret: 'x', return_to: SHOP }
    const answer = await send(browser, action, goesOn ? fields : { ...fields, return_to: '' })
    const html = await answer.text()
    expect(answer.status).toBe(403)
    expect(html).toContain('value="Old.Tab@example.com"')
    expect(html).toContain('LK305')
    expect(html).not.toContain('aria-invalid="true"')
    expect(html.includes(`name="return_to" value="${SHOP}"`)).toBe(goesOn)
    expect(html.includes('name="with" value="totp"')).toBe(action === '/recover/start')
    const again = await send(browser, action, { ...fields, form_token: tokenOf(html) })
    expect(again.status).toBe(303)
  })

  it('in the middle of a way in, after its ten minutes, it begins anew with what was typed and still leads there', async () => {
    const { browser, email } = await member()
    const begunAnew = (page: { status: number; html: string }, typed: string, action: string) =>
      expect([
        page.status,
        page.html.includes(`value="${typed}"`),
        page.html.includes(`name="return_to" value="${SHOP}"`),
        page.html.includes(`action="${action}"`),
      ]).toEqual([403, true, true, true])
    const fieldsOf = (html: string, action: string): Record<string, string> => {
      const form = html.split(`action="${action}"`)[1]?.split('</form>')[0] ?? ''
      return Object.fromEntries([...form.matchAll(/name="(identifier|return_to|method)" value="([^"]*)"/g)].map(m => [m[1], m[2]]))
    }
    await browser.open(`/sign-in?return_to=${encodeURIComponent(SHOP)}`)
    const next = await browser.submit('/sign-in', { identifier: email, return_to: SHOP })
    server.clock.advance(11 * 60_000)
    begunAnew(await browser.submit('/sign-in/password', { ...fieldsOf(next.html, '/sign-in/password'), password: 'x' }), email, '/sign-in')
    const other = server.browser()
    await other.open('/sign-up')
    const code = await other.submit('/sign-up', { identifier: 'fl1-middle@example.com', return_to: SHOP })
    server.clock.advance(11 * 60_000)
    const late = await other.submit('/sign-up/code', { ...fieldsOf(code.html, '/sign-up/code'), secret: '123456' })
    begunAnew(late, 'fl1-middle@example.com', '/sign-up')
  })

  it('a wrong address keeps where it led', async () => {
    const browser = server.browser()
    await browser.open(`/sign-in?return_to=${encodeURIComponent(SHOP)}`)
    for (const path of ['/sign-in', '/sign-up']) {
      const page = await browser.submit(path, { identifier: 'nobody', return_to: SHOP })
      expect([page.status, page.html.includes(`name="return_to" value="${SHOP}"`)]).toEqual([400, true])
    }
  })

  it('a page in the middle of a way in, opened after its end, begins anew', async () => {
    for (const [path, begin] of [
      ['/sign-in/next', '/sign-in'],
      ['/sign-in/second', '/sign-in'],
      ['/sign-up/code', '/sign-up'],
      ['/recover/proof', '/recover'],
      ['/recover/passkey', '/recover'],
      ['/recover/password', '/recover'],
    ] as const) {
      const page = await server.browser().open(path)
      expect([path, page.status, page.url]).toEqual([path, 200, begin])
    }
  })

  it('the last form of a recovery that has ended begins it anew; signed in by now, it leads on', async () => {
    const { browser, email } = await member()
    const form_token = tokenOf((await browser.open('/recover')).html)
    for (const path of ['/recover/password', '/recover/passkey', '/recover/passkey/options']) {
      const answer = await send(browser, path, { form_token, password: PASSWORD, response: '{}' })
      const html = await answer.text()
      expect([path, answer.status, html.includes('LK305'), html.includes('action="/recover/start"')]).toEqual([path, 403, true, true])
    }
    await browser.signInWithPassword(email, PASSWORD)
    const left = await send(browser, '/recover/password', { form_token, password: PASSWORD })
    expect([left.status, left.headers.get('location')]).toEqual([303, '/account/security'])
  })

  it('another site’s form is still refused, with and without a token', async () => {
    const browser = server.browser()
    const { html } = await browser.open('/sign-in')
    for (const form_token of [tokenOf(html), 'none']) {
      const answer = await send(browser, '/sign-in', { form_token, identifier: 'a@example.com' }, { origin: 'https://evil.example' })
      expect(answer.status).toBe(403)
      expect(await answer.text()).toContain('LK403')
    }
  })
})

describe('FL-2 signed in or out in another tab', () => {
  it('the form of a way in leads on to where the person wanted to go', async () => {
    const { browser, email } = await member()
    const tab = await browser.open(`/sign-in?return_to=${encodeURIComponent(SHOP)}`)
    const form_token = tokenOf(tab.html)
    await browser.signInWithPassword(email, PASSWORD)
    const fields = { form_token, identifier: email, password: PASSWORD, secret: '123456', response: '{}', return_to: SHOP }
    for (const path of [
      '/sign-in',
      '/sign-in/passkey',
      '/sign-in/password',
      '/sign-in/second',
      '/sign-up',
      '/recover/start',
      '/forgot-password',
    ]) {
      const answer = await send(browser, path, fields)
      expect([path, answer.status, answer.headers.get('location')]).toEqual([path, 303, LEAVING])
      const nowhere = await send(browser, path, { ...fields, return_to: 'https://evil.example/' })
      expect([path, nowhere.headers.get('location')]).toEqual([path, '/account/security'])
    }
    expect((await browser.api<{ session: object | null }>('/api/session')).body.session).not.toBeNull()
  })

  it('after a sign-out the form of an account page leads to the sign-in and back to its page', async () => {
    const { browser, email } = await member()
    await browser.signInWithPassword(email, PASSWORD)
    const form_token = tokenOf((await browser.open('/account/sessions')).html)
    await signOut(browser)
    const leads = async (referer: string) => {
      const answer = await send(browser, '/account/sessions/end-others', { form_token }, referer ? { referer } : {})
      const html = await answer.text()
      expect([answer.status, html.includes('action="/sign-in"')]).toEqual([401, true])
      return /name="return_to" value="([^"]+)"/.exec(html)?.[1]
    }
    expect(await leads(`${server.origin}/account/sessions?x=1`)).toBe('/account/sessions?x=1')
    for (const other of ['', 'https://evil.example/account/sessions', `${server.origin}/shop`, 'nonsense'])
      expect([other, await leads(other)]).toEqual([other, '/account/security'])
    const approval = await send(browser, '/approve/0199-x/reject', { form_token })
    expect(await approval.text()).toContain('name="return_to" value="/approve/0199-x"')
    expect((await send(browser, '/sign-out', { form_token })).headers.get('location')).toBe('/sign-out')
  })

  it('signed in anew, the old tab’s form does nothing, says so, and leads to its page', async () => {
    const { browser, email } = await member()
    await browser.signInWithPassword(email, PASSWORD)
    const form_token = tokenOf((await browser.open('/account/sessions')).html)
    await signOut(browser)
    await browser.signInWithPassword(email, PASSWORD)
    const referer = `${server.origin}/account/sessions`
    const answer = await send(browser, '/account/sessions/end-others', { form_token }, { referer })
    const html = await answer.text()
    expect([answer.status, html.includes('LK305'), html.includes(`href="${referer}"`)]).toEqual([403, true, true])
  })
})

describe('BR-1 without script', () => {
  it('a form leads out to the host’s page by a page of ours that leaves by itself', async () => {
    const { browser, email } = await member()
    await browser.open(`/sign-in?return_to=${encodeURIComponent(SHOP)}`)
    const next = await browser.submit('/sign-in', { identifier: email, return_to: SHOP })
    const left = await send(browser, '/sign-in/password', { form_token: tokenOf(next.html), password: PASSWORD })
    expect([left.status, left.headers.get('location')]).toEqual([303, LEAVING])
    const answer = await browser.request('GET', LEAVING, undefined, { accept: 'text/html' })
    expect([answer.status, answer.headers.get('refresh')]).toEqual([200, `0;url=${SHOP}`])
    expect(await answer.text()).toContain(`href="${server.origin}${SHOP}"`)
    // what the kit's browser does, too
    expect((await browser.open(LEAVING)).url).toBe(SHOP)
  })

  it('INV-18: to no other origin', async () => {
    for (const target of ['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)']) {
      const path = `/continue?form=1&return_to=${encodeURIComponent(target)}`
      const answer = await server.browser().request('GET', path, undefined, { accept: 'text/html' })
      expect([target, answer.headers.get('refresh')]).toEqual([target, '0;url=/'])
    }
  })
})
