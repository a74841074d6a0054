// `npm run docs`: writes the pages that come from data.
import { writeFileSync } from 'node:fs'
import { findPromiseTests, REPOSITORY } from '../packages/server/src/development/promise-tests.ts'
import { promisesMarkdown } from '../packages/server/src/development/promises-doc.ts'
import { policyMarkdown } from '../packages/server/src/domain/policy-doc.ts'

writeFileSync(new URL('../docs/design/policy.md', import.meta.url), policyMarkdown())
writeFileSync(new URL('../docs/promises.md', import.meta.url), promisesMarkdown(await findPromiseTests(REPOSITORY)))
