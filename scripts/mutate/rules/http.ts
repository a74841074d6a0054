import { type Around, dotted, isFunction, keyOf, type Node, type SourceFile } from '../ast.ts'
import { shifted } from './policy.ts'
import { type Change, NONE, put, type Rule, source, without } from './rule.ts'

const COOKIE: Record<string, string> = { httpOnly: 'false', secure: 'false', sameSite: "'None'", path: "'/nowhere'", maxAge: 'undefined' }
const HEADER = /^[a-z]+(-[a-z]+)+$/

const isText = (node: Node | undefined): boolean => node?.type === 'Literal' && typeof node.value === 'string'

/** A form read as anybody could have sent it. */
const unguardedForm = (node: Node, file: SourceFile): Change => {
  const c = source(file, node.arguments[0])
  return put(node, `${c}.req.text().then(text => Object.fromEntries(new URLSearchParams(text)))`)
}

/** Headers as members of an object, of which a function or a constant of `http/` is made. */
const isHeaderRow = (node: Node): boolean => node.type === 'Property' && isText(node.key) && HEADER.test(keyOf(node))

const sets = (node: Node): boolean =>
  node.type === 'ExpressionStatement' &&
  /(headers\.(set|append|delete)|^c\.header)$/.test(dotted(node.expression.callee)) &&
  isText(node.expression.arguments[0])

const isGuardList = (node: Node): boolean => node.type === 'CallExpression' && /^\w+\.use$/.test(dotted(node.callee))

/** `[…].join('; ')`: directives are parted like this, other lists are not. */
const inCsp = (node: Node, around: Around): boolean =>
  node.type === 'ArrayExpression' &&
  around.at(-1)?.property?.name === 'join' &&
  around.at(-2)?.arguments?.[0]?.value === '; ' &&
  around.some(isFunction)

export const httpRules: readonly Rule[] = [
  {
    name: 'route-public',
    about: 'a route is open to anybody',
    where: /\/server\/src\/(http|pages|development)\//,
    // `pre` says who a route is for; what was begun is asked for where it is used, and the door lets anybody in
    at: node =>
      node.type === 'Property' && keyOf(node) === 'access' && isText(node.value) && !/^(public|pre)$/.test(node.value.value)
        ? [put(node.value, "'public'")]
        : NONE,
  },
  {
    name: 'form-token',
    about: 'a form is taken without its token',
    where: /\/server\/src\/(http|pages|development)\//,
    at: (node, _around, file) =>
      node.type === 'CallExpression' && node.callee.name === 'readForm' && node.arguments.length === 1 ? [unguardedForm(node, file)] : NONE,
  },
  {
    name: 'middleware',
    about: 'a guard before every route is left out',
    where: /\/server\/src\/http\//,
    at: node => (isGuardList(node) ? node.arguments.slice(1).map((_: Node, at: number) => without(node.arguments, at + 1)) : NONE),
  },
  {
    name: 'cookie',
    about: 'a flag or the lifetime of a cookie is another',
    where: /\/server\/src\/http\//,
    at(node, around) {
      const isOption = node.type === 'Property' && around.at(-2)?.type === 'CallExpression' && dotted(around.at(-2)) === 'setCookie'
      const other = isOption ? COOKIE[keyOf(node)] : undefined
      return other === undefined ? NONE : [put(node.value, other)]
    },
  },
  {
    name: 'cookie-age',
    about: 'a cookie lives on',
    where: /\/server\/src\//,
    at(node) {
      if (node.type !== 'CallExpression' || node.callee.name !== 'writeCookie') return NONE
      const change = shifted(node.arguments[4], '')
      return [put(node, 'undefined'), ...(change && node.arguments[4].type === 'Literal' ? [change] : [])]
    },
  },
  {
    name: 'header',
    about: 'a header is left out',
    where: /\/server\/src\/(http|pages)\//,
    at(node, around) {
      if (sets(node)) return [put(node, '{}')]
      const object = around.at(-1)
      return isHeaderRow(node) && object?.type === 'ObjectExpression' ? [put(node.key, `'x-left-out'`)] : NONE
    },
  },
  {
    name: 'csp',
    about: 'a directive of the content security policy is left out',
    where: /\/server\/src\/http\//,
    at: (node, around) => (inCsp(node, around) ? node.elements.map((_: Node, at: number) => without(node.elements, at)) : NONE),
  },
]
