import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWorld, Person, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.end())

describe('the pretend device, for machines that have none', () => {
  it('signs in as the sample customer with its key, says so loudly, and approves a withdrawal', async () => {
    const person = await Person.arrive(world, { authenticator: false })
    await person.go('/')
    await person.press('button', /sample customer/i)
    await person.at(/account\/security/)
    await person.sees(/pretend device/i)
    await person.go('/demo')
    await person.type('Amount', '0.25')
    await person.press('button', 'Review and approve')
    await person.sees('Approve withdrawal')
    await person.press('button', /^Approve 0.25 BTC/)
    // its own prompt asks before it signs; what for is on the page, and is no sign-in here (U8)
    expect(await person.page.getByRole('dialog').innerText()).toMatch(/Use the passkey of /)
    await person.page.getByRole('dialog').getByRole('button').first().click()
    await person.sees(/^Approved · /)
    expect(person.violations).toEqual([])
    await person.leave()
  })
})
