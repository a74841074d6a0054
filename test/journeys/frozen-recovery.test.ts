import { type RunningLatchkey, startLatchkey } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, expect, it } from 'vitest'

const PASSWORD = 'seven green lanterns hum'
const MAIL = 'frozen@example.com'

let server: RunningLatchkey
beforeAll(async () => {
  server = await startLatchkey({ policy: { preset: 'exchange' } })
})
afterAll(() => server?.close())

it('F46: a recovery of a frozen account asks for its unfreeze, and for nothing else; the account is back after the wait', async () => {
  const browser = server.browser()
  const kept = (): string[] => [...browser.cookies.keys()].filter(name => name.includes('lk_s'))
  await browser.signUpWithPassword(MAIL, PASSWORD)
  expect((await browser.api('/api/freeze', {})).status).toBe(200)
  browser.forget()
  server.clock.advance(61_000)
  await browser.open('/recover/start')
  await browser.submit('/recover/start', { with: 'password', identifier: MAIL, secret: PASSWORD })
  await browser.submit('/recover/send', { method: 'email' })
  const opened = await browser.submit('/recover/proof', { method: 'email', secret: await server.code(MAIL) })
  expect(opened.url).toBe('/recover/frozen')
  expect(opened.html).toContain('Your account is frozen')
  expect((await browser.open('/recover/passkey')).url).toBe('/recover/frozen')
  expect(kept()).toHaveLength(1)
  const asked = await browser.submit('/recover/frozen')
  expect([asked.status, asked.url.replace(/\d+/, 'T')]).toEqual([200, '/recover/done?unfrozen=T'])
  // what the recovery opened has done its work
  expect(kept()).toEqual([])
  const { hourMs } = server.latchkey.config.policy
  server.clock.advance(72 * hourMs)
  browser.forget()
  await browser.signInWithPassword(MAIL, PASSWORD)
  await browser.submit('/sign-in/send', { method: 'email' })
  const back = await browser.submit('/sign-in/second', { method: 'email', secret: await server.code(MAIL) })
  expect(back.url).toBe('/account/security')
})
