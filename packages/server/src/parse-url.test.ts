import { expect, it } from 'vitest'
import { parseUrl } from './parse-url.ts'

it('CF-4: reads an address with any letters, the hundred-thousandth time, too', () => {
  let read = 0
  for (let n = 0; n < 100_000; n++) if (parseUrl('https://b\u00fccher.example')?.host === 'xn--bcher-kva.example') read++
  expect(read).toBe(100_000)
  expect([parseUrl('/a?b=\u00fc', 'https://a.example')?.search, parseUrl('https://'), parseUrl('/a')]).toEqual(['?b=%C3%BC', null, null])
})
