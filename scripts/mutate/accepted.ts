/** Why a mutant may survive. */
export interface Acceptance {
  /** What makes it no change that anybody could notice, in plain words. */
  reason: string
  /** The mutant of another layer that holds the same rule: both together must be killed. */
  layer?: string
}

/** By the mutant's id. At most three of a hundred mutants, else the runner fails. */
export const ACCEPTED: Readonly<Record<string, Acceptance>> = {}

export const MOST_ACCEPTED = 0.03
