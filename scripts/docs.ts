// `npm run docs`: writes the pages that come from data.
import { writeFileSync } from 'node:fs'
import { policyMarkdown } from '../packages/server/src/domain/policy-doc.ts'

writeFileSync(new URL('../docs/design/policy.md', import.meta.url), policyMarkdown())
