import { dotted } from '../ast.ts'
import { NONE, put, type Rule } from './rule.ts'

export const randomRules: readonly Rule[] = [
  {
    name: 'random',
    about: 'a value that nobody may guess, or that must be unique, is made of one byte',
    where: /\/server\/src\/(?!development)/,
    at(node) {
      const [size] = node.type === 'CallExpression' && /(^|\.)randomBytes$/.test(dotted(node.callee)) ? node.arguments : []
      return size ? [put(size, '1')] : NONE
    },
  },
]
