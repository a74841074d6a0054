import type { Ctx } from '../ctx.ts'
import type { AccountFacts, PendingChange, Session } from '../domain/types.ts'
import { uuidv7 } from '../keys.ts'
import type { Tables } from '../store/store.ts'
import type { Effect } from './effects.ts'

/** Writes down a change that waits, its payload sealed. @returns its id */
export async function addPending(
  tx: Tables,
  ctx: Ctx,
  facts: AccountFacts,
  session: Pick<Session, 'id'> | null,
  effect: Effect,
  until: number,
): Promise<string> {
  const id = uuidv7(ctx.now())
  const row: PendingChange = {
    id,
    accountId: facts.account.id,
    operation: effect.operation,
    target: effect.target,
    payload:
      effect.payload === null
        ? null
        : Buffer.from(ctx.keys.seal.encrypt(effect.payload, `pending_change·payload·${id}`)).toString('base64url'),
    class: effect.via,
    sessionId: session?.id ?? null,
    credentialId: effect.credentialId,
    askedAt: ctx.now(),
    effectiveAt: until,
    cancelledAt: null,
    appliedAt: null,
    remainingMs: null,
  }
  await tx.changes.insert(row)
  return id
}
