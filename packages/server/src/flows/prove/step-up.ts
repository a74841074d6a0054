import { randomUUID } from 'node:crypto'
import type { Caller, Ctx } from '../../ctx.ts'
import { ceremonyMethods, classNow, type KeptProof, mayStop, type ProofInput, proofClass } from '../../domain/evidence.ts'
import { activePasskeys, isLastTrusted, isTrusted, primaryAddress, shownPasskeys } from '../../domain/facts.ts'
import { METHODS, type MethodName, type SecretMethod, type SentMethod } from '../../domain/methods.ts'
import { type Decision, decide, type Freshness, isMoney, OPERATIONS, type Operation, type OperationRow } from '../../domain/policy.ts'
import { Problem } from '../../domain/problems.ts'
import type { AccountFacts, CredentialId, Evidence, Passkey, ProofClass, Session } from '../../domain/types.ts'
import { uuidv7 } from '../../keys.ts'
import { type Proven, proveSecret, sendCode } from '../../methods/index.ts'
import { type RequestOptionsJson, requestOptions } from '../../methods/passkey.ts'
import type { GrantRow, Tables } from '../../store/store.ts'
import { guardUnlocked, lockAccount, settleAndLoad } from '../account/account.ts'
import { type Change, type OwnChange, record } from '../account/events.ts'
import { type FreshToken, guardMoving, isFounding, requireSession, rotateSession } from '../account/session.ts'
import { passkeySigned } from '../recovery/by-mail.ts'
import { type Authority, mint } from './authority.ts'
import { makeChallenge, openChallenge } from './challenge.ts'
import { ownedPasskey, provePasskey } from './passkey.ts'

/** The authority that a proof of the session gives; used once. */
export interface Grant<Op extends Operation = Operation> extends Authority<Op> {
  /** How it was proven. */
  readonly method: MethodName
  readonly founding: boolean
}

/** What is asked for: one operation on one target; a grant serves no other (INV-9). */
export interface Purpose<Op extends Operation = Operation> {
  operation: Op
  target: string | null
}

export const GRANT_LIFETIME_MS = 300_000
const targetText = (target: string | null): string => target ?? ''

/**
 * Methods that this account may prove with now in this session, best first; a step-up page offers them in this order. Recovery codes
 * prove nothing in the session that made them: a set-up's ceremony covers them, and through them it would cover everything else, for
 * whoever holds the cookie (policy.md §3).
 */
export function stepUpMethods(facts: AccountFacts, ctx: Ctx, session: Pick<Session, 'id'> | null): MethodName[] {
  const ownCodes = session !== null && facts.recoveryCodes?.madeIn === session.id
  return ceremonyMethods(facts, ctx.config.policy).filter(method => method !== 'recovery_code' || !ownCodes)
}

/** What a proof by this method would mean, so that a page can say so before anybody types (policy.md §4). */
export function previewDecision(
  ctx: Ctx,
  facts: AccountFacts,
  session: Session,
  { operation, target }: Purpose,
  method: MethodName,
): { proofClass: ProofClass; decision: Decision; stops: boolean } | null {
  const best = activePasskeys(facts).find(p => isTrusted(p, ctx.now())) ?? activePasskeys(facts)[0]
  const evidence: Evidence = {
    method,
    credentialId: method === 'passkey' ? (best?.id ?? null) : null,
    userVerified: method === 'passkey',
    backupEligible: false,
    at: ctx.now(),
    operation,
    target: null,
  }
  const input = { fresh: [evidence], session: session.evidence, founding: foundingFor(ctx, session, operation) }
  const judged = proofClass(facts, input, ctx.config.policy, ctx.now())
  if (!judged) return null
  const stops = target !== null && mayStop(facts, { ...input, proofClass: judged }, target as CredentialId, ctx.config.policy, ctx.now())
  return { proofClass: judged, decision: decide(operation, judged, ctx.config.policy), stops }
}

const foundingFor = (ctx: Ctx, session: Session, operation: Operation): boolean => isFounding(session, ctx.now()) && !isMoney(operation)

const stepUpRequired = (ctx: Ctx, facts: AccountFacts, purpose: Purpose, session: Pick<Session, 'id'>): Problem =>
  new Problem('step_up_required', { operation: purpose.operation, target: purpose.target, methods: stepUpMethods(facts, ctx, session) })

/** What a proof is taken in. */
type Taking = Pick<OwnChange, 'tx' | 'ctx' | 'facts' | 'session'>

/**
 * Takes the proof for an operation: fresh evidence of the session, or a grant, consumed here (RFC 9470; policy.md §5).
 *
 * @param change whose transaction takes it, with the account locked
 * @throws Problem `step_up_required` naming operation and methods; `refused_by_policy` where no wait helps; `unauthenticated` where the
 *   session ended since the request came in; `account_frozen`, `account_closing`, `account_locked`
 */
export async function takeGrant<Op extends Operation>(change: Taking, purpose: Purpose<Op>): Promise<Grant<Op>> {
  const { tx, ctx, facts } = change
  const row: OperationRow = OPERATIONS[purpose.operation]
  const session = await stillLive(tx, change.session)
  guardMoving(facts, purpose.operation)
  guardUnlocked(facts, purpose.operation, purpose.target, ctx.now())
  const { fresh, kept } = await freshProof({ ...change, session }, purpose)
  const founding = foundingFor(ctx, session, purpose.operation)
  const input: ProofInput = { fresh, session: session.evidence, founding }
  const { policy } = ctx.config
  const judged = kept ? classNow(facts, kept, policy, ctx.now()) : proofClass(facts, input, policy, ctx.now())
  if (!judged && !(row.oneStep && fresh.length > 0)) throw stepUpRequired(ctx, facts, purpose, session)
  const proof = judged ?? 'lesser'
  const decision = decide(purpose.operation, proof, policy)
  if (decision.kind === 'refused') throw refusedByPolicy(purpose.operation)
  const by = fresh.find(e => e.method === 'passkey') ?? fresh[0]
  const stops = (id: CredentialId): boolean => mayStop(facts, { ...input, proofClass: proof }, id, policy, ctx.now())
  const { operation, target } = purpose
  const method = by?.method ?? 'password'
  const credentialId = by?.credentialId ?? null
  return mint('step_up', { operation, target, proofClass: proof, decision, method, credentialId, founding, mayStop: stops })
}

export const refusedByPolicy = (operation: Operation): Problem => new Problem('refused_by_policy', { operation, methods: ['passkey'] })

/**
 * As `takeGrant`, for what its caller does at once or not at all: a cell that says anything else refuses, and one that pauses money, or
 * a host that wants it paused (`pauseOn`), is obeyed here.
 *
 * @param kinds what the caller can do
 */
export async function takeAtOnce<Op extends Operation>(
  change: Taking,
  purpose: Purpose<Op>,
  kinds: readonly Decision['kind'][] = ['now'],
): Promise<Grant<Op>> {
  const { tx, ctx, facts } = change
  const grant = await takeGrant(change, purpose)
  const { decision } = grant
  if (!kinds.includes(decision.kind)) throw refusedByPolicy(purpose.operation)
  const pauseMs = 'pauseMs' in decision ? decision.pauseMs : 0
  if (pauseMs > 0) await tx.accounts.pauseMoney(facts.account.id, ctx.now() + pauseMs, purpose.operation, ctx.now())
  return grant
}

/** What the row asks for: a new ceremony, or the session's own evidence that is young enough. */
async function freshProof(change: Taking, purpose: Purpose): Promise<{ fresh: Evidence[]; kept: KeptProof | null }> {
  const { ctx, facts, session } = change
  const freshness = freshnessOf(ctx, facts, purpose)
  if (freshness.kind !== 'ceremony') return { fresh: freshEvidence(ctx, session, freshness), kept: null }
  return consumeGrant(change, purpose)
}

/** How fresh the proof must be for this operation on this target (policy.md §5). */
export function freshnessOf(ctx: Ctx, facts: AccountFacts, { operation, target }: Purpose): Freshness {
  const row: OperationRow = OPERATIONS[operation]
  return row.ceremonyForLastTrusted && isLastTrusted(facts, target, ctx.now()) ? { kind: 'ceremony' } : row.freshness
}

/** The session as it is under the account's lock: it may have been signed out, or have lost the evidence of a removed method, meanwhile. */
export async function stillLive(tx: Tables, asked: Session): Promise<Session> {
  const session = await tx.sessions.get(asked.id)
  if (!session || session.endedAt !== null) throw new Problem('unauthenticated')
  return session
}

/** What an earlier ceremony covers, it covers once and for the first of its kind: no second passkey, no second set of codes. */
const COVERED_WHILE: Partial<Record<Operation, (facts: AccountFacts) => boolean>> = {
  'passkey.add': facts => shownPasskeys(facts).length === 0,
  'recovery_codes.add': facts => facts.recoveryCodes === null,
}

async function findGrant(
  tables: Pick<Tables, 'grants'>,
  ctx: Ctx,
  facts: AccountFacts,
  session: Pick<Session, 'id'>,
  { operation, target }: Purpose,
): Promise<GrantRow | null> {
  const grant = await tables.grants.find(session.id, operation, target, ctx.now())
  const covered = grant?.proofClass != null
  return covered && !COVERED_WHILE[operation]?.(facts) ? null : grant
}

async function consumeGrant({ tx, ctx, facts, session }: Taking, purpose: Purpose): Promise<{ fresh: Evidence[]; kept: KeptProof | null }> {
  const grant = await findGrant(tx, ctx, facts, session, purpose)
  if (!grant || !(await tx.grants.consume(grant.id, ctx.now()))) throw stepUpRequired(ctx, facts, purpose, session)
  const { method, credentialId, createdAt: at, operation, target, proofClass: kept } = grant
  const evidence = { method, credentialId, userVerified: method === 'passkey', backupEligible: false, at, operation, target }
  return { fresh: [evidence], kept: kept === null ? null : { proofClass: kept, credentialId } }
}

function freshEvidence(ctx: Ctx, session: Session, freshness: Freshness): Evidence[] {
  if (freshness.kind !== 'evidence') return session.evidence
  return session.evidence.filter(e => e.at >= ctx.now() - freshness.maxAgeMinutes * 60_000)
}

/** Whether `takeGrant` would find its proof now; nothing is consumed. Pages ask this before they show a form. */
export async function hasGrant(ctx: Ctx, session: Session, purpose: Purpose): Promise<boolean> {
  const facts = await settleAndLoad(ctx, session.accountId)
  const freshness = freshnessOf(ctx, facts, purpose)
  if (freshness.kind === 'ceremony') return (await findGrant(ctx.store.read, ctx, facts, session, purpose)) !== null
  const fresh = freshEvidence(ctx, session, freshness)
  const row: OperationRow = OPERATIONS[purpose.operation]
  if (row.oneStep) return fresh.length > 0
  const input = { fresh, session: session.evidence, founding: foundingFor(ctx, session, purpose.operation) }
  return proofClass(facts, input, ctx.config.policy, ctx.now()) !== null
}

/**
 * Who asks to prove something, and their account. What the owner's lock stops is said here, before anybody proves anything for it.
 *
 * @throws Problem `unauthenticated`, `account_frozen`, `account_closing`, `account_locked`
 */
export async function askProof(
  ctx: Ctx,
  caller: Caller,
  { operation, target }: Purpose,
): Promise<{ session: Session; facts: AccountFacts }> {
  const session = requireSession(caller, operation)
  const facts = await settleAndLoad(ctx, session.accountId)
  guardUnlocked(facts, operation, target, ctx.now())
  return { session, facts }
}

/** Options of the passkey prompt of a step-up: only this account's passkeys, bound to session, operation and target. */
export async function stepUpOptions(ctx: Ctx, caller: Caller, purpose: Purpose): Promise<RequestOptionsJson> {
  const { session, facts } = await askProof(ctx, caller, purpose)
  const challenge = makeChallenge(ctx, 'step_up', session.id, purpose.operation, targetText(purpose.target))
  return requestOptions(ctx, challenge, stepUpPasskeys(facts, purpose))
}

/** The passkey that is to be removed proves its own removal only where no other can (policy.md §3). */
function stepUpPasskeys(facts: AccountFacts, purpose: Purpose): Passkey[] {
  const active = activePasskeys(facts)
  const others = purpose.operation === 'passkey.remove' ? active.filter(p => p.id !== purpose.target) : active
  return others.length > 0 ? others : active
}

/** What a step-up gives back: the session's new cookie value. */
export interface SteppedUp {
  token: FreshToken
}

/**
 * Proves a step-up with a passkey of this account.
 *
 * @throws Problem `passkey_other_account`, `passkey_rejected`, `challenge_expired`, …
 */
export async function stepUpWithPasskey(ctx: Ctx, caller: Caller, purpose: Purpose, response: unknown): Promise<SteppedUp> {
  const session = requireSession(caller, purpose.operation)
  const proven = await provePasskey(ctx, caller, response, {
    stage: 'session',
    async find(signed) {
      const challenge = openChallenge(ctx, signed.challenge, 'step_up', session.id, purpose.operation, targetText(purpose.target))
      const facts = await settleAndLoad(ctx, session.accountId)
      return { facts, challenge, ...(await ownedPasskey(ctx, facts, signed)) }
    },
    doubtful: 'refused',
  })
  const done = await grantFor(ctx, caller, session, purpose, proven)
  await passkeySigned(ctx, caller, proven.match.facts, session.id)
  return done
}

const codeRequest = (facts: AccountFacts, caller: Caller, session: Session, purpose: Purpose) => ({
  facts,
  owner: `session:${session.id}`,
  purpose: 'step_up',
  operation: purpose.operation,
  target: purpose.target,
  client: caller.client,
  sessionId: session.id,
  knownDevice: caller.knownAccounts.includes(session.accountId),
})

/** Sends the six-digit code of a step-up; it serves this session, operation and target only. */
export async function sendStepUpCode(
  ctx: Ctx,
  caller: Caller,
  purpose: Purpose,
  method: SentMethod,
): Promise<{ retryAfterSeconds: number }> {
  const { session, facts } = await askProof(ctx, caller, purpose)
  const address = primaryAddress(facts, METHODS[method].sendsTo)
  if (!address || !stepUpMethods(facts, ctx, session).includes(method)) throw new Problem('method_off')
  return sendCode(ctx, method, { ...codeRequest(facts, caller, session, purpose), address: address.value })
}

/** Proves a step-up with a password or a code. @throws Problem `code_wrong`, `code_expired`, `invalid_credentials`, `rate_limited`, `method_off` */
export async function stepUpWithSecret(
  ctx: Ctx,
  caller: Caller,
  purpose: Purpose,
  method: SecretMethod,
  secret: string,
): Promise<SteppedUp> {
  const { session, facts } = await askProof(ctx, caller, purpose)
  if (!stepUpMethods(facts, ctx, session).includes(method)) throw new Problem('method_off')
  const proven = await proveSecret(ctx, method, codeRequest(facts, caller, session, purpose), secret)
  return grantFor(ctx, caller, session, purpose, proven)
}

async function grantFor(ctx: Ctx, caller: Caller, session: Session, purpose: Purpose, proven: Proven): Promise<SteppedUp> {
  return ctx.store.transaction(async tx => {
    await lockAccount(tx, ctx, session.accountId)
    await proven.apply(tx)
    const evidence = { ...proven.evidence, operation: purpose.operation, target: purpose.target }
    await tx.sessions.addEvidence(session.id, evidence)
    await mintGrant(tx, ctx, session, { ...purpose, by: proven.evidence })
    await record(tx, ctx, {
      accountId: session.accountId,
      sessionId: session.id,
      credentialId: evidence.credentialId,
      kind: 'step_up',
      body: { operation: purpose.operation, method: evidence.method },
      caller,
    })
    return { token: await rotateSession(tx, ctx, session.id) }
  })
}

interface Minted extends Purpose {
  /** What gave it. */
  by: Pick<Evidence, 'method' | 'credentialId'>
  /** The class that it keeps; else the proof is judged when it is taken. */
  kept?: ProofClass
}

const mintGrant = (
  tx: Tables,
  ctx: Ctx,
  session: Pick<Session, 'id' | 'accountId'>,
  { operation, target, by, kept }: Minted,
): Promise<void> =>
  tx.grants.insert({
    id: `${uuidv7(ctx.now())}.${randomUUID().slice(0, 8)}`,
    sessionId: session.id,
    accountId: session.accountId,
    operation,
    target,
    method: by.method,
    credentialId: by.credentialId,
    proofClass: kept ?? null,
    createdAt: ctx.now(),
    expiresAt: ctx.now() + GRANT_LIFETIME_MS,
  })

/**
 * The ceremony of a set-up covers the first recovery codes that directly follow it, and nothing else (policy.md §3): with the class
 * that the set-up had, never with what the new method would prove.
 */
export async function coverFirstCodes({ tx, ctx, facts, session }: Change, ceremony: KeptProof & Pick<Evidence, 'method'>): Promise<void> {
  if (session && facts.recoveryCodes === null)
    await mintGrant(tx, ctx, session, { operation: 'recovery_codes.add', target: null, by: ceremony, kept: ceremony.proofClass })
}

/** Sign-up covers, once, the account's first passkey (policy.md §3). The founding session is what it rests on. */
export const coverFirstPasskey = (tx: Tables, ctx: Ctx, session: Pick<Session, 'id' | 'accountId'>, by: Evidence): Promise<void> =>
  mintGrant(tx, ctx, session, { operation: 'passkey.add', target: null, by, kept: 'trusted' })

/** A sign-in that was made to create a passkey is the ceremony of that creation (policy.md §5). */
export const grantFromSignIn = (
  tx: Tables,
  ctx: Ctx,
  session: Pick<Session, 'id' | 'accountId'>,
  { operation, target }: Purpose,
  by: Evidence,
): Promise<void> => mintGrant(tx, ctx, session, { operation, target, by })
