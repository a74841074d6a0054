import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createLatchkey } from '@latchkey/server'
import { internals } from '@latchkey/server/internals'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Account, AccountId } from '../packages/server/src/domain/types.ts'
import { freePort, heldPort } from '../packages/testing/src/free-port.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-start-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const ACCOUNT: Omit<Account, 'id' | 'userHandle'> = {
  status: 'active',
  createdAt: 1,
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
}

interface Run {
  child: ChildProcess
  text(): string
}

/** The built command, as `npm start` runs it. */
function run(args: string[], env: NodeJS.ProcessEnv = {}): Run {
  const child = spawn(process.execPath, ['packages/server/dist/cli.js', ...args], { cwd: root, env: { ...process.env, ...env } })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => {
      text += String(part)
    })
  return { child, text: () => text }
}

/** @returns exit code and the lines it printed */
async function ended(one: Run): Promise<{ code: number | null; lines: string[] }> {
  const [code] = (await once(one.child, 'close')) as [number | null]
  return { code, lines: one.text().trim().split('\n') }
}

async function listening(one: Run, url: string): Promise<Response> {
  for (;;) {
    if (one.child.exitCode !== null) throw new Error(one.text())
    const answer = await fetch(url).catch(() => null)
    if (answer) return answer
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

it('ID-2: at the first start addresses of older rules get their one spelling; `latchkey identifiers` names those that collide', async () => {
  const database = join(folder, 'spelling.db')
  const options = { publicUrl: 'http://localhost:4400', database, masterKey: randomBytes(32).toString('base64'), logLevel: 'silent' }
  const before = createLatchkey(options)
  const { ctx } = await internals.get(before)!
  const addresses = ['old@bücher.example', 'twin@bücher.example', 'twin@xn--bcher-kva.example']
  const ids = addresses.map(() => randomUUID() as AccountId)
  await ctx.store.transaction(async tx => {
    for (const [i, id] of ids.entries()) {
      await tx.accounts.insert({ ...ACCOUNT, id, userHandle: randomBytes(64) })
      const row = { id: `${i}`, accountId: id, kind: 'email', verifiedAt: 1, createdAt: 1, supersededAt: null } as const
      await tx.identifiers.insert({ ...row, value: `new${i}@example.com` })
      await tx.identifiers.respell({ ...row, value: '' }, addresses[i] ?? '')
    }
    await tx.meta.set('identifier_rules', '1')
  })
  await before.close()
  const after = createLatchkey(options)
  const { store } = (await internals.get(after)!).ctx
  expect((await store.read.identifiers.find('email', 'old@xn--bcher-kva.example'))?.accountId).toBe(ids[0])
  await after.close()
  const { code, lines } = await ended(run(['identifiers', '--database', database], { LATCHKEY_MASTER_KEY: options.masterKey }))
  expect([code, lines]).toEqual([
    0,
    [
      `account ${ids[1]}: t•••@bücher.example is another spelling of an address of account ${ids[2]}, and signs nobody in. Nothing was merged.`,
      'Addresses to look at: 1.',
    ],
  ])
})

it('a build leaves NODE_ENV as it was: a first `npm start`, which has to build, came up as production', async () => {
  utimesSync(join(root, 'packages/testing/dist/pretend-device.js'), 0, 0) // older than its sources
  const program = "const { bundle } = await import('./scripts/build.mjs'); await bundle(); console.log('NODE_ENV is', process.env.NODE_ENV)"
  for (const before of [undefined, 'test']) {
    const { NODE_ENV: _, ...env } = process.env
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: root,
      env: before === undefined ? env : { ...env, NODE_ENV: before },
    })
    let text = ''
    child.stdout.on('data', (part: Buffer) => {
      text += String(part)
    })
    await once(child, 'close')
    expect(text).toContain(`NODE_ENV is ${before}`)
    expect(text.includes('built packages/testing/dist/pretend-device.js')).toBe(before === undefined)
  }
})

describe('the command', () => {
  it('starts, says where everything is and what is shortened, and ends cleanly; the data are there the next time', async () => {
    const database = `sqlite:${join(folder, 'kept.db')}`
    const number = await freePort()
    for (const round of [1, 2]) {
      const one = run(['start', '--port', String(number), '--database', database, '--demo', 'examples/exchange/dist/index.js'])
      expect((await listening(one, `http://localhost:${number}/sign-in`)).status, `round ${round}`).toBe(200)
      expect(one.text()).toMatch(new RegExp(`http://localhost:${number}/demo`))
      expect(one.text()).toMatch(/development\/inbox/)
      expect(one.text()).toMatch(/24 hours take 2 minutes/)
      one.child.kill('SIGINT')
      expect((await ended(one)).code).toBe(0)
    }
    expect(readdirSync(folder)).toContain('kept.db')
  })

  it('says in one line what is wrong, and ends with 1', async () => {
    const taken = await heldPort()
    const number = await freePort()
    writeFileSync(join(folder, 'a-file'), '')
    const here = (...more: string[]) => ['start', '--port', String(number), '--database', `sqlite:${join(folder, 'x.db')}`, ...more]
    const cases: [string[], NodeJS.ProcessEnv, RegExp][] = [
      [['start', '--port', String(taken.port), '--database', `sqlite:${join(folder, 'y.db')}`], {}, /port is taken/],
      [['start', '--port', String(number), '--database', `sqlite:${join(folder, 'a-file', 'x.db')}`], {}, /a-file/],
      [here('--colour', 'blue'), {}, /colour/],
      [here('--port', 'many'), {}, /--port must be a number/],
      [here(), { LATCHKEY_PRESET: 'strictest' }, /LATCHKEY_PRESET must be product, exchange, strict/],
      [['begin'], {}, /Unknown command: begin/],
    ]
    for (const [args, env, words] of cases) {
      const { code, lines } = await ended(run(args, env))
      expect([code, lines], args.join(' ')).toEqual([1, [expect.stringMatching(words)]])
    }
    taken.free()
  })

  it('B17: says everything that is wrong at once, a line each', async () => {
    const env = { LATCHKEY_MASTERKEY: 'x', LATCHKEY_PUBLIC_URL: 'accounts.example.com', LATCHKEY_SUPPORT_URL: 'javascript:alert(1)' }
    const { code, lines } = await ended(run(['start', '--port', '70000', '--database', 'mysql://localhost'], env))
    expect(code).toBe(1)
    expect(lines.map(line => line.split(' ').slice(0, 2).join(' ')).toSorted()).toEqual([
      'latchkey: --database',
      'latchkey: --port',
      'latchkey: LATCHKEY_MASTERKEY',
      'latchkey: LATCHKEY_PUBLIC_URL',
      'latchkey: LATCHKEY_SUPPORT_URL',
    ])
  })
})
