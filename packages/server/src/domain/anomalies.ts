import { isSecurityKey } from './providers.ts'
import type { Passkey } from './types.ts'

/** What is done about one, mildest first: written down; told to every address; counted as one step at most; the passkey stops working. */
export const REACTIONS = ['record', 'tell', 'one_step', 'suspend'] as const
export type Reaction = (typeof REACTIONS)[number]

/** What a use of a passkey may show that does not fit with what is known of it, and what is done about it unless the policy says otherwise. */
export const ANOMALIES = {
  /** Its counter did not grow: it may have been copied (WebAuthn L3 §7.2 step 22). */
  counter_backwards: 'one_step',
  /** It was backed up, and is no more: lost with its device from now on (WebAuthn L3 §6.1.3). */
  backup_lost: 'tell',
  /** It never verified its user before: one that was made silently, at its first use (WebAuthn L3 §4, `uvInitialized`). */
  verification_gained: 'record',
  /** A key that is only ever plugged in or held near answers as a part of the device. The client says so, and nobody signs it. */
  attachment_changed: 'tell',
} as const satisfies Record<string, Reaction>

export type Anomaly = keyof typeof ANOMALIES
/** One for each. */
export type Reactions = Readonly<Record<Anomaly, Reaction>>

/** Refused and written down, whatever the policy says. */
export const REFUSED_ANOMALIES = ['backup_eligibility_changed', 'verification_lost'] as const

/** A use of a passkey whose signature held. */
export interface SeenUse {
  counterWentBackwards: boolean
  backupState: boolean
  userVerified: boolean
  attachment: string | null
}

/**
 * What does not fit. Pure.
 *
 * @param passkey the record as it stood before this use
 * @example anomaliesOf(passkey, { ...seen, counterWentBackwards: true }) // ['counter_backwards']
 */
export function anomaliesOf(passkey: Passkey, seen: SeenUse): Anomaly[] {
  const found: Record<Anomaly, boolean> = {
    counter_backwards: seen.counterWentBackwards,
    backup_lost: passkey.backupState && !seen.backupState,
    verification_gained: seen.userVerified && !passkey.uvInitialized,
    attachment_changed: isSecurityKey(passkey) && seen.attachment === 'platform',
  }
  return (Object.keys(found) as Anomaly[]).filter(name => found[name])
}

/** The strongest that one of them asks for; null where there is none. */
export const reactionTo = (anomalies: readonly Anomaly[], reactions: Reactions): Reaction | null =>
  REACTIONS.findLast(reaction => anomalies.some(name => reactions[name] === reaction)) ?? null

/** Whether such a use is less than a passkey: one step of a sign-in, no proof of anything else. */
export const isDoubtful = (anomalies: readonly Anomaly[], reactions: Reactions): boolean =>
  anomalies.some(name => reactions[name] === 'one_step' || reactions[name] === 'suspend')
