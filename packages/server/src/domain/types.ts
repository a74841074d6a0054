import type { MethodName } from './methods.ts'

/** The nouns of Latchkey. Times are integer milliseconds since the epoch and end in `At`; durations say their unit. */

declare const brand: unique symbol
type Branded<T, Name extends string> = T & { readonly [brand]: Name }

export type AccountId = Branded<string, 'AccountId'>
export type SessionId = Branded<string, 'SessionId'>
/** A WebAuthn credential id in base64url (WebAuthn L3 §5.1, `id`). */
export type CredentialId = Branded<string, 'CredentialId'>

export type IdentifierKind = 'email' | 'phone'

/** How good a proof is for one account (policy.md §3): trusted passkey; two steps without one; two steps beside one. */
export type ProofClass = 'trusted' | 'two_steps' | 'lesser'

export interface Account {
  id: AccountId
  /** 64 random bytes, the `user.id` of every passkey of this account (WebAuthn L3 §5.4.3); never changes. */
  userHandle: Uint8Array
  status: 'active' | 'frozen' | 'closing' | 'closed'
  createdAt: number
  frozenAt: number | null
  /** Approvals are refused until then; null when nothing pauses money. Only ever moves later. */
  moneyPausedUntil: number | null
  /** Why, newest last; each with its own end. */
  pauseReasons: PauseReason[]
  /** The owner's own lock of money, settings or both (policy.md §4); over or not. Nobody shortens it, its owner included. */
  lockedUntil: number | null
  lockScope: LockScope | null
  /** Since when it stands; a lengthened one since its beginning. */
  lockedAt: number | null
  lockVia: ProofClass | null
  /** "Use my passkey first" on the security page. */
  passkeyFirst: boolean
  messages: MessageSettings
  /** When its owner last went through the security checkup. */
  checkedAt: number | null
}

/** How an owner's messages look. */
export interface MessageSettings {
  /** IANA name of the zone in which times are written; null is UTC. */
  zone: string | null
  /** The owner's anti-phishing phrase: who sends it is us. Shown on no page. */
  phrase: string | null
}

export type LockScope = 'money' | 'settings' | 'both'

/** One cause of a pause: an operation, or `recovery`. */
export interface PauseReason {
  reason: string
  until: number
}

export interface Identifier {
  id: string
  accountId: AccountId
  kind: IdentifierKind
  /** Canonical value: lower-cased e-mail address, or E.164 phone number. */
  value: string
  verifiedAt: number
  createdAt: number
  /** Set when replaced or removed: keeps its notices for 72 h, signs nobody in. */
  supersededAt: number | null
}

export type PasskeyStatus = 'active' | 'suspended' | 'removed'
/** `not_discoverable`: its client said `credProps.rk: false` (WebAuthn L3 §10.1.3), so that it signs only where it is named. */
export type PasskeyFlag = 'counter' | 'needs_first_use' | 'not_discoverable'

/** A credential record (WebAuthn L3 §4) and what we know about its life. */
export interface Passkey {
  id: CredentialId
  accountId: AccountId
  rpId: string
  publicKey: Uint8Array
  algorithm: number
  signCount: number
  aaguid: string
  transports: string[]
  uvInitialized: boolean
  backupEligible: boolean
  backupState: boolean
  attestationFormat: string
  attachment: 'platform' | 'cross-platform' | null
  /** The owner's own words; null shows the automatic name. */
  label: string | null
  /** Given at creation from AAGUID and platform, with a number when taken: "iCloud Keychain 2". */
  autoLabel: string
  status: PasskeyStatus
  flags: PasskeyFlag[]
  createdAt: number
  /** "Chrome on Windows" */
  createdIn: string
  /** The class of the proof that added it; 'founding' in the founding session; by a recovery, with the class that it counted as. */
  createdVia: ProofClass | 'founding' | 'recovery_two_steps' | 'recovery_lesser'
  createdSessionId: SessionId | null
  /** From then on it may approve; before, it is young (policy.md §2). */
  trustedAt: number
  /** While the account is frozen, what a young one still has to wait: its clock stands still. Null otherwise. */
  trustLeftMs: number | null
  lastUsedAt: number | null
  lastUsedIn: string | null
  /** The owner said "still mine" on a stale entry. */
  reviewedAt: number | null
  suspendedAt: number | null
  removedAt: number | null
  /** The class that suspended or removed it; a trusted passkey removed with a lesser proof counts as had for 72 h. */
  endedVia: ProofClass | null
}

export interface Password {
  id: string
  changedAt: number
  mustChange: boolean
  /** Claims of devices to skip the second step that were made by then are void, but for the device that ended the others (F36). */
  trustEnded?: { at: number; keptDevice: string | null }
}
export interface Totp {
  id: string
  createdAt: number
  lastUsedAt: number | null
}
export interface RecoveryCodeSet {
  id: string
  createdAt: number
  /** The session that made them; null for what is older than sessions' names. They prove nothing in it. */
  madeIn?: SessionId | null
  left: number
  /** The owner ticked "I saved these codes". */
  savedAt: number | null
}

export interface PendingChange {
  id: string
  accountId: AccountId
  operation: string
  target: string | null
  payload: string | null
  class: ProofClass
  sessionId: SessionId | null
  credentialId: CredentialId | null
  askedAt: number
  effectiveAt: number
  cancelledAt: number | null
  appliedAt: number | null
  /** While frozen, what remains of the wait; null otherwise. */
  remainingMs: number | null
  /** What it put something else in place of, when it took effect; null before, and for what changes no factor. */
  was: Was | null
}

/** One factor as it stood before a change, by the ids of its rows: what an undo gives back (policy.md §4). */
export type Was =
  | { slot: 'password'; had: Pick<Password, 'id' | 'changedAt' | 'mustChange'> | null }
  | { slot: 'totp'; had: Totp | null }
  | { slot: 'recovery_codes'; had: RecoveryCodeSet | null }
  | { slot: 'email'; had: string[] }
  | { slot: 'phone'; had: string[] }
  | { slot: 'passkey'; had: Pick<Passkey, 'id' | 'status' | 'suspendedAt' | 'endedVia'> }

/** One account with everything that rules ask about; read in one transaction under the account's row lock. */
export interface AccountFacts {
  account: Account
  identifiers: Identifier[]
  /** Active and suspended ones, and those removed within the last 72 h. Oldest first. */
  passkeys: Passkey[]
  password: Password | null
  totp: Totp | null
  recoveryCodes: RecoveryCodeSet | null
  pending: PendingChange[]
}

/** One proof that happened (policy.md §1). Strength is computed from these and stored nowhere. */
export interface Evidence {
  method: MethodName
  credentialId: CredentialId | null
  /** Only a passkey verifies its user: false for all other methods. */
  userVerified: boolean
  backupEligible: boolean
  at: number
  /** Set on the evidence of a ceremony: the operation and target that it was made for. */
  operation: string | null
  target: string | null
}

/** What an account is that stands still. A full session of it is of this kind for whoever looks it up: it reaches a calm page and nothing else. */
export type CalmKind = 'frozen' | 'closing'

export type SessionKind = 'full' | 'recovery' | CalmKind

export interface Session {
  id: SessionId
  accountId: AccountId
  kind: SessionKind
  createdAt: number
  expiresAt: number
  lastSeenAt: number
  endedAt: number | null
  endedReason: string | null
  /** The session that made the account; as good as a trusted passkey for its own account in its first hour. */
  founding: boolean
  /** The passkey that opened it. */
  credentialId: CredentialId | null
  ip: string
  userAgent: string
  deviceId: string | null
  evidence: Evidence[]
}

/** Where a request came from, as far as we may trust it. */
export interface Client {
  /** Canonical text form of the address. */
  ip: string
  userAgent: string
  /** Random id of this browser from the signed device cookie; null before the first sign-in. */
  deviceId: string | null
}
