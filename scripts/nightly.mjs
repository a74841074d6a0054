// `npm run nightly`: the same tests, with far more mutations, then the verifier's on other Node releases, then what each row
// of the promises names, then every mutant of the product's rules (docs/design/mutation.md). Takes hours.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ensureBrowser } from './browser.mjs'
import { build } from './build.mjs'

await build()
const env = {
  ...process.env,
  LATCHKEY_FUZZ_MUTATIONS: process.env.LATCHKEY_FUZZ_MUTATIONS ?? '5000000',
  LATCHKEY_GAMES: process.env.LATCHKEY_GAMES ?? '20000',
  // beside the newest Hono and zod, not the pinned others of `npm test`
  LATCHKEY_NEWEST: '1',
  // every pair of anonymous requests, and a report of how long they take for a known and an unknown address
  LATCHKEY_ALL_PAIRS: '1',
  LATCHKEY_TIMING_SAMPLES: process.env.LATCHKEY_TIMING_SAMPLES ?? '400',
}
// the pooler that most people run before PostgreSQL; where it can't be had, its tests say that they are skipped
if (!existsSync('/usr/sbin/pgbouncer')) {
  const { status } = spawnSync('apt-get', ['install', '-y', 'pgbouncer'], { stdio: ['ignore', 'ignore', 'inherit'] })
  console.log(status === 0 ? 'installed pgbouncer' : 'pgbouncer is not to be had here: the tests behind it are skipped')
}
const files = [
  'packages/server/src/webauthn',
  'packages/server/src/store',
  'packages/server/src/flows/games',
  'test/old-cookie.test.ts',
  'test/races.test.ts',
  'test/alike.test.ts',
  'test/postgres-operators.test.ts',
  'test/library.test.ts',
]
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', '--testTimeout', '36000000', ...files],
  { cwd: fileURLToPath(new URL('..', import.meta.url)), stdio: 'inherit', env },
)
const nodes = spawnSync(process.execPath, ['scripts/nodes.mjs'], { cwd: fileURLToPath(new URL('..', import.meta.url)), stdio: 'inherit' })
// under the numbers of the ordinary run, so that a mutant that survives here survives there
const browser = await ensureBrowser()
const mutate = (...flags) =>
  spawnSync('npm', ['run', '--silent', 'mutate', '--', '--lanes', '2', ...flags], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: 'inherit',
    env: { ...process.env, LATCHKEY_BROWSER: browser },
    shell: process.platform === 'win32',
  })
const rows = mutate('--rows')
const mutants = mutate()
process.exit((status ?? 1) || (nodes.status ?? 1) || (rows.status ?? 1) || (mutants.status ?? 1))
