import { randomBytes } from 'node:crypto'
import type { Caller, Ctx } from '../ctx.ts'
import type { MethodName } from '../domain/methods.ts'
import { decide } from '../domain/policy.ts'
import { clientName } from '../domain/providers.ts'
import type { Account, AccountId, Client, CredentialId, Evidence, Identifier, Passkey, SessionId } from '../domain/types.ts'
import { record } from '../flows/account/events.ts'
import { newSession } from '../flows/account/session.ts'
import { newPasskey, waitForTrust } from '../flows/passkeys.ts'
import { mint } from '../flows/prove/authority.ts'
import { uuidv7 } from '../keys.ts'
import { hashPassword, makeRecoveryCodes, newTotpSecret, recoveryCodeRows } from '../methods/index.ts'
import type { AuthenticatorRow, NewSession, RecoveryCodeRow, Tables } from '../store/store.ts'
import {
  CLIENTS,
  type ClientName,
  SAMPLE,
  SAMPLE_PASSKEYS,
  SAMPLE_SESSIONS,
  type SamplePasskey,
  type SampleSession,
} from './sample-data.ts'
import { type DeviceKey, makeDeviceKey } from './sample-keys.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Every row of the sample customer, made before the transaction that writes them: hashing is slow. */
export interface SampleRows {
  account: Account
  identifiers: Identifier[]
  passkeys: Passkey[]
  sessions: NewSession[]
  authenticators: AuthenticatorRow[]
  codeRows: RecoveryCodeRow[]
  /** The recovery codes in the clear. */
  codes: string[]
  /** The first passkey with its private half. */
  key: DeviceKey
}

/** The same server some time ago, for functions that ask it for the time. */
const backAt = (ctx: Ctx, at: number): Ctx => ({ ...ctx, now: () => at })
const clientOf = (name: ClientName): Client => ({ ...CLIENTS[name], deviceId: null })

/** Makes the rows, all times counted back from now. */
export async function makeSample(ctx: Ctx): Promise<SampleRows> {
  const account = makeAccount(ctx)
  const made = SAMPLE_PASSKEYS.map(row => makePasskey(ctx, account, row))
  const passkeys = made.map(({ passkey }) => passkey)
  const ids = new Map(SAMPLE_PASSKEYS.map((row, n) => [row.name, passkeys[n]!.id]))
  const sessions = SAMPLE_SESSIONS.map(row => makeSession(ctx, account, row, ids))
  const codes = makeRecoveryCodes()
  const { authenticators, setId } = await makeAuthenticators(ctx, account)
  const usedAt = ctx.now() - SAMPLE.codesDays * DAY
  const rows = recoveryCodeRows(ctx, setId, account.id, codes)
  const codeRows = rows.map((code, n) => ({ ...code, usedAt: n < SAMPLE.usedCodes ? usedAt : null }))
  // it was made in the session that needed two typed steps: that is what makes it young
  passkeys[passkeys.length - 1]!.createdSessionId = sessions.at(-1)!.id
  return { account, identifiers: makeIdentifiers(ctx, account), passkeys, sessions, authenticators, codeRows, codes, key: made[0]!.key }
}

function makeAccount(ctx: Ctx): Account {
  const createdAt = ctx.now() - SAMPLE.ageDays * DAY
  const id = uuidv7(createdAt) as AccountId
  const calm = {
    frozenAt: null,
    moneyPausedUntil: null,
    pauseReasons: [],
    lockedUntil: null,
    lockScope: null,
    lockedAt: null,
    lockVia: null,
    messages: { zone: null, phrase: null },
    checkedAt: null,
  }
  return { id, userHandle: new Uint8Array(randomBytes(64)), status: 'active', createdAt, ...calm, passkeyFirst: true }
}

function makeIdentifiers(ctx: Ctx, account: Account): Identifier[] {
  const phoneAt = ctx.now() - SAMPLE.phoneDays * DAY
  const row = (kind: Identifier['kind'], value: string, at: number): Identifier => ({
    id: uuidv7(at),
    accountId: account.id,
    kind,
    value,
    verifiedAt: at,
    createdAt: at,
    supersededAt: null,
  })
  return [row('email', SAMPLE.email, account.createdAt), row('phone', SAMPLE.phone, phoneAt)]
}

function makePasskey(ctx: Ctx, account: Account, row: SamplePasskey): { passkey: Passkey; key: DeviceKey } {
  const { signCount, backupEligible, transports, attachment, label, via } = row
  const userHandle = Buffer.from(account.userHandle).toString('base64url')
  const { key, publicKey } = makeDeviceKey({
    rpId: ctx.config.rp.id,
    userHandle,
    userName: SAMPLE.email,
    signCount,
    backupEligible,
    transports,
  })
  const then = backAt(ctx, ctx.now() - row.createdDays * DAY)
  const owner = { accountId: account.id, createdAt: account.createdAt, own: [], via, session: null, attachment }
  const passkey = newPasskey(then, callerIn(row.createdIn), registered(ctx, row, key, publicKey), owner)
  return { passkey: { ...passkey, label, ...lifeOf(ctx, row) }, key }
}

const callerIn = (name: ClientName): Caller => ({ client: clientOf(name), session: null, anonymousId: '', knownAccounts: [] })

/** What the verifier would have said of its registration. */
const registered = (ctx: Ctx, row: SamplePasskey, key: DeviceKey, publicKey: Uint8Array): Parameters<typeof newPasskey>[2] => ({
  id: key.id,
  publicKey,
  algorithm: key.alg,
  signCount: row.signCount,
  aaguid: row.aaguid,
  transports: row.transports,
  userPresent: true,
  userVerified: true,
  uvInitialized: true,
  backupEligible: row.backupEligible,
  backupState: row.backupEligible,
  rpId: key.rpId,
  origin: ctx.config.origin,
  attestation: { format: 'none', trust: 'none', certificates: [] },
  attestationObject: new Uint8Array(),
  clientDataJSON: new Uint8Array(),
  extensions: {},
})

type Life = Pick<Passkey, 'status' | 'lastUsedAt' | 'lastUsedIn' | 'suspendedAt' | 'endedVia'>

function lifeOf(ctx: Ctx, { usedHours, usedIn, suspendedDays }: SamplePasskey): Life {
  const used = usedHours === null ? null : ctx.now() - usedHours * HOUR
  const suspendedAt = suspendedDays === null ? null : ctx.now() - suspendedDays * DAY
  return {
    status: suspendedAt === null ? 'active' : 'suspended',
    lastUsedAt: used,
    lastUsedIn: used === null ? null : clientName(CLIENTS[usedIn].userAgent),
    suspendedAt,
    endedVia: suspendedAt === null ? null : 'trusted',
  }
}

function makeSession(ctx: Ctx, account: Account, row: SampleSession, ids: ReadonlyMap<string, CredentialId>): NewSession {
  const at = ctx.now() - row.openedHours * HOUR
  const passkey = row.by === null ? null : (ids.get(row.by) ?? null)
  const backupEligible = SAMPLE_PASSKEYS.some(p => p.name === row.by && p.backupEligible)
  const proof = (method: MethodName): Evidence => ({
    method,
    credentialId: passkey,
    userVerified: passkey !== null,
    backupEligible,
    at,
    operation: null,
    target: null,
  })
  const evidence = passkey === null ? [proof('password'), proof('totp')] : [proof('passkey')]
  return newSession(
    backAt(ctx, at),
    { client: clientOf(row.client) },
    { facts: { account }, evidence, credentialId: passkey, kind: 'full', founding: false },
  ).row
}

async function makeAuthenticators(ctx: Ctx, account: Account): Promise<{ authenticators: AuthenticatorRow[]; setId: string }> {
  const hash = await hashPassword(ctx, SAMPLE.password, { accountId: account.id, ip: CLIENTS.windows.ip })
  const row = (kind: AuthenticatorRow['kind'], days: number, data: (at: number) => Record<string, unknown>): AuthenticatorRow => {
    const createdAt = ctx.now() - days * DAY
    return {
      id: uuidv7(createdAt),
      accountId: account.id,
      kind,
      status: 'active',
      data: data(createdAt),
      sessionId: null,
      createdAt,
      expiresAt: null,
      lastUsedAt: null,
    }
  }
  const set = row('recovery_codes', SAMPLE.totpDays, savedAt => ({ savedAt }))
  const authenticators = [
    row('password', SAMPLE.passwordDays, changedAt => ({ hash, changedAt })),
    row('totp', SAMPLE.totpDays, () => ({ secret: newTotpSecret() })),
    set,
  ]
  return { authenticators, setId: set.id }
}

/** Writes the sample customer inside the caller's transaction. */
export async function writeSample(tx: Tables, ctx: Ctx, sample: SampleRows): Promise<void> {
  await tx.accounts.insert(sample.account)
  for (const row of sample.identifiers) await tx.identifiers.insert(row)
  for (const row of sample.authenticators) await tx.authenticators.insert(row)
  await tx.authenticators.insertRecoveryCodes(sample.codeRows)
  for (const row of sample.passkeys) await tx.passkeys.insert(row)
  for (const row of sample.sessions) await tx.sessions.insert(row)
  await writeEvents(tx, ctx, sample)
  await writeWait(tx, ctx, sample)
}

/** A passkey that was added beside a trusted one with typed steps is a wait, which a cancel ends. */
async function writeWait(tx: Tables, ctx: Ctx, { account, passkeys, sessions }: SampleRows): Promise<void> {
  const facts = await tx.accounts.lock(account.id)
  const young = passkeys.find(p => p.createdVia === 'lesser')
  if (facts && young) {
    const decision = decide('passkey.add', 'lesser', ctx.config.policy)
    const authority = mint('sample', { operation: 'passkey.add', target: null, proofClass: 'lesser', decision, credentialId: null })
    await waitForTrust({ tx, ctx, facts, session: sessions.at(-1) ?? null }, young, authority)
  }
}

interface Happened {
  at: number
  kind: string
  client: ClientName
  passkey?: Passkey
  sessionId?: SessionId
  body?: Record<string, string | number | null>
}

async function writeEvents(tx: Tables, ctx: Ctx, sample: SampleRows): Promise<void> {
  const events = [...lifeEvents(ctx, sample), ...sample.passkeys.flatMap(passkeyEvents), ...sample.sessions.map(sessionEvent)]
  for (const { at, kind, client, passkey, sessionId, body } of events.toSorted((a, b) => a.at - b.at)) {
    const label = passkey ? (passkey.label ?? passkey.autoLabel) : null
    const caller = { client: clientOf(client) }
    await record(tx, backAt(ctx, at), {
      accountId: sample.account.id,
      kind,
      body: body ?? {},
      sessionId: sessionId ?? null,
      credentialId: passkey?.id ?? null,
      caller,
      label,
    })
  }
}

const lifeEvents = (ctx: Ctx, { account }: SampleRows): Happened[] => {
  const back = (days: number): number => ctx.now() - days * DAY
  return [
    { at: account.createdAt, kind: 'sign_up', client: 'iphone', body: { method: 'passkey' } },
    { at: back(SAMPLE.phoneDays), kind: 'phone.add', client: 'iphone', body: { target: null, via: 'trusted' } },
    { at: back(SAMPLE.totpDays), kind: 'totp.add', client: 'iphone', body: { target: null, via: 'trusted' } },
    { at: back(SAMPLE.totpDays), kind: 'recovery_codes.add', client: 'iphone', body: { target: null, via: 'trusted' } },
    { at: back(SAMPLE.passwordDays), kind: 'password.change', client: 'windows', body: { target: null, via: 'trusted' } },
  ]
}

const browserOf = (words: string): ClientName =>
  (Object.keys(CLIENTS) as ClientName[]).find(name => clientName(CLIENTS[name].userAgent) === words) ?? 'windows'

function passkeyEvents(passkey: Passkey): Happened[] {
  const client = browserOf(passkey.createdIn)
  const body = { via: passkey.createdVia, aaguid: passkey.aaguid, trusted_at: passkey.trustedAt }
  const added: Happened = {
    at: passkey.createdAt,
    kind: 'passkey.add',
    client,
    passkey,
    body,
    ...(passkey.createdSessionId ? { sessionId: passkey.createdSessionId } : {}),
  }
  if (passkey.suspendedAt === null) return [added]
  return [added, { at: passkey.suspendedAt, kind: 'passkey.suspend', client: 'iphone', passkey, body: { via: 'trusted' } }]
}

const sessionEvent = (session: NewSession): Happened => ({
  at: session.createdAt,
  kind: 'sign_in',
  client: browserOf(clientName(session.client.userAgent)),
  sessionId: session.id,
  body: { method: session.evidence.map(e => e.method).join(' ') },
})
