import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { findBrowser } from '@latchkey/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWorld, Person, type PersonOptions, type World } from './world.ts'

const built = (file: string): Buffer => readFileSync(fileURLToPath(new URL(`../packages/browser/dist/pages/${file}`, import.meta.url)))

describe.skipIf(!findBrowser())('S26: check this device', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(() => world?.end())

  /** Opens the check as a browser that `pretends`, before any of its scripts run. */
  const check = async (pretends: () => void = () => {}, options: PersonOptions = {}): Promise<Person> => {
    const person = await Person.arrive(world, options)
    await person.context.addInitScript(pretends)
    await person.go('/check-device')
    await person.page.locator('[data-lk-report]').filter({ hasText: 'LK-check' }).waitFor({ state: 'attached' })
    return person
  }
  const verdict = (person: Person): Promise<string> => person.page.locator('[data-lk-verdict] [role=status]').innerText()
  const end = async (person: Person): Promise<void> => {
    expect(person.violations).toEqual([])
    await person.leave()
  }
  const capable = (): void => {
    PublicKeyCredential.getClientCapabilities = async () => ({
      hybridTransport: true,
      userVerifyingPlatformAuthenticator: true,
      passkeyPlatformAuthenticator: true,
      conditionalGet: true,
      conditionalCreate: true,
      signalUnknownCredential: true,
      signalAllAcceptedCredentials: true,
    })
  }

  it('ready: says so, with the rows that work', async () => {
    const person = await check(capable)
    expect(await verdict(person)).toMatch(/^Ready\s+You can create and use passkeys here\./)
    expect(await person.page.locator('[data-lk-group=working] li').count()).toBeGreaterThan(3)
    expect(await person.page.getByText('Checking…').count()).toBe(0)
    await end(person)
  })

  it('O6: without a screen lock: limits, and how to turn it on, where a link from elsewhere leads', async () => {
    const person = await check(() => {
      PublicKeyCredential.getClientCapabilities = async () => ({
        hybridTransport: true,
        userVerifyingPlatformAuthenticator: false,
        passkeyPlatformAuthenticator: false,
        conditionalGet: true,
      })
    })
    expect(await verdict(person)).toMatch(/^Ready with limits\s+.*not save one on this device/s)
    expect(await person.page.locator('[data-lk-group=fix] #screen_lock').count()).toBe(1)
    await end(person)
  })

  it('O6: without the interface: not here, no button to try, and the password way named', async () => {
    const person = await check(() => Reflect.deleteProperty(window, 'PublicKeyCredential'))
    expect(await verdict(person)).toMatch(/^Not here\s+.*sign in with your password and a code/s)
    expect(await person.page.getByRole('button', { name: 'Try it' }).count()).toBe(0)
    expect(await person.page.locator('[data-lk-group=fix] #browser_support').count()).toBe(1)
    // what can't be asked is not said to be unknown
    expect(await person.page.locator('[data-lk-group=fix] #screen_lock').count()).toBe(1)
    expect(await person.page.locator('#autofill, #extension').count()).toBe(0)
    await end(person)
  })

  it('O6: nor without the other half of it, on the page where one signs in', async () => {
    const person = await Person.arrive(world)
    await person.page.addInitScript(() => Object.defineProperty(navigator, 'credentials', { value: undefined }))
    await person.go('/sign-in')
    await person.page.locator('[data-lk-unsupported=LK201]').first().waitFor()
    expect(await person.page.getByRole('button', { name: 'Sign in with a passkey' }).count()).toBe(0)
    await person.leave()
  })

  it('without a script: the list of needs and fixes', async () => {
    const person = await Person.arrive(world, { javaScript: false })
    await person.page.goto('/check-device')
    await person.sees('What a device needs')
    expect(await person.page.getByRole('button', { name: 'Try it' }).count()).toBe(0)
    await person.leave()
  })

  it('copies a report of codes, without names or addresses', async () => {
    const person = await check(capable)
    await person.context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await person.press('button', 'Copy report')
    await person.page.locator('[data-lk-status]').filter({ hasText: 'Report copied' }).waitFor({ state: 'attached' })
    const report = await person.page.evaluate(() => navigator.clipboard.readText())
    expect(report).toMatch(/^LK-check ready \d{4}-\d\d-\d\dT\d\d:\d\dZ\n/)
    expect(report).toContain('browser_support: ok')
    expect(report).not.toMatch(/localhost|127\.0|@/)
    await end(person)
  })

  it('"Try it" makes a passkey and signs in with it; the account list knows nothing of it', async () => {
    const person = await check(() => {
      const heard = async (told: object): Promise<void> => document.documentElement.setAttribute('data-told', JSON.stringify(told))
      Object.assign(PublicKeyCredential, { signalUnknownCredential: heard })
    })
    await person.press('button', 'Try it')
    await person.sees('It works here.')
    await person.sees('on your other devices too')
    expect(person.prompts).toBe(2)
    const [made] = (await person.authenticator?.credentials()) ?? []
    const told = JSON.parse((await person.page.evaluate(() => document.documentElement.dataset.told)) ?? '{}') as { credentialId: string }
    expect(Buffer.from(told.credentialId, 'base64url').toString('base64')).toBe(made?.credentialId)
    await person.page.locator('[data-lk-status]').filter({ hasText: 'It works here.' }).waitFor({ state: 'attached' })
    // a second time needs options of its own
    await person.press('button', 'Try it')
    await person.page.waitForFunction(() => document.querySelector('[data-lk-try]')?.getAttribute('aria-busy') === null)
    await person.sees('It works here.')
    await end(person)
  })

  it('"Try it" explains a closed prompt with its code, and tries again', async () => {
    const person = await check()
    await person.page.evaluate(() => {
      const real = navigator.credentials.create
      navigator.credentials.create = () => {
        navigator.credentials.create = real
        return new Promise((_, refuse) => setTimeout(() => refuse(new DOMException('x', 'NotAllowedError')), 400))
      }
    })
    await person.press('button', 'Try it')
    const box = person.page.locator('[data-lk-try-result] [role=alert]')
    await box.waitFor()
    expect(await box.innerText()).toContain('We couldn’t confirm it’s you.')
    expect(await box.innerText()).toContain('Code LK101')
    expect(await box.getByRole('link').count()).toBe(0)
    await box.getByRole('button', { name: 'Try again' }).click()
    await person.sees('It works here.')
    await end(person)
  })

  it('"Try it" keeps the new passkey for another click where the browser wants one before it signs', async () => {
    const person = await check()
    await person.page.evaluate(() => {
      const real = navigator.credentials.get
      // as a browser that spends the click on the first prompt says it
      Object.defineProperty(navigator, 'userActivation', { get: () => ({ isActive: false, hasBeenActive: true }), configurable: true })
      navigator.credentials.get = () => {
        navigator.credentials.get = real
        return Promise.reject(new DOMException('x', 'NotAllowedError'))
      }
    })
    await person.press('button', 'Try it')
    await person.page.locator('[data-lk-error="LK103"]').waitFor()
    await person.page.locator('[data-lk-try-result]').getByRole('button').click()
    await person.sees('It works here.')
    expect(person.prompts).toBe(2)
    // the browser has heard that nobody needs it any more
    await expect.poll(() => person.authenticator?.credentials()).toEqual([])
    await end(person)
  })

  it('"Try it" can be cancelled, and says nothing more', async () => {
    const person = await check(undefined, { authenticator: { transport: 'internal', automaticPresenceSimulation: false } })
    await person.press('button', 'Try it')
    await person.press('button', 'Cancel')
    await person.page.getByRole('button', { name: 'Try it' }).waitFor()
    expect(await person.page.getByRole('alert').count()).toBe(0)
    await end(person)
  })

  it('"Try it" asks once, however often it is pressed or pointed at meanwhile; with no prompt in sight, trying again ends the one before', async () => {
    const person = await Person.arrive(world, { authenticator: false })
    const { page } = person
    await page.addInitScript(() => {
      const asked: string[] = []
      Object.assign(globalThis, { asked })
      navigator.credentials.create = options =>
        new Promise((_, refuse) => {
          const at = asked.push('asked') - 1
          options?.signal?.addEventListener('abort', () => {
            asked[at] = 'ended'
            refuse(options.signal?.reason)
          })
        })
    })
    const options: number[] = []
    page.on('request', request => request.url().endsWith('/try/options') && options.push(1))
    const asked = (): Promise<string[]> => page.evaluate(() => (globalThis as unknown as { asked: string[] }).asked)
    await page.clock.install()
    await person.go('/check-device')
    const button = page.locator('[data-lk-try]')
    await button.click()
    await expect.poll(asked).toEqual(['asked'])
    // long enough for options to be too old to use
    await page.clock.fastForward(160_000)
    await button.dispatchEvent('pointerover')
    await button.dispatchEvent('click')
    await page.evaluate(() => fetch('/check-device'))
    expect([await asked(), options.length]).toEqual([['asked'], 1])
    await page.locator('.lk-waiting').getByRole('button', { name: 'Try again' }).click()
    await page.clock.runFor(1_000)
    await expect.poll(asked).toEqual(['ended', 'asked'])
    await person.press('button', 'Cancel')
    await button.and(page.locator(':not([aria-busy])')).waitFor()
    await end(person)
  })

  it('the scripts stay small', () => {
    expect(gzipSync(built('latchkey.js')).length).toBeLessThan(18_000)
    expect(gzipSync(built('check-device.js')).length).toBeLessThan(5_000)
  })
})
