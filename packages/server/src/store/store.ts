import type { MethodName, SentMethod } from '../domain/methods.ts'
import type {
  Account,
  AccountFacts,
  AccountId,
  Client,
  CredentialId,
  Evidence,
  Identifier,
  IdentifierKind,
  Passkey,
  PasskeyStatus,
  PendingChange,
  ProofClass,
  Session,
  SessionId,
  Was,
} from '../domain/types.ts'
import type { SealedTable } from './sealed.ts'

/**
 * What flows may ask of a database, in our words. SQL lives behind this interface, and both engines pass the same
 * contract suite (`store.contract.ts`). Single-use things are taken by one conditional statement each.
 */
export interface Store {
  /**
   * Reads outside a transaction: the last committed state, whatever else is being read; what takes several statements (`facts`) shows
   * one moment. Never write through it.
   */
  readonly read: Tables
  /**
   * Runs `work` in one write transaction and returns its value; a throw rolls everything back.
   * `work` awaits nothing but `tx`. SQLite: BEGIN IMMEDIATE behind one writer queue for each file
   * and process, which all its stores share. PostgreSQL: READ COMMITTED, repeated on 40001 and 40P01.
   */
  transaction<T>(work: (tx: Tables) => Promise<T>): Promise<T>
  /**
   * The hot path: spends the challenge, records the use, opens the session, appends the event, all or nothing.
   * @returns 'signed_in', or which conditional statement found nothing
   */
  signInWithPasskey(row: PasskeySignIn): Promise<'signed_in' | 'replayed' | 'not_active'>
  /** Brings the schema up to date; safe to call at each start. */
  migrate(): Promise<void>
  /** Milliseconds that the database's clock is ahead of `now`; 0 for SQLite. */
  clockSkew(now: number): Promise<number>
  close(): Promise<void>
}

export interface PasskeySignIn {
  challenge: { id: string; expiresAt: number }
  use: PasskeyUse
  session: NewSession
  event: NewEvent
  messages: NewMessage[]
}

/** A credential record with what a sign-in asks about its account. */
export interface PasskeyOfAccount {
  passkey: Passkey
  account: Pick<Account, 'id' | 'userHandle' | 'status' | 'createdAt'>
  /** A change of the account waits, due or not; then the whole account has to be read. */
  changeWaits: boolean
}

/** What one verified assertion changes on its credential record. */
export interface PasskeyUse {
  id: CredentialId
  signCount: number
  backupState: boolean
  userVerified: boolean
  at: number
  /** "Chrome on Windows" */
  usedIn: string
  /** Flags to add, e.g. `counter`. */
  addFlags: string[]
}

export interface NewSession {
  id: SessionId
  tokenId: string
  secretHash: Uint8Array
  accountId: AccountId
  kind: 'full' | 'recovery'
  founding: boolean
  credentialId: CredentialId | null
  createdAt: number
  expiresAt: number
  client: Client
  evidence: Evidence[]
}

export interface SessionToken {
  tokenId: string
  secretHash: Uint8Array
}

/** A session found by a token, and which of its two tokens matched. */
export interface FoundSession {
  session: Session
  /** The account's status in the same read, so that no frozen account slips by. */
  accountStatus: Account['status']
  /** When a closing that was asked for takes effect; null where none waits. */
  closesAt: number | null
  secretHash: Uint8Array
  token: 'current' | 'previous'
  rotatedAt: number | null
}

export interface PendingSignUp {
  id: string
  userHandle: Uint8Array
  kind: IdentifierKind
  value: string
  verifiedAt: number | null
  createdAt: number
  expiresAt: number
}

/** First factor passed or an identifier typed; lives behind the anonymous cookie and is accepted by nothing but its own routes. */
export interface PreSession {
  /** SHA-256 of the anonymous cookie, base64url. */
  id: string
  purpose: 'sign_in' | 'sign_up' | 'recovery' | 'forgotten_password'
  /** null where the identifier belongs to nobody: the same pages, and no proof ever fits. */
  accountId: AccountId | null
  signUpId: string | null
  /** As typed, canonical; shown masked. */
  identifierKind: IdentifierKind | null
  identifierValue: string | null
  evidence: Evidence[]
  /** Where to go afterwards; already checked to be ours. */
  returnTo: string | null
  failures: number
  createdAt: number
  expiresAt: number
}

export interface GrantRow {
  id: string
  sessionId: SessionId
  accountId: AccountId
  /** An operation of the policy table. */
  operation: string
  target: string | null
  method: MethodName
  credentialId: CredentialId | null
  /** Set where an earlier ceremony covers this operation too: the class that it had, kept. Null computes it from the evidence. */
  proofClass: ProofClass | null
  createdAt: number
  expiresAt: number
}

/** One sent six-digit code. At most one is live per owner and purpose. */
export interface CodeRow {
  id: string
  /** 'session:<id>' | 'pre:<id>': who may redeem it. */
  owner: string
  purpose: string
  operation: string | null
  target: string | null
  method: SentMethod
  /** Where it was sent; encrypted at rest. */
  address: string
  accountId: AccountId | null
  /** HMAC-SHA-256 of the code under a key that is not in the database; null for a decoy that nothing matches. */
  mac: Uint8Array | null
  failures: number
  createdAt: number
  expiresAt: number
}

export interface AuthenticatorRow {
  id: string
  accountId: AccountId
  /** `email` and `phone` are only ever pending: an address that is being confirmed. */
  kind: 'password' | 'totp' | 'recovery_codes' | 'email' | 'phone'
  status: 'pending' | 'active' | 'must_change' | 'removed'
  /** Kind-specific, e.g. password hash or TOTP secret; encrypted at rest by the store. */
  data: Record<string, unknown>
  sessionId: SessionId | null
  createdAt: number
  expiresAt: number | null
  lastUsedAt: number | null
}

export interface RecoveryCodeRow {
  id: string
  setId: string
  accountId: AccountId
  /** First three characters: they find the row. */
  prefix: string
  /** HMAC-SHA-256 of the whole code under a key that is not in the database, with that key's id; of before: an argon2id PHC string */
  hash: string
  usedAt: number | null
}

export interface ApprovalRow {
  id: string
  accountId: AccountId
  action: string
  /** RFC 8785 canonical JSON, exactly what was hashed */
  details: string
  detailsHash: Uint8Array
  nonce: Uint8Array
  /** Short code people read out: "WD-7F3A-91C2" */
  reference: string
  status: 'created' | 'approved' | 'rejected' | 'voided' | 'consumed'
  requestedIn: string
  /** Session that asked, if any; approvals are decided by any session of the account. */
  sessionId: SessionId | null
  returnTo: string | null
  createdAt: number
  expiresAt: number
  decidedAt: number | null
  decidedIn: string | null
  method: string | null
  credentialId: CredentialId | null
  /** JSON of the signed evidence: clientDataJSON, authenticatorData, signature (base64url) */
  proof: string | null
  consumedAt: number | null
}

export interface PayoutAddressRow {
  id: string
  accountId: AccountId
  asset: string
  network: string
  address: string
  memo: string | null
  label: string
  createdAt: number
  effectiveAt: number
  removedAt: number | null
}

/** What carries a message. */
export type Channel = 'email' | 'sms'

export interface NewMessage {
  id: string
  accountId: AccountId | null
  channel: Channel
  /** encrypted at rest */
  to: string
  template: string
  /** Parameters of the template; encrypted at rest and wiped when sent. */
  params: Record<string, string | number | null>
  /** The link in it that freezes the account; written with it. */
  link?: FreezeLink | null
  createdAt: number
}

/** A link that freezes one account, and does nothing else (policy.md §4). */
export interface FreezeLink {
  /** SHA-256 of what stands in the link, base64url. */
  id: string
  accountId: AccountId
  /** Whose address it was sent to; null for one that was sent nowhere. */
  identifierId: string | null
  /** What the message told, in words of its template; encrypted at rest. */
  notice: { template: string; to: string; params: Record<string, string | number | null> } | null
  createdAt: number
  expiresAt: number
  usedAt: number | null
}

export interface OutboxRow extends Omit<NewMessage, 'link'> {
  /** Sealed under another key, or altered: `to` and `params` are empty, and it can never be sent. */
  unreadable?: true
  tries: number
  nextTryAt: number
}

export interface NewEvent {
  id: string
  at: number
  accountId: AccountId | null
  sessionId: SessionId | null
  credentialId: CredentialId | null
  kind: string
  /** Without personal data. */
  body: Record<string, string | number | boolean | null>
  detail: { ip: string; userAgent: string; label: string | null } | null
}
export interface EventRow extends NewEvent {}

/** A counter with a window and a back-off, shared by all nodes. */
export interface LimitRow {
  count: number
  windowStartedAt: number
  blockedUntil: number | null
}

export interface InboxMessage {
  id: string
  channel: Channel
  to: string
  subject: string
  text: string
  html: string | null
  sentAt: number
}

/** A row with sealed values, opened. */
export interface SealedRow {
  /** Its primary key, or what else names it. */
  key: string
  /** What else whoever rewrites it needs to know, in SQL spelling: `kind`, `operation`, `account_id`. */
  fields: Readonly<Record<string, unknown>>
  /** The key of each sealed value. */
  keyIds: number[]
  /** By column without `sealed_`; null where there is nothing, or it does not open. */
  values: Record<string, string | null>
  /** A value is under a key that we do not have, or was altered. */
  unreadable: boolean
}

/** Deletes at most `limit` rows that were over before that time. @returns how many */
export type Purge = (before: number, limit: number) => Promise<number>

export interface Tables {
  accounts: {
    insert(row: Account): Promise<void>
    /** The whole account; null when unknown. */
    facts(id: AccountId): Promise<AccountFacts | null>
    /** As `facts`, with the account row locked until the transaction ends. Only inside `transaction`. */
    lock(id: AccountId): Promise<AccountFacts | null>
    update(
      id: AccountId,
      set: Partial<
        Pick<
          Account,
          | 'status'
          | 'frozenAt'
          | 'pauseReasons'
          | 'lockedUntil'
          | 'lockScope'
          | 'lockedAt'
          | 'lockVia'
          | 'passkeyFirst'
          | 'messages'
          | 'checkedAt'
        >
      >,
    ): Promise<void>
    /** `money_paused_until = max(old, until)`, and the reason is added with its own end: a pause never gets shorter (INV-17). Those over by `now` go. */
    pauseMoney(id: AccountId, until: number, reason: string, now: number): Promise<void>
    /** The next accounts after that id in the order of their ids, at most `limit`; '' begins. Closed ones are left out. */
    page(after: AccountId, limit: number): Promise<AccountFacts[]>
    /** Closes it for good: nothing personal of it is left, only that it was, and what happened when (`ERASED` says of every column). */
    erase(id: AccountId): Promise<void>
    findByUserHandle(userHandle: Uint8Array): Promise<AccountId | null>
    count(): Promise<number>
  }
  signUps: {
    insert(row: PendingSignUp): Promise<void>
    find(id: string): Promise<PendingSignUp | null>
    verify(id: string, at: number): Promise<void>
    /** Deletes and returns it: the account is made by whoever gets it. */
    take(id: string, now: number): Promise<PendingSignUp | null>
    /** Deletes those that expired before. */
    purge: Purge
  }
  identifiers: {
    /** @throws Problem `identifier_taken` when an account already holds it (unique blind index) */
    insert(row: Identifier): Promise<void>
    /** The account that holds the address now; superseded ones do not count. */
    find(kind: IdentifierKind, value: string): Promise<Identifier | null>
    supersede(id: string, at: number): Promise<void>
    /** A superseded one is in use again. @returns false where it is gone. @throws Problem `identifier_taken` as `insert` */
    restore(id: string): Promise<boolean>
    /** Those in use whose id comes after, in the order of ids. */
    listInUse(after: string, limit: number): Promise<Identifier[]>
    /** Writes the value anew. @returns false where another row in use holds it already; then nothing is changed */
    respell(row: Identifier, value: string): Promise<boolean>
    /** Deletes those superseded before. */
    purge: Purge
  }
  passkeys: {
    /** @throws Problem `passkey_exists` when the id is known for any account, removed ones included (INV-4) */
    insert(row: Passkey): Promise<void>
    find(id: CredentialId): Promise<Passkey | null>
    /** All that most sign-ins ask, in one prepared read: the passkey and its account. */
    forSignIn(id: CredentialId): Promise<PasskeyOfAccount | null>
    /** @param among the statuses in which it may sign here; false in any other */
    recordUse(use: PasskeyUse, among?: readonly PasskeyStatus[]): Promise<boolean>
    rename(accountId: AccountId, id: CredentialId, label: string | null): Promise<boolean>
    reviewed(accountId: AccountId, id: CredentialId, at: number): Promise<boolean>
    suspend(accountId: AccountId, id: CredentialId, at: number, via: ProofClass): Promise<boolean>
    /** `trustedAt` is given anew: a young passkey's clock stood still while suspended. */
    reactivate(accountId: AccountId, id: CredentialId, trustedAt: number): Promise<boolean>
    /** Young ones that work keep what they still have to wait; the others are left as they are. */
    stopClocks(accountId: AccountId, at: number): Promise<void>
    /** Young ones that work wait longer by this. */
    delayClocks(accountId: AccountId, byMs: number, at: number): Promise<void>
    /** Goes on, or begins anew. */
    startClock(accountId: AccountId, id: CredentialId, trustedAt: number): Promise<boolean>
    /**
     * The first verified use of a passkey that was made silently: it needs none any more, and its trust is counted from here.
     * @returns false for any other, and where another use was the first
     */
    firstUsed(accountId: AccountId, id: CredentialId, trustedAt: number): Promise<boolean>
    remove(accountId: AccountId, id: CredentialId, at: number, via: ProofClass): Promise<boolean>
    /** A removed one is suspended, since it stopped working: an undo gives it back. */
    restore(accountId: AccountId, id: CredentialId): Promise<boolean>
    countAll(): Promise<number>
    /** rp ids in use by active passkeys */
    rpIds(): Promise<string[]>
  }
  authenticators: {
    insert(row: AuthenticatorRow): Promise<void>
    find(accountId: AccountId, kind: AuthenticatorRow['kind'], status: AuthenticatorRow['status']): Promise<AuthenticatorRow | null>
    get(accountId: AccountId, id: string): Promise<AuthenticatorRow | null>
    setStatus(id: string, status: AuthenticatorRow['status']): Promise<void>
    /** A removed one is in force again. @returns false where it is gone */
    restore(id: string, status: 'active' | 'must_change'): Promise<boolean>
    setData(id: string, data: Record<string, unknown>): Promise<void>
    /**
     * Removes all of the kind in that status (e.g. older pending set-ups).
     *
     * @param keptUntil so long what was in force can be given back; left out, it is over at once
     */
    removeAll(accountId: AccountId, kind: AuthenticatorRow['kind'], status: AuthenticatorRow['status'], keptUntil?: number): Promise<void>
    /**
     * Conditional: the step must be later than the last used one (INV-5), and the app in that status.
     *
     * @returns false on a replay
     */
    useTotpStep(id: string, step: number, at: number, status: AuthenticatorRow['status']): Promise<boolean>
    insertRecoveryCodes(rows: RecoveryCodeRow[]): Promise<void>
    findRecoveryCodes(setId: string, prefix: string): Promise<RecoveryCodeRow[]>
    /** Whether an unused code in force, anybody's, has an argon2id hash. */
    hasSlowRecoveryCodes(): Promise<boolean>
    /** Unused codes after that row id, at most `limit`; '' begins. */
    pageRecoveryCodes(after: string, limit: number): Promise<Pick<RecoveryCodeRow, 'id' | 'hash'>[]>
    /** @returns false when already used, or its set has another status */
    useRecoveryCode(id: string, at: number, setStatus?: AuthenticatorRow['status']): Promise<boolean>
    /** Deletes set-ups that were never finished and expired before, and what was removed and is kept no longer, with its codes. */
    purge: Purge
  }
  sessions: {
    insert(row: NewSession): Promise<void>
    find(tokenId: string): Promise<FoundSession | null>
    get(id: SessionId): Promise<Session | null>
    /** Live sessions of the account, newest use first. */
    list(accountId: AccountId, now: number): Promise<Session[]>
    addEvidence(id: SessionId, evidence: Evidence): Promise<void>
    /** The new token becomes current, the old one previous. */
    rotate(id: SessionId, token: SessionToken, at: number): Promise<void>
    touch(id: SessionId, at: number): Promise<void>
    end(accountId: AccountId, id: SessionId, at: number, reason: string): Promise<boolean>
    /** Ends all live sessions but `keep`. @returns how many */
    endAll(accountId: AccountId, keepSession: SessionId | null, at: number, reason: string): Promise<number>
    /**
     * Takes the evidence of a removed method from every session, and from those that it leaves (not `keep`) the grants and set-ups that
     * rested on it; ends those (not `keep`) with none left, recoveries that lost one of their proofs, and those that the passkey opened.
     *
     * @returns ended ids
     */
    withdrawEvidence(
      accountId: AccountId,
      by: { credentialId: CredentialId } | { method: MethodName },
      keepSession: SessionId | null,
      at: number,
      reason: string,
    ): Promise<SessionId[]>
    /** Deletes those that ended or expired before, with their evidence. */
    purge: Purge
  }
  preSessions: {
    put(row: PreSession): Promise<void>
    find(id: string, now: number): Promise<PreSession | null>
    addEvidence(id: string, evidence: Evidence): Promise<void>
    fail(id: string): Promise<number>
    take(id: string, now: number): Promise<PreSession | null>
    remove(id: string): Promise<void>
    /** Deletes those that expired before, with their evidence. */
    purge: Purge
  }
  grants: {
    insert(row: GrantRow): Promise<void>
    /** The newest live grant of the session for exactly this operation and target; not consumed. */
    find(sessionId: SessionId, operation: string, target: string | null, now: number): Promise<GrantRow | null>
    /** Consumes it: one conditional statement. @returns false when somebody else did */
    consume(id: string, at: number): Promise<boolean>
    /** Deletes those that expired before, used or not. */
    purge: Purge
  }
  codes: {
    /** Voids every live code of the same owner and purpose; carries their failure count over (INV-5). */
    issue(row: CodeRow): Promise<void>
    findLive(owner: string, purpose: string, now: number): Promise<CodeRow | null>
    /** Counts a wrong try. @returns failures so far; at 5 the code is void */
    fail(id: string): Promise<number>
    /** Consumes it: one conditional statement. */
    consume(id: string, at: number): Promise<boolean>
    /** Deletes those that expired before, redeemed or not. */
    purge: Purge
  }
  challenges: {
    /** A unique row: @returns false when it was spent before (INV-3). */
    spend(id: string, expiresAt: number): Promise<boolean>
    /** Deletes those that expired before: nobody takes them for valid any more. */
    purge: Purge
  }
  changes: {
    insert(row: PendingChange): Promise<void>
    get(accountId: AccountId, id: string): Promise<PendingChange | null>
    /** Operations of the waits that are over by now; one that stands still is not. */
    due(accountId: AccountId, now: number): Promise<string[]>
    /** Accounts in which a wait for one of these operations is over by now, the longest over first; at most `limit`. */
    dueAccounts(operations: readonly string[], now: number, limit: number): Promise<AccountId[]>
    /** All that wait stand still, but those for these operations: what remains of each is kept. */
    stopAll(accountId: AccountId, at: number, but: readonly string[]): Promise<void>
    /** All that wait, but those for these operations, take effect later by this; not what stands still anyway. */
    delayAll(accountId: AccountId, byMs: number, but: readonly string[]): Promise<void>
    /** One that stood still goes on, until then. */
    goOn(id: string, effectiveAt: number): Promise<boolean>
    cancel(id: string, at: number): Promise<boolean>
    /** Conditional, so that a change takes effect once. */
    markApplied(id: string, at: number): Promise<boolean>
    /** What it took when it took effect. */
    setWas(id: string, was: Was): Promise<void>
    /** Those that took effect from that time on and changed a factor, in their order. */
    applied(accountId: AccountId, since: number): Promise<PendingChange[]>
    /** Deletes those that were applied or cancelled before; what waits stays. */
    purge: Purge
  }
  approvals: {
    insert(row: ApprovalRow): Promise<void>
    get(id: string): Promise<ApprovalRow | null>
    /** created → approved or rejected, conditional on status, details hash and expiry. */
    decide(
      id: string,
      detailsHash: Uint8Array,
      set: {
        status: 'approved' | 'rejected'
        at: number
        decidedIn: string
        method: string
        credentialId: CredentialId | null
        proof: string | null
      },
    ): Promise<boolean>
    /** approved → consumed, once, for the same account and details. */
    consume(id: string, accountId: AccountId, detailsHash: Uint8Array, at: number): Promise<boolean>
    /** created or approved, not consumed → voided, e.g. when a factor is removed. `by` null voids all of the account. */
    voidAll(accountId: AccountId, by: CredentialId | null): Promise<number>
    list(accountId: AccountId, limit: number): Promise<ApprovalRow[]>
    /** Deletes those that expired before and that nobody decided; a signed decision stays. */
    purge: Purge
  }
  payoutAddresses: {
    insert(row: PayoutAddressRow): Promise<void>
    find(accountId: AccountId, asset: string, network: string, address: string, memo: string | null): Promise<PayoutAddressRow | null>
    list(accountId: AccountId): Promise<PayoutAddressRow[]>
    remove(accountId: AccountId, id: string, at: number): Promise<boolean>
  }
  outbox: {
    insert(row: NewMessage): Promise<void>
    /** Leases up to `limit` due messages until `now + leaseMs`. */
    lease(now: number, leaseMs: number, limit: number): Promise<OutboxRow[]>
    /** Sent: parameters and recipient are wiped. */
    sent(id: string, at: number): Promise<void>
    failed(id: string, nextTryAt: number | null, error: string): Promise<void>
    pending(): Promise<number>
    /** Deletes what was made before and is sent or given up. */
    purge: Purge
  }
  inbox: {
    insert(row: InboxMessage): Promise<void>
    list(limit: number): Promise<InboxMessage[]>
    clear(): Promise<void>
    /** Deletes what arrived before. */
    purge: Purge
  }
  freezeLinks: {
    insert(row: FreezeLink): Promise<void>
    find(id: string): Promise<FreezeLink | null>
    /** One conditional statement: once, and before it expires. */
    use(id: string, at: number): Promise<boolean>
    /** Whether a link that was sent to this address was used after that time. */
    usedSince(accountId: AccountId, identifierId: string, since: number): Promise<boolean>
    /** None of those made until now freezes any more. */
    endAll(accountId: AccountId, at: number): Promise<void>
    /** Deletes those made before. */
    purge: Purge
  }
  events: {
    insert(row: NewEvent): Promise<void>
    /** Newest first, those after `before` in that order: the last one of the page before. */
    list(accountId: AccountId, before: Pick<EventRow, 'id' | 'at'> | null, limit: number): Promise<EventRow[]>
    /** How often each passkey did something of a kind, and when last; those that never did are left out. */
    uses(accountId: AccountId, kind: string): Promise<{ credentialId: CredentialId; count: number; lastAt: number }[]>
  }
  limits: {
    /**
     * Counts one hit in a fixed window, atomically. @returns the row after counting
     */
    hit(key: string, windowMs: number, now: number): Promise<LimitRow>
    get(key: string): Promise<LimitRow | null>
    block(key: string, until: number): Promise<void>
    /**
     * Takes one hit back out of the window that it was counted in; nothing where that is over. A block ends with it that it had set, or
     * that stands on fewer than `free` hits by now.
     */
    giveBack(key: string, hit: { windowStartedAt: number; blockedUntil: number | null; free: number }): Promise<void>
    reset(key: string): Promise<void>
    /** Deletes those whose window began before and that block nobody since. */
    purge: Purge
  }
  clearRows: {
    /** Seals at most `limit` rows that a release before sealed columns wrote. @returns how many; 0 when there are none left */
    seal(limit: number): Promise<number>
  }
  /** Every sealed value, for a change of keys. */
  sealedRows: {
    /** The next rows after that row key, at most `limit`; '' begins. */
    page(table: SealedTable, after: string, limit: number): Promise<SealedRow[]>
    /** As `page`, locked until the transaction ends; leaves out those that somebody else holds. */
    lockPage(table: SealedTable, after: string, limit: number): Promise<SealedRow[]>
    /** Seals the values under the key of today, and makes their blind index anew. @returns false where the row is gone, or its index taken */
    rewrite(table: SealedTable, row: SealedRow, values: Readonly<Record<string, string | null>>): Promise<boolean>
  }
  meta: {
    get(key: string): Promise<string | null>
    set(key: string, value: string): Promise<void>
    /** Writes it where there is none; false where there is one. */
    add(key: string, value: string): Promise<boolean>
    list(prefix: string): Promise<{ key: string; value: string }[]>
    remove(key: string): Promise<void>
  }
}
