import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLatchkey } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../packages/testing/src/free-port.ts'
import { latchkey as run } from './fixtures/command.ts'
import { loadSqlite, readFixture } from './fixtures/databases/load.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-keys-command-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const latchkey = (args: string[], masterKey: string) => run(args, { LATCHKEY_MASTER_KEY: masterKey })

describe('H11 latchkey keys', () => {
  it('prints a key, tells what rests on which, and seals everything anew beside a live server', async () => {
    const printed = await latchkey(['keys'], '')
    expect([printed.code, printed.lines]).toEqual([0, [expect.stringMatching(/^[\w+/]{43}=$/)]])
    const [fresh = ''] = printed.lines
    const file = join(folder, 'kept.db')
    loadSqlite('0.1.0', file)
    const { masterKey: old, people } = readFixture('0.1.0', 'sqlite')
    const database = ['--database', `sqlite:${file}`]
    const both = `2:${fresh},1:${old}`

    expect(await latchkey(['keys', 'status', ...database], both)).toEqual({
      code: 0,
      lines: [
        'Key 2 makes what is new.',
        expect.stringMatching(/^Key 1: rows rest on it \(.*identifier \d+.*\)\. Run `latchkey keys rotate`\.$/),
      ],
    })
    const server = await startLatchkey({ database: file, dataDir: folder, masterKey: both })
    const rotated = await latchkey(['keys', 'rotate', ...database], both)
    expect(rotated).toEqual({
      code: 0,
      lines: ['Key 2 makes what is new.', 'Key 1: nothing else rests on it; take it out of LATCHKEY_MASTER_KEY.'],
    })
    // the server is still there, and knows what was sealed anew
    expect((await server.browser().signInWithPassword(people.ada.email, people.ada.password)).url).toMatch(/^\/sign-in\/second/)
    await server.close()
    expect(await latchkey(['keys', 'status', ...database], `2:${fresh}`)).toEqual({ code: 0, lines: ['Key 2 makes what is new.'] })
  })

  it('DB-6 with a wrong, missing or mistyped key every command ends with one line and 1', async () => {
    const file = join(folder, 'sealed.db')
    loadSqlite('0.1.0', file)
    const { masterKey: right } = readFixture('0.1.0', 'sqlite')
    const wrong = randomBytes(32).toString('base64')
    const database = ['--database', `sqlite:${file}`]
    const port = String(await freePort())
    for (const [args, key, words] of [
      [['start', '--port', port, ...database], wrong, /^latchkey: The master key opens nothing in this database/],
      [['migrate', ...database], wrong, /^latchkey: The master key opens nothing/],
      [['keys', 'status', ...database], `2:${wrong}`, /^latchkey: The master key opens nothing/],
      [['start', '--port', port, ...database], `${right}x`, /^latchkey: .*MASTER_KEY must be 32 bytes/i],
      [['keys', 'turn', ...database], right, /^latchkey: Unknown: keys turn/],
    ] as [string[], string, RegExp][])
      expect(await latchkey(args, key), args.join(' ')).toEqual({ code: 1, lines: [expect.stringMatching(words)] })
    expect((await latchkey(['migrate', ...database], right)).code).toBe(0)
    expect(await latchkey(['keys', 'rotate', ...database], wrong)).toEqual({
      code: 1,
      lines: [expect.stringMatching(/^latchkey: Master key 1 is not the one/)],
    })
  })
})
