import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Kysely } from 'kysely'
import { type Connection, type Execute, isRead, kyselyOver, Lease } from './connection.ts'
import { migrate, prepareMigrations } from './migrate.ts'
import type { DB } from './schema.ts'
import type { Seal } from './seal.ts'
import { checkpoint, Handle, Queue, rollback, type SqliteDatabase } from './sqlite-handle.ts'
import { GroupCommit } from './sqlite-sign-in.ts'
import type { Store, Tables } from './store.ts'
import { createTables } from './tables/index.ts'

type SqliteModule = { DatabaseSync: new (file: string) => SqliteDatabase }

export interface SqliteOptions {
  /** Path of the database; made when missing, readable by its owner only. ':memory:' is a private temporary file, gone after `close`. */
  file: string
  seal: Seal
  /** The database never grows above so many pages of 4 KiB; unlimited unless told. */
  maxPages?: number
}

/**
 * Opens a store on SQLite: one writer connection behind one queue per process, and readers that see what was committed.
 *
 * @example const store = await openSqlite({ file: 'data/latchkey.db', seal: createSeal(masterKey) })
 */
export async function openSqlite({ file, seal, maxPages }: SqliteOptions): Promise<Store> {
  const { DatabaseSync } = await sqliteModule()
  const place = file === ':memory:' ? temporary() : permanent(file)
  const open = (): Handle => new Handle(new DatabaseSync(place.path), place.durable)
  const writer = open()
  if (maxPages !== undefined) writer.all(`pragma max_page_count = ${Math.trunc(maxPages)}`, [])
  return new SqliteStore(seal, { writer, reader: open(), snapshots: open() }, queueFor(place.path), place.remove)
}

/** Node's own where it has it, else the same engine as a package. */
async function sqliteModule(): Promise<SqliteModule> {
  const builtin = process.getBuiltinModule?.('node:sqlite') as SqliteModule | undefined
  return builtin ?? ((await import('@photostructure/sqlite')) as unknown as SqliteModule)
}

interface Place {
  path: string
  /** Whether what is written must outlive a power cut. */
  durable: boolean
  remove(): void
}

/** What nobody closed goes when the process ends. */
const temporaries = new Set<string>()

const removeTemporary = (folder: string): void => rmSync(folder, { recursive: true, force: true })

const removeTemporaries = (): void => temporaries.forEach(removeTemporary)

function temporary(): Place {
  if (!process.listeners('exit').includes(removeTemporaries)) process.once('exit', removeTemporaries)
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-'))
  temporaries.add(folder)
  return { path: join(folder, 'latchkey.db'), durable: false, remove: () => removeTemporary(folder) }
}

function permanent(file: string): Place {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  // Made before SQLite opens it: its log files take over the mode that they find.
  closeSync(openSync(file, 'a', 0o600))
  chmodSync(file, 0o600)
  return { path: file, durable: true, remove() {} }
}

const RETURNS_ROWS = /^\s*(select|with|pragma)\b|\breturning\b/i

const executeOn =
  (handle: Handle): Execute =>
  async (sql, parameters) =>
    RETURNS_ROWS.test(sql) ? { rows: handle.all(sql, parameters) } : { rows: [], numAffectedRows: BigInt(handle.run(sql, parameters)) }

function connectionOn(handle: Handle, seal: Seal, execute: Execute, snapshot?: Connection['snapshot']): Connection {
  const db = kyselyOver('sqlite', execute)
  return {
    engine: 'sqlite',
    db,
    seal,
    snapshot: snapshot ?? (work => work(db)),
    prepared: async <Row>(_name: string, text: string, values: readonly unknown[]) => handle.all<Row>(positional(text), values),
  }
}

const texts = new Map<string, string>()
/** `$1` is a named parameter in SQLite; ours stand once each and in order, so a bare `?` says the same. */
function positional(text: string): string {
  const known = texts.get(text) ?? text.replace(/\$\d+/g, '?')
  texts.set(text, known)
  return known
}

const queues = new Map<string, Queue>()
/**
 * All stores of this process on one file share a queue: SQLite waits for a lock by blocking the thread, so a second writer here
 * would keep the first from ever finishing. Other processes wait in SQLite itself.
 */
function queueFor(path: string): Queue {
  const key = realpathSync(path)
  const queue = queues.get(key) ?? new Queue()
  queues.set(key, queue)
  return queue
}

/** Its connections: the one that writes, one for single reads, one for reads that see one moment. */
interface Handles {
  writer: Handle
  reader: Handle
  snapshots: Handle
}

class SqliteStore implements Store {
  readonly read: Tables
  readonly #seal: Seal
  readonly #writer: Handle
  readonly #reader: Handle
  readonly #snapshots: Handle
  readonly #snapshotQueue = new Queue()
  readonly #queue: Queue
  readonly #group: GroupCommit
  readonly #remove: () => void
  #closed = false

  constructor(seal: Seal, { writer, reader, snapshots }: Handles, queue: Queue, remove: () => void) {
    this.#seal = seal
    this.#writer = writer
    this.#reader = reader
    this.#snapshots = snapshots
    this.#queue = queue
    this.#remove = remove
    this.#group = new GroupCommit(writer, seal, queue)
    for (const handle of [reader, snapshots]) handle.exec('pragma query_only = on')
    const snapshot = <T>(work: (db: Kysely<DB>) => Promise<T>): Promise<T> => this.#snapshot(work)
    this.read = createTables(connectionOn(reader, seal, readsOnly(executeOn(reader)), snapshot))
  }

  transaction<T>(work: (tx: Tables) => Promise<T>): Promise<T> {
    return this.#inTurn(conn => work(createTables(conn)))
  }

  #inTurn<T>(work: (conn: Connection) => Promise<T>): Promise<T> {
    return this.#queue.run(() => this.#write(work))
  }

  signInWithPasskey: Store['signInWithPasskey'] = row => this.#group.add(row)

  async migrate(): Promise<void> {
    await this.#inTurn(async conn => {
      await prepareMigrations(conn.db)
      await migrate(conn.db, 'sqlite')
    })
  }

  async clockSkew(): Promise<number> {
    return 0
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#group.settled()
    await this.#queue.run(() => this.#snapshotQueue.run(() => this.#closeAll()))
  }

  #closeAll(): void {
    for (const handle of [this.#reader, this.#snapshots]) handle.close()
    // The log goes back into the database and is emptied: it would keep what was overwritten there.
    checkpoint(this.#writer)
    this.#writer.close()
    this.#remove()
  }

  async #write<T>(work: (conn: Connection) => Promise<T>): Promise<T> {
    const lease = new Lease()
    const execute = executeOn(this.#writer)
    const leased: Execute = async (sql, parameters) => {
      lease.check()
      return execute(sql, parameters)
    }
    this.#writer.exec('begin immediate')
    try {
      const result = await work(connectionOn(this.#writer, this.#seal, leased))
      this.#writer.exec('commit')
      return result
    } catch (error) {
      rollback(this.#writer)
      throw error
    } finally {
      lease.end()
    }
  }

  /** On a connection of its own, one at a time: another read on it would see an older moment than its caller may know of. */
  #snapshot<T>(work: (db: Kysely<DB>) => Promise<T>): Promise<T> {
    return this.#snapshotQueue.run(async () => {
      this.#snapshots.exec('begin')
      try {
        return await work(kyselyOver('sqlite', executeOn(this.#snapshots)))
      } finally {
        rollback(this.#snapshots)
      }
    })
  }
}

const readsOnly =
  (execute: Execute): Execute =>
  async (sql, parameters) => {
    if (!isRead(sql)) throw new Error('store.read only reads; write in store.transaction')
    return execute(sql, parameters)
  }
