import { bare, dotted, keyOf, type Node, type SourceFile, walk } from '../ast.ts'
import { type Change, NONE, put, type Rule, source, swap } from './rule.ts'

const isCall = (node: Node, callee: RegExp): boolean => node.type === 'CallExpression' && callee.test(dotted(node.callee))

const neighbours = (list: readonly Node[]): [Node, Node][] => list.slice(1).map((one, index) => [list[index]!, one])

/** Values of an object, each in the place of the next; `{ a, b }` is `{ a: b, b: a }`. */
function swappedValues(object: Node, file: SourceFile): Change[] {
  const rows: Node[] = object.properties.filter((one: Node) => one.type === 'Property' && !one.method)
  return neighbours(rows)
    .filter(([one, other]) => source(file, one.value) !== source(file, other.value))
    .map(([one, other]) => ({
      edits: [
        put(one, `${source(file, one.key)}: ${source(file, other.value)}`),
        put(other, `${source(file, other.key)}: ${source(file, one.value)}`),
      ].flatMap(change => change.edits),
    }))
}

/** `mac(purpose, …)` and `verifies(mac, purpose, …)`: what is bound, wherever this file says it. */
const parts = (node: Node): Node[] => node.arguments.slice(dotted(node.callee).endsWith('.verifies') ? 2 : 1)
const purposeOf = (node: Node): unknown => node.arguments[dotted(node.callee).endsWith('.verifies') ? 1 : 0]?.value

function sealsOf(file: SourceFile, purpose: unknown): Node[] {
  const found: Node[] = []
  walk(file.program, node => {
    if (isCall(node, /\.(mac|verifies)$/) && purposeOf(node) === purpose) found.push(node)
  })
  return found
}

/** One part is bound no more, neither where it is made nor where it is checked. */
function unbound(file: SourceFile, node: Node): Change[] {
  const purpose = purposeOf(node)
  const calls = sealsOf(file, purpose)
  if (typeof purpose !== 'string' || calls[0] !== node) return []
  return parts(node).map((part, at) => ({
    edits: calls.flatMap(call => {
      const other = parts(call)[at]
      return other ? [{ start: other.start, end: other.end, text: other.type === 'SpreadElement' ? '...[]' : "''" }] : []
    }),
    name: `${purpose}.${source(file, part).replace(/\W+/g, '') || at}`,
  }))
}

const SIGNED = /^(canonicalJson|JSON\.stringify)$|\.(set|values)$/
const SHOWN = /\/server\/src\/pages\/(approve\/|verify\/(consequence|change-pages)|security\/waits|passkeys\/card)/

const isDetail = (node: Node): boolean =>
  node.type === 'ObjectExpression' && ['term', 'value'].every(name => node.properties.some((one: Node) => one.key && keyOf(one) === name))

const shownValue = (detail: Node): Node => detail.properties.find((one: Node) => one.key && keyOf(one) === 'value').value

/** `{waits && <Badge …>}`: a state in words. */
const isBadge = (node: Node): boolean =>
  node.type === 'LogicalExpression' && node.operator === '&&' && bare(node.right).openingElement?.name.name === 'Badge'

export const orderRules: readonly Rule[] = [
  {
    name: 'unbound',
    about: 'one part of what a MAC binds is left out, where it is made and where it is checked',
    where: /\/server\/src\//,
    at: (node, _around, file) => (isCall(node, /\.(mac|verifies)$/) ? unbound(file, node) : NONE),
  },
  {
    name: 'hashed',
    about: 'one part of what is hashed is left out',
    where: /\/server\/src\/(flows|http|methods|store|webauthn|keys|domain|limits)/,
    at: node =>
      isCall(node, /\.update$/) && node.arguments.length > 0 && isHash(node)
        ? [put({ start: node.callee.object.end, end: node.end }, '')]
        : NONE,
  },
  {
    name: 'signed',
    about: 'a member of what is signed or sealed stands in the place of its neighbour',
    where: /\/server\/src\/(flows|store\/(sealed|seal|tables\/sealed)|keys)/,
    at(node, _around, file) {
      const [object] = node.arguments ?? []
      if (node.type === 'CallExpression' && SIGNED.test(dotted(node.callee)) && object && bare(object).type === 'ObjectExpression')
        return /canonicalJson|stringify/.test(dotted(node.callee)) ? swappedValues(bare(object), file) : NONE
      return NONE
    },
  },
  {
    name: 'sealed',
    about: 'a sealed value is not bound to its table, column or row',
    where: /\/server\/src\/store\//,
    at(node, around) {
      const place =
        node.type === 'TemplateLiteral' && around.some(one => one.type === 'VariableDeclarator' && /^(place|bound)$/.test(one.id.name))
      return place ? node.expressions.map((one: Node) => put(one, "''")) : NONE
    },
  },
  {
    name: 'shown',
    about: 'a page shows the value of another row, or another value',
    where: SHOWN,
    at(node, _around, file) {
      if (node.type === 'ArrayExpression') {
        const details = node.elements.filter((one: Node) => one && isDetail(one))
        return neighbours(details).map(([one, other]) => swap(file, shownValue(one), shownValue(other)))
      }
      if (isBadge(node)) return [put(node, 'null')]
      if (node.type === 'MemberExpression' && node.computed && /\.details$/.test(dotted(node.object)))
        return [put(node, `Object.values(${source(file, node.object)} ?? {})[0]`)]
      const shown = node.type === 'JSXExpressionContainer' ? source(file, node.expression) : ''
      return /^(address|amount|value|name|provider\.letter)$/.test(shown) ? [put(node.expression, `String(${shown}).slice(1)`)] : NONE
    },
  },
]

/** `.update` of node:crypto, not of a query. */
const isHash = (node: Node): boolean => /(createHash|createHmac|hmac|hash)\b/i.test(dotted(node.callee))
