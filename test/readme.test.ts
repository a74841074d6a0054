import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Latchkey } from '@latchkey/server'
import { TestBrowser } from '@latchkey/testing/latchkey'
import { expect, it } from 'vitest'
import { freePort } from '../packages/testing/src/free-port.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

it('the README’s "Mount it in your Node program" runs as it stands, on the built package', async () => {
  if (!existsSync(join(root, 'packages/server/dist/index.js'))) throw new Error('npm run build first; npm test does')
  const port = await freePort()
  const origin = `http://localhost:${port}`
  // below node_modules, so that the package is found by its name, and its data lie beside nobody's
  const cache = join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'readme-'))
  const program = mountSnippet().replaceAll('4400', String(port))
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  child.stdout.on('data', (part: Buffer) => {
    printed += String(part)
  })
  try {
    const signIn = await answerOf(child, `${origin}/auth/sign-in`)
    expect([signIn.status, await signIn.text()]).toEqual([200, expect.stringContaining('Acme')])
    const home = await fetch(`${origin}/`, { redirect: 'manual' })
    expect([home.status, home.headers.get('location')]).toEqual([302, `${origin}/auth/sign-in?return_to=/`])
    await walkToTheEnd(origin, () => printed)
  } finally {
    child.kill()
    if (child.exitCode === null) await once(child, 'exit')
    rmSync(folder, { recursive: true, force: true })
  }
})

/** From a stranger at `/` to "Hello": the code is printed and lies in the inbox, which every page leads to. */
async function walkToTheEnd(origin: string, printed: () => string): Promise<void> {
  const program = { fetch: (request: Request) => fetch(new Request(request, { redirect: 'manual' })) } as unknown as Latchkey
  const browser = new TestBrowser(program, origin, {}, async () => '')
  const start = await browser.open('/auth/sign-up?return_to=/')
  expect(start.html).toContain('href="/auth/development/inbox"')
  await browser.submit('/auth/sign-up', { identifier: 'eva@example.com', return_to: '/' })
  const line = await until(() => /^.*"code":"(\d{6})".*$/m.exec(printed()))
  expect(JSON.parse(line[0])).toMatchObject({ to: 'eva@example.com', inbox: `${origin}/auth/development/inbox` })
  expect((await browser.open('/auth/development/inbox')).html).toContain(`data-lk-message-code="${line[1]}"`)
  await browser.open('/auth/sign-up/code')
  await browser.submit('/auth/sign-up/code', { secret: line[1] ?? '' })
  const page = await browser.open('/auth/sign-up/passkey')
  const response = await browser.authenticator.create(TestBrowser.options(page))
  const done = await browser.submit('/auth/sign-up/passkey', { response: JSON.stringify(response) })
  const later = /href="([^"]*later=1[^"]*)"/.exec(done.html)?.[1]?.replaceAll('&amp;', '&')
  expect((await browser.open(later ?? '')).html).toContain('href="/auth/continue?return_to=%2F"')
  expect(await browser.open('/auth/continue?return_to=%2F')).toMatchObject({ status: 200, url: '/', html: 'Hello eva@example.com' })
}

async function until<T>(look: () => T | null): Promise<T> {
  for (;;) {
    const found = look()
    if (found) return found
    await sleep(50)
  }
}

/** The code block below that heading. */
function mountSnippet(): string {
  const [, section = ''] = readFileSync(join(root, 'README.md'), 'utf8').split('## Mount it in your Node program')
  const code = /```js\n([\s\S]+?)```/.exec(section)?.[1]
  if (!code) throw new Error('README.md has no code block under that heading')
  return code
}

/** Asks until the program listens; one that ended will never do. */
async function answerOf(child: ChildProcess, url: string): Promise<Response> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the program ended with ${child.exitCode}`)
    const answer = await fetch(url).catch(() => null)
    if (answer) return answer
    await sleep(100)
  }
}
