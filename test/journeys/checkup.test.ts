import { internals } from '@latchkey/server/internals'
import { SoftwareAuthenticator } from '@latchkey/testing/authenticator'
import { type RunningLatchkey, startLatchkey, TestBrowser } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccountId, CredentialId } from '../../packages/server/src/domain/types.ts'

const DAY = 86_400_000
const withdraw = { title: 'Approve withdrawal', labels: { amount: 'Amount' } }
const PASSWORD = 'seven green lanterns hum'
const OFFER = 'about three minutes'

let server: RunningLatchkey
let people = 0
beforeAll(async () => {
  server = await startLatchkey({ policy: { preset: 'exchange' }, actions: { withdraw } })
})
afterAll(() => server?.close())

interface Member {
  browser: TestBrowser
  email: string
  id: CredentialId
  accountId: AccountId
}

async function member(authenticator: Partial<ConstructorParameters<typeof SoftwareAuthenticator>[0]> = {}): Promise<Member> {
  const browser = server.browser()
  browser.authenticator = new SoftwareAuthenticator({ origin: server.origin, ...authenticator })
  const email = `checkup${++people}@example.com`
  await browser.signUp(email)
  const id = browser.authenticator.credentials[0]!.id as CredentialId
  const { ctx } = (await internals.get(server.latchkey))!
  return { browser, email, id, accountId: (await ctx.store.read.passkeys.find(id))!.accountId }
}

const offered = async (browser: TestBrowser): Promise<boolean> => (await browser.open('/account/security')).html.includes(OFFER)
const SYNCED = { backupEligible: true, backupState: true }

describe('O25, S25: the security checkup', () => {
  it('names what is weak with one step for each, and what holds', async () => {
    const { browser } = await member({ backupEligible: false, backupState: false })
    const { html } = await browser.open('/account/checkup')
    expect(html).toContain('Your only passkey is on one device')
    expect(html).toContain('href="/account/passkeys/new"')
    expect(html).toContain('You have no recovery codes')
    expect(html).toContain('2 points')
    expect(html).toMatch(/Email\.<\/strong>.*c•+@example\.com/s)
    expect(html).not.toContain('Nothing is weak')
  })

  it('is offered once a new device has signed in, until the owner went through it', async () => {
    const { browser } = await member(SYNCED)
    expect(await offered(browser)).toBe(false)
    server.clock.advance(DAY)
    const phone = server.browser()
    phone.authenticator = browser.authenticator
    await phone.signIn()
    expect([await offered(browser), await offered(phone)]).toEqual([true, true])
    await phone.open('/account/checkup')
    const done = await phone.submit('/account/checkup', {})
    expect([done.status, done.url]).toEqual([200, '/account/security'])
    expect([await offered(browser), await offered(phone)]).toEqual([false, false])
    const { body } = await phone.api<{ items: { kind: string }[] }>('/api/activity')
    expect(body.items.map(({ kind }) => kind)).toContain('account.checkup')
    // a browser that signs in again is no new device
    server.clock.advance(DAY)
    await phone.open('/account/security')
    await phone.submit('/sign-out')
    await phone.signIn()
    expect(await offered(phone)).toBe(false)
  })

  it('is not finished by whoever came in with less than the owner’s passkey', async () => {
    const { browser, email } = await member(SYNCED)
    await browser.stepUp('password.change')
    await browser.open('/account/password')
    await browser.submit('/account/password', { password: PASSWORD })
    server.clock.advance(2 * DAY)
    const thief = server.browser()
    await thief.signInWithPassword(email, PASSWORD)
    await thief.submit('/sign-in/send', { method: 'email' })
    await thief.submit('/sign-in/second', { method: 'email', secret: await server.code(email) })
    expect(await offered(thief)).toBe(true)
    expect((await thief.open('/account/checkup')).html).toContain('Sign in with your passkey to finish it')
    await thief.submit('/account/checkup', {})
    expect(await offered(thief)).toBe(true)
    browser.forget()
    await browser.signIn()
    expect(await offered(browser)).toBe(true)
    await browser.submit('/account/checkup', {})
    expect([await offered(browser), await offered(thief)]).toEqual([false, false])
  })

  it('is finished by two steps where there is no passkey', async () => {
    const browser = server.browser()
    const email = `checkup${++people}@example.com`
    await browser.signUpWithPassword(email, PASSWORD)
    server.clock.advance(180 * DAY)
    await browser.signInWithPassword(email, PASSWORD)
    await browser.submit('/sign-in/send', { method: 'email' })
    await browser.submit('/sign-in/second', { method: 'email', secret: await server.code(email) })
    expect(await offered(browser)).toBe(true)
    expect((await browser.open('/account/checkup')).html).toContain('You have no passkey yet')
    await browser.submit('/account/checkup', {})
    expect(await offered(browser)).toBe(false)
  })

  it('and every 180 days', async () => {
    const { browser } = await member(SYNCED)
    server.clock.advance(180 * DAY)
    browser.forget()
    await browser.signIn()
    expect(await offered(browser)).toBe(true)
    await browser.submit('/account/checkup', {})
    expect(await offered(browser)).toBe(false)
  })

  it('O25, O26 tells an app by JSON what is weak, and takes what its owner says', async () => {
    const { browser, id, email } = await member({ backupEligible: false, backupState: false })
    const { body } = await browser.api<Record<string, unknown>>('/api/checkup')
    expect(body).toEqual({ due: false, weak: ['one_device', 'no_codes'], copied: [], stale: [], oldSessions: [], mayFinish: true })
    server.clock.advance(180 * DAY)
    browser.forget()
    await browser.signIn()
    const later = await browser.api<Record<string, unknown>>('/api/checkup')
    expect(later.body).toMatchObject({ due: true, stale: [] })
    expect((await browser.api('/api/checkup', {})).body).toEqual({ finished: true })
    expect((await browser.api('/api/checkup')).body).toMatchObject({ due: false })
    await browser.stepUp('password.change')
    await browser.open('/account/password')
    await browser.submit('/account/password', { password: PASSWORD })
    server.clock.advance(181 * DAY)
    const other = server.browser()
    await other.signInWithPassword(email, PASSWORD)
    await other.submit('/sign-in/send', { method: 'email' })
    await other.submit('/sign-in/second', { method: 'email', secret: await server.code(email) })
    expect((await other.api('/api/checkup')).body).toMatchObject({ due: true, mayFinish: false, stale: [id] })
    expect((await other.api('/api/checkup', {})).body).toEqual({ finished: false })
    expect((await other.api(`/api/passkeys/${id}/keep`, {})).body).toEqual({ status: 'done' })
    expect((await other.api('/api/checkup')).body).toMatchObject({ stale: [] })
  })

  it('O26, N7: stale passkeys are kept or deleted there, with what each one did', async () => {
    const { browser, id, accountId } = await member(SYNCED)
    server.clock.advance(DAY)
    browser.forget()
    await browser.signIn()
    await browser.stepUp('passkey.add')
    const page = await browser.open('/account/passkeys/new')
    const key = new SoftwareAuthenticator({ origin: server.origin })
    await browser.submit('/account/passkeys', { response: JSON.stringify(await key.create(TestBrowser.options(page))) })
    const { ctx } = (await internals.get(server.latchkey))!
    const event = { kind: 'approval.approve', accountId, sessionId: null, credentialId: id, body: {}, detail: null }
    await ctx.store.transaction(tx => tx.events.insert({ ...event, id: `${people}-approved`, at: ctx.now() }))
    const deletion = await browser.open(`/account/passkeys/${id}/delete`)
    expect(deletion.html).toContain('It approved 1 request, the last on')
    server.clock.advance(181 * DAY)
    browser.forget()
    await browser.signIn()
    const { html } = await browser.open('/account/checkup')
    expect(html).toContain('Are these still yours?')
    const stale = html.slice(html.indexOf('Are these still yours?'))
    const other = key.credentials[0]!.id
    expect([stale.includes(`/account/passkeys/${other}/keep`), stale.includes(`/account/passkeys/${id}/keep`)]).toEqual([true, false])
    expect(stale).toContain('it only signed in')
    const kept = await browser.submit(`/account/passkeys/${other}/keep`, { from: 'checkup' })
    expect([kept.status, kept.url]).toEqual([200, `/account/checkup?done=kept&id=${other}`])
    expect(kept.html).not.toContain('Are these still yours?')
  })

  it('asks a stranger to sign in, and a frozen account to look at what is frozen', async () => {
    expect((await server.browser().open('/account/checkup')).url).toMatch(/^\/sign-in\?return_to=/)
    const { browser } = await member(SYNCED)
    await browser.api('/api/freeze', {})
    browser.forget()
    await browser.signIn()
    expect((await browser.open('/account/checkup')).url).toBe('/account/frozen')
  })
})
