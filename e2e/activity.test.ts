import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { member } from './members.ts'
import { openWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.end())

describe('S25: activity', () => {
  it.each([true, false])('is found, filtered, acted on and taken along by clicks alone; with a script: %s', async javaScript => {
    const { person } = await member(world, { javaScript })
    await person.press('link', /^Activity See what happened/)
    await person.at('/account/activity')
    await person.sees('Account created')
    await person.press('link', 'Password and codes')
    await person.sees('Nothing of this kind happened in the last 90 days.')
    await person.page.getByRole('navigation', { name: 'Filter' }).getByRole('link', { name: 'Passkeys' }).click()
    await person.sees(/^Passkey “.*” created$/)
    for (const format of ['CSV', 'JSON']) {
      const [file] = await Promise.all([
        person.page.waitForEvent('download'),
        person.page.getByRole('link', { name: `Download ${format}` }).click(),
      ])
      expect(file.suggestedFilename()).toBe(`activity.${format.toLowerCase()}`)
      expect(readFileSync(await file.path(), 'utf8')).toContain('sign_up')
    }
    await person.page.getByText('Wasn’t me').first().click()
    await person.press('link', 'Suspend a passkey')
    await person.at('/account/lost-device')
    await person.leave()
  })
})
