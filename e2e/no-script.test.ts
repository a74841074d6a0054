import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newAddress, PASSWORD, passwordMember } from './members.ts'
import { openWorld, Person, type World } from './world.ts'

let world: World
/** Another origin, to which a page of the host leads. */
const away = createServer((_request, answer) => answer.end('<!doctype html><title>Away</title><h1>The shop</h1>'))
beforeAll(async () => {
  await new Promise<void>(resolve => away.listen(0, '127.0.0.1', resolve))
  const location = `http://127.0.0.1:${(away.address() as AddressInfo).port}/cart`
  world = await openWorld({}, path => (path === '/shop' ? new Response(null, { status: 302, headers: { location } }) : null))
})
afterAll(async () => {
  await world?.end()
  await new Promise(resolve => away.close(resolve))
})

/** Somebody with a password, at a browser that never saw the account. */
async function customer(): Promise<{ person: Person; email: string }> {
  const email = newAddress()
  await world.browser().signUpWithPassword(email, PASSWORD)
  return { person: await Person.arrive(world, { javaScript: false }), email }
}

async function signIn(person: Person, email: string): Promise<void> {
  await person.type('Email or phone number', email)
  await person.press('button', 'Continue')
  await person.type('Password', PASSWORD)
  await person.press('button', 'Sign in')
  await person.press('button', /^Email/)
  await person.typeSentCode(email)
  await person.press('button', 'Confirm')
}

describe('without JavaScript', () => {
  it('J2g, O27: signs in with password and code, lists, renames and deletes a passkey by plain forms', async () => {
    const { person, email, secret, browser } = await passwordMember(world, { javaScript: false })
    await browser.open('/account/passkeys/new')
    const verified = await browser.api('/api/step-up/totp', { operation: 'passkey.add', target: null, secret: await secret.code() })
    expect(verified.status).toBe(200)
    const { TestBrowser } = await import('@latchkey/testing/latchkey')
    const page = await browser.open('/account/passkeys/new')
    const response = await browser.authenticator.create(TestBrowser.options(page))
    await browser.submit('/account/passkeys', { response: JSON.stringify(response) })

    await person.forget()
    await person.go('/sign-in')
    await person.sees(/Passkeys need JavaScript/)
    await person.type('Email or phone number', email)
    await person.press('button', 'Continue')
    await person.type('Password', PASSWORD)
    await person.press('button', 'Sign in')
    await person.sees('Enter the code')
    await person.page.getByLabel('6-digit code').fill(await secret.code())
    await person.press('button', 'Confirm')
    await person.at('/account/security')
    await person.go('/account/passkeys')
    await person.press('link', /^Rename/)
    await person.type('Name', 'Old laptop')
    await person.press('button', 'Save')
    await person.sees('Old laptop')
    await person.press('link', 'Delete Old laptop')
    await person.sees('Delete “Old laptop”?')
    await person.press('button', /Delete passkey|Continue|app code/i)
    await person.page.getByLabel('6-digit code').fill(await secret.code())
    await person.press('button', /Delete|Confirm/)
    await person.sees(/deleted|stopped working|stops/)
    await person.leave()
  })

  it('BR-1: a form leads on to a page of the host that leads to another origin', async () => {
    const { person, email } = await customer()
    await person.go('/sign-in?return_to=/shop')
    await signIn(person, email)
    await person.page.getByRole('heading', { name: 'The shop' }).waitFor()
    expect(new URL(person.page.url()).pathname).toBe('/cart')
    await person.leave()
  })

  it('FL-2: the form of a tab that was opened before a sign-in elsewhere leads on', async () => {
    const { person, email } = await customer()
    const tab = await person.context.newPage()
    await tab.goto('/sign-in?return_to=/account/sessions')
    await person.go('/sign-in')
    await signIn(person, email)
    await person.at('/account/security')
    await tab.getByLabel('Email or phone number').fill(email)
    await tab.getByRole('button', { name: 'Continue' }).click()
    await tab.waitForURL('**/account/sessions')
    expect(await tab.getByRole('heading', { level: 1 }).textContent()).toBe('Devices and sessions')
    await person.leave()
  })

  it('J1, J2g: signs up with a password by plain forms', async () => {
    const person = await Person.arrive(world, { javaScript: false })
    const email = newAddress()
    await person.go('/sign-up')
    await person.type('Email or phone number', email)
    await person.press('button', 'Continue')
    await person.typeSentCode(email)
    await person.press('button', 'Confirm')
    await person.press('link', /password/i)
    await person.type('New password', PASSWORD)
    await person.press('button', 'Create account')
    await person.sees('You’re all set')
    await person.go('/account/security')
    expect(new URL(person.page.url()).pathname).toBe('/account/security')
    await person.leave()
  })
})
