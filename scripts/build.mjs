/** Builds what is older than its sources: every package by `tsc -b`, and the files that browsers load by Vite. Says only what it did. */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const at = path => join(ROOT, path)
const CONFIG = at('packages/browser/vite.config.ts')
/** The first words of a file that Vite made; what tsc emits under the same name lacks them. */
const BANNER = '/*! Latchkey'

const BUNDLES = [
  { mode: 'latchkey', output: at('packages/browser/dist/pages/latchkey.js'), sources: [at('packages/browser/src')] },
  { mode: 'check-device', output: at('packages/browser/dist/pages/check-device.js'), sources: [at('packages/browser/src')] },
  { mode: 'pretend-device', output: at('packages/testing/dist/pretend-device.js'), sources: [at('packages/testing/src')] },
]

/** @throws Error when tsc or Vite refuses */
export async function build() {
  await compile()
  await bundle()
}

/** Only the files for browsers. */
export async function bundle() {
  const late = BUNDLES.filter(isLate)
  if (late.length === 0) return
  const vite = await import('vite')
  const { NODE_ENV } = process.env
  for (const { mode, output } of late) {
    await vite.build({ configFile: CONFIG, mode, logLevel: 'warn' })
    console.log(`built ${output.slice(ROOT.length)}`)
  }
  // Vite sets it to production, and a server that inherits that asks for keys and mail
  if (NODE_ENV === undefined) delete process.env.NODE_ENV
  else process.env.NODE_ENV = NODE_ENV
}

/** tsc knows by itself what is up to date. */
async function compile() {
  const tsc = at('node_modules/typescript/bin/tsc')
  const child = spawn(process.execPath, [tsc, '-b', ROOT], { stdio: ['ignore', 'inherit', 'inherit'] })
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', resolve)
  })
  if (code !== 0) throw new Error('tsc found errors')
}

function isLate({ output, sources }) {
  if (!existsSync(output) || !readFileSync(output, 'utf8').startsWith(BANNER)) return true
  const made = statSync(output).mtimeMs
  return [CONFIG, ...sources.flatMap(filesIn)].some(file => statSync(file).mtimeMs > made)
}

const filesIn = folder =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile() && !entry.name.includes('.test.'))
    .map(entry => join(entry.parentPath, entry.name))

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    // --scripts: what the page script's own tests need, without the servers' code
    await (process.argv.includes('--scripts') ? bundle() : build())
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
