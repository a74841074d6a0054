/** `npm run mutate`: takes each rule of the product out, alone, and sees whether a test notices. See docs/design/mutation.md. */
import { fileURLToPath } from 'node:url'
import { type Checkout, readCheckout } from './mutate/checkout.ts'
import { describe, report } from './mutate/report.ts'
import { judgeRows, lineOf } from './mutate/rows.ts'
import { runMutants } from './mutate/runner.ts'
import { acceptedFault, type Flags, readFlags, selected } from './mutate/select.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

async function main(): Promise<boolean> {
  const flags = readFlags(process.argv.slice(2))
  const checkout = readCheckout(ROOT)
  if (flags.rows) return rowsHold(checkout, flags)
  const mutants = selected(checkout.mutants, flags)
  if (flags.list) {
    for (const mutant of mutants) console.log(describe(checkout, mutant))
    console.log(`${mutants.length} mutants`)
    return true
  }
  const fault = acceptedFault(checkout.mutants)
  if (fault) throw new Error(fault)
  if (!process.env.LATCHKEY_BROWSER) console.log('LATCHKEY_BROWSER is not set: the browser tests notice nothing in this run')
  let done = 0
  const verdicts = await runMutants(checkout, mutants, {
    lanes: flags.lanes,
    fresh: flags.fresh,
    quick: flags.quick,
    ...(flags.first && { first: flags.first }),
    ...(flags.work && { work: flags.work }),
    onVerdict: ({ id }, { outcome, seconds, file = '' }) => console.log(`${++done} ${outcome} in ${seconds.toFixed(1)} s: ${id} ${file}`),
  })
  return report(checkout, verdicts)
}

/** Whether each row of the promises names a mutant, and its tests notice all that it names. */
async function rowsHold(checkout: Checkout, { only, lanes, work }: Flags): Promise<boolean> {
  const results = await judgeRows(checkout, only, { lanes, ...(work && { work }) })
  const open = results.filter(({ noticed, missed }) => noticed.length === 0 || missed.length > 0)
  for (const result of open) console.log(lineOf(result))
  console.log(`${results.length - open.length} rows held, ${open.length} open`)
  return open.length === 0
}

try {
  process.exitCode = (await main()) ? 0 : 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
