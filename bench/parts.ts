// The parts that no implementation of a durable passkey sign-in can leave out, each as bare as Node allows; a process of their own.
// `parts.ts <SQLite file> <PostgreSQL address or ''> <port>`. Prints one JSON line with CPU microseconds, then answers two small JSON requests.
import { createHash, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto'
import { createServer } from 'node:http'
import { DatabaseSync } from '@photostructure/sqlite'
import pg from 'pg'

const [file = '', url = '', port = '0'] = process.argv.slice(2)

/** CPU time of this process, in microseconds for one run of `work`. */
async function cpuOf(times: number, work: (n: number) => unknown): Promise<number> {
  for (let n = 0; n < times / 10; n++) await work(-1 - n)
  const start = process.cpuUsage()
  for (let n = 0; n < times; n++) await work(n)
  const { user, system } = process.cpuUsage(start)
  return (user + system) / times
}

function verification(): () => boolean {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const data = createHash('sha256').update('limit').digest()
  const signature = sign('sha256', data, privateKey)
  return () => verify('sha256', data, publicKey, signature)
}

const TABLES = [
  'create table used_challenge (id text primary key, expires_at bigint not null)',
  'create table credential (id text primary key, sign_count bigint not null, last_used_at bigint, status text not null)',
  'create table session (id text primary key, token_id text not null unique, account_id text not null, created_at bigint not null)',
  'create table event (id text primary key, at bigint not null, account_id text, kind text not null, body text not null)',
  "insert into credential values ('key', 0, 0, 'active')",
]
const values = (n: number) => {
  const id = `${Date.now().toString(16)}-${n}-${randomBytes(8).toString('hex')}`
  return [id, Date.now(), `t${id}`, 'account', '{"method":"passkey"}'] as const
}

/** One login transaction at full durability: WAL, synchronous = FULL. */
function onSqlite(): (n: number) => void {
  const db = new DatabaseSync(file)
  db.exec('pragma journal_mode = wal; pragma synchronous = full')
  for (const table of TABLES) db.exec(table)
  const spend = db.prepare('insert into used_challenge values (?, ?)')
  const use = db.prepare("update credential set sign_count = sign_count + 1, last_used_at = ? where id = 'key' and status = 'active'")
  const open = db.prepare('insert into session values (?, ?, ?, ?)')
  const tell = db.prepare("insert into event values (?, ?, ?, 'sign_in', ?)")
  return n => {
    const [id, at, token, account, body] = values(n)
    db.exec('begin immediate')
    spend.run(id, at)
    use.run(at)
    open.run(id, token, account, at)
    tell.run(id, at, account, body)
    db.exec('commit')
  }
}

/** The same as one prepared statement, which is its own transaction. Only this process's share of its price is seen. */
async function onPostgres(): Promise<(n: number) => Promise<unknown>> {
  const client = new pg.Client(url)
  await client.connect()
  for (const table of TABLES) await client.query(table)
  const text = `with used as (update credential set sign_count = sign_count + 1, last_used_at = $2 where id = 'key' and status = 'active' returning id),
    a as (insert into used_challenge select $1, $2 from used), b as (insert into session select $1, $3, $4, $2 from used)
    insert into event select $1, $2, $4, 'sign_in', $5 from used`
  return n => client.query({ name: 'sign_in', text, values: [...values(n)] })
}

const verifyUs = await cpuOf(2_000, verification())
const sqliteUs = await cpuOf(500, onSqlite())
const postgresUs = url ? await cpuOf(500, await onPostgres()) : 0

let cpu = process.cpuUsage()
createServer((request, response) => {
  if (request.url === '/bench/usage') {
    const { user, system } = process.cpuUsage(cpu)
    cpu = process.cpuUsage()
    response.end(JSON.stringify({ cpuMs: (user + system) / 1000, rssMiB: process.memoryUsage().rss / 2 ** 20 }))
    return
  }
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString()) as object
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ challenge: randomBytes(32).toString('base64url'), members: Object.keys(body).length }))
  })
}).listen(Number(port), '127.0.0.1', () => console.log(JSON.stringify({ verifyUs, sqliteUs, postgresUs })))
process.on('SIGTERM', () => process.exit(0))
