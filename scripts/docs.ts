// `npm run docs`: writes the pages that come from data.
import { writeFileSync } from 'node:fs'
import { findPromiseTests, REPOSITORY } from '../packages/server/src/development/promise-tests.ts'
import { namedMutants } from './mutate/named.ts'
import { policyMarkdown } from './policy/policy-doc.ts'
import { promisesMarkdown, unproven } from './promises-doc.ts'

writeFileSync(new URL('../docs/design/policy.md', import.meta.url), policyMarkdown())
const [tests, mutants] = [await findPromiseTests(REPOSITORY), namedMutants(REPOSITORY)]
writeFileSync(new URL('../docs/promises.md', import.meta.url), promisesMarkdown(tests, mutants))
const open = unproven(tests, mutants)
console.log(`${mutants.size} rows name ${[...mutants.values()].flat().length} mutants`)
if (open.length > 0) throw new Error(`no test, or no mutant: ${open.join('; ')}`)
