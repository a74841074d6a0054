import type { Caller, Ctx } from '../ctx.ts'
import { forgottenClass } from '../domain/evidence.ts'
import { primaryAddress } from '../domain/facts.ts'
import { parseIdentifier } from '../domain/identifier.ts'
import { type CodeMethod, METHODS, type SentMethod } from '../domain/methods.ts'
import { decide } from '../domain/policy.ts'
import { Problem } from '../domain/problems.ts'
import { codeMethods, secondStepDemanded } from '../domain/second-step.ts'
import type { AccountFacts, ProofClass } from '../domain/types.ts'
import { countBeginning } from '../limits/index.ts'
import { checkNewPassword, hashPassword, minPasswordLength, proveSecret, sendCode } from '../methods/index.ts'
import { lockAccount, settleAndLoad } from './account/account.ts'
import {
  begin,
  endBegun,
  keepStep,
  type Pre,
  preAccount,
  preRequest,
  requireBegun,
  requireEither,
  takePreSession,
} from './account/pre-session.ts'
import { requireSession } from './account/session.ts'
import { type ChangeOutcome, change, perform } from './change/change.ts'
import { mint } from './prove/authority.ts'
import { hasGrant, stepUpMethods } from './prove/step-up.ts'

const CHANGE = { operation: 'password.change', target: null } as const

/** Fewest characters of this account's next password: fewer where a second step stands beside it (NIST SP 800-63B-4 §3.1.1.2). */
export const minLengthFor = (ctx: Ctx, facts: AccountFacts): number => minPasswordLength(secondStepDemanded(facts, ctx.config.policy))

/** Checks and hashes a new password, outside any transaction. @throws Problem `password_*`, `busy` */
export async function sealedPassword(ctx: Ctx, caller: Caller, facts: AccountFacts, password: string): Promise<string> {
  const secondStep = secondStepDemanded(facts, ctx.config.policy)
  await checkNewPassword(ctx, password, { secondStep, context: facts.identifiers.map(i => i.value) })
  return hashPassword(ctx, password, { accountId: facts.account.id, ip: caller.client.ip })
}

/**
 * Sets the first password, or another one.
 *
 * @throws Problem `step_up_required`, `password_too_short` and the other rules, `last_way_in`
 */
export async function changePassword(ctx: Ctx, caller: Caller, password: string): Promise<ChangeOutcome> {
  const session = requireSession(caller)
  const facts = await settleAndLoad(ctx, session.accountId)
  // asked before the slow work: nobody makes us hash without a proof
  if (!(await hasGrant(ctx, session, CHANGE)))
    throw new Problem('step_up_required', { ...CHANGE, methods: stepUpMethods(facts, ctx, session) })
  const payload = await sealedPassword(ctx, caller, facts, password)
  return change(ctx, caller, { ...CHANGE, payload })
}

/** Signs in without a password from now on. @throws Problem `already_done`, `last_way_in`, `step_up_required` */
export async function removePassword(ctx: Ctx, caller: Caller): Promise<ChangeOutcome> {
  const facts = await settleAndLoad(ctx, requireSession(caller).accountId)
  if (!facts.password) throw new Problem('already_done')
  return change(ctx, caller, { operation: 'password.remove', target: null })
}

/**
 * Begins with a forgotten password: sends a code to the e-mail address. The same pages and the same work for an address that nobody has
 * (F50); there the code never fits.
 *
 * @throws Problem `identifier_invalid`, `rate_limited`
 */
export async function startForgotten(ctx: Ctx, caller: Caller, text: string): Promise<{ retryAfterSeconds: number }> {
  const identifier = parseIdentifier(text)
  if (identifier.kind !== 'email') throw new Problem('identifier_invalid', { field: 'identifier' })
  await countBeginning(ctx, 'recovery', caller.client.ip)
  await begin(ctx, caller, { purpose: 'forgotten_password', identifier })
  return sendForgotten(ctx, caller, await requireBegun(ctx, caller, 'forgotten_password'))
}

const sendForgotten = (ctx: Ctx, caller: Caller, pre: Pre): Promise<{ retryAfterSeconds: number }> =>
  sendCode(ctx, 'email', { ...preRequest(caller, pre, null), address: pre.identifierValue ?? '', decoy: pre.accountId === null })

/** Where a forgotten password stands in this browser. */
export interface Forgotten {
  pre: Pre
  /** null before the mailbox is proven: until then no page, and no time that it takes, may tell whether anybody has the address. */
  facts: AccountFacts | null
  stage: 'code' | 'second_step' | 'new_password'
  /** The second steps that this account has; empty before the code was right. */
  methods: CodeMethod[]
}

/** @throws Problem `form_expired` */
export async function forgotten(ctx: Ctx, caller: Caller): Promise<Forgotten> {
  const pre = await requireEither(ctx, caller, 'forgotten_password')
  const facts = await preAccount(ctx, pre)
  if (!facts || !pre.evidence.some(e => e.method === 'email')) return { pre, facts, stage: 'code', methods: [] }
  const methods = secondSteps(ctx, facts)
  const second = methods.length === 0 || pre.evidence.some(e => methods.some(m => m === e.method))
  return { pre, facts, stage: second ? 'new_password' : 'second_step', methods }
}

/** The code to the mailbox is the first step, so it is never the second. */
const secondSteps = (ctx: Ctx, facts: AccountFacts): CodeMethod[] =>
  codeMethods(facts, ctx.config.policy).filter((method): method is CodeMethod => method !== 'email')

/** Another code: to the mailbox first, then to the phone. @throws Problem `form_expired`, `rate_limited`, `method_off` */
export async function resendForgotten(ctx: Ctx, caller: Caller, method: SentMethod): Promise<{ retryAfterSeconds: number }> {
  const { pre, facts, stage, methods } = await forgotten(ctx, caller)
  if (method === 'email') {
    if (stage !== 'code') throw new Problem('already_done')
    return sendForgotten(ctx, caller, pre)
  }
  const address = facts ? primaryAddress(facts, METHODS[method].sendsTo) : undefined
  if (!address || stage !== 'second_step' || !methods.includes(method)) throw new Problem('method_off')
  return sendCode(ctx, method, { ...preRequest(caller, pre, facts), address: address.value })
}

/**
 * Proves one step: the code to the mailbox, then the second step that the account has (policy.md §7).
 *
 * @throws Problem `code_wrong`, `code_expired`, `rate_limited`, `form_expired`, `method_off`
 */
export async function proveForgotten(ctx: Ctx, caller: Caller, method: CodeMethod, secret: string): Promise<void> {
  const { pre, facts, stage, methods } = await forgotten(ctx, caller)
  const asked = stage === 'code' ? method === 'email' : stage === 'second_step' && methods.includes(method)
  if (!asked) throw new Problem('method_off')
  const proven = await proveSecret(ctx, method, preRequest(caller, pre, facts), secret)
  await ctx.store.transaction(async tx => {
    await proven.apply(tx)
    await keepStep(tx, pre, proven.evidence)
  })
}

/**
 * Sets the password that follows a forgotten one (policy.md §7). It counts as two steps, or as lesser and waits where a trusted passkey is
 * had; it makes no session, and every address hears of it.
 *
 * @throws Problem `form_expired`, `password_*`, `account_frozen`; `method_off` where there was no password to forget
 */
export async function setForgottenPassword(ctx: Ctx, caller: Caller, password: string): Promise<ChangeOutcome> {
  const { pre, facts, stage } = await forgotten(ctx, caller)
  if (!facts || stage !== 'new_password') throw new Problem('form_expired')
  const payload = await sealedPassword(ctx, caller, facts, password)
  const outcome = await ctx.store.transaction(async tx => {
    const now = await lockAccount(tx, ctx, facts.account.id)
    guardForgotten(now)
    const taken = await takePreSession(tx, ctx, pre)
    // the address may have been replaced since its code was right
    if (!taken.evidence.some(e => e.method === 'email')) throw new Problem('form_expired')
    const proofClass = forgottenClassOf(ctx, now, taken)
    const decision = decide(CHANGE.operation, proofClass, ctx.config.policy)
    const authority = mint('forgotten_password', { ...CHANGE, proofClass, decision, credentialId: null })
    return perform({ tx, ctx, facts: now, caller, session: null }, authority, payload)
  })
  endBegun(caller)
  ctx.wakeOutbox()
  return outcome
}

/** What setting this password counts as; its page says so before. */
export const forgottenClassOf = (ctx: Ctx, facts: AccountFacts, { evidence }: Pick<Pre, 'evidence'>): ProofClass =>
  forgottenClass(
    facts,
    evidence.map(e => e.method),
    ctx.config.policy,
    ctx.now(),
  )

/** An account without a password forgot none: a mailbox alone would open what its owner closed. */
function guardForgotten(facts: AccountFacts): void {
  if (!facts.password) throw new Problem('method_off')
}
