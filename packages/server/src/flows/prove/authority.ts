import type { Decision, Operation } from '../../domain/policy.ts'
import { Problem } from '../../domain/problems.ts'
import type { CredentialId, ProofClass } from '../../domain/types.ts'

/** Who may allow a change. A new way is added here, by name, and calls `mint` in one file of its own (`test/imports.test.ts`). */
export type Minter =
  /** A proof of the session (policy.md §5). */
  | 'step_up'
  /** What such a proof decided, kept until the new method is confirmed (policy.md §3). */
  | 'set_up'
  /** Two proofs of different kinds, or a mailbox after its wait (policy.md §7). */
  | 'recovery'
  | 'forgotten_password'
  /** The link of a notice, which only freezes (policy.md §4). */
  | 'freeze_link'
  /** A wait that is over, by the proof that began it (policy.md §4). */
  | 'due_wait'
  /** A young passkey that works again goes on waiting as what made it (policy.md §3). */
  | 'reactivation'
  /** A use of the passkey that does not fit, where the policy stops it for that (N8). */
  | 'anomaly'
  /** Proofs as they stood before a change (policy.md §4 "Undo"). */
  | 'undo'
  /** A passkey that was stopped, and had: it may stop a wait (policy.md §3 "voice"). */
  | 'voice'
  /** The sample customer of a development server. */
  | 'sample'

declare const minted: unique symbol

/** What allows one operation on one target, and what the policy table says of it. Whatever performs a change asks for one. */
export interface Authority<Op extends Operation = Operation> {
  readonly [minted]: true
  readonly by: Minter
  readonly operation: Op
  readonly target: string | null
  readonly proofClass: ProofClass
  readonly decision: Decision
  /** The passkey that proved it. */
  readonly credentialId: CredentialId | null
  /** Whether it may stop that passkey at once (policy.md §4, INV-11). */
  mayStop(id: CredentialId): boolean
}

type Said<Op extends Operation> = Pick<Authority<Op>, 'operation' | 'target' | 'proofClass' | 'decision' | 'credentialId'> &
  Partial<Pick<Authority<Op>, 'mayStop'>>

const known = new WeakSet<object>()
const stopsNothing = (): boolean => false

/** Makes the authority for a change; only the minters call it. @example mint('due_wait', { operation, target, proofClass, decision, credentialId }) */
export function mint<Op extends Operation, More extends object = object>(by: Minter, said: Said<Op> & More): Authority<Op> & More {
  const made = Object.freeze({ mayStop: stopsNothing, ...said, by }) as unknown as Authority<Op> & More
  known.add(made)
  return made
}

/**
 * The door before every change: a cast makes no authority, and one for an operation serves no other.
 *
 * @throws Problem `internal`; nothing is written
 */
export function demand(authority: Authority, ...operations: readonly Operation[]): void {
  if (!known.has(authority) || (operations.length > 0 && !operations.includes(authority.operation)))
    throw new Problem('internal', {}, `a change without authority: ${operations.join(' or ') || String(authority.operation)}`)
}
