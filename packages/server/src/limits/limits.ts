/**
 * The budgets of policy.md §10, the general limits of the door included, as data. `ctx.config.limitFactor` multiplies every count.
 */

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/**
 * What a count belongs to. Before a first right step that is the identifier as typed and the client's address, never an account: whether
 * there is one must make no difference. `proof` is an account together with the method that was right first, so that whoever knows the
 * password spends nothing of who shows a recovery code.
 */
export type Subject = 'identifier' | 'ip' | 'identifier_ip' | 'account' | 'account_ip' | 'device' | 'session' | 'proof'

/** How far somebody has come; each has budgets of their own. A known device is a browser whose signed cookie names the account. */
export type Stage = 'door' | 'known_device' | 'proven' | 'session' | 'session_on_known_device'

/** At most `limit` in a fixed window. */
export interface WindowLimit {
  per: Subject
  limit: number
  windowMs: number
  /** Counts under this name instead of its kind: one window for several methods. */
  across?: string
  /** Only for this operation. */
  only?: string
}

/** Failures in a row: at `closeAt` the method is closed to whoever counts here. */
export interface RowLimit {
  per: Subject
  closeAt: number
  /** `free` of them cost nothing, then the wait doubles. null where windows say how fast. */
  wait: { free: number; firstMs: number; maxMs: number } | null
}

export interface Budget {
  row?: RowLimit
  /** All of them must have room. */
  windows: readonly WindowLimit[]
  /** When one has none: any one of these. */
  reserves?: readonly WindowLimit[]
}

export interface LimitRule {
  stages: Readonly<Record<Stage, Budget>>
}

const everywhere = (...windows: WindowLimit[]): LimitRule => {
  const budget: Budget = { windows }
  return { stages: { door: budget, known_device: budget, proven: budget, session: budget, session_on_known_device: budget } }
}

/** NIST SP 800-63B-4 §3.2.2. */
const CLOSE_AT = 100
const doubling = (per: Subject, free: number): RowLimit => ({ per, closeAt: CLOSE_AT, wait: { free, firstMs: 30 * SECOND, maxMs: HOUR } })
const closing = (per: Subject): RowLimit => ({ per, closeAt: CLOSE_AT, wait: null })

const GUESSES_PER_PREFIX: WindowLimit = { per: 'ip', limit: 30, windowMs: 5 * MINUTE }
/** Of all methods together: who has a session needs no second method to be given more guesses. */
const IN_SESSION: readonly WindowLimit[] = [
  { per: 'session', limit: 5, windowMs: HOUR, across: 'guess' },
  { per: 'account', limit: 20, windowMs: HOUR, across: 'guess' },
]
/** What no other session can spend: else a stolen one keeps the owner from stopping a change that its thief asked for. */
const OF_DEVICE: WindowLimit = { per: 'device', limit: 3, windowMs: DAY, across: 'reserve' }
const OF_CANCEL: WindowLimit = { per: 'session', limit: 3, windowMs: DAY, across: 'reserve_cancel', only: 'change.cancel' }

interface GuessSpec {
  free: number
  /** Where failures count before a session. */
  door: Subject
  proven: Subject
  device: Budget
}

const guess = ({ free, door, proven, device }: GuessSpec): LimitRule => ({
  stages: {
    door: { row: doubling(door, free), windows: [GUESSES_PER_PREFIX] },
    known_device: device,
    proven: { row: doubling(proven, free), windows: [] },
    session: { row: closing(proven), windows: IN_SESSION, reserves: [OF_CANCEL] },
    session_on_known_device: { row: closing('device'), windows: IN_SESSION, reserves: [OF_DEVICE, OF_CANCEL] },
  },
})

/** A window of 10 in 15 minutes alone would allow 960 guesses a day at six digits: a code backs off on a known device, too. */
const codeGuess = guess({ free: 10, door: 'identifier', proven: 'account', device: { row: doubling('device', 10), windows: [] } })

/**
 * Messages. What strangers cause is counted for the identifier and for their own address; who proved something, has a session or a known
 * device, has a budget that they can't spend.
 */
const messages = (
  everyMs: number,
  strangers: { perHour: number; perDay: number; perPrefix: number },
  own: [number, number][],
): LimitRule => {
  const spaced = (per: Subject, limits: [number, number][]): Budget => ({
    windows: [[1, everyMs] as [number, number], ...limits].map(([limit, windowMs]) => ({ per, limit, windowMs })),
  })
  const door = spaced('identifier', [
    [strangers.perHour, HOUR],
    [strangers.perDay, DAY],
  ])
  return {
    stages: {
      door: { windows: [...door.windows, { per: 'ip', limit: strangers.perPrefix, windowMs: HOUR }] },
      known_device: spaced('device', own),
      proven: spaced('proof', own),
      session: spaced('session', own),
      session_on_known_device: spaced('session', own),
    },
  }
}

export const LIMITS = {
  password: guess({
    free: 5,
    door: 'identifier',
    proven: 'account',
    device: { row: closing('device'), windows: [{ per: 'device', limit: 10, windowMs: 15 * MINUTE }] },
  }),
  totp: codeGuess,
  sms: codeGuess,
  email: codeGuess,
  // 80 random bits: what one address guesses wrong must close the owner's way back to nobody else
  recovery_code: guess({ free: 10, door: 'identifier_ip', proven: 'account_ip', device: { row: doubling('device', 10), windows: [] } }),
  send_sms: messages(MINUTE, { perHour: 3, perDay: 5, perPrefix: 10 }, [
    [5, HOUR],
    [10, DAY],
  ]),
  send_email: messages(30 * SECOND, { perHour: 3, perDay: 10, perPrefix: 20 }, [[10, HOUR]]),
  // an account's session asks for a code to an address that is not its own yet: many accounts must not flood one mailbox
  new_address: everywhere({ per: 'identifier', limit: 3, windowMs: HOUR }, { per: 'identifier', limit: 10, windowMs: DAY }),
  approval_create: everywhere({ per: 'account', limit: 60, windowMs: HOUR }),
  // a passkey has nothing to guess and no account is counted, so that no stranger can stop its owner (INV-15)
  passkey_begin: everywhere({ per: 'ip', limit: 600, windowMs: MINUTE }),
  passkey_finish: everywhere({ per: 'ip', limit: 300, windowMs: MINUTE }),
  session_request: everywhere({ per: 'session', limit: 600, windowMs: MINUTE }),
  request: everywhere({ per: 'ip', limit: 300, windowMs: MINUTE }),
} as const satisfies Record<string, LimitRule>

export type LimitKind = keyof typeof LIMITS

/** High limits that only guard the CPU are counted by each process alone, all others in the database. */
export type MemoryKind = 'passkey_begin' | 'passkey_finish' | 'session_request' | 'request'
export type CountedKind = Exclude<LimitKind, MemoryKind>

/** A /48 gets this many times what one /64 gets. */
export const WIDE_PREFIX_FACTOR = 4

/**
 * How long a row of failures is remembered. Long, because "100 in a row" is the count that NIST 800-63B-4 §3.2.2 bounds: a window that
 * forgot would give a patient guesser a new hundred each time. Counters younger than this must survive `limits.purge`.
 */
export const FAILURE_MEMORY_MS = 90 * DAY
