// `npm run nightly`: the same tests, with far more mutations, then the verifier's on other Node releases. Takes hours.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { build } from './build.mjs'

await build()
const env = {
  ...process.env,
  LATCHKEY_FUZZ_MUTATIONS: process.env.LATCHKEY_FUZZ_MUTATIONS ?? '5000000',
}
const files = ['packages/server/src/webauthn', 'packages/server/src/store', 'test/races.test.ts']
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', '--testTimeout', '36000000', ...files],
  { cwd: fileURLToPath(new URL('..', import.meta.url)), stdio: 'inherit', env },
)
const nodes = spawnSync(process.execPath, ['scripts/nodes.mjs'], { cwd: fileURLToPath(new URL('..', import.meta.url)), stdio: 'inherit' })
process.exit((status ?? 1) || (nodes.status ?? 1))
