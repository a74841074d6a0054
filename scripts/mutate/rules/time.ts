import { bare, dotted, type Node, type SourceFile } from '../ast.ts'
import { shifted } from './policy.ts'
import { type Change, NONE, put, type Rule, source } from './rule.ts'

const SHIFTED: Record<string, string> = { '<': '<=', '<=': '<', '>': '>=', '>=': '>' }
const TURNED: Record<string, string> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' }

/** Names by which times go. */
const TIME = /(?:^|[^\w])(?:now|at|time|until|before|after)\b|\bnow\(\)|(?:At|Until|Ms|Seconds|Minutes|_MS|_SECONDS)\b|age\b/i

/** Names by which limits go. */
const LIMIT = /limit|\b(MAX|MIN|MOST)_|\bMOST\b|closeAt|count\b|Count\b|tries|failures|\bfree\b/

const isOrder = (node: Node): boolean => node.type === 'BinaryExpression' && SHIFTED[node.operator] !== undefined

function operatorPlace(node: Node, file: SourceFile): { start: number; end: number } {
  const start = node.left.end + file.text.slice(node.left.end, node.right.start).indexOf(node.operator)
  return { start, end: start + node.operator.length }
}

const both = (place: { start: number; end: number }, operator: string, quote = ''): Change[] => [
  put(place, quote + SHIFTED[operator] + quote),
  put(place, quote + TURNED[operator] + quote),
]

const isConstant = (node: Node): boolean =>
  node.type === 'VariableDeclarator' && node.id.type === 'Identifier' && /^[A-Z][A-Z0-9_]+$/.test(node.id.name)

/** Words of which other constants are made. */
const UNIT = /^(SECOND|MINUTE|HOUR|DAY|KIB|MIB)$/

export const timeRules: readonly Rule[] = [
  {
    name: 'edge',
    about: 'a comparison of times or counts is shifted by one, or turned',
    where: /\/server\/src\/(domain|flows|http|methods|limits|deliver|store|rotation|webauthn)\//,
    at(node, _around, file) {
      if (!isOrder(node)) return NONE
      const changes = both(operatorPlace(node, file), node.operator)
      const text = source(file, node)
      return TIME.test(text) ? changes : LIMIT.test(text) ? changes.slice(0, 1) : NONE
    },
  },
  {
    name: 'edge-sql',
    about: 'a comparison of times in a statement is shifted by one, or turned',
    where: /\/server\/src\/store\//,
    at(node) {
      const operator = node.type === 'CallExpression' ? node.arguments[1] : undefined
      const asks = /(^|\.)where$|^e$/.test(dotted(node.callee))
      return operator && asks && SHIFTED[operator.value] !== undefined ? both(operator, operator.value, "'") : NONE
    },
  },
  {
    name: 'number',
    about: 'a limit, a lifetime or a size is one more',
    where: /\/server\/src\/(?!messages|development|pages\/ui|webauthn\/(cbor|der|certificate|cose))/,
    at(node, around) {
      if (!isConstant(node) || !node.init || UNIT.test(node.id.name) || around.length > 3) return NONE
      const value = bare(node.init)
      const isNumber = value.type === 'BinaryExpression' || (value.type === 'Literal' && typeof value.value === 'number')
      const change = isNumber ? shifted(value, '') : null
      return change ? [{ ...change, name: node.id.name, tables: [node.id.name] }] : NONE
    },
  },
  {
    name: 'number-in',
    about: 'a number of a table of limits, lifetimes or sizes is one more',
    where: /\/server\/src\/(domain|flows|http|methods|limits|deliver)\//,
    at(node, around) {
      const table = around.find(isConstant)
      if (!table || around.some(one => /Function/.test(one.type)) || node.type !== 'Literal' || typeof node.value !== 'number') return NONE
      if (/^(PROBLEMS|PRESETS|GROUPS)$/.test(table.id.name) || table.init === node) return NONE
      return bare(table.init).type === 'BinaryExpression' ? NONE : [put(node, String(node.value + 1))]
    },
  },
  {
    name: 'window',
    about: 'a window of a limit is twice as long',
    where: /\/server\/src\/limits\//,
    at(node) {
      if (node.type !== 'Property' || !/^(windowMs|firstMs|maxMs)$/.test(String(node.key.name)) || node.shorthand) return NONE
      return node.value.type === 'Identifier' ? [put(node.value, `(2 * ${node.value.name})`)] : NONE
    },
  },
]
