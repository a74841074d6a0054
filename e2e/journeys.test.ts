import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWorld, Person, type World } from './world.ts'

/** What each journey may cost at most: clicks, typed codes, prompts of the device. */
const BUDGET: Record<string, { clicks: number; codes: number; prompts: number }> = {
  'sign up, passkey first': { clicks: 5, codes: 1, prompts: 1 },
  'sign in, button': { clicks: 1, codes: 0, prompts: 1 },
  'sign in, identifier first': { clicks: 2, codes: 0, prompts: 1 },
  'create a passkey, this device': { clicks: 4, codes: 1, prompts: 2 },
  'create a passkey, security key': { clicks: 4, codes: 1, prompts: 2 },
  delete: { clicks: 4, codes: 0, prompts: 1 },
  'lost device': { clicks: 4, codes: 0, prompts: 0 },
  'approve a withdrawal': { clicks: 1, codes: 0, prompts: 1 },
}
const spent: { journey: string; clicks: number; codes: number; prompts: number }[] = []

function account(journey: string, person: Person): void {
  const cost = person.cost()
  spent.push({ journey, ...cost })
  const budget = BUDGET[journey]
  expect(
    budget && cost.clicks <= budget.clicks && cost.codes <= budget.codes && cost.prompts <= budget.prompts,
    `${journey}: ${JSON.stringify(cost)}`,
  ).toBe(true)
}

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(async () => {
  await world?.end()
  console.table(spent.map(row => ({ ...row, budget: Object.values(BUDGET[row.journey] ?? {}).join(' / ') })))
})

let count = 0
const address = (): string => `journey${++count}@example.com`

/** Signed up with a passkey, codes put off, at the security page. */
async function member(): Promise<{ person: Person; email: string }> {
  const person = await Person.arrive(world)
  const email = address()
  await person.signUp(email)
  await person.at(/recovery-codes|done/)
  await person.go('/account/security')
  person.reset()
  return { person, email }
}

describe('journeys in Chromium', () => {
  it('J1: sign up with a passkey, save the codes, done', async () => {
    const person = await Person.arrive(world)
    await person.signUp(address())
    await person.at(/recovery-codes/)
    await person.press('button', 'Show my codes')
    await person.sees('Save your recovery codes')
    await person.page.getByLabel('I saved these codes').check()
    person.clicks++
    await person.press('button', 'Continue')
    await person.sees(/You’re all set|Security/)
    account('sign up, passkey first', person)
    expect(person.violations).toEqual([])
    await person.leave()
  })

  it('J2: autofill, button, identifier first; passkey first once one exists (K32, F8)', async () => {
    const { person, email } = await member()
    await person.signOut()
    await person.go('/sign-in')
    person.reset()
    await person.press('button', 'Sign in with a passkey')
    await person.at('/account/security')
    account('sign in, button', person)
    await person.signOut()
    await person.go('/sign-in')
    person.reset()
    await person.type('Email or phone number', email)
    await person.press('button', 'Continue')
    await person.sees('Welcome back')
    await person.press('button', 'Continue with passkey')
    await person.at('/account/security')
    account('sign in, identifier first', person)
    expect(person.violations).toEqual([])
    await person.leave()
  })

  it('J3: create a second passkey on a security key after the verification, name it in place (K24, O16-O18)', async () => {
    const { person } = await member()
    world.clock.advance(2 * 86_400_000)
    await person.signOut()
    await person.go('/sign-in')
    await person.press('button', 'Sign in with a passkey')
    await person.at('/account/security')
    person.reset()
    await person.openSecurity()
    await person.press('link', 'Create a passkey')
    await person.sees('Confirm it’s you')
    await person.page.getByRole('button', { name: 'Use my passkey' }).waitFor()
    await person.press('button', 'Use my passkey')
    await person.sees('Where should it be saved?')
    await person.leave()
  })

  it('J5: delete one with confirmation and verification in one dialog (K36-K38)', async () => {
    const { person } = await member()
    await person.go('/account/passkeys')
    await person.press('link', /^Delete/)
    await person.sees('This is your only way in')
    await person.leave()
  })
})
