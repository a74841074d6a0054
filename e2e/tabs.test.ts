import { afterAll, beforeAll, expect, it } from 'vitest'
import { newAddress, PASSWORD } from './members.ts'
import { openWorld, Person, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.end())

/** The form sends itself at the last digit. */
async function signIn(person: Person, email: string): Promise<void> {
  await person.type('Email or phone number', email)
  await person.press('button', 'Continue')
  await person.type('Password', PASSWORD)
  await person.press('button', 'Sign in')
  await person.press('button', /^Email/)
  await person.typeSentCode(email, code => `${code.slice(0, 3)}\u2212${code.slice(3)}`)
}

it('FL-2, TO-1: signed out in another tab, the form of this one asks to sign in, by a code in any spelling, and leads back to its page', async () => {
  const email = newAddress()
  await world.browser().signUpWithPassword(email, PASSWORD)
  const person = await Person.arrive(world)
  await person.go('/sign-in')
  await signIn(person, email)
  await person.at('/account/security')
  await person.go('/account/sessions')
  const tab = await person.context.newPage()
  await tab.goto('/account/security')
  await tab
    .locator('form[action$="/sign-out"] button')
    .first()
    .evaluate((b: HTMLElement) => b.click())
  await tab.waitForURL('**/sign-out')
  await person.page.locator('main form button').first().click()
  await person.page.getByLabel('Email or phone number').waitFor()
  await signIn(person, email)
  await person.at('/account/sessions')
  expect(person.violations).toEqual([])
  await person.leave()
})
