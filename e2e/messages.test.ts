import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { member } from './members.ts'
import { openWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.end())

describe('messages from us', () => {
  it.each([true, false])('a phrase is set by clicks alone and stands in the next mail; with a script: %s', async javaScript => {
    const { person, email } = await member(world, { javaScript })
    await person.press('link', /^Messages from us/)
    await person.at('/account/messages')
    await person.type('Your phrase', 'blue heron at noon')
    await person.page.locator('form[action$="/phrase"]').getByRole('button', { name: 'Save' }).click()
    await person.sees('Saved.')
    await person.sees('Your phrase is set. It is shown on no page: you see it in our emails.')
    expect(await person.page.content()).not.toContain('blue heron')
    await person.page.getByLabel(/^Times in our/).selectOption('Asia/Tokyo')
    await person.page.locator('form[action$="/zone"]').getByRole('button', { name: 'Save' }).click()
    await person.sees('Saved.')
    await person.press('button', 'Remove the phrase')
    await person.sees('Choose some words.')
    const [mail] = await world.messages(email)
    expect(mail?.text).toContain('Your phrase: blue heron at noon')
    expect(mail?.text).toMatch(/\(GMT\+9\)/)
    await person.leave()
  })

  it('times of pages are those of the clock on the wall', async () => {
    const { person } = await member(world, { zone: 'Asia/Tokyo' })
    await person.go('/account/activity')
    await person.sees(/Times are in Asia\/Tokyo\./)
    expect(await person.page.content()).toContain('GMT+9')
    expect(person.violations).toEqual([])
    await person.leave()
  })
})
