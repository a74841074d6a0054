import type { Ctx } from '../ctx.ts'
import { maskIdentifier } from '../domain/identifier.ts'
import { clientName } from '../domain/providers.ts'
import type { AccountFacts, Client, Identifier, MessageSettings } from '../domain/types.ts'
import { uuidv7 } from '../keys.ts'
import type { NewMessage, Tables } from '../store/store.ts'
import { makeFreezeLink } from './freeze-link.ts'
import type { NoticeTemplate } from './templates.ts'

export type { NoticeTemplate } from './templates.ts'

export type NoticeParams = Record<string, string | number | null>

/** A replaced address keeps its notices this long (policy.md §4). Real hours: a notice too many hurts nobody. */
export const SUPERSEDED_NOTICES_MS = 72 * 3_600_000

/**
 * The messages of one security change: one per verified address and phone of the account, and per address that was replaced or removed
 * within the last 72 h (INV-14), each with a link of its own that freezes the account (policy.md §4).
 * To be inserted in the transaction of the change; call `ctx.wakeOutbox()` after its commit.
 *
 * @param facts as they stood before the change; the old addresses hear of it
 * @param params of the template: `name` (passkey), `operation`, `until` (epoch milliseconds), `left`, …
 * @param client whose browser did it; null where no browser did
 * @example await notify(tx, notices(ctx, facts, 'new_device_sign_in', {}, client))
 */
export function notices(
  ctx: Ctx,
  facts: AccountFacts,
  template: NoticeTemplate,
  params: NoticeParams,
  client: Client | null,
): NewMessage[] {
  const at = ctx.now()
  const seen = {
    at,
    device: client ? clientName(client.userAgent) : null,
    place: client ? (ctx.config.locate?.(client.ip) ?? null) : null,
  }
  return recipients(ctx, facts).map(to => notice(to, facts.account.messages, template, { ...seen, ...params }))
}

/** One notice, with the link of its own by which its reader freezes the account. */
function notice(
  { id, accountId, kind, value }: Identifier,
  settings: MessageSettings,
  template: NoticeTemplate,
  params: NoticeParams & { at: number },
): NewMessage {
  const { at } = params
  const told = { template, to: maskIdentifier(kind, value), params }
  const { token, row } = makeFreezeLink({ at, accountId, identifierId: id, notice: told })
  return {
    id: uuidv7(at),
    accountId,
    channel: kind === 'email' ? 'email' : 'sms',
    to: value,
    template,
    params: { ...params, ...settings, link: token },
    link: row,
    createdAt: at,
  }
}

/** Puts messages into the outbox, inside the caller's transaction. */
export async function notify(tx: Pick<Tables, 'outbox'>, messages: readonly NewMessage[]): Promise<void> {
  for (const message of messages) await tx.outbox.insert(message)
}

/** Without a gateway nothing reaches a phone, except the development inbox. */
function recipients(ctx: Ctx, facts: AccountFacts): Identifier[] {
  const since = ctx.now() - SUPERSEDED_NOTICES_MS
  const reachable = facts.identifiers.filter(i => i.kind === 'email' || ctx.config.sms !== null || ctx.config.development)
  const live = reachable.filter(i => i.supersededAt === null || i.supersededAt > since)
  return live.filter((identifier, index) => live.findIndex(other => other.value === identifier.value) === index)
}
