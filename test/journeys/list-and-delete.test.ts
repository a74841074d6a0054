import { internals } from '@latchkey/server/internals'
import { SoftwareAuthenticator } from '@latchkey/testing/authenticator'
import { type RunningLatchkey, startLatchkey, TestBrowser } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CredentialId, Passkey, SessionId } from '../../packages/server/src/domain/types.ts'

let server: RunningLatchkey
beforeAll(async () => {
  server = await startLatchkey({ policy: { preset: 'exchange' } })
})
afterAll(() => server.close())

const DAY = 86_400_000
const NO_PASSKEY = { credentialId: null, userVerified: false, backupEligible: false, operation: null, target: null }
const ICLOUD = 'fbfc3007-154e-4ecc-8c0b-6e020557d7bd'
let count = 0

interface Member {
  browser: TestBrowser
  email: string
  ids: string[]
}

const passkeys = async (browser: TestBrowser) =>
  (
    await browser.api<{
      items: {
        id: string
        name: string
        kind: string
        createdIn: string
        lastUsedAt: number | null
        lastUsedIn: string | null
        provider: string | null
        openSessions: number
      }[]
    }>('/api/passkeys')
  ).body.items

/** The record of a passkey as it is kept. */
async function stored(id: string): Promise<Passkey | null> {
  const { ctx } = (await internals.get(server.latchkey))!
  return ctx.store.read.passkeys.find(id as CredentialId)
}

/** An account two days old with `n` passkeys on devices of their own; the browser holds the first. */
async function member(n: number): Promise<Member & { devices: SoftwareAuthenticator[] }> {
  const browser = server.browser()
  const email = `owner${++count}@example.com`
  await browser.signUp(email)
  const devices = [browser.authenticator]
  for (let i = 1; i < n; i++) devices.push(await addPasskey(browser))
  server.clock.advance(2 * DAY)
  browser.forget()
  await browser.signIn()
  return { browser, email, devices, ids: devices.map(d => d.credentials[0]?.id ?? '') }
}

async function addPasskey(
  browser: TestBrowser,
  options: Partial<ConstructorParameters<typeof SoftwareAuthenticator>[0]> = {},
): Promise<SoftwareAuthenticator> {
  await browser.stepUp('passkey.add')
  const page = await browser.open('/account/passkeys/new')
  const device = new SoftwareAuthenticator({ origin: server.origin, ...options })
  const done = await browser.submit('/account/passkeys', { response: JSON.stringify(await device.create(TestBrowser.options(page))) })
  if (!done.url.includes('/created')) throw new Error(`${done.status} ${done.url}`)
  return device
}

async function remove(browser: TestBrowser, id: string): Promise<{ status: number; url: string }> {
  const page = await browser.open(`/account/passkeys/${id}/delete`)
  const response = await browser.authenticator.get(TestBrowser.options(page))
  return browser.submit('/account/verify/passkey', { operation: 'passkey.remove', target: id, response: JSON.stringify(response) })
}

/** The same registration under another credential id; attestation none signs nothing. */
function withCredentialId<T extends { id: string; rawId: string; response: { attestationObject: string } }>(
  registration: T,
  id: string,
): T {
  const object = Buffer.from(registration.response.attestationObject, 'base64url')
  Buffer.from(id, 'base64url').copy(object, object.indexOf(Buffer.from(registration.id, 'base64url')))
  return { ...registration, id, rawId: id, response: { ...registration.response, attestationObject: object.toString('base64url') } }
}

describe('the list', () => {
  it('O17, F2, F3, F7: a new passkey shows at once with name, provider, date and status', async () => {
    const { browser } = await member(1)
    await addPasskey(browser, { aaguid: ICLOUD, backupEligible: true, backupState: true })
    const list = await passkeys(browser)
    expect(list.find(p => p.provider === 'iCloud Keychain')).toMatchObject({
      name: 'iCloud Keychain',
      kind: 'synced',
      createdIn: 'Chrome on Windows',
    })
    const { html } = await browser.open('/account/passkeys')
    expect(html).toContain('iCloud Keychain')
    expect(html).toContain('Synced')
    await addPasskey(browser, { aaguid: ICLOUD, backupEligible: true, backupState: true })
    expect((await passkeys(browser)).map(p => p.name)).toContain('iCloud Keychain 2')
  })

  it('O26: "Keep" is answered on the list', async () => {
    const { browser, ids } = await member(1)
    await browser.open('/account/passkeys')
    const kept = await browser.submit(`/account/passkeys/${ids[0]}/keep`, {})
    expect([kept.status, kept.url]).toEqual([200, `/account/passkeys?done=kept&id=${ids[0]}`])
    expect(kept.html).toContain('Thanks. We’ll ask again')
  })

  it('F1, O18: rename; the label wins; 1 to 64 characters without control or direction marks', async () => {
    const { browser, ids } = await member(1)
    const path = `/account/passkeys/${ids[0]}/rename`
    await browser.open(path)
    await browser.submit(path, { label: '  Primary iPhone 📱 ' })
    expect((await passkeys(browser))[0]?.name).toBe('Primary iPhone 📱')
    for (const label of ['', '   ', 'x'.repeat(65), 'a\u202eb', 'a\u0000b'])
      expect((await browser.submit(path, { label })).status).toBe(400)
    expect((await browser.api(`/api/passkeys/${ids[0]}`, { label: '<script>alert(1)</script>' }, 'PATCH')).status).toBe(200)
    expect((await browser.open('/account/passkeys')).html).not.toContain('<script>alert')
  })

  it('F4, F5, F6: the synced state, last use and its place are refreshed at each use', async () => {
    const { browser } = await member(1)
    browser.authenticator = await addPasskey(browser, { aaguid: ICLOUD, backupEligible: true, backupState: false })
    browser.authenticator.credentials[0]!.backupState = true
    server.clock.advance(DAY)
    const id = browser.authenticator.credentials[0]!.id
    const row = async () => (await passkeys(browser)).find(p => p.id === id)
    expect(await row()).toMatchObject({ lastUsedAt: null, lastUsedIn: null, openSessions: 0 })
    expect(await stored(id)).toMatchObject({ backupState: false })
    browser.forget()
    await browser.signIn()
    expect(await row()).toMatchObject({ lastUsedAt: server.clock.now(), lastUsedIn: 'Chrome on Windows', openSessions: 1 })
    expect(await stored(id)).toMatchObject({ backupState: true })
    expect((await browser.open('/account/passkeys')).html).toMatch(/>Synced</)
  })

  it('F10: hints and attachment go to the prompt for each place', async () => {
    const { browser } = await member(1)
    await browser.stepUp('passkey.add')
    const { html } = await browser.open('/account/passkeys/new')
    for (const [hint, attachment] of [
      ['client-device', 'platform'],
      ['hybrid', 'cross-platform'],
      ['security-key', 'cross-platform'],
    ]) {
      expect(html).toMatch(new RegExp(`data-lk-hints="${hint}"[^>]*data-lk-attachment="${attachment}"`))
    }
  })

  it('O2: of a key pair the public half is kept, and nothing of the other one', async () => {
    const { devices, ids } = await member(1)
    const [{ privateKey }] = (await devices[0]!.export()) as unknown as [{ privateKey: { x: string; y: string; d: string } }]
    const kept = (await stored(ids[0]!))!
    const holds = (part: string): boolean =>
      Object.values(kept).some(
        value =>
          Buffer.from(value instanceof Uint8Array ? value : String(value)).includes(Buffer.from(part, 'base64url')) || value === part,
      )
    expect([holds(privateKey.x), holds(privateKey.y), holds(privateKey.d)]).toEqual([true, true, false])
  })

  it('F12: one stable user handle of 64 bytes for all passkeys of an account', async () => {
    const { devices } = await member(3)
    const handles = new Set(devices.map(d => d.credentials[0]!.userHandle))
    expect(handles.size).toBe(1)
    expect(Buffer.from([...handles][0] as string, 'base64url')).toHaveLength(64)
  })

  it('F20, INV-4: every own passkey is excluded, and one credential id never belongs to two accounts', async () => {
    const { browser, ids } = await member(2)
    await browser.stepUp('passkey.add')
    const options = TestBrowser.options<{ excludeCredentials: { id: string }[] }>(await browser.open('/account/passkeys/new'))
    expect(options.excludeCredentials.map(c => c.id).sort()).toEqual([...ids].sort())
    await expect(browser.authenticator.create(options as never)).rejects.toMatchObject({ name: 'InvalidStateError' })
    const thief = await member(1)
    await thief.browser.stepUp('passkey.add')
    const page = await thief.browser.open('/account/passkeys/new')
    const copy = withCredentialId(await new SoftwareAuthenticator({ origin: server.origin }).create(TestBrowser.options(page)), ids[0]!)
    const answer = await thief.browser.submit('/account/passkeys', { response: JSON.stringify(copy) })
    expect(answer.status).toBe(409)
    expect(await passkeys(thief.browser)).toHaveLength(1)
  })

  it('F25: twenty passkeys, not one more, by page and by API', async () => {
    const { browser, ids } = await member(1)
    const { ctx } = (await internals.get(server.latchkey))!
    const first = (await stored(ids[0]!))!
    await ctx.store.transaction(async tx => {
      for (let n = 0; n < 18; n++)
        await tx.passkeys.insert({ ...first, id: Buffer.from(`copy ${n} of ${first.id}`).toString('base64url') as CredentialId })
    })
    await browser.stepUp('passkey.add')
    const late = await browser.api('/api/passkeys/options', {})
    await addPasskey(browser)
    expect(await passkeys(browser)).toHaveLength(20)
    expect((await browser.open('/account/passkeys/new')).html).toContain('LK310')
    const response = await new SoftwareAuthenticator({ origin: server.origin }).create(late.body as never)
    expect((await browser.api('/api/passkeys', { response })).body).toMatchObject({ code: 'passkey_limit' })
    expect((await browser.api('/api/passkeys/options', {})).body).toMatchObject({ code: 'passkey_limit' })
    expect(await passkeys(browser)).toHaveLength(20)
  })
})

describe('deleting one', () => {
  it('K34, K35, K37, O23, INV-2: from the answer on it never signs in again, ceremonies begun before included', async () => {
    const { browser, devices, ids } = await member(2)
    const early = server.browser()
    early.authenticator = devices[1]!
    const begun = JSON.stringify(await early.authenticator.get(TestBrowser.options(await early.open('/sign-in'))))
    expect((await remove(browser, ids[1]!)).url).toContain('done=removed')
    const answer = await early.submit('/sign-in/passkey', { response: begun })
    expect(answer.status).toBe(401)
    expect(answer.html).toContain('LK302')
    expect((await early.signIn()).html).toContain('LK302')
    expect((await passkeys(browser)).map(p => p.id)).toEqual([ids[0]])
  })

  it('K36: a confirmation tells what stops and what still works', async () => {
    const { browser, ids } = await member(2)
    const { html } = await browser.open(`/account/passkeys/${ids[1]}/delete`)
    expect(html).toContain('You won’t be able to sign in with it any more')
    expect(html).toContain('You can still sign in with')
    expect(html).toContain('Keep it')
    expect(await passkeys(browser)).toHaveLength(2)
  })

  it('K37, F29: the API asks for the verification that belongs to this very passkey', async () => {
    const { browser, ids } = await member(3)
    const bare = await browser.api(`/api/passkeys/${ids[1]}/remove`, {})
    expect(bare.status).toBe(401)
    expect(bare.body).toMatchObject({
      code: 'step_up_required',
      operation: 'passkey.remove',
      target: ids[1],
      methods: expect.arrayContaining(['passkey']),
    })
    await browser.stepUp('passkey.remove', ids[2]!)
    expect((await browser.api(`/api/passkeys/${ids[1]}/remove`, {})).status).toBe(401)
    expect((await browser.api(`/api/passkeys/${ids[2]}/remove`, {})).status).toBe(200)
    expect((await browser.api(`/api/passkeys/${ids[2]}/remove`, {})).status).toBe(404)
  })

  it('K38, O43: deleting one leaves the others working', async () => {
    const { browser, devices, ids } = await member(3)
    await remove(browser, ids[1]!)
    for (const device of [devices[0]!, devices[2]!]) {
      const elsewhere = server.browser()
      elsewhere.authenticator = device
      expect((await elsewhere.signIn()).url).toBe('/account/security')
    }
  })

  it('O38, F30, INV-1: never the last way in, by page or by API', async () => {
    const { browser, ids } = await member(1)
    const page = await browser.open(`/account/passkeys/${ids[0]}/delete`)
    expect(page.html).toContain('This is your only way in')
    await browser.stepUp('passkey.remove', ids[0]!)
    const answer = await browser.api(`/api/passkeys/${ids[0]}/remove`, {})
    expect(answer.status).toBe(409)
    expect(answer.body).toMatchObject({ code: 'last_way_in', ref: 'LK311' })
    browser.forget()
    expect((await browser.signIn()).url).toBe('/account/security')
  })

  it('F38, F39, INV-2: its sessions end, the one that deletes stays', async () => {
    const { browser, devices, ids } = await member(2)
    const other = server.browser()
    other.authenticator = devices[1]!
    await other.signIn()
    expect((await other.api('/api/session')).body.session).not.toBeNull()
    await remove(browser, ids[1]!)
    expect((await other.api('/api/session')).body).toEqual({ session: null })
    expect((await browser.api('/api/session')).body.session).not.toBeNull()
  })

  it('F38: what page and API announce is what ends: what it opened, too, where another method was proven since', async () => {
    const { browser, devices, ids } = await member(2)
    const other = server.browser()
    other.authenticator = devices[1]!
    await other.signIn()
    const { session } = (await other.api<{ session: { id: SessionId } }>('/api/session')).body
    const { ctx } = (await internals.get(server.latchkey))!
    const since = { ...NO_PASSKEY, method: 'totp', at: ctx.now() } as const
    await ctx.store.transaction(tx => tx.sessions.addEvidence(session.id, since))
    expect((await passkeys(browser)).find(p => p.id === ids[1])?.openSessions).toBe(1)
    expect((await browser.open(`/account/passkeys/${ids[1]}/delete`)).html).toContain('1 device that signed in with it is signed out.')
    await remove(browser, ids[1]!)
    expect((await other.api('/api/session')).body).toEqual({ session: null })
  })

  it('a passkey proves its own removal where no other is left, and the session ends with it only if nothing stays', async () => {
    const { browser, devices, ids } = await member(2)
    browser.forget()
    browser.authenticator = devices[1]!
    await browser.signIn()
    browser.authenticator = devices[0]!
    expect((await remove(browser, ids[1]!)).url).toContain('done=removed')
    expect((await browser.api('/api/session')).body.session).not.toBeNull()
  })

  it('INV-19, V-1: another account’s passkey is not found, and nothing changes', async () => {
    const victim = await member(2)
    const thief = await member(1)
    for (const path of ['remove', 'suspend', 'reactivate'])
      expect((await thief.browser.api(`/api/passkeys/${victim.ids[0]}/${path}`, {})).status).toBe(404)
    expect((await thief.browser.api(`/api/passkeys/${victim.ids[0]}`, { label: 'mine' }, 'PATCH')).status).toBe(404)
    for (const path of ['', '/delete', '/rename', '/created'])
      expect((await thief.browser.open(`/account/passkeys/${victim.ids[0]}${path}`)).status).toBe(404)
    expect(await passkeys(victim.browser)).toHaveLength(2)
  })

  it('INV-14, F40: one notice for each verified address', async () => {
    const { browser, email, ids } = await member(2)
    await remove(browser, ids[1]!)
    const subjects = (await server.messages(email)).map(m => m.subject)
    expect(subjects[0]).toMatch(/passkey/i)
  })

  it('N4, F42: the passkey of a founding session is trusted at once, a later one from the next policy day', async () => {
    const { browser } = await member(1)
    await addPasskey(browser)
    const list = (await browser.api<{ items: { trustedAt: number | null; createdAt: number }[] }>('/api/passkeys')).body.items
    expect(list.filter(p => p.trustedAt !== null)).toHaveLength(1)
    server.clock.advance(24 * 5_000 + 1)
    const later = (await browser.api<{ items: { trustedAt: number | null }[] }>('/api/passkeys')).body.items
    expect(later.every(p => p.trustedAt === null)).toBe(true)
  })
})
