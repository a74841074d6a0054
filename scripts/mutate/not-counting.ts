import { bare, childrenOf, dotted, type Node, parseSource, type SourceFile, walk } from './ast.ts'
import type { Mutant } from './mutants.ts'

/** Tests that copy what they judge in a way that no rule below sees: file, and how the title begins. */
export const DOES_NOT_COUNT: readonly { file: string; title: RegExp; because: string }[] = [
  { file: 'test/routes.test.ts', title: /^V-3, T-3/, because: 'compares the list of routes with the routes' },
]

/** Rules about the policy table: what notices them is a request's answer, not the function that reads the table. */
const OF_THE_TABLE = new Set(['policy-cell', 'group-cell', 'freshness', 'preset'])

export const asksTheTable = (test: string, { rule }: Pick<Mutant, 'rule'>): boolean =>
  OF_THE_TABLE.has(rule) && test.startsWith('packages/server/src/domain/')

/** Lines of one test, and the tables of the product that it imports (all of them where it reads sources, pages or copies). */
interface Doubtful {
  lines: [number, number]
  tables: ReadonlySet<string> | 'all'
}

const READS = /^(readFileSync|readFile|readdirSync|readdir|execFileSync)$/
const CHECKOUT = /import\.meta\.(url|dirname)|['"`/](docs|src)\/|packages\/|'git'/
const COPIES = /\.toMatch(Inline|File)?Snapshot\b/
/** It judges types, which a change may leave unfitting whatever it does. */
const COMPILES = /typescript\/bin\/tsc/
/** Imported from there, it is a table of the product. */
const PRODUCT = /(^|\/)(domain|limits|http|flows|methods|store|messages)\/[\w-]+\.ts$|^\.\/[\w-]+\.ts$|-doc\.ts$/
const TABLE = /^[A-Z][A-Z0-9_]+$|Markdown$/

const isTestCall = (node: Node): boolean =>
  node.type === 'CallExpression' && /^(it|test)(\.|$)/.test(dotted(bare(node.callee)) || dotted(node.callee.tag))

function tablesIn(file: SourceFile): Map<string, string> {
  const tables = new Map<string, string>()
  for (const node of file.program.body as Node[]) {
    if (node.type !== 'ImportDeclaration' || node.importKind === 'type' || !PRODUCT.test(node.source.value)) continue
    for (const one of node.specifiers as Node[])
      if (one.imported && TABLE.test(one.imported.name)) tables.set(one.local.name, one.imported.name)
  }
  return tables
}

/** Names that a node uses. */
function namesIn(node: Node): Set<string> {
  const names = new Set<string>()
  walk(node, one => {
    if (one.type === 'Identifier') names.add(one.name)
  })
  return names
}

const readsCheckout = (text: string, names: Set<string>): boolean => [...names].some(name => READS.test(name)) && CHECKOUT.test(text)

/** Top-level constants and functions of a test file, by name. */
function declared(file: SourceFile): Map<string, Node> {
  const found = new Map<string, Node>()
  for (const node of file.program.body as Node[]) {
    const it = node.declaration ?? node
    if (it.type === 'FunctionDeclaration') found.set(it.id.name, it)
    for (const one of it.declarations ?? []) for (const name of namesIn(one.id)) found.set(name, one)
  }
  return found
}

/** All names that a node comes to by way of the file's own constants and functions. */
function reachedBy(node: Node, own: Map<string, Node>, seen = new Set<string>()): Node[] {
  const next = [...namesIn(node)].filter(name => own.has(name) && !seen.has(name))
  for (const name of next) seen.add(name)
  return [node, ...next.flatMap(name => reachedBy(own.get(name)!, own, seen))]
}

function judge(file: SourceFile, node: Node, own: Map<string, Node>): Doubtful['tables'] {
  const reached = reachedBy(node, own)
  const text = reached.map(one => file.text.slice(one.start, one.end)).join('\n')
  const names = new Set(reached.flatMap(one => [...namesIn(one)]))
  const tables = tablesIn(file)
  if (COPIES.test(text) || COMPILES.test(text) || readsCheckout(text, names)) return 'all'
  return new Set([...names].flatMap(name => tables.get(name) ?? []))
}

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length

function listed(file: SourceFile, node: Node): boolean {
  const [title] = node.arguments
  return DOES_NOT_COUNT.some(one => one.file === file.path && one.title.test(String(title?.value ?? '')))
}

/** The tests of a file that don't count, for some mutants or for all. */
export function doubtfulTests(path: string, text: string): Doubtful[] {
  const file = parseSource(path, text)
  const own = declared(file)
  const found: Doubtful[] = []
  const see = (node: Node): void => {
    if (!isTestCall(node)) {
      for (const child of childrenOf(node)) see(child)
      return
    }
    const tables = listed(file, node) ? 'all' : judge(file, node, own)
    if (tables === 'all' || tables.size > 0) found.push({ lines: [lineOf(text, node.start), lineOf(text, node.end)], tables })
  }
  see(file.program)
  return found
}

/** Whether a test that imports these tables says nothing about this mutant: it would change with it. */
export function saysNothing({ tables }: Pick<Doubtful, 'tables'>, mutant: Mutant): boolean {
  if (tables === 'all') return true
  return [...tables].some(table => mutant.tables.includes(table))
}
