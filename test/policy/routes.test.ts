import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { makeFreezeLink } from '../../packages/server/src/deliver/freeze-link.ts'
import { ERASURE } from '../../packages/server/src/domain/facts.ts'
import { SECRET_METHODS } from '../../packages/server/src/domain/methods.ts'
import type { AccountId } from '../../packages/server/src/domain/types.ts'
import { createApproval } from '../../packages/server/src/flows/approvals/approvals.ts'
import { change } from '../../packages/server/src/store/rows.fixture.ts'
import { WAYS } from '../fixtures/operations.ts'
import {
  type Answer,
  answerOf,
  callApi,
  callerOf,
  firstStep,
  HOUR,
  makePerson,
  makeWorld,
  type Person,
  sendForm,
  signIn,
  type Wanted,
  type World,
} from '../fixtures/world.ts'
import { ROUTES } from './routes.ts'

/** Who asks, one column of the table each. */
const STATES = [
  'none',
  'anonymous',
  'pre',
  'recovery',
  'one step',
  'two steps',
  'young',
  'trusted',
  'other account',
  'ended',
  'frozen',
  'closing',
] as const
type State = (typeof STATES)[number]

const SESSIONS: Record<State, Wanted> = {
  none: {},
  anonymous: {},
  pre: {},
  recovery: { kind: 'recovery', evidence: ['totp', 'email'] },
  'one step': { passkey: 'recovery_two_steps', evidence: ['totp'] },
  'two steps': { passkey: 'recovery_two_steps' },
  young: { passkey: 'lesser', evidence: ['passkey'], second: { trustedAt: 0 } },
  trusted: { evidence: ['passkey'] },
  'other account': { evidence: ['passkey'] },
  ended: { evidence: ['passkey'] },
  frozen: { evidence: ['passkey'] },
  closing: { evidence: ['passkey'] },
}

/** Calm pages, of a frozen account and of one that is closing. */
const CALM: Readonly<Record<string, string>> = { '/account/frozen': 'q', '/account/closing': 'a' }

/** One letter an answer. */
function letterOf({ status, code, headers, body, text }: Answer): string {
  const to = headers.get('location') ?? ''
  if (status === 303 || status === 302)
    return /^\/sign-in\?return_to/.test(to) ? '>' : to.startsWith('/account/verify') ? 's' : (CALM[to] ?? 'r')
  if (body?.session === null) return '-'
  const letter = code === null ? '+' : LETTERS[code]
  if (!letter) throw new Error(`no letter for ${status} ${code} ${text.slice(0, 200)}`)
  return letter
}

/** `+` done or shown; `-` told that nobody is signed in; `>` to the sign-in and back; `q` and `a` to the calm page of a frozen and of a closing account; `r` led on to another page; `w` a page with an error. */
const LETTERS: Record<string, string> = {
  unauthenticated: 'u',
  step_up_required: 's',
  refused_by_policy: 'p',
  form_expired: 'x',
  not_found: 'n',
  bad_request: 'b',
  page: 'w',
  passkey_rejected: 'k',
  approval_too_weak: 'z',
  cross_site: 'c',
  code_wrong: 'i',
  code_expired: 'e',
  invalid_credentials: 'i',
  method_off: 'm',
  last_way_in: 'l',
  account_frozen: 'f',
  account_closing: 'y',
  already_done: 'd',
}

const RESPONSE = { id: 'x', type: 'public-key' }
const ADD = { operation: 'totp.add' }
const TYPED = { method: 'totp', secret: '000000' }

/** What a request sends, where nothing would say too little. */
const BODIES: Record<string, (ids: Asked['ids']) => object> = {
  '/api/sign-in/start': () => ({ identifier: 'nobody@example.com' }),
  '/api/sign-in/passkey': () => ({ response: RESPONSE }),
  '/api/sign-in/password': () => ({ authSession: 'x', password: 'x' }),
  '/api/sign-in/code/send': () => ({ method: 'sms' }),
  '/api/sign-in/code': () => ({ method: 'totp', code: '000000' }),
  '/api/step-up/passkey/options': () => ADD,
  '/api/step-up/passkey': () => ({ ...ADD, response: RESPONSE }),
  '/api/step-up/send': () => ({ ...ADD, method: 'sms' }),
  '/api/passkeys': () => ({ response: RESPONSE }),
  '/api/passkeys/upgrade': () => ({ response: RESPONSE }),
  '/api/passkeys/:id': () => ({ label: 'Mine' }),
  '/account/passkeys/:id/rename': () => ({ label: 'Mine' }),
  '/account/passkey-first': () => ({ on: 'on' }),
  '/api/lock': () => ({ scope: 'money', days: 1 }),
  '/account/lock': () => ({ scope: 'money', days: '1' }),
  '/account/messages/phrase': () => ({ phrase: 'blue heron at noon' }),
  '/account/messages/zone': () => ({ zone: 'Europe/Madrid' }),
  '/account/verify/begin': () => ADD,
  '/account/verify/send': () => ({ ...ADD, method: 'sms' }),
  '/account/verify/secret': () => ({ ...ADD, ...TYPED }),
  '/account/verify/passkey': () => ({ ...ADD, response: '{}' }),
  '/account/email': () => ({ address: 'new@example.com' }),
  '/account/phone': () => ({ address: '+34711111111' }),
  '/account/lost-device/suspend': ({ passkeys }) => ({ id: passkeys }),
  '/account/sessions/end': ({ sessions }) => ({ id: sessions }),
  '/account/undo/:id/send': () => ({ method: 'sms' }),
  '/f/:token/undo/:id/send': () => ({ method: 'sms' }),
  '/sign-in/second': () => TYPED,
  '/sign-in/send': () => ({ method: 'sms' }),
  '/forgot-password/step': () => ({ method: 'email', secret: '000000' }),
  '/recover/proof': () => TYPED,
  '/sign-up': () => ({ identifier: 'nobody@example.com' }),
}
for (const method of SECRET_METHODS) BODIES[`/api/step-up/${method}`] = () => ({ ...ADD, secret: '000000' })

interface Asked {
  world: World
  owner: Person
  browser: Person
  ids: Record<string, string>
}

/** An owner with everything that a path can name, and the browser that asks. */
async function arrange(world: World, state: State): Promise<Asked> {
  const owner = await makePerson(world, SESSIONS[state])
  const session = (await signIn(world, { ...owner, browser: world.browser() }, {})).session
  const wait = (await WAYS['change.cancel']!.target!(world, owner, 'two_steps'))!
  const undo = (await WAYS['change.undo']!.target!(world, owner, 'trusted'))!
  const asker = await signIn(world, { ...owner, browser: world.browser() }, {})
  const approval = await createApproval(world.ctx, await callerOf(world, asker), {
    action: 'withdraw',
    details: { amount: '1' },
    returnTo: null,
  })
  const ids = {
    passkeys: owner.passkeys[1] ?? owner.passkeys[0] ?? 'x',
    sessions: session,
    waits: wait,
    undo,
    approve: approval.id,
    problems: 'not_found',
    synced: 'apple',
    f: await linkOf(world, owner),
  }
  const browser = state === 'other account' ? await makePerson(world, SESSIONS[state]) : owner
  return { world, owner, ids, browser }
}

/** A link of a notice, which freezes whoever's account it is about. */
async function linkOf({ ctx }: World, { accountId }: Person): Promise<string> {
  const { token, row } = makeFreezeLink({ at: ctx.now(), accountId, identifierId: 'mail', notice: null })
  await ctx.store.transaction(tx => tx.freezeLinks.insert(row))
  return token
}

/** The browser as the state has it, with a session of its own for this request. */
async function enter(asked: Asked, state: State): Promise<Person> {
  const { world, browser } = asked
  const person = await signIn(world, browser, SESSIONS[state])
  const { accountId } = person
  const at = world.ctx.now()
  person.browser.cookies.set('__Host-lk_p', randomBytes(32).toString('base64url'))
  if (state === 'ended') await world.ctx.store.transaction(tx => tx.sessions.end(accountId, person.session, at, 'session.end'))
  if (state === 'frozen') await world.ctx.store.transaction(tx => tx.accounts.update(accountId, { status: 'frozen' }))
  if (state === 'closing') await close(world, accountId)
  if (['none', 'anonymous', 'pre'].includes(state)) person.browser.cookies.delete('__Host-lk_s')
  if (state === 'none') person.browser.cookies.clear()
  const alive = !['none', 'anonymous', 'pre', 'ended'].includes(state)
  if (state === 'pre') await firstStep(world, person)
  return { ...person, session: (alive ? person.session : '') as Person['session'] }
}

/** Closed, and to be erased in a week. */
const close = ({ ctx }: World, accountId: AccountId): Promise<void> =>
  ctx.store.transaction(async tx => {
    await tx.accounts.update(accountId, { status: 'closing' })
    await tx.changes.insert(change(accountId, { operation: ERASURE, effectiveAt: ctx.now() + 7 * 24 * HOUR }))
  })

async function send(world: World, person: Person, route: string, ids: Asked['ids']): Promise<Answer> {
  const [method = '', pattern = ''] = route.split(' ')
  const place = Object.keys(ids).find(name => pattern.includes(`/${name}/:`))
  const id = ids[place ?? '']
  // an id that nothing has would be “not found” for everybody, and prove nothing of who may
  if (id === undefined && Object.keys(ids).length > 0 && pattern.includes('/:'))
    throw new Error(`\`arrange\` has nothing that ${pattern} could name`)
  const path = pattern.replace(/([\w-]+)\/:\w+/g, (_, name: string) => `${name}/${encodeURIComponent(ids[name] ?? 'x')}`)
  const body = BODIES[pattern.replace(/\?.*/, '')]?.(ids) ?? {}
  if (/^\/(api|try)\//.test(pattern) || /options\b/.test(pattern)) return callApi(person.browser, method, path, body)
  if (method === 'GET') return answerOf(await person.browser.request('GET', path))
  return sendForm(world, person, path, body)
}

const withdraw = { title: 'Approve withdrawal', labels: { amount: 'Amount' } }

/** All rows in one state; where something was done, the next row finds another account. */
async function column(state: State): Promise<Record<string, string>> {
  const world = await makeWorld({ actions: { withdraw }, limitFactor: 10_000 })
  const letters: Record<string, string> = {}
  let asked: Asked | null = null
  for (const route of world.routes) {
    if (WITHOUT_ROW.test(route)) continue
    asked ??= await arrange(world, state)
    const answer = await send(world, await enter(asked, state), route, asked.ids)
    letters[route] = letterOf(answer)
    if (!route.startsWith('GET') && answer.status < 400) asked = null
  }
  return letters
}

/** Answered before anybody is looked at: files and probes. */
const WITHOUT_ROW = /^GET \/(assets\/\*|favicon\.ico|livez|readyz)$/

describe('routes', () => {
  it.each(STATES)('INV-9, V-4: what each route answers: %s', async state => {
    const expected = Object.entries(ROUTES).map(([route, cells]) => [route, cells[STATES.indexOf(state)]])
    expect(await column(state)).toEqual(Object.fromEntries(expected))
  })

  it('V-4: who asks is judged before what they ask, on every route, by its own guard', async () => {
    const world = await makeWorld({ actions: { withdraw }, limitFactor: 10_000 })
    const stranger = { ...(await makePerson(world)), session: '' as Person['session'] }
    for (const [route, cells] of Object.entries(ROUTES)) {
      // a document that asks nobody and reads nothing
      if (route === 'GET /api/openapi.json') continue
      stranger.browser.cookies.clear()
      const letter = letterOf(await send(world, stranger, `${route}?x=%00`, {}))
      // a path of ours with text that nobody can store: refused for that, unless the guard spoke first
      expect(`${route} ${letter}`).toBe(`${route} ${'u>'.includes(cells[0] ?? '') ? cells[0] : 'b'}`)
    }
  })

  it('a method that a step does not have is no method there, and an id of 1,401 characters is none', async () => {
    const world = await makeWorld({ actions: { withdraw }, limitFactor: 10_000 })
    const ask = async (state: State, method: string, path: string, body: object): Promise<string> =>
      (await callApi((await enter(await arrange(world, state), state)).browser, method, path, body)).code ?? 'done'
    const answers: [string, string][] = []
    for (const method of ['totp', 'recovery_code', 'password', 'passkey']) {
      answers.push([method, await ask('pre', 'POST', '/api/sign-in/code/send', { method })])
      answers.push([method, await ask('trusted', 'POST', '/api/step-up/send', { ...ADD, method })])
    }
    for (const method of ['password', 'passkey'])
      answers.push([method, await ask('pre', 'POST', '/api/sign-in/code', { method, code: 'x' })])
    expect(new Set(answers.map(([method, code]) => `${method} ${code}`))).toEqual(
      new Set(['totp', 'recovery_code', 'password', 'passkey'].map(method => `${method} bad_request`)),
    )
    const named = (length: number): Promise<string> => ask('trusted', 'PATCH', `/api/passkeys/${'x'.repeat(length)}`, { label: 'Mine' })
    expect([await named(1_400), await named(1_401)]).toEqual(['not_found', 'bad_request'])
  })
})
