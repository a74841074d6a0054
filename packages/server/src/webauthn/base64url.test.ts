import { expect, test } from 'vitest'
import { decodeBase64url, encodeBase64url } from './base64url.ts'

test('decodes what it encodes', () => {
  for (let length = 1; length < 70; length++) {
    const bytes = crypto.getRandomValues(new Uint8Array(length))
    expect(decodeBase64url(encodeBase64url(bytes), 100, '§3')).toEqual(bytes)
  }
})

test('encodes a view, not the memory behind it', () => {
  expect(encodeBase64url(new Uint8Array([9, 0, 1, 2, 9]).subarray(1, 4))).toBe('AAEC')
})

test.each(['', 'A', 'AB', 'AAAAA', 'AAE=', 'AA==', 'AAE ', ' AAE', 'A AE', 'AA\n', 'AA+A', 'AA/A', 'AAÄA', 'AAA\0', 'AAF'])(
  'refuses "%s"',
  text => {
    expect(() => decodeBase64url(text, 100, '§3')).toThrow(expect.objectContaining({ reason: 'base64url_invalid', step: '§3' }))
  },
)

test('refuses what is too long before it looks at it', () => {
  expect(() => decodeBase64url('='.repeat(101), 100, '§3')).toThrow(expect.objectContaining({ reason: 'response_too_large' }))
})
