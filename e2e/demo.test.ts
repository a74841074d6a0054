import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { member, newAddress } from './members.ts'
import { openWorld, Person, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.end())

/** Where a person can go from what the screen shows, menus opened; and whether they can sign out. */
async function waysOn(person: Person, path: string): Promise<{ paths: string[]; signOut: boolean }> {
  await person.go(path)
  for (const menu of await person.page.locator('header summary:visible').all()) await menu.click()
  const links = person.page.locator('a[href]:visible')
  const hrefs = await links.evaluateAll(found =>
    found.flatMap(link => {
      const { left, right, width } = link.getBoundingClientRect()
      // what lies beside the screen is not there
      return width > 0 && left >= 0 && right <= innerWidth + 1 ? [(link as HTMLAnchorElement).href] : []
    }),
  )
  const own = hrefs.map(href => new URL(href)).filter(url => url.origin === world.url)
  return {
    paths: [...new Set(own.map(url => url.pathname))],
    signOut: await person.page.getByRole('button', { name: 'Sign out', exact: true }).first().isVisible(),
  }
}

const DEMO = ['/demo', '/demo/trade', '/demo/addresses']
const ACCOUNT = ['security', 'passkeys', 'factors', 'recovery-codes', 'sessions'].map(name => `/account/${name}`)

/** The fewest clicks from one page to another. */
function clicksBetween(graph: Map<string, string[]>, from: string, to: string): number {
  let [clicks, now] = [0, new Set([from])]
  for (const seen = new Set(now); !now.has(to); clicks++) {
    now = new Set([...now].flatMap(page => graph.get(page) ?? []).filter(page => !seen.has(page)))
    if (now.size === 0) return Number.POSITIVE_INFINITY
    for (const page of now) seen.add(page)
  }
  return clicks
}

describe('the demo exchange', () => {
  it('U5: on a phone of 320 px every page of the exchange and of the account leads to every other, and to the door', async () => {
    const { person } = await member(world, { viewport: { width: 320, height: 568 } })
    const graph = new Map<string, string[]>()
    for (const path of [...DEMO, ...ACCOUNT]) {
      const { paths, signOut } = await waysOn(person, path)
      graph.set(path, paths)
      expect(signOut, `sign out on ${path}`).toBe(true)
      const wider = await person.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(wider, `${path} is wider than the screen`).toBeLessThanOrEqual(0)
    }
    const far = [...graph.keys()].flatMap(from =>
      [...graph.keys()].filter(to => clicksBetween(graph, from, to) > 3).map(to => `${from} → ${to}`),
    )
    expect(far).toEqual([])
    await person.go('/demo')
    await person.page.locator('summary.lk-me').click()
    await person.press('button', 'Sign out')
    await person.sees('Welcome to Harbor Exchange')
    await person.go('/account/security')
    await person.at(/^\/sign-in/)
    expect(person.violations).toEqual([])
    await person.leave()
  })

  it('U6: its own name and colours from the start page to the mail; ours is only where it says who secures it', async () => {
    const person = await Person.arrive(world)
    const teal = 'rgb(11, 100, 112)'
    const harbor = async (): Promise<void> => {
      await expect.poll(() => person.page.locator('header .lk-brand').innerText()).toBe('Harbor Exchange')
      expect(await person.page.title()).toMatch(/Harbor Exchange$/)
      const shown = (await person.page.locator('main').innerText()).replace(/Latchkey, account security.*|to Latchkey\./g, '')
      expect(shown).not.toMatch(/Latchkey/)
      const primary = person.page.locator('.lk-btn--primary:visible').first()
      // the colour at rest: a pointer that was left over the button fades it to another
      await person.page.mouse.move(0, 0)
      const colour = (): Promise<string> => primary.evaluate(button => getComputedStyle(button).backgroundColor)
      await expect.poll(async () => ((await primary.count()) > 0 ? colour() : teal)).toBe(teal)
    }
    const email = newAddress()
    await person.go('/')
    await harbor()
    await person.press('link', /^Demo exchange/)
    await harbor()
    await person.press('link', 'Sign in')
    await person.at('/sign-in')
    await harbor()
    await person.go('/demo')
    await person.press('link', 'Create account')
    await person.at('/sign-up')
    await harbor()
    await person.type('Email or phone number', email)
    await person.press('button', 'Continue')
    await person.sees('Enter the code')
    await harbor()
    await person.typeSentCode(email)
    await person.sees('Sign in faster and safer')
    await harbor()
    await person.press('button', 'Create a passkey')
    await person.at(/recovery-codes/)
    await harbor()
    const [mail] = await world.messages(email)
    expect(`${mail?.subject}\n${mail?.text}`).toContain('Harbor Exchange')
    for (const { subject, text } of await world.messages(email)) expect(`${subject}\n${text}`).not.toMatch(/latchkey/i)
    const passkey = (await person.authenticator?.credentials())?.[0]
    expect(passkey?.userName).toBe(email)
    await person.go('/account/security')
    await harbor()
    await person.page.locator('summary.lk-me').click()
    await person.press('link', 'Back to Harbor Exchange')
    await person.at('/demo')
    expect(person.violations).toEqual([])
    await person.leave()
  })
})
