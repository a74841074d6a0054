import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { policyMarkdown } from '../scripts/policy/policy-doc.ts'

it('docs/design/policy.md is what `npm run docs` writes', () => {
  expect(readFileSync(new URL('../docs/design/policy.md', import.meta.url), 'utf8')).toBe(policyMarkdown())
})

it('docs/design/policy.md names each operation once in each of its two tables', () =>
  expect(policyMarkdown().split('`account.lock`')).toHaveLength(3))

const root = new URL('..', import.meta.url)
const rows = readFileSync(new URL('docs/design/threats.md', root), 'utf8')
  .split('\n')
  .filter(line => /^\| [A-Z]{1,2}-?\d/.test(line))
  .map(line => line.split('|').map(cell => cell.trim()))
  .map(([, ids = '', , , files = '']) => ({ ids: ids.split(', '), files: [...files.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file) }))

it.each(rows.flatMap(({ ids, files }) => ids.map(id => ({ id, files }))))(
  'docs/design/threats.md: $id is the name of a test',
  ({ id, files }) => {
    const text = files
      .map(file => readFileSync(new URL(/^(packages|test|e2e)\//.test(file) ? file : `packages/server/src/${file}`, root), 'utf8'))
      .join('\n')
    expect(text).toMatch(new RegExp(`\\b${id}\\b`))
  },
)

it('docs/design/threats.md names for every threat tests that are there', () => {
  const named = readFileSync(new URL('docs/design/threats.md', root), 'utf8')
    .split('\n')
    .filter(line => /^\| (?!threat|id|---)/.test(line))
    .map(line => [...(line.split('|').at(-2) ?? '').matchAll(/`([^`]+)`/g)].map(([, file = '']) => file))
  expect(named.filter(files => files.length === 0)).toEqual([])
  for (const file of named.flat())
    expect(existsSync(new URL(/^(packages|test|e2e)\//.test(file) ? file : `packages/server/src/${file}`, root)), file).toBe(true)
})
