import { fileURLToPath } from 'node:url'
import { internals } from '@latchkey/server/internals'
import { SoftwareAuthenticator } from '@latchkey/testing'
import { TestBrowser } from '@latchkey/testing/latchkey'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CredentialId } from '../packages/server/src/domain/types.ts'
import { asVirtual, member, newAddress, nextDay, passwordMember } from './members.ts'
import { openWorld, Person, type World } from './world.ts'

/** The SDK as a host's own page loads it, from the package's entry. */
async function bundled(): Promise<string> {
  const entry = fileURLToPath(new URL('../packages/browser/src/index.ts', import.meta.url))
  const options = { write: false, lib: { entry, formats: ['iife' as const], name: 'latchkey' } }
  const built = await build({ configFile: false, logLevel: 'silent', build: options })
  return (Array.isArray(built) ? built : []).flatMap(({ output }) => output).find(part => part.type === 'chunk')?.code ?? ''
}

const PAGE = '<!doctype html><html lang="en"><title>Host</title><script src="/host/sdk.js"></script>'
let world: World
beforeAll(async () => {
  const sdk = await bundled()
  const html = { headers: { 'content-type': 'text/html' } }
  world = await openWorld({}, path =>
    path === '/host/page'
      ? new Response(PAGE, html)
      : path === '/host/sdk.js'
        ? new Response(sdk, { headers: { 'content-type': 'text/javascript' } })
        : null,
  )
})
afterAll(() => world?.end())

/** Runs a call of the client in the host's page. @returns what it gives, or the reference and the code of what it throws */
const call = (person: Person, code: string): Promise<unknown> =>
  person.page.evaluate(`(globalThis.client ??= latchkey.createClient()).${code}.then(
    value => value ?? null, error => ({ ref: error.code, problem: error.problem?.code ?? null }))`)

/** What password managers are told comes by itself. */
const SIGNAL = '/api/signal'

async function owner(): Promise<Person> {
  const { person } = await member(world)
  await nextDay(world, person)
  await person.go('/host/page')
  return person
}

describe('createClient, in a page of the host', () => {
  it('F29: lists, names, adds and removes passkeys, and steps up with one where it is asked to', async () => {
    const person = await owner()
    const [first] = ((await call(person, 'passkeys()')) as { items: { id: string }[] }).items
    expect(await call(person, `renamePasskey('${first!.id}', 'Work laptop')`)).toEqual({ label: 'Work laptop' })
    expect(await call(person, `createPasskey({ where: 'this-device' })`)).toEqual({ ref: 'LK105', problem: null })
    await person.plugIn({ transport: 'usb' })
    const made = (await call(person, `createPasskey({ where: 'security-key' })`)) as { passkey: { id: string }; first: boolean }
    expect(made).toMatchObject({ first: false, passkey: { kind: 'security_key' } })
    expect(person.asked).toBe('security-key cross-platform required')
    const before = person.prompts
    expect(await call(person, `changePasskey('${made.passkey.id}', 'remove')`)).toMatchObject({ status: 'done' })
    expect(person.prompts).toBe(before + 1)
    expect(await call(person, 'passkeys()')).toMatchObject({ items: [{ id: first!.id, name: 'Work laptop' }] })
    await person.leave()
  })

  it('D18: signs in at once with what this device has, and gives null where it has none or the browser does not say', async () => {
    const person = await owner()
    await call(person, 'signOut()')
    const say = (can: boolean | undefined, has: boolean) =>
      person.page.evaluate(
        ([immediateGet, there]) => {
          const kept = window as unknown as { real?: CredentialsContainer['get'] }
          kept.real ??= navigator.credentials.get.bind(navigator.credentials)
          const { real } = kept
          PublicKeyCredential.getClientCapabilities = async () => (immediateGet === undefined ? {} : { immediateGet }) as never
          navigator.credentials.get = async ({ uiMode, ...options }: CredentialRequestOptions & { uiMode?: string } = {}) => {
            if (uiMode !== 'immediate' || options.signal) throw new TypeError('asked otherwise')
            if (!there) throw new DOMException('none', 'NotAllowedError')
            return real(options)
          }
        },
        [can, has] as const,
      )
    await say(undefined, true)
    expect(await call(person, 'signInImmediately()')).toBeNull()
    await say(true, false)
    expect(await call(person, 'signInImmediately()')).toBeNull()
    expect(await call(person, 'session()')).toEqual({ session: null })
    await say(true, true)
    await call(person, `prepare('sign-in')`)
    expect(await call(person, `signInImmediately({ returnTo: '/account/security' })`)).toMatchObject({ returnTo: '/account/security' })
    await person.leave()
  })

  it('K1: signs in with options that were fetched ahead, signs out, and says what went wrong', async () => {
    const person = await owner()
    expect(await call(person, 'endOtherSessions()')).toEqual({ ended: 1 })
    expect(await call(person, 'sessions()')).toMatchObject({ items: [expect.anything()] })
    expect(await call(person, 'signOut()')).toBeNull()
    expect(await call(person, 'session()')).toEqual({ session: null })
    const asked: string[] = []
    person.page.on('request', request => asked.push(new URL(request.url()).pathname))
    const signIn = `signIn({ returnTo: '/account/security' })`
    expect(await call(person, `prepare('sign-in')`)).toBeNull()
    expect(await call(person, signIn)).toMatchObject({ status: 'signed_in', returnTo: '/account/security' })
    // each challenge is good once
    expect(await call(person, signIn)).toMatchObject({ status: 'signed_in' })
    const [options, answer] = ['/api/sign-in/passkey/options', '/api/sign-in/passkey']
    expect(asked.filter(path => path !== SIGNAL)).toEqual([options, answer, options, answer])
    await expect.poll(() => asked.filter(path => path === SIGNAL).length).toBe(2)
    expect(await call(person, `call('/api/nothing')`)).toEqual({ ref: 'LK404', problem: 'not_found' })
    await person.context.setOffline(true)
    expect(await call(person, 'signIn()')).toEqual({ ref: 'LK402', problem: null })
    await person.leave()
  })

  it.each([
    [239_999, ['/api/sign-in/passkey']],
    [240_000, ['/api/sign-in/passkey/options', '/api/sign-in/passkey']],
  ])('options that were fetched %i ms ahead', async (ms, expected) => {
    const person = await owner()
    const now = Date.now()
    await person.page.evaluate(`Date.now = () => ${now}`)
    expect(await call(person, `prepare('sign-in')`)).toBeNull()
    await person.page.evaluate(`Date.now = () => ${now + ms}`)
    const asked: string[] = []
    person.page.on('request', request => asked.push(new URL(request.url()).pathname))
    expect(await call(person, 'signIn()')).toMatchObject({ status: 'signed_in' })
    expect(asked.filter(path => path !== SIGNAL)).toEqual(expected)
    await person.leave()
  })

  it('F29: asks for no passkey where that would not help', async () => {
    const { person: typist } = await passwordMember(world)
    await typist.go('/host/page')
    expect(await call(typist, 'endOtherSessions()')).toMatchObject({ problem: 'step_up_required' })
    expect(typist.prompts).toBe(0)
    await typist.leave()
    // a young passkey stops no other: refused, whoever proves it again
    const browser = world.browser()
    await browser.signUp(newAddress())
    await addKey(browser)
    world.clock.advance(2 * DAY)
    browser.forget()
    await browser.signIn()
    const young = await addKey(browser)
    const person = await Person.arrive(world)
    for (const key of await young.export()) await person.authenticator?.addCredential(asVirtual(key))
    await person.go('/host/page')
    expect(await call(person, 'signIn()')).toMatchObject({ status: 'signed_in' })
    const suspend = `changePasskey('${browser.authenticator.credentials[0]!.id}', 'suspend')`
    expect(await call(person, suspend)).toMatchObject({ problem: 'refused_by_policy' })
    expect(person.prompts).toBe(1)
    await person.leave()
  })

  it('F11: tells password managers of a passkey that is not known here, or was removed, and of no other', async () => {
    const { ctx } = (await internals.get(world.latchkey))!
    const stranger = new SoftwareAuthenticator({ origin: world.origin })
    await stranger.create(await tried())
    const browser = world.browser()
    await browser.signUp(newAddress())
    const id = browser.authenticator.credentials[0]!.id as CredentialId
    const { accountId } = (await ctx.store.read.passkeys.find(id))!
    const signIn = async (from: SoftwareAuthenticator): Promise<unknown> => {
      const person = await Person.arrive(world)
      for (const key of await from.export()) await person.authenticator?.addCredential(asVirtual(key))
      await person.go('/host/page')
      await person.page.evaluate(
        `globalThis.told = []; PublicKeyCredential.signalUnknownCredential = async ({ credentialId }) => { told.push(credentialId) }`,
      )
      const answer = (await call(person, 'signIn()')) as { problem: string }
      const told = await person.page.evaluate('told')
      await person.leave()
      return [answer.problem, told]
    }
    expect(await signIn(stranger)).toEqual(['passkey_unknown', [stranger.credentials[0]!.id]])
    await ctx.store.transaction(tx => tx.passkeys.suspend(accountId, id, ctx.now(), 'trusted'))
    expect(await signIn(browser.authenticator)).toEqual(['passkey_suspended', []])
    await ctx.store.transaction(tx => tx.passkeys.remove(accountId, id, ctx.now(), 'trusted'))
    expect(await signIn(browser.authenticator)).toEqual(['passkey_removed', [id]])
  })
})

const DAY = 86_400_000

async function addKey(browser: TestBrowser): Promise<SoftwareAuthenticator> {
  await browser.stepUp('passkey.add')
  const page = await browser.open('/account/passkeys/new')
  const device = new SoftwareAuthenticator({ origin: world.origin })
  await browser.submit('/account/passkeys', { response: JSON.stringify(await device.create(TestBrowser.options(page))) })
  return device
}

/** Options of “Try it”, whose passkey nobody keeps. */
async function tried(): Promise<Parameters<SoftwareAuthenticator['create']>[0]> {
  const { body } = await world.browser().api('/try/options', {})
  return (body as { create: Parameters<SoftwareAuthenticator['create']>[0] }).create
}
