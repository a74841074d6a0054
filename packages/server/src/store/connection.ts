import {
  CamelCasePlugin,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { isPlainText } from '../domain/plain-text.ts'
import { Problem } from '../domain/problems.ts'
import type { DB, Engine } from './schema.ts'
import type { Seal } from './seal.ts'

/** What the table files work with: a query builder, the seal, and the few things that the engines do differently. */
export interface Connection {
  engine: Engine
  db: Kysely<DB>
  seal: Seal
  /** Runs reads that must show one moment, e.g. an account with its passkeys. Inside a transaction it is the transaction. */
  snapshot<T>(work: (db: Kysely<DB>) => Promise<T>): Promise<T>
  /** Runs a statement of the hot path as a prepared one. `text` has `$1`, `$2`, … once each and in order; names come back as written. */
  prepared<Row>(name: string, text: string, values: readonly unknown[]): Promise<Row[]>
}

/** Sends one statement to the database. */
export type Execute = (sql: string, parameters: readonly unknown[]) => Promise<QueryResult<unknown>>

const PARTS = {
  sqlite: { adapter: SqliteAdapter, introspector: SqliteIntrospector, compiler: SqliteQueryCompiler },
  postgres: { adapter: PostgresAdapter, introspector: PostgresIntrospector, compiler: PostgresQueryCompiler },
} as const

/** A Kysely that only builds statements and hands them to `execute`: transactions are ours, begun and ended in one place per engine. */
export function kyselyOver(engine: Engine, execute: Execute): Kysely<DB> {
  const parts = PARTS[engine]
  const dialect: Dialect = {
    createAdapter: () => new parts.adapter(),
    createDriver: () => new OneConnection(execute),
    createIntrospector: db => new parts.introspector(db),
    createQueryCompiler: () => new parts.compiler(),
  }
  return new Kysely<DB>({ dialect, plugins: [camelCase] })
}

const camelCase = new CamelCasePlugin()

class OneConnection implements Driver, DatabaseConnection {
  readonly #execute: Execute
  constructor(execute: Execute) {
    this.#execute = execute
  }
  async init(): Promise<void> {}
  async acquireConnection(): Promise<DatabaseConnection> {
    return this
  }
  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    // the door has refused it already (http/door.ts); this is for what a host hands in, and for text inside of other text
    if (!query.parameters.every(value => typeof value !== 'string' || isPlainText(value))) throw new Problem('bad_request')
    return (await this.#execute(query.sql, query.parameters)) as QueryResult<R>
  }
  streamQuery(): never {
    throw new Error('rows are not streamed')
  }
  async beginTransaction(): Promise<void> {
    throw new Error('transactions are begun by the store')
  }
  async commitTransaction(): Promise<void> {}
  async rollbackTransaction(): Promise<void> {}
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
}

/** Whether a statement changes nothing: all that `store.read` accepts. */
export const isRead = (sql: string): boolean => /^\s*select\b/i.test(sql)

/** Refuses statements once the transaction has ended: an operation that was not awaited must not run in somebody else's. */
export class Lease {
  #over = false
  check(): void {
    if (this.#over) throw new Error('this transaction is over; was one of its calls not awaited?')
  }
  end(): void {
    this.#over = true
  }
}

/** The database cannot answer now; the caller may try again. */
export const unavailable = (cause: unknown): Problem => new Problem('unavailable', { retryAfterSeconds: 1 }, cause)
