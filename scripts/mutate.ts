/** `npm run mutate`: takes each rule of the product out, alone, and sees whether a test notices. See docs/design/mutation.md. */
import { fileURLToPath } from 'node:url'
import { describe, report } from './mutate/report.ts'
import { readCheckout, runMutants } from './mutate/runner.ts'
import { acceptedFault, readFlags, selected } from './mutate/select.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

async function main(): Promise<boolean> {
  const flags = readFlags(process.argv.slice(2))
  const checkout = readCheckout(ROOT)
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
    ...(flags.work && { work: flags.work }),
    onVerdict: ({ id }, { outcome, seconds, file = '' }) => console.log(`${++done} ${outcome} in ${seconds.toFixed(1)} s: ${id} ${file}`),
  })
  return report(checkout, verdicts)
}

try {
  process.exitCode = (await main()) ? 0 : 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
