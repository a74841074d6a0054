import { addresses, isTrusted } from './facts.ts'
import { type Policy, policyMs } from './policy.ts'
import type { AccountFacts, Passkey, PendingChange, Was } from './types.ts'

/** What a change took, and the account as it stood before it (policy.md §4 "Undo"). Pure. */

/** For so long a change can be undone, in milliseconds. */
export const undoMs = (policy: Policy): number => policyMs(72, policy)

type Look = (facts: AccountFacts, target: string | null) => Was | null

const LOOK: Readonly<Record<string, Look>> = {
  password({ password }) {
    return { slot: 'password', had: password && { id: password.id, changedAt: password.changedAt, mustChange: password.mustChange } }
  },
  totp: ({ totp }) => ({ slot: 'totp', had: totp }),
  recovery_codes: ({ recoveryCodes }) => ({ slot: 'recovery_codes', had: recoveryCodes }),
  email: facts => ({ slot: 'email', had: addresses(facts, 'email').map(i => i.id) }),
  phone: facts => ({ slot: 'phone', had: addresses(facts, 'phone').map(i => i.id) }),
  passkey({ passkeys }, target) {
    const passkey = passkeys.find(p => p.id === target)
    if (!passkey) return null
    const { id, status, suspendedAt, endedVia } = passkey
    return { slot: 'passkey', had: { id, status, suspendedAt, endedVia } }
  },
}

/** What stands in the place where an operation puts something, e.g. `totp` for `totp.replace`; null where it changes no factor. */
export const wasBefore = (facts: AccountFacts, operation: string, target: string | null): Was | null =>
  LOOK[operation.split('.')[0] ?? '']?.(facts, target) ?? null

/** The account with that in its place again. */
export function setBack(facts: AccountFacts, was: Was): AccountFacts {
  switch (was.slot) {
    case 'password':
      return { ...facts, password: was.had }
    case 'totp':
      return { ...facts, totp: was.had }
    case 'recovery_codes':
      return { ...facts, recoveryCodes: was.had }
    case 'passkey':
      return { ...facts, passkeys: facts.passkeys.map(p => (p.id === was.had.id ? { ...p, ...was.had } : p)) }
    default:
      return { ...facts, identifiers: facts.identifiers.flatMap(i => (i.kind === was.slot ? inUse(i, was.had) : [i])) }
  }
}

const inUse = (identifier: AccountFacts['identifiers'][number], ids: readonly string[]) =>
  ids.includes(identifier.id) ? [{ ...identifier, supersededAt: null }] : []

const UNDO = 'change.undo'

/** Whether something went: what only came is removed, not undone. */
function took({ was, operation }: PendingChange): boolean {
  if (was === null || operation === UNDO || operation === 'passkey.reactivate') return false
  return Array.isArray(was.had) ? was.had.length > 0 : was.had !== null
}

const placeOf = ({ was }: PendingChange): string => (was?.slot === 'passkey' ? was.had.id : (was?.slot ?? ''))

/** An undo puts back what stood before all that was done in the same place since. */
function isOver(change: PendingChange, n: number, applied: readonly PendingChange[]): boolean {
  const later = applied.slice(n + 1)
  return later.some(undo => placeOf(undo) === placeOf(change) && undoesOlder(undo, later))
}

/** Whether it is an undo of what was there before these. */
const undoesOlder = ({ operation, target }: PendingChange, these: readonly PendingChange[]): boolean =>
  operation === UNDO && !these.some(({ id }) => id === target)

/**
 * Changes that can still be undone, newest first.
 *
 * @param applied what took effect within the time of an undo, in its order
 */
export const undoable = (applied: readonly PendingChange[]): PendingChange[] =>
  applied.filter((change, n) => took(change) && !isOver(change, n, applied)).reverse()

/**
 * The account as it stood before a change, with the proofs that it had: what was set up since proves nothing, what was replaced or
 * removed since proves again. An undo of something older stays: what it put back had stood before this change.
 *
 * @param applied what took effect since some time before that change, in its order
 */
export function factsBefore(facts: AccountFacts, applied: readonly PendingChange[], change: PendingChange, now: number): AccountFacts {
  const all = applied.slice(applied.findIndex(({ id }) => id === change.id))
  const since = all.filter(one => !undoesOlder(one, all))
  const back = since.toReversed().reduce((then, { was, operation }) => (was && folds(was, operation) ? setBack(then, was) : then), facts)
  return { ...back, passkeys: passkeysBefore(back.passkeys, change, now) }
}

/** A passkey says itself since when it stopped; that it worked again is all that it does not. */
const folds = ({ slot }: Was, operation: string): boolean => slot !== 'passkey' || operation === 'passkey.reactivate'

/**
 * Who stops a passkey because a thief has it would be undone by the thief: what stopped since proves only where no trusted one is left
 * of those that stood.
 */
function passkeysBefore(passkeys: readonly Passkey[], change: PendingChange, now: number): Passkey[] {
  const stood = passkeys.filter(p => p.createdAt <= (change.appliedAt ?? now))
  if (stood.some(p => isTrusted(p, now))) return stood
  return stood.map(p => (stoppedSince(p, change) ? working(p, now) : p))
}

/** A passkey whose removal waited was stopped by what asked for it. */
function stoppedSince(passkey: Passkey, { target, askedAt, appliedAt }: PendingChange): boolean {
  const at = stoppedAt(passkey)
  return at !== null && at >= (passkey.id === target ? askedAt : (appliedAt ?? askedAt))
}

const stoppedAt = ({ status, suspendedAt, removedAt }: Passkey): number | null => (status === 'active' ? null : (suspendedAt ?? removedAt))

/** The clock of a young one stood still meanwhile. */
function working(passkey: Passkey, now: number): Passkey {
  const left = Math.max(0, passkey.trustedAt - (stoppedAt(passkey) ?? now))
  const trustedAt = left === 0 ? passkey.trustedAt : now + left
  return { ...passkey, status: 'active', suspendedAt: null, removedAt: null, endedVia: null, trustedAt }
}

/** Whether this passkey stopped by that change, and works again when it is undone. */
export const stoppedBy = (change: PendingChange): boolean =>
  change.was?.slot === 'passkey' && (change.was.had.status === 'active' || (change.was.had.suspendedAt ?? 0) >= change.askedAt)
