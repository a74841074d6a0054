import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { findPromiseTests } from '../packages/server/src/development/promise-tests.ts'
import { PROMISES } from '../packages/server/src/development/promises.ts'
import { namedMutants } from '../scripts/mutate/named.ts'
import { promisesMarkdown, unproven } from '../scripts/promises-doc.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const [tests, mutants] = [await findPromiseTests(root), namedMutants(root)]

it('every promise has a test that is named after it, and names what that test notices', () => {
  expect(unproven(tests, mutants)).toEqual([])
})

it('what is kept for later is little, and known', () => {
  expect(PROMISES.filter(({ later }) => later).map(({ row }) => row)).toEqual(['K43', 'O42'])
})

it('docs/promises.md is what `npm run docs` writes', () => {
  expect(readFileSync(new URL('../docs/promises.md', import.meta.url), 'utf8')).toBe(promisesMarkdown(tests, mutants))
})
