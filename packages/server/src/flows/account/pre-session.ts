import type { Caller, Ctx } from '../../ctx.ts'
import type { ParsedIdentifier } from '../../domain/identifier.ts'
import { Problem } from '../../domain/problems.ts'
import type { AccountFacts, Evidence } from '../../domain/types.ts'
import type { ProofRequest } from '../../methods/index.ts'
import type { PreSession, Tables } from '../../store/store.ts'
import { settleAccount, settleAndLoad } from './account.ts'

type Purpose = PreSession['purpose']

/**
 * A way in that was begun, and what was proven of it. Before a first right step it is not stored: it comes, sealed, from the browser.
 * After it, it is a row behind the anonymous cookie, lives for ten minutes and opens nothing but its own pages (INV-9).
 */
export interface Pre extends PreSession {
  stored: boolean
}

export const PRE_SESSION_MS = 600_000

/** What a start seals. Nothing in it depends on whether the identifier belongs to anybody. */
interface Begun extends ParsedIdentifier {
  purpose: Purpose
  returnTo: string | null
  signUpId: string | null
  expiresAt: number
}

interface Begin {
  purpose: Purpose
  identifier: ParsedIdentifier
  returnTo?: string | null
  signUpId?: string | null
}

/** Bound to the browser: another one's is worth nothing. */
const aad = (caller: Caller): string => `begun·${caller.anonymousId}`

/**
 * Begins a way in for an identifier: seals it, with its purpose and its end, into `caller.begun`, for the browser to carry (a cookie, or
 * a member of the next API call). Stores nothing, so a flood of beginnings fills no table, and does the same for every identifier
 * (INV-16). What this browser had begun before ends.
 */
export async function begin(ctx: Ctx, caller: Caller, { purpose, identifier, returnTo = null, signUpId = null }: Begin): Promise<string> {
  const begun: Begun = { purpose, ...identifier, returnTo, signUpId, expiresAt: ctx.now() + PRE_SESSION_MS }
  const sealed = Buffer.from(ctx.keys.seal.encrypt(JSON.stringify(begun), aad(caller))).toString('base64url')
  caller.begun = sealed
  const open = await ctx.store.read.preSessions.find(caller.anonymousId, ctx.now())
  if (open && !isSame(open, begun)) await ctx.store.transaction(tx => tx.preSessions.remove(open.id))
  return sealed
}

const isSame = (open: PreSession, { purpose, value }: Begun): boolean => open.purpose === purpose && open.identifierValue === value

/** null for what is missing, old, altered, or another browser's. */
function openBegun(ctx: Ctx, caller: Caller): Begun | null {
  try {
    const begun = JSON.parse(ctx.keys.seal.decrypt(Buffer.from(caller.begun ?? '', 'base64url'), aad(caller))) as Begun
    return begun.expiresAt > ctx.now() ? begun : null
  } catch {
    return null
  }
}

/** What this browser began for a purpose, before a first right step. @throws Problem `form_expired` */
export async function requireBegun(ctx: Ctx, caller: Caller, purpose: Purpose): Promise<Pre> {
  const begun = openBegun(ctx, caller)
  if (begun?.purpose !== purpose) throw new Problem('form_expired')
  const { kind, value, returnTo, signUpId } = begun
  const found = await ctx.store.read.identifiers.find(kind, value)
  const accountId = await settleAccount(ctx, found?.accountId ?? null)
  const identified = { identifierKind: kind, identifierValue: value, accountId }
  return { ...blank(ctx, caller, purpose), ...identified, returnTo, signUpId, stored: false }
}

/** The row of this browser for a purpose: a first step was right. @throws Problem `form_expired` */
export async function requirePreSession(ctx: Ctx, caller: Caller, purpose: Purpose): Promise<Pre> {
  const pre = await storedPreSession(ctx, caller, purpose)
  if (!pre) throw new Problem('form_expired')
  return pre
}

async function storedPreSession(ctx: Ctx, caller: Caller, purpose: Purpose): Promise<Pre | null> {
  const row = await ctx.store.read.preSessions.find(caller.anonymousId, ctx.now())
  return row?.purpose === purpose ? { ...row, stored: true } : null
}

/** Where this browser stands: behind a first right step, or before it. @throws Problem `form_expired` */
export const requireEither = async (ctx: Ctx, caller: Caller, purpose: Purpose): Promise<Pre> =>
  (await storedPreSession(ctx, caller, purpose)) ?? requireBegun(ctx, caller, purpose)

function blank(ctx: Ctx, caller: Caller, purpose: Purpose): PreSession {
  const until = { createdAt: ctx.now(), expiresAt: ctx.now() + PRE_SESSION_MS }
  const nobody = { accountId: null, signUpId: null, identifierKind: null, identifierValue: null, returnTo: null }
  return { id: caller.anonymousId, purpose, ...nobody, evidence: [], failures: 0, ...until }
}

/** The pre-session of a first step that was right without an identifier: a passkey that counts as one step. */
export const preSessionOf = (ctx: Ctx, caller: Caller, facts: AccountFacts, evidence: Evidence, returnTo: string | null): PreSession => ({
  ...blank(ctx, caller, 'sign_in'),
  accountId: facts.account.id,
  evidence: [evidence],
  returnTo,
})

/** Writes a right step down; the first one makes the row. Inside the transaction that takes the proof. */
export async function keepStep(tx: Tables, pre: Pre, evidence: Evidence): Promise<void> {
  if (pre.stored) return tx.preSessions.addEvidence(pre.id, evidence)
  const { stored: _, ...row } = pre
  await tx.preSessions.put({ ...row, evidence: [...pre.evidence, evidence] })
}

/**
 * Ends it, so that of two tabs one goes on (INV-5).
 *
 * @returns what it stands on by now: a method that was removed meanwhile took its evidence along
 * @throws Problem `form_expired` for the other one
 */
export async function takePreSession(tx: Tables, ctx: Ctx, pre: Pre): Promise<Pick<Pre, 'evidence'>> {
  if (!pre.stored) return pre
  const taken = await tx.preSessions.take(pre.id, ctx.now())
  if (!taken) throw new Problem('form_expired')
  return taken
}

/** The account behind a first right step; before it nothing of an account is loaded, so that every identifier takes as long. */
export const preAccount = async (ctx: Ctx, pre: Pre): Promise<AccountFacts | null> =>
  pre.stored && pre.accountId ? settleAndLoad(ctx, pre.accountId) : null

/** What a proof of a way in is asked for. */
export const preRequest = (caller: Caller, pre: Pre, facts: AccountFacts | null): ProofRequest => ({
  facts,
  accountId: pre.accountId,
  owner: `pre:${pre.id}`,
  purpose: pre.purpose,
  operation: null,
  target: null,
  client: caller.client,
  knownDevice: pre.accountId !== null && caller.knownAccounts.includes(pre.accountId),
  identifier: pre.identifierValue,
  provenBy: pre.evidence[0]?.method ?? null,
})

/** After the commit: what this browser had begun is over. Before it, a database that gives up would cost the person the beginning. */
export function endBegun(caller: Caller): void {
  caller.begun = null
}
