import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { account } from './costs.ts'
import { member, nextDay, passwordMember } from './members.ts'
import { openWorld, type Person, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.end())

async function askFor(person: Person, amount: string): Promise<void> {
  await person.go('/demo')
  await person.type('Amount', amount)
  await person.press('button', 'Review and approve')
  await person.sees('Approve withdrawal')
}

describe('J8: a withdrawal', () => {
  it('J8, K3, F44, O40: one click and one prompt sign exactly what is shown; it is booked once and opens no session', async context => {
    const { person } = await member(world)
    await nextDay(world, person)
    const open = async (): Promise<number> =>
      ((await (await person.page.request.get('/api/sessions')).json()) as { items: unknown[] }).items.length
    const sessions = await open()
    await askFor(person, '0.5')
    await person.sees('31,204.10')
    person.reset()
    await person.press('button', /^Approve 0.50 BTC/)
    await person.sees(/^Approved · /)
    account(context, 'approve a withdrawal', person)
    await person.press('link', 'View withdrawal')
    await person.sees(/0\.50? BTC/)
    expect(await open()).toBe(sessions)
    await person.go('/demo/trade')
    await person.sees('Trade')
    expect(person.violations).toEqual([])
    await person.leave()
  })

  it('J8, LK501: an expired request sends nothing and says so', async () => {
    const { person } = await member(world)
    await askFor(person, '0.2')
    world.clock.advance(6 * 60_000)
    await person.press('button', /^Approve 0.20 BTC/)
    await person.page.locator('[data-lk-error="LK501"]').or(person.page.getByText('Nothing was sent.')).first().waitFor()
    await person.leave()
  })

  it('J8: rejecting asks whether it was the owner, and leads to the other devices', async () => {
    const { person } = await member(world)
    await askFor(person, '0.1')
    await person.press('button', 'Reject')
    await person.sees('Did you request this?')
    await person.press('link', /^No/)
    await person.at(/sessions|verify|lost/)
    await person.leave()
  })

  it('J8: without a passkey two steps approve up to the limit that the page states', async () => {
    const { person, secret } = await passwordMember(world, { authenticator: false })
    await askFor(person, '0.001')
    await person.press('link', /Continue with app code/)
    await person.typeCode(await secret.code())
    await person.sees(/^Approved · /)
    await askFor(person, '0.9')
    await person.sees(/above the limit without a passkey/)
    expect(person.violations).toEqual([])
    await person.leave()
  })
})
