import { SoftwareAuthenticator } from '@latchkey/testing/authenticator'
import { type RunningLatchkey, startLatchkey, TestBrowser } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const PASSWORD = 'seven green lanterns hum'
const MINUTE = 60_000

let server: RunningLatchkey
let people = 0
beforeAll(async () => {
  server = await startLatchkey({ policy: { preset: 'exchange' } })
})
afterAll(() => server?.close())

const newAddress = (): string => `forms${++people}@example.com`

async function withPassword(): Promise<{ browser: TestBrowser; email: string }> {
  const browser = server.browser()
  const email = newAddress()
  await browser.signUpWithPassword(email, PASSWORD)
  return { browser, email }
}

describe('a form that names no method of its step is malformed', () => {
  it('at the second step of a sign-in', async () => {
    const { browser, email } = await withPassword()
    browser.forget()
    await browser.signInWithPassword(email, PASSWORD)
    for (const method of ['nothing', 'password', 'passkey'])
      expect([method, (await browser.submit('/sign-in/second', { method, secret: '000000' })).status]).toEqual([method, 400])
  })

  it('at the step of a forgotten password', async () => {
    const { browser, email } = await withPassword()
    browser.forget()
    await browser.open('/forgot-password')
    await browser.submit('/forgot-password', { identifier: email })
    for (const method of ['nothing', 'password', 'passkey'])
      expect([method, (await browser.submit('/forgot-password/step', { method, secret: '000000' })).status]).toEqual([method, 400])
  })

  it('at the second proof of a recovery', async () => {
    const { browser, email } = await withPassword()
    browser.forget()
    await browser.open('/recover/start')
    const begun = await browser.submit('/recover/start', { with: 'password', identifier: email, secret: PASSWORD })
    expect(begun.url).toMatch(/^\/recover\/proof/)
    for (const method of ['nothing', 'password', 'passkey'])
      expect([method, (await browser.submit('/recover/proof', { method, secret: '000000' })).status]).toEqual([method, 400])
  })

  it('and a passkey is no secret of a verification', async () => {
    const browser = server.browser()
    await browser.signUp(newAddress())
    await browser.open('/account/verify?operation=passkey.add')
    const { status, html } = await browser.submit('/account/verify/secret', { operation: 'passkey.add', method: 'passkey', secret: 'x' })
    expect([status, html.includes('LK409')]).toEqual([409, true])
  })

  it.each(['null', '"text"', '7'])('“Try it” takes an object, and not %s', async body => {
    const browser = server.browser()
    const headers = { origin: server.origin, 'content-type': 'application/json', 'x-lk': '1' }
    expect((await browser.request('POST', '/try/passkey', body, headers)).status).toBe(400)
  })
})

it('too many wrong proofs end what the first one of a recovery opened, and the page says so', async () => {
  const { browser, email } = await withPassword()
  browser.forget()
  await browser.open('/recover/start')
  await browser.submit('/recover/start', { with: 'email', identifier: email })
  await browser.submit('/recover/proof', { method: 'email', secret: await server.code(email) })
  const answers: number[] = []
  for (let n = 0; n < 20 && answers.at(-1) !== 403; n++)
    answers.push((await browser.submit('/recover/proof', { method: 'password', secret: 'not this one' })).status)
  expect(answers).toEqual([400, 400, 400, 400, 403])
})

describe('F37: one session is ended', () => {
  it('after a verification, where the sign-in is too old', async () => {
    const browser = server.browser()
    await browser.signUp(newAddress())
    const other = server.browser()
    other.authenticator = browser.authenticator
    await other.signIn()
    server.clock.advance(20 * MINUTE)
    const page = await browser.open('/account/sessions')
    const [id] = [...page.html.matchAll(/name="id" value="([^"]+)"/g)].map(([, value]) => value)
    const asked = await browser.submit('/account/sessions/end', { id: id! })
    expect(asked.url).toMatch(/^\/account\/verify\?operation=session\.end/)
    const response = await browser.authenticator.get(TestBrowser.options(asked))
    const done = await browser.submit('/account/verify/passkey', {
      operation: 'session.end',
      target: id!,
      response: JSON.stringify(response),
    })
    expect([done.url, done.html.includes('Signed out.')]).toEqual(['/account/sessions?ended=one', true])
    expect((await other.open('/account/security')).url).toMatch(/^\/sign-in/)
    expect((await browser.open('/account/security')).url).toBe('/account/security')
  })

  it('the own one: its cookie goes with it', async () => {
    const browser = server.browser()
    await browser.signUp(newAddress())
    const { body } = await browser.api<{ items: { id: string; current: boolean }[] }>('/api/sessions')
    const kept = (): string[] => [...browser.cookies.keys()].filter(name => name.includes('lk_s'))
    expect(kept()).toHaveLength(1)
    await browser.open('/account/sessions')
    const done = await browser.submit('/account/sessions/end', { id: body.items.find(one => one.current)!.id })
    expect([done.url, kept()]).toEqual(['/sign-out', []])
  })

  it('by the host, for the request that it has', async () => {
    const browser = server.browser()
    await browser.signUp(newAddress())
    const copy = server.browser()
    for (const [name, value] of browser.cookies) copy.cookies.set(name, value)
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const cleared = await server.latchkey.api.signOut(new Request(server.origin, { headers: { cookie } }))
    expect(cleared).toMatch(/lk_s\w*=;.*Max-Age=0/i)
    expect((await copy.api('/api/session')).body.session).toBeNull()
  })
})

it('where text messages are off, there is no page for a phone number', async () => {
  const strict = await startLatchkey({ policy: { preset: 'strict' } })
  const browser = strict.browser()
  browser.authenticator = new SoftwareAuthenticator({ origin: strict.origin })
  await browser.signUp('strict@example.com')
  const { status, url, html } = await browser.open('/account/phone')
  expect([status, url, html.includes('LK409')]).toEqual([409, '/account/phone', true])
  await strict.close()
})
