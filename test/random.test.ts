import { type RunningLatchkey, startLatchkey, type TestBrowser } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freshToken } from '../packages/server/src/flows/account/session.ts'
import { stranger } from '../packages/server/src/flows/people.fixture.ts'
import { makeChallenge } from '../packages/server/src/flows/prove/challenge.ts'
import { tryOptions } from '../packages/server/src/flows/try.ts'
import { makeCtx } from '../packages/server/src/methods/context.fixture.ts'
import { createSeal } from '../packages/server/src/store/seal.ts'
import { eventRows, orderedId } from '../packages/server/src/store/tables/rows.ts'

const SAMPLES = 12
const bytes = (text: string, encoding: BufferEncoding = 'base64url'): Buffer => Buffer.from(text, encoding)

/** How many bytes of them vary: what stays the same in twelve samples is not random. */
function varying(samples: readonly Buffer[]): number {
  const [first = Buffer.alloc(0)] = samples
  return [...first].filter((byte, at) => samples.some(one => one[at] !== byte)).length
}

let server: RunningLatchkey
let owner: TestBrowser
beforeAll(async () => {
  server = await startLatchkey()
  owner = server.browser()
  await owner.signUp('owner@example.com')
})
afterAll(() => server.close())

const ctx = await makeCtx()
const seal = createSeal(Buffer.alloc(32, 7))
/** A browser that was never here, after one page or one sign-in. */
async function visitor(signsIn = false): Promise<{ cookie(kind: 'p' | 'd'): string; headers: Headers }> {
  const browser = server.browser()
  browser.authenticator = owner.authenticator
  if (signsIn) await browser.signIn()
  const { headers } = await browser.request('GET', '/sign-in')
  return { cookie: kind => [...browser.cookies].find(([name]) => name.startsWith(`lk_${kind}`))?.[1] ?? '', headers }
}

/** What nobody may guess or meet twice, and how many random bytes it has (RFC 6265 §8.4; WebAuthn L3 §13.4.3; NIST SP 800-38D §8.2). */
const RANDOM: Record<string, [number, () => Promise<Buffer> | Buffer]> = {
  'the look-up half of a session': [16, () => bytes(freshToken().tokenId)],
  'the secret half of a session': [32, () => bytes(freshToken().value.split('.')[1]!)],
  'an anonymous browser': [32, async () => bytes((await visitor()).cookie('p'))],
  'a device': [16, async () => bytes((await visitor(true)).cookie('d').split('.')[0]!)],
  'the nonce of a page’s policy': [
    16,
    async () => bytes(/'nonce-([^']+)'/.exec((await visitor()).headers.get('content-security-policy') ?? '')?.[1] ?? '', 'base64'),
  ],
  'the reference of a request': [
    6,
    async () => bytes(((await (await server.browser().request('GET', '/api/passkeys')).json()) as { instance: string }).instance, 'hex'),
  ],
  'a challenge': [16, () => bytes(makeChallenge(ctx, 'try', 'x')).subarray(6, 22)],
  'the user handle of a trial': [64, () => bytes(tryOptions(ctx, stranger()).create.user.id)],
  'the nonce of a sealed value': [12, () => Buffer.from(seal.encrypt('x', 'y')).subarray(1, 13)],
  'the end of an event’s id': [8, () => bytes(orderedId(0).slice(18), 'hex')],
}

it.each(Object.entries(RANDOM))('%s is random, every byte of it', async (_what, [length, make]) => {
  const samples = await Promise.all(Array.from({ length: SAMPLES }, make))
  expect([samples[0]!.length, varying(samples)]).toEqual([length, length])
})

it('what erased details were cannot be found by trying them: each event has a salt of its own', () => {
  const event = { id: 'e', accountId: null, at: 0, kind: 'sign_in', body: {}, detail: { ip: '192.0.2.1' } }
  const hashes = Array.from({ length: 64 }, () => eventRows(seal, event as never).event.body)
  expect(new Set(hashes).size).toBe(64)
})
