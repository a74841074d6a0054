import { shownIdentifier } from './identifier.ts'
import { lockLeftMs } from './lock.ts'
import type { Policy } from './policy.ts'
import { policyMs } from './policy.ts'
import type { Account, AccountFacts, CalmKind, Identifier, IdentifierKind, Passkey, PendingChange, ProofClass } from './types.ts'

/** Small questions about one account. Pure: everything comes in by the parameters. */

export const isFrozen = ({ account }: { account: Pick<AccountFacts['account'], 'status'> }): boolean => account.status === 'frozen'

/** Frozen, or closing; null for an account that works, and for one that is gone. */
export const calmKind = (status: Account['status']): CalmKind | null => (status === 'frozen' || status === 'closing' ? status : null)

/** A wait that is no operation of the table: a closing begins it, nobody asks for it (policy.md §4, "gone 7 days after it took effect"). */
export const ERASURE = 'account.erase'

export const erasureOf = ({ pending }: AccountFacts): PendingChange | null => pending.find(c => c.operation === ERASURE) ?? null

/** Whether a change waits no longer: not stopped, and not kept standing by a freeze. */
export const isDue = (c: PendingChange, now: number): boolean =>
  c.cancelledAt === null && c.appliedAt === null && c.remainingMs === null && c.effectiveAt <= now

/** Erased, or to be erased by whoever looks first. */
export function isGone(facts: AccountFacts, now: number): boolean {
  const erasure = erasureOf(facts)
  return facts.account.status === 'closed' || (erasure !== null && isDue(erasure, now))
}

export const activePasskeys = (facts: AccountFacts): Passkey[] => facts.passkeys.filter(p => p.status === 'active')
export const shownPasskeys = (facts: AccountFacts): Passkey[] => facts.passkeys.filter(p => p.status !== 'removed')

/** Whether the sign-in page finds it, which names no passkey (O41); one that says no still signs where it is named, as a second step. */
export const isDiscoverable = (passkey: Passkey): boolean => !passkey.flags.includes('not_discoverable')

/** Verified addresses in use; superseded ones keep only their notices. */
export const addresses = (facts: AccountFacts, kind: IdentifierKind): Identifier[] =>
  facts.identifiers.filter(i => i.kind === kind && i.supersededAt === null)
export const primaryAddress = (facts: AccountFacts, kind: IdentifierKind): Identifier | undefined => addresses(facts, kind)[0]

/** The identifier that names the account on pages and in the passkey prompt. */
export function displayName(facts: AccountFacts): string {
  const address = primaryAddress(facts, 'email') ?? primaryAddress(facts, 'phone')
  return address ? shownIdentifier(address.value) : 'account'
}

/** A passkey without the flag of a silent creation, active, whose trust time has come (policy.md §2). */
export const isTrusted = (passkey: Passkey, now: number): boolean => passkey.status === 'active' && isRipe(passkey, now)

const isRipe = (passkey: Passkey, at: number): boolean => passkey.trustedAt <= at && passkey.trustLeftMs === null && !needsFirstUse(passkey)

/** Active but not trusted yet, or no more: it signs in and lives for itself (policy.md §2). */
export const isYoung = (passkey: Passkey, now: number): boolean => passkey.status === 'active' && !isTrusted(passkey, now)

/** Trusted now, or when it was suspended or removed: nobody takes its owner's standing by stopping it (policy.md §3 "Had"). */
const wasTrusted = (passkey: Passkey, now: number): boolean =>
  isRipe(passkey, passkey.status === 'active' ? now : (passkey.suspendedAt ?? passkey.removedAt ?? now))

/**
 * Whether the account has, or still counts as having, a trusted passkey (policy.md §3 "Had"): active; suspended while trusted,
 * however long; or removed with a lesser proof within the last 72 policy hours. Else a thief would suspend all and wait.
 */
export function hasTrustedPasskey(facts: AccountFacts, policy: Policy, now: number): boolean {
  return facts.passkeys.some(p => isHad(p, policy, now))
}

const isHad = (passkey: Passkey, policy: Policy, now: number): boolean =>
  wasTrusted(passkey, now) && (passkey.status !== 'removed' || stillCounts(passkey, policy, now))

/** Stopped, and had: its signature may cancel a wait, and nothing else (policy.md §3 "voice"). */
export const hasVoice = (passkey: Passkey, policy: Policy, now: number): boolean =>
  passkey.status !== 'active' && isHad(passkey, policy, now)

/** What two steps count as (policy.md §3): `two_steps`, and `lesser` beside a trusted passkey or where they are not `good` enough. */
export const twoStepsClass = (facts: AccountFacts, policy: Policy, now: number, good = true): 'two_steps' | 'lesser' =>
  good && !hasTrustedPasskey(facts, policy, now) ? 'two_steps' : 'lesser'

const stillCounts = (passkey: Passkey, policy: Policy, now: number): boolean =>
  passkey.endedVia === 'lesser' && passkey.removedAt !== null && passkey.removedAt > now - policyMs(72, policy)

/** Whether this is a trusted passkey, working or suspended, beside which no other one works. */
export function isLastTrusted(facts: AccountFacts, id: string | null, now: number): boolean {
  const passkey = facts.passkeys.find(p => p.id === id && p.status !== 'removed')
  return passkey !== undefined && wasTrusted(passkey, now) && !facts.passkeys.some(p => p.id !== id && isTrusted(p, now))
}

const MADE_WITH: Record<Passkey['createdVia'], ProofClass> = {
  founding: 'trusted',
  trusted: 'trusted',
  two_steps: 'two_steps',
  lesser: 'lesser',
  recovery_two_steps: 'two_steps',
  recovery_lesser: 'lesser',
}

/** The class that made a passkey: until it is trusted it proves no more than that (policy.md §3). */
export const madeWith = (passkey: Passkey): ProofClass => MADE_WITH[passkey.createdVia]

/** Young, and made with a lesser proof or by such a recovery: it gives no better one than what made it (policy.md §3). */
export const isWeak = (passkey: Passkey, now: number): boolean => isYoung(passkey, now) && madeWith(passkey) === 'lesser'

/** Not used, nor confirmed by its owner, for longer than the policy's time. */
export const isStale = (passkey: Passkey, policy: Policy, now: number): boolean =>
  passkey.status === 'active' && Math.max(passkey.lastUsedAt ?? 0, passkey.createdAt, passkey.reviewedAt ?? 0) < now - policy.staleAfterMs

/** Made silently, and never used with its user verified: it proves nothing yet, and its trust is not counted (policy.md §2). */
export const needsFirstUse = (passkey: Pick<Passkey, 'flags'>): boolean => passkey.flags.includes('needs_first_use')

/**
 * When a passkey that is added now becomes trusted (policy.md §2). Written once, at creation.
 *
 * @param via the class of the proof that adds it, 'founding' in the founding session, 'recovery_…' with the class of a recovery
 */
export function trustedFrom(via: Passkey['createdVia'], facts: { createdAt: number } | null, policy: Policy, now: number): number {
  const ageMs = facts ? now - facts.createdAt : 0
  if (via === 'founding' || (via === 'trusted' && ageMs < 24 * 3_600_000)) return now
  return now + policyMs(via === 'trusted' || via === 'two_steps' ? policy.trustHours : policy.weakTrustHours, policy)
}

/**
 * When a passkey that was made silently becomes trusted, at its first verified use (policy.md §2): from now on as one that is added now,
 * and later where settings are locked, or where its clock began anew meanwhile.
 */
export const trustedFromFirstUse = (passkey: Passkey, account: AccountFacts['account'], policy: Policy, now: number): number =>
  Math.max(passkey.trustedAt, trustedFrom(passkey.createdVia, account, policy, now) + lockLeftMs(account, now))
