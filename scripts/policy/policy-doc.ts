import { METHOD_NAMES, METHODS } from '../../packages/server/src/domain/methods.ts'
import {
  type Cell,
  GROUPS,
  type Group,
  OPERATIONS,
  type Operation,
  type OperationRow,
  PRESETS,
} from '../../packages/server/src/domain/policy.ts'
import { duration } from './duration.ts'
import { countRows, lifetimeRows } from './lifetimes-doc.ts'
import { budgetRows } from './limits-doc.ts'
import { heldUp, rulesOf } from './rules/index.ts'

const CELLS: Record<Cell, string> = {
  now: 'now',
  pause: 'now, money pauses 24 h',
  young: 'now, trusted after 72 h',
  wait24: 'after 24 h',
  wait72: 'after 72 h',
  money: 'its money half only',
  host: 'by the host’s policy, under its limit',
  refused: 'refused',
}
const NAMES: Record<Group, string> = {
  look: 'Look and protect',
  add_passkey: 'Add a passkey',
  add: 'Add another method',
  replace: 'Replace or remove a method',
  remove_passkey: 'Remove a passkey',
  lock: 'Owner’s lock',
  money: 'Move money',
  payout: 'Add a payout address',
  close: 'Close the account',
  unfreeze: 'Unfreeze',
  cancel: 'Cancel or undo (a proof of at least the class that began it)',
}

const named = (name: Operation): string => `\`${name}\`${(OPERATIONS[name] as OperationRow).planned ? ' (planned)' : ''}`

const operationsOf = (group: Group): string =>
  (Object.keys(OPERATIONS) as Operation[])
    .filter(name => OPERATIONS[name].group === group)
    .map(named)
    .join(' ')

const STRENGTH = {
  phr: '`phr`, all by itself',
  first: '`lk:1`',
  second: '`lk:1`; with a password `lk:2`',
  step: '`lk:1`; with a password `lk:1` still: a step, and no factor',
}
const BESIDE = {
  own: 'a second step, demanded once it is on',
  substitute: 'a second step where no app and no phone is on',
  spare: 'in place of a second step that was lost',
}
const methodRows = (): string[] =>
  METHOD_NAMES.map(name => {
    const { acr, secondStep } = METHODS[name]
    return `| \`${name}\` | ${STRENGTH[acr]} | ${secondStep ? BESIDE[secondStep] : ''} |`
  })

const KEY = [
  '| | in code | |',
  '| --- | --- | --- |',
  '| **T** | `trusted` | a trusted passkey |',
  '| **P** | `two_steps` | two steps, on an account that has no trusted passkey |',
  '| **Q** | `lesser` | two steps beside a trusted passkey, or what they made |',
]

const NEEDS: Record<string, string> = { live: 'a live session', ceremony: 'a new ceremony' }

function freshnessRows(): string[] {
  const rows = new Map<string, string[]>()
  for (const name of Object.keys(OPERATIONS) as Operation[]) {
    const row: OperationRow = OPERATIONS[name]
    const { freshness } = row
    const age = freshness.kind === 'evidence' ? `at most ${freshness.maxAgeMinutes} minutes old` : (NEEDS[freshness.kind] ?? '')
    const needs = freshness.kind === 'evidence' && row.oneStep ? `${age}, one step is enough` : age
    rows.set(needs, [...(rows.get(needs) ?? []), named(name)])
  }
  return [...rows].map(([needs, names]) => `| ${needs} | ${names.join(' ')} |`)
}

/** A value of a preset: times as people say them. */
const shown = (key: string, value: unknown): string =>
  key.endsWith('Ms') && typeof value === 'number'
    ? duration(value)
    : typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value)
          .map(([name, one]) => `\`${name}\`: \`${one}\``)
          .join('<br>')
      : `\`${JSON.stringify(value)}\``

/** The page docs/design/policy.md, written from the rows that the code reads and from the rules; a test keeps it as it is written. */
export function policyMarkdown(): string {
  const rows = (Object.keys(GROUPS) as Group[]).map(
    group =>
      `| ${NAMES[group]} | ${CELLS[GROUPS[group].trusted]} | ${CELLS[GROUPS[group].two_steps]} | ${CELLS[GROUPS[group].lesser]} | ${operationsOf(group)} |`,
  )
  const presets = (Object.keys(PRESETS.product) as (keyof typeof PRESETS.product)[]).map(
    key => `| \`${key}\` | ${[PRESETS.product, PRESETS.exchange, PRESETS.strict].map(p => shown(key, p[key])).join(' | ')} |`,
  )
  return `${[
    '# The policy',
    '',
    'Who may do what, with which proof, from when; each rule with the attack that made it necessary. Written by `npm run docs` from the tables that the code',
    'reads (`domain/policy.ts`, `domain/methods.ts`, `limits/limits.ts`, constants beside what they limit) and from the rules in `scripts/policy/rules`; do not edit. Sources name a section (policy.md §4); INV-1 and its like stand in [invariants.md](invariants.md),',
    'H1 and its like in [threats.md](threats.md), the words in [glossary.md](glossary.md). Hours of waits, clocks and pauses are those of `product` and `exchange`; `strict` doubles them.',
    '',
    '> A new passkey signs you in at once; it moves money from the next day. What protects you, you can do at once. What you replace or remove needs your best proof, or waits and can be stopped.',
    '> Money moves only with a trusted passkey, or, where you have none, as your provider allows. Nobody, support included, shortens a wait.',
    '',
    '## 1. Evidence and strength',
    '',
    '| method | strength (`acr`) | beside a password |',
    '| --- | --- | --- |',
    ...methodRows(),
    '',
    ...rulesOf(1),
    '',
    '## 2. Trusted passkeys',
    '',
    ...rulesOf(2),
    '',
    '## 3. How good a proof is',
    '',
    ...KEY,
    '',
    ...rulesOf(3),
    '',
    '## 4. Who may do what, with which proof, from when',
    '',
    '| | T | P | Q | operations |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    ...rulesOf(4),
    '',
    '## 5. How fresh the proof must be, and bound to what',
    '',
    '| proof | operations |',
    '| --- | --- |',
    ...freshnessRows(),
    '',
    ...rulesOf(5),
    '',
    '## 6. Ways in',
    '',
    ...rulesOf(6),
    '',
    '## 7. Recovery and forgotten password',
    '',
    ...rulesOf(7),
    '',
    '## 8. Presets',
    '',
    'Development runs `exchange` with an hour of 5 seconds.',
    '',
    '| value | product | exchange | strict |',
    '| --- | --- | --- | --- |',
    ...presets,
    '',
    ...rulesOf(8),
    '',
    '## 9. What the rules hold up',
    '',
    '| | rules |',
    '| --- | --- |',
    ...heldUp(),
    '',
    '## 10. Budgets and limits',
    '',
    ...rulesOf(10),
    '',
    '### Budgets',
    '',
    'All windows of a line must have room; where one has none, any one of the reserves. Development multiplies each count by a hundred (`limitFactor`). High limits that only guard the processor (`passkey_begin`, `passkey_finish`, `session_request`, `request`) are counted by each process alone, all others in the database.',
    '',
    '| kind | where | windows | wrong in a row | reserves |',
    '| --- | --- | --- | --- | --- |',
    ...budgetRows(),
    '',
    '### Counts beside them',
    '',
    '| what | |',
    '| --- | --- |',
    ...countRows(),
    '',
    '### How long things are good for',
    '',
    'Evidence: see section 5. Waits, clocks and pauses: sections 2, 4 and 7.',
    '',
    '| what | |',
    '| --- | --- |',
    ...lifetimeRows(),
    '',
  ].join('\n')}`
}
