import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { policyMarkdown } from '../scripts/policy/policy-doc.ts'
import { RULES } from '../scripts/policy/rules/index.ts'

it('docs/design/policy.md is what `npm run docs` writes', () => {
  expect(readFileSync(new URL('../docs/design/policy.md', import.meta.url), 'utf8')).toBe(policyMarkdown())
})

it('docs/design/policy.md names each operation once in each of its two tables', () =>
  expect(policyMarkdown().split('`account.lock`')).toHaveLength(3))

const root = new URL('..', import.meta.url)

describe('the rules of docs/design/policy.md', () => {
  it('count up in each section, and every section that a source names has its heading', () => {
    const sections = new Map<string, number>()
    for (const { id } of RULES) {
      const [section = '', number] = id.split('.')
      expect([id, Number(number)]).toEqual([id, (sections.get(section) ?? 0) + 1])
      sections.set(section, Number(number))
    }
    const text = execFileSync('git', ['grep', '-hoE', 'policy\\.md (§[0-9]+(, )?)+'], { cwd: root, encoding: 'utf8' })
    const named = new Set(text.match(/§\d+/g))
    expect([...named].filter(section => !policyMarkdown().includes(`\n## ${section.slice(1)}. `))).toEqual([])
  })

  it('hold up invariants and holes that are written down', () => {
    const known = ['invariants', 'threats'].map(page => readFileSync(new URL(`docs/design/${page}.md`, root), 'utf8')).join('\n')
    const held = RULES.flatMap(({ holds = [] }) => holds)
    expect(held.filter(id => !known.includes(`| ${id} |`))).toEqual([])
  })
})

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
