import { parseSync } from 'vite'

/** One node of the tree that Vite's parser makes: ESTree with offsets. */
export interface Node {
  type: string
  start: number
  end: number
  // the rules read members of fifty kinds of nodes; naming each of them would be longer than the rules
  // biome-ignore lint/suspicious/noExplicitAny: see above
  [member: string]: any
}

/** Where a node stands: what is around it, nearest last. */
export type Around = readonly Node[]

export interface SourceFile {
  /** Relative to the root, with slashes. */
  path: string
  text: string
  program: Node
}

/** @throws SyntaxError for text that is no TypeScript */
export function parseSource(path: string, text: string): SourceFile {
  const { program, errors } = parseSync(path, text)
  const [error] = errors
  if (error) throw new SyntaxError(`${path}: ${error.message}`)
  return { path, text, program: program as unknown as Node }
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'

/** Types are no code, and nothing in them can be changed at run time. */
const isType = (node: Node): boolean =>
  node.type.startsWith('TS') && !/^TS(AsExpression|NonNullExpression|SatisfiesExpression)$/.test(node.type)

export function childrenOf(node: Node): Node[] {
  const children: Node[] = []
  for (const value of Object.values(node)) {
    if (typeof value !== 'object' || value === null) continue
    for (const one of Array.isArray(value) ? value : [value]) if (isNode(one) && !isType(one)) children.push(one)
  }
  return children
}

/** Calls `see` for each node, outer ones first. */
export function walk(node: Node, see: (node: Node, around: Around) => void, around: Around = []): void {
  see(node, around)
  const inside = [...around, node]
  for (const child of childrenOf(node)) walk(child, see, inside)
}

export const isFunction = (node: Node | undefined): boolean =>
  /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node?.type ?? '')

/** `x as T`, `x satisfies T`, `x!`, `(x)` and `await x` are x. */
export function bare(node: Node): Node {
  const inner = /^(TSAsExpression|TSSatisfiesExpression|TSNonNullExpression|ParenthesizedExpression|ChainExpression)$/.test(node.type)
    ? node.expression
    : node.type === 'AwaitExpression' || (node.type === 'UnaryExpression' && node.operator === 'void')
      ? node.argument
      : null
  return inner ? bare(inner) : node
}

/** `a.b.c` of a callee or an expression: the words between dots; calls on the way count by their own callee. */
export function dotted(node: Node | null | undefined): string {
  if (!node) return ''
  const it = bare(node)
  if (it.type === 'Identifier') return it.name
  if (it.type === 'ThisExpression') return 'this'
  if (it.type === 'CallExpression' || it.type === 'NewExpression') return dotted(it.callee)
  if (it.type === 'MemberExpression') return `${dotted(it.object)}.${it.computed ? '[]' : it.property.name}`
  return ''
}

export const keyOf = (property: Node): string => String(property.key?.value ?? property.key?.name ?? '')

function nameOf(node: Node, around: Around): string | null {
  if (node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration') return node.id?.name ?? null
  if (node.type === 'MethodDefinition') return keyOf(node)
  if (node.type === 'Property') return isFunction(node.value) || !around.some(isFunction) ? keyOf(node) : null
  if (node.type !== 'VariableDeclarator' || node.id.type !== 'Identifier') return null
  return isFunction(bare(node.init ?? node)) || !around.some(isFunction) ? node.id.name : null
}

/** The functions, constants and members that a node stands in: `passkeys.remove`, `GROUPS.look`. */
export function placeName(around: Around): string {
  const names = around.map((node, index) => nameOf(node, around.slice(0, index))).filter(name => name !== null)
  return names.join('.') || 'module'
}
