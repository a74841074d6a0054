import pg from 'pg'
import { unavailable } from './connection.ts'
import { isReadOnly, mustDrop, translated } from './postgres-errors.ts'

/** A pool or one of its connections. */
export interface Queryable {
  query(config: pg.QueryConfig): Promise<pg.QueryResult>
}

/** After each of them the answer is Problem `unavailable`. */
export interface PostgresTimeouts {
  /** Waiting for a connection; 1,000 unless told. */
  connectMs: number
  /** One statement; 3,000 unless told. */
  statementMs: number
  /** Waiting for a lock; 2,000 unless told. */
  lockMs: number
}

export interface PoolOptions {
  url: string
  size: number
  timeouts: PostgresTimeouts
  /** Whether statements are prepared by name; left out: on a connection of our own, not behind a pooler. */
  prepare?: boolean | undefined
}

/** What the server's own limit is given to arrive, before a connection counts as silent and is cut. */
const ANSWER_MARGIN_MS = 1_000
/** Gives up the locks of a transaction whose process has died or hangs. */
const IDLE_TRANSACTION_MS = 10_000
/** All connections at once are replaced at most so often. */
const RENEW_MS = 1_000

/**
 * The connections of this process. Each is asked once what it leads to: a read-only server is refused, and what operators may have set
 * differently from what we rely on is set as we need it, for the connection, or behind a pooler (PgBouncer and its like, which hand the
 * next transaction to another one) for each transaction.
 */
export class PostgresPool {
  readonly #options: PoolOptions
  #pool: pg.Pool
  #renewed = 0
  /** Known from the first connection on. */
  #pooled = false

  constructor(options: PoolOptions) {
    this.#options = options
    this.#pool = this.#open()
  }

  #open(): pg.Pool {
    const { url, size, timeouts } = this.#options
    const pool = new pg.Pool({
      connectionString: url,
      max: size,
      connectionTimeoutMillis: timeouts.connectMs,
      query_timeout: timeouts.statementMs + ANSWER_MARGIN_MS,
      application_name: 'latchkey',
      types: { getTypeParser: parserFor as typeof pg.types.getTypeParser },
      onConnect: client => this.#meet(client),
    })
    // Without listeners a connection that the server closes ends our process: the pool's is for idle ones, the client's own for those
    // in a transaction that sends nothing at that moment. The next query on it fails, and the pool replaces it.
    pool.on('error', () => {})
    pool.on('connect', client => client.on('error', () => {}))
    return pool
  }

  /** Whether a pooler stands between us and the server. */
  get pooled(): boolean {
    return this.#pooled
  }

  /** What goes behind `begin` of every transaction. */
  get localSettings(): string {
    return this.#pooled ? `; select ${settings(this.#options.timeouts, 'true')}` : ''
  }

  async connect(): Promise<pg.PoolClient> {
    return translated(this.#pool.connect())
  }

  /** One statement that is its own transaction. */
  query(config: pg.QueryConfig): Promise<pg.QueryResult> {
    return this.#lend(client => client.query(this.statement(config)))
  }

  /** The server's clock, epoch milliseconds. @throws Problem `unavailable` where the server is read-only: it can do nothing for us */
  clock(): Promise<number> {
    return this.#lend(async client => {
      const { rows } = await client.query(CLOCK)
      const { now, read_only: readOnly } = rows[0] as { now: number; read_only: string }
      if (readOnly === 'on') throw readOnlyProblem()
      return now
    })
  }

  async #lend<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.connect()
    let failed: unknown = null
    try {
      return await translated(work(client))
    } catch (error) {
      failed = error
      throw error
    } finally {
      this.release(client, mustDrop(failed), failed)
    }
  }

  /** The statement as this connection takes it: prepared ones lose their name where nobody keeps them. */
  statement(config: pg.QueryConfig): pg.QueryConfig {
    if (config.name === undefined || (this.#options.prepare ?? !this.#pooled)) return config
    const { name: _, ...plain } = config
    return plain
  }

  /**
   * Tries out what `prepare: true` promises of a pooler: a statement is prepared, somebody else takes the server connection that has it,
   * and it is called again.
   *
   * @throws Error with the line that helps
   */
  async checkPrepared(): Promise<void> {
    if (!this.#pooled || this.#options.prepare !== true || this.#options.size < 2) return
    const [one, other] = await Promise.all([this.connect(), this.connect()])
    const probe = { name: 'latchkey_probe', text: 'select 1' }
    try {
      await one.query(probe)
      await other.query('begin; select 1')
      await one.query(probe)
    } catch (error) {
      throw new Error(`${NOT_KEPT} (${(error as Error).message})`)
    } finally {
      one.release(true)
      other.release(true)
    }
  }

  /** Gives a connection back, or away; a read-only one takes all the others with it. */
  release(client: pg.PoolClient, broken: boolean, error: unknown): void {
    client.release(broken)
    if (isReadOnly(error)) this.#renew()
  }

  end(): Promise<void> {
    return this.#pool.end()
  }

  #renew(): void {
    if (performance.now() - this.#renewed < RENEW_MS) return
    this.#renewed = performance.now()
    const old = this.#pool
    this.#pool = this.#open()
    old.end().catch(() => {})
  }

  /** @throws Problem `unavailable` for a read-only server; Error for one that can't hold our text */
  async #meet(client: pg.PoolClient | pg.ClientBase): Promise<void> {
    const own = (client as { processID?: number | null }).processID ?? 0
    // poolers invent the process id that they announce, so a difference tells them; the settings are then for this statement alone
    const text = `select pg_backend_pid() as pid, current_setting('server_encoding') as encoding,
      current_setting('transaction_read_only') as read_only, ${settings(this.#options.timeouts, `pg_backend_pid() <> ${own}`)}`
    const { rows } = await translated(patient(() => client.query(text)))
    const { pid, encoding, read_only: readOnly } = rows[0] as { pid: number; encoding: string; read_only: string }
    this.#pooled = pid !== own
    if (readOnly === 'on') throw readOnlyProblem()
    if (encoding !== 'UTF8') throw new Error(`its encoding is ${encoding}, and UTF8 is needed: create it with ENCODING 'UTF8'`)
  }
}

const NOT_KEPT =
  'a pooler stands before it that does not keep prepared statements: set postgres.prepare to false (LATCHKEY_POSTGRES_PREPARE=false), or let PgBouncer 1.21 or later keep them with max_prepared_statements'
/** Until our settings hold, the operator's do: a time limit for statements that is made for others may end even the first one. */
async function patient(ask: () => Promise<pg.QueryResult>): Promise<pg.QueryResult> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask()
    } catch (error) {
      if (tries === MEETINGS || (error as { code?: unknown }).code !== '57014') throw error
    }
  }
}
const MEETINGS = 20

const CLOCK = `select (extract(epoch from clock_timestamp()) * 1000)::bigint as now, current_setting('transaction_read_only') as read_only`
const READ_ONLY = 'it is read-only: a standby, or default_transaction_read_only is on'

const readOnlyProblem = () => unavailable(Object.assign(new Error(READ_ONLY), { code: '25006' }))

/** A select list that sets what we rely on, whatever the server, the database or the role says. @param local SQL of a boolean */
const settings = ({ statementMs, lockMs }: PostgresTimeouts, local: string): string =>
  Object.entries({
    statement_timeout: statementMs,
    lock_timeout: lockMs,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_MS,
    idle_session_timeout: 0,
    default_transaction_isolation: 'read committed',
    default_transaction_deferrable: 'off',
    standard_conforming_strings: 'on',
    timezone: 'UTC',
    bytea_output: 'hex',
  })
    .map(([name, value]) => `set_config('${name}', '${value}', ${local})`)
    .concat(
      `case when current_setting('transaction_timeout', true) is null then '' else set_config('transaction_timeout', '0', ${local}) end`,
    )
    .join(', ')

const INT8 = 20
const BYTEA = 17

/** Milliseconds and counts fit a double; bytes come as plain Uint8Array, as from SQLite. */
function parserFor(oid: number, format?: 'text' | 'binary'): unknown {
  if (oid === INT8) return Number
  if (oid !== BYTEA || format === 'binary') return pg.types.getTypeParser(oid, format as 'text')
  const parse = pg.types.getTypeParser(BYTEA, 'text') as (text: string) => Uint8Array
  return (text: string) => new Uint8Array(text.startsWith('\\x') ? Buffer.from(text.slice(2), 'hex') : parse(text))
}
