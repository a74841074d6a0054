import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWorld, Person, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.end())

const PASSWORD = 'violet teapot marching home'

/** Somebody with a password and no passkey, at a browser that is signed out. */
async function withPassword(email: string): Promise<Person> {
  await world.browser().signUpWithPassword(email, PASSWORD)
  return Person.arrive(world, { authenticator: false })
}

async function signInWithPassword(person: Person, email: string): Promise<void> {
  await person.go('/sign-in')
  await person.type('Email or phone number', email)
  await person.press('button', 'Continue')
  await person.sees('Welcome back')
  await person.type('Password', PASSWORD)
  await person.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await person.sees('One more step')
  await person.press('button', /email/i)
  await person.typeSentCode(email)
}

describe('F9, J10: a passkey made silently, right after a sign-in with a password', () => {
  it('in a browser that can: no prompt, no click, told on the page, and it signs in next time', async () => {
    const email = 'silent@example.com'
    const person = await withPassword(email)
    await person.context.addInitScript(() => {
      localStorage.getItem('lk-pretend-device') ?? localStorage.setItem('lk-pretend-device', JSON.stringify({ on: true, keys: [] }))
    })
    await signInWithPassword(person, email)
    await person.at('/account/security')
    await person.sees(/Your browser saved a passkey/)
    await person.sees('Needs first use')
    expect(person.page.url()).toContain('done=upgraded')
    await person.forget()
    await person.go('/sign-in')
    await person.press('button', 'Sign in with a passkey')
    await person.page.getByRole('dialog').getByRole('button', { name: 'Unlock' }).click()
    await person.at('/account/security')
    expect(await person.page.getByText('Needs first use').count()).toBe(0)
    expect(person.violations).toEqual([])
    await person.leave()
  })

  it('in one that says it can and gives no answer: on to where the person was going, without an error', async () => {
    const email = 'hangs@example.com'
    const person = await withPassword(email)
    await person.context.addInitScript(() => {
      PublicKeyCredential.getClientCapabilities = async () => ({ conditionalCreate: true })
      navigator.credentials.create = () => new Promise(() => undefined)
    })
    await signInWithPassword(person, email)
    await person.at('/account/security')
    expect(person.page.url()).not.toContain('done=')
    expect(await person.page.locator('[data-lk-error]').count()).toBe(0)
    // while there is none, creating one is what the page is for
    expect(await person.page.locator('main h2').first().innerText()).toBe('Passkeys')
    expect(person.violations).toEqual([])
    await person.leave()
  })
})
