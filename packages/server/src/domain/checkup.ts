import { activePasskeys, isStale } from './facts.ts'
import type { Policy } from './policy.ts'
import { secondStepDemanded } from './second-step.ts'
import type { AccountFacts, Passkey, Session } from './types.ts'
import { onlyOnOneDevice, waysBack } from './ways-in.ts'

/** What a security checkup finds weak, the most urgent first. */
export const WEAK_POINTS = [
  'copied',
  'no_passkey',
  'one_device',
  'password_alone',
  'no_codes',
  'codes_unsaved',
  'few_codes',
  'old_sessions',
] as const
export type WeakPoint = (typeof WEAK_POINTS)[number]

export interface Checkup {
  weak: WeakPoint[]
  /** The passkeys that may have been copied. */
  copied: Passkey[]
  /** Signed in elsewhere, and not seen for days. */
  oldSessions: Session[]
  /** Passkeys that their owner may have forgotten (O26). */
  stale: Passkey[]
}

const DAY_MS = 86_400_000
const OLD_SESSION_MS = 3 * DAY_MS
export const FEW_CODES = 3
const CHECKUP_EVERY_MS = 180 * DAY_MS

/**
 * Goes through an account as its owner would, if they had the time (O25, O26). Pure.
 *
 * @param sessions the account's live ones
 * @param own the id of the session that asks
 * @example checkup(facts, sessions, session.id, policy, ctx.now()).weak // ['one_device', 'codes_unsaved']
 */
export function checkup(facts: AccountFacts, sessions: readonly Session[], own: string, policy: Policy, now: number): Checkup {
  const copied = activePasskeys(facts).filter(p => p.flags.includes('counter'))
  const oldSessions = sessions.filter(s => s.id !== own && s.lastSeenAt <= now - OLD_SESSION_MS)
  const found: Record<WeakPoint, boolean> = {
    copied: copied.length > 0,
    no_passkey: activePasskeys(facts).length === 0,
    one_device: onlyOnOneDevice(facts),
    password_alone: facts.password !== null && !secondStepDemanded(facts, policy),
    ...codes(facts, policy),
    old_sessions: oldSessions.length > 0,
  }
  const stale = facts.passkeys.filter(p => isStale(p, policy, now))
  return { weak: WEAK_POINTS.filter(point => found[point]), copied, oldSessions, stale }
}

/** Codes that were made but never confirmed help nobody; none at all matter where hardly anything else leads back. */
function codes(facts: AccountFacts, policy: Policy): Record<'no_codes' | 'codes_unsaved' | 'few_codes', boolean> {
  const set = facts.recoveryCodes
  const left = set?.left ?? 0
  return {
    no_codes: left === 0 && waysBack(facts, policy).length < 2,
    codes_unsaved: left > 0 && set?.savedAt === null,
    few_codes: left > 0 && left <= FEW_CODES && set?.savedAt !== null,
  }
}

/** When a checkup is offered again, where no new device signs in before. */
export const nextCheckupAt = ({ account }: Pick<AccountFacts, 'account'>): number =>
  (account.checkedAt ?? account.createdAt) + CHECKUP_EVERY_MS

/** @param newDeviceAt when a new device signed in last; null where none did */
export function isCheckupDue(facts: Pick<AccountFacts, 'account'>, newDeviceAt: number | null, now: number): boolean {
  const { checkedAt, createdAt } = facts.account
  return now >= nextCheckupAt(facts) || (newDeviceAt !== null && newDeviceAt > (checkedAt ?? createdAt))
}
