import { internals } from '@latchkey/server/internals'
import { SoftwareAuthenticator } from '@latchkey/testing/authenticator'
import { type RunningLatchkey, startLatchkey, TestBrowser } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const DAY = 86_400_000
const PASSWORD = 'seven green lanterns hum'
interface Page {
  items: {
    id: string
    at: number
    kind: string
    passkey: string | null
    by: string | null
    methods: string[]
    device: string | null
    place: string | null
    operation: string | null
    until: number | null
  }[]
  next: string | null
}

let server: RunningLatchkey
let people = 0
beforeAll(async () => {
  server = await startLatchkey({
    policy: { preset: 'product' },
    locate: ip => ({ '192.0.2.7': 'Valencia', '192.0.2.8': '=1+1' })[ip] ?? null,
  })
})
afterAll(() => server?.close())

const address = (): string => `activity${++people}@example.com`

/** Made with a passkey, which then proved a second one. */
async function member(ip = '192.0.2.1'): Promise<TestBrowser> {
  const browser = server.browser({ ip })
  await browser.signUp(address())
  await browser.stepUp('passkey.add')
  const page = await browser.open('/account/passkeys/new')
  const key = new SoftwareAuthenticator({ origin: server.origin })
  await browser.submit('/account/passkeys', { response: JSON.stringify(await key.create(TestBrowser.options(page))) })
  return browser
}

const read = async (browser: TestBrowser, query = ''): Promise<Page> => (await browser.api<Page>(`/api/activity${query}`)).body

describe('S25: activity', () => {
  it('N7: says in order what happened, in which browser and where, and which passkey did it', async () => {
    const browser = await member('192.0.2.7')
    const { items, next } = await read(browser)
    expect(next).toBeNull()
    expect(items.map(({ kind }) => kind)).toEqual(['passkey.add', 'step_up', 'passkey.add', 'sign_up'])
    const [added, confirmed, , made] = items
    expect(added).toMatchObject({ by: null, passkey: expect.any(String), device: 'Chrome on Windows', place: 'Valencia' })
    expect(confirmed).toMatchObject({ operation: 'passkey.add', methods: ['passkey'], by: expect.any(String) })
    expect(confirmed?.by).not.toBe(added?.passkey)
    expect(made).toMatchObject({ methods: ['passkey'], passkey: null })
    const { html } = await browser.open('/account/activity')
    for (const words of [
      `Passkey “${added?.passkey}” created`,
      'Account created',
      'Chrome on Windows · Valencia',
      `Passkey “${confirmed?.by}”`,
    ])
      expect(html).toContain(words)
  })

  it('filters, by the page and by the API, and no word is said of money where none moves', async () => {
    const browser = await member()
    expect((await read(browser, '?filter=passkeys')).items.map(({ kind }) => kind)).toEqual(['passkey.add', 'step_up', 'passkey.add'])
    expect((await read(browser, '?filter=sign_ins')).items.map(({ kind }) => kind)).toEqual(['sign_up'])
    expect((await read(browser, '?filter=nonsense')).items).toHaveLength(4)
    const { html } = await browser.open('/account/activity?filter=recovery')
    expect(html).toContain('Nothing of this kind happened')
    expect(html).toMatch(/aria-current="true"[^>]*>Recovery|Recovery<\/a>/)
    expect(html).not.toContain('Approvals')
  })

  it('what was proven without a passkey is named by its methods', async () => {
    const browser = server.browser()
    await browser.signUpWithPassword(address(), PASSWORD)
    expect((await read(browser)).items).toMatchObject([{ kind: 'sign_up', methods: ['password'], by: null }])
    expect((await browser.open('/account/activity')).html).toMatch(/Account created<\/p><p class="lk-by">Password</)
  })

  it('shows fifty at a time, and goes on from there; nothing twice, nothing left out', async () => {
    const browser = await member()
    const { id } = (await browser.api<{ items: { id: string }[] }>('/api/passkeys')).body.items[0]!
    for (let n = 0; n < 110; n++) await browser.api(`/api/passkeys/${id}`, { label: `Key ${n}` }, 'PATCH')
    const first = await read(browser)
    expect([first.items.length, first.next !== null]).toEqual([50, true])
    const second = await read(browser, `?after=${first.next}`)
    const third = await read(browser, `?after=${second.next}`)
    expect([second.items.length, third.items.length, third.next]).toEqual([50, 14, null])
    const ids = [...first.items, ...second.items, ...third.items].map(item => item.id)
    expect(new Set(ids).size).toBe(114)
    // what is rare is found however much else there is
    expect((await read(browser, '?filter=sign_ins')).items.map(({ kind }) => kind)).toEqual(['sign_up'])
    const all = (await (await browser.request('GET', '/account/activity/json')).json()) as Page
    expect(all.items.map(({ id }) => id)).toEqual(ids)
    const page = await browser.open('/account/activity')
    const more = /href="(\/account\/activity\?after=[^"]+)"/.exec(page.html)?.[1] ?? ''
    expect((await browser.open(more.replaceAll('&amp;', '&'))).html).toContain('renamed')
    for (const after of ['x', '1', '1.', `${first.next}'`, '9'.repeat(20)])
      expect((await browser.api<{ code?: string }>(`/api/activity?after=${encodeURIComponent(after)}`)).body.code).toBe('bad_request')
  })

  it('INV-19: is of the own account, and ends after ninety days', async () => {
    const [one, other] = [await member(), await member()]
    const [ours, theirs] = [await read(one), await read(other)]
    expect(ours.items.filter(({ id }) => theirs.items.some(item => item.id === id))).toEqual([])
    const last = theirs.items.at(-1)!
    const crossed = await read(one, `?after=${last.at + 1}.${last.id}`)
    expect(crossed.items.every(({ id }) => ours.items.some(item => item.id === id))).toBe(true)
    const { ctx } = (await internals.get(server.latchkey))!
    const before = ours.items.at(-1)!.at
    server.clock.advance(90 * DAY - (ctx.now() - before) - 1)
    await one.signIn()
    expect((await read(one)).items.some(({ kind }) => kind === 'sign_up')).toBe(true)
    server.clock.advance(1)
    expect((await read(one)).items.map(({ kind }) => kind)).toEqual(['sign_in'])
  })

  it('a passkey that is gone keeps its name', async () => {
    const browser = await member()
    const { items } = (await browser.api<{ items: { id: string; name: string }[] }>('/api/passkeys')).body
    const gone = items.find(({ name }) => name.endsWith('2')) ?? items[0]!
    await browser.stepUp('passkey.remove', gone.id)
    await browser.api(`/api/passkeys/${gone.id}/remove`, {})
    server.clock.advance(80 * 3_600_000)
    const [removed] = (await read(browser, '?filter=passkeys')).items
    expect(removed).toMatchObject({ kind: 'passkey.remove', passkey: gone.name })
  })

  it('is taken along as JSON and as CSV, in which nothing is a formula', async () => {
    const browser = server.browser({ ip: '192.0.2.8' })
    await browser.signUp(address())
    const { id } = (await browser.api<{ items: { id: string }[] }>('/api/passkeys')).body.items[0]!
    await browser.api(`/api/passkeys/${id}`, { label: '=1+1, "quoted"' }, 'PATCH')
    const csv = await browser.request('GET', '/account/activity/csv')
    expect([csv.status, csv.headers.get('content-type'), csv.headers.get('content-disposition')]).toEqual([
      200,
      'text/csv; charset=utf-8; header=present',
      'attachment; filename="activity.csv"',
    ])
    const lines = (await csv.text()).split('\r\n')
    expect(lines[0]).toBe('"time","kind","what","confirmed by","device","place","reference"')
    expect(lines[1]).toMatch(/^"[\d-]+T[\d:.]+Z","passkey\.rename","Passkey “=1\+1, ""quoted""” renamed",/)
    expect(lines.flatMap(line => line.match(/"[=+@-]/g) ?? [])).toEqual([])
    const json = (await (await browser.request('GET', '/account/activity/json')).json()) as Page
    expect(json.items.map(({ kind }) => kind)).toEqual((await read(browser)).items.map(({ kind }) => kind))
  })
})
