// `npm run nodes`: the verifier's tests on other Node releases, which npm brings. `npm run nodes -- 24` runs one of them.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const asked = process.argv.slice(2)
const releases = asked.length > 0 ? asked : ['22', '24', '26']
const platform = process.platform === 'win32' ? 'win' : process.platform
const name = `node-${platform}-${process.arch}`

/** @param {string} release */
function install(release) {
  const folder = mkdtempSync(join(tmpdir(), `latchkey-node-${release}-`))
  const { status } = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, `${name}@${release}`], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return { folder, installed: status === 0, node: join(folder, 'node_modules', name, 'bin', 'node') }
}

/** @param {string} node */
function run(node) {
  const env = { ...process.env, LATCHKEY_FUZZ_MUTATIONS: process.env.LATCHKEY_FUZZ_MUTATIONS ?? '20000' }
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', 'packages/server/src/webauthn']
  return spawnSync(node, args, { cwd: root, stdio: 'inherit', env }).status === 0
}

let passed = true
for (const release of releases) {
  const { folder, installed, node } = install(release)
  const version = installed ? spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim() : ''
  console.log(version ? `Node ${version}` : `Node ${release} could not be had as ${name}`)
  passed = Boolean(version) && run(node) && passed
  rmSync(folder, { recursive: true, force: true })
}
process.exit(passed ? 0 : 1)
