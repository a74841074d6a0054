import { SoftwareAuthenticator, totpFromUri } from '@latchkey/testing'
import type { Caller } from '../ctx.ts'
import type { MethodName } from '../domain/methods.ts'
import type { Operation } from '../domain/policy.ts'
import type { AccountFacts, AccountId, Evidence, SessionId } from '../domain/types.ts'
import { argon2Hash, PASSWORD_COST } from '../methods/argon2.ts'
import { addAuthenticator, client, makeAccount, makeCtx, newestMessage, type TestCtx } from '../methods/context.fixture.ts'
import { settleAndLoad } from './account/account.ts'
import { findSession } from './account/find-session.ts'
import { newSession } from './account/session.ts'
import { withdraw } from './approvals/approvals.fixture.ts'
import { beginTotp, confirmTotp, totpSetUp } from './factors.ts'
import { sendStepUpCode, stepUpOptions, stepUpWithPasskey, stepUpWithSecret } from './prove/step-up.ts'
import { confirmSignUpCode, signUpCreationOptions, signUpWithPasskey, startSignUp } from './sign-up.ts'

export const HOUR = 3_600_000
export const DAY = 24 * HOUR
export const PASSWORD = 'violet teapot marching home'
export const OTHER_PASSWORD = 'seven green lanterns drift'
export const ORIGIN = 'https://accounts.example.com'

/** A person at a browser: the account, its live session, and the passkey in their hands. */
export interface Person {
  ctx: TestCtx
  accountId: AccountId
  phone: SoftwareAuthenticator
  caller(): Promise<Caller>
  facts(): Promise<AccountFacts>
  /** Security verification for one operation, by the passkey (T) or by a code to the mailbox (P, or Q beside a passkey). */
  prove(operation: Operation, by?: 'passkey' | 'email', target?: string | null): Promise<void>
}

let browsers = 0

/** Somebody who is not signed in. */
export const stranger = (): Caller => ({
  client: client(`198.51.100.${(browsers % 250) + 1}`),
  session: null,
  anonymousId: `browser-${++browsers}`,
  knownAccounts: [],
})

export const exchange = (limitFactor = 100): Promise<TestCtx> =>
  makeCtx({ policy: { preset: 'exchange' }, actions: { withdraw }, limitFactor })

/** The six digits of the newest message. */
export async function sentCode(ctx: TestCtx): Promise<string> {
  const { params } = await newestMessage(ctx)
  return String(params.code)
}

/** Every message that was written, as "template to". */
export async function messages(ctx: TestCtx): Promise<string[]> {
  const rows = await ctx.store.transaction(tx => tx.outbox.lease(ctx.now(), 1, 1000))
  ctx.clock.advance(1)
  return rows.map(row => `${row.template} ${row.to}`)
}

/** Hashed once: slow on purpose. */
const hashed = argon2Hash(PASSWORD, PASSWORD_COST, { who: 'test', widen: 100 })

export async function insertPassword(ctx: TestCtx, facts: AccountFacts): Promise<AccountFacts> {
  const hash = ctx.keys.sealPassword(await hashed, facts.account.id)
  return (await addAuthenticator(ctx, facts, 'password', { hash, changedAt: ctx.now() })).facts
}

/** One step that was typed just now, as a sign-in would have left it. */
export const typed = (ctx: TestCtx, method: Exclude<MethodName, 'passkey'>): Evidence => ({
  method,
  credentialId: null,
  userVerified: false,
  backupEligible: false,
  at: ctx.now(),
  operation: null,
  target: null,
})

async function signedUpWithPasskey(
  ctx: TestCtx,
  email: string,
): Promise<{ phone: SoftwareAuthenticator; asking: Caller; sessionId: SessionId; accountId: AccountId }> {
  const phone = new SoftwareAuthenticator({ origin: ORIGIN })
  const asking = stranger()
  await startSignUp(ctx, asking, email, null)
  await confirmSignUpCode(ctx, asking, await sentCode(ctx))
  const done = await signUpWithPasskey(ctx, asking, await phone.create(await signUpCreationOptions(ctx, asking)))
  const found = await findSession(ctx, done.token.value, false)
  if (!found) throw new Error('no session')
  return { phone, asking, sessionId: found.id, accountId: done.accountId }
}

/** Signed in with password and e-mail code, long after its founding. */
async function signedInWithPassword(
  ctx: TestCtx,
  email: string,
): Promise<{ phone: SoftwareAuthenticator; asking: Caller; sessionId: SessionId; accountId: AccountId }> {
  const asking = stranger()
  const facts = await insertPassword(ctx, await makeAccount(ctx, email))
  const evidence = [typed(ctx, 'password'), typed(ctx, 'email')]
  const opened = newSession(ctx, asking, { facts, evidence, credentialId: null, kind: 'full', founding: false })
  await ctx.store.transaction(tx => tx.sessions.insert(opened.row))
  return { phone: new SoftwareAuthenticator({ origin: ORIGIN }), asking, sessionId: opened.row.id, accountId: facts.account.id }
}

async function personOf(ctx: TestCtx, email: string, first: 'passkey' | 'password'): Promise<Person> {
  const { phone, asking, sessionId, accountId } = await (first === 'passkey' ? signedUpWithPasskey : signedInWithPassword)(ctx, email)
  const caller = async (): Promise<Caller> => ({ ...asking, session: await ctx.store.read.sessions.get(sessionId) })
  const person: Person = {
    ctx,
    accountId,
    phone,
    caller,
    facts: () => settleAndLoad(ctx, accountId),
    async prove(operation, by = first === 'passkey' ? 'passkey' : 'email', target = null) {
      const purpose = { operation, target }
      if (by === 'passkey') {
        await stepUpWithPasskey(ctx, await caller(), purpose, await phone.get(await stepUpOptions(ctx, await caller(), purpose)))
      } else {
        await sendStepUpCode(ctx, await caller(), purpose, 'email')
        await stepUpWithSecret(ctx, await caller(), purpose, 'email', await sentCode(ctx))
      }
    },
  }
  // the founding day is a story of its own: here people come back later
  ctx.clock.advance(2 * DAY)
  return person
}

/** An account with one trusted passkey and its address. Its passkey proves T, a code to its mailbox Q. */
export const passkeyOwner = (ctx: TestCtx, email = 'mei@example.com'): Promise<Person> => personOf(ctx, email, 'passkey')

/** An account with a password and its address. A code to its mailbox proves two steps. */
export const passwordOwner = (ctx: TestCtx, email = 'ana@example.com'): Promise<Person> => personOf(ctx, email, 'password')

/** Turns an authenticator app on. @returns its address, the content of the QR code */
export async function turnOnTotp(person: Person): Promise<string> {
  const { ctx } = person
  const operation = (await person.facts()).totp ? 'totp.replace' : 'totp.add'
  await person.prove(operation)
  await beginTotp(ctx, await person.caller())
  const open = await totpSetUp(ctx, await person.caller())
  if (!open) throw new Error('no set-up')
  await confirmTotp(ctx, await person.caller(), await totpFromUri(open.uri, ctx.now()))
  // so that the next code is another one
  ctx.clock.advance(31_000)
  return open.uri
}

/** Security verification by the app. */
export async function proveByTotp(person: Person, uri: string, operation: Operation, target: string | null = null): Promise<void> {
  const { ctx } = person
  await stepUpWithSecret(ctx, await person.caller(), { operation, target }, 'totp', await totpFromUri(uri, ctx.now()))
  ctx.clock.advance(31_000)
}

/** Gives a passkey owner a password, too. */
export async function havePassword(person: Person): Promise<void> {
  await insertPassword(person.ctx, await person.facts())
}

/** The same account, signed in on another browser. */
export async function anotherSession(person: Person): Promise<Caller> {
  const { ctx } = person
  const asking = stranger()
  const evidence = [typed(ctx, 'password'), typed(ctx, 'email')]
  const opened = newSession(ctx, asking, { facts: await person.facts(), evidence, credentialId: null, kind: 'full', founding: false })
  await ctx.store.transaction(tx => tx.sessions.insert(opened.row))
  return { ...asking, session: await ctx.store.read.sessions.get(opened.row.id) }
}

/**
 * A context in which something happens after a request has read what it needs, right before it writes.
 *
 * @param word stands in the text of the transaction that is meant; left out, it is the first
 */
export function before(ctx: TestCtx, happens: () => Promise<unknown>, word = ''): TestCtx {
  let done = false
  const once = async (isMeant: boolean): Promise<void> => {
    if (done || !isMeant) return
    done = true
    await happens()
  }
  const store = Object.create(ctx.store) as TestCtx['store']
  store.transaction = async work => {
    await once(work.toString().includes(word))
    return ctx.store.transaction(work)
  }
  store.signInWithPasskey = async row => {
    await once(true)
    return ctx.store.signInWithPasskey(row)
  }
  return { ...ctx, store }
}
