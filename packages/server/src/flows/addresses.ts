import type { Caller, Ctx } from '../ctx.ts'
import { phoneAllowed } from '../deliver/sms.ts'
import { addresses, primaryAddress } from '../domain/facts.ts'
import { parseIdentifier } from '../domain/identifier.ts'
import { confirmingMethod } from '../domain/methods.ts'
import type { ChangingOperation } from '../domain/policy.ts'
import { Problem } from '../domain/problems.ts'
import type { AccountFacts, IdentifierKind, Session } from '../domain/types.ts'
import { proveSecret, sendCode } from '../methods/index.ts'
import { settleAndLoad } from './account/account.ts'
import { requireSession } from './account/session.ts'
import { type ChangeOutcome, change } from './change/change.ts'
import { beginChange, findSetUp, finishChange, type SetUp } from './change/set-up.ts'

/** The first address of its kind is added, another takes its place. */
export const addressOperation = (facts: AccountFacts, kind: IdentifierKind): ChangingOperation =>
  primaryAddress(facts, kind) ? `${kind}.replace` : `${kind}.add`

/** Whether text messages reach anybody here, and the policy lets them count. */
export const offersText = (ctx: Ctx): boolean => (ctx.config.sms !== null || ctx.config.development) && ctx.config.policy.smsStep

/**
 * Begins with a new address and sends its code there. Nothing changes until the code comes back (INV-12). An address that another account
 * holds gets the same answer and a different message; its code never fits (F50).
 *
 * @param text as typed
 * @throws Problem `identifier_invalid`, `phone_not_allowed`, `method_off`, `already_done` for the own address, `step_up_required`, `rate_limited`
 */
export async function beginAddress(ctx: Ctx, caller: Caller, kind: IdentifierKind, text: string): Promise<{ retryAfterSeconds: number }> {
  const session = requireSession(caller)
  const address = newAddress(ctx, kind, text)
  const facts = await settleAndLoad(ctx, session.accountId)
  if (addresses(facts, kind).some(own => own.value === address)) throw new Problem('already_done', { field: 'address' })
  const row = await beginChange(ctx, caller, { kind, operation: addressOperation(facts, kind), material: { address } })
  return send(ctx, caller, facts, kind, { row, authority: row.data.authority as SetUp['authority'] })
}

function newAddress(ctx: Ctx, kind: IdentifierKind, text: string): string {
  const identifier = parseIdentifier(text)
  if (identifier.kind !== kind) throw new Problem('identifier_invalid', { field: 'address' })
  if (kind === 'phone' && !offersText(ctx)) throw new Problem('method_off')
  if (kind === 'phone' && !phoneAllowed(ctx.config, identifier.value)) throw new Problem('phone_not_allowed', { field: 'address' })
  return identifier.value
}

const addressOf = (setUp: SetUp): string => String(setUp.row.data.address)

async function send(
  ctx: Ctx,
  caller: Caller,
  facts: AccountFacts,
  kind: IdentifierKind,
  setUp: SetUp,
): Promise<{ retryAfterSeconds: number }> {
  const address = addressOf(setUp)
  const taken = (await ctx.store.read.identifiers.find(kind, address)) !== null
  const decoy = taken ? { decoy: true, decoyTemplate: 'address_in_use' as const } : {}
  return sendCode(ctx, confirmingMethod(kind), { ...codeRequest(facts, caller, kind, setUp), address, ...decoy })
}

const codeRequest = (facts: AccountFacts, caller: Caller, kind: IdentifierKind, setUp: SetUp) => ({
  facts,
  owner: `session:${requireSession(caller).id}`,
  purpose: `set_up.${kind}`,
  operation: setUp.authority.operation,
  target: null,
  client: caller.client,
  sessionId: requireSession(caller).id,
  knownDevice: caller.knownAccounts.includes(facts.account.id),
  setsUp: true as const,
  confirms: addressOf(setUp),
})

/** The address that this session is confirming; null where there is none. */
export async function openAddress(ctx: Ctx, caller: Caller, kind: IdentifierKind): Promise<string | null> {
  const open = await findSetUp(ctx.store.read, ctx, requireSession(caller), kind)
  return open ? addressOf(open) : null
}

async function requireOpen(ctx: Ctx, session: Session, kind: IdentifierKind): Promise<SetUp> {
  const open = await findSetUp(ctx.store.read, ctx, session, kind)
  if (!open) throw new Problem('form_expired')
  return open
}

/** Another code to the same new address. @throws Problem `form_expired`, `rate_limited` */
export async function resendAddressCode(ctx: Ctx, caller: Caller, kind: IdentifierKind): Promise<{ retryAfterSeconds: number }> {
  const session = requireSession(caller)
  const open = await requireOpen(ctx, session, kind)
  return send(ctx, caller, await settleAndLoad(ctx, session.accountId), kind, open)
}

/**
 * Confirms the new address with the code that was sent there; only that address becomes verified (INV-12).
 *
 * @throws Problem `code_wrong`, `code_expired`, `rate_limited`, `form_expired`, `identifier_taken`
 */
export async function confirmAddress(ctx: Ctx, caller: Caller, kind: IdentifierKind, code: string): Promise<ChangeOutcome> {
  const session = requireSession(caller)
  const open = await requireOpen(ctx, session, kind)
  const facts = await settleAndLoad(ctx, session.accountId)
  const proven = await proveSecret(ctx, confirmingMethod(kind), codeRequest(facts, caller, kind, open), code)
  if (proven.address !== addressOf(open)) throw new Problem('code_expired')
  return finishChange(ctx, caller, open, proven, proven.address)
}

/** Whether an address may go: somebody has to hear of what happens to the account. */
export const hasOtherAddress = (facts: AccountFacts, kind: IdentifierKind): boolean =>
  addresses(facts, kind === 'email' ? 'phone' : 'email').length > 0

/** Removes the address of a kind; it keeps its notices for 72 h. @throws Problem `already_done`, `last_way_in`, `step_up_required` */
export async function removeAddress(ctx: Ctx, caller: Caller, kind: IdentifierKind): Promise<ChangeOutcome> {
  const facts = await settleAndLoad(ctx, requireSession(caller).accountId)
  if (!primaryAddress(facts, kind)) throw new Problem('already_done')
  if (!hasOtherAddress(facts, kind)) throw new Problem('last_way_in')
  return change(ctx, caller, { operation: `${kind}.remove`, target: null })
}
