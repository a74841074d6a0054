import { PROMISES } from '../../../packages/server/src/development/promises.ts'
import { keyOf } from '../ast.ts'
import { NONE, put, type Rule } from './rule.ts'

const PROMISED: ReadonlySet<string> = new Set(PROMISES.flatMap(({ words }) => words ?? []))

export const wordRules: readonly Rule[] = [
  {
    name: 'words',
    about: 'a text that a promise names is not on its page',
    where: /\/messages\//,
    at(node) {
      const key = node.type === 'Property' ? keyOf(node) : null
      return key && PROMISED.has(key) ? [{ ...put(node.value, "''"), name: key }] : NONE
    },
  },
]
