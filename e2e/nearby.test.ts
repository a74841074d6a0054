import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWorld, Person, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.end())

describe('K30: what is offered for another device is what this browser can', () => {
  const phone = async (hybridTransport: boolean): Promise<Person> => {
    const person = await Person.arrive(world, {})
    await person.context.addInitScript(can => {
      PublicKeyCredential.getClientCapabilities = async () => ({ hybridTransport: can })
    }, hybridTransport)
    await person.go('/sign-in/phone')
    return person
  }

  it('no QR code without Bluetooth, and how to turn that on', async () => {
    const person = await phone(false)
    await person.sees(/Turn on Bluetooth on this computer to use your phone/)
    expect(await person.page.getByRole('button', { name: 'Show QR code' }).count()).toBe(0)
    expect(await person.page.locator('[data-lk-off="LK208"] a').getAttribute('href')).toContain('#bluetooth')
    await person.leave()
  })

  it('the QR code where it can', async () => {
    const person = await phone(true)
    await person.page.getByRole('button', { name: 'Show QR code' }).waitFor()
    expect(await person.page.locator('[data-lk-off]').count()).toBe(0)
    await person.leave()
  })
})
