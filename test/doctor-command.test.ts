import { randomBytes } from 'node:crypto'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLatchkey, type LatchkeyOptions } from '@latchkey/server'
import { startSmtpInbox } from '@latchkey/testing'
import { startLatchkey } from '@latchkey/testing/latchkey'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { latchkey as run, type Said } from './fixtures/command.ts'

const masterKey = randomBytes(32).toString('base64')
let folder = ''
let copies = 0
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-doctor-'))
  const server = await startLatchkey({ database: join(folder, 'first.db'), dataDir: folder, masterKey })
  await server.browser().signUpWithPassword('mailbox@example.com', 'seven green lanterns hum')
  await server.browser().signUp('passkey@example.com')
  await server.latchkey.close()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A database of its own for each test: two people, and settings of `exchange` that a server started with. */
function copy(): string {
  const file = join(folder, `${++copies}.db`)
  copyFileSync(join(folder, 'first.db'), file)
  return file
}

const latchkey = (args: readonly string[], more: Record<string, string> = {}) => run(args, { LATCHKEY_MASTER_KEY: masterKey, ...more })

function doctor(changes: object | string, file = copy()): Promise<Said> {
  const path = `${file}.json`
  writeFileSync(path, typeof changes === 'string' ? changes : JSON.stringify(changes))
  return latchkey(['doctor', '--database', `sqlite:${file}`, '--what-if', path])
}

const recorded = async (file: string): Promise<string | null> => {
  const db = new DatabaseSync(file)
  const row = db.prepare("select value from meta where key = 'ways.settings'").get() as { value: string } | undefined
  db.close()
  return row?.value ?? null
}

describe('F31, N3 latchkey doctor --what-if', () => {
  it('names whom other settings would leave without a way in, masked', async () => {
    const found = await doctor({ policy: { emailStep: false } })
    expect(found).toEqual({
      code: 1,
      lines: [
        expect.stringMatching(/^[0-9a-f-]{36} {2}m\S+@example\.com {2}password_and$/),
        'Accounts that could not sign in any more: 1 (emailStep).',
      ],
    })
    expect(found.lines.join()).not.toContain('mailbox')
  })

  it('and whom another RP ID would', async () => {
    const { code, lines } = await doctor({ publicUrl: 'http://app.localhost:4400', rpId: 'app.localhost' })
    expect([code, lines.length, lines[0]?.endsWith('passkey'), lines[1]]).toEqual([
      1,
      2,
      true,
      'Accounts that could not sign in any more: 1 (rpId).',
    ])
  })

  it('is content where nobody is stranded, or nothing would change', async () => {
    expect(await doctor({ policy: { smsStep: false } })).toEqual({
      code: 0,
      lines: ['Accounts that could not sign in any more: 0 (smsStep).'],
    })
    expect(await doctor({ policy: { hourMs: 1000 } })).toEqual({ code: 0, lines: ['Nothing that decides who can sign in would change.'] })
  })

  it.each([
    ['[]', /must hold an object of options/],
    ['{', /can't be read/],
    ['{"policy":{"emailStap":false}}', /policy\.emailStap is no option; did you mean policy\.emailStep\?/],
  ])('refuses %s with a line and 1', async (text, words) => {
    const { code, lines } = await doctor(text)
    expect([code, lines.length]).toEqual([1, 1])
    expect(lines[0]).toMatch(words)
  })
})

describe('latchkey mail test', () => {
  it('sends one message over the configured server, and says what came of it', async () => {
    const inbox = await startSmtpInbox()
    const url = { LATCHKEY_SMTP_URL: inbox.url, LATCHKEY_BRAND: 'Harbor' }
    const sent = await latchkey(['mail', 'test', 'ops@example.com'], url)
    expect(sent).toEqual({ code: 0, lines: [expect.stringMatching(/ took a message for ops@example\.com, from no-reply@localhost\. /)] })
    const got = await inbox.waitFor('ops@example.com')
    expect([got.subject, got.text]).toEqual(['A test message from Harbor', expect.stringContaining('There is nothing to do.')])
    inbox.failWith(550, 'recipient')
    const refused = await latchkey(['mail', 'test', 'ops@example.com'], url)
    expect(refused).toEqual({ code: 1, lines: [expect.stringMatching(/took no message for ops@example\.com: mail server answered 550$/)] })
    await inbox.close()
  })

  it('ends with a line and 1 without a server, without an address, or where nobody answers', async () => {
    for (const [args, env, words] of [
      [['mail', 'test', 'ops@example.com'], {}, /LATCHKEY_SMTP_URL is missing/],
      [['mail', 'test'], {}, /Try: latchkey mail test you@example\.com/],
      [['mail', 'send', 'ops@example.com'], {}, /Try: latchkey mail test you@example\.com/],
      [
        ['mail', 'test', 'ops@example.com'],
        { LATCHKEY_SMTP_URL: 'smtp://127.0.0.1:1' },
        /took no message for ops@example\.com: .*ECONNREFUSED/,
      ],
      [['mail', 'test', 'a@example.com, b@example.com'], { LATCHKEY_SMTP_URL: 'smtp://127.0.0.1:1' }, /not one mailbox/],
    ] as const) {
      const { code, lines } = await latchkey([...args], env)
      expect([code, lines.length]).toEqual([1, 1])
      expect(lines[0]).toMatch(words)
    }
  })
})

describe('F31, INV-1: a start into settings that strand somebody', () => {
  const start = async (file: string, more: Partial<LatchkeyOptions>): Promise<string> => {
    const latchkey = createLatchkey({
      publicUrl: 'http://localhost:4400',
      production: true,
      database: file,
      smtpUrl: 'smtp://localhost:2525',
      logLevel: 'silent',
      masterKey,
      ...more,
    })
    const said = await latchkey.ready.then(
      () => 'started',
      error => (error as Error).message,
    )
    await latchkey.close().catch(() => {})
    return said
  }

  it('is refused without an explicit word, and looked at only when they changed', async () => {
    const file = copy()
    const strands = { policy: { preset: 'exchange', emailStep: false } } as const
    expect(await start(file, { policy: { preset: 'exchange' } })).toBe('started')
    const refused = await start(file, strands)
    expect(refused).toMatch(/^Accounts that could not sign in any more: 1, since emailStep changed\..*LATCHKEY_ALLOW_STRANDED=true/)
    // nothing was written down: it is refused again
    expect(await start(file, strands)).toBe(refused)
    expect(await start(file, { ...strands, allowStranded: true })).toBe('started')
    // what was accepted once is what there is
    expect(await start(file, strands)).toBe('started')
    expect(await start(file, { policy: { preset: 'exchange', smsStep: false, emailStep: false } })).toBe('started')
  })

  it('is not looked at in development', async () => {
    const file = copy()
    const server = await startLatchkey({ database: file, dataDir: folder, masterKey, policy: { preset: 'strict' } })
    await server.latchkey.close()
    expect(JSON.parse((await recorded(file)) ?? '{}')).toMatchObject({ emailStep: false, smsStep: false })
  })

  it('is judged by a server alone: a command has other settings in its shell, and writes none of them down', async () => {
    const file = copy()
    const before = await recorded(file)
    const strict = { LATCHKEY_PRESET: 'strict' }
    for (const args of [['keys', 'status'], ['identifiers'], ['migrate']]) {
      const { code } = await latchkey([...args, '--database', `sqlite:${file}`], strict)
      expect([args, code]).toEqual([args, 0])
    }
    const named = await latchkey(['doctor', '--database', `sqlite:${file}`, '--what-if'], strict)
    expect([named.code, named.lines.at(-1)]).toEqual([1, 'Accounts that could not sign in any more: 1 (emailStep, smsStep).'])
    expect(await recorded(file)).toBe(before)
    expect(before).toContain('"emailStep":true')
  })
})
