import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { internals } from '@latchkey/server'
import { startPostgres } from '@latchkey/testing'
import { type RunningLatchkey, startLatchkey, TestBrowser } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Caller, Ctx } from '../packages/server/src/ctx.ts'
import type { Account, AccountId, CredentialId, Evidence, Passkey } from '../packages/server/src/domain/types.ts'
import { removePasskey } from '../packages/server/src/flows/passkeys.ts'
import { newSession } from '../packages/server/src/flows/session.ts'

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
    const contexts = await Promise.all(servers.map(async server => (await internals.get(server.latchkey))?.ctx as Ctx))
    const wrong: string[] = []
    for (let n = 0; n < REMOVALS; n++) {
      const { caller, ids } = await twoPasskeysAndGrants(contexts[0] as Ctx, n)
      const results = await Promise.allSettled(ids.map((id, i) => removePasskey(contexts[i] as Ctx, caller, id)))
      const reasons = results.map(r => (r.status === 'rejected' ? (r.reason as { code?: string }).code : 'removed')).sort()
      if (reasons.join() !== 'last_way_in,removed') wrong.push(reasons.join())
    }
    expect(wrong).toEqual([])
  }, 600_000)

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

/** An old account with nothing but two trusted passkeys, one session, and the proof for the removal of each. */
async function twoPasskeysAndGrants(ctx: Ctx, n: number): Promise<{ caller: Caller; ids: [string, string] }> {
  const at = ctx.now() - 2 * 86_400_000
  const accountId = `race-${n}` as AccountId
  const ids: [string, string] = [`race-${n}-one`, `race-${n}-two`]
  const account: Account = {
    id: accountId,
    userHandle: randomBytes(64),
    status: 'active',
    createdAt: at,
    frozenAt: null,
    moneyPausedUntil: null,
    pauseReasons: [],
    lockedUntil: null,
    lockScope: null,
    passkeyFirst: true,
  }
  const client = { ip: '192.0.2.1', userAgent: '', deviceId: null }
  const evidence: Evidence = {
    method: 'passkey',
    credentialId: ids[0] as CredentialId,
    userVerified: true,
    backupEligible: false,
    at: ctx.now(),
    operation: null,
    target: null,
  }
  const opened = newSession(
    ctx,
    { client },
    { facts: { account }, evidence: [evidence], credentialId: ids[0] as CredentialId, kind: 'full', founding: false },
  )
  await ctx.store.transaction(async tx => {
    await tx.accounts.insert(account)
    for (const id of ids) await tx.passkeys.insert(passkeyRow(accountId, id, at))
    await tx.sessions.insert(opened.row)
    // each removal is proved by the other passkey
    for (const [i, id] of ids.entries()) {
      const credentialId = ids[1 - i] as CredentialId
      await tx.grants.insert({
        id: `grant-${id}`,
        sessionId: opened.row.id,
        accountId,
        operation: 'passkey.remove',
        target: id,
        method: 'passkey',
        credentialId,
        createdAt: ctx.now(),
        expiresAt: ctx.now() + 300_000,
      })
    }
  })
  const session = await ctx.store.read.sessions.get(opened.row.id)
  return { caller: { client, session, anonymousId: '', knownAccounts: [] }, ids }
}

const passkeyRow = (accountId: AccountId, id: string, at: number): Passkey => ({
  id: id as CredentialId,
  accountId,
  rpId: 'localhost',
  publicKey: new Uint8Array(8),
  algorithm: -7,
  signCount: 0,
  aaguid: '00000000-0000-0000-0000-000000000000',
  transports: [],
  uvInitialized: true,
  backupEligible: false,
  backupState: false,
  attestationFormat: 'none',
  attachment: null,
  label: null,
  autoLabel: id,
  status: 'active',
  flags: [],
  createdAt: at,
  createdIn: '',
  createdVia: 'founding',
  createdSessionId: null,
  trustedAt: at,
  lastUsedAt: null,
  lastUsedIn: null,
  reviewedAt: null,
  suspendedAt: null,
  removedAt: null,
  endedVia: null,
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
