import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { policyMarkdown } from '../packages/server/src/domain/policy-doc.ts'

it('docs/design/policy.md is what `npm run docs` writes', () => {
  expect(readFileSync(new URL('../docs/design/policy.md', import.meta.url), 'utf8')).toBe(policyMarkdown())
})
