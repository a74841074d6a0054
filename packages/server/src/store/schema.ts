import type { MethodName, SentMethod } from '../domain/methods.ts'
import type {
  Account,
  AccountId,
  CredentialId,
  IdentifierKind,
  Passkey,
  PasskeyStatus,
  ProofClass,
  SessionId,
  SessionKind,
} from '../domain/types.ts'
import type { ApprovalRow, AuthenticatorRow, FreezeLink, NewMessage, PayoutAddressRow, PreSession, RecoveryCodeRow } from './store.ts'

/** 0 or 1: both engines have it, and only one of them has booleans. */
export type Flag = 0 | 1

/**
 * Tables and columns in our spelling; Kysely's CamelCasePlugin writes them in snake case. `sealed` values are encrypted by `Seal`, and
 * listed in `sealed.ts`. A column that says "once clear" is empty but in rows of before migration 0003.
 */
export interface DB {
  account: AccountTable
  pendingSignUp: PendingSignUpTable
  identifier: IdentifierTable
  credential: CredentialTable
  authenticator: AuthenticatorTable
  recoveryCode: RecoveryCodeRow
  session: SessionTable
  evidence: EvidenceTable
  preSession: PreSessionTable
  stepUpGrant: StepUpGrantTable
  code: CodeTable
  usedChallenge: { id: string; expiresAt: number }
  pendingChange: PendingChangeTable
  approval: ApprovalTable
  payoutAddress: PayoutAddressTable
  outbox: OutboxTable
  freezeLink: FreezeLinkTable
  devInbox: { id: string; sealedMessage: Uint8Array; sentAt: number }
  event: EventTable
  eventDetail: EventDetailTable
  limitBucket: { key: string; count: number; windowStartedAt: number; blockedUntil: number | null }
  meta: { key: string; value: string }
}

export interface AccountTable extends Omit<Account, 'pauseReasons' | 'passkeyFirst' | 'messages'> {
  /** JSON; null where nothing was chosen */
  sealedMessages: Uint8Array | null
  /** JSON array */
  pauseReasons: string
  passkeyFirst: Flag
}

export interface PendingSignUpTable {
  id: string
  userHandle: Uint8Array
  kind: IdentifierKind
  sealedValue: Uint8Array
  verifiedAt: number | null
  createdAt: number
  expiresAt: number
}

export interface IdentifierTable {
  id: string
  accountId: AccountId
  kind: IdentifierKind
  blindIndex: Uint8Array
  sealedValue: Uint8Array
  verifiedAt: number
  createdAt: number
  supersededAt: number | null
}

export interface CredentialTable extends Omit<Passkey, 'transports' | 'flags' | 'uvInitialized' | 'backupEligible' | 'backupState'> {
  status: PasskeyStatus
  /** The owner's own name, null where there is none; `label` is once clear. */
  sealedLabel: Uint8Array | null
  /** JSON array */
  transports: string
  /** Words, each with a space before it: one expression adds or takes one away, in either engine. */
  flags: string
  uvInitialized: Flag
  backupEligible: Flag
  backupState: Flag
}

export interface AuthenticatorTable extends Omit<AuthenticatorRow, 'data'> {
  sealedData: Uint8Array
  /** Last TOTP time step that was used (INV-5). */
  lastStep: number | null
}

export interface SessionTable {
  id: SessionId
  tokenId: string
  secretHash: Uint8Array
  previousTokenId: string | null
  previousSecretHash: Uint8Array | null
  rotatedAt: number | null
  accountId: AccountId
  kind: SessionKind
  founding: Flag
  credentialId: CredentialId | null
  createdAt: number
  expiresAt: number
  lastSeenAt: number
  endedAt: number | null
  endedReason: string | null
  /** JSON: ip, userAgent */
  sealedClient: Uint8Array | null
  /** once clear */
  ip: string
  /** once clear */
  userAgent: string
  deviceId: string | null
}

/** Belongs to a session or to a pre-session. */
export interface EvidenceTable {
  id: string
  sessionId: SessionId | null
  preSessionId: string | null
  method: MethodName
  credentialId: CredentialId | null
  userVerified: Flag
  backupEligible: Flag
  at: number
  operation: string | null
  target: string | null
}

export interface PreSessionTable extends Omit<PreSession, 'identifierValue' | 'evidence'> {
  sealedIdentifier: Uint8Array | null
  /** `returnTo` is once clear. */
  sealedReturnTo: Uint8Array | null
}

export interface StepUpGrantTable {
  id: string
  sessionId: SessionId
  accountId: AccountId
  operation: string
  target: string | null
  method: MethodName
  credentialId: CredentialId | null
  proofClass: ProofClass | null
  createdAt: number
  expiresAt: number
  consumedAt: number | null
}

/** One row per owner and purpose, overwritten by the next code: "at most one is live" is the key itself. */
export interface CodeTable {
  owner: string
  purpose: string
  id: string
  operation: string | null
  target: string | null
  method: SentMethod
  sealedAddress: Uint8Array
  accountId: AccountId | null
  mac: Uint8Array | null
  failures: number
  createdAt: number
  expiresAt: number
  consumedAt: number | null
}

export interface PendingChangeTable {
  id: string
  accountId: AccountId
  operation: string
  target: string | null
  /** A change of address carries the new one. */
  sealedPayload: Uint8Array | null
  class: ProofClass
  sessionId: SessionId | null
  credentialId: CredentialId | null
  askedAt: number
  effectiveAt: number
  cancelledAt: number | null
  appliedAt: number | null
  remainingMs: number | null
  /** JSON of ids and times; null where it took nothing, or waits */
  was: string | null
}

/** `details`, `nonce`, `requestedIn`, `returnTo`, `decidedIn` and `proof` are once clear; `detailsHash` is a blind index of it since. */
export interface ApprovalTable extends ApprovalRow {
  /** JSON: details, their hash, nonce, requestedIn, returnTo */
  sealedRequest: Uint8Array | null
  /** JSON: decidedIn, proof; null until decided */
  sealedDecision: Uint8Array | null
}

/** `asset`, `network`, `address`, `memo` and `label` are once clear. */
export interface PayoutAddressTable extends PayoutAddressRow {
  /** JSON: asset, network, address, memo, label */
  sealedEntry: Uint8Array | null
  /** Of all that names the payee. */
  blindIndex: Uint8Array | null
}

export interface FreezeLinkTable extends Omit<FreezeLink, 'notice'> {
  /** JSON */
  sealedNotice: Uint8Array | null
}

export interface OutboxTable extends Omit<NewMessage, 'to' | 'params' | 'link'> {
  /** null once sent or given up */
  sealedTo: Uint8Array | null
  sealedParams: Uint8Array | null
  status: 'pending' | 'sent' | 'dead'
  tries: number
  nextTryAt: number
  sentAt: number | null
  lastError: string | null
}

export interface EventTable {
  id: string
  at: number
  accountId: AccountId | null
  sessionId: SessionId | null
  credentialId: CredentialId | null
  kind: string
  /** Canonical JSON without personal data; `detail_hash` commits to the row of `event_detail`, which may be erased. */
  body: string
}

export interface EventDetailTable {
  eventId: string
  /** JSON: ip, userAgent, label, salt */
  sealedDetail: Uint8Array | null
  /** once clear, as the rest */
  ip: string
  userAgent: string
  label: string | null
  salt: Uint8Array
}

export type Engine = 'sqlite' | 'postgres'
