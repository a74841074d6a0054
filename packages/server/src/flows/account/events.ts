import type { Caller, Ctx } from '../../ctx.ts'
import { type NoticeParams, type NoticeTemplate, notices, notify } from '../../deliver/notify.ts'
import type { AccountFacts, AccountId, CredentialId, Session, SessionId } from '../../domain/types.ts'
import { uuidv7 } from '../../keys.ts'
import type { NewEvent, Tables } from '../../store/store.ts'

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

/** A change of one account under way: its transaction with the account locked, how it stood then, and who makes it. */
export interface Change {
  tx: Tables
  ctx: Ctx
  facts: AccountFacts
  /** null where nobody asks: a wait that is over. */
  caller: Pick<Caller, 'client'> | null
  /** The session that asks; null for a way in that opens none. */
  session: Pick<Session, 'id' | 'accountId'> | null
}

/** By the account's own session. */
export interface OwnChange extends Change {
  caller: Caller
  session: Session
}

/** Writes down what happened in a change, in its transaction. @example await happened(change, 'recovery_done') */
export const happened = (
  { tx, ctx, facts, caller, session }: Change,
  kind: string,
  more: Pick<EventInput, 'body' | 'credentialId' | 'label' | 'sessionId'> = {},
): Promise<void> =>
  record(tx, ctx, { accountId: facts.account.id, sessionId: session?.id ?? null, kind, ...(caller && { caller }), ...more })

/** Tells every address of the account, as it stood before, in the change's transaction (INV-14). */
export const tell = (
  { tx, ctx, facts, caller }: Omit<Change, 'session'>,
  template: NoticeTemplate,
  params: NoticeParams = {},
): Promise<void> => notify(tx, notices(ctx, facts, template, params, caller?.client ?? null))
