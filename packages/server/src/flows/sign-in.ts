import type { Caller, Ctx } from '../ctx.ts'
import { notices, notify } from '../deliver/notify.ts'
import { isFullSignIn } from '../domain/evidence.ts'
import { activePasskeys, hasTrustedPasskey, isFrozen, isWeak, primaryAddress } from '../domain/facts.ts'
import { parseIdentifier } from '../domain/identifier.ts'
import { type CodeMethod, METHODS, type MethodName, type SentMethod } from '../domain/methods.ts'
import type { Operation } from '../domain/policy.ts'
import { Problem } from '../domain/problems.ts'
import { countingMethods } from '../domain/second-step.ts'
import type { Account, AccountFacts, AccountId, CredentialId, Evidence, Passkey } from '../domain/types.ts'
import { countRequest } from '../limits/index.ts'
import { type Proven, proveSecret, sendCode } from '../methods/index.ts'
import { type CreationOptionsJson, type RequestOptionsJson, requestOptions } from '../methods/passkey.ts'
import type { NewMessage, PasskeySignIn } from '../store/store.ts'
import type { AuthenticationResponse } from '../webauthn/index.ts'
import { lockAccount, settleAndLoad } from './account/account.ts'
import { eventRow, record } from './account/events.ts'
import {
  begin,
  endBegun,
  keepStep,
  type Pre,
  preRequest,
  preSessionOf,
  requireBegun,
  requirePreSession,
  takePreSession,
} from './account/pre-session.ts'
import { type FreshToken, newSession, type OpenedSession } from './account/session.ts'
import { isTrustedDevice, trustDevice } from './account/trusted-device.ts'
import { makeChallenge, openChallenge } from './prove/challenge.ts'
import { type PasskeyProven, provePasskey } from './prove/passkey.ts'
import { grantFromSignIn } from './prove/step-up.ts'
import { passkeySigned } from './recovery/by-mail.ts'
import { upgradeOptions } from './upgrade.ts'

/** The page on which a frozen account is unfrozen; whoever signs in for it proves that with the sign-in. */
export const UNFREEZE_PATH = '/account/unfreeze'

/** What a step of a sign-in leads to; the switch over `status` is checked for completeness. */
export type SignIn =
  | {
      status: 'signed_in'
      token: FreshToken
      accountId: string
      /**
       * The account that the browser is known for from now on; null after a sign-in with a passkey that a weak proof made: a known device
       * has tries of its own (policy.md §10), and who made such a passkey would have as many as they want.
       */
      knownFor: string | null
      returnTo: string | null
      method: MethodName
      /** For the device cookie, where the person asked to trust this device. */
      trustClaim?: string | null
      /** Options of a passkey that the browser may make silently now, where its page said that it can. */
      upgrade?: CreationOptionsJson | null
    }
  | { status: 'second_step_needed'; methods: MethodName[] }

/**
 * Options of the passkey prompt on the sign-in page; empty allow list, so nothing is told about anybody (O41).
 *
 * @throws Problem `rate_limited`
 */
export function signInOptions(ctx: Ctx, caller: Caller): RequestOptionsJson {
  countRequest(ctx, 'passkey_begin', { stage: 'door', ip: caller.client.ip })
  return requestOptions(ctx, makeChallenge(ctx, 'sign_in', caller.anonymousId))
}

/**
 * Signs in with a discoverable passkey (WebAuthn L3 §7.2): one proof, a full session (K1, O1).
 *
 * @param returnTo where the person was going; the creation page makes this sign-in its ceremony
 * @throws Problem `passkey_unknown`, `passkey_removed`, `passkey_suspended`, `passkey_rejected`, `challenge_expired`
 */
export async function signInWithPasskey(ctx: Ctx, caller: Caller, response: unknown, returnTo: string | null): Promise<SignIn> {
  const proven = await provePasskey(ctx, caller, response, {
    stage: 'door',
    find: signed => findForSignIn(ctx, caller, signed),
    discoverable: true,
    doubtful: 'one_step',
  })
  const { match, evidence } = proven
  const { passkey, account } = match
  // what an account still does that is frozen or closing is said by the table, and by the kind of its sessions
  if (proven.doubtful) return oneStep(ctx, caller, await settleAndLoad(ctx, account.id), proven, returnTo)
  const opened = newSession(ctx, caller, {
    facts: match,
    evidence: [evidence],
    credentialId: passkey.id,
    kind: 'full',
    founding: false,
  })
  // most sign-ins come from a browser that is known, to an account in which nothing waits: those need no more of it
  const calm = !match.changeWaits && !isFrozen(match) && isKnown(ctx, caller, match)
  const facts = calm ? null : await settleAndLoad(ctx, account.id)
  const messages = facts ? newDeviceNotice(ctx, caller, facts) : []
  const event = eventRow(ctx, {
    accountId: account.id,
    sessionId: opened.row.id,
    credentialId: passkey.id,
    kind: 'sign_in',
    body: { method: 'passkey', ...newDevice(ctx, caller, match) },
    caller,
  })
  await openWith(ctx, proven, { session: opened.row, event, messages })
  if (facts) await passkeySigned(ctx, caller, facts, opened.row.id)
  await sameCeremony(ctx, opened, evidence, returnTo)
  return signedIn(opened, [passkey], ctx.now(), returnTo, 'passkey')
}

type Opening = Pick<PasskeySignIn, 'session' | 'event' | 'messages'>

/** One statement for most; what does not fit is written down and told in the transaction that opens the session. */
async function openWith(ctx: Ctx, proven: PasskeyProven, opening: Opening): Promise<void> {
  if (proven.anomalies.length > 0 || proven.first) await openWatched(ctx, proven, opening)
  else await openAtOnce(ctx, proven, opening)
  if (opening.messages.length > 0 || proven.anomalies.length > 0) ctx.wakeOutbox()
}

async function openAtOnce(ctx: Ctx, { match: { challenge }, use }: PasskeyProven, opening: Opening): Promise<void> {
  const outcome = await ctx.store.signInWithPasskey({ challenge, use, ...opening })
  if (outcome === 'replayed') throw new Problem('challenge_expired', {}, 'replayed')
  if (outcome === 'not_active') throw new Problem('passkey_removed')
}

const openWatched = (ctx: Ctx, proven: PasskeyProven, { session, event, messages }: Opening): Promise<void> =>
  ctx.store.transaction(async tx => {
    await lockAccount(tx, ctx, session.accountId)
    await proven.apply(tx)
    await tx.sessions.insert(session)
    await tx.events.insert(event)
    await notify(tx, messages)
  })

async function findForSignIn(ctx: Ctx, caller: Caller, signed: AuthenticationResponse) {
  const challenge = openChallenge(ctx, signed.challenge, 'sign_in', caller.anonymousId)
  const found = await ctx.store.read.passkeys.forSignIn(signed.id as CredentialId)
  if (!found || found.account.status === 'closed') throw new Problem('passkey_unknown', { credentialId: signed.id })
  return { challenge, ...found }
}

const signedIn = (
  opened: OpenedSession,
  passkeys: readonly Passkey[],
  now: number,
  returnTo: string | null,
  method: MethodName,
): Extract<SignIn, { status: 'signed_in' }> => ({
  status: 'signed_in',
  token: opened.token,
  accountId: opened.row.accountId,
  knownFor: opened.row.evidence.some(e => passkeys.some(p => p.id === e.credentialId && isWeak(p, now))) ? null : opened.row.accountId,
  returnTo,
  method,
})

/** What people sign in for, by the page to which they return. */
const MADE_FOR: Readonly<Record<string, Operation>> = {
  '/account/passkeys/new': 'passkey.add',
  [UNFREEZE_PATH]: 'account.unfreeze',
}

const madeFor = ({ config: { basePath } }: Ctx, returnTo: string | null): Operation | undefined =>
  returnTo?.startsWith(basePath) ? MADE_FOR[returnTo.slice(basePath.length)] : undefined

/** A sign-in that was made in order to create a passkey, or to unfreeze the account, is that operation's ceremony (policy.md §5). */
async function sameCeremony(ctx: Ctx, opened: OpenedSession, evidence: Evidence, returnTo: string | null): Promise<void> {
  const operation = madeFor(ctx, returnTo)
  if (operation) await ctx.store.transaction(tx => grantFromSignIn(tx, ctx, opened.row, { operation, target: null }, evidence))
}

/** A browser that signed in to the account before, or that has just made it. */
const isKnown = (ctx: Ctx, caller: Caller, { account }: { account: Pick<Account, 'id' | 'createdAt'> }): boolean =>
  caller.knownAccounts.includes(account.id) || account.createdAt > ctx.now() - 60_000

/** Written down beside a sign-in: the checkup is offered after it (O25). */
const newDevice = (ctx: Ctx, caller: Caller, facts: Parameters<typeof isKnown>[2]): { newDevice?: true } =>
  isKnown(ctx, caller, facts) ? {} : { newDevice: true }

const newDeviceNotice = (ctx: Ctx, caller: Caller, facts: AccountFacts): NewMessage[] =>
  isKnown(ctx, caller, facts) ? [] : notices(ctx, facts, 'new_device_sign_in', {}, caller.client)

/** Beside a trusted passkey a sign-in without one is told, from a known browser too: whoever phishes a password gets no further unseen (N18). */
function signInNotices(ctx: Ctx, caller: Caller, facts: AccountFacts, evidence: readonly Evidence[]): NewMessage[] {
  const downgrade = hasTrustedPasskey(facts, ctx.config.policy, ctx.now()) && !evidence.some(e => e.userVerified)
  return downgrade ? notices(ctx, facts, 'sign_in_without_passkey', {}, caller.client) : newDeviceNotice(ctx, caller, facts)
}

/** A use that is doubted, as of a passkey that may have been copied: this sign-in counts as one step (WebAuthn L3 §7.2 step 22). */
async function oneStep(ctx: Ctx, caller: Caller, facts: AccountFacts, proven: PasskeyProven, returnTo: string | null): Promise<SignIn> {
  await ctx.store.transaction(async tx => {
    await proven.apply(tx)
    await tx.preSessions.put(preSessionOf(ctx, caller, facts, proven.evidence, returnTo))
  })
  ctx.wakeOutbox()
  // read again: the passkey that was flagged just now is no second step to itself
  const methods = secondStepMethods(ctx, await settleAndLoad(ctx, facts.account.id), [proven.evidence])
  return { status: 'second_step_needed', methods }
}

/**
 * Begins a sign-in with an identifier. The next page is the same for everybody (K32, F50).
 *
 * @returns what was begun, sealed, for a client that carries it itself
 * @throws Problem `identifier_invalid`
 */
export async function startSignIn(ctx: Ctx, caller: Caller, text: string, returnTo: string | null): Promise<string> {
  return begin(ctx, caller, { purpose: 'sign_in', identifier: parseIdentifier(text), returnTo })
}

/** What the browser asks for beside its proof. */
export interface SignInAsked {
  /** To skip the second step on this device for some days (F36). */
  trust?: boolean
  /** To be told how to make a passkey silently, which it can (F9). */
  upgrade?: boolean
}

/**
 * The password of a sign-in. Unknown account and wrong password take the same time and get the same answer (O41).
 *
 * @throws Problem `invalid_credentials`, `rate_limited`, `busy`, `form_expired`
 */
export async function signInWithPassword(ctx: Ctx, caller: Caller, password: string, asked: SignInAsked = {}): Promise<SignIn> {
  const pre = await requireBegun(ctx, caller, 'sign_in')
  const proven = await proveSecret(ctx, 'password', preRequest(caller, pre, null), password)
  if (!pre.accountId) throw new Problem('invalid_credentials')
  return nextStep(ctx, caller, pre, await settleAndLoad(ctx, pre.accountId), proven, asked)
}

/** Sends the code of a second step; only after the first one was right. */
export async function sendSecondStepCode(ctx: Ctx, caller: Caller, method: SentMethod): Promise<{ retryAfterSeconds: number }> {
  const { pre, facts } = await secondStep(ctx, caller)
  const address = primaryAddress(facts, METHODS[method].sendsTo)
  if (!address || !secondStepMethods(ctx, facts, pre.evidence).includes(method)) throw new Problem('method_off')
  return sendCode(ctx, method, { ...preRequest(caller, pre, facts), address: address.value })
}

/** "Use my passkey first" is off; only a browser that this account knows may show its own order (design: one page for all others). */
export async function passwordIsFirst(ctx: Ctx, accountId: AccountId): Promise<boolean> {
  const facts = await ctx.store.read.accounts.facts(accountId)
  return facts !== null && !facts.account.passkeyFirst && facts.password !== null
}

/** Finishes a sign-in with the second step. @throws Problem `code_wrong`, `code_expired`, `rate_limited`, `method_off` */
export async function signInWithCode(ctx: Ctx, caller: Caller, method: CodeMethod, code: string, asked: SignInAsked = {}): Promise<SignIn> {
  const { pre, facts } = await secondStep(ctx, caller)
  if (!secondStepMethods(ctx, facts, pre.evidence).includes(method)) throw new Problem('method_off')
  const proven = await proveSecret(ctx, method, preRequest(caller, pre, facts), code)
  const result = await nextStep(ctx, caller, pre, facts, proven, asked)
  return result.status === 'signed_in' && asked.trust ? { ...result, trustClaim: trustDevice(ctx, facts) } : result
}

/** Options for an own passkey as second step (F17): named only here, behind the right password. @throws Problem `method_off` without one */
export async function secondStepOptions(ctx: Ctx, caller: Caller): Promise<RequestOptionsJson> {
  const { pre, facts } = await secondStep(ctx, caller)
  const allowed = secondStepPasskeys(facts, pre.evidence)
  if (allowed.length === 0) throw new Problem('method_off')
  return requestOptions(ctx, makeChallenge(ctx, 'second_step', caller.anonymousId, facts.account.id), allowed)
}

/** One that is the first step already, or whose counter went backwards, is one step, however often it signs (policy.md §1: the same method twice counts once). */
const secondStepPasskeys = (facts: AccountFacts, evidence: readonly Evidence[]): Passkey[] =>
  activePasskeys(facts).filter(p => !p.flags.includes('counter') && !evidence.some(e => e.credentialId === p.id))

/** An own passkey as second step (F17). @throws Problem `method_off` for one that may have been copied, `passkey_*` */
export async function signInWithPasskeyAsSecondStep(ctx: Ctx, caller: Caller, response: unknown): Promise<SignIn> {
  const { pre, facts } = await secondStep(ctx, caller)
  const proven = await provePasskey(ctx, caller, response, {
    stage: 'door',
    async find(signed) {
      const challenge = openChallenge(ctx, signed.challenge, 'second_step', caller.anonymousId, facts.account.id)
      return { challenge, passkey: secondStepPasskey(facts, pre.evidence, signed), account: facts.account }
    },
    doubtful: 'one_step',
  })
  return nextStep(ctx, caller, pre, facts, proven)
}

function secondStepPasskey(facts: AccountFacts, evidence: readonly Evidence[], { id }: AuthenticationResponse): Passkey {
  const passkey = facts.passkeys.find(p => p.id === id)
  if (!passkey) throw new Problem('passkey_other_account')
  if (passkey.flags.includes('counter') || evidence.some(e => e.credentialId === id)) throw new Problem('method_off')
  return passkey
}

/** What may follow a right first step, strongest first. */
export function secondStepMethods(ctx: Ctx, facts: AccountFacts, evidence: readonly Evidence[]): MethodName[] {
  const passkey: MethodName[] = secondStepPasskeys(facts, evidence).length > 0 ? ['passkey'] : []
  return [...passkey, ...countingMethods(facts, ctx.config.policy)]
}

/** The pre-session whose first step was right. @throws Problem `form_expired` */
export async function secondStep(ctx: Ctx, caller: Caller): Promise<{ pre: Pre; facts: AccountFacts }> {
  const pre = await requirePreSession(ctx, caller, 'sign_in')
  if (!pre.accountId || pre.evidence.length === 0) throw new Problem('form_expired')
  return { pre, facts: await settleAndLoad(ctx, pre.accountId) }
}

async function nextStep(ctx: Ctx, caller: Caller, pre: Pre, facts: AccountFacts, proven: Proven, asked: SignInAsked = {}): Promise<SignIn> {
  const evidence = [...pre.evidence, proven.evidence]
  if (opens(ctx, caller, facts, evidence)) return completeSignIn(ctx, caller, pre, facts, proven, asked)
  await ctx.store.transaction(async tx => {
    await proven.apply(tx)
    await keepStep(tx, pre, proven.evidence)
  })
  ctx.wakeOutbox()
  const methods = secondStepMethods(ctx, facts, evidence)
  if (methods.length === 0) throw new Problem('invalid_credentials', {}, 'no second step on this account')
  return { status: 'second_step_needed', methods }
}

/** All that the account demands; or the password alone, on a device that its owner trusts. */
const opens = (ctx: Ctx, caller: Caller, facts: AccountFacts, evidence: readonly Evidence[]): boolean =>
  isFullSignIn(facts, evidence, ctx.config.policy) || (evidence.at(-1)?.method === 'password' && isTrustedDevice(ctx, caller, facts))

/** The pre-session is taken, so that of two tabs one finishes (INV-5); the session is new (INV-8). */
async function completeSignIn(
  ctx: Ctx,
  caller: Caller,
  pre: Pre,
  facts: AccountFacts,
  proven: Proven,
  asked: SignInAsked,
): Promise<SignIn> {
  const evidence = [...pre.evidence, proven.evidence]
  const opened = newSession(ctx, caller, { facts, evidence, credentialId: proven.evidence.credentialId, kind: 'full', founding: false })
  const recovery = evidence.some(e => e.method === 'recovery_code')
  await ctx.store.transaction(async tx => {
    const now = await lockAccount(tx, ctx, facts.account.id)
    await proven.apply(tx)
    // a method that was removed meanwhile took its evidence along, and another may be demanded by now
    const taken = await takePreSession(tx, ctx, pre)
    const lost = taken.evidence.length < pre.evidence.length
    if (lost || !opens(ctx, caller, now, evidence)) throw new Problem('form_expired')
    await tx.sessions.insert(opened.row)
    await record(tx, ctx, {
      accountId: facts.account.id,
      sessionId: opened.row.id,
      kind: 'sign_in',
      body: { method: evidence.map(e => e.method).join(' '), ...newDevice(ctx, caller, facts) },
      caller,
    })
    await notify(
      tx,
      recovery ? notices(ctx, facts, 'sign_in_with_recovery_code', {}, caller.client) : signInNotices(ctx, caller, now, evidence),
    )
  })
  endBegun(caller)
  ctx.wakeOutbox()
  if (proven.evidence.userVerified) await passkeySigned(ctx, caller, facts, opened.row.id)
  await sameCeremony(ctx, opened, proven.evidence, pre.returnTo)
  const upgrade = asked.upgrade && leavesTime(ctx, pre.returnTo) ? await upgradeOptions(ctx, opened, evidence) : null
  return { ...signedIn(opened, facts.passkeys, ctx.now(), pre.returnTo, proven.evidence.method), upgrade }
}

/** Nothing stands between a person and an approval, or what they signed in for: that has its own ceremony (policy.md §5). */
const leavesTime = (ctx: Ctx, returnTo: string | null): boolean =>
  madeFor(ctx, returnTo) === undefined && !returnTo?.startsWith(`${ctx.config.basePath}/approve/`)

/** Ends the caller's own session. */
export async function signOut(ctx: Ctx, caller: Caller): Promise<void> {
  const { session } = caller
  if (!session) return
  await ctx.store.transaction(async tx => {
    await tx.sessions.end(session.accountId, session.id, ctx.now(), 'sign_out')
    await record(tx, ctx, { accountId: session.accountId, sessionId: session.id, kind: 'sign_out', caller })
  })
}
