import { BUDGETS } from './budgets.ts'
import { CEREMONIES } from './ceremonies.ts'
import { CHANGES } from './changes.ts'
import { PROOFS } from './proofs.ts'
import type { Rule } from './rule.ts'
import { WAYS } from './ways.ts'

export const RULES: readonly Rule[] = [...PROOFS, ...CHANGES, ...CEREMONIES, ...WAYS, ...BUDGETS]

const sectionOf = ({ id }: Rule): number => Number(id.split('.')[0])

const line = ({ id, rule, attack, holds = [], planned }: Rule): string =>
  `- **${id}**${planned ? ' (planned)' : ''} ${rule} *Without it:* ${attack}${holds.length > 0 ? ` (${holds.join(', ')})` : ''}`

/** The rules of one section, as a list. */
export const rulesOf = (section: number): string[] => RULES.filter(rule => sectionOf(rule) === section).map(line)

/** Which rules hold up an invariant, or keep a hole closed: invariants first, each by its number. */
export function heldUp(): string[] {
  const ids = [...new Set(RULES.flatMap(({ holds = [] }) => holds))]
  const kind = (id: string): string => (id.startsWith('INV-') ? '' : id.replace(/\d+/, ''))
  const number = (id: string): number => Number(id.match(/\d+/)?.[0])
  const sorted = ids.sort((a, b) => kind(a).localeCompare(kind(b)) || number(a) - number(b))
  return sorted.map(id => `| ${id} | ${RULES.flatMap(rule => (rule.holds?.includes(id) ? [rule.id] : [])).join(' ')} |`)
}
