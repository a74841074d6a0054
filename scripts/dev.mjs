// `npm run dev`: the development server straight from its sources, anew on every change; what browsers load is bundled first.
import { spawn } from 'node:child_process'
import { watch } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bundle } from './build.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const WATCHED = ['packages/server/src', 'packages/server/assets', 'packages/browser/src', 'packages/testing/src', 'examples/exchange']
/** An editor writes a file in several steps, and a branch changes many files at once. */
const SETTLE_MS = 300

const args = ['--conditions=@latchkey/source', '--import', 'tsx', 'packages/server/src/cli.ts', 'start']
// tsx has to be told where JSX is set up; the sources' own tsconfig.json are for the build
const env = { ...process.env, TSX_TSCONFIG_PATH: 'tsconfig.test.json' }

const run = () =>
  spawn(process.execPath, [...args, '--demo', 'examples/exchange/src/index.ts', ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
    env,
  })

await bundle()
let server = run()
let timer
let turn = Promise.resolve()

function changed(_event, name) {
  if (name && /\.test\.tsx?$|node_modules|[/\\]dist[/\\]/.test(name)) return
  clearTimeout(timer)
  timer = setTimeout(() => {
    turn = turn.then(restart)
  }, SETTLE_MS)
}

async function restart() {
  console.log('Changed, starting again')
  try {
    await bundle()
  } catch (error) {
    // the mistake is in the file that was just saved: the next save may mend it
    console.error(error instanceof Error ? error.message : error)
    return
  }
  await stopped(server)
  server = run()
}

function stopped(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  return gone
}

for (const folder of WATCHED) watch(`${root}/${folder}`, { recursive: true }, changed)
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, async () => {
    await stopped(server)
    process.exit(0)
  })
