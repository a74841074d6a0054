import { ANOMALIES, type Reactions } from './anomalies.ts'
import type { ProofClass } from './types.ts'

/**
 * Who may do what, with which proof, from when: the one table that code, pages, docs and tests read.
 * A cell says what happens at once: `now`; `pause` (now, and money pauses); `young` (now, but trusted only after its time);
 * `wait24`/`wait72` (after that many policy hours, cancellable); `money` (only its money half); `host` (the host's policy,
 * under its limit); `refused`.
 */
export type Cell = 'now' | 'pause' | 'young' | 'wait24' | 'wait72' | 'money' | 'host' | 'refused'

/** How fresh the proof must be: a live session; evidence of the class (age in minutes); or a new ceremony bound to operation and target. */
export type Freshness = { kind: 'live' } | { kind: 'evidence'; maxAgeMinutes: number } | { kind: 'ceremony' }

export type Group =
  | 'look'
  | 'add_passkey'
  | 'add'
  | 'replace'
  | 'remove_passkey'
  | 'lock'
  | 'money'
  | 'payout'
  | 'close'
  | 'unfreeze'
  | 'cancel'

interface GroupRow {
  trusted: Cell
  two_steps: Cell
  lesser: Cell
}

/** policy.md §4, row by row. */
export const GROUPS: Record<Group, GroupRow> = {
  look: { trusted: 'now', two_steps: 'now', lesser: 'now' },
  add_passkey: { trusted: 'now', two_steps: 'now', lesser: 'young' },
  add: { trusted: 'now', two_steps: 'now', lesser: 'wait72' },
  replace: { trusted: 'now', two_steps: 'pause', lesser: 'wait72' },
  remove_passkey: { trusted: 'now', two_steps: 'pause', lesser: 'wait72' },
  lock: { trusted: 'now', two_steps: 'money', lesser: 'refused' },
  money: { trusted: 'now', two_steps: 'host', lesser: 'refused' },
  payout: { trusted: 'wait24', two_steps: 'wait24', lesser: 'refused' },
  close: { trusted: 'wait24', two_steps: 'wait24', lesser: 'wait72' },
  unfreeze: { trusted: 'now', two_steps: 'wait24', lesser: 'wait72' },
  cancel: { trusted: 'now', two_steps: 'now', lesser: 'now' },
}

const live: Freshness = { kind: 'live' }
const ceremony: Freshness = { kind: 'ceremony' }
const evidence = (maxAgeMinutes: number): Freshness => ({ kind: 'evidence', maxAgeMinutes })

export interface OperationRow {
  group: Group
  freshness: Freshness
  /** One step is enough (policy.md §3: one step may look, sign out others and freeze). */
  oneStep?: true
  /** A ceremony all the same, where its target is the last active trusted passkey (policy.md §5). */
  ceremonyForLastTrusted?: true
  /** Removing the last trusted passkey pauses money for 24 h, whatever the proof (policy.md §4). */
  pausesForLastTrusted?: true
  /** It changes what the account consists of, at once or after a wait: `EFFECTS` says how. */
  changes?: true
  /** It moves money, for which the founding session is no proof (policy.md §3). */
  movesMoney?: true
  /** Of a frozen account too, and of one that is closing; nothing else is (policy.md §4). */
  whileFrozen?: true
  /** No flow asks for it yet. */
  planned?: true
}

/** Every operation on an account. A route that changes something names one of these; a test fails for a route without. */
export const OPERATIONS = {
  'account.read': { group: 'look', freshness: live, oneStep: true, whileFrozen: true },
  'passkey.rename': { group: 'look', freshness: evidence(15) },
  'passkey.keep': { group: 'look', freshness: evidence(15) },
  'account.passkey_first': { group: 'look', freshness: evidence(15) },
  'account.messages': { group: 'look', freshness: evidence(15) },
  'session.end': { group: 'look', freshness: evidence(15), oneStep: true, whileFrozen: true },
  'sessions.end_others': { group: 'look', freshness: evidence(5), oneStep: true, whileFrozen: true },
  'account.freeze': { group: 'look', freshness: evidence(5), oneStep: true },
  'passkey.suspend': { group: 'look', freshness: evidence(15), ceremonyForLastTrusted: true },
  'payout_address.remove': { group: 'look', freshness: evidence(15), changes: true },
  'passkey.add': { group: 'add_passkey', freshness: ceremony, changes: true },
  'totp.add': { group: 'add', freshness: ceremony, changes: true },
  'phone.add': { group: 'add', freshness: ceremony, changes: true },
  'email.add': { group: 'add', freshness: ceremony, changes: true },
  'recovery_codes.add': { group: 'add', freshness: ceremony, changes: true },
  'passkey.remove': { group: 'remove_passkey', freshness: ceremony, changes: true, pausesForLastTrusted: true },
  'passkey.reactivate': { group: 'replace', freshness: ceremony, changes: true },
  'password.change': { group: 'replace', freshness: ceremony, changes: true },
  'password.remove': { group: 'replace', freshness: ceremony, changes: true },
  'totp.replace': { group: 'replace', freshness: ceremony, changes: true },
  'totp.remove': { group: 'replace', freshness: ceremony, changes: true },
  'phone.replace': { group: 'replace', freshness: ceremony, changes: true },
  'phone.remove': { group: 'replace', freshness: ceremony, changes: true },
  'email.replace': { group: 'replace', freshness: ceremony, changes: true },
  'email.remove': { group: 'replace', freshness: ceremony, changes: true },
  'recovery_codes.replace': { group: 'replace', freshness: ceremony, changes: true },
  'payout_address.add': { group: 'payout', freshness: ceremony, changes: true, movesMoney: true },
  'approval.approve': { group: 'money', freshness: ceremony, movesMoney: true },
  'account.lock': { group: 'lock', freshness: ceremony },
  'account.close': { group: 'close', freshness: ceremony, changes: true },
  'account.unfreeze': { group: 'unfreeze', freshness: ceremony, changes: true, whileFrozen: true },
  'change.cancel': { group: 'cancel', freshness: ceremony, whileFrozen: true },
  'change.undo': { group: 'cancel', freshness: ceremony, whileFrozen: true },
} as const satisfies Record<string, OperationRow>

export type Operation = keyof typeof OPERATIONS

/** Operations that change what an account consists of. */
export type ChangingOperation = { [Op in Operation]: (typeof OPERATIONS)[Op] extends { changes: true } ? Op : never }[Operation]

/** Operations that a flow asks for. */
export type BuiltOperation = { [Op in Operation]: (typeof OPERATIONS)[Op] extends { planned: true } ? never : Op }[Operation]

const ROWS: Readonly<Record<Operation, OperationRow>> = OPERATIONS

export const isMoney = (operation: Operation): boolean => ROWS[operation].movesMoney === true
export const isChange = (text: string): text is ChangingOperation => isOperation(text) && ROWS[text].changes === true

/**
 * What an account is left that is frozen or closing: to look, to end sessions, to stop what waits, its own erasure among it, and to be
 * unfrozen (policy.md §4).
 */
export const worksFrozen = (operation: Operation): boolean => ROWS[operation].whileFrozen === true

const SETTINGS: ReadonlySet<Group> = new Set(['add_passkey', 'add', 'replace', 'remove_passkey', 'payout', 'close'])

/** What the owner's lock of settings stops: all that changes them. What protects, a cancel and a sign-in go on (policy.md §4). */
export const changesSettings = (operation: Operation): boolean => SETTINGS.has(ROWS[operation].group)

/** An operation that a flow asks for: others are refused by name. */
export const isBuilt = (text: string): text is BuiltOperation => isOperation(text) && ROWS[text].planned !== true

export const isOperation = (text: string): text is Operation => Object.hasOwn(OPERATIONS, text)

export type PresetName = 'product' | 'exchange' | 'strict'

/** Every value of a preset; each is a configuration key. Durations in milliseconds, already scaled. */
export interface Policy {
  /** Whether a password needs a second step even where the account has none on. */
  secondStep: 'offered' | 'demanded'
  /** An e-mail code counts as second step where neither authenticator app nor phone is on. */
  emailStep: boolean
  smsStep: boolean
  /** An e-mail code alone signs in. */
  emailSignIn: boolean
  /** A second factor must be on before a passkey can be made (O11). */
  passkeyNeedsSecondStep: boolean
  /** One policy hour: 3,600,000 ms, shorter in development. Pauses, trust clocks and waits count in it. */
  hourMs: number
  /** Every wait, trust clock and pause is multiplied by this (`strict` doubles them). */
  waitFactor: number
  /** Hours until a passkey added with a trusted passkey or two steps is trusted. */
  trustHours: number
  /** Hours until a passkey added with a lesser proof or by a recovery is trusted. */
  weakTrustHours: number
  /** Causes that pause money beside lesser changes and recoveries: 'two_steps' is any change made with two steps; else operations. */
  pauseOn: readonly ('two_steps' | Operation)[]
  /** The e-mail code alone opens a recovery of an account that has nothing but passkeys, after 72 policy hours. */
  mailRecovery: boolean
  sessionMaxMs: number
  sessionIdleMs: number
  /** When the first set of recovery codes is asked for. */
  recoveryCodes: 'offered' | 'asked' | 'demanded'
  attestation: 'none' | 'record'
  maxPasskeys: number
  staleAfterMs: number
  /** Days for which a device that passed the second step may skip it at sign-in; 0 switches that off. It proves nothing else. */
  trustedDeviceDays: number
  /** What is done about a use of a passkey that does not fit with what is known of it (N8). */
  onAnomaly: Reactions
}

const HOUR = 3_600_000
const DAY = 24 * HOUR

const product: Policy = {
  secondStep: 'offered',
  emailStep: true,
  smsStep: true,
  emailSignIn: false,
  passkeyNeedsSecondStep: false,
  hourMs: HOUR,
  waitFactor: 1,
  trustHours: 0,
  weakTrustHours: 72,
  pauseOn: [],
  mailRecovery: true,
  sessionMaxMs: 30 * DAY,
  sessionIdleMs: 7 * DAY,
  recoveryCodes: 'offered',
  attestation: 'none',
  maxPasskeys: 20,
  staleAfterMs: 180 * DAY,
  trustedDeviceDays: 30,
  onAnomaly: ANOMALIES,
}
const exchange: Policy = {
  ...product,
  secondStep: 'demanded',
  trustHours: 24,
  pauseOn: ['two_steps'],
  mailRecovery: false,
  recoveryCodes: 'asked',
}
const strict: Policy = {
  ...exchange,
  emailStep: false,
  smsStep: false,
  waitFactor: 2,
  sessionMaxMs: DAY,
  sessionIdleMs: HOUR,
  recoveryCodes: 'demanded',
  attestation: 'record',
  trustedDeviceDays: 0,
}

/** policy.md §8. */
export const PRESETS: Record<PresetName, Policy> = { product, exchange, strict }

/** What a decision means for the flow that asked. */
export type Decision =
  | { kind: 'now'; pauseMs: number }
  | { kind: 'young'; pauseMs: number }
  | { kind: 'wait'; waitMs: number; pauseMs: number }
  | { kind: 'money' }
  | { kind: 'host' }
  | { kind: 'refused' }

/**
 * Reads one cell of the table (policy.md §4) for an operation and a proof class.
 *
 * @param operation a row of `OPERATIONS`
 * @param proof the class of the proof that was just given
 * @returns what happens, with waits and pauses in milliseconds; `pauseMs` of a wait starts when the wait takes effect
 * @example decide('passkey.remove', 'lesser', policy) // { kind: 'wait', waitMs: 259_200_000, pauseMs: 259_200_000 }
 */
export function decide(operation: Operation, proof: ProofClass, policy: Policy): Decision {
  return DECISIONS[GROUPS[ROWS[operation].group][proof]](policy, policy.pauseOn.includes(operation) ? policyMs(24, policy) : 0)
}

/** What each cell means; `addedMs` is the pause of a cause that the host added. 72 h follow a lesser change when it takes effect. */
const DECISIONS: Record<Cell, (policy: Policy, addedMs: number) => Decision> = {
  now: (_, pauseMs) => ({ kind: 'now', pauseMs }),
  pause: (policy, addedMs) => ({ kind: 'now', pauseMs: policy.pauseOn.includes('two_steps') ? policyMs(24, policy) : addedMs }),
  young: (_, pauseMs) => ({ kind: 'young', pauseMs }),
  wait24: (policy, pauseMs) => ({ kind: 'wait', waitMs: policyMs(24, policy), pauseMs }),
  wait72: policy => ({ kind: 'wait', waitMs: policyMs(72, policy), pauseMs: policyMs(72, policy) }),
  money: () => ({ kind: 'money' }),
  host: () => ({ kind: 'host' }),
  refused: () => ({ kind: 'refused' }),
}

/** Hours of a wait, a trust clock or a pause in milliseconds: each of them counts like this (policy.md §2, §4, §8). */
export const policyMs = (hours: number, policy: Pick<Policy, 'hourMs' | 'waitFactor'>): number => hours * policy.hourMs * policy.waitFactor

/** Pause of money after a recovery (policy.md §7), in milliseconds. */
export const recoveryPauseMs = (policy: Policy): number => policyMs(72, policy)

/** What a recovery binds waits this long (policy.md §4, §7), in milliseconds; the mailbox alone waits as long before. */
export const recoveryWaitMs = (policy: Policy): number => policyMs(72, policy)

/** Pause of money when an operation takes the last trusted passkey, whatever the proof (policy.md §4), in milliseconds. */
export const lastTrustedPauseMs = (operation: Operation, policy: Policy): number =>
  ROWS[operation].pausesForLastTrusted ? policyMs(24, policy) : 0
