import type { AccountJson, ListJson, PasskeyJson, SessionJson, SignalJson } from '@latchkey/browser/wire'
import type { Ctx } from '../../ctx.ts'
import { acr, amr, endsWithPasskey } from '../../domain/evidence.ts'
import { displayName, isDiscoverable, isStale, isTrusted, needsFirstUse, shownPasskeys } from '../../domain/facts.ts'
import { isSecurityKey, providerOf } from '../../domain/providers.ts'
import type { AccountFacts, Passkey, Session } from '../../domain/types.ts'
import { waysBack, waysIn } from '../../domain/ways-in.ts'
import { moneyHeld, movesMoney } from '../approvals/money.ts'
import { settleAndLoad } from './account.ts'
import { liveSessions } from './sessions.ts'

const DAY_MS = 86_400_000

export const passkeyName = (passkey: Passkey): string => passkey.label ?? passkey.autoLabel

/** BE says whether it can be synced; a key to plug in is told from its transports and model (K40, O17). */
export const passkeyKind = (passkey: Passkey): PasskeyJson['kind'] =>
  isSecurityKey(passkey) ? 'security_key' : passkey.backupEligible ? 'synced' : 'device'

/** One passkey as pages and the API show it. */
export function passkeyJson(ctx: Ctx, passkey: Passkey, session: Session | null = null, sessions: readonly Session[] = []): PasskeyJson {
  const now = ctx.now()
  const lastTouched = Math.max(passkey.lastUsedAt ?? 0, passkey.createdAt, passkey.reviewedAt ?? 0)
  return {
    id: passkey.id,
    name: passkeyName(passkey),
    aaguid: passkey.aaguid,
    provider: providerOf(passkey.aaguid)?.name ?? null,
    kind: passkeyKind(passkey),
    status: passkey.status === 'suspended' ? 'suspended' : 'active',
    thisDevice: session !== null && (session.credentialId === passkey.id || session.evidence.some(e => e.credentialId === passkey.id)),
    needsFirstUse: needsFirstUse(passkey),
    counter: passkey.flags.includes('counter'),
    discoverable: isDiscoverable(passkey),
    staleDays: isStale(passkey, ctx.config.policy, now) ? Math.floor((now - lastTouched) / DAY_MS) : null,
    trustedAt: passkey.status === 'active' && !isTrusted(passkey, now) && !needsFirstUse(passkey) ? passkey.trustedAt : null,
    createdAt: passkey.createdAt,
    createdIn: passkey.createdIn,
    lastUsedAt: passkey.lastUsedAt,
    lastUsedIn: passkey.lastUsedIn,
    suspendedAt: passkey.suspendedAt,
    openSessions: sessions.filter(s => endsWithPasskey(s, passkey.id)).length,
  }
}

/** Passkeys of an account, the newest use first. */
export function passkeyOverviews(ctx: Ctx, facts: AccountFacts, session: Session, sessions: readonly Session[]): PasskeyJson[] {
  const used = (p: PasskeyJson): number => p.lastUsedAt ?? p.createdAt
  return shownPasskeys(facts)
    .map(p => passkeyJson(ctx, p, session, sessions))
    .sort((a, b) => used(b) - used(a))
}

export async function passkeysJson(ctx: Ctx, session: Session): Promise<ListJson<PasskeyJson>> {
  const facts = await settleAndLoad(ctx, session.accountId)
  const sessions = await liveSessions(ctx, session)
  return { items: passkeyOverviews(ctx, facts, session, sessions), next: null }
}

/**
 * What password managers are told of an account (WebAuthn L3 §5.1.10): suspended passkeys are among the accepted ones, as a provider may
 * hide for good what is not in the list.
 */
export const signalOf = (ctx: Ctx, facts: AccountFacts): SignalJson => ({
  rpId: ctx.config.rp.id,
  userId: Buffer.from(facts.account.userHandle).toString('base64url'),
  acceptedIds: shownPasskeys(facts).map(p => p.id),
  name: displayName(facts),
  displayName: displayName(facts),
})

/** A live session as its owner, or the host, sees it. */
export const sessionJson = (ctx: Ctx, session: Session, current: Session | null): SessionJson => ({
  id: session.id,
  current: session.id === current?.id,
  createdAt: session.createdAt,
  lastSeenAt: session.lastSeenAt,
  userAgent: session.userAgent,
  place: ctx.config.locate?.(session.ip) ?? null,
  credentialId: session.credentialId,
  methods: amr(session.evidence),
  acr: acr(session.evidence),
})

export async function sessionsJson(ctx: Ctx, session: Session): Promise<ListJson<SessionJson>> {
  const sessions = await liveSessions(ctx, session)
  return { items: sessions.map(s => sessionJson(ctx, s, session)), next: null }
}

/** Who is signed in, how strongly, and what the page beside it may want to say. */
export function accountJson(ctx: Ctx, session: Session, facts: AccountFacts): { session: SessionJson; account: AccountJson } {
  return {
    session: sessionJson(ctx, session, session),
    account: {
      id: facts.account.id,
      name: displayName(facts),
      waysIn: waysIn(facts, ctx.config.policy).length,
      waysBack: waysBack(facts, ctx.config.policy).length,
      ...(movesMoney(ctx) && { moneyPausedUntil: moneyHeld(ctx, facts)?.until ?? null }),
    },
  }
}
