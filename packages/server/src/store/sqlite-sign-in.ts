import type { Seal } from './seal.ts'
import { type Handle, type Queue, rollback } from './sqlite-handle.ts'
import type { PasskeySignIn } from './store.ts'
import { addedFlags, eventRows, evidenceRow, flag, freezeLinkRow, outboxRow, sessionRow, snake } from './tables/rows.ts'

type Outcome = 'signed_in' | 'replayed' | 'not_active'

interface Waiting {
  row: PasskeySignIn
  resolve(outcome: Outcome): void
  reject(error: unknown): void
}

/**
 * Sign-ins share a commit: what one turn of the event loop verified is written in one transaction, a savepoint each, and answered
 * only after it is on disk. The disk's flush is most of a commit's price; sixteen at once pay it once.
 */
export class GroupCommit {
  readonly #writer: Handle
  readonly #seal: Seal
  readonly #queue: Queue
  #waiting: Waiting[] = []

  constructor(writer: Handle, seal: Seal, queue: Queue) {
    this.#writer = writer
    this.#seal = seal
    this.#queue = queue
  }

  add(row: PasskeySignIn): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => void this.#queue.run(() => this.#flush()))
      this.#waiting.push({ row, resolve, reject })
    })
  }

  /** Resolves when nothing waits for its turn any more; its commit is in the queue by then. */
  async settled(): Promise<void> {
    while (this.#waiting.length > 0) await new Promise(resolve => setImmediate(resolve))
  }

  /** Without a pause: nothing else of this process runs between begin and commit. */
  #flush(): void {
    const group = this.#waiting
    this.#waiting = []
    try {
      this.#writer.run('begin immediate', [])
      const answers = group.map(one => this.#attempt(one))
      this.#writer.run('commit', [])
      for (const answer of answers) answer()
    } catch (error) {
      rollback(this.#writer)
      for (const one of group) one.reject(error)
    }
  }

  /** @returns what to answer once the group is committed */
  #attempt({ row, resolve, reject }: Waiting): () => void {
    this.#writer.run('savepoint one', [])
    try {
      const outcome = write(this.#writer, this.#seal, row)
      if (outcome === 'signed_in') this.#writer.run('release one', [])
      else this.#writer.exec(UNDO)
      return () => resolve(outcome)
    } catch (error) {
      this.#writer.exec(UNDO)
      return () => reject(error)
    }
  }
}

const UNDO = 'rollback to one; release one'

const SPEND = 'insert into used_challenge (id, expires_at) values (?, ?) on conflict do nothing'
const USE = `update credential set sign_count = ?, backup_state = ?, uv_initialized = max(uv_initialized, ?), last_used_at = ?,
  last_used_in = ?, flags = replace(flags, ?, '') || ? where id = ? and status = 'active'`

function write(writer: Handle, seal: Seal, { challenge, use, session, event, messages }: PasskeySignIn): Outcome {
  const used = [use.signCount, flag(use.backupState), flag(use.userVerified), use.at, use.usedIn]
  const flags = addedFlags(use)
  if (writer.run(USE, [...used, flags, flags, use.id]) === 0) return 'not_active'
  if (writer.run(SPEND, [challenge.id, challenge.expiresAt]) === 0) return 'replayed'
  insert(writer, 'session', sessionRow(seal, session))
  for (const item of session.evidence) insert(writer, 'evidence', evidenceRow({ sessionId: session.id }, item))
  const rows = eventRows(seal, event)
  insert(writer, 'event', rows.event)
  if (rows.detail) insert(writer, 'event_detail', rows.detail)
  for (const message of messages) insert(writer, 'outbox', outboxRow(seal, message))
  for (const { link } of messages) if (link) insert(writer, 'freeze_link', freezeLinkRow(seal, link))
  return 'signed_in'
}

const statements = new Map<string, { columns: string[]; sql: string }>()

/** The columns of a table are those of the first row written to it: the row makers name all of them each time. */
function insert(writer: Handle, table: string, row: object): void {
  const statement = statements.get(table) ?? insertStatement(table, Object.keys(row))
  statements.set(table, statement)
  const values = row as Record<string, unknown>
  writer.run(
    statement.sql,
    statement.columns.map(name => values[name]),
  )
}

const insertStatement = (table: string, columns: string[]): { columns: string[]; sql: string } => ({
  columns,
  sql: `insert into ${table} (${columns.map(snake).join(', ')}) values (${columns.map(() => '?').join(', ')})`,
})
