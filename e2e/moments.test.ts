import type { Page, Request } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { member } from './members.ts'
import { openWorld, Person, type PersonOptions, type World } from './world.ts'

/** A prompt that was asked for; it stays open until the test or the page script ends it. */
interface Ask {
  mediation: string | undefined
  challenge: string
  aborted: boolean
  refuse(name: string): void
}
declare global {
  var asked: Ask[]
  var know: () => void
}

let world: World
let person: Person
let page: Page
let requests: Request[]
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.end())
beforeEach(() => {
  requests = []
})
afterEach(async () => {
  const { violations } = person
  await person.leave()
  expect(violations).toEqual([])
})

/** In place of the device: writes down what is asked, and answers nothing by itself. @param waits until the browser says what it can */
function keepAsking(waits: boolean): void {
  globalThis.asked = []
  const known = new Promise<void>(resolve => {
    globalThis.know = resolve
  })
  if (!waits) globalThis.know()
  PublicKeyCredential.getClientCapabilities = async () => {
    await known
    return { conditionalGet: true, hybridTransport: true, userVerifyingPlatformAuthenticator: true }
  }
  navigator.credentials.get = options =>
    new Promise((_, refuse) => {
      const { mediation, signal, publicKey } = options ?? {}
      const challenge = [...new Uint8Array((publicKey?.challenge ?? new ArrayBuffer(0)) as ArrayBuffer)].join()
      const ask: Ask = { mediation, challenge, aborted: false, refuse: name => refuse(new DOMException('x', name)) }
      signal?.addEventListener('abort', () => {
        ask.aborted = true
        refuse(signal.reason)
      })
      globalThis.asked.push(ask)
    })
}

function watch(one: Person): void {
  person = one
  page = one.page
  page.on('request', request => requests.push(request))
}

/** Somebody who is not signed in, at a page; nothing passes there but what the test lets pass. @param clock ms that this device is ahead */
async function arrive(path: string, { waits = false, clock, ...options }: PersonOptions & { waits?: boolean; clock?: number } = {}) {
  watch(await Person.arrive(world, { authenticator: false, ...options }))
  await page.addInitScript(keepAsking, waits)
  if (clock !== undefined) await page.clock.install({ time: Date.now() + clock })
  await person.go(path)
}

const sent = (method: string, path: string): number =>
  requests.filter(request => request.method() === method && new URL(request.url()).pathname === path).length
const mark = (): Promise<void> => page.evaluate(() => document.documentElement.setAttribute('data-mark', 'same'))
const isMarked = (): Promise<boolean> => page.evaluate(() => document.documentElement.dataset.mark === 'same')
/** Prompts that a click asked for, and lists in the field. */
const asks = (list = false): Promise<Ask[]> =>
  page.evaluate(inField => asked.filter(one => (one.mediation === 'conditional') === inField), list)
const refuse = (name: string): Promise<void> => page.evaluate(wanted => asked.at(-1)?.refuse(wanted), name)
const box = (code: string) => page.locator(`[data-lk-error="${code}"]`)
const OPTIONS = '/api/sign-in/passkey/options'
const SIGN_IN = 'Sign in with a passkey'

describe('the page script: clicks', () => {
  it('U1: leaves to the browser what a key or another button asks of it, what somebody took before, and other origins', async () => {
    watch((await member(world)).person)
    await person.go('/account/passkeys')
    const clicked = await page.evaluate(() => {
      const links = [
        ...document.querySelectorAll<HTMLAnchorElement>('main a[data-lk-dialog]:not([data-lk-rename]), main a[data-lk-rename]'),
      ]
      const [dialog, rename] = [links.find(link => !link.dataset.lkRename)!, links.find(link => link.dataset.lkRename)!]
      const away = dialog.cloneNode(true) as HTMLAnchorElement
      away.href = 'https://other.example/'
      dialog.after(away)
      const plain = document.querySelector<HTMLAnchorElement>('main a:not([data-lk-dialog], [data-lk-rename], [target])')!
      const stop = (event: Event): void => event.preventDefault()
      const isTaken = (link: HTMLElement, how: MouseEventInit, before = false): boolean => {
        if (before) addEventListener('click', stop, { once: true, capture: true })
        addEventListener('click', stop, { once: true })
        link.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, ...how }))
        return link.getAttribute('aria-busy') === 'true'
      }
      const others = [{ button: 1 }, { metaKey: true }, { ctrlKey: true }, { shiftKey: true }, { altKey: true }]
      return {
        others: [dialog, rename].map(link => [...others.map(how => isTaken(link, how)), isTaken(link, {}, true)]),
        elsewhere: [isTaken(away, {}), isTaken(plain, {})],
        own: [isTaken(dialog, {}), isTaken(rename, {})],
      }
    })
    const no = Array(6).fill(false)
    expect(clicked).toEqual({ others: [no, no], elsewhere: [false, false], own: [true, true] })
  })

  it('U1: asks once, however often a link is pressed; what can’t be had is opened as a page, as is what is none for a dialog', async () => {
    watch((await member(world)).person)
    await person.go('/account/passkeys')
    const press = (selector: string, times: number): Promise<void> =>
      page.evaluate(
        ([wanted, count]) => {
          for (let i = 0; i < count; i++) document.querySelector<HTMLElement>(wanted)?.click()
        },
        [selector, times] as const,
      )
    const path = (what: string): Promise<string> =>
      page
        .locator(`main a[href$="/${what}"]`)
        .first()
        .evaluate(link => (link as HTMLAnchorElement).pathname)
    const [deletion, rename] = [await path('delete'), await path('rename')]
    await press('main a[data-lk-rename]', 2)
    await page.getByRole('textbox', { name: 'Name' }).waitFor()
    await press('main a[data-lk-rename]', 1)
    await press(`main a[href="${deletion}"]`, 2)
    await page.locator('dialog[open]').waitFor()
    expect([sent('GET', rename), sent('GET', deletion), await page.locator('dialog').count()]).toEqual([1, 1, 1])
    await page.route(/\/(rename|delete)$/, route => (route.request().resourceType() === 'fetch' ? route.abort() : route.continue()))
    for (const where of [deletion, rename]) {
      await person.go('/account/passkeys')
      await press(`main a[href="${where}"]`, 1)
      await person.at(where)
    }
    await person.go('/account/passkeys')
    await page
      .locator(`main a[href="${deletion}"]`)
      .first()
      .evaluate(link => link.setAttribute('href', '/help'))
    await press('main a[href="/help"][data-lk-dialog]', 1)
    await person.at('/help')
  })
})

describe('the page script: prompts that meet something else', () => {
  it('U7: one prompt at a time; Escape ends it, no other key does, and where none is open it ends nothing', async () => {
    await arrive('/sign-in')
    await expect.poll(async () => (await asks(true)).length).toBe(1)
    await page.keyboard.press('Escape')
    expect((await asks(true))[0]?.aborted).toBe(false)
    await page.getByRole('button', { name: SIGN_IN }).evaluate((button: HTMLElement) => {
      button.click()
      button.click()
    })
    await page.keyboard.press('a')
    expect((await asks()).map(ask => ask.aborted)).toEqual([false])
    await refuse('SecurityError')
    await box('LK106').waitFor()
    await person.press('button', SIGN_IN)
    // what was wrong is not told while it is tried again
    await box('LK106').waitFor({ state: 'detached' })
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: SIGN_IN }).waitFor()
    expect((await asks()).map(ask => ask.aborted)).toEqual([false, true])
  })

  it('U7: a click that comes before the list in the field keeps its prompt; no list is asked for meanwhile', async () => {
    await arrive('/sign-in', { waits: true })
    await person.press('button', SIGN_IN)
    await page.evaluate(async () => {
      know()
      // all that was waiting for it has been told by then
      await new Promise(resolve => setTimeout(resolve))
    })
    expect([(await asks(true)).length, (await asks()).map(ask => ask.aborted)]).toEqual([0, [false]])
  })

  it('U7: a list in the field ends with its form', async () => {
    await arrive('/sign-in')
    await expect.poll(async () => (await asks(true)).length).toBe(1)
    await person.type('Email or phone number', 'nobody@example.com')
    await person.press('button', 'Continue')
    await person.sees('Welcome back')
    expect((await asks(true))[0]?.aborted).toBe(true)
    // and back is the page before, loaded
    await mark()
    await page.goBack()
    await page.getByLabel('Email or phone number').waitFor()
    expect(await isMarked()).toBe(false)
  })

  it('INV-3: options are renewed for the list in the field and for each form that nobody uses; a list that failed is asked for with others', async () => {
    await arrive('/sign-in', { clock: 0 })
    await expect.poll(async () => (await asks(true)).length).toBe(1)
    const forms = await page.locator(`form[data-lk-options-url="${OPTIONS}"]`).count()
    await page
      .locator('form[data-lk-ceremony]')
      .first()
      .evaluate(form => form.setAttribute('aria-busy', 'true'))
    await page.clock.runFor(260_000)
    await expect.poll(async () => (await asks(true)).length).toBe(2)
    expect(sent('POST', OPTIONS)).toBe(forms - 1)
    await page.clock.runFor(2_000)
    await refuse('NotAllowedError')
    await expect.poll(async () => (await asks(true)).length).toBe(3)
    const lists = await asks(true)
    expect([lists.map(ask => ask.aborted), new Set(lists.map(ask => ask.challenge)).size]).toEqual([[true, false, false], 3])
  })

  it('U7: no prompt in sight for a while: trying again ends the one before; a prompt whose form has gone leads nowhere', async () => {
    await arrive('/sign-in', { clock: 0 })
    await person.press('button', SIGN_IN)
    await page.clock.runFor(20_000)
    await person.press('button', 'Try again')
    await page.clock.runFor(100)
    expect((await asks()).map(ask => ask.aborted)).toEqual([true, false])
    await refuse('NotAllowedError')
    await box('LK101').waitFor()
    await person.press('button', 'Try again')
    await page.clock.runFor(100)
    await page.evaluate(async () => {
      document.querySelector('form[data-lk-ceremony]')?.remove()
      asked.at(-1)?.refuse('NotAllowedError')
      await fetch('/livez')
    })
    expect([new URL(page.url()).pathname, sent('GET', '/sign-in/other')]).toEqual(['/sign-in', 0])
  })

  it('U1: Escape in a dialog ends the prompt and keeps the dialog; closing it ends both', async () => {
    const { person: owner } = await member(world, { authenticator: false })
    watch(owner)
    world.clock.advance(16 * 60_000)
    await page.addInitScript(keepAsking, false)
    await person.go('/account/passkeys')
    await person.press('link', 'Create a passkey')
    const dialog = page.locator('dialog[open]')
    const open = async (): Promise<void> => {
      await dialog.waitFor()
      if ((await dialog.locator('.lk-waiting').count()) === 0) await dialog.getByRole('button', { name: 'Use my passkey' }).click()
      await dialog.locator('.lk-waiting').waitFor()
    }
    await open()
    await page.keyboard.press('Escape')
    await dialog.locator('.lk-waiting').waitFor({ state: 'detached' })
    expect([await dialog.count(), (await asks()).map(ask => ask.aborted)]).toEqual([1, [true]])
    await open()
    await dialog.locator('[data-lk-close]').first().click()
    await dialog.waitFor({ state: 'detached' })
    expect((await asks()).map(ask => ask.aborted)).toEqual([true, true])
  })
})

describe('the page script: answers', () => {
  /** The form of the sign-in page is answered like this. */
  const answered = async (answer: Parameters<import('playwright-core').Route['fulfill']>[0]): Promise<void> => {
    await page.unroute('**/sign-in')
    await page.route('**/sign-in', route => (route.request().method() === 'POST' ? route.fulfill(answer) : route.continue()))
    await person.type('Email or phone number', 'nobody@example.com')
    await page.getByRole('button', { name: 'Continue', exact: true }).click()
  }

  it('B16: JSON is told by its own code, what is no page of ours is told as odd, one box at a time; nothing of a page comes along that acts', async () => {
    await arrive('/sign-in')
    const length = (): Promise<number> => page.evaluate(() => history.length)
    const before = await length()
    await mark()
    await answered({ status: 403, json: { code: 'cross_site', ref: 'LK403', status: 403, title: 'x' } })
    await box('LK403').waitFor()
    await answered({ contentType: 'text/plain', body: '<main data-lk-shell="plain"></main>' })
    await box('LK404').waitFor()
    expect(await page.locator('[data-lk-error]').count()).toBe(1)
    // led to where it is: nothing to go back to
    await answered({ status: 303, headers: { location: '/sign-in' } })
    await box('LK404').waitFor({ state: 'detached' })
    expect([await length(), await isMarked()]).toEqual([before, true])
    const acts = '<noscript><p>x</p></noscript><meta http-equiv="refresh" content="9"><script>1</script>'
    const shell = (await page.locator('main').getAttribute('data-lk-shell')) ?? ''
    await answered({ contentType: 'text/html', body: `<main data-lk-shell="${shell}"><h1>Read</h1>${acts}</main>` })
    await page.getByRole('heading', { name: 'Read' }).waitFor()
    expect(await page.locator('main :is(noscript, meta, script)').count()).toBe(0)
  })

  it('B16: a page out of the back-forward cache is loaded anew', async () => {
    await arrive('/sign-in')
    await mark()
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })))
    await expect.poll(() => isMarked().catch(() => true)).toBe(false)
  })

  it('B16: a pretend device is loaded from our own origin alone, and only where it was switched on', async () => {
    await arrive('/livez')
    const scripts: string[] = []
    page.on('request', request => request.resourceType() === 'script' && scripts.push(request.url()))
    const go = async (origin: string, on: boolean): Promise<boolean> => {
      scripts.length = 0
      const url = `${origin}/host/pretend.js`
      await page.evaluate(to => (to ? localStorage.setItem('lk-pretend-device', '') : localStorage.clear()), on)
      await page.unroute('**/sign-in')
      await page.route('**/sign-in', async route => {
        const response = await route.fetch()
        const body = (await response.text()).replace(/<meta name="lk-pretend"[^>]*>/, '')
        await route.fulfill({ response, body: body.replace('<head>', `<head><meta name="lk-pretend" content="${url}">`) })
      })
      await page.route('**/host/pretend.js', route => route.fulfill({ contentType: 'text/javascript', body: '' }))
      await person.go('/sign-in')
      return scripts.includes(url)
    }
    expect([await go(world.url, true), await go(world.url, false), await go('https://other.example', true)]).toEqual([true, false, false])
  })

  it('TO-1: a code whose form has gone is not told as being checked', async () => {
    await arrive('/sign-up', { clock: 0 })
    await person.type('Email or phone number', `gone-${process.pid}@example.com`)
    await person.press('button', 'Continue')
    await page.getByLabel('6-digit code').pressSequentially('000000')
    await page.evaluate(() => document.querySelector('[data-lk-autosubmit]')?.closest('form')?.remove())
    await page.clock.runFor(1_000)
    expect(await page.locator('[data-lk-status]').textContent()).not.toContain('Checking')
  })

  it('TO-1: a new code can be asked for when the server said, whatever this device takes for the time; who waits is told once', async () => {
    await arrive('/sign-up', { clock: -3_600_000 })
    await person.type('Email or phone number', `slow-${process.pid}@example.com`)
    await person.press('button', 'Continue')
    const again = page.locator('[data-lk-countdown]')
    const status = page.locator('[data-lk-status]')
    await again.filter({ hasText: /0:\d\d/ }).waitFor()
    expect(await again.getAttribute('aria-disabled')).toBe('true')
    await page.clock.runFor(61_000)
    expect([await again.innerText(), await again.getAttribute('aria-disabled')]).toEqual(['Send a new code', null])
    expect(await status.textContent()).toBe('Send a new code')
    await status.evaluate(place => place.replaceChildren('something else'))
    await page.clock.runFor(3_000)
    expect(await status.textContent()).toBe('something else')
  })

  it('TO-1: nor is anything told of a button that has gone', async () => {
    await arrive('/sign-up', { clock: 0 })
    await person.type('Email or phone number', `left-${process.pid}@example.com`)
    await person.press('button', 'Continue')
    await page
      .locator('[data-lk-countdown]')
      .filter({ hasText: /0:\d\d/ })
      .waitFor()
    await page.evaluate(() => document.querySelector('[data-lk-countdown]')?.remove())
    await page.clock.runFor(61_000)
    expect(await page.locator('[data-lk-status]').textContent()).not.toContain('Send a new code')
  })
})
