import { createHash, randomBytes } from 'node:crypto'
import type { Caller, Ctx } from '../../ctx.ts'
import { calmKind } from '../../domain/facts.ts'
import { type Operation, worksFrozen } from '../../domain/policy.ts'
import { Problem, type ProblemCode } from '../../domain/problems.ts'
import type { Account, CalmKind, CredentialId, Evidence, Session, SessionId } from '../../domain/types.ts'
import { uuidv7 } from '../../keys.ts'
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

export const hashSecret = (secret: string): Uint8Array => createHash('sha256').update(secret).digest()

/** What opens a session: the only thing that `newSession` takes, made by sign-in, sign-up and recovery alone. */
export interface SignInProof {
  facts: { account: Pick<Account, 'id'> }
  evidence: Evidence[]
  credentialId: CredentialId | null
  kind: NewSession['kind']
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

export function isLive(session: Session, ctx: Ctx, now: number): boolean {
  if (session.endedAt !== null || session.expiresAt <= now) return false
  return session.kind === 'recovery' || session.lastSeenAt + ctx.config.policy.sessionIdleMs > now
}

export const FOUNDING_MS = 3_600_000

/** The founding session in its first hour (policy.md §3); the hour is never shortened. */
export const isFounding = (session: Session, now: number): boolean => session.founding && now - session.createdAt < FOUNDING_MS

/**
 * The caller's full session.
 *
 * @param operation what it is wanted for: of an account that is frozen or closing some are left (policy.md §4)
 * @throws Problem `unauthenticated` without one; a recovery session is none (INV-9). `account_frozen`, `account_closing`
 */
export function requireSession({ session }: Caller, operation: Operation | null = null): Session {
  if (session?.kind === 'full') return session
  if (!session || session.kind === 'recovery') throw new Problem('unauthenticated')
  if (operation === null || !worksFrozen(operation)) throw new Problem(STANDS_STILL[session.kind])
  return session
}

/** Of an account that is frozen or closing. */
export const isCalm = (session: Session | null): session is Session & { kind: CalmKind } => session !== null && session.kind in STANDS_STILL

const STANDS_STILL: Readonly<Record<CalmKind, ProblemCode>> = { frozen: 'account_frozen', closing: 'account_closing' }

/** @throws Problem `account_frozen`, `account_closing` for what such an account is not left (policy.md §4) */
export function guardMoving({ account }: { account: Pick<Account, 'status'> }, operation: Operation): void {
  const calm = calmKind(account.status)
  if (calm && !worksFrozen(operation)) throw new Problem(STANDS_STILL[calm])
}
