import type { PendingChange } from '../domain/types.ts'
import { uuidv7 } from '../keys.ts'
import type { Effect } from './effects.ts'
import type { Change } from './events.ts'

/** Writes down a change that waits, its payload sealed. @returns its id */
export async function addPending({ tx, ctx, facts }: Pick<Change, 'tx' | 'ctx' | 'facts'>, effect: Effect, until: number): Promise<string> {
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
    sessionId: effect.keep,
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
