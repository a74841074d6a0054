import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')
const tracked = (): string[] =>
  execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n')
/** Below these a path of the documentation begins; a bare name stands for a file of the room that the sentence is about. */
const BASES = ['', 'packages/server/src', 'packages', 'docs', 'docs/design']

it('every file that a page of docs names in code is there', () => {
  const files = tracked()
  const names = new Set(files.map(file => basename(file)))
  const missing = files
    .filter(file => /^(docs|README|CONTRIBUTING)/.test(file) && file.endsWith('.md'))
    .flatMap(file =>
      [...readFileSync(join(ROOT, file), 'utf8').matchAll(/`([\w@./-]+\.(?:tsx?|mjs))`/g)].map(([, path = '']) => ({ file, path })),
    )
    .filter(({ path }) => !BASES.some(base => existsSync(join(ROOT, base, path))) && (path.includes('/') || !names.has(path)))
  expect(missing).toEqual([])
})

it('every page of docs that a source names is there', () => {
  const missing = tracked()
    .filter(file => /^(packages|scripts|test|e2e|examples|bench)\/.*\.(tsx?|mjs)$/.test(file) && existsSync(join(ROOT, file)))
    .flatMap(file => {
      const source = readFileSync(join(ROOT, file), 'utf8')
      const paths = [...source.matchAll(/\bdocs\/[\w./-]+\.md\b/g)].map(([path]) => path)
      const sections = [...source.matchAll(/\b([a-z-]+\.md) §/g)].map(([, page]) => `docs/design/${page}`)
      return [...paths, ...sections].map(path => ({ file, path }))
    })
    .filter(({ path }) => !existsSync(join(ROOT, path)))
  expect(missing).toEqual([])
})

it('every invariant that is named somewhere stands in docs/design/invariants.md', () => {
  const known = readFileSync(join(ROOT, 'docs/design/invariants.md'), 'utf8')
  const named = tracked()
    .filter(file => /\.(tsx?|md)$/.test(file) && existsSync(join(ROOT, file)))
    .flatMap(file => [...readFileSync(join(ROOT, file), 'utf8').matchAll(/\bINV-\d+/g)].map(([id]) => id))
  expect([...new Set(named)].filter(id => !known.includes(`| ${id} |`))).toEqual([])
})

it('every code in a comment of the product can be looked up: a promise, a hole that was closed, an invariant', () => {
  const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
  const known = new Set(
    ['docs/promises.md', 'docs/design/threats.md', 'docs/design/invariants.md'].flatMap(
      page => read(page).match(/\b[A-Z]{1,3}-?\d{1,2}\b/g) ?? [],
    ),
  )
  const unknown = tracked()
    .filter(
      file =>
        /^packages\/(server|browser)\/src\/.*\.tsx?$/.test(file) &&
        !/\.(test|contract|fixture)\./.test(file) &&
        existsSync(join(ROOT, file)),
    )
    .flatMap(file =>
      read(file)
        .split('\n')
        // a fingerprint in hexadecimal looks like codes
        .filter(line => /^\s*(\*|\/\/|\/\*\*)|\s\/\/ /.test(line) && !/([0-9A-F]{2}:){4}/.test(line))
        .flatMap(line => line.match(/\b(?:[KOFNHUSJDVTB]-?\d{1,2}[a-z]?|INV-\d+)\b/g) ?? [])
        .filter(code => !known.has(code))
        .map(code => `${file} ${code}`),
    )
  expect(unknown).toEqual([])
})
