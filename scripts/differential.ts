// `npm run differential [-- --mutations 5000 --seed 1 --list]`: the same responses to the verifier and to a second opinion.
import { parseArgs } from 'node:util'
import { mutated, randomFrom } from '../packages/server/src/webauthn/mutations.contract.ts'
import { namedCases, subjects } from './differential/cases.ts'
import { ours, theirs, type Verdict } from './differential/judges.ts'
import { kindOf } from './differential/known.ts'
import { judgeAll } from './differential/run.ts'

const { values } = parseArgs({
  options: {
    mutations: { type: 'string', default: '5000' },
    seed: { type: 'string', default: '1' },
    list: { type: 'boolean', default: false },
  },
})

class Tally {
  cases = 0
  bothAccept = 0
  bothRefuse = 0
  onlyOurs = 0
  onlyTheirs = 0
  untidy = 0
  oursUntidy = 0

  add(our: Verdict, their: Verdict): void {
    this.cases++
    if (our.accepted) their.accepted ? this.bothAccept++ : this.onlyOurs++
    else their.accepted ? this.onlyTheirs++ : this.bothRefuse++
    if (their.untidy) this.untidy++
    if (our.untidy) this.oursUntidy++
  }

  row(name: string): string {
    return `| ${[name, this.cases, this.bothAccept, this.bothRefuse, this.onlyOurs, this.onlyTheirs, this.untidy].join(' | ')} |`
  }
}

const tallies = new Map<string, Tally>()
const total = new Tally()
function count(kind: string, our: Verdict, their: Verdict): void {
  const tally = tallies.get(kind) ?? new Tally()
  tallies.set(kind, tally)
  for (const one of [tally, total]) one.add(our, their)
}

const differences: { name: string; our: Verdict; their: Verdict }[] = []
for (const { kind, name, our, their } of await judgeAll(namedCases())) {
  count(kind, our, their)
  if (our.accepted !== their.accepted) differences.push({ name, our, their })
}

const random = randomFrom(Number(values.seed))
const honest = await subjects()
const reasons = new Map<string, number>()
for (let n = 0; n < Number(values.mutations); n++) {
  const subject = honest[random(honest.length)]
  if (!subject) continue
  const question = { ...subject, response: mutated(withoutCopies(subject.response as never), random) }
  const [our, their] = [ours(question), await theirs(question)]
  count(`mutations, seed ${values.seed}`, our, their)
  if (our.accepted === their.accepted) continue
  const why = our.accepted ? `only ours accepts; second opinion: ${their.reason.slice(0, 60)}` : `only theirs accepts; ours: ${our.reason}`
  reasons.set(why, (reasons.get(why) ?? 0) + 1)
}

/** A registration's JSON repeats parts of the attestation object for the page's convenience; neither verifier reads them. */
function withoutCopies(response: { response: Record<string, unknown> }) {
  const { attestationObject, clientDataJSON, transports } = response.response
  return (attestationObject ? { ...response, response: { clientDataJSON, attestationObject, transports } } : response) as never
}

console.log('| class of case | cases | both accept | both refuse | only ours accepts | only theirs accepts | theirs ends untidily |')
console.log('| --- | --- | --- | --- | --- | --- | --- |')
for (const [kind, tally] of tallies) console.log(tally.row(kind))
console.log(total.row('all'))
if (!tallies.has('W3C vectors')) console.log('\nThe W3C test vectors are not here: name their file in LATCHKEY_W3C_VECTORS.')
console.log(`\nOurs ends untidily: ${total.oursUntidy}`)

const kinds = new Map<string, typeof differences>()
for (const difference of differences) {
  const title = kindOf(difference.name, difference.our.accepted)?.title ?? 'NOT KNOWN'
  kinds.set(title, [...(kinds.get(title) ?? []), difference])
}
console.log('\n| difference | who accepts | cases | why | step |\n| --- | --- | --- | --- | --- |')
for (const [title, members] of kinds) {
  const known = kindOf(members[0]?.name ?? '', members[0]?.our.accepted ?? false)
  console.log(
    `| ${title} | ${members[0]?.our.accepted ? 'ours' : 'theirs'} | ${members.length} | ${known?.why ?? ''} | ${known?.step ?? ''} |`,
  )
}
console.log('\nMutations that differ:')
for (const [why, times] of [...reasons].toSorted((a, b) => b[1] - a[1])) console.log(`- ${times} × ${why}`)
if (values.list) {
  for (const { name, our, their } of differences)
    console.log(`${our.accepted ? 'OURS  ' : 'THEIRS'} ${name} | ${our.reason} | ${their.reason.slice(0, 110)}`)
}
