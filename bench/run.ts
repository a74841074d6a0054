// `npm run bench`: figures as ratios, side by side in one run. Nothing here is a test.
import { spawn } from 'node:child_process'
import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startPostgres } from '@latchkey/testing'
import { Client, type Key, readKey } from './client.ts'

const SECONDS = Number(process.env.BENCH_SECONDS ?? 3)
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3)
const median = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** The part that nobody can leave out: one bare ES256 verification, in microseconds, measured in this run. */
function bareVerify(): number {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const data = createHash('sha256').update('limit').digest()
  const signature = sign('sha256', data, privateKey)
  const start = performance.now()
  let n = 0
  for (; performance.now() - start < 500; n++) verify('sha256', data, publicKey, signature)
  return ((performance.now() - start) * 1000) / n
}

interface Server {
  client: Client
  keys: Key[]
  coldStartMs: number
  usage(): Promise<{ cpuMs: number; rssMiB: number }>
  stop(): Promise<void>
}

async function startServer(database: string, port: number, folder: string): Promise<Server> {
  const child = spawn(process.execPath, ['--conditions=@latchkey/source', '--import', 'tsx', 'bench/server.ts', database, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, BENCH_DIR: folder },
  })
  const line = await new Promise<string>(resolve => createInterface({ input: child.stdout }).once('line', resolve))
  const { ready, seeded } = JSON.parse(line) as { ready: number; seeded: Parameters<typeof readKey>[0][] }
  const client = new Client(`http://localhost:${port}`)
  return {
    client,
    keys: seeded.map(readKey),
    coldStartMs: ready,
    usage: async () => (await client.call('GET', '/bench/usage', undefined, '')).body as never,
    stop: () =>
      new Promise(resolve => {
        client.close()
        child.once('exit', () => resolve())
        child.kill('SIGTERM')
      }),
  }
}

/** Runs `work` with so many at once for some seconds. @returns operations per second and CPU milliseconds per 1,000 */
async function measure(
  server: Server,
  atOnce: number,
  work: (n: number) => Promise<unknown>,
): Promise<{ perSecond: number; cpuPer1000: number; rssMiB: number }> {
  await server.usage()
  const end = performance.now() + SECONDS * 1000
  let done = 0
  const lane = async (n: number): Promise<void> => {
    while (performance.now() < end) {
      await work(n)
      done++
    }
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: atOnce }, (_, n) => lane(n)))
  const seconds = (performance.now() - start) / 1000
  const { cpuMs, rssMiB } = await server.usage()
  return { perSecond: done / seconds, cpuPer1000: (cpuMs / done) * 1000, rssMiB }
}

async function benchmark(name: string, server: Server, limitUs: number): Promise<Record<string, string | number>[]> {
  const rows: Record<string, string | number>[] = []
  const cookies = await server.client.signIn(server.keys[0]!)
  for (const atOnce of [1, 16, 64]) {
    const rounds = []
    for (let i = 0; i < ROUNDS; i++)
      rounds.push(await measure(server, atOnce, n => server.client.signIn(server.keys[n % server.keys.length]!)))
    rows.push(row(name, `passkey sign-ins, ${atOnce} at once`, rounds, limitUs))
  }
  const checks = []
  for (let i = 0; i < ROUNDS; i++)
    checks.push(await measure(server, 16, () => server.client.call('GET', '/api/session', undefined, cookies)))
  rows.push(row(name, 'session checks, 16 at once', checks, limitUs))
  return rows
}

function row(
  engine: string,
  what: string,
  rounds: { perSecond: number; cpuPer1000: number; rssMiB: number }[],
  limitUs: number,
): Record<string, string | number> {
  const perSecond = median(rounds.map(r => r.perSecond))
  const cpu = median(rounds.map(r => r.cpuPer1000))
  return {
    engine,
    what,
    'per second': Math.round(perSecond),
    'CPU s per 1,000': (cpu / 1000).toFixed(2),
    'CPU over one bare verify': (cpu / limitUs).toFixed(1),
    'memory MiB': Math.round(median(rounds.map(r => r.rssMiB))),
  }
}

const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
const limitUs = bareVerify()
console.log(
  `One bare ES256 verify: ${limitUs.toFixed(0)} us. Medians of ${ROUNDS} rounds of ${SECONDS} s, load and server on the same machine.`,
)
const sqlite = await startServer(join(folder, 'bench.db'), 4498, folder)
const rows = await benchmark('SQLite', sqlite, limitUs)
console.log(`Cold start to ready, SQLite, seeding included: ${sqlite.coldStartMs.toFixed(0)} ms`)
await sqlite.stop()
const postgres = await startPostgres()
try {
  const server = await startServer(await postgres.createDatabase('bench'), 4499, folder)
  rows.push(...(await benchmark('PostgreSQL', server, limitUs)))
  await server.stop()
} finally {
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
}
console.table(rows)
process.exit(0)
