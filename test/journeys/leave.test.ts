import { type RunningLatchkey, startLatchkey, type TestBrowser } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let server: RunningLatchkey
beforeAll(async () => {
  server = await startLatchkey({ policy: { preset: 'product' } })
})
afterAll(() => server.close())

/** What the page script sends with each fetch of a page. */
const SCRIPT = { accept: 'text/html', 'x-lk-fragment': '1' }
const fetched = (browser: TestBrowser, path: string): Promise<Response> => browser.request('GET', path, undefined, SCRIPT)

describe('leaving for a page of the host (UX: by navigation, never by a swap)', () => {
  it('leads the page script to /continue, and there to a page without <main>, which makes it navigate', async () => {
    const browser = server.browser()
    await browser.signUp('leaving@example.com')
    const first = await fetched(browser, `/sign-in?return_to=${encodeURIComponent('/shop?cart=1')}`)
    const here = first.headers.get('location')
    expect([first.status, here]).toEqual([303, `/continue?return_to=${encodeURIComponent('/shop?cart=1')}`])
    const second = await fetched(browser, here!)
    expect([second.status, second.headers.get('location')]).toEqual([200, null])
    expect(second.headers.get('content-type')).toMatch(/^text\/html/)
    expect(await second.text()).not.toContain('<main')
    const navigation = await browser.request('GET', here!, undefined, { accept: 'text/html' })
    expect([navigation.status, navigation.headers.get('location')]).toEqual([303, '/shop?cart=1'])
  })

  it('leaves redirects to our own pages as they are', async () => {
    const browser = server.browser()
    await browser.signUp('staying@example.com')
    const answer = await fetched(browser, `/sign-in?return_to=${encodeURIComponent('/account/passkeys')}`)
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/account/passkeys'])
    const onwards = await fetched(browser, `/continue?return_to=${encodeURIComponent('/account/passkeys')}`)
    expect([onwards.status, onwards.headers.get('location')]).toEqual([303, '/account/passkeys'])
  })

  it('INV-18: leads nobody to another origin, whatever is asked', async () => {
    const browser = server.browser()
    for (const target of ['https://evil.example/', '//evil.example', '/\\evil.example']) {
      const answer = await browser.request('GET', `/continue?return_to=${encodeURIComponent(target)}`, undefined, { accept: 'text/html' })
      expect([target, answer.headers.get('location')]).toEqual([target, '/'])
    }
  })
})
