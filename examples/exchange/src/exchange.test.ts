import { SoftwareAuthenticator } from '@latchkey/testing'
import { type RunningLatchkey, startLatchkey, TestBrowser } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { actions, brand, createDemo, type Demo } from './index.ts'
import { amountText, centsText, parseAmount, worth } from './money.ts'

const ORIGIN = 'http://localhost:4400'
let server: RunningLatchkey
let demo: Demo
let people = 0

beforeAll(async () => {
  server = await startLatchkey({ actions, brand })
  demo = createDemo(server.latchkey, { now: server.clock.now })
})
afterAll(() => server.close())

/** A browser that reaches the exchange and Latchkey behind one origin. */
function browser(): TestBrowser {
  const both = {
    ...server.latchkey,
    fetch: (request: Request) => (new URL(request.url).pathname.startsWith('/demo') ? demo.fetch(request) : server.latchkey.fetch(request)),
  }
  return new TestBrowser(both, ORIGIN, { ip: `192.0.2.${(++people % 200) + 2}` }, server.code)
}

async function member(): Promise<TestBrowser> {
  const mei = browser()
  await mei.signUp(`mei${people}@example.com`, '/demo')
  return mei
}

const optionOf = (html: string, words: RegExp): string =>
  [...html.matchAll(/<option value="([^"]+)"[^>]*>([^<]+)/g)].find(m => words.test(m[2] ?? ''))?.[1] ?? ''

/** Asks for a withdrawal to one of the two known addresses. @returns the approval's page */
async function ask(who: TestBrowser, amount: string, to = /Ledger vault/) {
  const wallet = await who.open('/demo')
  return who.submit('/demo/withdrawals', { payee: optionOf(wallet.html, to), amount })
}

async function sign(who: TestBrowser, page: { html: string; url: string; status: number }) {
  const response = await who.authenticator.get(TestBrowser.options(page))
  return who.submit(`${page.url}/passkey`, { response: JSON.stringify(response) })
}

const linkTo = (html: string, part: string): string =>
  (new RegExp(`href="(?:${ORIGIN})?(${part}[^"]*)"`).exec(html)?.[1] ?? '').replaceAll('&amp;', '&')

describe('money', () => {
  it('reads and writes amounts without a float', () => {
    expect(parseAmount('0.50')).toBe(50_000_000n)
    for (const text of ['', '0', '-1', '1e3', '0.000000001', '1,5', '.5', 'NaN']) expect(parseAmount(text), text).toBeNull()
    expect([amountText(50_000_000n, 2), amountText(49_988_000n, 2), amountText(1n, 2), amountText(500_000_000n, 0)]).toEqual([
      '0.50',
      '0.49988',
      '0.00000001',
      '5',
    ])
    expect(centsText(worth('BTC', 50_000_000n))).toBe('31204.10')
  })
})

describe('Harbor Exchange', { timeout: 120_000 }, () => {
  it('welcomes a stranger, who may sign in or create an account and comes back', async () => {
    const { status, html } = await browser().open('/demo')
    expect(status).toBe(200)
    expect(linkTo(html, '/sign-in')).toBe('/sign-in?return_to=%2Fdemo')
    expect(linkTo(html, '/sign-up')).toBe('/sign-up?return_to=%2Fdemo')
  })

  it('K3, F44: a withdrawal is approved by one prompt, booked once, and has its receipt', async () => {
    const mei = await member()
    const page = await ask(mei, '0.5')
    expect(page.url).toMatch(/^\/approve\//)
    for (const words of [
      'Approve withdrawal',
      '0.50 BTC',
      '31,204.10 USD',
      'Ledger vault',
      'New address',
      '0.49988 BTC',
      'Approve 0.50 BTC',
    ])
      expect(page.html).toContain(words)
    const approved = await sign(mei, page)
    expect([approved.status, approved.url]).toEqual([200, page.url])
    expect(approved.html).toContain('View withdrawal')
    const path = linkTo(approved.html, '/demo/withdrawals/')
    for (let i = 0; i < 3; i++) {
      const receipt = await mei.open(path)
      expect(receipt.html).toMatch(/Passkey “[^”]+”, Chrome on Windows/)
      expect(receipt.html).toMatch(/WD-[0-9A-F]{4}-[0-9A-F]{4}/)
      expect(receipt.html).toMatch(/([0-9a-f]{4} ){15}[0-9a-f]{4}/)
    }
    const wallet = await mei.open('/demo')
    expect(wallet.html).toContain('0.54210')
    expect(await ask(mei, '0.01').then(next => next.html)).not.toContain('New address')
  })

  it('INV-7: two tabs that come back at once book once', async () => {
    const mei = await member()
    const path = linkTo((await sign(mei, await ask(mei, '0.1'))).html, '/demo/withdrawals/')
    await Promise.all(Array.from({ length: 6 }, () => mei.open(path)))
    expect((await mei.open('/demo')).html).toContain('0.94210')
  })

  it('"Reject" sends nothing and asks whether the request was one’s own', async () => {
    const mei = await member()
    const page = await ask(mei, '0.5')
    const rejected = await mei.submit(`${page.url}/reject`)
    for (const words of ['Did you request this?', 'Yes, I changed my mind', '/account/lost-device', 'Nothing was sent'])
      expect(rejected.html).toContain(words)
    expect((await mei.open(linkTo(rejected.html, '/demo/withdrawals/'))).html).toContain('Rejected')
    expect((await mei.open('/demo')).html).toContain('1.04210')
  })

  it('LK501: an approval that expired says so, sends nothing and frees the money', async () => {
    const mei = await member()
    const page = await ask(mei, '1')
    expect((await ask(mei, '1')).html).toContain('have that much BTC')
    const response = await mei.authenticator.get(TestBrowser.options(page))
    server.clock.advance(301_000)
    const late = await mei.submit(`${page.url}/passkey`, { response: JSON.stringify(response) })
    expect(late.status).toBe(410)
    expect(late.html).toContain('LK501')
    expect(late.html).not.toContain('data-lk-ceremony')
    expect((await mei.open('/demo')).html).toContain('Ended, nothing sent')
    expect((await ask(mei, '1')).url).toMatch(/^\/approve\//)
  })

  it('another account’s passkey is told so, beside the details', async () => {
    const [mei, eve] = [await member(), await member()]
    const page = await ask(mei, '0.5')
    const options = { ...TestBrowser.options<Record<string, unknown>>(page), allowCredentials: [] }
    const response = await eve.authenticator.get(options as never)
    const refused = await mei.submit(`${page.url}/passkey`, { response: JSON.stringify(response) })
    expect(refused.status).toBe(403)
    for (const words of ['LK308', '0.50 BTC', 'data-lk-ceremony']) expect(refused.html).toContain(words)
    expect((await eve.open(page.url)).status).toBe(404)
  })

  it('F27: fresh options for the script need its header, and answer JSON', async () => {
    const mei = await member()
    const page = await ask(mei, '0.5')
    expect((await mei.api(`${page.url}/options`, {})).body).toEqual(TestBrowser.options(page))
    expect((await mei.request('POST', `${page.url}/options`, '{}', { origin: ORIGIN, 'content-type': 'application/json' })).status).toBe(
      403,
    )
    expect((await mei.submit(`${page.url}/reject`, { form_token: 'wrong' })).status).toBe(403)
  })

  it('O40: an order of an ended session is refused', async () => {
    const mei = await member()
    expect((await mei.submit('/demo/orders', { side: 'buy', asset: 'BTC', amount: '0.01' })).html).toContain('Bought 0.01 BTC')
    const other = browser()
    other.authenticator = await SoftwareAuthenticator.import({ origin: ORIGIN }, await mei.authenticator.export())
    await other.signIn('/demo')
    const { status } = await other.api('/api/sessions/end-others', {})
    expect(status).toBe(200)
    for (const [path, fields] of [
      ['/demo/orders', { side: 'buy', asset: 'BTC', amount: '0.01' }],
      ['/demo/withdrawals', { payee: 'x', amount: '1' }],
    ] as const) {
      const refused = await mei.submit(path, fields)
      expect([refused.status, /You were signed out/.test(refused.html)]).toEqual([401, true])
    }
    expect((await other.open('/demo')).html.match(/Bought/g)).toHaveLength(1)
  })

  it('orders spend what is there and no more', async () => {
    const mei = await member()
    expect((await mei.submit('/demo/orders', { side: 'buy', asset: 'BTC', amount: '1' })).html).toContain('have that much USDC')
    expect((await mei.submit('/demo/orders', { side: 'sell', asset: 'ETH', amount: '4.80000001' })).html).toContain('have that much ETH')
    expect((await mei.submit('/demo/orders', { side: 'sell', asset: 'ETH', amount: '4.8' })).html).toContain('19,876.77')
  })

  it('refuses a form of another site, and is framed by none', async () => {
    const mei = await member()
    const body = 'side=buy&asset=BTC&amount=0.01'
    for (const origin of ['https://evil.example', 'null', undefined]) {
      const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded', ...(origin ? { origin } : {}) }
      expect((await mei.request('POST', '/demo/orders', body, headers)).status).toBe(403)
    }
    const page = await mei.request('GET', '/demo')
    expect(page.headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    )
    expect(await page.text()).not.toMatch(/<script|<style| style=| on\w+="/)
    for (const name of ['harbor.css', 'harbor.svg', 'latchkey.css', 'icons.svg', 'mark.svg'])
      expect((await mei.request('GET', `/demo/assets/${name}`)).status, name).toBe(200)
    expect((await mei.request('GET', '/demo/assets/..%2fpackage.json')).status).toBe(404)
  })

  it('N4: a new address is confirmed, waits a day, says so, and then pays out', async () => {
    const mei = await member()
    const address = '0x8617E340B3D01FA5F11F306F4090FD50E238070D'
    const verify = await mei.submit('/demo/addresses', { asset: 'ETH', address, label: 'Cold store' })
    expect(verify.html).toContain(address)
    const query = new URL(verify.url, ORIGIN).searchParams
    const response = await mei.authenticator.get(TestBrowser.options(verify))
    const added = await mei.submit('/account/verify/passkey', {
      operation: query.get('operation') ?? '',
      target: query.get('target') ?? '',
      response: JSON.stringify(response),
    })
    expect(added.url).toBe('/demo/addresses')
    expect(added.html).toContain('Not active yet')
    const early = await ask(mei, '1', /Cold store/)
    expect(early.status).toBe(409)
    expect(early.html).toContain('LK504')
    server.clock.advance(2 * 60_000)
    expect((await ask(mei, '1', /Cold store/)).url).toMatch(/^\/approve\//)
    expect((await mei.submit('/demo/addresses', { asset: 'BTC', address, label: 'x' })).status).toBe(400)
  })

  it('without a passkey, password and code approve up to 500 USD, and the page works without a script', async () => {
    const ada = browser()
    const email = `ada${people}@example.com`
    await ada.signUpWithPassword(email, 'violet harbour lantern 1927')
    expect((await ask(ada, '0.5')).html).toContain('LK505')
    const page = await ask(ada, '0.005')
    const verify = await ada.open(linkTo(page.html, '/account/verify'))
    expect(verify.status).toBe(200)
    const id = page.url.split('/').at(-1) ?? ''
    const fields = { operation: 'approval.approve', target: id, method: 'email' }
    server.clock.advance(60_000)
    await ada.submit('/account/verify/send', fields)
    const done = await ada.submit('/account/verify/secret', { ...fields, secret: await server.code(email) })
    expect(done.url).toBe(page.url)
    expect(done.html).toContain('View withdrawal')
    expect((await ada.open(linkTo(done.html, '/demo/withdrawals/'))).html).toContain('Password and a code')
  })

  it('the sample customer’s reset gives the wallet back', async () => {
    const mei = await member()
    await mei.submit('/demo/orders', { side: 'sell', asset: 'ETH', amount: '4.8' })
    const { body } = await mei.api<{ account: { id: string } }>('/api/session')
    await demo.onSampleReset(body.account.id)
    expect((await mei.open('/demo')).html).toContain('84,912.36')
  })
})
