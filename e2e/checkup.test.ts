import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signInAsSample } from './screens.ts'
import { openWorld, Person, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.end())

describe('O25: the security checkup', () => {
  it.each([true, false])('is found, gone through and finished by clicks alone; with a script: %s', async javaScript => {
    const person = await Person.arrive(world, { javaScript })
    await signInAsSample(person)
    await person.go('/account/security')
    await person.press('link', /^Security checkup What is weak/)
    await person.at('/account/checkup')
    await person.sees('One device hasn’t been used for days')
    await person.page.getByRole('link', { name: 'Delete Titan Security Key' }).click()
    await person.sees(/^You won’t be able to sign in with it any more/)
    await person.press('link', 'Keep it')
    await person.go('/account/checkup')
    await person.press('button', 'Keep Titan Security Key')
    await person.sees('Thanks. We’ll ask again when it has not been used for a long time.')
    await person.at('/account/checkup')
    expect(await person.page.getByRole('heading', { name: 'Are these still yours?' }).count()).toBe(0)
    await person.press('button', 'Finish later')
    await person.at('/account/security')
    await person.leave()
  })
})
