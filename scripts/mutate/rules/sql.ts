import { dotted, type Node, type SourceFile } from '../ast.ts'
import { type Change, NONE, put, type Rule, source } from './rule.ts'

const STORE = /\/server\/src\/(store|rotation|limits)\//

/** `query.where(…)` as `query`. */
const withoutCall = (node: Node): Change => put({ start: node.callee.object.end, end: node.end }, '')

const WORDS_BETWEEN =
  /\b(?:and|where)\s+([\w.$"{}]+\s*(?:=|<>|!=|<=|>=|<|>|\bis(?: not)?\b|\bin\b)\s*(?:\((?:\$\{[^}]*\}|[^)$])*\)|'[^']*'|\$\d+|\$\{[^}]*\}|[\w.?"]+))/gi

/** Conditions in the text of a statement; the parameters stay, so that only the meaning changes. */
function conditionsIn(file: SourceFile, node: Node): Change[] {
  const text = source(file, node)
  if (!/\b(select|update|delete|insert|with)\b/i.test(text)) return []
  return [...text.matchAll(WORDS_BETWEEN)].map(match => {
    const condition = match[1]!
    const start = node.start + match.index + match[0].length - condition.length
    return put({ start, end: start + condition.length }, `(${condition} or 1 = 1)`)
  })
}

const partsOf = (node: Node): Node[] => (node.arguments[0]?.type === 'ArrayExpression' ? node.arguments[0].elements : [])

export const sqlRules: readonly Rule[] = [
  {
    name: 'where',
    about: 'a condition of a statement is left out',
    where: STORE,
    at(node) {
      const called = node.type === 'CallExpression' && node.callee.type === 'MemberExpression'
      return called && /^where(Ref)?$/.test(node.callee.property.name) ? [withoutCall(node)] : NONE
    },
  },
  {
    name: 'where-part',
    about: 'a part of a combined condition is left out',
    where: STORE,
    at(node) {
      if (node.type !== 'CallExpression' || !/^\w\.(and|or)$/.test(dotted(node.callee))) return NONE
      const always = dotted(node.callee).endsWith('and') ? 'true' : 'false'
      const builder = dotted(node.callee).slice(0, -4).replace(/\.$/, '')
      return partsOf(node).map(part => put(part, `${builder || 'e'}.lit(${always})`))
    },
  },
  {
    name: 'where-text',
    about: 'a condition of a statement in words always holds',
    where: STORE,
    at: (node, _around, file) =>
      (node.type === 'Literal' && typeof node.value === 'string') || node.type === 'TemplateLiteral' ? conditionsIn(file, node) : NONE,
  },
  {
    name: 'on-conflict',
    about: 'a row that is there already counts as written',
    where: STORE,
    at: node =>
      node.type === 'CallExpression' &&
      node.arguments.length === 1 &&
      /numInsertedOrUpdatedRows|numUpdatedRows/.test(dotted(node.arguments[0])) &&
      dotted(node.callee) === 'some'
        ? [put(node, '(void 0, true)')]
        : NONE,
  },
]
