import { internals } from '@latchkey/server/internals'
import { SoftwareAuthenticator } from '@latchkey/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CredentialId } from '../packages/server/src/domain/types.ts'
import { asVirtual, newAddress } from './members.ts'
import { openWorld, Person, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.end())

async function arrive(from: SoftwareAuthenticator): Promise<Person> {
  const person = await Person.arrive(world)
  for (const key of await from.export()) await person.authenticator?.addCredential(asVirtual(key))
  await person.go('/sign-in')
  await person.page.evaluate(
    'globalThis.told = []; PublicKeyCredential.signalUnknownCredential = async ({ credentialId }) => { told.push(credentialId) }',
  )
  return person
}

describe('the page script at the sign-in', () => {
  it('O39: offline, it opens no prompt that could lead nowhere, and says so', async () => {
    const person = await arrive(new SoftwareAuthenticator({ origin: world.origin }))
    await person.context.setOffline(true)
    await person.page.getByRole('button', { name: 'Sign in with a passkey' }).first().click()
    await person.sees('This needs a connection. Try again when you’re back.')
    expect(person.prompts).toBe(0)
    await person.leave()
  })

  it('F11: tells password managers of a passkey that is not known here, or was removed, and of no other', async () => {
    const { ctx } = (await internals.get(world.latchkey))!
    const unknown = new SoftwareAuthenticator({ origin: world.origin })
    const { body } = await world.browser().api<{ create: Parameters<SoftwareAuthenticator['create']>[0] }>('/try/options', {})
    await unknown.create(body.create)
    const browser = world.browser()
    await browser.signUp(newAddress())
    const id = browser.authenticator.credentials[0]!.id as CredentialId
    const { accountId } = (await ctx.store.read.passkeys.find(id))!
    const signIn = async (from: SoftwareAuthenticator, words: RegExp): Promise<unknown> => {
      const person = await arrive(from)
      await person.page.getByRole('button', { name: 'Sign in with a passkey' }).first().click()
      await person.sees(words)
      const told = await person.page.evaluate('told')
      await person.leave()
      return told
    }
    expect(await signIn(unknown, /no longer linked to an account/)).toEqual([unknown.credentials[0]!.id])
    await ctx.store.transaction(tx => tx.passkeys.suspend(accountId, id, ctx.now(), 'trusted'))
    expect(await signIn(browser.authenticator, /suspended/)).toEqual([])
    await ctx.store.transaction(tx => tx.passkeys.remove(accountId, id, ctx.now(), 'trusted'))
    expect(await signIn(browser.authenticator, /was deleted/)).toEqual([id])
  })
})
