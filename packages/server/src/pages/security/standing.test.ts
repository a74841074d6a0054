import { SoftwareAuthenticator } from '@latchkey/testing'
import { type RunningLatchkey, startLatchkey } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, expect, it } from 'vitest'

let server: RunningLatchkey
beforeAll(async () => {
  server = await startLatchkey()
})
afterAll(() => server.close())

const ONLY = 'Your only passkey can’t be restored if you lose the device.'

it('U4: one passkey that is on one device: both pages warn, in the same words; a synced one with saved codes is one way back', async () => {
  const [bound, synced] = [server.browser(), server.browser()]
  bound.authenticator = new SoftwareAuthenticator({ origin: server.origin, backupEligible: false })
  synced.authenticator = new SoftwareAuthenticator({ origin: server.origin, backupEligible: true, backupState: true })
  for (const browser of [bound, synced]) {
    await browser.signUp(browser === bound ? 'bound@example.com' : 'synced@example.com')
    await browser.open('/account/recovery-codes/new')
    const sheet = await browser.submit('/account/recovery-codes/new')
    const unsaved = (await browser.open('/account/security')).html
    expect(unsaved).toContain(browser === bound ? ONLY : 'You never confirmed that your recovery codes are saved.')
    expect(unsaved).not.toContain('Good –')
    const set = /name="set" value="([^"]+)"/.exec(sheet.html)?.[1] ?? ''
    await browser.submit('/account/recovery-codes/saved', { set, saved: 'yes' })
  }
  const [boundPages, syncedPages] = await Promise.all(
    [bound, synced].map(async browser => [(await browser.open('/account/security')).html, (await browser.open('/account/passkeys')).html]),
  )
  for (const html of boundPages ?? []) expect(html).toContain(ONLY)
  expect(boundPages?.[0]).not.toContain('Good –')
  for (const html of syncedPages ?? []) expect(html).not.toContain(ONLY)
  expect(syncedPages?.[0]).toMatch(/Good –.*you have 1 way to get back in/s)
})
