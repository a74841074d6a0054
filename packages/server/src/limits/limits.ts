/**
 * The numbers of security.md §5.1, as data. A kind has a `backOff` where a secret can be guessed, and `windows` for everything that
 * is only counted. `ctx.config.limitFactor` multiplies every count.
 */

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** At most `limit` in a fixed window. */
export interface WindowLimit {
  /** What the count belongs to: an account (or whoever an unknown identifier would be), a client prefix, a recipient, a browser. */
  per: 'account' | 'ip' | 'address' | 'device'
  limit: number
  windowMs: number
}

/** Failures in a row: `free` of them cost nothing, then the wait doubles, at `closeAt` the method is closed to whoever counts here. */
export interface BackOff {
  free: number
  firstMs: number
  maxMs: number
  closeAt: number
}

export interface LimitRule {
  /** Where the count lives: the shared database, or this process alone (high limits that only guard the CPU). */
  where: 'database' | 'memory'
  windows: readonly WindowLimit[]
  backOff: BackOff | null
  /** Of a known device on its own account: its own budget in place of the prefix's and the strangers' (INV-15). */
  knownDevice: { windows: readonly WindowLimit[]; backOff: BackOff | null } | null
}

const GUESSES_PER_PREFIX: WindowLimit = { per: 'ip', limit: 30, windowMs: 5 * MINUTE }
const doubling = (free: number): BackOff => ({ free, firstMs: 30 * SECOND, maxMs: HOUR, closeAt: 100 })

/**
 * A guess at a code. A known device has its own row of failures, and it is one that backs off: a window of 10 in 15 minutes alone
 * would allow 960 guesses a day at a six-digit code.
 */
const codeGuess: LimitRule = {
  where: 'database',
  windows: [GUESSES_PER_PREFIX],
  backOff: doubling(10),
  knownDevice: { windows: [], backOff: doubling(10) },
}
const counted = (...windows: WindowLimit[]): LimitRule => ({ where: 'database', windows, backOff: null, knownDevice: null })
const guarded = (...windows: WindowLimit[]): LimitRule => ({ where: 'memory', windows, backOff: null, knownDevice: null })

export const LIMITS = {
  password: {
    where: 'database',
    windows: [GUESSES_PER_PREFIX],
    backOff: doubling(5),
    knownDevice: { windows: [{ per: 'device', limit: 10, windowMs: 15 * MINUTE }], backOff: null },
  },
  totp: codeGuess,
  sms: codeGuess,
  email: codeGuess,
  recovery_code: codeGuess,
  send_sms: counted(
    { per: 'account', limit: 1, windowMs: MINUTE },
    { per: 'account', limit: 5, windowMs: HOUR },
    { per: 'account', limit: 10, windowMs: DAY },
    { per: 'ip', limit: 10, windowMs: HOUR },
    { per: 'address', limit: 5, windowMs: DAY },
  ),
  send_email: counted(
    { per: 'account', limit: 1, windowMs: 30 * SECOND },
    { per: 'account', limit: 10, windowMs: HOUR },
    { per: 'ip', limit: 20, windowMs: HOUR },
    { per: 'address', limit: 10, windowMs: HOUR },
  ),
  sign_up: counted({ per: 'ip', limit: 5, windowMs: HOUR }),
  recovery: counted({ per: 'account', limit: 3, windowMs: HOUR }, { per: 'ip', limit: 10, windowMs: HOUR }),
  step_up: counted({ per: 'account', limit: 20, windowMs: HOUR }),
  approval_create: counted({ per: 'account', limit: 60, windowMs: HOUR }),
  // a passkey has nothing to guess and no account is counted, so that no stranger can stop its owner (INV-15)
  passkey_begin: guarded({ per: 'ip', limit: 600, windowMs: MINUTE }),
  passkey_finish: guarded({ per: 'ip', limit: 300, windowMs: MINUTE }),
  session_request: guarded({ per: 'account', limit: 600, windowMs: MINUTE }),
  request: guarded({ per: 'ip', limit: 300, windowMs: MINUTE }),
} as const satisfies Record<string, LimitRule>

export type LimitKind = keyof typeof LIMITS

/** A /48 gets this many times what one /64 gets. */
export const WIDE_PREFIX_FACTOR = 4

/**
 * How long a row of failures is remembered. Long, because "100 in a row" is the count that NIST 800-63B-4 §3.2.2 bounds: a window that
 * forgot would give a patient guesser a new hundred each time. Counters younger than this must survive `limits.purge`.
 */
export const FAILURE_MEMORY_MS = 90 * DAY
