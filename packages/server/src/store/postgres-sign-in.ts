import type pg from 'pg'
import { isUniqueViolation, translated } from './postgres-errors.ts'
import type { Queryable } from './postgres-pool.ts'
import type { Seal } from './seal.ts'
import type { PasskeySignIn } from './store.ts'
import { addedFlags, eventRows, evidenceRow, flag, freezeLinkRow, outboxRow, sessionRow, snake } from './tables/rows.ts'

/**
 * The whole sign-in as one statement, which is its own transaction and one round trip. The credential row decides first: where it is
 * not active, every insert below has nothing to insert from. A challenge that was spent breaks its key, which undoes all of it.
 */
export async function signIn(target: Queryable, seal: Seal, row: PasskeySignIn): Promise<'signed_in' | 'replayed' | 'not_active'> {
  const statement = build(seal, row)
  try {
    const { rows } = await translated(target.query(statement))
    return (rows[0] as { used: number }).used === 1 ? 'signed_in' : 'not_active'
  } catch (error) {
    if (isUniqueViolation(error, 'used_challenge_pkey')) return 'replayed'
    throw error
  }
}

function build(seal: Seal, { challenge, use, session, event, messages }: PasskeySignIn): pg.QueryConfig {
  const statement = new Statement(use)
  statement.insert('used_challenge', { id: challenge.id, expiresAt: challenge.expiresAt })
  statement.insert('session', sessionRow(seal, session))
  for (const item of session.evidence) statement.insert('evidence', evidenceRow({ sessionId: session.id }, item))
  const rows = eventRows(seal, event)
  statement.insert('event', rows.event)
  if (rows.detail) statement.insert('event_detail', rows.detail)
  for (const message of messages) statement.insert('outbox', outboxRow(seal, message))
  for (const { link } of messages) if (link) statement.insert('freeze_link', freezeLinkRow(seal, link))
  return statement.finish()
}

/** A statement that grows; its name tells its shape, so that each shape is prepared once per connection. */
class Statement {
  readonly #parts: string[] = []
  readonly #values: unknown[] = []
  #name = 'sign_in'

  constructor(use: PasskeySignIn['use']) {
    const p = (value: unknown): string => this.#parameter(value)
    const flags = addedFlags(use)
    this.#parts.push(`used as (update credential set sign_count = ${p(use.signCount)}, backup_state = ${p(flag(use.backupState))},
      uv_initialized = greatest(uv_initialized, ${p(flag(use.userVerified))}), last_used_at = ${p(use.at)}, last_used_in = ${p(use.usedIn)},
      flags = replace(flags, ${p(flags)}, '') || ${p(flags)}
      where id = ${p(use.id)} and status = 'active' returning id)`)
  }

  insert(table: string, row: object): void {
    const columns = Object.keys(row).map(snake).join(', ')
    const values = Object.values(row).map(value => this.#parameter(value))
    this.#parts.push(`i${this.#parts.length} as (insert into ${table} (${columns}) select ${values.join(', ')} from used)`)
    this.#name += `.${table}`
  }

  finish(): pg.QueryConfig {
    return { name: shortName(this.#name), text: `with ${this.#parts.join(', ')} select count(*) as used from used`, values: this.#values }
  }

  #parameter(value: unknown): string {
    this.#values.push(value)
    return `$${this.#values.length}`
  }
}

/** PostgreSQL cuts names at 63 bytes. */
const shortName = (name: string): string =>
  name
    .replace('.used_challenge.session', '')
    .replaceAll('evidence', 'v')
    .replaceAll('event_detail', 'd')
    .replaceAll('event', 'e')
    .replaceAll('outbox', 'o')
    .replaceAll('freeze_link', 'f')
    .slice(0, 60)
