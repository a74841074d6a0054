import type { ActivityFilterJson, ActivityJson, ListJson } from '@latchkey/browser/wire'
import type { Caller, Ctx } from '../../ctx.ts'
import { ANOMALIES, REFUSED_ANOMALIES } from '../../domain/anomalies.ts'
import { Problem } from '../../domain/problems.ts'
import { clientName } from '../../domain/providers.ts'
import type { AccountFacts, CredentialId } from '../../domain/types.ts'
import type { EventRow } from '../../store/store.ts'
import { settleAndLoad } from './account.ts'
import { requireSession } from './session.ts'
import { passkeyName } from './views.ts'

/** How far back an owner sees; the record itself is kept. */
export const ACTIVITY_MS = 90 * 86_400_000
const PAGE = 50
const READ_AT_ONCE = 100

/** What does not fit at a use of a passkey is about that passkey (N8). */
const OF_PASSKEYS: readonly string[] = [...Object.keys(ANOMALIES), ...REFUSED_ANOMALIES]

/** Kinds of events, or of the operations that they are about. */
const BELONGS: Record<Exclude<ActivityFilterJson, 'all'>, RegExp> = {
  sign_ins: /^(sign_(in|out|up)$|sessions?\.)/,
  passkeys: new RegExp(`^(passkey\\.|account\\.passkey_first$|(${OF_PASSKEYS.join('|')})$)`),
  factors: /^(totp|phone|email|password|recovery_codes)\./,
  money: /^(approval|payout_address)\./,
  recovery: /^recovery(_|$)|^account\.(un)?freeze$/,
}
export const ACTIVITY_FILTERS = ['all', ...Object.keys(BELONGS)] as ActivityFilterJson[]

/** A filter as an address names it; all for any other text. */
export const readFilter = (text: string | undefined): ActivityFilterJson => ACTIVITY_FILTERS.find(name => name === text) ?? 'all'

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
const time = (value: unknown): number | null => (typeof value === 'number' ? value : null)

function belongs({ kind, body }: EventRow, filter: ActivityFilterJson): boolean {
  if (filter === 'all') return true
  return BELONGS[filter].test(kind) || BELONGS[filter].test(text(body.operation) ?? '')
}

/** The last event of a page, as its cursor says it. @throws Problem `bad_request` for another text */
function readCursor(cursor: string | null): Pick<EventRow, 'at' | 'id'> | null {
  if (cursor === null) return null
  const [, at = '', id = ''] = /^(\d{1,15})\.([\w-]{1,64})$/.exec(cursor) ?? []
  if (id === '') throw new Problem('bad_request', { field: 'after' })
  return { at: Number(at), id }
}

const cursorOf = ({ at, id }: Pick<EventRow, 'at' | 'id'>): string => `${at}.${id}`

/**
 * What happened on the caller's account in the last 90 days, newest first, fifty at a time.
 *
 * @param after the `next` of the page before, or null
 * @throws Problem `unauthenticated`; `bad_request` for a cursor that is none
 * @example const { items, next } = await activity(ctx, caller, 'passkeys', null)
 */
export async function activity(
  ctx: Ctx,
  caller: Caller,
  filter: ActivityFilterJson,
  after: string | null,
): Promise<ListJson<ActivityJson>> {
  const facts = await settleAndLoad(ctx, requireSession(caller, 'account.read').accountId)
  const { rows, more } = await readEvents(ctx, facts, filter, readCursor(after))
  const names = await namesOf(ctx, facts, rows)
  const last = rows.at(-1)
  return { items: rows.map(row => activityJson(ctx, row, names)), next: more && last ? cursorOf(last) : null }
}

async function readEvents(
  ctx: Ctx,
  { account }: AccountFacts,
  filter: ActivityFilterJson,
  start: Pick<EventRow, 'at' | 'id'> | null,
): Promise<{ rows: EventRow[]; more: boolean }> {
  const since = ctx.now() - ACTIVITY_MS
  const rows: EventRow[] = []
  for (let before = start; ; ) {
    const page = await ctx.store.read.events.list(account.id, before, READ_AT_ONCE)
    for (const row of page) {
      if (row.at <= since) return { rows, more: false }
      if (!belongs(row, filter)) continue
      if (rows.length === PAGE) return { rows, more: true }
      rows.push(row)
    }
    const last = page.at(-1)
    if (!last || page.length < READ_AT_ONCE) return { rows, more: false }
    before = last
  }
}

/** The passkey that an event is about: the target of an operation on one, or the one that was made, renamed or flagged. */
const aboutPasskey = ({ kind, body, credentialId }: EventRow): string | null =>
  text(body.operation ?? kind)?.startsWith('passkey.') && text(body.target) !== null
    ? text(body.target)
    : kind.startsWith('passkey.') || OF_PASSKEYS.includes(kind)
      ? credentialId
      : null

/** Names of the passkeys that a page speaks of; one that was removed long ago still has its own. */
async function namesOf(ctx: Ctx, facts: AccountFacts, rows: readonly EventRow[]): Promise<ReadonlyMap<string, string>> {
  const names = new Map(facts.passkeys.map(passkey => [passkey.id as string, passkeyName(passkey)]))
  const asked = new Set(rows.flatMap(row => [row.credentialId, aboutPasskey(row)]).filter(id => id !== null && !names.has(id)))
  for (const id of asked) {
    const passkey = await ctx.store.read.passkeys.find(id as CredentialId)
    if (passkey) names.set(passkey.id, passkeyName(passkey))
  }
  return names
}

function activityJson(ctx: Ctx, row: EventRow, names: ReadonlyMap<string, string>): ActivityJson {
  const { id, at, kind, body, detail, credentialId } = row
  const about = aboutPasskey(row)
  return {
    id,
    at,
    kind,
    operation: text(body.operation),
    passkey: about === null ? null : (names.get(about) ?? detail?.label ?? null),
    // what is written down of a passkey itself names it, and not what proved the change
    by: credentialId === null || credentialId === about ? null : (names.get(credentialId) ?? null),
    methods: text(body.method ?? body.methods)?.split(' ') ?? [],
    reference: text(body.reference),
    until: time(body.until),
    device: detail ? clientName(detail.userAgent) : null,
    place: detail ? (ctx.config.locate?.(detail.ip) ?? null) : null,
  }
}
