import type pg from 'pg'
import { type Connection, type Execute, isRead, kyselyOver, Lease, unavailable } from './connection.ts'
import { migrate, prepareMigrations } from './migrate.ts'
import { canRetry, metAtCreation, mustDrop, translated } from './postgres-errors.ts'
import { PostgresPool, type PostgresTimeouts, type Queryable } from './postgres-pool.ts'
import { signIn } from './postgres-sign-in.ts'
import type { Seal } from './seal.ts'
import { tellStatement } from './statements.ts'
import type { Store, Tables } from './store.ts'
import { createTables } from './tables/index.ts'

export type { PostgresTimeouts } from './postgres-pool.ts'

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database` */
  url: string
  seal: Seal
  /** Connections of this process; 10 unless told. */
  poolSize?: number
  /** Whether statements are prepared by name; left out: on connections of our own, not behind a pooler. */
  prepare?: boolean | undefined
  timeouts?: Partial<PostgresTimeouts>
}

const TIMEOUTS: PostgresTimeouts = { connectMs: 1_000, statementMs: 3_000, lockMs: 2_000 }

/**
 * Opens a store on PostgreSQL. Connects at first use, so that a server which is down at start is found by readiness, not by a crash.
 *
 * @example const store = await openPostgres({ url: process.env.DATABASE_URL, seal: createSeal(masterKey) })
 */
export async function openPostgres({ url, seal, poolSize = 10, prepare, timeouts = {} }: PostgresOptions): Promise<Store> {
  return new PostgresStore(new PostgresPool({ url, size: poolSize, prepare, timeouts: { ...TIMEOUTS, ...timeouts } }), seal)
}

const executeOn =
  (target: Queryable, limits: object = {}): Execute =>
  async (text, parameters) => {
    tellStatement(text)
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
      tellStatement(text)
      const result = await translated(target.query({ name, text, values: [...values] }))
      return result.rows as Row[]
    },
  }
}

/** As often as a transaction is repeated that lost against another one. */
const MAX_TRIES = 5

class PostgresStore implements Store {
  readonly read: Tables
  readonly #pool: PostgresPool
  readonly #seal: Seal
  #closed: Promise<void> | null = null

  constructor(pool: PostgresPool, seal: Seal) {
    this.#pool = pool
    this.#seal = seal
    const snapshot: Connection['snapshot'] = work => this.#repeat(() => this.#inTransaction(SNAPSHOT, conn => work(conn.db)))
    this.read = createTables(connectionOn(pool, seal, readsOnly(executeOn(pool)), snapshot))
  }

  transaction<T>(work: (tx: Tables) => Promise<T>): Promise<T> {
    return this.#repeat(() => this.#inTransaction(WRITE, conn => work(createTables(conn))))
  }

  signInWithPasskey: Store['signInWithPasskey'] = row =>
    this.#repeat(() =>
      // one statement, one round trip; behind a pooler our settings reach it in a transaction alone
      this.#pool.pooled ? this.#onClient(WRITE, client => signIn(client, this.#seal, row)) : signIn(this.#pool, this.#seal, row),
    )

  async migrate(): Promise<void> {
    // The table of migrations in a transaction of its own, so that nodes which start together meet at one row and not in the catalogue.
    await this.#repeat(() => this.#inTransaction(WRITE, conn => prepareMigrations(conn.db)), metAtCreation)
    await this.#repeat(() => this.#inTransaction(MIGRATE, conn => migrate(conn.db, 'postgres')))
    await this.#pool.checkPrepared()
  }

  async clockSkew(now: number): Promise<number> {
    return (await this.#pool.clock()) - now
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

  #inTransaction<T>(mode: Mode, work: (conn: Connection) => Promise<T>): Promise<T> {
    return this.#onClient(mode, async client => {
      const lease = new Lease()
      const execute = executeOn(client, mode.limits)
      const leased: Execute = async (sql, parameters) => {
        lease.check()
        return execute(sql, parameters)
      }
      try {
        return await work(connectionOn(client, this.#seal, leased))
      } finally {
        lease.end()
      }
    })
  }

  async #onClient<T>(mode: Mode, work: (client: Queryable) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect()
    let broken = false
    let failed: unknown = null
    try {
      tellStatement(mode.begin)
      await translated(client.query(mode.begin + this.#pool.localSettings + (mode.settings ?? '')))
      const result = await work({ query: config => client.query(this.#pool.statement(config)) })
      const { command } = await translated(client.query('commit'))
      // PostgreSQL answers ROLLBACK where an error inside was swallowed; nothing was written then.
      if (command !== 'COMMIT') throw new Error('the transaction had failed inside and was rolled back')
      return result
    } catch (error) {
      failed = error
      broken = mustDrop(error) || !(await rolledBack(client))
      throw error
    } finally {
      // A connection whose transaction may still be open is closed, which rolls it back.
      this.#pool.release(client, broken, failed)
    }
  }
}

interface Mode {
  begin: string
  /** Of this transaction, over those of the connection. */
  settings?: string
  /** Settings of each query, over those of the pool. */
  limits?: { query_timeout: number }
}
const WRITE: Mode = { begin: 'begin isolation level read committed' }
const SNAPSHOT: Mode = { begin: 'begin isolation level repeatable read read only' }
/** Building an index on a large table takes its time; waiting for locks stays short, since everybody queues behind. */
const MIGRATE: Mode = {
  begin: 'begin isolation level read committed',
  settings: '; set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0',
  limits: { query_timeout: 3_600_000 },
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
