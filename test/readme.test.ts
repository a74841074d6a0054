import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

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
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  try {
    const signIn = await answerOf(child, `${origin}/auth/sign-in`)
    expect([signIn.status, await signIn.text()]).toEqual([200, expect.stringContaining('Acme')])
    const home = await fetch(`${origin}/`, { redirect: 'manual' })
    expect([home.status, home.headers.get('location')]).toEqual([302, `${origin}/auth/sign-in?return_to=/`])
  } finally {
    child.kill()
    if (child.exitCode === null) await once(child, 'exit')
    rmSync(folder, { recursive: true, force: true })
  }
})

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

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>(resolve => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise(resolve => probe.close(resolve))
  return port
}
