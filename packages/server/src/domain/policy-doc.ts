import { type Cell, GROUPS, type Group, OPERATIONS, type Operation, PRESETS } from './policy.ts'

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
  suspend: 'Suspend a passkey',
  add_passkey: 'Add a passkey',
  add: 'Add another method',
  replace: 'Replace or remove a method',
  remove_passkey: 'Remove a passkey (it stops working at once)',
  lock: 'Owner’s lock',
  money: 'Move money',
  payout: 'Add a payout address',
  loosen: 'Loosen',
  unfreeze: 'Unfreeze',
  cancel: 'Cancel or undo (a proof of at least the class that began it)',
}

const operationsOf = (group: Group): string =>
  (Object.keys(OPERATIONS) as Operation[])
    .filter(name => OPERATIONS[name].group === group)
    .map(name => `\`${name}\``)
    .join(' ')

/** The page docs/design/policy.md, written from the rows that the code reads; a test keeps the two equal. */
export function policyMarkdown(): string {
  const rows = (Object.keys(GROUPS) as Group[]).map(
    group =>
      `| ${NAMES[group]} | ${CELLS[GROUPS[group].T]} | ${CELLS[GROUPS[group].P]} | ${CELLS[GROUPS[group].Q]} | ${operationsOf(group)} |`,
  )
  const presets = (Object.keys(PRESETS.product) as (keyof typeof PRESETS.product)[])
    .filter(key => key !== 'preset')
    .map(key => `| \`${key}\` | ${[PRESETS.product, PRESETS.exchange, PRESETS.strict].map(p => JSON.stringify(p[key])).join(' | ')} |`)
  return `${[
    '# The policy table',
    '',
    'Generated from `packages/server/src/domain/policy.ts` by `npm run docs`. The code, the pages and the tests read the same rows.',
    '',
    '> A new passkey signs you in at once; it moves money from the next day. What protects you, you can do at once. What you replace or remove needs your best proof, or waits and can be stopped.',
    '> Money moves only with a trusted passkey, or, where you have none, as your provider allows. Nobody, support included, shortens a wait.',
    '',
    '## Who may do what, with which proof, from when',
    '',
    '**T**: a trusted passkey. **P**: two steps, or a young passkey, on an account without a trusted one. **Q**: the same on an account that has one.',
    '',
    '| | T | P | Q | operations |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    'A wait is evaluated when the account is read, shown on the security page with its date and a Cancel, and told to every address. After a change made with Q took effect, and after a recovery, money pauses for 72 hours.',
    '',
    '## Presets',
    '',
    'Times in milliseconds. Development runs `exchange` with an hour of 5 seconds.',
    '',
    '| value | product | exchange | strict |',
    '| --- | --- | --- | --- |',
    ...presets,
    '',
  ].join('\n')}`
}
