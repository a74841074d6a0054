// `npm test`: gets what the tests need, builds, runs everything, and ends with one line that counts.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ensureBrowser } from './browser.mjs'
import { build } from './build.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const env = { ...process.env }
if (env.LATCHKEY_NO_BROWSER === '1') delete env.LATCHKEY_BROWSER
else env.LATCHKEY_BROWSER = await ensureBrowser()
await build()
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', ...(env.LATCHKEY_BROWSER ? [] : ['--project', 'unit']), ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
    env,
  },
)
process.exit(status ?? 1)
