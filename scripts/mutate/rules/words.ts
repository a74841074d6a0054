import { PROMISES } from '../../../packages/server/src/development/promises.ts'
import { keyOf } from '../ast.ts'
import rows from '../rows.json' with { type: 'json' }
import { NONE, put, type Rule } from './rule.ts'

/** What the screens of the promises say, and what `rows.json` names beside it. */
const PROMISED: ReadonlySet<string> = new Set([
  ...PROMISES.flatMap(({ words }) => words ?? []),
  ...Object.values(rows as Record<string, string[]>).flatMap(ids => ids.flatMap(id => /^words\/(.+)\/1$/.exec(id)?.[1] ?? [])),
])

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
