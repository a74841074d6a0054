import { bare, dotted, type Node, walk } from '../ast.ts'
import { type Change, NONE, put, type Rule } from './rule.ts'

const RULED = /\/server\/src\/(domain|flows|http|methods|limits|webauthn|rotation)\/|\/server\/src\/(return-to|master-key|keys)\.ts$/

/** The statement that a branch comes to. */
const lastOf = (node: Node): Node | undefined => (node.type === 'BlockStatement' ? node.body.at(-1) : node)

const leaves = (node: Node, how: RegExp): boolean => how.test(lastOf(node)?.type ?? '')

/** A refusal that is passed on as it came is no rule of its own, nor is what tells a programmer of a mistake. */
const isRethrow = (node: Node): boolean => /^(error|refusal|cause)$/.test(node.argument.name ?? '')
const isMistake = (node: Node): boolean => /^(Error|TypeError|SyntaxError)$/.test(node.argument.callee?.name ?? '')

/** `a`, `b` and `c` of `a && b && c`. */
const operandsOf = (node: Node, operator: string): Node[] =>
  node.type === 'LogicalExpression' && node.operator === operator
    ? [...operandsOf(node.left, operator), ...operandsOf(node.right, operator)]
    : [node]

export const isChain = (node: Node | undefined): boolean => node?.type === 'LogicalExpression' && node.operator !== '??'

/** Whether a condition decides something: it is asked, or a function answers yes or no by it. */
const decides = (outer: Node | undefined): boolean =>
  /^(IfStatement|ReturnStatement|ArrowFunctionExpression|LogicalExpression|UnaryExpression|CallExpression)$/.test(outer?.type ?? '')

/** `a && a.b` without its `a` fails with an error that says nothing about the rule. */
const isPresence = (node: Node): boolean => {
  const it = bare(node.type === 'UnaryExpression' ? node.argument : node)
  return (
    it.type === 'Identifier' ||
    (it.type === 'BinaryExpression' && [it.left, it.right].some(side => /^(null|undefined)$/.test(side.raw ?? side.name ?? '')))
  )
}

/** `found && { found }` hands a value on: it is no condition whose part could be left out. */
const isValue = (node: Node): boolean => bare(node).type === 'ObjectExpression'

/** Each operand of a chain left out, as if it were fulfilled. */
export function eachLeftOut(node: Node): Change[] {
  const neutral = node.operator === '&&' ? 'true' : 'false'
  const parts = operandsOf(node, node.operator)
  return parts
    .filter((part, at) => !isChain(part) && !isValue(part) && (at === parts.length - 1 || !isPresence(part)))
    .map(part => put(part, neutral))
}

/** Whether a condition does something by itself, as `!(await tx.things.take(id))` does: leaving it out leaves that out, too. */
function doesMore(test: Node): boolean {
  let found = false
  walk(test, node => {
    found ||= node.type === 'AwaitExpression'
  })
  return found
}

export const conditionRules: readonly Rule[] = [
  {
    name: 'throw',
    about: 'a refusal is left out',
    where: /\/server\/src\//,
    at: node => (node.type === 'ThrowStatement' && !isRethrow(node) && !isMistake(node) ? [put(node, '{}')] : NONE),
  },
  {
    name: 'return',
    about: 'a guard that returns early is never true',
    where: RULED,
    at: node =>
      node.type === 'IfStatement' && !node.alternate && leaves(node.consequent, /^(ReturnStatement|ContinueStatement)$/)
        ? [{ ...put(node.test, 'false'), reach: (doesMore(node.test) ? node.test : node.consequent).start }]
        : NONE,
  },
  {
    name: 'operand',
    about: 'one part of a condition is left out',
    where: RULED,
    at(node, around) {
      const outer = around.at(-1)
      const isInner = isChain(outer) && outer?.operator === node.operator
      return isChain(node) && !isInner && decides(outer) ? eachLeftOut(node) : NONE
    },
  },
  {
    name: 'filter',
    about: 'a list is not filtered',
    where: /\/server\/src\/(domain|flows)\//,
    at(node) {
      if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return NONE
      const name = node.callee.property.name
      return name === 'filter' && dotted(node.arguments[0]) !== 'Boolean'
        ? [put({ start: node.callee.object.end, end: node.end }, '')]
        : NONE
    },
  },
  {
    name: 'set-member',
    about: 'a set lacks one of its members',
    where: /\/server\/src\/(domain|flows|http|methods|limits)\//,
    at(node, around) {
      if (node.type !== 'NewExpression' || node.callee.name !== 'Set' || around.some(one => /Function/.test(one.type))) return NONE
      const elements: Node[] = node.arguments[0]?.elements ?? []
      return elements.filter(one => one.type === 'Literal').map(one => put(one, "'\\0'"))
    },
  },
]
