import { unavailable } from './connection.ts'
import { tellStatement } from './statements.ts'

/** The part of `node:sqlite` that we use; whoever looks like it may be used instead. */
export interface SqliteDatabase {
  exec(sql: string): void
  prepare(sql: string): SqliteStatement
  close(): void
}
export interface SqliteStatement {
  all(...parameters: never[]): unknown[]
  run(...parameters: never[]): { changes: number | bigint }
}
/** One connection with its prepared statements. */
export class Handle {
  readonly #db: SqliteDatabase
  readonly #statements = new Map<string, SqliteStatement>()

  constructor(db: SqliteDatabase, durable: boolean) {
    this.#db = db
    db.exec('pragma busy_timeout = 5000')
    db.exec('pragma journal_mode = wal')
    db.exec('pragma foreign_keys = on')
    // what is deleted or sealed is overwritten, and not only forgotten
    db.exec('pragma secure_delete = on')
    db.exec(`pragma synchronous = ${durable ? 'full' : 'off'}`)
  }
  exec(sql: string): void {
    tellStatement(sql)
    guard(() => this.#db.exec(sql))
  }
  all<Row>(sql: string, parameters: readonly unknown[]): Row[] {
    return guard(() => this.#statement(sql).all(...(parameters as never[])) as Row[])
  }
  /** @returns how many rows it changed */
  run(sql: string, parameters: readonly unknown[]): number {
    return guard(() => Number(this.#statement(sql).run(...(parameters as never[])).changes))
  }
  close(): void {
    this.#db.close()
  }
  #statement(sql: string): SqliteStatement {
    tellStatement(sql)
    const known = this.#statements.get(sql)
    if (known) return known
    // Lists of ids make statements of many lengths; starting over is simpler than ageing them out one by one.
    if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear()
    const statement = this.#db.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}

const MAX_STATEMENTS = 500

/** Primary result codes that mean "not now": busy, locked, out of memory, read-only, I/O error, disk full, cannot open, lock protocol. */
const NOT_NOW = new Set([5, 6, 7, 8, 10, 13, 14, 15])

function guard<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    const code = (error as { errcode?: unknown }).errcode
    throw typeof code === 'number' && NOT_NOW.has(code & 0xff) ? unavailable(error) : error
  }
}

/** Runs jobs one after another, whether they fail or not. */
export class Queue {
  #tail: Promise<unknown> = Promise.resolve()
  run<T>(job: () => Promise<T> | T): Promise<T> {
    const result = this.#tail.then(job)
    this.#tail = result.catch(() => {})
    return result
  }
}

/** Some errors, a full disk for one, have rolled back already; then there is nothing left to do. */
export function rollback(handle: Handle): void {
  try {
    handle.exec('rollback')
  } catch {}
}

/** Writes the log back and empties it; another process that reads, or a full disk, leaves it for the next time. */
export function checkpoint(handle: Handle): void {
  try {
    handle.exec('pragma wal_checkpoint(truncate)')
  } catch {}
}
