import { internals } from '@latchkey/server/internals'
import { startPostgres, type TestPostgres, totpFromUri } from '@latchkey/testing'
import { SoftwareAuthenticator } from '@latchkey/testing/authenticator'
import { type RunningLatchkey, startLatchkey, TestBrowser } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { countedGuess } from '../../packages/server/src/limits/index.ts'

const DAY = 86_400_000
const PASSWORD = 'seven green lanterns hum'
let postgres: TestPostgres
let server: RunningLatchkey
beforeAll(async () => {
  postgres = await startPostgres()
  const withdraw = { title: 'Approve withdrawal', verb: 'Approve', amountField: 'amount', labels: { amount: 'Amount', to: 'To' } }
  server = await startLatchkey({
    database: await postgres.createDatabase('journeys'),
    policy: { preset: 'exchange' },
    actions: { withdraw },
  })
})
afterAll(async () => {
  await server?.close()
  await postgres?.stop()
})

let people = 0
const address = (): string => `postgres${++people}@example.com`
const names = async (browser: TestBrowser): Promise<string[]> =>
  (await browser.api<{ items: { name: string }[] }>('/api/passkeys')).body.items.map(passkey => passkey.name)

/** Somebody with one passkey, two days later, signed in with it. */
async function member(): Promise<{ browser: TestBrowser; email: string; first: SoftwareAuthenticator }> {
  const browser = server.browser()
  const email = address()
  await browser.signUp(email)
  server.clock.advance(2 * DAY)
  browser.forget()
  expect((await browser.signIn()).url).toBe('/account/security')
  return { browser, email, first: browser.authenticator }
}

async function addPasskey(browser: TestBrowser): Promise<{ device: SoftwareAuthenticator; id: string }> {
  await browser.stepUp('passkey.add')
  const page = await browser.open('/account/passkeys/new')
  const device = new SoftwareAuthenticator({ origin: server.origin })
  const done = await browser.submit('/account/passkeys', { response: JSON.stringify(await device.create(TestBrowser.options(page))) })
  expect(done.url).toContain('/created')
  return { device, id: device.credentials[0]!.id }
}

async function proveByMail(browser: TestBrowser, email: string, operation: string): Promise<void> {
  await browser.open(`/account/verify?operation=${operation}`)
  await browser.submit('/account/verify/send', { operation, method: 'email' })
  await browser.submit('/account/verify/secret', { operation, method: 'email', secret: await server.code(email) })
}

describe('the key journeys on PostgreSQL', () => {
  it.each([0.5, 1e9])('F48: a right guess costs nothing where every limit is multiplied by %d', async limitFactor => {
    const { ctx } = await internals.get(server.latchkey)!
    const scaled = { ...ctx, config: { ...ctx.config, limitFactor } }
    const attempt = { stage: 'door', ip: '192.0.2.200', identifier: `${limitFactor}` } as const
    for (let n = 0; n < 4; n++) expect(await countedGuess(scaled, 'password', attempt, async () => ({ fits: n }))).toBe(n)
  })

  it('K1, K28, F1, K34: sign up, sign in, a second passkey, its name, its end', async () => {
    const { browser } = await member()
    const { device, id } = await addPasskey(browser)
    expect(await names(browser)).toHaveLength(2)
    expect((await browser.api(`/api/passkeys/${id}`, { label: 'Work laptop' }, 'PATCH')).status).toBe(200)
    expect(await names(browser)).toContain('Work laptop')
    const laptop = server.browser()
    laptop.authenticator = device
    expect((await laptop.signIn()).url).toBe('/account/security')
    await browser.stepUp('passkey.remove', id)
    expect((await browser.api(`/api/passkeys/${id}/remove`, {})).body).toMatchObject({ status: 'done' })
    expect((await laptop.api('/api/session')).body).toEqual({ session: null })
    expect((await laptop.signIn()).html).toContain('LK302')
    expect(await names(browser)).toHaveLength(1)
  })

  it('J6: a lost device’s passkey is suspended at once, and its session ends', async () => {
    const { browser } = await member()
    const { device, id } = await addPasskey(browser)
    const lost = server.browser()
    lost.authenticator = device
    await lost.signIn()
    await browser.open('/account/lost-device')
    expect((await browser.submit('/account/lost-device/suspend', { id })).status).toBe(200)
    expect((await lost.api('/api/session')).body).toEqual({ session: null })
    expect((await lost.signIn()).html).toContain('LK303')
    expect((await browser.api('/api/session')).body.session).not.toBeNull()
  })

  it('O38: an only passkey stays', async () => {
    const { browser, first } = await member()
    const id = first.credentials[0]!.id
    await browser.stepUp('passkey.remove', id)
    expect((await browser.api(`/api/passkeys/${id}/remove`, {})).body).toMatchObject({ code: 'last_way_in', ref: 'LK311' })
  })

  it('F32, F35: password and authenticator app; then a recovery code in its place', async () => {
    const browser = server.browser()
    const email = address()
    await browser.signUpWithPassword(email, PASSWORD)
    await proveByMail(browser, email, 'totp.add')
    const page = await browser.open('/account/factors/totp')
    const uri = /href="(otpauth:[^"]+)"/.exec(page.html)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const on = await browser.submit('/account/factors/totp', { code: await totpFromUri(uri, server.clock.now()) })
    expect(on.html).toContain('Authenticator app turned on')
    const [code = ''] = await recoveryCodes(browser, uri)

    server.clock.advance(60_000)
    expect((await signInBy(browser, email, 'totp', await totpFromUri(uri, server.clock.now()))).url).toBe('/account/security')
    expect((await signInBy(browser, email, 'recovery_code', code)).url).toBe('/account/security')
    expect((await signInBy(browser, email, 'recovery_code', code)).url).toMatch(/^\/sign-in\/second/)
  })

  async function recoveryCodes(browser: TestBrowser, uri: string): Promise<string[]> {
    server.clock.advance(31_000)
    const operation = 'recovery_codes.add'
    await browser.open(`/account/verify?operation=${operation}`)
    await browser.submit('/account/verify/secret', { operation, method: 'totp', secret: await totpFromUri(uri, server.clock.now()) })
    await browser.open('/account/recovery-codes/new')
    const sheet = await browser.submit('/account/recovery-codes/new')
    const codes = [...sheet.html.matchAll(/<li>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})<\/li>/g)].map(match => match[1] ?? '')
    expect(codes).toHaveLength(10)
    return codes
  }

  async function signInBy(browser: TestBrowser, email: string, method: string, secret: string) {
    browser.forget()
    expect((await browser.signInWithPassword(email, PASSWORD)).url).toMatch(/^\/sign-in\/second/)
    return browser.submit('/sign-in/second', { method, secret })
  }

  it('K3, F44, INV-7: an approval is signed, and redeemed once', async () => {
    const { browser } = await member()
    const { api } = server.latchkey
    const details = { amount: '0.5', to: 'bc1qexample' }
    const asked = await api.approvals.create(requestOf(browser), { action: 'withdraw', details, returnTo: '/wallet' })
    const page = await browser.open(new URL(asked.url).pathname)
    expect(page.html).toContain('bc1qexample')
    const response = JSON.stringify(await browser.authenticator.get(TestBrowser.options(page)))
    expect((await browser.submit(`${page.url}/passkey`, { response })).status).toBe(200)
    const redeem = () => api.approvals.consume(requestOf(browser), { id: asked.id, details })
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() =>
        redeem().then(
          ({ status }) => status,
          error => error.code,
        ),
      ),
    )
    expect(answers.filter(status => status === 'consumed')).toHaveLength(1)
    const other = { ...details, to: 'bc1qthief' }
    await expect(api.approvals.consume(requestOf(browser), { id: asked.id, details: other })).rejects.toThrow()
  })

  const requestOf = (browser: TestBrowser): Request =>
    new Request(`${server.origin}/wallet`, {
      headers: { cookie: [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    })
})
