import { createPrivateKey, type JsonWebKey } from 'node:crypto'
import { type ExportedKey, totpFromUri, type VirtualCredential } from '@latchkey/testing'
import type { TestBrowser } from '@latchkey/testing/latchkey'
import { Person, type PersonOptions, type World } from './world.ts'

export const PASSWORD = 'correct horse battery staple 9'

let count = 0
export const newAddress = (): string => `person${++count}-${process.pid}@example.com`

/** An account with one passkey, which this browser's device holds; at the security page, nothing counted yet. Made without a screen: J1 is walked elsewhere. */
export async function member(world: World, options: PersonOptions = {}): Promise<{ person: Person; email: string; browser: TestBrowser }> {
  const browser = world.browser()
  const email = newAddress()
  await browser.signUp(email)
  const person = await Person.arrive(world, options)
  for (const key of await browser.authenticator.export()) await person.authenticator?.addCredential(asVirtual(key))
  await person.adopt(browser)
  await person.go('/account/security')
  person.reset()
  return { person, email, browser }
}

const plain = (base64url: string): string => Buffer.from(base64url, 'base64url').toString('base64')

/** A key of the software authenticator as Chromium's virtual one takes it. */
export const asVirtual = (key: ExportedKey): VirtualCredential => ({
  credentialId: plain(key.id),
  isResidentCredential: key.discoverable,
  rpId: key.rpId,
  privateKey: createPrivateKey({ key: key.privateKey as JsonWebKey, format: 'jwk' })
    .export({ type: 'pkcs8', format: 'der' })
    .toString('base64'),
  userHandle: plain(key.userHandle),
  signCount: key.signCount,
  backupEligibility: key.backupEligible,
  backupState: key.backupState,
  userName: key.userName,
  userDisplayName: key.userDisplayName,
})

/** Past the founding day; the member signs in again. */
export async function nextDay(world: World, person: Person): Promise<void> {
  world.clock.advance(2 * 86_400_000)
  await person.forget()
  await person.signIn()
  person.reset()
}

export interface Secret {
  /** The code of the next time step, which nobody has used. */
  code(): Promise<string>
}

/** An account with password and authenticator app, made without a screen, then opened in this browser. */
export async function passwordMember(
  world: World,
  options: PersonOptions = {},
): Promise<{ person: Person; email: string; secret: Secret; browser: TestBrowser }> {
  const browser = world.browser()
  const email = newAddress()
  await browser.signUpWithPassword(email, PASSWORD)
  const secret = await addTotp(world, browser, email)
  // the code of the set-up serves as the next verification for five minutes
  world.clock.advance(6 * 60_000)
  const person = await Person.arrive(world, options)
  await person.adopt(browser)
  await person.go('/account/security')
  person.reset()
  return { person, email, secret, browser }
}

async function addTotp(world: World, browser: TestBrowser, email: string): Promise<Secret> {
  // a sign-up covers no other method: the strongest one that is there proves this, a code by e-mail
  const purpose = { operation: 'totp.add', method: 'email' }
  await browser.open('/account/verify?operation=totp.add')
  await browser.submit('/account/verify/send', purpose)
  await browser.submit('/account/verify/secret', { ...purpose, secret: await world.code(email) })
  await browser.open('/account/factors/totp')
  const { html } = await browser.submit('/account/factors/totp/begin')
  const uri = /href="(otpauth:[^"]+)"/.exec(html)?.[1]?.replaceAll('&amp;', '&')
  if (!uri) throw new Error('no key to set up an app with')
  const secret = secretOf(world, uri)
  const done = await browser.submit('/account/factors/totp', { code: await secret.code() })
  if (!done.html.includes('Authenticator app turned on')) throw new Error(`the app was not turned on: ${done.status} ${done.url}`)
  return secret
}

const secretOf = (world: World, uri: string): Secret => ({
  code() {
    // a code is good once: the clock goes on to the next
    world.clock.advance(30_000)
    return totpFromUri(uri, world.clock.now())
  },
})

/** On the security verification that each set-up has of its own: by the passkey of this device, or by a code to the mailbox. */
export async function confirmed(person: Person, email?: string): Promise<void> {
  await person.at(/^\/account\/verify/)
  if (email === undefined) return person.press('button', 'Use my passkey')
  await person.press('button', /^Email code/)
  await person.typeSentCode(email)
}

/** Behind "Set up": reads the key off the page that explains the app, types the code. @param email who has no passkey */
export async function enrolTotp(world: World, person: Person, email?: string): Promise<Secret> {
  // the verification begins the set-up
  await confirmed(person, email)
  const uri = await person.page.locator('a[href^="otpauth:"]').getAttribute('href')
  const secret = secretOf(world, uri ?? '')
  await person.typeCode(await secret.code())
  await person.sees('Authenticator app turned on')
  return secret
}
