import { type Kysely, sql } from 'kysely'
import { first } from './migrations/0001-first.ts'
import { purge } from './migrations/0002-purge.ts'
import { sealed } from './migrations/0003-sealed.ts'
import { keys } from './migrations/0004-keys.ts'
import { coveredCeremonies } from './migrations/0006-covered-ceremonies.ts'
import { classWords } from './migrations/0007-class-words.ts'
import { freeze } from './migrations/0008-freeze.ts'
import { messages } from './migrations/0009-messages.ts'
import { lock as ownersLock } from './migrations/0010-lock.ts'
import { checkup } from './migrations/0011-checkup.ts'
import { undo } from './migrations/0012-undo.ts'
import type { Migration, Types } from './migrations/migration.ts'
import type { DB, Engine } from './schema.ts'

const TYPES: Record<Engine, Types> = {
  sqlite: { ms: 'integer', bytes: 'blob', table: (name, columns) => `create table ${name} (${columns.join(', ')}) strict` },
  postgres: { ms: 'bigint', bytes: 'bytea', table: (name, columns) => `create table ${name} (${columns.join(', ')})` },
}

/** In order; a released one never changes. */
const MIGRATIONS: Migration[] = [first, purge, sealed, keys, coveredCeremonies, classWords, freeze, messages, ownersLock, checkup, undo]

/** The names of all, in order. */
export const migrationNames = (): string[] => MIGRATIONS.map(migration => migration.name)

/** Makes the table that remembers what ran, with one row to lock. */
export async function prepareMigrations(db: Kysely<DB>): Promise<void> {
  await sql`create table if not exists schema_migration (name text primary key)`.execute(db)
  await sql`insert into schema_migration (name) values ('') on conflict do nothing`.execute(db)
}

/**
 * Runs what is missing, inside the caller's transaction, after `prepareMigrations`. Kysely's own Migrator is not used: it takes an
 * advisory lock, which distributed engines lack, and refuses a database that a newer release has migrated, which a rolling upgrade
 * needs.
 *
 * @returns the names of those that ran
 */
export async function migrate(db: Kysely<DB>, engine: Engine): Promise<string[]> {
  if ((await missing(db)).length === 0) return []
  if (engine === 'postgres') await lock(db)
  const todo = await missing(db)
  for (const migration of todo) await run(db, migration, TYPES[engine])
  return todo.map(migration => migration.name)
}

async function missing(db: Kysely<DB>): Promise<Migration[]> {
  const done = await sql<{ name: string }>`select name from schema_migration`.execute(db)
  const known = new Set(done.rows.map(row => row.name))
  return MIGRATIONS.filter(migration => !known.has(migration.name))
}

/** Nodes that start together take turns, patiently; for the tables themselves waiting stays short, since everybody queues behind. */
async function lock(db: Kysely<DB>): Promise<void> {
  await sql`set local lock_timeout = '120s'`.execute(db)
  await sql`select name from schema_migration where name = '' for update`.execute(db)
  await sql`set local lock_timeout = '2s'`.execute(db)
}

async function run(db: Kysely<DB>, migration: Migration, types: Types): Promise<void> {
  for (const statement of migration.statements(types)) await sql.raw(statement).execute(db)
  await sql`insert into schema_migration (name) values (${migration.name})`.execute(db)
}
