import type { Stage } from './limits.ts'

/** Who tries, and how far they have come (policy.md §10). */
export interface Attempt {
  stage: Stage
  ip: string
  /** Canonical, as typed; or the recipient of a message. What the door counts by, whether or not anybody has it. */
  identifier?: string | null
  /** null where the identifier belongs to nobody. The door never counts by it. */
  accountId?: string | null
  /** The known device's random id, so that one cannot use up another's tries. */
  deviceId?: string | null
  sessionId?: string | null
  /** The method that was right first. */
  provenBy?: string | null
  operation?: string | null
}
