import {
  type Budget,
  LIMITS,
  type LimitRule,
  type RowLimit,
  type Subject,
  type WindowLimit,
} from '../../packages/server/src/limits/limits.ts'
import { duration } from './duration.ts'

const STAGES: Record<keyof LimitRule['stages'], string> = {
  door: 'at the door',
  known_device: 'known device',
  proven: 'after a first right step',
  session: 'session',
  session_on_known_device: 'session on a known device',
}
const SUBJECTS: Record<Subject, string> = {
  identifier: 'identifier',
  ip: 'client address',
  identifier_ip: 'identifier and client address together',
  account: 'account',
  account_ip: 'account and client address together',
  device: 'known device',
  session: 'session',
  proof: 'account and first right method together',
}

const windowText = ({ per, limit, windowMs, across, only }: WindowLimit): string => {
  const scope = `${only ? `, for \`${only}\` alone` : ''}${across ? ', all methods together' : ''}`
  return `${limit} in ${duration(windowMs)} for each ${SUBJECTS[per]}${scope}`
}

function rowText({ per, closeAt, wait }: RowLimit): string {
  const slower = wait ? `; from ${wait.free} on a wait of ${duration(wait.firstMs)}, doubling to ${duration(wait.maxMs)}` : ''
  return `${closeAt} for each ${SUBJECTS[per]}${slower}`
}

const cells = ({ row, windows, reserves = [] }: Budget): string =>
  [windows.map(windowText).join('<br>'), row ? rowText(row) : '', reserves.map(windowText).join('<br>')].join(' | ')

/** What is alike is said once: names by what they have in common. */
function grouped(pairs: readonly (readonly [name: string, text: string])[]): [names: string[], text: string][] {
  const groups = new Map<string, string[]>()
  for (const [name, text] of pairs) groups.set(text, [...(groups.get(text) ?? []), name])
  return [...groups].map(([text, names]) => [names, text])
}

function linesOf({ stages }: LimitRule): [stages: string, text: string][] {
  const names = Object.keys(STAGES) as (keyof typeof STAGES)[]
  const lines = grouped(names.map(name => [STAGES[name], cells(stages[name])]))
  return lines.map(([found, text]) => [found.length === names.length ? 'everywhere' : found.join(', '), text])
}

/** The rows of the table of budgets, from the data that the counters read. */
export function budgetRows(): string[] {
  const kinds = Object.entries<LimitRule>(LIMITS).map(([kind, rule]) => [`\`${kind}\``, JSON.stringify(linesOf(rule))] as const)
  return grouped(kinds).flatMap(([names, lines]) =>
    (JSON.parse(lines) as [string, string][]).map(([stages, text]) => `| ${names.join(' ')} | ${stages} | ${text} |`),
  )
}
