import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

const LEFT_BEHIND = new Set(['node_modules', '.git', '.mutate', 'data', 'coverage', 'screenshots'])

/** Packages of this checkout: they are linked to the copy's own sources. */
const OWN = '@latchkey'

/** A copy of the checkout, built from nothing, in which files may be changed; what is installed is shared. */
export function makeScratch(root: string, folder: string, build = true): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  cpSync(root, folder, {
    recursive: true,
    preserveTimestamps: true,
    filter: path => !LEFT_BEHIND.has(relative(root, path)) && !(build && path.endsWith('.tsbuildinfo')),
  })
  linkInstalled(join(root, 'node_modules'), join(folder, 'node_modules'))
  if (build) rebuild(folder)
  keepBuilt(join(folder, 'scripts/build.mjs'))
}

function rebuild(folder: string): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(`the checkout can’t be built, so no mutant of it can be judged: ${stdout}${stderr}`)
}

function linkInstalled(from: string, to: string): void {
  mkdirSync(join(to, OWN), { recursive: true })
  for (const name of readdirSync(from)) if (name !== OWN && !/^\.(vite|cache)/.test(name)) symlinkSync(join(from, name), join(to, name))
  for (const name of readdirSync(join(from, OWN))) {
    const folder = name.startsWith('example-') ? `examples/${name.slice(8)}` : `packages/${name}`
    symlinkSync(join('../..', folder), join(to, OWN, name))
  }
}

/** The compiler refuses types that a change leaves unused; the copy's `dist` is written by `emit` in place of it. */
function keepBuilt(file: string): void {
  const text = readFileSync(file, 'utf8')
  const without = text.replace(/^ {2}await compile\(\)\n/m, '').replace(/^async function compile/m, 'export async function compile')
  if (without === text) throw new Error('scripts/build.mjs has no `await compile()` any more: see scripts/mutate/scratch.ts')
  writeFileSync(file, without)
}
