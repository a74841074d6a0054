import { expect, it } from 'vitest'

it('the public entry gives a host what it builds on, and no part of the inside', async () => {
  const entry = await import('./index.ts')
  expect(Object.keys(entry).sort()).toEqual(['ConfigError', 'Problem', 'UndeliverableError', 'createLatchkey', 'nodeListener'])
})
