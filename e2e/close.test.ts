import { internals } from '@latchkey/server/internals'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { member, nextDay } from './members.ts'
import { openWorld, type Person, type World } from './world.ts'

const DAY = 86_400_000

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.end())

/** Asks for the closing by clicks, from the security page to the page of its wait. */
async function close(person: Person): Promise<void> {
  await person.press('link', /^Close my account/)
  await person.sees(/^Close your .* account\?/)
  await person.press('button', 'Close my account')
  await person.at(/^\/account\/waits\//)
}

async function signIn(person: Person): Promise<void> {
  await person.go('/sign-in')
  await person.press('button', 'Sign in with a passkey')
}

describe('policy.md §4 an owner leaves', () => {
  it('asks for it, sees until when it waits, and stops it', async () => {
    const { person } = await member(world)
    await nextDay(world, person)
    await close(person)
    await person.sees(/^Takes effect on/)
    await person.go('/account/security')
    await person.press('link', /^Close my account/)
    await person.sees(/^You asked for it already/)
    await person.press('link', 'See it, or stop it')
    await person.press('link', 'Cancel this change')
    await person.sees('The change was stopped')
    world.clock.advance(10 * DAY)
    await person.forget()
    await signIn(person)
    await person.at('/account/security')
    expect(person.violations).toEqual([])
    await person.leave()
  })

  it('after the wait every page leads to the sign-in, the sign-in to the calm page, and one prompt keeps the account', async () => {
    const { person, email } = await member(world)
    await nextDay(world, person)
    await close(person)
    world.clock.advance(DAY)
    await person.go('/account/security')
    await person.at(/^\/sign-in/)
    expect((await world.messages(email)).some(({ text }) => /It is erased on/.test(text))).toBe(true)
    await signIn(person)
    await person.at('/account/closing')
    await person.sees(/^On .* it is erased\. Until then you can keep it/)
    await person.go('/account/passkeys')
    await person.at('/account/closing')
    await person.press('link', /^Read what happened/)
    await person.sees('Account closed')
    await person.go('/account/closing')
    person.reset()
    await person.press('link', 'Keep my account')
    await person.sees(/^You kept your account/)
    await person.at('/account/security')
    expect(person.cost().prompts).toBe(1)
    expect(person.violations).toEqual([])
    await person.leave()
  })

  it('seven days later it is erased: its passkey opens nothing, and its address signs up anew', async () => {
    const { person, email } = await member(world)
    await nextDay(world, person)
    await close(person)
    world.clock.advance(DAY)
    const { maintenance } = await internals.get(world.latchkey)!
    await maintenance.run()
    world.clock.advance(7 * DAY)
    await maintenance.run()
    await signIn(person)
    await person.sees('This passkey is no longer linked to an account.')
    await person.forget()
    await person.signUp(email)
    await person.at(/recovery-codes/)
    expect(person.violations).toEqual([])
    await person.leave()
  })
})
