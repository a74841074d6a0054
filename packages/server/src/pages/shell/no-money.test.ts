import { type RunningLatchkey, startLatchkey, TestBrowser } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { internals } from '../../internals.ts'
import { en } from '../../messages/en/index.ts'
import { createTranslator } from '../../messages/index.ts'

const MONEY = /\bmoney\b|withdraw|payout/i
/** Said only where an action of the host stands behind it; the pages below show that nothing else brings them up. */
const WITH_ACTIONS =
  /^approve\.|^problem\.(money_held|approval_)|^error\.LK50|^notice\.(operation\.)?payout_address|^(operation|activity)\.payout_address|^waits\.paused|^factors\.pause$|^password\.forgot_pause$|^verify\.pause$|^recovery\.done_paused$|^frozen\.(safe_money(_text)?|sent)$|^lock\.scope_(money(_note)?|both)$|^development\.demo_note$/

let server: RunningLatchkey
beforeAll(async () => {
  // the preset of exchanges has the pauses that would be told; without an action there is nothing to pause
  server = await startLatchkey({ policy: { preset: 'exchange', mailRecovery: true } })
})
afterAll(() => server.close())

describe('a host that declares no action sees no word about money', () => {
  it('every message has words without it, but those that only an action brings up', () => {
    const t = createTranslator('en', 'UTC', false)
    const about = Object.keys(en).filter(key => !key.endsWith('~no_money') && !WITH_ACTIONS.test(key) && MONEY.test(t.find(key) ?? ''))
    expect(about).toEqual([])
    expect(createTranslator('en')('security.rule_2')).toMatch(MONEY)
  })

  it('pages, API and messages through a life with pauses: a weak change, a young passkey, a recovery', async () => {
    const browser = server.browser()
    const email = 'nomoney@example.com'
    const seen: [string, string][] = []
    const keep = <T extends { url: string; html: string }>(page: T): T => {
      seen.push([page.url, page.html.replace(/<(script|style)\b.*?<\/\1>/gs, '').replace(/<[^>]+>/g, ' ')])
      return page
    }
    const prove = async (operation: string): Promise<void> => {
      server.clock.advance(61_000)
      keep(await browser.open(`/account/verify?operation=${operation}&choose=1`))
      await browser.submit('/account/verify/send', { operation, method: 'email' })
      keep(await browser.open(`/account/verify?operation=${operation}&method=email&sent=1`))
      keep(await browser.submit('/account/verify/secret', { operation, method: 'email', secret: await server.code(email) }))
    }
    await browser.signUpWithPassword(email, 'correct horse battery staple 9')
    server.clock.advance(25 * 3_600_000)
    await prove('passkey.add')
    const made = await browser.authenticator.create(TestBrowser.options(await browser.open('/account/passkeys/new')))
    keep(await browser.submit('/account/passkeys', { response: JSON.stringify(made) }))
    await prove('password.change')
    await browser.open('/account/password')
    keep(await browser.submit('/account/password', { password: 'another horse battery staple 7' }))
    const { ctx } = await internals.get(server.latchkey)!
    const session = (await browser.api<{ account: Record<string, unknown> }>('/api/session')).body
    expect(JSON.stringify(session)).not.toMatch(MONEY)
    const facts = await ctx.store.read.accounts.facts(session.account.id as never)
    expect(facts?.account.moneyPausedUntil, 'the pause is there, and nobody is told').toBeGreaterThan(ctx.now())
    const paths = [
      'security',
      'passkeys',
      `passkeys/${made.id}`,
      `passkeys/${made.id}/delete`,
      'passkeys/new',
      'factors',
      'recovery-codes',
      'sessions',
      'lost-device',
    ]
    for (const path of [
      ...paths.map(one => `/account/${one}`),
      '/help',
      '/check-device',
      '/recover',
      '/problems/money_held',
      '/problems/approval_expired',
    ])
      keep(await browser.open(path))
    browser.forget()
    await browser.open('/recover')
    keep(await browser.submit('/recover/start', { identifier: email }))
    keep(await browser.open('/forgot-password'))
    const mails = (await server.messages(email)).map(({ subject, text }): [string, string] => [subject, text])
    expect(mails.length).toBeGreaterThan(3)
    expect([...seen, ...mails].flatMap(([where, text]) => (MONEY.test(text) ? [[where, MONEY.exec(text)?.[0]]] : []))).toEqual([])
  })
})
