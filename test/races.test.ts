import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '@latchkey/testing'
import { SoftwareAuthenticator } from '@latchkey/testing/authenticator'
import { type RunningLatchkey, startLatchkey, TestBrowser } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const REMOVALS = Number(process.env.LATCHKEY_RACES ?? 300)
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

  it(`INV-1, N3, F30: two removals at once, ${REMOVALS} times, by two servers: never an account without a way in`, async () => {
    const [one, two] = servers as [RunningLatchkey, RunningLatchkey]
    const removed: number[] = []
    for (let n = 0; n < REMOVALS; n++) {
      const { first, second, ids } = await twoPasskeys(one, two, n)
      await first.stepUp('passkey.remove', ids[0])
      second.cookies.clear()
      for (const [name, value] of first.cookies) second.cookies.set(name, value)
      await second.stepUp('passkey.remove', ids[1])
      first.cookies.clear()
      for (const [name, value] of second.cookies) first.cookies.set(name, value)
      const answers = await Promise.all([first.api(`/api/passkeys/${ids[0]}/remove`, {}), second.api(`/api/passkeys/${ids[1]}/remove`, {})])
      removed.push(answers.filter(a => a.status === 200).length)
    }
    expect(removed.filter(n => n > 1)).toEqual([])
  }, 600_000)

  it('INV-3, O3, V-14: one challenge, taken by two processes at the same moment, opens one session', async () => {
    const [one, two] = servers as [RunningLatchkey, RunningLatchkey]
    const { first } = await twoPasskeys(one, two, -1)
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

/** A fresh account with two passkeys and one session, held by a browser on each server. */
async function twoPasskeys(
  one: RunningLatchkey,
  two: RunningLatchkey,
  n: number,
): Promise<{ first: TestBrowser; second: TestBrowser; ids: [string, string] }> {
  const first = one.browser()
  await first.signUp(`race${n}@example.com`)
  await first.stepUp('passkey.add')
  const other = new SoftwareAuthenticator({ origin: one.origin })
  const page = await first.open('/account/passkeys/new')
  await first.submit('/account/passkeys', { response: JSON.stringify(await other.create(TestBrowser.options(page))) })
  const second = two.browser()
  // the founding session is T, so that neither removal waits and both proofs are of the same kind
  second.authenticator = first.authenticator
  return { first, second, ids: [first.authenticator.credentials[0]?.id ?? '', other.credentials[0]?.id ?? ''] }
}

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
