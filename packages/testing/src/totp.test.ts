import { describe, expect, test } from 'vitest'
import { totp, totpFromUri } from './totp.ts'

/** The seeds of RFC 6238, Appendix B ("12345678901234567890" and longer), in base32. */
const seed = {
  'SHA-1': 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
  'SHA-256': 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA',
  'SHA-512': `${'GEZDGNBVGY3TQOJQ'.repeat(6)}GEZDGNA`,
} as const

describe('RFC 6238, Appendix B', () => {
  const vectors: [number, string, string, string][] = [
    [59, '94287082', '46119246', '90693936'],
    [1111111109, '07081804', '68084774', '25091201'],
    [1111111111, '14050471', '67062674', '99943326'],
    [1234567890, '89005924', '91819424', '93441116'],
    [2000000000, '69279037', '90698825', '38618901'],
    [20000000000, '65353130', '77737706', '47863826'],
  ]
  for (const [seconds, ...codes] of vectors) {
    test(`at ${seconds} seconds`, async () => {
      const hashes = ['SHA-1', 'SHA-256', 'SHA-512'] as const
      expect(await Promise.all(hashes.map(hash => totp(seed[hash], seconds * 1000, { digits: 8, hash })))).toEqual(codes)
    })
  }
})

test('six digits, however the secret is written', async () => {
  expect(await totp('JBSW Y3DP EHPK 3PXP', 0)).toBe('282760')
  expect(await totp('jbswy3dpehpk3pxp====', 29_999)).toBe('282760')
  expect(await totp('JBSWY3DPEHPK3PXP', 30_000)).not.toBe('282760')
})

test('reads the address of a QR code', async () => {
  expect(await totpFromUri(`otpauth://totp/Example:ada?secret=${seed['SHA-256']}&algorithm=SHA256&digits=8`, 59_000)).toBe('46119246')
  await expect(totpFromUri('otpauth://hotp/x?secret=GEZA')).rejects.toThrow(TypeError)
})

test('refuses a secret that is none', async () => {
  await expect(totp('not base32!')).rejects.toThrow(TypeError)
  await expect(totp('')).rejects.toThrow(TypeError)
})
