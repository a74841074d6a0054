import type { Ctx } from '../../ctx.ts'
import { calmKind } from '../../domain/facts.ts'
import { Problem } from '../../domain/problems.ts'
import type { Session } from '../../domain/types.ts'
import { sameBytes } from '../../keys.ts'
import type { FoundSession } from '../../store/store.ts'
import { settleAccount } from './account.ts'
import { hashSecret, isLive } from './session.ts'

/** As `freshToken` makes it; nothing else reaches the database. */
const TOKEN = /^([\w-]{1,64})\.([\w-]{1,64})$/

export const PREVIOUS_TOKEN_MS = 10_000
const TOUCH_EVERY_MS = 60_000

/**
 * Looks up the session of a cookie, on every request, in the primary database; nothing is cached.
 *
 * @param value `tokenId.secret`
 * @param changes whether the request changes something: then the previous token is refused
 * @returns null for whatever is not a live session of an account that may use one; that of an account that is frozen or closing is of that kind
 * @throws Problem `session_rotated` when a change comes with the previous token
 */
export async function findSession(ctx: Ctx, value: string, changes: boolean): Promise<Session | null> {
  const found = await settled(ctx, await findToken(ctx, value), value)
  if (!found) return null
  const now = ctx.now()
  if (!isLive(found.session, ctx, now) || found.accountStatus === 'closed') return null
  if (found.token === 'previous') {
    if ((found.rotatedAt ?? 0) + PREVIOUS_TOKEN_MS <= now) return null
    if (changes) throw new Problem('session_rotated')
  }
  if (found.session.lastSeenAt + TOUCH_EVERY_MS < now) await ctx.store.transaction(tx => tx.sessions.touch(found.session.id, now))
  const calm = calmKind(found.accountStatus)
  return calm && found.session.kind === 'full' ? { ...found.session, kind: calm } : found.session
}

async function findToken(ctx: Ctx, value: string): Promise<FoundSession | null> {
  const [, tokenId, secret = ''] = TOKEN.exec(value) ?? []
  const found = tokenId ? await ctx.store.read.sessions.find(tokenId) : null
  return found && sameBytes(found.secretHash, hashSecret(secret)) ? found : null
}

/** What is due ends sessions: a freeze that is over those that were opened meanwhile, a closing or an erasure all. */
async function settled(ctx: Ctx, found: FoundSession | null, value: string): Promise<FoundSession | null> {
  if (!found || !(calmKind(found.accountStatus) || (found.closesAt ?? Number.POSITIVE_INFINITY) <= ctx.now())) return found
  await settleAccount(ctx, found.session.accountId)
  return findToken(ctx, value)
}
