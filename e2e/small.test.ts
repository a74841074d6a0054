import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asVirtual, nextDay } from './members.ts'
import { openWorld, Person, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.end())

const LONG_EMAIL = 'maria-de-los-angeles.fernandez-de-la-vega-y-gutierrez@correo-electronico-seguro.example.com'
const LONG_NAMES = [
  'Ordenador portátil de la oficina de Fernández-de-la-Vega (despacho)',
  'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbea',
]

describe('U4: what counts as a way back', () => {
  it('U4: codes that were never confirmed count on neither page; confirmed they do, and a passkey on one device alone is warned about', async () => {
    const person = await Person.arrive(world, { authenticator: { transport: 'internal', backupEligible: true, backupState: true } })
    await person.signUp('bea@example.com')
    await person.at(/recovery-codes/)
    await person.press('button', 'Show my codes')
    await person.sees('Save your recovery codes')
    await person.go('/account/security')
    await person.sees('You never confirmed that your recovery codes are saved.')
    expect(await person.page.getByText('Good –').count()).toBe(0)
    await person.leave()
    const bound = await Person.arrive(world, { authenticator: { transport: 'internal', backupEligible: false } })
    await bound.signUp('max@example.com')
    await bound.at(/recovery-codes/)
    await bound.press('button', 'Show my codes')
    await bound.page.getByLabel('I saved these codes').check()
    await bound.press('button', 'Continue')
    await bound.go('/account/security')
    await bound.sees('Your only passkey can’t be restored if you lose the device.')
    expect(await bound.page.getByText('Good –').count()).toBe(0)
    await bound.go('/account/passkeys')
    await bound.sees('Your only passkey can’t be restored if you lose the device.')
    await bound.leave()
  })
})

describe('U8: small things', () => {
  it('U8: without a script no "or" stands alone, and nothing speaks of a list that is not there', async () => {
    const person = await Person.arrive(world, { javaScript: false })
    for (const path of ['/sign-in', '/sign-in/next', '/sign-up', '/forgot-password', '/recover']) {
      if (path === '/sign-in/next') {
        await person.go('/sign-in')
        await person.type('Email or phone number', 'nobody@example.com')
        await person.press('button', 'Continue')
      } else await person.go(path)
      expect(await person.page.getByText('or', { exact: true }).locator('visible=true').count(), path).toBe(0)
      expect(await person.page.getByText('pick it from the list').locator('visible=true').count(), path).toBe(0)
    }
    await person.leave()
  })

  it('U8: who has no account finds the way to one behind every first step', async () => {
    const person = await Person.arrive(world, { authenticator: false })
    await person.go('/sign-in?return_to=/demo')
    await person.type('Email or phone number', 'nobody@example.com')
    await person.press('button', 'Continue')
    await person.sees('Welcome back')
    await person.press('link', 'Create account')
    await person.at('/sign-up?return_to=%2Fdemo'.replace(/\?.*/, ''))
    expect(person.page.url()).toContain('return_to=%2Fdemo')
    await person.go('/forgot-password')
    await person.press('link', 'Create account')
    await person.at('/sign-up')
    await person.leave()
  })

  it('U8: a device that holds a passkey is not the recommended place for another; a finished approval warns of nothing', async () => {
    const person = await Person.arrive(world, { bluetooth: true })
    const email = 'ana@example.com'
    await person.signUp(email)
    await person.at(/recovery-codes/)
    await person.go('/account/passkeys/new')
    if (person.page.url().includes('/verify')) await person.press('button', 'Use my passkey')
    await person.sees('Where should it be saved?')
    const options = person.page.locator('[data-lk-where]')
    expect(await options.evaluateAll(found => found.map(one => one.getAttribute('data-lk-where')))).toEqual(['phone', 'key', 'device'])
    expect(await options.first().innerText()).toContain('Recommended')
    expect(await options.last().innerText()).toContain('It holds one of yours already.')
    await nextDay(world, person)
    await person.go('/demo')
    await person.type('Amount', '0.1')
    await person.press('button', 'Review and approve')
    await person.sees('New address')
    await person.press('button', /^Approve 0.10 BTC/)
    await person.sees(/^Approved · /)
    expect(await person.page.getByText('New address').count()).toBe(0)
    expect(person.violations).toEqual([])
    await person.leave()
  })

  it('U8: long names of people and devices keep every page within 320 px', async () => {
    const browser = world.browser()
    await browser.signUp(LONG_EMAIL)
    const person = await Person.arrive(world, { viewport: { width: 320, height: 568 } })
    for (const key of await browser.authenticator.export()) await person.authenticator?.addCredential(asVirtual(key))
    await person.adopt(browser)
    const { items } = (await browser.api<{ items: { id: string }[] }>('/api/passkeys')).body
    const id = items[0]?.id ?? ''
    const wide: string[] = []
    const look = async (where: string): Promise<void> => {
      if ((await person.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) > 0) wide.push(where)
    }
    for (const name of LONG_NAMES) {
      await person.go(`/account/passkeys/${id}/rename`)
      await person.type('Name', [...name].slice(0, 64).join(''))
      await person.press('button', 'Save')
      await person.at('/account/passkeys')
      for (const path of ['', '/new', `/${id}`, `/${id}/delete`, `/${id}/rename`].map(rest => `/account/passkeys${rest}`)) {
        await person.go(path)
        await look(path)
      }
      // one word is as wide as it gets, and pages that show no device have seen the owner's name by now
      if (name !== LONG_NAMES[0]) continue
      for (const path of ['security', 'sessions', 'lost-device', 'factors', 'email', 'recovery-codes'].map(one => `/account/${one}`)) {
        await person.go(path)
        await look(path)
        for (const menu of await person.page.locator('header summary:visible').all()) await menu.click()
        await look(`${path} with its menu`)
      }
      for (const path of [
        '/demo',
        '/demo/trade',
        '/demo/addresses',
        '/account/verify?operation=totp.add',
        '/account/verify?operation=totp.add&choose=1',
      ]) {
        await person.go(path)
        await look(path)
      }
    }
    await person.go('/demo')
    await person.type('Amount', '0.1')
    await person.press('button', 'Review and approve')
    await person.sees('Approve withdrawal')
    await look('approval')
    await person.forget()
    await person.go('/sign-in')
    await person.type('Email or phone number', LONG_EMAIL)
    await person.press('button', 'Continue')
    await person.sees('Welcome back')
    await look('sign-in/next')
    expect(wide).toEqual([])
    expect(person.violations).toEqual([])
    await person.leave()
  })
})
