import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { Account, AccountId, Client, CredentialId, Evidence, Identifier, Passkey, PendingChange, SessionId } from '../domain/types.ts'
import type {
  ApprovalRow,
  AuthenticatorRow,
  CodeRow,
  FreezeLink,
  GrantRow,
  NewEvent,
  NewMessage,
  NewSession,
  PasskeySignIn,
  PasskeyUse,
  PayoutAddressRow,
  PendingSignUp,
  PreSession,
  RecoveryCodeRow,
  Store,
  Tables,
} from './store.ts'

/** What a contract works on: two stores on one database, as two processes would have. */
export interface Stores {
  one: Store
  two: Store
}

/** An arbitrary moment that all rows are relative to. */
export const T0 = 1_900_000_000_000
export const HOUR = 3_600_000

export const bytes = (length: number): Uint8Array => new Uint8Array(randomBytes(length))
export const sha256 = (text: string): Uint8Array => new Uint8Array(createHash('sha256').update(text).digest())
export const uid = (): string => randomUUID()
export const accountId = (): AccountId => uid() as AccountId
export const credentialId = (): CredentialId => Buffer.from(bytes(16)).toString('base64url') as CredentialId
export const sessionId = (): SessionId => uid() as SessionId

export const CLIENT: Client = { ip: '192.0.2.7', userAgent: 'Contract/1.0', deviceId: 'device-1' }

/** Runs `work` in a transaction; most tests write one thing. */
export const write = <T>({ one }: Stores, work: (tx: Tables) => Promise<T>): Promise<T> => one.transaction(work)

export const account = (over: Partial<Account> = {}): Account => ({
  id: accountId(),
  userHandle: bytes(64),
  status: 'active',
  createdAt: T0,
  frozenAt: null,
  messages: { zone: null, phrase: null },
  checkedAt: null,
  moneyPausedUntil: null,
  pauseReasons: [],
  lockedUntil: null,
  lockScope: null,
  lockedAt: null,
  lockVia: null,
  passkeyFirst: true,
  ...over,
})

export const identifier = (owner: AccountId, over: Partial<Identifier> = {}): Identifier => ({
  id: uid(),
  accountId: owner,
  kind: 'email',
  value: `${uid()}@example.com`,
  verifiedAt: T0,
  createdAt: T0,
  supersededAt: null,
  ...over,
})

export const passkey = (owner: AccountId, over: Partial<Passkey> = {}): Passkey => ({
  id: credentialId(),
  accountId: owner,
  rpId: 'example.com',
  publicKey: bytes(77),
  algorithm: -7,
  signCount: 4_000_000_000,
  aaguid: '00000000-0000-0000-0000-000000000000',
  transports: ['internal', 'hybrid'],
  uvInitialized: false,
  backupEligible: true,
  backupState: false,
  attestationFormat: 'none',
  attachment: 'platform',
  label: null,
  autoLabel: 'iCloud Keychain',
  status: 'active',
  flags: [],
  createdAt: T0,
  createdIn: 'Safari on macOS',
  createdVia: 'founding',
  createdSessionId: null,
  trustedAt: T0,
  trustLeftMs: null,
  lastUsedAt: null,
  lastUsedIn: null,
  reviewedAt: null,
  suspendedAt: null,
  removedAt: null,
  endedVia: null,
  ...over,
})

export const evidence = (over: Partial<Evidence> = {}): Evidence => ({
  method: 'passkey',
  credentialId: null,
  userVerified: true,
  backupEligible: true,
  at: T0,
  operation: null,
  target: null,
  ...over,
})

export const session = (owner: AccountId, over: Partial<NewSession> = {}): NewSession => ({
  id: sessionId(),
  tokenId: uid(),
  secretHash: sha256(uid()),
  accountId: owner,
  kind: 'full',
  founding: false,
  credentialId: null,
  createdAt: T0,
  expiresAt: T0 + 24 * HOUR,
  client: CLIENT,
  evidence: [evidence()],
  ...over,
})

export const authenticator = (owner: AccountId, over: Partial<AuthenticatorRow> = {}): AuthenticatorRow => ({
  id: uid(),
  accountId: owner,
  kind: 'totp',
  status: 'active',
  data: { secret: 'JBSWY3DP' },
  sessionId: null,
  createdAt: T0,
  expiresAt: null,
  lastUsedAt: null,
  ...over,
})

export const recoveryCode = (owner: AccountId, setId: string, over: Partial<RecoveryCodeRow> = {}): RecoveryCodeRow => ({
  id: uid(),
  setId,
  accountId: owner,
  prefix: 'ABC',
  hash: 'hmac-sha256.1.…',
  usedAt: null,
  ...over,
})

export const signUp = (over: Partial<PendingSignUp> = {}): PendingSignUp => ({
  id: uid(),
  userHandle: bytes(64),
  kind: 'email',
  value: 'new@example.com',
  verifiedAt: null,
  createdAt: T0,
  expiresAt: T0 + HOUR,
  ...over,
})

export const preSession = (over: Partial<PreSession> = {}): PreSession => ({
  id: uid(),
  purpose: 'sign_in',
  accountId: null,
  signUpId: null,
  identifierKind: 'email',
  identifierValue: 'a@example.com',
  evidence: [],
  returnTo: '/security',
  failures: 0,
  createdAt: T0,
  expiresAt: T0 + HOUR,
  ...over,
})

export const grant = (over: Partial<GrantRow> = {}): GrantRow => ({
  id: uid(),
  sessionId: sessionId(),
  accountId: accountId(),
  operation: 'passkey.remove',
  target: null,
  proofClass: null,
  method: 'passkey',
  credentialId: null,
  createdAt: T0,
  expiresAt: T0 + 300_000,
  ...over,
})

export const code = (over: Partial<CodeRow> = {}): CodeRow => ({
  id: uid(),
  owner: `session:${uid()}`,
  purpose: 'step_up',
  operation: null,
  target: null,
  method: 'email',
  address: 'a@example.com',
  accountId: null,
  mac: bytes(32),
  failures: 0,
  createdAt: T0,
  expiresAt: T0 + 600_000,
  ...over,
})

export const change = (owner: AccountId, over: Partial<PendingChange> = {}): PendingChange => ({
  id: uid(),
  accountId: owner,
  operation: 'identifier.change',
  target: null,
  payload: '{"value":"new@example.com"}',
  class: 'lesser',
  sessionId: null,
  credentialId: null,
  askedAt: T0,
  effectiveAt: T0 + 72 * HOUR,
  cancelledAt: null,
  appliedAt: null,
  remainingMs: null,
  was: null,
  ...over,
})

export const approval = (owner: AccountId, over: Partial<ApprovalRow> = {}): ApprovalRow => ({
  id: uid(),
  accountId: owner,
  action: 'withdrawal',
  details: '{"amount":"1.5","asset":"BTC"}',
  detailsHash: sha256('details'),
  nonce: bytes(32),
  reference: 'WD-7F3A-91C2',
  status: 'created',
  requestedIn: 'Chrome on Windows',
  sessionId: null,
  returnTo: null,
  createdAt: T0,
  expiresAt: T0 + 300_000,
  decidedAt: null,
  decidedIn: null,
  method: null,
  credentialId: null,
  proof: null,
  consumedAt: null,
  ...over,
})

export const payoutAddress = (owner: AccountId, over: Partial<PayoutAddressRow> = {}): PayoutAddressRow => ({
  id: uid(),
  accountId: owner,
  asset: 'BTC',
  network: 'bitcoin',
  address: 'bc1qexample',
  memo: null,
  label: 'Cold storage',
  createdAt: T0,
  effectiveAt: T0 + 24 * HOUR,
  removedAt: null,
  ...over,
})

export const message = (over: Partial<NewMessage> = {}): NewMessage => ({
  id: uid(),
  accountId: null,
  channel: 'email',
  to: 'secret-recipient@example.com',
  template: 'code',
  params: { code: '493021', minutes: 10, place: null },
  createdAt: T0,
  ...over,
})

/** A link that was sent in a notice. */
export const freezeLink = (owner: AccountId, over: Partial<FreezeLink> = {}): FreezeLink => ({
  id: uid(),
  accountId: owner,
  identifierId: uid(),
  notice: { template: 'passkey_created', to: 's•••@example.com', params: { name: 'secret-name', at: T0, place: null } },
  createdAt: T0,
  expiresAt: T0 + 100,
  usedAt: null,
  ...over,
})

export const event = (over: Partial<NewEvent> = {}): NewEvent => ({
  id: uid(),
  at: T0,
  accountId: null,
  sessionId: null,
  credentialId: null,
  kind: 'signed_in',
  body: { method: 'passkey', strong: true, tries: 1, reason: null },
  detail: { ip: CLIENT.ip, userAgent: CLIENT.userAgent, label: null },
  ...over,
})

export const use = (id: CredentialId, over: Partial<PasskeyUse> = {}): PasskeyUse => ({
  id,
  signCount: 4_000_000_001,
  backupState: true,
  userVerified: true,
  at: T0 + 1,
  usedIn: 'Chrome on Windows',
  addFlags: [],
  ...over,
})

export const signInRow = (owner: AccountId, id: CredentialId, over: Partial<PasskeySignIn> = {}): PasskeySignIn => ({
  challenge: { id: uid(), expiresAt: T0 + 300_000 },
  use: use(id),
  session: session(owner, { credentialId: id, evidence: [evidence({ credentialId: id })] }),
  event: event({ accountId: owner, credentialId: id }),
  messages: [message({ accountId: owner })],
  ...over,
})

export interface Owner {
  id: AccountId
  passkeys: Passkey[]
}

/** An account with so many passkeys, committed. */
export async function accountWithPasskeys(stores: Stores, count: number): Promise<Owner> {
  const [owner] = await accountsWithPasskeys(stores, 1, count)
  return owner!
}

/** Accounts with so many passkeys each, committed together. */
export function accountsWithPasskeys(stores: Stores, accounts: number, count: number): Promise<Owner[]> {
  return write(stores, async tx => {
    const owners: Owner[] = []
    for (let i = 0; i < accounts; i++) owners.push(await insertOwner(tx, count))
    return owners
  })
}

async function insertOwner(tx: Tables, count: number): Promise<Owner> {
  const row = account()
  await tx.accounts.insert(row)
  const passkeys = Array.from({ length: count }, (_, i) => passkey(row.id, { createdAt: T0 + i }))
  for (const one of passkeys) await tx.passkeys.insert(one)
  return { id: row.id, passkeys }
}

/** Runs the same eight times at once, half of them through each store, and counts who got it. */
export async function winners(stores: Stores, attempt: (tx: Tables) => Promise<unknown>): Promise<number> {
  const tries = Array.from({ length: 8 }, (_, i) => (i % 2 ? stores.two : stores.one).transaction(attempt))
  return (await Promise.all(tries)).filter(Boolean).length
}
