// The server under measurement, in a process of its own: `server.ts <database> <port>`. Prints one JSON line when ready.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { createLatchkey, nodeListener } from '@latchkey/server'
import { internals } from '@latchkey/server/internals'
import { coseKey, encodeCbor } from '@latchkey/testing'

const ACCOUNTS = 50
const [database = '', port = '4499'] = process.argv.slice(2)
const url = `http://localhost:${port}`
const latchkey = createLatchkey({ publicUrl: url, database, dataDir: process.env.BENCH_DIR ?? '.', logLevel: 'silent', limitFactor: 1e9 })
await latchkey.ready
const { ctx } = await internals.get(latchkey)!

interface Seeded {
  id: string
  userHandle: string
  privateKey: string
}

async function seed(n: number): Promise<Seeded> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const id = randomBytes(32).toString('base64url')
  const userHandle = randomBytes(64)
  const accountId = `bench-${n}-${Date.now()}` as never
  const at = Date.now() - 86_400_000
  await ctx.store.transaction(async tx => {
    await tx.accounts.insert({
      id: accountId,
      userHandle,
      status: 'active',
      createdAt: at,
      frozenAt: null,
      messages: { zone: null, phrase: null },
      checkedAt: null,
      moneyPausedUntil: null,
      pauseReasons: [],
      lockedUntil: null,
      lockScope: null,
      lockedAt: null,
      lockVia: null,
      passkeyFirst: true,
    })
    await tx.identifiers.insert({
      id: `${accountId}.i`,
      accountId,
      kind: 'email',
      value: `${accountId}@example.com`,
      verifiedAt: at,
      createdAt: at,
      supersededAt: null,
    })
    await tx.passkeys.insert({
      id: id as never,
      accountId,
      rpId: 'localhost',
      publicKey: encodeCbor(coseKey(publicKey.export({ format: 'jwk' }) as never, -7)),
      algorithm: -7,
      signCount: 0,
      aaguid: '00000000-0000-0000-0000-000000000000',
      transports: ['internal'],
      uvInitialized: true,
      backupEligible: false,
      backupState: false,
      attestationFormat: 'none',
      attachment: 'platform',
      label: null,
      autoLabel: 'Bench',
      status: 'active',
      flags: [],
      createdAt: at,
      createdIn: 'Bench',
      createdVia: 'founding',
      createdSessionId: null,
      trustedAt: at,
      trustLeftMs: null,
      lastUsedAt: null,
      lastUsedIn: null,
      reviewedAt: null,
      suspendedAt: null,
      removedAt: null,
      endedVia: null,
    })
  })
  return { id, userHandle: userHandle.toString('base64url'), privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() }
}

const seeded: Seeded[] = []
for (let n = 0; n < ACCOUNTS; n++) seeded.push(await seed(n))
let cpu = process.cpuUsage()
createServer(
  nodeListener(async (request, env) => {
    // the load generator asks for the CPU time and memory of this process since it last asked
    if (new URL(request.url).pathname === '/bench/usage') {
      const { user, system } = process.cpuUsage(cpu)
      cpu = process.cpuUsage()
      return Response.json({ cpuMs: (user + system) / 1000, rssMiB: process.memoryUsage().rss / 2 ** 20 })
    }
    return latchkey.fetch(request, env)
  }),
).listen(Number(port), '127.0.0.1', () => console.log(JSON.stringify({ seeded })))
process.on('SIGTERM', () => process.exit(0))
