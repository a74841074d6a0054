import { describe, expect, it, test } from 'vitest'
import { type AttestationPolicy, WebAuthnError } from '../index.ts'
import { readPolicy } from './policy.ts'

const reason = (attestation: unknown, now: unknown): string => {
  try {
    readPolicy(attestation as AttestationPolicy, now as number)
    return 'accepted'
  } catch (error) {
    if (error instanceof WebAuthnError) return error.reason
    throw error
  }
}

describe('an attestation policy', () => {
  test.each<[string, unknown]>([
    ['nothing', null],
    ['text', 'require'],
    ['another word', { policy: 'always' }],
    ['roots that are no list', { policy: 'require', roots: 'pem' }],
    ['a root that is a number', { policy: 'require', roots: [1] }],
    ['a model that is a number', { policy: 'require', aaguids: [1] }],
    ['a serial number that is none', { policy: 'require', revokedSerialNumbers: ['xyz'] }],
    ['a serial number in a number', { policy: 'require', revokedSerialNumbers: [12] }],
    ['a revocation list in text', { policy: 'require', crls: ['text'] }],
    ['a revocation list that is nothing', { policy: 'require', crls: [null] }],
    ['a revocation list of something else', { policy: 'require', crls: [{}] }],
    ['metadata that finds nothing', { policy: 'require', metadata: {} }],
    ['metadata that is nothing', { policy: 'require', metadata: null }],
    ['hardware keys in text', { policy: 'require', hardwareKeys: 'yes' }],
  ])('is refused with %s', (_, attestation) => expect(reason(attestation, 0)).toBe('expected_invalid'))

  it('needs a time, but for `none`, which asks for nothing', () => {
    expect([undefined, Number.NaN, '0'].map(now => reason({ policy: 'record' }, now))).toEqual(Array(3).fill('expected_invalid'))
    expect([reason({ policy: 'none' }, undefined), reason({ policy: 'record' }, 0), reason(undefined, undefined)]).toEqual(
      Array(3).fill('accepted'),
    )
  })
})
