import { SoftwareAuthenticator } from '@latchkey/testing'
import type { ActionOptions, LatchkeyOptions } from '../../config.ts'
import type { Caller } from '../../ctx.ts'
import type { MethodName } from '../../domain/methods.ts'
import { Problem } from '../../domain/problems.ts'
import type { AccountId, Evidence, Session } from '../../domain/types.ts'
import { addAuthenticator, client, makeAccount, makeCtx, type TestCtx } from '../../methods/context.fixture.ts'
import { findSession } from '../account/find-session.ts'
import { newSession } from '../account/session.ts'
import { addPasskey, passkeyCreationOptions } from '../passkeys.ts'
import { type Purpose, sendStepUpCode, stepUpWithSecret } from '../prove/step-up.ts'
import { confirmSignUpCode, signUpCreationOptions, signUpWithPasskey, startSignUp } from '../sign-up.ts'

export const ORIGIN = 'https://accounts.example.com'
export const HOUR = 3_600_000
export const ADDRESS = 'bc1qx9f277ke8r3l0w5ynv2aq4gd6mzths9p7cuek0jxw3'

export const withdraw: ActionOptions = {
  title: 'Approve withdrawal',
  verb: 'Approve',
  addressField: 'to',
  amountField: 'amount',
  assetField: 'asset',
  networkField: 'network',
  labels: { amount: 'Amount', asset: 'Asset', amount_usd: 'Worth', to: 'To', network: 'Network', fee: 'Fee', receive: 'You receive' },
  withoutPasskey: { field: 'amount_usd', limit: '500', unit: 'USD' },
}
export const details = {
  amount: '0.50',
  asset: 'BTC',
  amount_usd: '31204.10',
  to: ADDRESS,
  network: 'Bitcoin',
  fee: '0.00012 BTC',
  receive: '0.49988 BTC',
}
export const small = { ...details, amount: '0.008', amount_usd: '500.00' }

/** A server that declares withdrawals: as above, from the address book only, and with a passkey only. */
export const makeExchange = (options: Partial<LatchkeyOptions> = {}): Promise<TestCtx> =>
  makeCtx({
    actions: {
      withdraw,
      strict_withdraw: { ...withdraw, addressBook: true },
      passkey_only: { ...withdraw, withoutPasskey: undefined as never },
    },
    ...options,
  })

/** Somebody with an account, in one browser, with one authenticator. */
export interface Person {
  accountId: AccountId
  device: SoftwareAuthenticator
  /** Read anew: evidence and tokens change. */
  caller(): Promise<Caller>
  cookie(): string
  signedIn(token: string): void
}

let people = 0
const anonymous = (): Caller => ({
  client: client(`192.0.2.${(people % 250) + 1}`),
  session: null,
  anonymousId: `browser-${people++}`,
  knownAccounts: [],
})

/** The last code that was sent. */
export async function lastCode(ctx: TestCtx): Promise<string> {
  return ctx.store.transaction(async tx => {
    const rows = await tx.outbox.lease(ctx.now(), 365 * 24 * HOUR, 1_000)
    const code = rows.filter(row => row.params.code).at(-1)?.params.code
    return String(code)
  })
}

async function verified(ctx: TestCtx, email: string): Promise<Caller> {
  const caller = anonymous()
  await startSignUp(ctx, caller, email, null)
  await confirmSignUpCode(ctx, caller, await lastCode(ctx))
  return caller
}

function person(
  ctx: TestCtx,
  device: SoftwareAuthenticator,
  first: Caller,
  made: { token: { value: string }; accountId: AccountId },
): Person {
  let token = made.token.value
  return {
    accountId: made.accountId,
    device,
    cookie: () => `__Host-lk_s=${token}`,
    signedIn(value) {
      token = value
    },
    async caller() {
      const session: Session | null = await findSession(ctx, token, false)
      return { ...first, session }
    },
  }
}

/** An account with one passkey, trusted from its founding. */
export async function withPasskey(ctx: TestCtx, email = `mei${people}@example.com`): Promise<Person> {
  const device = new SoftwareAuthenticator({ origin: ORIGIN })
  const caller = await verified(ctx, email)
  const response = await device.create(await signUpCreationOptions(ctx, caller))
  return person(ctx, device, caller, await signUpWithPasskey(ctx, caller, response))
}

/** An account with a password and an e-mail address whose founding day is over; written as a sign-up would, without its hashing. */
export async function withPassword(ctx: TestCtx, email = `ada${people}@example.com`): Promise<Person> {
  const caller = anonymous()
  const { facts } = await addAuthenticator(ctx, await makeAccount(ctx, email), 'password', { hash: 'unused', changedAt: ctx.now() })
  const proven = (method: MethodName): Evidence => ({
    method,
    credentialId: null,
    userVerified: false,
    backupEligible: false,
    at: ctx.now(),
    operation: null,
    target: null,
  })
  const { row, token } = newSession(ctx, caller, {
    facts,
    evidence: [proven('email'), proven('password')],
    credentialId: null,
    kind: 'full',
    founding: true,
  })
  await ctx.store.transaction(tx => tx.sessions.insert(row))
  ctx.clock.advance(25 * HOUR)
  return person(ctx, new SoftwareAuthenticator({ origin: ORIGIN }), caller, { accountId: facts.account.id, token })
}

/** Proves a step-up with an e-mail code. */
export async function proveByMail(ctx: TestCtx, who: Person, purpose: Purpose): Promise<void> {
  ctx.clock.advance(60_000)
  await sendStepUpCode(ctx, await who.caller(), purpose, 'email')
  const { token } = await stepUpWithSecret(ctx, await who.caller(), purpose, 'email', await lastCode(ctx))
  who.signedIn(token.value)
}

/** Adds a passkey with two steps: young for a day. */
export async function addYoungPasskey(ctx: TestCtx, who: Person): Promise<number> {
  await proveByMail(ctx, who, { operation: 'passkey.add', target: null })
  const response = await who.device.create(await passkeyCreationOptions(ctx, await who.caller()))
  const { passkey } = await addPasskey(ctx, await who.caller(), response)
  return passkey.trustedAt
}

/** The refusal that a call ends with, or what it returned. */
export async function outcome<T>(call: Promise<T>): Promise<unknown> {
  try {
    return await call
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { code: error.code, ...error.extras }
  }
}
