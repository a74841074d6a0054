import type { Caller, Ctx } from '../ctx.ts'
import { displayName } from '../domain/facts.ts'
import type { ChangingOperation, Operation } from '../domain/policy.ts'
import { Problem } from '../domain/problems.ts'
import type { AccountFacts } from '../domain/types.ts'
import { checkTotp, newTotpSecret, otpauthUri, proveTotpSetUp, totpQrSvg } from '../methods/index.ts'
import { settleAndLoad } from './account/account.ts'
import { requireSession } from './account/session.ts'
import { type ChangeOutcome, change } from './change/change.ts'
import { takesLastWayIn } from './change/effects.ts'
import { beginChange, findSetUp, finishChange } from './change/set-up.ts'

/** What turning an app on means for this account: the first one, or another in its place. */
export const totpOperation = (facts: AccountFacts): 'totp.add' | 'totp.replace' => (facts.totp ? 'totp.replace' : 'totp.add')

/** Begins with an authenticator app; an old one lives until the new one is confirmed (F32). @throws Problem `step_up_required` */
export async function beginTotp(ctx: Ctx, caller: Caller): Promise<void> {
  const facts = await settleAndLoad(ctx, requireSession(caller).accountId)
  await beginChange(ctx, caller, { kind: 'totp', operation: totpOperation(facts), material: { secret: newTotpSecret() } })
}

/** What an app needs to know, in the three ways that people get it there. */
export interface TotpSetUp {
  secret: string
  uri: string
  /** An SVG element. */
  qr: string
}

/** The set-up that this session began; null where there is none. */
export async function totpSetUp(ctx: Ctx, caller: Caller): Promise<TotpSetUp | null> {
  const session = requireSession(caller)
  const open = await findSetUp(ctx.store.read, ctx, session, 'totp')
  if (!open) return null
  const secret = String(open.row.data.secret)
  const uri = otpauthUri(ctx, displayName(await settleAndLoad(ctx, session.accountId)), secret)
  return { secret, uri, qr: await totpQrSvg(uri) }
}

/**
 * Confirms the app with its first code, whose time step is spent by that (INV-5).
 *
 * @throws Problem `code_wrong`, `code_expired`, `rate_limited`; `form_expired` when the set-up is over
 */
export async function confirmTotp(ctx: Ctx, caller: Caller, code: string): Promise<ChangeOutcome> {
  const session = requireSession(caller)
  const open = await findSetUp(ctx.store.read, ctx, session, 'totp')
  if (!open) throw new Problem('form_expired')
  const { operation } = open.authority
  const facts = await settleAndLoad(ctx, session.accountId)
  const request = {
    facts,
    owner: `session:${session.id}`,
    purpose: 'set_up.totp',
    operation,
    target: null,
    client: caller.client,
    sessionId: session.id,
    knownDevice: caller.knownAccounts.includes(session.accountId),
    setsUp: true as const,
  }
  const proven = await proveTotpSetUp(ctx, request, open.row, code)
  const secret = String(open.row.data.secret)
  const step = checkTotp(secret, code, ctx.now())
  if (step === null) throw new Problem('code_expired')
  return finishChange(ctx, caller, open, proven, JSON.stringify({ secret, step }))
}

/** Turns the authenticator app off. @throws Problem `already_done`, `last_way_in`, `step_up_required` */
export async function removeTotp(ctx: Ctx, caller: Caller): Promise<ChangeOutcome> {
  const facts = await settleAndLoad(ctx, requireSession(caller).accountId)
  if (!facts.totp) throw new Problem('already_done')
  return change(ctx, caller, { operation: 'totp.remove', target: null })
}

/** Whether a removal would take the last way in, so that its page can say so before anybody confirms (K38). */
export const isLastWayIn = (ctx: Ctx, facts: AccountFacts, operation: ChangingOperation): boolean =>
  takesLastWayIn(ctx, facts, { operation, target: null, payload: null })

/** The change of one of these kinds that waits, the one that takes effect first. */
export function waitingChange(facts: AccountFacts, ...operations: Operation[]): { operation: Operation; until: number; id: string } | null {
  const [first] = facts.pending
    .filter(change => operations.some(operation => operation === change.operation))
    .sort((a, b) => a.effectiveAt - b.effectiveAt)
  return first ? { operation: first.operation as Operation, until: first.effectiveAt, id: first.id } : null
}
