import { internals } from '@latchkey/server/internals'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { member, nextDay, passwordMember } from './members.ts'
import { linkIn } from './screens.ts'
import { openWorld, Person, type World } from './world.ts'

const PHONE = { width: 390, height: 844 }

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.end())

/** An owner who is told of something, and where the link in that mail leads. */
async function told(): Promise<{ owner: Person; email: string; link: string }> {
  const { person: owner, email } = await member(world)
  return { owner, email, link: await linkIn(world, email) }
}

/** Somebody's own phone, signed in nowhere. */
const elsewhere = (javaScript = true): Promise<Person> => Person.arrive(world, { viewport: PHONE, authenticator: false, javaScript })

/** Whether the owner's session still opens their pages. */
async function isFrozen(owner: Person): Promise<boolean> {
  await owner.go('/account/security')
  return !new URL(owner.page.url()).pathname.startsWith('/account/security')
}

describe('N6 the minute: from the mail to “frozen, money safe”', () => {
  it.each([
    ['two clicks', true],
    ['three clicks without a script', false],
  ] as const)('%s, signed out, on a phone', async (_clicks, javaScript) => {
    const { owner, link } = await told()
    const reader = await elsewhere(javaScript)
    // the click in the mail
    await reader.go(link)
    reader.clicks++
    const button = reader.page.getByRole('button', { name: 'Freeze my account' })
    const box = await button.boundingBox()
    expect(box!.y + box!.height, 'above the fold').toBeLessThan(PHONE.height)
    await reader.press('button', 'Freeze my account')
    if (!javaScript) {
      await reader.sees('Really freeze?')
      await reader.press('button', 'Yes, freeze my account')
    }
    await reader.sees(/^Your account is frozen/)
    await reader.sees('Nobody can approve a withdrawal, with any passkey or code.')
    expect(reader.clicks).toBe(javaScript ? 2 : 3)
    expect(reader.violations).toEqual([])
    expect(await isFrozen(owner)).toBe(true)
    await Promise.all([owner.leave(), reader.leave()])
  })

  it('from a text message', async () => {
    const { person: owner, browser } = await member(world)
    const { ctx } = await internals.get(world.latchkey)!
    const { account } = (await browser.api<{ account: { id: never } }>('/api/session')).body
    const at = ctx.now()
    const number = `+3460000${String(process.pid).padStart(4, '0').slice(-4)}`
    await ctx.store.transaction(tx =>
      tx.identifiers.insert({
        id: `phone-${at}`,
        accountId: account.id,
        kind: 'phone',
        value: number,
        verifiedAt: at,
        createdAt: at,
        supersededAt: null,
      }),
    )
    await nextDay(world, owner)
    const reader = await elsewhere()
    await reader.go(await linkIn(world, number))
    await reader.sees(/^We told/)
    await reader.press('button', 'Freeze my account')
    await reader.sees(/^Your account is frozen/)
    expect(await isFrozen(owner)).toBe(true)
    await Promise.all([owner.leave(), reader.leave()])
  })
})

/** What programs do that read mail before its owner does. */
const SCANNERS: Record<string, (link: string) => Promise<void>> = {
  async 'opens every link'(link) {
    for (const method of ['HEAD', 'GET', 'GET']) expect((await fetch(world.url + link, { method })).status).toBe(200)
  },
  async 'sends every form that it finds, with its cookies'(link) {
    const first = await fetch(world.url + link)
    const cookie = first.headers
      .getSetCookie()
      .map(line => line.split(';')[0])
      .join('; ')
    const fields = [...(await first.text()).matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [
      name!,
      value!,
    ])
    const headers = { cookie, origin: world.url, 'content-type': 'application/x-www-form-urlencoded' }
    const second = await fetch(world.url + link, { method: 'POST', headers, body: new URLSearchParams(fields), redirect: 'manual' })
    expect(second.status).toBe(200)
    expect(await second.text()).toContain('Really freeze?')
  },
  async 'clicks every button in a browser of its own'(link) {
    const program = await elsewhere()
    await program.go(link)
    for (let round = 0; round < 3; round++) {
      await program.page.evaluate(() => {
        for (const button of document.querySelectorAll<HTMLButtonElement>('main button')) button.click()
      })
      await program.sees('Really freeze?')
    }
    await program.page.evaluate(() => document.querySelector<HTMLFormElement>('main form')?.requestSubmit())
    await program.sees('Really freeze?')
    await program.leave()
  },
}

describe('F41 a scanner of mail freezes nobody', () => {
  it.each(Object.keys(SCANNERS))('that %s', async name => {
    const { owner, link } = await told()
    await SCANNERS[name]!(link)
    expect(await isFrozen(owner)).toBe(false)
    await owner.leave()
  })
})

describe('F45 the owner freezes, signed in', () => {
  it('in two clicks from the security page, and is back with one prompt', async () => {
    const { person } = await member(world)
    await person.press('link', /^Freeze my account/)
    await person.press('button', 'Freeze my account')
    await person.sees(/^Your account is frozen/)
    expect(person.cost()).toEqual({ clicks: 2, codes: 0, prompts: 0 })
    person.reset()
    await person.press('button', 'Unfreeze with my passkey')
    await person.sees('Your account works again. What was waiting goes on.')
    expect(person.cost()).toEqual({ clicks: 1, codes: 0, prompts: 1 })
    expect(person.violations).toEqual([])
    await person.leave()
  })

  it('from “I lost a device”; whoever signs in reaches the calm page, looks, and unfreezes', async () => {
    const { person } = await member(world)
    await person.press('link', /^I lost a device/)
    await person.press('link', /^Freeze my account/)
    await person.press('button', 'Freeze my account')
    await person.sees(/^Your account is frozen/)
    await person.go('/sign-in')
    await person.press('button', 'Sign in with a passkey')
    await person.at('/account/frozen')
    await person.press('link', /^Read what happened/)
    await person.sees('Account frozen')
    await person.go('/account/passkeys')
    await person.at('/account/frozen')
    await person.press('link', /^Sign out devices/)
    await person.at('/account/sessions')
    await person.go('/account/frozen')
    await person.press('link', 'Unfreeze with my passkey')
    await person.press('button', 'Unfreeze my account')
    await person.sees('Your account works again. What was waiting goes on.')
    expect(person.violations).toEqual([])
    await person.leave()
  })
})

describe('N13 the owner’s lock', () => {
  it.each([true, false])('is set by clicks, holds for its owner, and says until when; with a script: %s', async javaScript => {
    const { person, secret } = await passwordMember(world, { javaScript })
    await person.press('link', /^Lock my account/)
    await person.page.locator('#scope-money').check()
    await person.page.getByLabel('For how long').selectOption('3')
    await person.press('button', 'Lock now')
    await person.sees('To lock money for 3 days')
    await person.typeCode(await secret.code())
    if (!javaScript) await person.press('button', 'Lock now')
    await person.at('/account/security')
    await person.sees(/^Money: locked by you until .* Nobody shortens it\.$/)
    await person.go('/demo')
    expect(person.violations).toEqual([])
    await person.leave()
  })

  it('of settings refuses a change before anybody proves anything for it', async () => {
    const { person } = await member(world)
    await person.press('link', /^Lock my account/)
    await person.page.locator('#scope-settings').check()
    await person.press('button', 'Lock now')
    await person.sees(/^Settings: locked by you until/)
    person.reset()
    await person.go('/account/passkeys/new')
    await person.sees(/^You locked your settings until/)
    expect(person.prompts).toBe(0)
    await person.leave()
  })
})
