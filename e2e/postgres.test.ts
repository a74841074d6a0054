import { startPostgres, type TestPostgres } from '@latchkey/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newAddress } from './members.ts'
import { openWorld, Person, type World } from './world.ts'

let postgres: TestPostgres
let world: World
beforeAll(async () => {
  postgres = await startPostgres()
  world = await openWorld({ database: await postgres.createDatabase('walk') })
})
afterAll(async () => {
  await world?.end()
  await postgres?.stop()
})

describe('the smoke set on PostgreSQL', () => {
  it('J1, J2, J3, J5, J8: sign up, sign in, a second passkey, delete it, approve a withdrawal', async () => {
    const person = await Person.arrive(world)
    await person.signUp(newAddress())
    await person.at(/recovery-codes/)
    await person.forget()
    await person.signIn()
    await person.press('link', 'Create a passkey')
    await person.sees('Where should it be saved?')
    const key = await person.plugIn({ transport: 'usb' })
    await person.press('button', /^Security key/)
    await person.sees('Passkey created')
    await person.press('link', 'Done')
    await person.press('link', 'Delete Security key')
    await person.press('button', 'Delete passkey')
    await person.sees('“Security key” deleted.')
    await key.remove()
    await person.go('/demo')
    await person.type('Amount', '0.5')
    await person.press('button', 'Review and approve')
    await person.press('button', /^Approve 0.50 BTC/)
    await person.sees(/^Approved · /)
    expect(person.violations).toEqual([])
    await person.leave()
  })
})
