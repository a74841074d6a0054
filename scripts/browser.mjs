// Finds a Chromium, or gets one: installed, Debian's package as root, Playwright's download. One clear line where none can be had.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge', 'microsoft-edge-stable']
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]

const installed = () =>
  [
    process.env.LATCHKEY_BROWSER,
    ...(process.env.PATH ?? '').split(delimiter).flatMap(folder => NAMES.map(name => join(folder, name))),
    ...PLACES,
  ].find(path => path && existsSync(path))

const run = (command, args) => spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0

function fromDebian() {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return undefined
  console.log('No browser found: installing Debian’s chromium package for the browser tests.')
  if (!run('apt-get', ['update', '-q'])) return undefined
  return run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium']) ? installed() : undefined
}

async function fromPlaywright() {
  console.log('No browser found: downloading one with Playwright for the browser tests.')
  if (!run(process.execPath, ['node_modules/playwright-core/cli.js', 'install', 'chromium'])) return undefined
  const { chromium } = await import('playwright-core')
  return existsSync(chromium.executablePath()) ? chromium.executablePath() : undefined
}

/** @returns the path of an executable; ends the process with one line where none can be had */
export async function ensureBrowser() {
  const found = installed() ?? fromDebian() ?? (await fromPlaywright())
  if (found) return found
  console.error(
    'No Chromium, Chrome or Edge could be found or installed. Install one, or set LATCHKEY_NO_BROWSER=1 to skip the browser tests.',
  )
  process.exit(1)
}
