import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newAddress, PASSWORD, passwordMember } from './members.ts'
import { openWorld, Person, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.end())

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

  it('J1, J2g: signs up with a password by plain forms', async () => {
    const person = await Person.arrive(world, { javaScript: false })
    const email = newAddress()
    await person.go('/sign-up')
    await person.type('Email or phone number', email)
    await person.press('button', 'Continue')
    await person.page.getByLabel('6-digit code').fill(await world.code(email))
    await person.press('button', 'Confirm')
    await person.press('link', /password/i)
    await person.type('New password', PASSWORD)
    await person.press('button', 'Create account')
    await person.sees('You’re all set')
    await person.leave()
  })
})
