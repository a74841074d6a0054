import type { Caller, Ctx } from '../ctx.ts'
import type { AccountId, CredentialId, SessionId } from '../domain/types.ts'
import { uuidv7 } from '../keys.ts'
import type { NewEvent, Tables } from '../store/store.ts'

export interface EventInput {
  accountId: AccountId | null
  kind: string
  body?: NewEvent['body']
  sessionId?: SessionId | null
  credentialId?: CredentialId | null
  caller?: Pick<Caller, 'client'>
  label?: string | null
}

/** One appended row; personal data sits in its detail, which can be erased while the record stays true. */
export function eventRow(ctx: Ctx, input: EventInput): NewEvent {
  const at = ctx.now()
  return {
    id: uuidv7(at),
    at,
    accountId: input.accountId,
    sessionId: input.sessionId ?? null,
    credentialId: input.credentialId ?? null,
    kind: input.kind,
    body: input.body ?? {},
    detail: input.caller ? { ip: input.caller.client.ip, userAgent: input.caller.client.userAgent, label: input.label ?? null } : null,
  }
}

export const record = (tx: Tables, ctx: Ctx, input: EventInput): Promise<void> => tx.events.insert(eventRow(ctx, input))
