import { internals } from '@latchkey/server/internals'
import { SoftwareAuthenticator } from '@latchkey/testing/authenticator'
import { type RunningLatchkey, startLatchkey, TestBrowser } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let server: RunningLatchkey
beforeAll(async () => {
  server = await startLatchkey({ policy: { preset: 'product' } })
})
afterAll(() => server.close())

const PASSWORD = 'seven quiet harbours at dawn'
const hidden = { clientExtensionResults: { credProps: { rk: false } } }

async function verified(browser: TestBrowser, address: string): Promise<void> {
  await browser.open('/sign-up')
  await browser.submit('/sign-up', { identifier: address })
  await browser.submit('/sign-up/code', { secret: await server.code(address) })
}

/** Adds a passkey whose client says that the sign-in page will not find it. */
async function addHidden(browser: TestBrowser): Promise<Awaited<ReturnType<TestBrowser['api']>>> {
  const { body } = await browser.api('/api/passkeys/options', {})
  const response = await browser.authenticator.create(body as never)
  return browser.api('/api/passkeys', { response: { ...response, ...hidden } })
}

describe('PK-4 a passkey that the sign-in page cannot find (credProps.rk: false)', () => {
  it('is refused as the first of a new account, which is made with another one', async () => {
    const browser = server.browser()
    await verified(browser, 'pk4-first@example.com')
    const page = await browser.open('/sign-up/passkey')
    const response = { ...(await browser.authenticator.create(TestBrowser.options(page))), ...hidden }
    const refused = await browser.submit('/sign-up/passkey', { response: JSON.stringify(response) })
    expect([refused.status, refused.html.includes('LK309')]).toEqual([400, true])
    expect(refused.html).toContain('href="/sign-up/passkey"')
    expect((await browser.api('/api/session')).body).toEqual({ session: null })
    browser.authenticator = new SoftwareAuthenticator({ origin: server.origin })
    const again = await browser.open('/sign-up/passkey')
    const made = await browser.authenticator.create(TestBrowser.options(again))
    expect((await browser.submit('/sign-up/passkey', { response: JSON.stringify(made) })).status).toBe(200)
    expect((await browser.api<{ account: object }>('/api/session')).body.account).toMatchObject({ waysIn: 1 })
  })

  it('beside a password it is kept, told, and no way in: the password cannot go, and it signs as second step only', async () => {
    const browser = server.browser()
    await browser.signUpWithPassword('pk4-more@example.com', PASSWORD)
    const added = await addHidden(browser)
    expect(added).toMatchObject({ status: 200, body: { first: false, passkey: { discoverable: false } } })
    const { id } = (added.body as { passkey: { id: string } }).passkey
    const created = await browser.open(`/account/passkeys/${id}/created`)
    expect(created.html).toContain('does not count as a way to sign in')
    expect((await browser.open('/account/passkeys')).html).toContain('Only after your password')
    expect((await browser.api<{ account: object }>('/api/session')).body.account).toMatchObject({ waysIn: 1 })
    await browser.stepUp('password.remove')
    expect((await browser.open('/account/password/remove')).html).toContain('LK311')
    expect((await browser.api<{ account: object }>('/api/session')).body.account).toMatchObject({ waysIn: 1 })
  })
})

describe('backup eligibility that changed', () => {
  const events = async (address: string) => {
    const { ctx } = (await internals.get(server.latchkey))!
    const found = await ctx.store.read.identifiers.find('email', address)
    const rows = await ctx.store.read.events.list(found!.accountId, null, 50)
    return rows.filter(({ kind }) => kind === 'backup_eligibility_changed').map(({ body }) => body)
  }

  it('is refused with words for the owner, and recorded; a wrong signature is told nothing', async () => {
    const browser = server.browser()
    await browser.signUp('be@example.com')
    const [key] = browser.authenticator.credentials
    Object.assign(key!, { backupEligible: !key!.backupEligible, backupState: false })
    browser.forget()
    const page = await browser.open('/sign-in')
    const forged = await browser.authenticator.get(TestBrowser.options(page), { signature: 'other-client-data' })
    expect((await browser.submit('/sign-in/passkey', { response: JSON.stringify(forged) })).html).toContain('LK306')
    expect(await events('be@example.com')).toEqual([])
    const refused = await browser.signIn()
    expect([refused.status, refused.html.includes('LK317')]).toEqual([400, true])
    expect(refused.html).toContain('create a new passkey')
    expect(refused.html).toContain('href="/sign-in/other"')
    expect((await browser.api('/api/session')).body).toEqual({ session: null })
    expect(await events('be@example.com')).toMatchObject([{ was: !key!.backupEligible, is: key!.backupEligible }])
  })

  it('is refused wherever a passkey signs: step-up', async () => {
    const browser = server.browser()
    await browser.signUp('be2@example.com')
    const [key] = browser.authenticator.credentials
    Object.assign(key!, { backupEligible: !key!.backupEligible, backupState: false })
    expect(await browser.stepUp('passkey.add')).toMatchObject({ status: 400, body: { code: 'passkey_backup_changed', ref: 'LK317' } })
    expect(await events('be2@example.com')).toHaveLength(1)
  })
})
