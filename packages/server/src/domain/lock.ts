import type { Policy } from './policy.ts'
import type { Account, LockScope } from './types.ts'

/** What the owner's lock holds (policy.md §4). Pure. */

/** How long one lock may be, in days; and all that it is lengthened by with it. */
export const LOCK_DAYS = { trusted: 7, two_steps: 3, inAll: 30 } as const

/** A two-step lock follows another one after this many days. */
export const LOCK_AGAIN_DAYS = 30

type Lock = Pick<Account, 'lockedUntil' | 'lockScope'>

export const isLocked = ({ lockedUntil }: Lock, now: number): boolean => lockedUntil !== null && lockedUntil > now

const holds = (lock: Lock, what: LockScope, now: number): boolean =>
  isLocked(lock, now) && (lock.lockScope === what || lock.lockScope === 'both')

export const isMoneyLocked = (lock: Lock, now: number): boolean => holds(lock, 'money', now)
export const areSettingsLocked = (lock: Lock, now: number): boolean => holds(lock, 'settings', now)

/** How much later a clock runs out that begins now: it stands still until the lock of settings is over. */
export const lockLeftMs = (lock: Lock, now: number): number => (areSettingsLocked(lock, now) ? (lock.lockedUntil ?? now) - now : 0)

/** Two locks together hold what either does. */
export const bothOf = (one: LockScope | null, other: LockScope): LockScope => (one === null || one === other ? other : 'both')

/** Days in policy hours; `strict` doubles no lock, whose length its owner chooses. */
export const daysMs = (days: number, { hourMs }: Pick<Policy, 'hourMs'>): number => days * 24 * hourMs
