import { createHash, randomBytes } from 'node:crypto'
import type { Caller, Ctx } from '../../ctx.ts'
import { Problem } from '../../domain/problems.ts'
import type { Account, CredentialId, Evidence, Session, SessionId } from '../../domain/types.ts'
import { sameBytes, uuidv7 } from '../../keys.ts'
import type { NewSession, SessionToken, Tables } from '../../store/store.ts'

/** The cookie's value, `tokenId.secret`; only the secret's hash is stored. */
export interface FreshToken extends SessionToken {
  value: string
}

export function freshToken(): FreshToken {
  const tokenId = randomBytes(16).toString('base64url')
  const secret = randomBytes(32).toString('base64url')
  return { tokenId, secretHash: hashSecret(secret), value: `${tokenId}.${secret}` }
}

/** As `freshToken` makes it; nothing else reaches the database. */
const TOKEN = /^([\w-]{1,64})\.([\w-]{1,64})$/

const hashSecret = (secret: string): Uint8Array => createHash('sha256').update(secret).digest()

/** What opens a session: the only thing that `newSession` takes, made by sign-in, sign-up and recovery alone. */
export interface SignInProof {
  facts: { account: Pick<Account, 'id'> }
  evidence: Evidence[]
  credentialId: CredentialId | null
  kind: 'full' | 'recovery'
  founding: boolean
}

export interface OpenedSession {
  row: NewSession
  token: FreshToken
}

/** Recovery sessions are short: they look, and bind one new passkey. */
export const RECOVERY_SESSION_MS = 30 * 60_000

/**
 * Prepares a session row and its token; the one maker of sessions, so what must hold for each of them is said here once.
 *
 * @param proof facts of the account and the evidence that was just verified
 */
export function newSession(ctx: Ctx, caller: Pick<Caller, 'client'>, proof: SignInProof): OpenedSession {
  const token = freshToken()
  const now = ctx.now()
  const lifetime = proof.kind === 'full' ? ctx.config.policy.sessionMaxMs : RECOVERY_SESSION_MS
  const row: NewSession = {
    id: uuidv7(now) as SessionId,
    tokenId: token.tokenId,
    secretHash: token.secretHash,
    accountId: proof.facts.account.id,
    kind: proof.kind,
    founding: proof.founding,
    credentialId: proof.credentialId,
    createdAt: now,
    expiresAt: now + lifetime,
    client: caller.client,
    evidence: proof.evidence,
  }
  return { row, token }
}

/** Gives the session a new token in the caller's transaction; the old one serves reads for ten seconds (INV-8). */
export async function rotateSession(tx: Tables, ctx: Ctx, id: SessionId): Promise<FreshToken> {
  const token = freshToken()
  await tx.sessions.rotate(id, token, ctx.now())
  return token
}

export const PREVIOUS_TOKEN_MS = 10_000
const TOUCH_EVERY_MS = 60_000

/**
 * Looks up the session of a cookie, on every request, in the primary database; nothing is cached.
 *
 * @param value `tokenId.secret`
 * @param changes whether the request changes something: then the previous token is refused
 * @returns null for whatever is not a live session of an account that may use one
 * @throws Problem `session_rotated` when a change comes with the previous token
 */
export async function findSession(ctx: Ctx, value: string, changes: boolean): Promise<Session | null> {
  const [, tokenId, secret = ''] = TOKEN.exec(value) ?? []
  if (!tokenId) return null
  const found = await ctx.store.read.sessions.find(tokenId)
  if (!found || !sameBytes(found.secretHash, hashSecret(secret))) return null
  const now = ctx.now()
  if (!isLive(found.session, ctx, now) || found.accountStatus === 'frozen' || found.accountStatus === 'closed') return null
  if (found.token === 'previous') {
    if ((found.rotatedAt ?? 0) + PREVIOUS_TOKEN_MS <= now) return null
    if (changes) throw new Problem('session_rotated')
  }
  if (found.session.lastSeenAt + TOUCH_EVERY_MS < now) await ctx.store.transaction(tx => tx.sessions.touch(found.session.id, now))
  return found.session
}

export function isLive(session: Session, ctx: Ctx, now: number): boolean {
  if (session.endedAt !== null || session.expiresAt <= now) return false
  return session.kind === 'recovery' || session.lastSeenAt + ctx.config.policy.sessionIdleMs > now
}

export const FOUNDING_MS = 3_600_000

/** The founding session in its first hour (policy.md §3); the hour is never shortened. */
export const isFounding = (session: Session, now: number): boolean => session.founding && now - session.createdAt < FOUNDING_MS

/** The caller's full session. @throws Problem `unauthenticated` without one; a recovery session is none (INV-9). */
export function requireSession(caller: Caller): Session {
  if (caller.session?.kind !== 'full') throw new Problem('unauthenticated')
  return caller.session
}
