import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Caller } from '../ctx.ts'
import { Problem } from '../domain/problems.ts'
import { addAuthenticator, client, makeCtx, type TestCtx } from '../methods/context.fixture.ts'
import { makeRecoveryCodes, recoveryCodeRows } from '../methods/index.ts'
import { proveForgotten, resendForgotten, startForgotten } from './password.ts'
import { HOUR, havePassword, PASSWORD, type Person, passkeyOwner } from './people.fixture.ts'
import { proveRecovery, sendRecoveryCode, startRecovery } from './recovery/recovery.ts'
import { sendSecondStepCode, signInOptions, signInWithCode, signInWithPasskey, signInWithPassword, startSignIn } from './sign-in.ts'
import { confirmSignUpCode, resendSignUpCode, startSignUp } from './sign-up.ts'

const MAIL = 'mei@example.com'
const HOME = '192.0.2.77'

const browser = (ip: string, more: Partial<Caller> = {}): Caller => ({
  client: client(ip),
  session: null,
  anonymousId: randomUUID(),
  knownAccounts: [],
  ...more,
})

/** What came of it: `ok`, or the code of the refusal; anything else fails the test. */
async function tried(work: Promise<unknown>): Promise<{ code: string; methods?: string[] | undefined }> {
  try {
    await work
    return { code: 'ok' }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { code: error.code, methods: error.extras.methods }
  }
}

/** The mails since the last time, and none of them any more. */
async function mails(ctx: TestCtx): Promise<{ to: string; template: string; code: string }[]> {
  return ctx.store.transaction(async tx => {
    const rows = await tx.outbox.lease(ctx.now(), 1, 10_000)
    for (const row of rows) await tx.outbox.sent(row.id, ctx.now())
    return rows.map(({ to, template, params }) => ({ to, template, code: String(params.code) }))
  })
}

type Form = (ctx: TestCtx, stranger: Caller) => Promise<unknown>

/** Every anonymous form, with the owner's address in it. */
const FORMS: Record<string, Form> = {
  'sign-up': (ctx, by) => startSignUp(ctx, by, MAIL, null),
  'another code of a sign-up': (ctx, by) => resendSignUpCode(ctx, by),
  'a code of a sign-up': (ctx, by) => confirmSignUpCode(ctx, by, '000000'),
  'sign-in': async (ctx, by) => {
    await startSignIn(ctx, by, MAIL, null)
    await signInWithPassword(ctx, by, 'not the password at all')
  },
  'forgotten password': (ctx, by) => startForgotten(ctx, by, MAIL),
  'another code of a forgotten password': (ctx, by) => resendForgotten(ctx, by, 'email'),
  'a code of a forgotten password': (ctx, by) => proveForgotten(ctx, by, 'email', '000000'),
  recovery: async (ctx, by) => {
    await startRecovery(ctx, by, MAIL)
    await sendRecoveryCode(ctx, by, 'email')
  },
  'a code of a recovery': (ctx, by) => proveRecovery(ctx, by, 'email', '000000'),
  'a password in a recovery': (ctx, by) => proveRecovery(ctx, by, 'password', 'not the password at all'),
  'a recovery code': (ctx, by) => proveRecovery(ctx, by, 'recovery_code', 'AAAA-BBBB-CCCC-DDDD'),
}

/** One stranger goes through all forms; some strangers share the owner's address. */
async function strangers(ctx: TestCtx, hour: number): Promise<void> {
  for (let n = 0; n < (hour % 6 === 0 ? 4 : 1); n++) {
    const by = browser(n === 0 && hour % 2 === 0 ? HOME : `10.${hour}.${n}.1`)
    for (const form of Object.values(FORMS)) await tried(form(ctx, by))
    ctx.clock.advance(31_000)
  }
}

async function withCodes(person: Person, count: number): Promise<string[]> {
  const { row } = await addAuthenticator(person.ctx, await person.facts(), 'recovery_codes', {})
  const codes = makeRecoveryCodes().slice(0, count)
  const rows = await recoveryCodeRows(person.ctx, row.id, person.accountId, codes)
  await person.ctx.store.transaction(tx => tx.authenticators.insertRecoveryCodes(rows))
  return codes
}

/** Password and code by mail. */
async function signsIn(person: Person, by: Caller): Promise<string> {
  const { ctx } = person
  await startSignIn(ctx, by, MAIL, null)
  const password = await tried(signInWithPassword(ctx, by, PASSWORD))
  if (password.code !== 'ok') return password.code
  const sent = await tried(sendSecondStepCode(ctx, by, 'email'))
  if (sent.code !== 'ok') return sent.code
  const code = (await mails(ctx)).at(-1)?.code ?? ''
  return (await tried(signInWithCode(ctx, by, 'email', code))).code
}

/** A recovery code, then a code by mail, from a browser that nobody knows. */
async function recovers(person: Person, code: string, ip: string): Promise<string> {
  const { ctx } = person
  const by = browser(ip)
  await startRecovery(ctx, by, MAIL)
  const first = await tried(proveRecovery(ctx, by, 'recovery_code', code))
  if (first.code !== 'ok') return first.code
  await sendRecoveryCode(ctx, by, 'email')
  return (await proveRecovery(ctx, by, 'email', (await mails(ctx)).at(-1)?.code ?? '')).status
}

test('H5 INV-15 a week of every anonymous form at once: the owner gets in, and everybody is told what works', async () => {
  const ctx = await makeCtx({ policy: { preset: 'exchange' }, limitFactor: 1 })
  const person = await passkeyOwner(ctx, MAIL)
  await havePassword(person)
  const codes = await withCodes(person, 8)
  await mails(ctx)
  let caused = 0
  const came: string[] = []
  for (let hour = 0; hour < 168; hour++) {
    const begins = ctx.now()
    await strangers(ctx, hour)
    caused += (await mails(ctx)).length
    const known = browser(HOME, { client: client(HOME, 'mine'), knownAccounts: [person.accountId] })
    if (hour % 3 === 0) came.push(`${hour}: ${await signsIn(person, known)}`)
    const anywhere = browser(`203.0.113.${hour}`)
    const passkey = await person.phone.get(signInOptions(ctx, anywhere))
    expect((await signInWithPasskey(ctx, anywhere, passkey, null)).status).toBe('signed_in')
    if (hour % 24 === 12) came.push(`${hour}: ${await recovers(person, codes.pop() ?? '', `198.51.100.${hour}`)}`)
    await mails(ctx)
    ctx.clock.advance(begins + HOUR - ctx.now())
  }
  expect(came.filter(one => !/: (ok|opened)$/.test(one))).toEqual([])
  expect(came).toHaveLength(56 + 7)
  // ten a day, whichever form asked
  expect(caused).toBeLessThanOrEqual(70)
  expect(caused).toBeGreaterThanOrEqual(60)
  await tried(startForgotten(ctx, browser('203.0.113.200'), MAIL))
  for (const form of [startForgotten(ctx, browser('203.0.113.201'), MAIL), startSignUp(ctx, browser('203.0.113.202'), MAIL, null)])
    expect(await tried(form)).toEqual({ code: 'rate_limited', methods: ['passkey', 'recovery_code'] })
})
