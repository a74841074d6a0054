import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ACCEPTED } from '../scripts/mutate/accepted.ts'
import { parseSource } from '../scripts/mutate/ast.ts'
import { blockAt, counted } from '../scripts/mutate/blocks.ts'
import { readCheckout } from '../scripts/mutate/checkout.ts'
import { applied, hashOf, type Mutant, mutantsOf } from '../scripts/mutate/mutants.ts'
import { namedMutants } from '../scripts/mutate/named.ts'
import { doubtfulTests } from '../scripts/mutate/not-counting.ts'
import { RULES } from '../scripts/mutate/rules/index.ts'
import { runMutants } from '../scripts/mutate/runner.ts'
import { acceptedFault, readFlags, sampleOf, selected } from '../scripts/mutate/select.ts'
import { Verdicts } from '../scripts/mutate/verdicts.ts'

const FLOW = 'packages/server/src/flows/one.ts'
const made = (text: string, path = FLOW): Mutant[] => mutantsOf([parseSource(path, text)])
const outcomes = (text: string, rule: string, path = FLOW): string[] =>
  made(text, path)
    .filter(mutant => mutant.rule === rule)
    .map(({ edits }) => applied(text, edits))

/** By rule: a source in which it finds something, and what it makes of that. */
const EXAMPLES: readonly { rule: string; text: string; path?: string; made: string[] }[] = [
  { rule: 'throw', text: 'function f() { if (a) throw new Problem("x") }', made: ['function f() { if (a) {} }'] },
  { rule: 'return', text: 'function f() { if (a) return null }', made: ['function f() { if (false) return null }'] },
  {
    rule: 'operand',
    text: 'const f = () => a.b && !c.d',
    made: ['const f = () => true && !c.d', 'const f = () => a.b && true'],
  },
  { rule: 'filter', text: 'const f = x => x.filter(y => y.on).map(z)', made: ['const f = x => x.map(z)'] },
  {
    rule: 'set-member',
    text: "const A = new Set(['a', 'b'])",
    made: ["const A = new Set(['\\0', 'b'])", "const A = new Set(['a', '\\0'])"],
  },
  { rule: 'guard', text: 'function f() { guardOpen(x) }', made: ['function f() { {} }'] },
  { rule: 'count', text: 'async function f() { await countAttempt(x) }', made: ['async function f() { {} }'] },
  { rule: 'event', text: 'async function f() { await record(tx, x) }', made: ['async function f() { {} }'] },
  { rule: 'notice', text: 'async function f() { await notify(tx, x) }', made: ['async function f() { {} }'] },
  { rule: 'notices', text: 'const f = () => notices(x)', made: ['const f = () => []'] },
  { rule: 'lock', text: 'async function f() { await lockAccount(tx) }', made: ['async function f() { {} }'] },
  { rule: 'locked', text: 'const f = tx => tx.accounts.lock(id)', made: ['const f = tx => tx.accounts.facts(id)'] },
  { rule: 'spend', text: 'async function f() { await takePre(tx) }', made: ['async function f() { {} }'] },
  {
    rule: 'spent',
    text: 'async function f() { if (!(await tx.codes.consume(id))) return }',
    made: ['async function f() { if (!(true)) return }'],
  },
  { rule: 'end', text: 'async function f() { await endSessions(tx) }', made: ['async function f() { {} }'] },
  { rule: 'effect', text: 'async function f() { await keepStep(tx) }', made: ['async function f() { {} }'] },
  {
    rule: 'policy-cell',
    path: 'packages/server/src/domain/one.ts',
    text: "const GROUPS = { a: { trusted: 'now', two_steps: 'host' } }\nconst OPERATIONS = { 'x.y': { group: 'a' } }\nconst f = () => GROUPS[r.g][proof]",
    made: [
      "const GROUPS = { a: { trusted: 'now', two_steps: 'host' } }\nconst OPERATIONS = { 'x.y': { group: 'a' } }\nconst f = () => (operation === 'x.y' && proof === 'trusted' ? 'refused' : GROUPS[r.g][proof])",
      "const GROUPS = { a: { trusted: 'now', two_steps: 'host' } }\nconst OPERATIONS = { 'x.y': { group: 'a' } }\nconst f = () => (operation === 'x.y' && proof === 'two_steps' ? 'now' : GROUPS[r.g][proof])",
    ],
  },
  {
    rule: 'group-cell',
    path: 'packages/server/src/domain/one.ts',
    text: "const GROUPS = { a: { trusted: 'wait72' } }",
    made: ["const GROUPS = { a: { trusted: 'wait24' } }"],
  },
  {
    rule: 'freshness',
    path: 'packages/server/src/domain/one.ts',
    text: "const OPERATIONS = { 'x.y': { freshness: evidence(5), oneStep: true } }",
    made: [
      "const OPERATIONS = { 'x.y': { freshness: evidence(6), oneStep: true } }",
      "const OPERATIONS = { 'x.y': { freshness: live, oneStep: true } }",
      "const OPERATIONS = { 'x.y': { freshness: evidence(5), oneStep: undefined } }",
    ],
  },
  {
    rule: 'preset',
    path: 'packages/server/src/domain/one.ts',
    text: 'const strict = { smsStep: false, sessionMaxMs: 30 * DAY }',
    made: ['const strict = { smsStep: true, sessionMaxMs: 30 * DAY }', 'const strict = { smsStep: false, sessionMaxMs: 31 * DAY }'],
  },
  {
    rule: 'pause',
    text: 'function f() { return policyMs(24, p) }',
    made: ['function f() { return policyMs(23, p) }', 'function f() { return 0 }'],
  },
  {
    rule: 'random',
    path: 'packages/server/src/flows/one.ts',
    text: 'const f = () => randomBytes(32)',
    made: ['const f = () => randomBytes(1)'],
  },
  {
    rule: 'words',
    path: 'packages/server/src/messages/en/one.ts',
    text: "const help = { 'help.what.4': 'a', 'help.title': 'b' }",
    made: ["const help = { 'help.what.4': '', 'help.title': 'b' }"],
  },
  {
    rule: 'where',
    path: 'packages/server/src/store/one.ts',
    text: "const f = () => q.where('a', '=', b).execute()",
    made: ['const f = () => q.execute()'],
  },
  {
    rule: 'where-part',
    path: 'packages/server/src/store/one.ts',
    text: "const f = e => e.and([e('a', '=', b), c])",
    made: ['const f = e => e.and([e.lit(true), c])', "const f = e => e.and([e('a', '=', b), e.lit(true)])"],
  },
  {
    rule: 'where-text',
    path: 'packages/server/src/store/one.ts',
    text: "const A = `update x set a = ? where id = ? and status = 'active'`",
    made: [
      "const A = `update x set a = ? where (id = ? or 1 = 1) and status = 'active'`",
      "const A = `update x set a = ? where id = ? and (status = 'active' or 1 = 1)`",
    ],
  },
  {
    rule: 'on-conflict',
    path: 'packages/server/src/store/one.ts',
    text: 'const f = r => some(r.numUpdatedRows)',
    made: ['const f = r => (void 0, true)'],
  },
  {
    rule: 'edge',
    text: 'const f = () => row.expiresAt <= now',
    made: ['const f = () => row.expiresAt < now', 'const f = () => row.expiresAt >= now'],
  },
  {
    rule: 'edge-sql',
    path: 'packages/server/src/store/one.ts',
    text: "const f = () => q.where('expiresAt', '>', now)",
    made: ["const f = () => q.where('expiresAt', '>=', now)", "const f = () => q.where('expiresAt', '<', now)"],
  },
  { rule: 'number', text: 'const LIFETIME_MS = 30 * 60_000', made: ['const LIFETIME_MS = 31 * 60_000'] },
  {
    rule: 'number-in',
    path: 'packages/server/src/limits/one.ts',
    text: 'const LIMITS = { a: { limit: 5 } }',
    made: ['const LIMITS = { a: { limit: 6 } }'],
  },
  {
    rule: 'window',
    path: 'packages/server/src/limits/one.ts',
    text: 'const LIMITS = { a: { windowMs: HOUR } }',
    made: ['const LIMITS = { a: { windowMs: (2 * HOUR) } }'],
  },
  {
    rule: 'route-public',
    path: 'packages/server/src/http/one.ts',
    text: "page(app, { access: 'account.read' })",
    made: ["page(app, { access: 'public' })"],
  },
  {
    rule: 'form-token',
    path: 'packages/server/src/pages/one.tsx',
    text: 'async function f(c) { await readForm(c) }',
    made: ['async function f(c) { await c.req.text().then(text => Object.fromEntries(new URLSearchParams(text))) }'],
  },
  {
    rule: 'middleware',
    path: 'packages/server/src/http/one.ts',
    text: "app.use('*', one, two)",
    made: ["app.use('*', two)", "app.use('*', one)"],
  },
  {
    rule: 'cookie',
    path: 'packages/server/src/http/one.ts',
    text: 'setCookie(c, n, v, { httpOnly: true })',
    made: ['setCookie(c, n, v, { httpOnly: false })'],
  },
  {
    rule: 'cookie-age',
    path: 'packages/server/src/http/one.ts',
    text: "writeCookie(c, ctx, 's', '', 0)",
    made: ['undefined', "writeCookie(c, ctx, 's', '', 1)"],
  },
  {
    rule: 'header',
    path: 'packages/server/src/http/one.ts',
    text: "const COMMON = { 'x-frame-options': 'DENY' }",
    made: ["const COMMON = { 'x-left-out': 'DENY' }"],
  },
  {
    rule: 'csp',
    path: 'packages/server/src/http/one.ts',
    text: "const f = () => ['a', 'b'].join('; ')",
    made: ["const f = () => ['b'].join('; ')", "const f = () => ['a'].join('; ')"],
  },
  {
    rule: 'unbound',
    text: "const f = k => k.mac('form', a, b)\nconst g = k => k.verifies(m, 'form', a, b)",
    made: [
      "const f = k => k.mac('form', '', b)\nconst g = k => k.verifies(m, 'form', '', b)",
      "const f = k => k.mac('form', a, '')\nconst g = k => k.verifies(m, 'form', a, '')",
    ],
  },
  {
    rule: 'hashed',
    text: "const f = () => createHash('sha256').update(a).update(b).digest()",
    made: ["const f = () => createHash('sha256').update(a).digest()", "const f = () => createHash('sha256').update(b).digest()"],
  },
  {
    rule: 'signed',
    text: 'const f = () => canonicalJson({ a, b: c })',
    made: ['const f = () => canonicalJson({ a: c, b: a })'],
  },
  {
    rule: 'sealed',
    path: 'packages/server/src/store/one.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a program
    text: 'const place = (a, b) => `${a}·${b}`',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the same
    made: ["const place = (a, b) => `${''}·${b}`", "const place = (a, b) => `${a}·${''}`"],
  },
  {
    rule: 'shown',
    path: 'packages/server/src/pages/approve/one.tsx',
    text: 'const f = () => [{ term: 1, value: a }, { term: 2, value: b }]',
    made: ['const f = () => [{ term: 1, value: b }, { term: 2, value: a }]'],
  },
  {
    rule: 'script-guard',
    path: 'packages/browser/src/pages/one.ts',
    text: 'function f() { if (url.origin !== location.origin) return null }',
    made: ['function f() { if (false) return null }'],
  },
  {
    rule: 'script-operand',
    path: 'packages/browser/src/pages/one.ts',
    text: 'function f() { if (a.origin !== b && !c.key) return }',
    made: ['function f() { if (true && !c.key) return }', 'function f() { if (a.origin !== b && true) return }'],
  },
  {
    rule: 'script-step',
    path: 'packages/browser/src/pages/one.ts',
    text: 'async function f() { await renew(form).catch(() => undefined) }',
    made: ['async function f() { {} }'],
  },
]

describe('rules that make mutants', () => {
  it.each(EXAMPLES)('$rule', ({ rule, text, path, made: expected }) => {
    expect(outcomes(text, rule, path)).toEqual(expected)
  })

  it('each has an example above', () => {
    const shown = new Set(EXAMPLES.map(({ rule }) => rule))
    expect(RULES.map(({ name }) => name).filter(name => !shown.has(name))).toEqual([])
  })
})

const TWO = 'function f() { if (a) throw new Problem("x")\n if (b) throw new Problem("y") }'

describe('an id', () => {
  it('is rule, function and ordinal', () => {
    expect(made(TWO).map(({ id }) => id)).toEqual(['throw/f/1', 'throw/f/2'])
  })

  it('survives a move of the file, also beside a function of the same name', () => {
    const other = parseSource('packages/server/src/flows/two.ts', 'function f() { if (c) throw new Problem("z") }')
    const here = mutantsOf([other, parseSource(FLOW, TWO)])
    const there = mutantsOf([parseSource('packages/server/src/domain/zero.ts', TWO), other])
    const byText = (mutants: Mutant[]) => Object.fromEntries(mutants.map(({ id, text, edits }) => [`${text} ${edits[0]?.start}`, id]))
    expect(byText(there)).toEqual(byText(here))
    expect(Object.values(byText(here)).sort()).toEqual(['throw/f/1', 'throw/f/2', 'throw/f/3'])
  })
})

describe('which tests count', () => {
  const lines = (text: string, path = 'test/one.test.ts') => doubtfulTests(path, text).map(one => one.lines[0])

  it('not one that reads sources or pages, by way of a constant too', () => {
    const text =
      "const page = readFileSync(new URL('../docs/promises.md', import.meta.url))\nit('a', () => expect(page).toBe(1))\nit('b', () => 1)"
    expect(lines(text)).toEqual([2])
  })

  it('not one that compares snapshots', () => {
    expect(lines("it('a', () => expect(x).toMatchSnapshot())")).toEqual([1])
  })

  it('not one that imports the table, for mutants of that table', () => {
    const text =
      "import { OPERATIONS } from '../packages/server/src/domain/policy.ts'\nit.each(Object.keys(OPERATIONS))('a', () => 1)\nit('b', () => 1)"
    expect(doubtfulTests('test/one.test.ts', text)).toEqual([{ lines: [2, 2], tables: new Set(['OPERATIONS']) }])
  })
})

describe('coverage', () => {
  const file = parseSource(FLOW, 'const f = x => x\nfunction g() { if (a) return 1 }')

  it('counts functions and branches, and changes nothing else', () => {
    const hit = (n: number) => `(globalThis.__lkHits??=new Set()).add("${FLOW}#${n}")`
    expect(counted(file)).toBe(`const f = x => (${hit(1)},x)\nfunction g() {${hit(2)}; if (a) {${hit(3)};return 1} }\n;${hit(0)};\n`)
  })

  it('looks for a guard whose condition acts where it is asked, for others where they return', () => {
    const text = 'async function f() { if (!(await take())) return\n if (!x) return }'
    const found = parseSource(FLOW, text)
    expect(
      made(text)
        .filter(({ rule }) => rule === 'return')
        .map(({ reach }) => blockAt(found, reach)),
    ).toEqual([1, 3])
  })

  it('knows the innermost block of a place', () => {
    expect([0, file.text.indexOf('x =>') + 5, file.text.indexOf('if'), file.text.indexOf('return')].map(at => blockAt(file, at))).toEqual([
      0, 1, 2, 3,
    ])
  })
})

describe('npm run mutate', () => {
  it('says in one line what is wrong with a flag', () => {
    expect(() => readFlags(['--smaple', '3'])).toThrow(/--smaple/)
    expect(() => readFlags(['--sample', '0'])).toThrow(/--sample is a number from 1 up/)
    expect(() => selected(made(TWO), { only: ['nowhere'], sample: null, seed: '1' })).toThrow(/nowhere/)
  })

  it('takes the same sample for the same seed', () => {
    const all = made(TWO)
    expect(sampleOf(all, 1, 'a')).toEqual(sampleOf([...all].reverse(), 1, 'a'))
  })
})

describe('verdicts', () => {
  const [one] = made('function f() { if (a) throw new Problem("x") }')
  const [other] = made('function f() { if (a && b) throw new Problem("x") }')
  const test = { path: 'one.test.ts', text: '', hash: hashOf('as it was'), built: false }
  const opened = (root: string, tests = [test], all = 'all', fresh = false): Verdicts => new Verdicts(root, tests, all, fresh)
  let root = ''
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'latchkey-verdicts-'))
    mkdirSync(join(root, 'scripts/mutate'), { recursive: true })
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  it('who noticed is a verdict until what was judged, or that test file, changes; then it is asked first', () => {
    opened(root).keep(one!, { outcome: 'killed', file: test.path, test: 'a > b', seconds: 1 }, new Set([one!.id]))
    expect(opened(root).of(one!)).toEqual({ outcome: 'killed', file: test.path, test: 'a > b', seconds: 0 })
    expect(opened(root, [test], 'other tests').of(one!)).toMatchObject({ outcome: 'killed' })
    const asked = [
      opened(root).of({ ...one!, text: other!.text }),
      opened(root, [{ ...test, hash: hashOf('changed') }]).of(one!),
      opened(root, []).of(one!),
      opened(root, [test], 'all', true).of(one!),
    ]
    expect(asked).toEqual([null, null, null, null])
    expect(opened(root, []).killerOf(one!.id)).toMatchObject({ file: test.path, test: 'a > b' })
  })

  it('what survived is one until any test changes', () => {
    opened(root).keep(one!, { outcome: 'survived', seconds: 1 }, new Set([one!.id]))
    expect(opened(root).of(one!)).toMatchObject({ outcome: 'survived' })
    expect([opened(root, [test], 'other tests').of(one!), opened(root).of({ ...one!, text: other!.text })]).toEqual([null, null])
  })

  it('what was judged is the declaration, or the row of a table, and what it becomes, not the rest of its file', () => {
    const texts = (text: string): string[] => made(text).map(mutant => mutant.text)
    const f = 'function f() { if (a && b) return g(() => c) }'
    expect(texts(`${f}\nconst more = 1`)).toEqual(texts(f))
    expect(new Set(texts(f)).size).toBe(texts(f).length)
    expect(texts(f.replace('=> c', '=> d'))).not.toEqual(texts(f))
    const table = 'const LIMITS = { a: { limit: 1 }, b: { limit: 2 } }'
    const limits = (text: string): string[] => made(text, 'packages/server/src/limits/one.ts').map(mutant => mutant.text)
    expect(limits(table.replace('limit: 2', 'limit: 3'))[0]).toBe(limits(table)[0])
    expect(limits(table.replace('limit: 2', 'limit: 3'))[1]).not.toBe(limits(table)[1])
  })

  it('forgets ids that are no more', () => {
    opened(root).keep(one!, { outcome: 'killed', file: test.path, test: 'a > b', seconds: 1 }, new Set(['another']))
    expect(opened(root).killerOf(one!.id)).toBeUndefined()
  })
})

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const checkout = readCheckout(ROOT)
const SEED = hashOf([...checkout.files.values()].map(({ text }) => text).join())

/** Test files that need no other process, no database server and no browser. */
const QUICK = /^(packages\/(?!.*(postgres|games|mutations))|test\/journeys\/(?!postgres))/

describe('the mutants of this checkout', () => {
  it('have ids of their own, and text that parses', () => {
    expect(new Set(checkout.mutants.map(({ id }) => id)).size).toBe(checkout.mutants.length)
    // some by the hash of the sources; the run of all of them finds the rest
    for (const { path, edits } of sampleOf(checkout.mutants, 100, SEED))
      expect(() => parseSource(path, applied(checkout.files.get(path)!.text, edits))).not.toThrow()
  })

  it('none is accepted that is not there, and at most three of a hundred are', () => {
    expect(acceptedFault(checkout.mutants)).toBeNull()
    expect(acceptedFault(checkout.mutants, { 'throw/nowhere/1': { reason: 'x' } })).toMatch(/throw\/nowhere\/1/)
  })

  it('and what a row of the promises names is one of them', () => {
    const ids = new Set(checkout.mutants.map(({ id }) => id))
    const named = [...namedMutants(ROOT)].flatMap(([row, all]) => all.filter(id => !ids.has(id)).map(id => `${row} ${id}`))
    expect(named).toEqual([])
  })

  it('four of them, by the hash of the sources, are noticed by the test that noticed them last', async () => {
    const known = new Verdicts(ROOT, [], '', true)
    const quick = checkout.mutants.filter(({ id }) => !ACCEPTED[id] && QUICK.test(known.killerOf(id)?.file ?? ''))
    const four = sampleOf(quick, 4, SEED)
    expect(four).toHaveLength(4)
    console.log(`mutants of this run: ${four.map(({ id }) => id).join(', ')}`)
    const verdicts = await runMutants(checkout, four, { killersOnly: true, fresh: true, lanes: 1 })
    expect(four.map(({ id }) => `${id} ${verdicts.get(id)?.outcome}`)).toEqual(four.map(({ id }) => `${id} killed`))
  })
})
