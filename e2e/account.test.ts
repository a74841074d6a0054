import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { account } from './costs.ts'
import { confirmed, enrolTotp, member, nextDay, PASSWORD, passwordMember } from './members.ts'
import { openWorld, Person, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.end())

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1'

describe('J7: getting back in', () => {
  it('J7.1, K30: with a phone that still has the passkey, by QR', async () => {
    const { person } = await member(world, { authenticator: { transport: 'hybrid' }, bluetooth: true })
    await person.forget()
    await person.go('/recover')
    await person.press('link', /^A phone or another device with my passkey/)
    await person.press('button', 'Show QR code')
    await person.at('/account/security')
    expect(person.violations).toEqual([])
    await person.leave()
  })

  it('J7.2, J7.3, K39, K40, O36: what a synced one needs, by provider; that a device-bound one is gone; what a new phone does', async () => {
    const person = await Person.arrive(world, { authenticator: false })
    await person.go('/recover')
    await person.press('link', /^My Apple, Google or Microsoft account/)
    await person.press('link', /iCloud Keychain/)
    await person.sees(/iCloud/)
    await person.go('/recover')
    await person.press('link', /^Nothing but the lost device/)
    await person.sees('This passkey can’t be brought back')
    await person.press('link', 'Use a recovery code')
    await person.sees('Get back into your account')
    await person.go('/recover')
    await person.press('link', /^My phone, but it was reset/)
    await person.sees(/backup/)
    await person.go('/recover')
    await person.press('link', /^None of these/)
    await person.sees('Nothing of that is left')
    expect(person.violations).toEqual([])
    await person.leave()
  })

  it('J7.4, F47, INV-13: recovery code and e-mail code make a new passkey; money pauses, every address is told', async context => {
    const { person, email } = await member(world)
    await person.go('/account/recovery-codes/new')
    await person.press('button', 'Show my codes')
    await person.sees('Save your recovery codes')
    const [code = ''] = (await person.page.locator('main').innerText()).match(/[0-9A-Z]{4}(-[0-9A-Z]{4}){3}/g) ?? []
    await person.authenticator?.remove()
    await person.plugIn({ transport: 'internal', backupEligible: true, backupState: true })
    await person.forget()
    await person.go('/recover')
    person.reset()
    await person.press('link', /^A recovery code/)
    await person.type('Email or phone number', email)
    await person.type('Recovery code', code.toLowerCase().replaceAll('-', ' '))
    await person.press('button', 'Continue')
    await person.sees('One more proof')
    await person.typeSentCode(email)
    await person.sees('You have 9 recovery codes left.')
    await person.press('button', /^This device/)
    await person.sees('Your new passkey is ready')
    await person.press('button', 'Sign in with the new passkey')
    await person.at('/account/security')
    account(context, 'recover with a recovery code', person)
    await person.sees(/Withdrawals are paused until/)
    expect((await world.messages(email)).map(m => m.subject).join('\n')).toMatch(/recover/i)
    expect(person.violations).toEqual([])
    await person.leave()
  })

  it('J7.5, O36: password and e-mail code make a new passkey', async () => {
    const { person, email } = await passwordMember(world)
    await person.forget()
    await person.go('/recover')
    await person.press('link', /^My password/)
    await person.type('Email or phone number', email)
    await person.type('Password', PASSWORD)
    await person.press('button', 'Continue')
    await person.sees(/One more proof|Choose/)
    await person.page
      .getByRole('button', { name: /Email code/ })
      .or(person.page.getByLabel('6-digit code'))
      .first()
      .waitFor()
    if (await person.page.getByRole('button', { name: /Email code/ }).isVisible()) await person.press('button', /Email code/)
    await person.typeSentCode(email)
    await person.press('button', /^This device/)
    await person.sees('Your new passkey is ready')
    expect(person.violations).toEqual([])
    await person.leave()
  })
})

describe('J9: sessions', () => {
  it('J9, F6, F37: which passkey opened them; sign out one; sign out all others', async () => {
    const { person, browser } = await member(world)
    const phones = [world.browser({ userAgent: IPHONE }), world.browser({ userAgent: IPHONE }), world.browser({ userAgent: IPHONE })]
    for (const phone of phones) {
      phone.authenticator = browser.authenticator
      expect((await phone.signIn()).url).toBe('/account/security')
    }
    const open = async (): Promise<number> =>
      (await Promise.all(phones.map(phone => phone.api('/api/session')))).filter(answer => answer.body.session !== null).length
    await person.go('/account/sessions')
    await person.sees('Signed in with passkey “Chrome on Windows”')
    await person.press('button', /^Sign out.*Safari on iPhone/)
    await expect.poll(open).toBe(2)
    await person.page
      .getByRole('button', { name: 'Sign out all others' })
      .or(person.page.getByRole('link', { name: 'Sign out all others' }))
      .click()
    await expect.poll(open).toBe(0)
    await person.sees('Only this device is signed in.')
    expect(person.violations).toEqual([])
    await person.leave()
  })
})

describe('J11: second factors', () => {
  it('J11, F32, F33: authenticator app and phone are added; the app is turned off again in a dialog', async () => {
    const { person } = await member(world)
    await person.go('/account/factors')
    await person.press('link', 'Set up: Authenticator app')
    await enrolTotp(world, person)
    await person.press('link', 'Done')
    await person.go('/account/factors')
    await person.press('link', 'Add: Text message')
    await confirmed(person)
    await person.type(/number/i, '+1 415 555 0132')
    await person.press('button', /Continue|Send/)
    await person.sees(/6-digit code/)
    await person.typeSentCode('+14155550132')
    await person.sees(/\+1/)
    await nextDay(world, person)
    await person.go('/account/factors')
    await person.press('link', 'Remove: Authenticator app')
    await person.sees('Turn off your authenticator app?')
    await person.press('link', 'Turn off')
    await expect.poll(async () => (await person.page.locator('main').innerText()).includes('Off. It works without a signal')).toBe(true)
    expect(person.violations).toEqual([])
    await person.leave()
  })
})
