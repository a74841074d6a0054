import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as webauthn from '@latchkey/server/webauthn'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALGORITHMS } from '../packages/server/src/webauthn/algorithms.ts'
import { REASONS } from '../packages/server/src/webauthn/error.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = readFileSync(join(root, 'docs/reference/webauthn.md'), 'utf8')

interface Example {
  /** The heading above it, and which of the examples below that. */
  name: string
  file: string
  code: string
  /** What the comments `// →` say that it prints. */
  printed: string[]
}

const headingOf = (at: number): string => [...page.slice(0, at).matchAll(/^## (.+)$/gm)].at(-1)?.[1] ?? ''
const blocks = [...page.matchAll(/^```ts\n([\s\S]+?)^```$/gm)].map(({ index, 1: code = '' }) => ({ heading: headingOf(index), code }))
const prelude = blocks.filter(({ code }) => code.startsWith('// prelude.ts\n'))
const examples: Example[] = blocks
  .filter(block => !prelude.includes(block))
  .map(({ heading, code }, at, all) => {
    const number = all.slice(0, at + 1).filter(other => other.heading === heading).length
    const printed = [...code.matchAll(/^\/\/ → (.*)$/gm)].map(([, line = '']) => line)
    return { name: `${heading} ${number}`, file: `example-${at}.ts`, code, printed }
  })

/** Runs every example in one process, one after the other, and says what each printed. */
const RUNNER = `
const results = {}
const print = console.log
for (const file of process.argv.slice(2)) {
  const lines = []
  console.log = console.warn = (...values) => lines.push(...format(...values).split('\\n'))
  try {
    await import('./' + file)
  } catch (error) {
    lines.push('threw ' + (error?.stack ?? error))
  }
  results[file] = lines
}
console.log = print
print('RESULTS ' + JSON.stringify(results))
process.exit(0)
`

// below node_modules of this repository, so that the packages are found by their names
const cache = join(root, 'node_modules/.cache')
mkdirSync(cache, { recursive: true })
const folder = mkdtempSync(join(cache, 'reference-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let printed: Record<string, string[]> = {}

beforeAll(() => {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  for (const { code } of prelude) writeFileSync(join(folder, 'prelude.ts'), code)
  for (const { file, code } of examples) writeFileSync(join(folder, file), code)
  writeFileSync(join(folder, 'runner.mjs'), `import { format } from 'node:util'\n${RUNNER}`)
  const args = ['--conditions=@latchkey/source', '--import', 'tsx', join(folder, 'runner.mjs'), ...examples.map(({ file }) => file)]
  const env = { ...process.env, TSX_TSCONFIG_PATH: join(root, 'tsconfig.test.json') }
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8', timeout: 120_000 })
  const line = stdout.split('\n').find(text => text.startsWith('RESULTS '))
  if (!line) throw new Error(`the examples did not run to their end: ${stderr}`)
  printed = JSON.parse(line.slice('RESULTS '.length))
})

describe('docs/reference/webauthn.md', () => {
  for (const { name, file, printed: expected } of examples) {
    it(`the example “${name}” prints what it says`, () => {
      expect(expected.length).toBeGreaterThan(0)
      expect(printed[file]).toEqual(expected)
    })
  }

  it('its examples are right in their types', () => {
    const include = ['*.ts']
    const options = { noEmit: true, incremental: false, types: ['node'], typeRoots: [join(root, 'node_modules/@types')] }
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: join(root, 'tsconfig.test.json'), compilerOptions: options, include, exclude: [] }),
    )
    const { stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], { encoding: 'utf8' })
    expect(stdout).toBe('')
  })

  it('has one prelude, and a section with an example for each function and constant', () => {
    expect(prelude.length).toBe(1)
    const sections = new Set(examples.map(({ name }) => name.replace(/ \d+$/, '')))
    expect(Object.keys(webauthn).filter(name => !sections.has(name))).toEqual([])
  })

  it('lists every reason with its sentence', () => {
    const rows = [...sectionOf('WebAuthnError').matchAll(/^\| `(\w+)` \| (.+) \|$/gm)].map(([, reason, text]) => [reason, text])
    expect(rows).toEqual(Object.entries(REASONS))
  })

  it('lists every algorithm and where it is', () => {
    const where = { offered: 'offered', asked: 'on request', statement: 'statements' }
    const rows = [...sectionOf('Algorithms').matchAll(/^\| (-\d+) \| (.+?) \| (.+?) \| (.+?) \|$/gm)].map(row => row.slice(1))
    const known = ALGORITHMS.map(({ id, name, key, use }) => [String(id), name, 'jwk' in key ? key.jwk : 'RSA', where[use]])
    expect(rows).toEqual(known)
  })

  it('links only to what is there', () => {
    const anchors = [...page.matchAll(/^## (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    )
    const linked = [...page.matchAll(/\]\(#([\w-]+)\)/g)].map(([, anchor = '']) => anchor)
    expect(linked.filter(anchor => !anchors.includes(anchor))).toEqual([])
  })
})

function sectionOf(heading: string): string {
  return page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
}
