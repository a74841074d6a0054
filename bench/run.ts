// `npm run bench`: figures as ratios, side by side in one run. Nothing here is a test.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPostgres } from '@latchkey/testing'
import { Client, Jar, type Key, readKey } from './client.ts'

const SECONDS = Number(process.env.BENCH_SECONDS ?? 3)
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3)
const median = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

interface Process {
  client: Client
  /** What it printed when it was ready. */
  first: Record<string, unknown>
  usage(): Promise<{ cpuMs: number; rssMiB: number }>
  stop(): Promise<void>
}

async function start(script: string, port: number, args: string[], folder: string): Promise<Process> {
  const child = spawn(process.execPath, ['--conditions=@latchkey/source', '--import', 'tsx', `bench/${script}`, ...args, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, BENCH_DIR: folder },
  })
  // whatever ends this run must not leave a server behind on its port
  process.on('exit', () => child.kill())
  const first = JSON.parse(await firstLine(child)) as Process['first']
  const client = new Client(`http://localhost:${port}`)
  return {
    client,
    first,
    usage: async () => (await client.call('GET', '/bench/usage', undefined, '')).body as never,
    async stop() {
      client.close()
      child.kill('SIGTERM')
      await new Promise(resolve => child.once('exit', resolve))
    },
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).once('line', resolve)
    child.once('exit', code => reject(new Error(`a process ended with ${code}`)))
  })
}

interface Measured {
  perSecond: number
  /** CPU milliseconds of the measured process for 1,000 operations. */
  cpuPer1000: number
  rssMiB: number
  /** Answers 503 in a hundred. */
  refused: number
}

/** Runs `work` with so many at once for some seconds. @param work gives the status */
async function measure(server: Process, atOnce: number, work: (n: number) => Promise<number>): Promise<Measured> {
  await server.usage()
  const end = performance.now() + SECONDS * 1000
  let [done, refused] = [0, 0]
  const lane = async (n: number): Promise<void> => {
    while (performance.now() < end) {
      if ((await work(n)) === 503) refused++
      else done++
    }
  }
  const begun = performance.now()
  await Promise.all(Array.from({ length: atOnce }, (_, n) => lane(n)))
  const seconds = (performance.now() - begun) / 1000
  const { cpuMs, rssMiB } = await server.usage()
  return { perSecond: done / seconds, cpuPer1000: (cpuMs / Math.max(1, done)) * 1000, rssMiB, refused: (100 * refused) / (done + refused) }
}

async function rounds(work: () => Promise<Measured>): Promise<Measured> {
  const all: Measured[] = []
  for (let n = 0; n < ROUNDS; n++) all.push(await work())
  const of = (name: keyof Measured): number => median(all.map(one => one[name]))
  return { perSecond: of('perSecond'), cpuPer1000: of('cpuPer1000'), rssMiB: of('rssMiB'), refused: of('refused') }
}

type Row = Record<string, string | number>

/** @param limitUs CPU microseconds of the parts of one sign-in on this engine */
async function benchmark(engine: string, server: Process, limitUs: number): Promise<Row[]> {
  const people = (server.first.seeded as Parameters<typeof readKey>[0][]).map(seeded => ({ key: readKey(seeded), jar: new Jar() }))
  const signIn = (n: number): Promise<number> => {
    const { key, jar } = people[n % people.length] as { key: Key; jar: Jar }
    return server.client.signIn(key, jar)
  }
  // everybody's browser is known afterwards, and their notices of it have left
  for (const n of people.keys()) await signIn(n)
  await sleep(2_000)
  const rows: Row[] = []
  for (const atOnce of [1, 16, 64])
    rows.push(row(engine, `passkey sign-ins, ${atOnce} at once`, await rounds(() => measure(server, atOnce, signIn)), limitUs))
  await signIn(0)
  const cookies = people[0]!.jar.text()
  const check = async (): Promise<number> => (await server.client.call('GET', '/api/session', undefined, cookies)).status
  rows.push(row(engine, 'session checks, 16 at once', await rounds(() => measure(server, 16, check)), null))
  return rows
}

const row = (engine: string, what: string, { perSecond, cpuPer1000, rssMiB, refused }: Measured, limitUs: number | null): Row => ({
  engine,
  what,
  'per second': Math.round(perSecond),
  'CPU s per 1,000': (cpuPer1000 / 1000).toFixed(2),
  'share of the limit': limitUs === null ? '' : `${Math.round((100 * limitUs) / cpuPer1000)} %`,
  'memory MiB': Math.round(rssMiB),
  '503 %': refused.toFixed(1),
})

/** From the start of a process to its first answer, on the built package; medians. */
async function coldStart(folder: string): Promise<{ wallMs: number; cpuMs: number }> {
  const program = `
    import { createLatchkey } from '@latchkey/server'
    const latchkey = createLatchkey({ publicUrl: 'http://localhost:4497', dataDir: process.env.BENCH_DIR, database: process.env.BENCH_DIR + '/cold.db', logLevel: 'silent' })
    const answer = await latchkey.fetch(new Request('http://localhost:4497/sign-in'))
    await answer.text()
    const { user, system } = process.cpuUsage()
    console.log(JSON.stringify({ status: answer.status, cpuMs: (user + system) / 1000 }))
    process.exit(0)`
  const all: { wallMs: number; cpuMs: number }[] = []
  for (let n = 0; n < ROUNDS; n++) {
    const begun = performance.now()
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, BENCH_DIR: folder },
    })
    const { cpuMs } = JSON.parse(await firstLine(child)) as { cpuMs: number }
    all.push({ wallMs: performance.now() - begun, cpuMs })
  }
  return { wallMs: median(all.map(one => one.wallMs)), cpuMs: median(all.map(one => one.cpuMs)) }
}

const us = (value: number): string => `${value.toFixed(0)} us`
// in a process of its own: one verification, before anything else runs
spawnSync(process.execPath, ['--conditions=@latchkey/source', '--import', 'tsx', 'bench/webauthn.ts'], { stdio: 'inherit' })
const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
const withPostgres = process.env.BENCH_ENGINES !== 'sqlite'
const postgres = withPostgres ? await startPostgres({ durable: true }) : null
try {
  console.log(`Medians of ${ROUNDS} rounds of ${SECONDS} s; load, servers and databases on this one machine.`)
  const parts = await start('parts.ts', 4496, [join(folder, 'parts.db'), postgres ? await postgres.createDatabase('parts') : ''], folder)
  const bare = async (): Promise<number> => (await parts.client.call('POST', '/', { id: 'x'.repeat(600) }, '')).status
  const requestUs = (await rounds(() => measure(parts, 16, bare))).cpuPer1000
  const { verifyUs, sqliteUs, postgresUs } = parts.first as Record<'verifyUs' | 'sqliteUs' | 'postgresUs', number>
  await parts.stop()
  const shared = verifyUs + 2 * requestUs
  console.log(
    `CPU of the parts: verify ${us(verifyUs)}, JSON request ${us(requestUs)}, login transaction ${us(sqliteUs)} on SQLite` +
      `${postgres ? `, ${us(postgresUs)} for PostgreSQL` : ''}. The limit is one verify, two requests, one transaction.`,
  )
  const cold = await coldStart(folder)
  console.log(`Start to first answer, built package, SQLite: ${cold.wallMs.toFixed(0)} ms, of it ${cold.cpuMs.toFixed(0)} ms CPU.`)
  const sqlite = await start('server.ts', 4498, [join(folder, 'bench.db')], folder)
  const rows = await benchmark('SQLite', sqlite, shared + sqliteUs)
  await sqlite.stop()
  if (postgres) {
    const server = await start('server.ts', 4499, [await postgres.createDatabase('bench')], folder)
    rows.push(...(await benchmark('PostgreSQL', server, shared + postgresUs)))
    await server.stop()
  }
  console.table(rows)
} finally {
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
}
process.exit(0)
