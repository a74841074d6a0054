import type { CredentialId, PendingChange, Was } from '../../domain/types.ts'
import { uuidv7 } from '../../keys.ts'
import type { Change } from '../account/events.ts'
import { type Authority, demand } from '../prove/authority.ts'

/** What waits, beside what its authority says. */
export interface Waiting {
  /** Where it is another thing than the proof was for: what the proof made. */
  target?: string
  /** Where something else waits than what was asked for: an account that was closed waits for its erasure. */
  operation?: string
  credentialId?: CredentialId
  payload?: string | null
  until: number
  /** It took effect just now, in place of this: written down so that it can be undone. */
  was?: Was
}

/** Writes down a change that waits, or took effect, its payload sealed. @returns its id */
export async function addPending(
  { tx, ctx, facts, session }: Omit<Change, 'caller'>,
  authority: Authority,
  { target, operation, credentialId, payload = null, until, was }: Waiting,
): Promise<string> {
  demand(authority)
  const id = uuidv7(ctx.now())
  const row: PendingChange = {
    id,
    accountId: facts.account.id,
    operation: operation ?? authority.operation,
    target: target ?? authority.target,
    payload: payload === null ? null : Buffer.from(ctx.keys.seal.encrypt(payload, `pending_change·payload·${id}`)).toString('base64url'),
    class: authority.proofClass,
    sessionId: session?.id ?? null,
    credentialId: credentialId ?? authority.credentialId,
    askedAt: ctx.now(),
    effectiveAt: until,
    cancelledAt: null,
    appliedAt: was === undefined ? null : until,
    remainingMs: null,
    was: was ?? null,
  }
  await tx.changes.insert(row)
  return id
}
