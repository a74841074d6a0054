import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '@latchkey/testing'
import { type RunningLatchkey, startLatchkey, TestBrowser } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const TRIALS = 20
const PORTS = [44_311, 44_312] as const

/** One database that several servers share. */
interface Shared {
  database: string
  folder: string
  stop(): Promise<void>
}

const ENGINES: Record<string, () => Promise<Shared>> = {
  async SQLite() {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-race-'))
    return { database: join(folder, 'race.db'), folder, stop: async () => rmSync(folder, { recursive: true, force: true }) }
  },
  async PostgreSQL() {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-race-'))
    const postgres = await startPostgres()
    return {
      database: await postgres.createDatabase('race'),
      folder,
      async stop() {
        await postgres.stop()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  },
}

describe.each(Object.keys(ENGINES))('races on %s', engine => {
  let shared: Shared
  let servers: RunningLatchkey[] = []
  beforeAll(async () => {
    shared = await (ENGINES[engine] as () => Promise<Shared>)()
    const options = { database: shared.database, dataDir: shared.folder, policy: { preset: 'exchange' as const } }
    servers = [await startLatchkey(options), await startLatchkey(options)]
  })
  afterAll(async () => {
    for (const server of servers) await server.close()
    await shared.stop()
  })

  it('INV-3, O3, V-14: one challenge, taken by two processes at the same moment, opens one session', async () => {
    const first = (servers[0] as RunningLatchkey).browser()
    await first.signUp('race@example.com')
    const children = PORTS.map(port => startProcess(shared, port))
    try {
      await Promise.all(children.map(child => child.listening))
      for (let n = 0; n < TRIALS; n++) {
        first.forget()
        const page = await first.open('/sign-in')
        const response = await first.authenticator.get(TestBrowser.options(page))
        const cookie = [...first.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
        const statuses = await Promise.all(PORTS.map(port => post(port, '/api/sign-in/passkey', { response }, cookie)))
        expect(statuses.sort()).toEqual([200, 409])
      }
    } finally {
      for (const child of children) child.kill()
    }
  }, 240_000)
})

function startProcess(shared: Shared, port: number): { listening: Promise<void>; kill(): void } {
  const child = spawn(
    process.execPath,
    ['--conditions=@latchkey/source', '--import', 'tsx', 'test/fixtures/process.ts', shared.database, shared.folder, String(port)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const listening = new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve())
    child.once('exit', code => reject(new Error(`the server process ended with ${code}`)))
  })
  return { listening, kill: () => child.kill('SIGTERM') }
}

/** A JSON call to one of the processes under the public host name. @returns the status */
function post(port: number, path: string, body: unknown, cookie: string): Promise<number> {
  const text = JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const headers = {
      host: 'localhost:4400',
      origin: 'http://localhost:4400',
      'content-type': 'application/json',
      'x-lk': '1',
      'content-length': Buffer.byteLength(text),
      cookie,
    }
    const outgoing = request({ host: '127.0.0.1', port, method: 'POST', path, headers }, incoming => {
      incoming.resume()
      incoming.on('end', () => resolve(incoming.statusCode ?? 0))
    })
    outgoing.on('error', reject)
    outgoing.end(text)
  })
}
