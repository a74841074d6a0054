import { randomBytes } from 'node:crypto'
import type { Caller, Ctx } from '../ctx.ts'
import { parseIdentifier, shownIdentifier } from '../domain/identifier.ts'
import { confirmingMethod, type SentMethod } from '../domain/methods.ts'
import { Problem } from '../domain/problems.ts'
import type { Account, AccountFacts, AccountId, Evidence, Identifier, Passkey } from '../domain/types.ts'
import { waysIn } from '../domain/ways-in.ts'
import { uuidv7 } from '../keys.ts'
import { countBeginning } from '../limits/index.ts'
import { type ProofRequest, proveSecret, sendCode } from '../methods/index.ts'
import { attachmentOf, type CreationOptionsJson, creationOptions, orProblem } from '../methods/passkey.ts'
import { checkNewPassword, hashPassword } from '../methods/password.ts'
import type { PendingSignUp, Tables } from '../store/store.ts'
import { parseRegistrationResponse } from '../webauthn/index.ts'
import { happened, record } from './account/events.ts'
import { begin, endBegun, keepStep, type Pre, preRequest, requireBegun, requirePreSession, takePreSession } from './account/pre-session.ts'
import { type FreshToken, newSession } from './account/session.ts'
import { newPasskey, registrationEvidence, tellCreated, verifyNewPasskey } from './passkeys.ts'
import { makeChallenge, openChallenge } from './prove/challenge.ts'
import { coverFirstCodes, coverFirstPasskey } from './prove/step-up.ts'

/** A pending sign-up makes no address "taken"; it lasts a day (policy.md §6). */
export const PENDING_MS = 24 * 3_600_000

/**
 * Begins a sign-up: remembers the identifier with its own user handle and sends a code. An address that belongs to an account gets
 * the same page and a different message (F50).
 *
 * @throws Problem `identifier_invalid`, `rate_limited`
 */
export async function startSignUp(ctx: Ctx, caller: Caller, text: string, returnTo: string | null): Promise<{ retryAfterSeconds: number }> {
  const identifier = parseIdentifier(text)
  await countBeginning(ctx, 'sign_up', caller.client.ip)
  const now = ctx.now()
  const signUp: PendingSignUp = {
    id: uuidv7(now),
    userHandle: randomBytes(64),
    ...identifier,
    verifiedAt: null,
    createdAt: now,
    expiresAt: now + PENDING_MS,
  }
  await begin(ctx, caller, { purpose: 'sign_up', identifier, signUpId: signUp.id, returnTo })
  return sendSignUpCode(ctx, caller, signUp)
}

/** Whoever has the address already is told so by the message; nothing else differs. What is stored is what the budget of mails allowed. */
async function sendSignUpCode(ctx: Ctx, caller: Caller, signUp: PendingSignUp | null): Promise<{ retryAfterSeconds: number }> {
  const pre = await requireBegun(ctx, caller, 'sign_up')
  return sendCode(ctx, methodOf(pre), {
    ...signUpRequest(caller, pre),
    address: pre.identifierValue ?? '',
    template: 'sign_up_code',
    ...(pre.accountId !== null && { decoy: true, decoyTemplate: 'account_exists' as const }),
    ...(signUp && { beside: tx => tx.signUps.insert(signUp) }),
  })
}

const methodOf = (pre: Pre): SentMethod => confirmingMethod(pre.identifierKind ?? 'email')

/** A sign-up is nobody's yet, also where the address is somebody's; and no device is known for it. */
const signUpRequest = (caller: Caller, pre: Pre): ProofRequest => ({
  ...preRequest(caller, { ...pre, accountId: null }, null),
  confirms: pre.identifierValue,
})

/** Another code for the same sign-up. */
export const resendSignUpCode = (ctx: Ctx, caller: Caller): Promise<{ retryAfterSeconds: number }> => sendSignUpCode(ctx, caller, null)

/** Confirms the address with its code (INV-12). @throws Problem `code_wrong`, `code_expired` */
export async function confirmSignUpCode(ctx: Ctx, caller: Caller, code: string): Promise<void> {
  const pre = await requireBegun(ctx, caller, 'sign_up')
  const proven = await proveSecret(ctx, methodOf(pre), signUpRequest(caller, pre), code)
  await ctx.store.transaction(async tx => {
    await proven.apply(tx)
    await tx.signUps.verify(pre.signUpId ?? '', ctx.now())
    await keepStep(tx, { ...pre, accountId: null }, proven.evidence)
  })
}

/** The verified sign-up of this browser. @throws Problem `form_expired` */
export async function requireSignUp(ctx: Ctx, caller: Caller): Promise<{ pre: Pre; signUp: PendingSignUp }> {
  const pre = await requirePreSession(ctx, caller, 'sign_up')
  const signUp = pre.signUpId ? await ctx.store.read.signUps.find(pre.signUpId) : null
  if (!signUp || signUp.verifiedAt === null) throw new Problem('form_expired')
  return { pre, signUp }
}

export async function signUpCreationOptions(ctx: Ctx, caller: Caller): Promise<CreationOptionsJson> {
  const { signUp } = await requireSignUp(ctx, caller)
  return creationOptions(
    ctx,
    makeChallenge(ctx, 'register', caller.anonymousId, signUp.id),
    { userHandle: signUp.userHandle, name: shownIdentifier(signUp.value) },
    [],
  )
}

export interface SignedUp {
  token: FreshToken
  accountId: AccountId
  passkey: Passkey | null
  returnTo: string | null
}

/** Makes the account with a passkey as its first way in (policy.md §6). @throws Problem `passkey_rejected`, `passkey_exists`, `form_expired` */
export async function signUpWithPasskey(ctx: Ctx, caller: Caller, response: unknown): Promise<SignedUp> {
  const { pre, signUp } = await requireSignUp(ctx, caller)
  const parsed = orProblem(() => parseRegistrationResponse(response))
  const challenge = openChallenge(ctx, parsed.challenge, 'register', caller.anonymousId, signUp.id)
  const credential = verifyNewPasskey(ctx, parsed)
  const facts = founding(ctx, caller, signUp)
  const passkey = newPasskey(ctx, caller, credential, {
    accountId: facts.account.id,
    createdAt: ctx.now(),
    own: [],
    via: 'founding',
    session: null,
    attachment: attachmentOf(response),
  })
  const evidence = registrationEvidence(passkey)
  const opened = newSession(ctx, caller, {
    facts,
    evidence: [...pre.evidence, evidence],
    credentialId: passkey.id,
    kind: 'full',
    founding: true,
  })
  await ctx.store.transaction(async tx => {
    if (!(await tx.challenges.spend(challenge.id, challenge.expiresAt))) throw new Problem('challenge_expired')
    await writeAccount(tx, ctx, signUp, facts, pre)
    await tx.passkeys.insert({ ...passkey, createdSessionId: opened.row.id })
    await tx.sessions.insert(opened.row)
    const change = { tx, ctx, facts, caller, session: opened.row }
    await coverFirstCodes(change, { proofClass: 'trusted', method: 'passkey', credentialId: passkey.id })
    await happened(change, 'sign_up', { body: { method: 'passkey' } })
    await tellCreated(change, passkey)
  })
  endBegun(caller)
  ctx.wakeOutbox()
  return { token: opened.token, accountId: facts.account.id, passkey, returnTo: pre.returnTo }
}

/**
 * Makes the account with a password; the verified address is its second step where the policy lets it be.
 *
 * @throws Problem `password_*`, `method_off` where a password alone would open nothing
 */
export async function signUpWithPassword(ctx: Ctx, caller: Caller, password: string): Promise<SignedUp> {
  const { pre, signUp } = await requireSignUp(ctx, caller)
  const secondStep = ctx.config.policy.secondStep === 'demanded' || signUp.kind === 'phone'
  await checkNewPassword(ctx, password, { secondStep, context: [signUp.value] })
  const facts: AccountFacts = { ...founding(ctx, caller, signUp), password: { id: 'new', changedAt: ctx.now(), mustChange: false } }
  if (waysIn(facts, ctx.config.policy).length === 0) throw new Problem('method_off')
  const hash = await hashPassword(ctx, password, { accountId: facts.account.id, ip: caller.client.ip })
  const proven: Evidence = {
    method: 'password',
    credentialId: null,
    userVerified: false,
    backupEligible: false,
    at: ctx.now(),
    operation: null,
    target: null,
  }
  const opened = newSession(ctx, caller, { facts, evidence: [...pre.evidence, proven], credentialId: null, kind: 'full', founding: true })
  await ctx.store.transaction(async tx => {
    await writeAccount(tx, ctx, signUp, facts, pre)
    await tx.authenticators.insert({
      id: uuidv7(ctx.now()),
      accountId: facts.account.id,
      kind: 'password',
      status: 'active',
      data: { hash, changedAt: ctx.now() },
      sessionId: opened.row.id,
      createdAt: ctx.now(),
      expiresAt: null,
      lastUsedAt: null,
    })
    await tx.sessions.insert(opened.row)
    await coverFirstPasskey(tx, ctx, opened.row, proven)
    await record(tx, ctx, { accountId: facts.account.id, sessionId: opened.row.id, kind: 'sign_up', body: { method: 'password' }, caller })
  })
  endBegun(caller)
  return { token: opened.token, accountId: facts.account.id, passkey: null, returnTo: pre.returnTo }
}

/** The facts of an account that is about to be written. */
function founding(ctx: Ctx, caller: Caller, signUp: PendingSignUp): AccountFacts {
  const now = ctx.now()
  const id = uuidv7(now) as AccountId
  const account: Account = {
    id,
    userHandle: signUp.userHandle,
    status: 'active',
    createdAt: now,
    frozenAt: null,
    moneyPausedUntil: null,
    pauseReasons: [],
    lockedUntil: null,
    lockScope: null,
    lockedAt: null,
    lockVia: null,
    passkeyFirst: true,
    messages: { zone: caller.zone ?? null, phrase: null },
    checkedAt: null,
  }
  const identifier: Identifier = {
    id: uuidv7(now),
    accountId: id,
    kind: signUp.kind,
    value: signUp.value,
    verifiedAt: signUp.verifiedAt ?? now,
    createdAt: now,
    supersededAt: null,
  }
  return { account, identifiers: [identifier], passkeys: [], password: null, totp: null, recoveryCodes: null, pending: [] }
}

/** Takes the pending sign-up, so that one of two tabs wins, and writes the account with its address. */
async function writeAccount(tx: Tables, ctx: Ctx, signUp: PendingSignUp, facts: AccountFacts, pre: Pre): Promise<void> {
  if (!(await tx.signUps.take(signUp.id, ctx.now()))) throw new Problem('form_expired')
  await tx.accounts.insert(facts.account)
  for (const identifier of facts.identifiers) await tx.identifiers.insert(identifier)
  await takePreSession(tx, ctx, pre)
}
