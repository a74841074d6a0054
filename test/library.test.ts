import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Other versions than ours, as a host may have them; `npm run nightly` takes the newest. */
const OTHERS = process.env.LATCHKEY_NEWEST === '1' ? { hono: 'latest', zod: 'latest' } : { hono: '4.10.8', zod: '4.1.13' }
const NO_NETWORK = /ENOTFOUND|EAI_AGAIN|ENOTCACHED|ETIMEDOUT|ECONNREFUSED|ENETUNREACH|ECONNRESET/

/** What a host's program does: its own Hono with Latchkey beside it, and requests that are to be refused. */
const PROGRAM = `
import { createRequire } from 'node:module'
import { createLatchkey } from '@latchkey/server'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { z } from 'zod'

const latchkey = createLatchkey({ publicUrl: 'http://localhost:4400', database: './data.db', logLevel: 'silent' })
await latchkey.ready
const host = new Hono()
host.get('/own', c => c.json(z.object({ a: z.string() }).parse({ a: 'host' })))
host.get('/refused', () => { throw new HTTPException(418, { message: 'tea' }) })
const answer = request => (latchkey.handles(request) ? latchkey.fetch(request) : host.fetch(request))
const ask = async (method, path, body, headers = {}) => {
  const init = { method, headers: { origin: 'http://localhost:4400', 'x-lk': '1', 'content-type': 'application/json', ...headers }, ...(body === undefined ? {} : { body }) }
  const response = await answer(new Request('http://localhost:4400' + path, init))
  const text = await response.text()
  return [method + ' ' + path + ' ' + (body ?? '').slice(0, 20), response.status, response.headers.get('content-type'), text.startsWith('{') ? (JSON.parse(text).code ?? null) : null]
}
const require = createRequire(import.meta.url)
const server = createRequire(require.resolve('@latchkey/server'))
const seen = [
  await ask('GET', '/own'),
  await ask('GET', '/refused'),
  await ask('GET', '/auth/sign-in'),
  await ask('POST', '/auth/api/sign-in/passkey/options', '{}'),
  await ask('GET', '/auth/api/session'),
  await ask('POST', '/auth/api/sign-in/start', '{'),
  await ask('POST', '/auth/api/sign-in/start', '[]'),
  await ask('POST', '/auth/api/sign-in/start', '{"identifier":1}'),
  await ask('POST', '/auth/api/sign-in/start', '{"identifier":"a","identifier":"b"}'),
  await ask('POST', '/auth/api/sign-in/start', '{"identifier":"nobody"}'),
  await ask('POST', '/auth/api/sign-in/start', '{}', { 'content-type': 'text/plain' }),
  await ask('POST', '/auth/api/sign-in/start', '{}', { origin: 'https://evil.example' }),
  await ask('POST', '/auth/api/sign-in/start', '"' + 'x'.repeat(70_000) + '"'),
  await ask('POST', '/auth/api/passkeys', '{'),
  await ask('GET', '/auth/api/passkeys'),
  await ask('GET', '/auth/api/nothing'),
  await ask('GET', '/auth/api/sign-in/start'),
]
await latchkey.close()
console.log(JSON.stringify({ copies: ['hono', 'zod'].map(name => require.resolve(name) !== server.resolve(name)), seen }))
process.exit(0)
`

it('B21: beside another Hono and another zod every refusal stays a JSON problem', ctx => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-library-'))
  try {
    const packed = ['server', 'browser'].map(name => pack(folder, name))
    const dependencies = { '@latchkey/server': `file:${packed[0]}`, '@latchkey/browser': `file:${packed[1]}`, ...OTHERS }
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'host', private: true, type: 'module', dependencies }))
    const installed = run(folder, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts')
    if (installed.status !== 0 && NO_NETWORK.test(installed.text)) {
      console.log('B21 is skipped: the packages are neither in the cache of npm nor to be had from its registry')
      return ctx.skip()
    }
    expect([installed.status, installed.text]).toEqual([0, expect.any(String)])
    writeFileSync(join(folder, 'program.mjs'), PROGRAM)
    const ran = run(folder, process.execPath, 'program.mjs')
    expect([ran.status, ran.text]).toEqual([0, expect.stringContaining('{"copies"')])
    const { copies, seen } = JSON.parse(ran.text.slice(ran.text.indexOf('{"copies"'))) as {
      copies: boolean[]
      seen: [string, number, string, string | null][]
    }
    // the newest may happen to be ours
    expect(copies).toEqual(process.env.LATCHKEY_NEWEST === '1' ? [expect.any(Boolean), expect.any(Boolean)] : [true, true])
    expect(seen.slice(0, 5).map(([, status]) => status)).toEqual([200, 418, 200, 200, 200])
    expect(seen.slice(5).map(([request, ...answer]) => [request, ...answer])).toEqual(
      [
        [400, 'bad_request'],
        [400, 'bad_request'],
        [400, 'bad_request'],
        [400, 'bad_request'],
        [400, 'identifier_invalid'],
        [415, 'unsupported_media_type'],
        [403, 'cross_site'],
        [413, 'payload_too_large'],
        [401, 'unauthenticated'],
        [401, 'unauthenticated'],
        [404, 'not_found'],
        [405, 'method_not_allowed'],
      ].map(([status, code], i) => [seen[i + 5]?.[0], status, 'application/problem+json', code]),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

function pack(folder: string, name: string): string {
  const before = new Set(readdirSync(folder))
  const { status, text } = run(join(root, 'packages', name), 'npm', 'pack', '--ignore-scripts', '--pack-destination', folder)
  if (status !== 0) throw new Error(text)
  return readdirSync(folder).find(file => !before.has(file)) ?? ''
}

/** Without the settings that `npm test` hands down, which belong to this project and not to the host's. */
function run(cwd: string, command: string, ...args: string[]): { status: number | null; text: string } {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_(?!config_(cache|registry))|NODE_OPTIONS|VITEST|NODE_ENV)/i.test(name)),
  )
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8', shell: process.platform === 'win32' })
  return { status, text: `${stdout}${stderr}` }
}
