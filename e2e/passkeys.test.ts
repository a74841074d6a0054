import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { account } from './costs.ts'
import { member, nextDay, passwordMember } from './members.ts'
import { openWorld, type Person, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.end())

const done = async (person: Person): Promise<void> => {
  expect(person.violations).toEqual([])
  await person.leave()
}

describe('J3: creating a passkey', () => {
  it('J3, K18, K21-K24, O13, O14, O16, O17: on this device after an app code; it stands in the list at once', async context => {
    const { person, secret } = await passwordMember(world)
    await person.openSecurity()
    await person.sees('Configure')
    await person.press('link', 'Create a passkey')
    await person.sees('Confirm it’s you')
    await person.typeCode(await secret.code())
    await person.sees('Where should it be saved?')
    await person.sees(/Only create a passkey on a device that is yours/)
    await person.press('button', /^This device/)
    await person.sees('Passkey created')
    account(context, 'create a passkey, this device, verified by a code', person)
    await person.page.getByLabel('Name').fill('Primary iPhone')
    await person.page.getByLabel('Name').blur()
    await person.sees('Saved')
    await person.press('link', 'Done')
    await person.sees('Primary iPhone')
    await person.sees(/Created .* in Chrome on Linux/)
    await done(person)
  })

  it('J3, K9, K28, O19, O20: a security key beside it, verified by the passkey; both sign in', async context => {
    const { person } = await member(world)
    await nextDay(world, person)
    const key = await person.plugIn({ transport: 'usb' })
    await person.openSecurity()
    await person.press('link', 'Create a passkey')
    await person.press('button', /^Security key/)
    await person.sees('Passkey created')
    account(context, 'create a passkey, security key', person)
    await person.sees(/only on this security key/)
    expect(await key.credentials()).toHaveLength(1)
    await person.press('link', 'Done')
    const [own] = (await person.authenticator?.credentials()) ?? []
    await person.authenticator?.remove()
    await person.forget()
    await person.signIn()
    await key.remove()
    const again = await person.plugIn({ transport: 'internal', backupEligible: true, backupState: true })
    await again.addCredential(own!)
    await person.forget()
    await person.signIn()
    await done(person)
  })

  it('J3, K25, K31, O15: on a phone by QR; the prompt is told to look there', async context => {
    const { person } = await member(world, { bluetooth: true })
    await nextDay(world, person)
    await person.openSecurity()
    await person.press('link', 'Create a passkey')
    await person.sees('Where should it be saved?')
    // an empty phone that touches itself would have answered the verification first
    await person.plugIn({ transport: 'hybrid', backupEligible: true, backupState: true })
    await person.press('button', /^Phone or tablet/)
    await person.sees('Passkey created')
    expect(person.asked).toBe('hybrid cross-platform required')
    account(context, 'create a passkey, phone by QR', person)
    await done(person)
  })

  it('J3, F20: a device that has one already is told so, and nothing is made twice', async () => {
    const { person } = await member(world)
    await person.press('link', 'Create a passkey')
    await person.press('button', /^This device/)
    await person.page.locator('[data-lk-error="LK105"]').waitFor()
    expect(await person.authenticator?.credentials()).toHaveLength(1)
    await done(person)
  })
})

describe('J4: the list', () => {
  it('J4, F1, O18, K35: rename in place, Escape takes it back; details tell what happens when it is lost', async context => {
    const { person } = await member(world)
    await person.go('/account/passkeys')
    person.reset()
    await person.press('link', /^Rename/)
    await person.page.getByRole('textbox', { name: 'Name' }).fill('Reise-Notebook 旅行')
    await person.press('button', 'Save')
    await person.sees('Reise-Notebook 旅行')
    account(context, 'name it later', person)
    await person.press('link', /^Rename/)
    await person.page.getByRole('textbox', { name: 'Name' }).fill('Another')
    await person.page.keyboard.press('Escape')
    await person.sees('Reise-Notebook 旅行')
    await person.press('link', /^Details/)
    await person.sees('If you lose the device')
    await done(person)
  })

  it('H10: an old session asks before a name is saved; Cancel keeps what was typed, confirming saves it', async () => {
    const { person } = await member(world)
    await nextDay(world, person)
    world.clock.advance(16 * 60_000)
    await person.go('/account/passkeys')
    await person.press('link', /^Rename/)
    const field = person.page.getByRole('textbox', { name: 'Name' })
    await field.fill('Reise-Notebook 旅行')
    // nobody touches the device until the name is to be saved
    await person.authenticator?.setPresence(false)
    await person.press('button', 'Save')
    await person.sees('Confirm it’s you')
    await person.sees(/To rename the passkey .*Reise-Notebook 旅行/)
    await person.press('link', 'Cancel')
    await person.page.locator('dialog').waitFor({ state: 'detached' })
    expect(await field.inputValue()).toBe('Reise-Notebook 旅行')
    await person.authenticator?.setPresence(true)
    await person.press('button', 'Save')
    await person.page.getByRole('heading', { name: 'Reise-Notebook 旅行' }).waitFor()
    await done(person)
  })
})

describe('J5: deleting', () => {
  it('J5, K36, K37, K38, F29: one dialog, one prompt; the others keep working', async context => {
    const { person } = await member(world)
    await nextDay(world, person)
    const key = await person.plugIn({ transport: 'usb' })
    await person.press('link', 'Create a passkey')
    await person.press('button', /^Security key/)
    await person.sees('Passkey created')
    await person.press('link', 'Done')
    await person.at('/account/security')
    person.reset()
    await person.openSecurity()
    await person.press('link', 'Delete Security key')
    await person.sees('Delete “Security key”?')
    await person.sees(/You won’t be able to sign in with it any more/)
    expect(await person.page.evaluate(() => document.activeElement?.textContent)).toBe('Keep it')
    await person.press('button', 'Delete passkey')
    await person.sees('“Security key” deleted.')
    account(context, 'delete', person)
    // an empty key that touches itself would answer first
    await key.remove()
    await person.forget()
    await person.signIn()
    await done(person)
  })

  it('J5, O38, INV-1: the last way in stays; the page says what to do first', async () => {
    const { person } = await member(world)
    await person.press('link', /^Delete/)
    await person.sees('This is your only way in')
    await person.press('link', 'Create a passkey')
    await person.sees('Where should it be saved?')
    await done(person)
  })
})

describe('J6: a lost device', () => {
  it('J6, K34, O24, F7: suspended at once without a code, its sessions end; reactivated later with a verification', async context => {
    const { person, browser } = await member(world)
    const phone = world.browser({
      userAgent:
        'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
    })
    phone.authenticator = browser.authenticator
    expect((await phone.signIn()).url).toBe('/account/security')
    await person.plugIn({ transport: 'usb' })
    await person.press('link', 'Create a passkey')
    await person.press('button', /^Security key/)
    await person.sees('Passkey created')
    await person.authenticator?.remove()
    world.clock.advance(3_600_000)
    await person.forget()
    await person.signIn()
    person.reset()
    await person.openSecurity()
    await person.press('link', /^I lost a device/)
    await person.press('button', 'Suspend now: Chrome on Windows')
    await person.sees('“Chrome on Windows” is suspended')
    account(context, 'lost device', person)
    for (const its of [phone, browser]) expect((await its.api('/api/session')).body).toEqual({ session: null })
    await person.go('/account/passkeys')
    await person.sees('Suspended')
    await person.press('link', 'Reactivate Chrome on Windows')
    await person.sees(/“Chrome on Windows” (is active|works) again|reactivated/)
    expect((await person.page.locator('main').innerText()).includes('Suspended just now')).toBe(false)
    await done(person)
  })
})
