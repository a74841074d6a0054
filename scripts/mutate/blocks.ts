import { isFunction, type Node, type SourceFile, walk } from './ast.ts'

/** A part of a file that is run as a whole or not at all: the body of a function, a branch. Number 0 is the module itself. */
interface Block {
  node: Node
  /** How a counter is put in: into braces, around a statement, before an expression. */
  kind: 'braces' | 'statement' | 'expression'
}

const kindOf = (node: Node, isBranch: boolean): Block['kind'] =>
  node.type === 'BlockStatement' ? 'braces' : isBranch ? 'statement' : 'expression'

function blocksAt(node: Node): Block[] {
  if (isFunction(node)) return node.body ? [{ node: node.body, kind: kindOf(node.body, false) }] : []
  if (node.type === 'CatchClause') return [{ node: node.body, kind: 'braces' }]
  if (node.type !== 'IfStatement') return []
  const branches = [node.consequent, node.alternate].filter((branch: Node | null) => branch && branch.type !== 'IfStatement')
  return branches.map((branch: Node) => ({ node: branch, kind: kindOf(branch, true) }))
}

function blocksOf(file: SourceFile): Block[] {
  const blocks: Block[] = []
  walk(file.program, node => blocks.push(...blocksAt(node)))
  return blocks
}

/** The number of the innermost block at an offset; 0 outside of all. */
export function blockAt(file: SourceFile, offset: number): number {
  let found = 0
  blocksOf(file).forEach(({ node }, index) => {
    if (node.start <= offset && offset < node.end) found = index + 1
  })
  return found
}

const hit = (path: string, block: number): string => `(globalThis.__lkHits??=new Set()).add(${JSON.stringify(`${path}#${block}`)})`

/** The file with a counter in each block. @param whole only whether the module was loaded */
export function counted(file: SourceFile, whole = false): string {
  const before = new Map<number, string>()
  const after = new Map<number, string>()
  const blocks = whole ? [] : blocksOf(file)
  blocks.forEach(({ node, kind }, index) => {
    const call = hit(file.path, index + 1)
    const start = kind === 'braces' ? node.start + 1 : node.start
    before.set(start, (before.get(start) ?? '') + (kind === 'braces' ? `${call};` : kind === 'statement' ? `{${call};` : `(${call},`))
    if (kind !== 'braces') after.set(node.end, (kind === 'statement' ? '}' : ')') + (after.get(node.end) ?? ''))
  })
  const places = [...new Set([...before.keys(), ...after.keys()])].sort((a, b) => b - a)
  const text = places.reduce((now, at) => now.slice(0, at) + (after.get(at) ?? '') + (before.get(at) ?? '') + now.slice(at), file.text)
  return `${text}\n;${hit(file.path, 0)};\n`
}
