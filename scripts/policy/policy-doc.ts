import {
  type Cell,
  GROUPS,
  type Group,
  OPERATIONS,
  type Operation,
  type OperationRow,
  PRESETS,
} from '../../packages/server/src/domain/policy.ts'

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

const operationsOf = (group: Group): string =>
  (Object.keys(OPERATIONS) as Operation[])
    .filter(name => OPERATIONS[name].group === group)
    .map(name => `\`${name}\`${(OPERATIONS[name] as OperationRow).planned ? ' (planned)' : ''}`)
    .join(' ')

const CLASSES = [
  '- **T**: an assertion by a trusted passkey that is not suspended. The founding session (the one that made the account, in its first hour) is T with the strongest method that is there, money excepted.',
  '- **P**: two steps on an account that has no trusted passkey; there also a young passkey that was made with T or P, or by a recovery that counted as P.',
  '- **Q**: the same on an account that has one; and everywhere a young passkey that was made with Q or by a recovery that counted as Q. Until it is trusted, a passkey never proves more than what made it.',
  '- A trusted passkey that is suspended, however long, or that was removed with Q within the last 72 h, still counts as had.',
  '- A passkey is trusted at its creation in the founding session, or with T on an account younger than 24 h; added with T or P after `trustHours`; with Q or by a recovery after `weakTrustHours`. Until then it is young.',
  '- One step alone may look, sign out others and freeze. A second step is demanded where the policy says so, or where the account has an authenticator app or a phone on.',
  '- The code that confirms a set-up is evidence of the new method, no more. One ceremony covers a set-up and the first recovery codes that directly follow it, which prove nothing in the session that made them; sign-up covers, once, the account’s first passkey. Another address or secret in place of the one that was begun needs a new proof.',
]
const WAITS = [
  'A wait is evaluated when the account is read, shown on the security page with its date and a Cancel, and told to every address. A proof of at least the class that began it cancels it. A passkey added with Q or by a recovery is such a wait until it is trusted.',
  '',
  'A passkey whose removal waits stops working at once only where that proof could suspend it: with Q a young passkey stops nothing but itself. After a change made with Q took effect, and after a recovery, money pauses for 72 h; when the last trusted passkey goes, for 24 h, whatever the proof.',
]
const FRESHNESS = [
  'A ceremony is a new proof bound to session, operation and target, used once within five minutes. Suspending the last active trusted passkey is one too. A sign-in that was made in order to create a passkey is the ceremony of that creation. Ending the own session needs no more than being it; ending another one tells the owner.',
]
const RECOVERY = [
  'Two proofs of different kinds, one of them not sent by message, open a session that looks, and binds one new passkey at once. It counts as P where no trusted passkey is had and either neither app nor phone is on, or app, text message or a recovery code was among the proofs; else as Q. The passkey proves just that class until it is trusted. Money pauses 72 h, whatever the class; a new password takes effect after 72 h.',
  '',
  'A forgotten password makes no session: the e-mail code and the second step that the account has count as P, or as Q where a trusted passkey is had, or where an app is on and only a text message was shown.',
]

const NEEDS: Record<string, string> = { live: 'a live session', ceremony: 'a new ceremony' }

function freshnessRows(): string[] {
  const rows = new Map<string, string[]>()
  for (const name of Object.keys(OPERATIONS) as Operation[]) {
    const row: OperationRow = OPERATIONS[name]
    const { freshness } = row
    const age = freshness.kind === 'evidence' ? `at most ${freshness.maxAgeMinutes} minutes old` : (NEEDS[freshness.kind] ?? '')
    const needs = freshness.kind === 'evidence' && row.oneStep ? `${age}, one step is enough` : age
    rows.set(needs, [...(rows.get(needs) ?? []), `\`${name}\``])
  }
  return [...rows].map(([needs, names]) => `| ${needs} | ${names.join(' ')} |`)
}

/** The page docs/design/policy.md, written from the rows that the code reads; a test keeps the two equal. */
export function policyMarkdown(): string {
  const rows = (Object.keys(GROUPS) as Group[]).map(
    group =>
      `| ${NAMES[group]} | ${CELLS[GROUPS[group].T]} | ${CELLS[GROUPS[group].P]} | ${CELLS[GROUPS[group].Q]} | ${operationsOf(group)} |`,
  )
  const presets = (Object.keys(PRESETS.product) as (keyof typeof PRESETS.product)[]).map(
    key => `| \`${key}\` | ${[PRESETS.product, PRESETS.exchange, PRESETS.strict].map(p => JSON.stringify(p[key])).join(' | ')} |`,
  )
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
    ...CLASSES,
    '',
    '| | T | P | Q | operations |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    ...WAITS,
    '',
    '## How fresh the proof must be',
    '',
    '| proof | operations |',
    '| --- | --- |',
    ...freshnessRows(),
    '',
    ...FRESHNESS,
    '',
    '## Recovery and forgotten password',
    '',
    ...RECOVERY,
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
