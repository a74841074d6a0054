import pg from 'pg'
import { type Connection, type Execute, isRead, kyselyOver, Lease, unavailable } from './connection.ts'
import { migrate, prepareMigrations } from './migrate.ts'
import { canRetry, isLost, metAtCreation, translated } from './postgres-errors.ts'
import { signIn } from './postgres-sign-in.ts'
import type { Seal } from './seal.ts'
import type { Store, Tables } from './store.ts'
import { createTables } from './tables/index.ts'

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database` */
  url: string
  seal: Seal
  /** Connections of this process; 10 unless told. */
  poolSize?: number
  timeouts?: Partial<PostgresTimeouts>
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

const TIMEOUTS: PostgresTimeouts = { connectMs: 1_000, statementMs: 3_000, lockMs: 2_000 }
/** What the server's own limit is given to arrive, before a connection counts as silent and is cut. */
const ANSWER_MARGIN_MS = 1_000
/** Gives up the locks of a transaction whose process has died or hangs. */
const IDLE_TRANSACTION_MS = 10_000

/**
 * Opens a store on PostgreSQL. Connects at first use, so that a server which is down at start is found by readiness, not by a crash.
 *
 * @example const store = await openPostgres({ url: process.env.DATABASE_URL, seal: createSeal(masterKey) })
 */
export async function openPostgres({ url, seal, poolSize = 10, timeouts = {} }: PostgresOptions): Promise<Store> {
  const { connectMs, statementMs, lockMs } = { ...TIMEOUTS, ...timeouts }
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    lock_timeout: lockMs,
    query_timeout: statementMs + ANSWER_MARGIN_MS,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_MS,
    application_name: 'latchkey',
    types: { getTypeParser: parserFor as typeof pg.types.getTypeParser },
  })
  // Without listeners a connection that the server closes ends our process: the pool's is for idle ones, the client's own for those
  // in a transaction that sends nothing at that moment. The next query on it fails, and the pool replaces it.
  pool.on('error', () => {})
  pool.on('connect', client => client.on('error', () => {}))
  return new PostgresStore(pool, seal)
}

const INT8 = 20
const BYTEA = 17

/** Milliseconds and counts fit a double; bytes come as plain Uint8Array, as from SQLite. */
function parserFor(oid: number, format?: 'text' | 'binary'): unknown {
  if (oid === INT8) return Number
  if (oid === BYTEA && format !== 'binary') return (text: string) => new Uint8Array(Buffer.from(text.slice(2), 'hex'))
  return pg.types.getTypeParser(oid, format as 'text')
}

interface Queryable {
  query(config: pg.QueryConfig): Promise<pg.QueryResult>
}

const executeOn =
  (target: Queryable, limits: object = {}): Execute =>
  async (text, parameters) => {
    const { rows, rowCount } = await translated(target.query({ text, values: [...parameters], ...limits }))
    return { rows, numAffectedRows: BigInt(rowCount ?? 0) }
  }

function connectionOn(target: Queryable, seal: Seal, execute: Execute, snapshot?: Connection['snapshot']): Connection {
  const db = kyselyOver('postgres', execute)
  return {
    engine: 'postgres',
    db,
    seal,
    snapshot: snapshot ?? (work => work(db)),
    prepared: async <Row>(name: string, text: string, values: readonly unknown[]) => {
      const result = await translated(target.query({ name, text, values: [...values] }))
      return result.rows as Row[]
    },
  }
}

/** As often as a transaction is repeated that lost against another one. */
const MAX_TRIES = 5

class PostgresStore implements Store {
  readonly engine = 'postgres'
  readonly read: Tables
  readonly #pool: pg.Pool
  readonly #seal: Seal
  #closed: Promise<void> | null = null

  constructor(pool: pg.Pool, seal: Seal) {
    this.#pool = pool
    this.#seal = seal
    const snapshot: Connection['snapshot'] = work => this.#repeat(() => this.#inTransaction(SNAPSHOT, conn => work(conn.db)))
    this.read = createTables(connectionOn(pool, seal, readsOnly(executeOn(pool)), snapshot))
  }

  transaction<T>(work: (tx: Tables) => Promise<T>): Promise<T> {
    return this.#repeat(() => this.#inTransaction(WRITE, conn => work(createTables(conn))))
  }

  signInWithPasskey: Store['signInWithPasskey'] = row => this.#repeat(() => signIn(this.#pool, this.#seal, row))

  async migrate(): Promise<void> {
    // The table of migrations in a transaction of its own, so that nodes which start together meet at one row and not in the catalogue.
    await this.#repeat(() => this.#inTransaction(WRITE, conn => prepareMigrations(conn.db)), metAtCreation)
    await this.#repeat(() => this.#inTransaction(MIGRATE, conn => migrate(conn.db, 'postgres')))
  }

  async clockSkew(now: number): Promise<number> {
    const { rows } = await translated(this.#pool.query('select (extract(epoch from clock_timestamp()) * 1000)::bigint as now'))
    return (rows[0] as { now: number }).now - now
  }

  close(): Promise<void> {
    this.#closed ??= this.#pool.end()
    return this.#closed
  }

  async #repeat<T>(attempt: () => Promise<T>, retry: (error: unknown) => boolean = canRetry): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await attempt()
      } catch (error) {
        if (!retry(error)) throw error
        if (tries === MAX_TRIES) throw unavailable(error)
        // A random pause, else those who met once meet again.
        await new Promise(resolve => setTimeout(resolve, Math.random() * 10 * 2 ** tries))
      }
    }
  }

  async #inTransaction<T>(mode: Mode, work: (conn: Connection) => Promise<T>): Promise<T> {
    const client = await translated(this.#pool.connect())
    let broken = false
    try {
      return await run(client, this.#seal, mode, work)
    } catch (error) {
      broken = isLost(error) || !(await rolledBack(client))
      throw error
    } finally {
      // A connection whose transaction may still be open is closed, which rolls it back.
      client.release(broken)
    }
  }
}

interface Mode {
  begin: string
  /** Settings of each query, over those of the pool. */
  limits?: { query_timeout: number }
}
const WRITE: Mode = { begin: 'begin isolation level read committed' }
const SNAPSHOT: Mode = { begin: 'begin isolation level repeatable read read only' }
/** Building an index on a large table takes its time; waiting for locks stays short, since everybody queues behind. */
const MIGRATE: Mode = {
  begin: 'begin isolation level read committed; set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0',
  limits: { query_timeout: 3_600_000 },
}

async function run<T>(client: pg.PoolClient, seal: Seal, { begin, limits }: Mode, work: (conn: Connection) => Promise<T>): Promise<T> {
  const lease = new Lease()
  const execute = executeOn(client, limits)
  const leased: Execute = async (sql, parameters) => {
    lease.check()
    return execute(sql, parameters)
  }
  try {
    await translated(client.query(begin))
    const result = await work(connectionOn(client, seal, leased))
    const { command } = await translated(client.query('commit'))
    // PostgreSQL answers ROLLBACK where an error inside was swallowed; nothing was written then.
    if (command !== 'COMMIT') throw new Error('the transaction had failed inside and was rolled back')
    return result
  } finally {
    lease.end()
  }
}

async function rolledBack(client: pg.PoolClient): Promise<boolean> {
  try {
    await client.query('rollback')
    return true
  } catch {
    return false
  }
}

const readsOnly =
  (execute: Execute): Execute =>
  async (sql, parameters) => {
    if (!isRead(sql)) throw new Error('store.read only reads; write in store.transaction')
    return execute(sql, parameters)
  }
