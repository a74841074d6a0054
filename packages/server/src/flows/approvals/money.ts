import type { ActionOptions } from '../../config.ts'
import type { Ctx } from '../../ctx.ts'
import { compareDecimals } from '../../domain/decimal.ts'
import { activePasskeys, isTrusted, trustedFrom, twoStepsClass } from '../../domain/facts.ts'
import { isMoneyLocked } from '../../domain/lock.ts'
import { decide } from '../../domain/policy.ts'
import { Problem } from '../../domain/problems.ts'
import type { AccountFacts, CredentialId, ProofClass } from '../../domain/types.ts'
import type { ApprovalDetails } from './details.ts'

/** One thing that stands in the way, and until when; null where nothing but an act of the owner ends it. */
export interface Hold {
  /** `account.freeze`, `account.lock`, `address_waits`, `passkey_young`, or what paused money: an operation or `recovery` */
  reason: string
  until: number | null
}

/**
 * What helps: `passkey` (a trusted one approves), `two_steps` (password and a code), `passkey.add`, `passkey.reactivate`, `recover`,
 * `account.unfreeze`, `other_address`, `smaller_amount`, `later` (the same again from `until` on). What would do it now comes first.
 */
export type MoneyWay =
  | 'passkey'
  | 'two_steps'
  | 'passkey.add'
  | 'passkey.reactivate'
  | 'recover'
  | 'account.unfreeze'
  | 'other_address'
  | 'smaller_amount'
  | 'later'

/** Why money cannot move, until when, and what would do it. */
export interface MoneyHeld {
  /** `money_held` waits for a time or an act; the others are about the proof. */
  code: 'money_held' | 'refused_by_policy' | 'approval_too_weak' | 'approval_over_limit'
  /** When it would happen otherwise, epoch milliseconds; null where no time helps. */
  until: number | null
  holds: Hold[]
  ways: MoneyWay[]
}

/** What is to be moved; left out, the question is about the account alone. */
export interface MoneyAsked {
  action: ActionOptions
  details: ApprovalDetails
  /** When the payee's own wait ends; null for an action without an address book. */
  addressReadyAt: number | null
}

/** Whose proof: nobody's yet, the best that the account has, this passkey's, or two steps that no passkey is part of. */
export type MoneyProof = 'none' | 'best' | 'two_steps' | { passkey: CredentialId }

/** Whether this deployment moves money at all; one that does not is told nothing about it. */
export const movesMoney = (ctx: Pick<Ctx, 'config'>): boolean => Object.keys(ctx.config.actions).length > 0

/**
 * The one answer to "why can't this move?" (policy.md §3, §4): pages, API and the guards of approvals ask nothing else.
 *
 * @param hasSteps whether the account has two steps at all that no passkey is part of
 * @returns null where this proof moves it now
 * @example moneyHeld(ctx, facts) // { code: 'money_held', until: 1795780800000, holds: [{ reason: 'recovery', … }], ways: ['later'] }
 */
export function moneyHeld(
  ctx: Ctx,
  facts: AccountFacts,
  asked: MoneyAsked | null = null,
  proof: MoneyProof = 'none',
  hasSteps = true,
): MoneyHeld | null {
  const holds = holdsOf(ctx, facts, asked)
  if (holds.length > 0) return heldBy(holds)
  return asked === null || proof === 'none' ? null : proofHeld(ctx, facts, asked, proof, hasSteps)
}

/** What holds whoever proves what: freeze, pauses, the owner's lock, the wait of the payee. The longest first. */
function holdsOf(ctx: Ctx, { account }: AccountFacts, asked: MoneyAsked | null): Hold[] {
  const now = ctx.now()
  const later = (until: number | null | undefined): until is number => typeof until === 'number' && until > now
  const frozen: Hold[] = account.status === 'frozen' ? [{ reason: 'account.freeze', until: null }] : []
  const timed: Hold[] = [
    ...pausesOf(account, now),
    ...(isMoneyLocked(account, now) ? [{ reason: 'account.lock', until: account.lockedUntil }] : []),
    ...(later(asked?.addressReadyAt) ? [{ reason: 'address_waits', until: asked.addressReadyAt }] : []),
  ]
  return [...frozen, ...timed.sort((a, b) => (b.until ?? 0) - (a.until ?? 0))]
}

/** Each reason with its own end; a pause that is longer than all of them has a reason that nobody noted. */
function pausesOf(account: AccountFacts['account'], now: number): Hold[] {
  const paused = account.moneyPausedUntil ?? 0
  if (paused <= now) return []
  const noted: Hold[] = account.pauseReasons.filter(({ until }) => until > now).map(({ reason, until }) => ({ reason, until }))
  return noted.some(({ until }) => until !== null && until >= paused) ? noted : [...noted, { reason: 'pause', until: paused }]
}

function heldBy(holds: Hold[]): MoneyHeld {
  const until = holds.some(hold => hold.until === null) ? null : Math.max(...holds.map(hold => hold.until ?? 0))
  const onlyAddress = holds.every(hold => hold.reason === 'address_waits')
  const ways: MoneyWay[] = [
    ...(onlyAddress ? ['other_address' as const] : []),
    ...(until === null ? ['account.unfreeze' as const] : ['later' as const]),
  ]
  return { code: 'money_held', until, holds, ways }
}

function proofHeld(
  ctx: Ctx,
  facts: AccountFacts,
  asked: MoneyAsked,
  proof: Exclude<MoneyProof, 'none'>,
  hasSteps: boolean,
): MoneyHeld | null {
  const trusted = activePasskeys(facts).some(p => isTrusted(p, ctx.now()))
  const young = typeof proof === 'object' ? youngHeld(ctx, facts, asked, proof.passkey, hasSteps) : null
  if (young) return young
  if (typeof proof === 'object' || (proof === 'best' && trusted)) return heldByTable(ctx, facts, asked, 'trusted', hasSteps)
  return withoutPasskey(ctx, facts, asked, hasSteps)
}

/** By two steps, which are lesser beside a trusted passkey. */
const withoutPasskey = (ctx: Ctx, facts: AccountFacts, asked: MoneyAsked, hasSteps: boolean): MoneyHeld | null =>
  heldByTable(ctx, facts, asked, twoStepsClass(facts, ctx.config.policy, ctx.now()), hasSteps)

/** The row "Move money" of the table: at once, as the host allows, or not at all. */
function heldByTable(ctx: Ctx, facts: AccountFacts, asked: MoneyAsked, proof: ProofClass, hasSteps: boolean): MoneyHeld | null {
  const { kind } = decide('approval.approve', proof, ctx.config.policy)
  if (kind === 'now') return null
  return kind === 'host' ? asHostAllows(ctx, facts, asked, hasSteps) : refusedAsQ(ctx, facts)
}

/** A young passkey approves nothing (INV-11); what does it meanwhile is another one, or two steps. */
function youngHeld(ctx: Ctx, facts: AccountFacts, asked: MoneyAsked, id: CredentialId, hasSteps: boolean): MoneyHeld | null {
  const passkey = activePasskeys(facts).find(p => p.id === id)
  if (!passkey || isTrusted(passkey, ctx.now())) return null
  const trusted = activePasskeys(facts).some(p => isTrusted(p, ctx.now()))
  const steps = !trusted && withoutPasskey(ctx, facts, asked, hasSteps) === null
  const now: MoneyWay[] = trusted ? ['passkey'] : steps ? ['two_steps'] : []
  return waitsForTrust(passkey.trustedAt, ctx, now)
}

function waitsForTrust(trustedAt: number, ctx: Ctx, now: MoneyWay[]): MoneyHeld {
  const until = trustedAt > ctx.now() ? trustedAt : null
  return { code: 'money_held', until, holds: [{ reason: 'passkey_young', until }], ways: until === null ? now : [...now, 'later'] }
}

/** Up to the host's limit. */
function asHostAllows(ctx: Ctx, facts: AccountFacts, { action, details }: MoneyAsked, hasSteps: boolean): MoneyHeld | null {
  const young = youngUntil(ctx, facts)
  const allowed = action.withoutPasskey
  const over = allowed !== undefined && compareDecimals(details[allowed.field] ?? '', allowed.limit) > 0
  if (allowed && hasSteps && !over) return null
  const smaller: MoneyWay[] = over && hasSteps ? ['smaller_amount'] : []
  if (young !== null) return waitsForTrust(young, ctx, smaller)
  const until = trustedFrom('two_steps', facts.account, ctx.config.policy, ctx.now())
  return { code: over ? 'approval_over_limit' : 'approval_too_weak', until, holds: [], ways: ['passkey.add', ...smaller, 'later'] }
}

function refusedAsQ(ctx: Ctx, facts: AccountFacts): MoneyHeld {
  const active = activePasskeys(facts).some(p => isTrusted(p, ctx.now()))
  const suspended = facts.passkeys.some(p => p.status === 'suspended')
  const young = youngUntil(ctx, facts)
  const ways: MoneyWay[] = active
    ? ['passkey']
    : [...(suspended ? ['passkey.reactivate' as const] : []), 'recover', ...(young === null ? [] : ['later' as const])]
  return { code: 'refused_by_policy', until: active ? null : young, holds: [], ways }
}

/** When the first of the young passkeys moves money; null without one. */
export function youngUntil(ctx: Ctx, facts: AccountFacts): number | null {
  const times = activePasskeys(facts).flatMap(p => (isTrusted(p, ctx.now()) ? [] : [p.trustedAt]))
  return times.length > 0 ? Math.min(...times) : null
}

/** The same as a refusal. */
export function heldProblem(held: MoneyHeld, asked: MoneyAsked | null = null): Problem {
  const { code, until, ways } = held
  if (code === 'money_held') return new Problem(code, { until, reasons: held.holds.map(({ reason }) => reason), ways })
  const allowed = asked?.action.withoutPasskey
  const limit = code === 'approval_over_limit' && allowed ? { limit: `${allowed.limit} ${allowed.unit}` } : {}
  const proof = code === 'refused_by_policy' ? { operation: 'approval.approve', methods: ['passkey'] } : {}
  return new Problem(code, { ...limit, ...proof, until, ways })
}
