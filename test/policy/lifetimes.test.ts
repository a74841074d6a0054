import { SoftwareAuthenticator } from '@latchkey/testing'
import { describe, expect, it } from 'vitest'
import { Problem } from '../../packages/server/src/domain/problems.ts'
import { consumeApproval, createApproval } from '../../packages/server/src/flows/approvals/approvals.ts'
import { PASSWORD } from '../../packages/server/src/flows/people.fixture.ts'
import { WAYS } from '../fixtures/operations.ts'
import {
  type Answer,
  answerOf,
  callApi,
  callerOf,
  confirm,
  firstStep,
  HOUR,
  MINUTE,
  makePerson,
  makeWorld,
  type Person,
  sendForm,
  sentCode,
  signIn,
  stepUp,
  type World,
} from '../fixtures/world.ts'

const DAY = 24 * HOUR
const withdraw = {
  title: 'Approve withdrawal',
  labels: { amount: 'Amount' },
  withoutPasskey: { field: 'amount', limit: '500', unit: 'USD' },
}
const DETAILS = { amount: '1' }
const trusted = { evidence: ['passkey'] } as const
const ADD = { operation: 'passkey.add', target: null }

interface Row {
  /** From its making, by hand. */
  lasts: number
  late: string
  /** Makes the thing. @returns what uses it, and says `ok` or why not */
  make(world: World): Promise<() => Promise<string>>
}

const said = ({ code }: Answer): string => code ?? 'ok'
const post = async (browser: Person['browser'], path: string, body: object): Promise<string> =>
  said(await callApi(browser, 'POST', path, body))
const get = async (browser: Person['browser'], path: string): Promise<string> => said(await answerOf(await browser.request('GET', path)))

async function pre(world: World): Promise<Person> {
  const person = await makePerson(world)
  person.browser.cookies.clear()
  await person.browser.request('GET', '/sign-in')
  const stranger = { ...person, session: '' as Person['session'] }
  await firstStep(world, stranger)
  return stranger
}

async function approval(world: World): Promise<{ person: Person; id: string }> {
  const person = await makePerson(world, trusted)
  const { id } = await createApproval(world.ctx, await callerOf(world, person), { action: 'withdraw', details: DETAILS, returnTo: null })
  return { person, id }
}

const LIFETIMES: Readonly<Record<string, Row>> = {
  'challenge of a sign-in': {
    lasts: 5 * MINUTE,
    late: 'challenge_expired',
    async make(world) {
      const { browser } = await makePerson(world)
      browser.cookies.clear()
      const { body } = await callApi(browser, 'POST', '/api/sign-in/passkey/options')
      const response = await browser.authenticator.get(body)
      return () => post(browser, '/api/sign-in/passkey', { response })
    },
  },
  'challenge of a second step': {
    lasts: 5 * MINUTE,
    late: 'challenge_expired',
    async make(world) {
      const stranger = await pre(world)
      const { body } = await callApi(stranger.browser, 'POST', '/sign-in/second/passkey/options')
      const response = JSON.stringify(await stranger.browser.authenticator.get(body))
      return async () => said(await sendForm(world, stranger, '/sign-in/second/passkey', { response }))
    },
  },
  'challenge of a step-up': {
    lasts: 5 * MINUTE,
    late: 'challenge_expired',
    async make(world) {
      const { browser } = await makePerson(world, trusted)
      const { body } = await callApi(browser, 'POST', '/api/step-up/passkey/options', ADD)
      const response = await browser.authenticator.get(body)
      return () => post(browser, '/api/step-up/passkey', { ...ADD, response })
    },
  },
  'challenge of a creation': {
    lasts: 10 * MINUTE,
    late: 'challenge_expired',
    async make(world) {
      const person = await makePerson(world, trusted)
      await stepUp(world, person, ADD, 'passkey')
      const { body } = await callApi(person.browser, 'POST', '/api/passkeys/options')
      const response = await new SoftwareAuthenticator({ origin: world.ctx.config.origin }).create(body)
      return async () => {
        await stepUp(world, person, ADD, 'passkey')
        return post(person.browser, '/api/passkeys', { response })
      }
    },
  },
  'challenge of the trial': {
    lasts: 5 * MINUTE,
    late: 'challenge_expired',
    async make(world) {
      const browser = world.browser()
      const { body } = await callApi(browser, 'POST', '/try/options')
      const device = new SoftwareAuthenticator({ origin: world.ctx.config.origin })
      const [registration, authentication] = [await device.create(body.create), await device.get(body.get)]
      return () => post(browser, '/try/passkey', { registration, authentication })
    },
  },
  grant: {
    lasts: 5 * MINUTE,
    late: 'step_up_required',
    async make(world) {
      const person = await makePerson(world, trusted)
      await stepUp(world, person, { operation: 'passkey.remove', target: person.passkeys[1]! }, 'passkey')
      return () => post(person.browser, `/api/passkeys/${person.passkeys[1]}/remove`, {})
    },
  },
  'code that was sent': {
    lasts: 10 * MINUTE,
    late: 'code_expired',
    async make(world) {
      const { browser } = await makePerson(world)
      await callApi(browser, 'POST', '/api/step-up/send', { ...ADD, method: 'sms' })
      const secret = await sentCode(world)
      return () => post(browser, '/api/step-up/sms', { ...ADD, secret })
    },
  },
  'sign-in that was begun': {
    lasts: 10 * MINUTE,
    late: 'form_expired',
    async make(world) {
      const browser = world.browser()
      const { body } = await callApi(browser, 'POST', '/api/sign-in/start', { identifier: 'nobody@example.com' })
      const guess = { authSession: body.authSession, password: PASSWORD }
      return async () => ((await post(browser, '/api/sign-in/password', guess)) === 'invalid_credentials' ? 'ok' : 'form_expired')
    },
  },
  'first right step': {
    lasts: 10 * MINUTE,
    late: 'form_expired',
    async make(world) {
      const stranger = await pre(world)
      const [code] = stranger.codes
      return () => post(stranger.browser, '/api/sign-in/code', { method: 'recovery_code', code })
    },
  },
  'set-up of an authenticator app': {
    lasts: 10 * MINUTE,
    late: 'form_expired',
    async make(world) {
      const person = await makePerson(world, { ...trusted, without: ['totp'] })
      await stepUp(world, person, { operation: 'totp.add' }, 'passkey')
      await sendForm(world, person, '/account/factors/totp/begin', {})
      // an unfinished one is finished by a wrong code no more
      return async () => ((await sendForm(world, person, '/account/factors/totp', { code: '0' })).status === 303 ? 'form_expired' : 'ok')
    },
  },
  'approval, until it is decided': {
    lasts: 5 * MINUTE,
    late: 'approval_expired',
    async make(world) {
      const { person, id } = await approval(world)
      return () => post(person.browser, `/approve/${id}/options`, {})
    },
  },
  'approval, until it is redeemed': {
    lasts: 15 * MINUTE,
    late: 'approval_expired',
    async make(world) {
      const person = await makePerson(world, { passkey: null })
      const { id } = await createApproval(world.ctx, await callerOf(world, person), {
        action: 'withdraw',
        details: DETAILS,
        returnTo: null,
      })
      await confirm(world, person, { operation: 'approval.approve', target: id }, 'totp')
      return () =>
        consumeApproval(world.ctx, person.accountId, id, DETAILS).then(
          () => 'ok',
          error => (error instanceof Problem ? error.code : 'fault'),
        )
    },
  },
  'recovery session': {
    lasts: 30 * MINUTE,
    late: 'unauthenticated',
    async make(world) {
      const { browser } = await makePerson(world, { kind: 'recovery' })
      return () => get(browser, '/recover/passkey')
    },
  },
  'last cookie of a session that has a new one': {
    lasts: 10_000,
    late: 'unauthenticated',
    async make(world) {
      const person = await makePerson(world, trusted)
      const old = person.browser.cookies.get('__Host-lk_s')!
      await stepUp(world, person, ADD, 'passkey')
      person.browser.cookies.set('__Host-lk_s', old)
      return () => get(person.browser, '/api/sessions')
    },
  },
  'hour of the founding session': {
    lasts: HOUR,
    late: 'money pauses',
    async make(world) {
      const person = await signIn(world, await makePerson(world, { passkey: null }), { founding: true })
      // the proof is trusted in that hour, and two steps later; an app's next time step is half a minute away
      world.ctx.clock.advance(-31_000)
      return async () => {
        await confirm(world, person, { operation: 'totp.remove' }, 'totp')
        const { body } = await callApi(person.browser, 'GET', '/api/session')
        return body.account.moneyPausedUntil === null ? 'ok' : 'money pauses'
      }
    },
  },
}

describe('lifetimes', () => {
  it.each(Object.entries(LIFETIMES))('H10, INV-3: %s, to the millisecond', async (_, { lasts, late, make }) => {
    const world = await makeWorld({ actions: { withdraw }, limitFactor: 1 })
    const inTime = await make(world)
    world.ctx.clock.advance(lasts - 1)
    expect(await inTime()).toBe('ok')
    const tooLate = await make(world)
    world.ctx.clock.advance(lasts)
    expect(await tooLate()).toBe(late)
  })
})

/** Sessions and what else a preset says, by hand. */
const PRESETS = {
  product: { idle: 7 * DAY, max: 30 * DAY, trustDays: 30, mail: true, later: true, password: 'signed_in', attestation: 'none' },
  exchange: { idle: 7 * DAY, max: 30 * DAY, trustDays: 30, mail: false, later: true, password: 'second_step_needed', attestation: 'none' },
  strict: { idle: HOUR, max: DAY, trustDays: 0, mail: false, later: false, password: 'second_step_needed', attestation: 'direct' },
} as const

const STEPS = {
  product: { phone: ['sms', 'recovery_code'], mail: ['password', 'email', 'recovery_code'] },
  exchange: { phone: ['sms', 'recovery_code'], mail: ['email', 'recovery_code'] },
  strict: { phone: ['recovery_code'], mail: ['recovery_code'] },
} as const

describe.each(Object.keys(PRESETS) as (keyof typeof PRESETS)[])('preset %s', preset => {
  const expected = PRESETS[preset]
  const start = (): Promise<World> => makeWorld({ policy: { preset }, actions: { withdraw }, limitFactor: 1 })

  it('ends an unused session, and every session at its age', async () => {
    const world = await start()
    const { clock } = world.ctx
    const { browser } = await makePerson(world)
    clock.advance(expected.idle - 1)
    expect(await get(browser, '/api/sessions')).toBe('ok')
    clock.advance(expected.idle)
    expect(await get(browser, '/api/sessions')).toBe('unauthenticated')
    const used = await makePerson(world)
    const end = clock.now() + expected.max
    while (clock.now() + expected.idle / 2 < end) {
      clock.advance(expected.idle / 2)
      expect(await get(used.browser, '/api/sessions')).toBe('ok')
    }
    clock.set(end - 1)
    expect(await get(used.browser, '/api/sessions')).toBe('ok')
    clock.set(end)
    expect(await get(used.browser, '/api/sessions')).toBe('unauthenticated')
  })

  it('says which second steps count, whether a password alone signs in, and what a recovery needs', async () => {
    const world = await start()
    const methodsOf = async ({ browser }: Person) => (await callApi(browser, 'POST', '/api/passkeys/options')).body.methods
    expect(await methodsOf(await makePerson(world, { passkey: null, without: ['totp'] }))).toEqual(STEPS[preset].phone)
    const mail = await makePerson(world, { passkey: null, without: ['totp', 'phone'] })
    expect(await methodsOf(mail)).toEqual(STEPS[preset].mail)
    mail.browser.cookies.clear()
    const { body } = await callApi(mail.browser, 'POST', '/api/sign-in/start', { identifier: mail.email })
    const answer = await callApi(mail.browser, 'POST', '/api/sign-in/password', { authSession: body.authSession, password: PASSWORD })
    expect(answer.body.status).toBe(expected.password)
    const ways = await answerOf(await mail.browser.request('GET', '/recover'))
    expect(/href="\/recover\/start\?with=email"/.test(ways.text)).toBe(expected.mail)
  })

  it('offers to trust the device, and to make recovery codes later', async () => {
    const world = await start()
    const stranger = await pre(world)
    const { text } = await answerOf(await stranger.browser.request('GET', '/sign-in/second?method=totp'))
    expect(/name="trust"/.test(text)).toBe(expected.trustDays > 0)
    expect(text.includes(`${expected.trustDays} days`)).toBe(expected.trustDays > 0)
    const person = await makePerson(world, { ...trusted, without: ['recovery_codes'] })
    await stepUp(world, person, { operation: 'recovery_codes.add' }, 'passkey')
    const page = await answerOf(await person.browser.request('GET', '/account/recovery-codes/new'))
    expect(/>Later</.test(page.text)).toBe(expected.later)
  })

  it('asks a new passkey for its attestation where the policy records it', async () => {
    const world = await start()
    const person = await makePerson(world, trusted)
    await stepUp(world, person, ADD, 'passkey')
    expect((await callApi(person.browser, 'POST', '/api/passkeys/options')).body.attestation).toBe(expected.attestation)
  })

  it('F25, O26: the twenty-first passkey is refused; after 180 days one is asked about', async () => {
    const world = await start()
    const person = await makePerson(world, trusted)
    const first = (await world.ctx.store.read.accounts.facts(person.accountId))!.passkeys[0]!
    for (let n = 2; n < 20; n++) await world.ctx.store.transaction(tx => tx.passkeys.insert({ ...first, id: `${n}${first.id}` as never }))
    await stepUp(world, person, ADD, 'passkey')
    // the second one, written with the first, makes it twenty
    expect((await callApi(person.browser, 'POST', '/api/passkeys/options')).body).toMatchObject({ code: 'passkey_limit', limit: '20' })
    await world.ctx.store.transaction(tx => tx.passkeys.remove(person.accountId, `2${first.id}` as never, world.ctx.now(), 'trusted'))
    expect(said(await WAYS['passkey.add']!.ask!(world, person, null))).toBe('ok')
    expect((await callApi(person.browser, 'POST', '/api/passkeys/options')).body).toMatchObject({ code: 'passkey_limit', limit: '20' })
    const other = await makePerson(world, trusted)
    for (const [later, stale] of [
      [180 * DAY, null],
      [1, 180],
    ] as const) {
      world.ctx.clock.advance(later)
      const { browser } = await signIn(world, other, trusted)
      expect((await callApi(browser, 'GET', '/api/passkeys')).body.items[0].staleDays).toBe(stale)
    }
  })
})
