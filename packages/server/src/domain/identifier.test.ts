import { expect, test } from 'vitest'
import { maskIdentifier } from './identifier.ts'

test.each([
  ['email', 'mei@example.com', 'm•••@example.com'],
  ['email', 'a@xn--bcher-kva.example', 'a•••@bücher.example'],
  ['phone', '+34600000012', '+34 ••• 12'],
] as const)('of the %s %s a page shows %s: enough to recognise, not enough to learn', (kind, value, shown) => {
  expect(maskIdentifier(kind, value)).toBe(shown)
})
