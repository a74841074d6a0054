import { type Around, bare, keyOf, type Node, placeName, type SourceFile, walk } from '../ast.ts'
import { type Change, NONE, put, type Rule } from './rule.ts'

/** What a cell becomes: looser where there is something looser, else stricter; never what would mean the same. */
const CELLS: Record<string, string> = {
  now: 'refused',
  pause: 'wait24',
  young: 'now',
  wait24: 'now',
  wait72: 'wait24',
  money: 'refused',
  host: 'now',
  refused: 'now',
}
const CLASSES = ['trusted', 'two_steps', 'lesser'] as const

const constant = (program: Node, name: string): Node | undefined => {
  let found: Node | undefined
  walk(program, node => {
    if (node.type === 'VariableDeclarator' && node.id.name === name && node.init) found ??= bare(node.init)
  })
  return found?.type === 'ObjectExpression' ? found : undefined
}

const member = (object: Node | undefined, name: string): Node | undefined =>
  object?.properties.find((one: Node) => keyOf(one) === name)?.value

/** The one place where a cell is read: `GROUPS[…][proof]`. */
function isCellRead(node: Node): boolean {
  return (
    node.type === 'MemberExpression' && node.computed && node.object.type === 'MemberExpression' && node.object.object.name === 'GROUPS'
  )
}

function cellsOf(read: Node, file: SourceFile): Change[] {
  const [groups, operations] = [constant(file.program, 'GROUPS'), constant(file.program, 'OPERATIONS')]
  const rows: Node[] = operations?.properties ?? []
  return rows.flatMap(row =>
    CLASSES.flatMap(proof => {
      const cell = member(member(groups, member(row.value, 'group')?.value), proof)?.value
      if (CELLS[cell] === undefined) return []
      const operation = keyOf(row)
      const text = `(operation === '${operation}' && proof === '${proof}' ? '${CELLS[cell]}' : ${file.text.slice(read.start, read.end)})`
      return [{ ...put(read, text), name: `${operation}.${proof}`, tables: ['GROUPS', 'OPERATIONS'] }]
    }),
  )
}

const inTable = (around: Around, name: RegExp): boolean => name.test(placeName(around))

/** Ways of one word to another of the same union. */
const WORDS: Record<string, string> = {
  offered: 'demanded',
  asked: 'offered',
  demanded: 'offered',
  none: 'record',
  record: 'none',
  product: 'strict',
  exchange: 'product',
  strict: 'product',
}

function otherValue(node: Node): string | null {
  if (node.type === 'ArrayExpression') return node.elements.length === 0 ? "['two_steps']" : '[]'
  if (node.type !== 'Literal') return null
  if (typeof node.value === 'boolean') return String(!node.value)
  if (typeof node.value === 'number') return String(node.value + 1)
  const word = WORDS[node.value as string]
  return word === undefined ? null : `'${word}'`
}

/** The first number of a product, a name times two, or the other word. */
export function shifted(node: Node, text: string): Change | null {
  const it = bare(node)
  if (it.type === 'BinaryExpression') return shifted(it.left, text)
  if (it.type === 'Identifier') return put(it, `(2 * ${it.name})`)
  const other = otherValue(it)
  return other === null ? null : put(it, other)
}

const isPreset = (around: Around): boolean => inTable(around, /^(product|exchange|strict)$/)

export const policyRules: readonly Rule[] = [
  {
    name: 'policy-cell',
    about: 'one operation has another cell for one class of proof',
    where: /\/domain\//,
    at: (node, _around, file) => (isCellRead(node) ? cellsOf(node, file) : NONE),
  },
  {
    name: 'group-cell',
    about: 'a whole group has another cell for one class of proof',
    where: /\/domain\//,
    at: (node, around) =>
      node.type === 'Property' && inTable(around, /^GROUPS\.\w+$/) && CELLS[node.value.value]
        ? [put(node.value, `'${CELLS[node.value.value]}'`)]
        : NONE,
  },
  {
    name: 'freshness',
    about: 'an older or other proof is fresh enough for an operation',
    where: /\/domain\//,
    at(node, around) {
      if (node.type !== 'Property' || !inTable(around, /^OPERATIONS\.[\w.]+$/)) return NONE
      if (keyOf(node) !== 'freshness') return node.value.value === true ? [put(node.value, 'undefined')] : NONE
      if (node.value.name === 'live') return [put(node.value, 'ceremony')]
      if (node.value.name === 'ceremony') return [put(node.value, 'evidence(15)')]
      return [put(node.value.arguments[0], String(node.value.arguments[0].value + 1)), put(node.value, 'live')]
    },
  },
  {
    name: 'preset',
    about: 'a value of a preset is another',
    where: /\/domain\//,
    at(node, around, file) {
      if (node.type !== 'Property' || !isPreset(around)) return NONE
      const change = shifted(node.value, file.text)
      return change ? [{ ...change, name: `${placeName(around)}.${keyOf(node)}` }] : NONE
    },
  },
  {
    name: 'pause',
    about: 'a pause of money is none, or an hour shorter',
    where: /\/(domain|flows)\//,
    at(node, around) {
      if (node.type !== 'CallExpression' || node.callee.name !== 'policyMs') return NONE
      const [hours] = node.arguments
      if (hours?.type !== 'Literal') return NONE
      const shorter = put(hours, String(hours.value - 1))
      return around.some(one => one.type === 'ReturnStatement') ? [shorter, put(node, '0')] : [shorter]
    },
  },
]
