import { internals } from '@latchkey/server/internals'
import { SoftwareAuthenticator } from '@latchkey/testing/authenticator'
import { type PageAnswer, type RunningLatchkey, startLatchkey, type TestBrowser } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { routesOf } from '../../packages/server/src/http/routes.ts'

/** The rows that are words: each is looked for on the page, and in the state, in which a person would need it. */
let server: RunningLatchkey
let owner: TestBrowser
const pages: Record<string, string> = {}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
const textOf = (page: PageAnswer): string =>
  page.html
    .replace(/<(script|style|head)\b[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]+>/g, ' ')
    .replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name] ?? '')
    .replace(/\s+/g, ' ')

beforeAll(async () => {
  server = await startLatchkey({
    policy: { preset: 'exchange' },
    brand: { supportUrl: 'https://support.example/chat', product: 'Harbor Exchange' },
  })
  owner = server.browser()
  owner.authenticator = new SoftwareAuthenticator({ origin: server.origin, backupEligible: false })
  await owner.signUp('words@example.com')
  const stranger = server.browser()
  for (const path of ['/help', '/check-device', '/sign-in', '/sign-in/other', '/sign-in/phone', '/sign-in/key', '/recover', '/sign-out'])
    pages[path] = textOf(await stranger.open(path))
  for (const path of ['/account/security', '/account/passkeys', '/account/lost-device']) pages[path] = textOf(await owner.open(path))
  await owner.stepUp('passkey.add')
  pages['/account/passkeys/new'] = textOf(await owner.open('/account/passkeys/new'))
})
afterAll(() => server.close())

const on = (path: string, ...words: (string | RegExp)[]): void => {
  for (const word of words) expect(pages[path]).toMatch(word)
}

describe('what the pages tell before and while a passkey is made', () => {
  it('K5: biometrics stay on the device and never reach the service', () => {
    on('/help', 'Your fingerprint and face never leave your device. We never receive them.')
    on('/account/passkeys/new', 'Your fingerprint and face never leave your device.')
  })
  it('K6: the help carries a visible date of its last update', () => on('/help', /Last updated: \d{1,2} \w+ 20\d\d/))
  it('K7, O5: computers that can make one', () =>
    on(
      '/check-device',
      'Where passkeys work',
      'Computers',
      'Windows 10, version 1903, or later',
      'macOS Ventura (13) or later',
      'ChromeOS 109 or later',
    ))
  it('K8, O5: phones that can make one', () => on('/check-device', 'Phones and tablets', 'iOS 16', 'Android 9 or later'))
  it('K9, O35: any FIDO2 security key, YubiKey 5 and Titan by name, and how to touch it', () => {
    on('/check-device', 'Any FIDO2 security key')
    on('/account/passkeys/new', 'YubiKey 5 or Titan', 'Touch it when it blinks')
    on('/sign-in/key', 'Touch it when it blinks', 'FIDO2')
  })
  it('K10, O7: browsers that can', () =>
    on('/check-device', /Browsers\s+Chrome 109 or later/, 'Edge 109 or later', 'Safari 16 or later', 'Firefox 122 or later'))
  it('K11: the screen lock must be on', () => {
    on('/account/passkeys/new', 'The screen lock of the device is on.')
    on('/help', 'A device with its screen lock on: a PIN, fingerprint or face.')
  })
  it('K12: Bluetooth, only for the nearby-device way', () => {
    on('/account/passkeys/new', 'For a phone or tablet near this computer: Bluetooth is on, on both.')
    on('/help', 'Bluetooth on both devices, only if you use a phone near a computer.')
  })
  it('K13, K14: iCloud Keychain, the system’s own question, and a help link', () => {
    on('/account/passkeys/new', 'iCloud Keychain is on', 'If it is off, your device asks to turn it on', 'How to turn it on')
    on('/help', 'iCloud Keychain on, to use a passkey on your other Apple devices.', 'Set up iCloud Keychain')
  })
  it('K15, O30: keep system and browser up to date', () => {
    on('/account/passkeys/new', 'System and browser are up to date.')
    on('/help', 'Keep both up to date.', 'Old system software is a common cause.')
  })
  it('K16: private windows', () => {
    on('/account/passkeys/new', 'A private window may be unable to create or keep a passkey.')
    on('/help', 'Private windows may be unable to create or use passkeys.')
  })
  it('K19, K20, K33: only on devices that are yours, and why', () => {
    on(
      '/account/passkeys/new',
      'Only create a passkey on a device that is yours.',
      'Anyone who can unlock the device can sign in, even after you sign out.',
    )
    on('/help', 'The same goes for a shared phone or tablet.')
  })
  it('O22: not on public computers or untrusted networks', () =>
    on('/account/passkeys/new', 'Don’t create one on public computers or over networks that you don’t trust.'))
  it('O2, O3, K4: the private key stays, nothing secret is sent, and a fake site is no use', () => {
    on('/help', 'The private key stays with you', 'Nothing secret is sent', 'A passkey only works on the real site.')
  })
  it('K38: deleting one leaves the others', () => {
    on('/help', 'Deleting one passkey leaves the others, and your other ways to sign in, as they are.')
  })
  it('O6: what works is looked at before anything starts', () => on('/check-device', 'What works here, and how to fix what doesn’t.'))
  it('O8, O9: keep a backup; we do not have the private key', () =>
    on(
      '/account/passkeys/new',
      'We don’t have your private key and can’t restore it.',
      'iCloud Keychain or Google Password Manager',
      'security key',
    ))
  it('K24, K25, K26, O15, O16: after the verification a card asks where to save it: this device, phone by QR, security key', () => {
    on(
      '/account/passkeys/new',
      'Where should it be saved?',
      'This device',
      'Phone or tablet',
      'Scan a QR code. Bluetooth on.',
      'Security key',
      'USB or NFC key, such as YubiKey 5 or Titan. Touch it when it blinks.',
    )
    on('/help', '“Save another way”')
  })
})

describe('where things are found', () => {
  it('K21, O10: profile icon, then Account security', () => on('/account/passkeys', 'Account menu', 'Account security'))
  it('K22, K23, O12, O13: the security page has a Passkeys section with Configure, the passkey page a Create a passkey', async () => {
    on('/account/security', 'Passkeys', 'Configure', 'Create a passkey')
    on('/sign-in/other', 'Passkey on this device')
    expect((await owner.open('/account/security')).html).toMatch(/href="\/account\/passkeys"[^>]*aria-label="Configure passkeys"/)
    expect((await owner.open('/account/passkeys')).html).toMatch(/href="\/account\/passkeys\/new"[^>]*>(?:(?!<\/a>).)*Create a passkey/s)
  })
  it('F10: this device, a phone, a security key to sign in with', () =>
    on('/sign-in/other', 'Passkey on this device', 'Passkey on your phone or tablet', 'Security key'))
  it('K29: the same page by a second path and by a deep link', async () => {
    const { html } = await owner.open('/account/security')
    const [list, page] = [html.slice(0, html.indexOf('<main')), html.slice(html.indexOf('<main'))]
    for (const path of [list, page]) expect(path).toContain('href="/account/passkeys"')
    const endpoints = (await owner.request('GET', '/.well-known/passkey-endpoints')).json() as Promise<{ enroll: string; manage: string }>
    expect(await endpoints).toEqual({ enroll: `${server.origin}/account/passkeys/new`, manage: `${server.origin}/account/passkeys` })
    expect(await owner.open(new URL((await endpoints).manage).pathname)).toMatchObject({ status: 200, url: '/account/passkeys' })
  })
  it('K30, K31: another device by QR or push, which asks for its face, finger or passcode', () => {
    on('/sign-in/other', 'Passkey on your phone or tablet', 'Scan a QR code')
    on('/sign-in/phone', 'Show QR code', 'your browser may offer it by name', 'Your phone asks for your face, fingerprint or its passcode.')
  })
  it('K42: a way to support on every page', async () => {
    const { app } = (await internals.get(server.latchkey))!
    const paths = routesOf(app).flatMap(({ method, path }) =>
      method === 'get' && !/^\/(api|\.well-known)|:|\/(csv|json)$/.test(path) ? [path] : [],
    )
    const without: string[] = []
    for (const browser of [server.browser(), owner])
      for (const path of [...paths, '/nothing', '/account/passkeys/x']) {
        const { html, url } = await browser.open(path)
        if (!/href="https:\/\/support\.example\/chat"[^>]*>Contact support</.test(html)) without.push(`${path} ${url}`)
      }
    expect(paths.length).toBeGreaterThan(20)
    expect(without).toEqual([])
  })
  it('O37: no "delete all", and the page says so', () => {
    on('/account/passkeys', 'Passkeys are deleted one at a time')
    expect(pages['/account/passkeys']).not.toMatch(/delete all|remove all/i)
  })
  it('O26: says to delete the passkeys of devices that are gone', () =>
    on('/account/passkeys', 'New phone or computer? Delete the passkeys of devices that you no longer have.'))
})

describe('when a device is lost or nothing works', () => {
  it('K39, O31, O32: synced passkeys come back with their provider', () =>
    on(
      '/help',
      'sign in to your Apple Account',
      'sign in to your Google account',
      'Sync this device',
      'that the same Google account is there and that sync is on',
    ))
  it('K40: a passkey that is only on a device is lost with it', () =>
    on('/help', 'It is gone with the device, and nobody can bring it back.'))
  it('K41: only device-bound passkeys: urged to have two', () => {
    on('/help', 'If none of your passkeys is synced, have two, on different devices.')
    on('/account/passkeys', 'Create a second one on another device or a security key.')
  })
  it('O24: a finder cannot use the key while the screen lock holds', () =>
    on('/help', 'Whoever finds it can’t use your passkey while the screen lock holds.'))
  it('O27: no button: JavaScript or WebAuthn is off', async () => {
    on('/help', 'There is no button for passkeys', 'JavaScript is off, or the browser is too old.')
    expect((await server.browser().open('/sign-in')).html).toMatch(/<noscript>.*Passkeys need JavaScript/s)
  })
  it('O28: blockers and extensions', async () => {
    on('/help', 'Ad blockers and privacy extensions can interfere.')
    expect(pages['/sign-in']).toContain('An ad blocker or privacy extension may be the cause.')
  })
  it('O29: the prompt keeps failing', () => on('/help', 'Restart the device and try again.'))
  it('O33: right biometrics, failed sign-in', () =>
    on('/help', 'Your finger or face is right, but you are not signed in', 'Try another passkey or another way'))
  it('O34: no waiting for servers', () =>
    on('/help', 'A passkey works on all our servers the moment it is created, and stops working the moment you delete it.'))
  it('O36: a reset phone', () => on('/help', 'Restored from a backup', 'create a new passkey on the new phone'))
  it('O39: signing in needs the network', () => {
    on('/help', 'Signing in needs a connection.')
    on('/sign-in', 'You’re offline. What you do here needs a connection.')
  })
  it('the list of what a device needs has a reason and a fix for each item', () =>
    on('/check-device', 'What a device needs', 'Turn on a PIN, fingerprint or face', 'Update to Chrome 109'))
})
