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
  it('J8, K3, O40: one click and one prompt approve; it is booked once and opens no session', async context => {
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
    await person.page.locator('[data-lk-error="LK501"]').waitFor()
    await person.sees('Nothing was sent.')
    expect(await person.page.getByRole('button', { name: /^Approve/ }).count()).toBe(0)
    await person.leave()
  })

  it('J8: rejecting asks whether it was the owner, and leads to the other devices', async () => {
    const { person } = await member(world)
    await askFor(person, '0.1')
    await person.press('button', 'Reject')
    await person.sees('Did you request this?')
    await person.press('link', /^No/)
    await person.at('/account/lost-device')
    expect(await person.page.getByRole('heading', { level: 1 }).textContent()).toBe('Which device is gone?')
    await person.leave()
  })

  it('J8: without a passkey two steps approve up to the limit that the page states', async () => {
    const { person, secret } = await passwordMember(world, { authenticator: false })
    await askFor(person, '0.001')
    await person.press('link', /Continue with app code/)
    await person.typeCode(await secret.code())
    await person.sees(/^Approved · /)
    expect(person.violations).toEqual([])
    await person.leave()
  })

  it('U2: above the limit the page names it, what would help, "no" and the way back; each of them works', async () => {
    const { person } = await passwordMember(world, { authenticator: false })
    await askFor(person, '0.9')
    await person.sees(/With two steps: up to 500 USD at a time\. This is [\d,.]+ USD\./)
    await person.sees('Nothing was approved.')
    const approval = person.page.url()
    await person.press('link', 'Change the amount')
    await person.at(/\/demo\/withdrawals\//)
    await person.page.goto(approval)
    await person.press('link', 'Create a passkey')
    await person.at(/\/account\/verify/)
    await person.page.goto(approval)
    await person.press('button', 'Reject')
    await person.sees('Did you request this?')
    expect(person.violations).toEqual([])
    await person.leave()
  })

  it('U3: a young passkey is not asked for: the code is, and approves', async () => {
    const { person, secret } = await passwordMember(world)
    // past the founding day, whose passkeys are trusted at once
    world.clock.advance(25 * 3_600_000)
    await person.go('/account/passkeys/new')
    await person.typeCode(await secret.code())
    await person.press('button', /^This device/)
    await person.sees('Passkey created')
    await askFor(person, '0.001')
    await person.sees(/^Your new passkey moves money from /)
    person.reset()
    expect(await person.page.locator('.lk-btn--primary:visible').allInnerTexts()).toEqual(['Continue with app code'])
    await person.press('link', 'Continue with app code')
    await person.press('link', 'Cancel')
    await person.sees('Approve withdrawal')
    await person.press('link', 'Continue with app code')
    await person.typeCode(await secret.code())
    await person.sees(/^Approved · /)
    expect(person.prompts).toBe(0)
    expect(person.violations).toEqual([])
    await person.leave()
  })
})
