import { type RunningLatchkey, startLatchkey } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ActionOptions } from '../../config.ts'

const withdraw: ActionOptions = {
  title: 'Approve withdrawal',
  addressField: 'to',
  amountField: 'amount',
  assetField: 'asset',
  networkField: 'network',
  memoField: 'memo',
  labels: { to: 'To', amount: 'Amount', asset: 'Asset', network: 'Network', memo: 'Tag', receive: 'You receive' },
}
const details = {
  to: '0x52908400098527886E0F7030069857D2E4169EE7',
  amount: '31204.10',
  asset: 'TONCOIN',
  network: 'Ripple',
  memo: 'May 2026',
  receive: '31,200 TONCOIN',
}

let server: RunningLatchkey
beforeAll(async () => {
  server = await startLatchkey({ actions: { withdraw } })
})
afterAll(() => server.close())

/** The text of a page without what says `translate="no"`. */
function translatable(html: string): string {
  const body = html.replace(/<(script|style|head|svg)\b.*?<\/\1>/gs, '').replace(/<(\w+)\b[^>]*\btranslate="no"[^>]*>.*?<\/\1>/gs, ' ')
  return body.replace(/<[^>]+>/g, ' ')
}

/** What a translation would break: recovery codes, keys, masked and whole addresses, references. */
const VERBATIM = /\b[0-9A-Z]{4}(-[0-9A-Z]{4}){3}\b|\b(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}\b|•••|\S+@example\.com|\+\d{6,}|\bLK\d{3}\b/

describe('TR-1: what must be copied letter by letter is never translated', () => {
  it('codes, keys, addresses and references of an account, wherever a page shows them', async () => {
    const browser = server.browser()
    const email = 'translated@example.com'
    const pages: [string, string][] = []
    const keep = ({ url, html }: { url: string; html: string }, must = /./): void => {
      expect(html).toMatch(must)
      pages.push([url, translatable(html)])
    }
    await browser.open('/sign-up')
    keep(await browser.submit('/sign-up', { identifier: email }), /•••@example\.com/)
    await browser.submit('/sign-up/code', { secret: await server.code(email) })
    await browser.open('/sign-up/password')
    await browser.submit('/sign-up/password', { password: 'correct horse battery staple 9' })
    const prove = async (operation: string): Promise<void> => {
      server.clock.advance(61_000)
      keep(await browser.open(`/account/verify?operation=${operation}&choose=1`))
      keep(await browser.submit('/account/verify/send', { operation, method: 'email' }), /•••@example\.com/)
      await browser.submit('/account/verify/secret', { operation, method: 'email', secret: await server.code(email) })
    }
    await prove('recovery_codes.add')
    await browser.open('/account/recovery-codes/new')
    keep(await browser.submit('/account/recovery-codes/new'), /[0-9A-Z]{4}(-[0-9A-Z]{4}){3}/)
    await prove('totp.add')
    await browser.open('/account/factors/totp')
    keep(await browser.submit('/account/factors/totp/begin'), /id="totp-key"/)
    for (const path of [
      '/account/security',
      '/account/factors',
      '/account/sessions',
      '/account/email',
      '/account/email/remove',
      '/nothing',
      '/problems/busy',
    ])
      keep(await browser.open(path))
    keep(await browser.submit('/account/verify/secret', { operation: 'nothing', secret: '1' }), /LK400/)
    browser.forget()
    await browser.open('/sign-in')
    keep(await browser.submit('/sign-in', { identifier: email }), /translated@example\.com/)
    expect(pages.filter(([, text]) => VERBATIM.test(text)).map(([url, text]) => [url, VERBATIM.exec(text)?.[0]])).toEqual([])
  })
  it('every detail that the owner signs, before the decision and after it', async () => {
    const browser = server.browser()
    await browser.signUp('signs@example.com')
    const cookie = [...browser.cookies].map(pair => pair.join('=')).join('; ')
    const request = new Request(server.origin, { headers: { cookie } })
    const { id } = await server.latchkey.api.approvals.create(request, { action: 'withdraw', details, returnTo: '/wallet' })
    const shown = ['31,204.10', ...Object.values(details).filter(value => value !== details.amount && value !== details.to)]
    const look = async (): Promise<void> => {
      const { html } = await browser.open(`/approve/${id}`)
      for (const value of shown) {
        expect(html).toContain(value)
        // the button says the sum once more, in a sentence
        expect(translatable(html.replace(/<button\b.*?<\/button>/gs, ''))).not.toContain(value)
      }
    }
    await look()
    await browser.submit(`/approve/${id}/reject`)
    await look()
  })
})
