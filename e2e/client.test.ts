import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { member, nextDay } from './members.ts'
import { openWorld, type Person, type World } from './world.ts'

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
})
