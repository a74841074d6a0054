import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Who may import whom inside packages/server/src: imports only point down (docs/design/architecture.md). */
const MAY: Record<string, readonly string[]> = {
  domain: [],
  webauthn: [],
  messages: ['domain'],
  store: ['domain'],
  rotation: ['store'],
  limits: ['domain', 'store'],
  deliver: ['domain', 'store', 'messages'],
  methods: ['domain', 'store', 'limits', 'deliver', 'webauthn'],
  flows: ['domain', 'store', 'limits', 'deliver', 'methods', 'webauthn'],
  http: ['domain', 'flows', 'webauthn', 'limits'],
  pages: ['domain', 'flows', 'http', 'methods', 'messages'],
  doctor: ['domain', 'deliver', 'http', 'store'],
  development: ['domain', 'flows', 'http', 'methods', 'messages', 'pages', 'store', 'deliver'],
}
/** Inside the two large houses, by room; what lies in none is below all that is not named. `verify` leads on to every journey. */
const ROOMS: Record<string, Record<string, readonly string[]>> = {
  flows: {
    account: ['change', 'prove', 'approvals'],
    prove: ['account', 'change', 'recovery'],
    change: ['account', 'prove'],
    approvals: ['account', 'change', 'prove', 'recovery'],
    freeze: ['account', 'change', 'prove', 'recovery', '.'],
    recovery: ['account', 'change', 'freeze', 'prove', '.'],
    games: ['account', 'approvals', 'change', 'freeze', 'prove', 'recovery', '.'],
    '.': ['account', 'approvals', 'change', 'prove', 'recovery'],
  },
  pages: {
    ui: [],
    shell: ['ui', 'verify', 'sign-in'],
    verify: ['approve', 'factors', 'freeze', 'passkeys', 'recovery', 'security', 'shell', 'ui'],
    approve: ['shell', 'ui', 'verify'],
    passkeys: ['shell', 'ui', 'verify'],
    security: ['passkeys', 'shell', 'ui', 'verify'],
    factors: ['recovery', 'shell', 'ui', 'verify'],
    freeze: ['security', 'shell', 'sign-in', 'ui', 'verify'],
    recovery: ['factors', 'passkeys', 'security', 'shell', 'ui', 'verify'],
    'sign-in': ['recovery', 'shell', 'sign-up', 'ui', 'verify'],
    'sign-up': ['shell', 'sign-in', 'ui', 'verify'],
    '.': ['approve', 'factors', 'freeze', 'passkeys', 'recovery', 'security', 'shell', 'sign-in', 'sign-up', 'verify'],
  },
}
const roomOf = (path: string): string => (path.includes('/') ? (path.split('/')[0] ?? '') : '.')

/** Files beside the folders: values that everybody below the edges may use. */
const COMMON = [
  'config.ts',
  'options.ts',
  'settings.ts',
  'nearest.ts',
  'master-key.ts',
  'environment.ts',
  'ctx.ts',
  'keys.ts',
  'cookie-names.ts',
  'return-to.ts',
  'parse-url.ts',
]
/** They wire everything, and nobody imports them. */
const TOP = ['index.ts', 'cli.ts', 'serve.ts']
const NO_COMMON = new Set(['domain', 'webauthn', 'messages'])

const root = resolve(import.meta.dirname, '../packages/server/src')
const files = (folder: string): string[] =>
  readdirSync(folder).flatMap(name => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? files(path) : /\.tsx?$/.test(name) && !/\.(test|contract|fixture)\.tsx?$/.test(name) ? [path] : []
  })
/** Files that a file imports, by their paths. */
const targetsOf = (path: string): string[] =>
  [...readFileSync(path, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(m => resolve(dirname(path), m[1] ?? ''))
const importsOf = (path: string): string[] => targetsOf(path).map(target => relative(root, target))

describe('imports', () => {
  it('only point down', () => {
    const wrong: string[] = []
    for (const path of files(root)) {
      const from = relative(root, path)
      const folder = from.includes('/') ? (from.split('/')[0] ?? '') : null
      if (folder === null) continue
      for (const target of importsOf(path)) {
        const to = target.includes('/') ? (target.split('/')[0] ?? '') : null
        const common = to === null && COMMON.includes(target) && !NO_COMMON.has(folder)
        const down = to !== null && (to === folder || (MAY[folder] ?? []).includes(to))
        if (!common && !down) wrong.push(`${from} → ${target}`)
      }
    }
    expect(wrong).toEqual([])
  })

  it('INV-9: each way to allow a change is minted in one file, and no other file mints', () => {
    const minters = files(root).flatMap(path =>
      [...readFileSync(path, 'utf8').matchAll(/\bmint\('(\w+)'/g)].map(([, by]) => `${by} in ${relative(root, path)}`),
    )
    expect([...new Set(minters)].filter(one => !one.endsWith('authority.ts')).sort()).toEqual([
      'anomaly in flows/prove/doubt.ts',
      'due_wait in flows/change/effects.ts',
      'forgotten_password in flows/password.ts',
      'freeze_link in flows/freeze/link.ts',
      'reactivation in flows/change/effects.ts',
      'recovery in flows/recovery/bind.ts',
      'sample in development/sample-rows.ts',
      'set_up in flows/change/set-up.ts',
      'step_up in flows/prove/step-up.ts',
      'undo in flows/change/undo.ts',
      'voice in flows/change/voice.ts',
    ])
    const minting = files(root).filter(path => /\bmint\b.*from '.*authority\.ts'/.test(readFileSync(path, 'utf8')))
    expect(minting).toHaveLength(10)
  })

  it('of a room lead to the rooms that it may use', () => {
    const wrong: string[] = []
    for (const [house, rooms] of Object.entries(ROOMS))
      for (const path of files(join(root, house))) {
        const room = roomOf(relative(join(root, house), path))
        for (const target of targetsOf(path).filter(one => one.startsWith(join(root, house, '/')))) {
          const other = roomOf(relative(join(root, house), target))
          if (other !== room && !(rooms[room] ?? []).includes(other)) wrong.push(`${house}/${room} → ${house}/${other}: ${path}`)
        }
      }
    expect(wrong).toEqual([])
  })

  it('no page asks the database: what it shows comes from a flow', () => {
    const asking = files(join(root, 'pages')).filter(path => /\bstore\b\s*[.}]/.test(readFileSync(path, 'utf8')))
    expect(asking.map(path => relative(root, path))).toEqual([])
  })

  it('lead in no circle, types included', () => {
    for (const folder of [root, resolve(root, '../../browser/src'), resolve(root, '../../testing/src')]) {
      const all = new Map(files(folder).map(path => [path, targetsOf(path)]))
      // what imports nothing that is left goes, until only circles are
      for (let before = -1; before !== all.size; ) {
        before = all.size
        for (const [path, targets] of all) if (targets.every(target => !all.has(target))) all.delete(path)
      }
      // and what only leads into one
      const inCircle = [...all.keys()].filter(path => [...all.values()].some(targets => targets.includes(path)))
      expect(inCircle).toEqual([])
    }
  })

  it('reach every file from an entry: a page that nobody mounts is none', () => {
    const entries = ['index.ts', 'cli.ts', 'webauthn/index.ts', 'pages/ui/index.tsx'].map(path => join(root, path))
    const reached = new Set(entries)
    // what a module imports, where it waits for it included
    for (const path of reached) for (const target of targetsOf(path)) reached.add(target)
    expect(
      files(root)
        .filter(path => !reached.has(path))
        .map(path => relative(root, path)),
    ).toEqual([])
  })

  it('every folder has its row', () => {
    const folders = readdirSync(root).filter(name => statSync(join(root, name)).isDirectory())
    expect(folders.sort()).toEqual(Object.keys(MAY).sort())
  })

  it('the verifier needs cryptography and a CBOR reader, and nothing else: no network, no files, no clock', () => {
    const needed = new Set<string>()
    for (const path of files(join(root, 'webauthn'))) {
      const text = readFileSync(path, 'utf8')
      for (const [, name = ''] of text.matchAll(/(?:from|import)\s*\(?\s*'([^.'][^']*)'/g)) needed.add(name)
      expect([path, /\bDate\.now\(\)|\bnew Date\(\)|\bfetch\(|\bprocess\./.test(text.replace(/^\s*(\*|\/\/).*$/gm, ''))]).toEqual([
        path,
        false,
      ])
    }
    expect([...needed].sort()).toEqual(['cborg', 'node:buffer', 'node:crypto'])
  })

  it('nobody imports what wires', () => {
    const wrong = files(root).flatMap(path =>
      importsOf(path)
        .filter(target => TOP.includes(target))
        .map(target => `${relative(root, path)} → ${target}`),
    )
    expect(wrong.filter(line => !TOP.some(top => line.startsWith(`${top} `)))).toEqual([])
  })
})
