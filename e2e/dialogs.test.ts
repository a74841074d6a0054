import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWorld, Person, type World } from './world.ts'

let world: World
let person: Person
beforeAll(async () => {
  world = await openWorld()
  // its prompts stay open: a prompt that was asked for is an answer, too
  person = await Person.arrive(world, { authenticator: { automaticPresenceSimulation: false } })
  await person.go('/')
  await person.press('button', 'Sign in with password and authenticator app')
  await person.at('/account/security')
})
afterAll(() => world?.end())

/** Pages of one kind differ by the operation that they are about. */
function kindOf(address: string): string {
  const url = new URL(address, world.url)
  const path = url.pathname.replace(/[\w-]{20,}/g, ':id')
  const query = [...url.searchParams]
    .filter(([name]) => name !== 'target' && name !== 'sent' && name !== 'id' && name !== 'operation')
    .map(pair => pair.join('='))
  return [path, ...query.sort()].join(' ')
}

interface Carrier {
  page: string
  /** Where its `data-lk-dialog` links lead. */
  openers: string[]
  links: string[]
}

async function read(address: string): Promise<Carrier> {
  const answer = await person.page.request.get(address, { headers: { accept: 'text/html' } })
  const { pathname, search } = new URL(answer.url())
  const main = /<main.*<\/main>/s.exec((await answer.text()).replace(/<noscript>.*?<\/noscript>/gs, ''))?.[0] ?? ''
  const tags = main.match(/<a [^>]*>/g) ?? []
  const href = (tag: string): string => (/href="([^"]*)"/.exec(tag)?.[1] ?? '').replaceAll('&amp;', '&')
  return { page: pathname + search, openers: tags.filter(tag => tag.includes('data-lk-dialog')).map(href), links: tags.map(href) }
}

/** Every page that links lead to from the security page on, one of each kind, with the dialogs that it opens. */
async function carriers(): Promise<Carrier[]> {
  const pages = new Map<string, Carrier>()
  const asked = new Set<string>()
  const queue = ['/account/security']
  for (let address = queue.shift(); address !== undefined; address = queue.shift()) {
    if (asked.has(kindOf(address))) continue
    asked.add(kindOf(address))
    const found = await read(address)
    pages.set(kindOf(found.page), found)
    queue.push(...found.links.filter(link => link.startsWith('/account/')))
  }
  return [...pages.values()].filter(({ openers }) => openers.length > 0)
}

const pathOf = (address: string): string => new URL(address, world.url).pathname

const once = (addresses: readonly string[]): string[] => [...new Map(addresses.map(address => [kindOf(address), address])).values()]

interface RowOfDialog {
  /** Its place among the dialog's links and buttons. */
  at: number
  words: string
  closes: boolean
  /** Where it leads or sends to; null for a button that only opens a prompt. */
  address: string | null
  sends: boolean
}

const controls = (): Locator => person.page.locator('dialog[open] :is(a[href], button:not([type=button], [aria-disabled=true])):visible')

const rows = async (): Promise<RowOfDialog[]> =>
  controls().evaluateAll(found =>
    found.map((element, at) => {
      const link = element instanceof HTMLAnchorElement ? element : null
      const button = element as HTMLButtonElement
      const form = link ? null : button.form
      return {
        at,
        words: element.textContent?.trim() ?? '',
        closes: element.hasAttribute('data-lk-close'),
        address: link
          ? link.href
          : form && !form.dataset.lkCeremony
            ? new URL(button.getAttribute('formaction') ?? form.getAttribute('action') ?? '', location.href).href
            : null,
        sends: form !== null,
      }
    }),
  )

async function openBy(page: string, opener: string): Promise<void> {
  await person.page.goto(page)
  await person.page.waitForFunction(() => document.documentElement.dataset.lkReady !== undefined)
  await person.page.locator(`main a[data-lk-dialog][href="${opener}"]`).first().click()
  await person.page.locator('dialog[open] [data-lk-dialog-content]').waitFor()
}

/** Presses a row of the dialog; what it asked of the server, or of the device. */
async function press(row: RowOfDialog, what = row.words): Promise<string[]> {
  const asked: string[] = []
  const note = (request: { method(): string; url(): string; resourceType(): string }): void => {
    if (['document', 'fetch'].includes(request.resourceType())) asked.push(request.url())
  }
  const prompts = person.prompts
  person.page.on('request', note)
  // what has to be typed is no obstacle here
  await person.page.locator('dialog[open] input:not([type=hidden])').evaluateAll(fields => {
    for (const field of fields as HTMLInputElement[]) field.value = '000000'
  })
  await controls().nth(row.at).click()
  const open = person.page.locator('dialog[open]')
  const answered = async (): Promise<boolean> => (row.closes ? (await open.count()) === 0 : asked.length + person.prompts > prompts)
  await expect.poll(answered, { message: what }).toBe(true)
  person.page.off('request', note)
  return asked
}

describe('dialogs', () => {
  it('U1: every row of every dialog does what it says, over every page that can carry it; only what is marked closes it', async () => {
    // whatever a form would change stays as it is; a code may be sent
    await person.page.route('**', route =>
      route.request().method() === 'POST' && !/\/(send|begin|options)\b/.test(route.request().url())
        ? route.fulfill({ status: 204 })
        : route.continue(),
    )
    const tried = new Set<string>()
    for (const { page, openers } of await carriers()) {
      for (const opener of once(openers)) await walk(page, opener, tried)
    }
    for (const method of ['totp', 'recovery_code', 'passkey'])
      expect([...tried].filter(what => what.startsWith('over its own path') && what.includes(`method=${method}`))).not.toEqual([])
    expect(person.violations).toEqual([])
  })
})

const stepOf = (): Locator => person.page.locator('dialog[open] [data-lk-dialog-content]:not([data-seen])')
const markStep = (): Promise<void> => stepOf().evaluate(content => content.setAttribute('data-seen', ''))

/** Presses each row once, and each row of what comes of it. */
async function walk(page: string, opener: string, tried: Set<string>): Promise<void> {
  const paths: string[][] = [[]]
  for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
    const show = async (words: string[]): Promise<void> => {
      await openBy(page, opener)
      for (const step of words) {
        await markStep()
        await press((await rows()).find(row => row.words === step)!)
        await stepOf().waitFor()
      }
    }
    await show(path)
    for (const row of await rows()) {
      // a row is tried twice: over a page of the path that it leads to, and over one of another
      const here = row.address !== null && pathOf(row.address) === pathOf(page)
      const leadsTo = row.address ? kindOf(row.address) : `a prompt on ${kindOf(opener)}`
      const what = `${here ? 'over its own path' : 'over another'}: ${leadsTo}${row.closes ? ', closes' : ''}`
      if (tried.has(what)) continue
      tried.add(what)
      await show(path)
      await markStep()
      const before = person.page.url()
      const asked = await press(row, `${page} > ${opener} > ${path.join(' > ')} > ${row.words}`)
      const sent = row.closes ? [] : row.address ? expect.arrayContaining([row.address]) : expect.any(Array)
      expect(asked, what).toEqual(sent)
      const leads = !row.closes && (!row.sends || /\/send\b/.test(row.address ?? ''))
      if (leads && path.length < 2 && (await staysInside(before))) paths.push([...path, row.words])
    }
  }
}

/** Whether the next step came in the dialog, or the page behind the link instead. */
async function staysInside(before: string): Promise<boolean> {
  await expect.poll(async () => (await stepOf().count()) > 0 || person.page.url() !== before).toBe(true)
  return (await stepOf().count()) > 0
}
