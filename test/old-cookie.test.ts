import { internals } from '@latchkey/server/internals'
import { SoftwareAuthenticator } from '@latchkey/testing'
import { type RunningLatchkey, startLatchkey, type TestBrowser } from '@latchkey/testing/latchkey'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { withdraw } from '../packages/server/src/flows/approvals/approvals.fixture.ts'
import { routesOf } from '../packages/server/src/http/routes.ts'

/** Random routes and pairs of them; `LATCHKEY_GAMES` plays as many, as `npm run nightly` does. */
const PAIRS = Number(process.env.LATCHKEY_GAMES ?? 150)

let server: RunningLatchkey
let owner: TestBrowser
let ids: string[]

beforeAll(async () => {
  server = await startLatchkey({ policy: { preset: 'exchange' }, actions: { withdraw }, limitFactor: 1_000 })
  owner = server.browser()
  await owner.signUp('owner@example.com')
  const second = new SoftwareAuthenticator({ origin: server.origin })
  await owner.stepUp('passkey.add')
  const { body: options } = await owner.api('/api/passkeys/options', {})
  await owner.api('/api/passkeys', { response: await second.create(options as never) })
  await owner.open('/account/recovery-codes/new')
  await owner.submit('/account/recovery-codes/new')
  // another browser of the owner's, and a day in between
  const other = server.browser()
  other.authenticator = owner.authenticator
  await other.signIn()
  server.clock.advance(25 * 3_600_000)
  const { body: passkeys } = await owner.api<{ items: { id: string }[] }>('/api/passkeys')
  const { body: sessions } = await owner.api<{ items: { id: string; current?: boolean }[] }>('/api/sessions')
  ids = [...passkeys.items.map(p => p.id), ...sessions.items.filter(s => !s.current).map(s => s.id)]
})
afterAll(() => server?.close())

/** What nobody changes with an old cookie alone: factors, names, order, waits, sessions. */
async function standing(): Promise<unknown> {
  const { ctx } = (await internals.get(server.latchkey))!
  const found = await ctx.store.read.identifiers.find('email', 'owner@example.com')
  const facts = (await ctx.store.read.accounts.facts(found!.accountId))!
  const { account, passkeys, password, totp, recoveryCodes, identifiers, pending } = facts
  const { body } = await owner.api<{ items: { id: string }[] }>('/api/sessions')
  const kept = passkeys.map(({ id, label, status, reviewedAt, trustedAt }) => ({ id, label, status, reviewedAt, trustedAt }))
  const money = { paused: account.moneyPausedUntil, first: account.passkeyFirst, status: account.status }
  return { kept, money, password, totp, codes: recoveryCodes?.id, identifiers, pending, sessions: body.items.map(s => s.id).sort() }
}

const FIELDS = {
  label: 'Mine',
  secret: '123456',
  password: 'seven green lanterns drift',
  address: 'thief@example.net',
  how: 'passkey',
  on: 'off',
  saved: 'yes',
  method: 'email',
} as const

it(`H1, H10: an old cookie alone changes nothing by ${PAIRS} random pairs of routes, forms and JSON, with any id in any place`, async () => {
  const { app } = (await internals.get(server.latchkey))!
  // its own sign-out is the cookie's to end, and a development page is nobody's account
  const changing = routesOf(app).filter(
    r => r.method !== 'get' && !/sign-out|^\/development|^\/(api\/)?sign-(in|up)|^\/recover|^\/forgot/.test(r.path),
  )
  const before = await standing()
  const step = fc.record({
    route: fc.constantFrom(...changing),
    id: fc.constantFrom(...ids),
    at: fc.constantFrom('target', 'id', 'set'),
    operation: fc.constantFrom('passkey.add', 'passkey.remove', 'session.end', 'passkey.rename'),
  })
  await fc.assert(
    fc.asyncProperty(step, step, async (one, two) => {
      for (const { route, id, at, operation } of [one, two]) {
        const path = route.path.replace(/:\w+/g, encodeURIComponent(id))
        const fields = { ...FIELDS, operation, [at]: id }
        const status = path.startsWith('/api/')
          ? (
              await owner.api(
                path,
                route.path === '/api/passkeys/:id' ? { label: 'Mine' } : { operation, target: id, secret: '123456' },
                route.method.toUpperCase(),
              )
            ).status
          : (await owner.submit(path, fields)).status
        expect(status).toBeLessThan(500)
      }
      expect(await standing()).toEqual(before)
    }),
    { numRuns: PAIRS },
  )
  expect(changing.length).toBeGreaterThan(25)
})
