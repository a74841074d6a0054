import { describe, expect, it } from 'vitest'
import { bareSignature } from './tpm-structures.ts'

// TPM 2.0 Part 2 §6.3: TPM_ALG_SHA256, TPM_ALG_RSASSA, TPM_ALG_ECDSA
const SHA256 = [0, 0x0b]
const RSASSA = [0, 0x14]
const ECDSA = [0, 0x18]
const sized = (...bytes: number[]): number[] => [0, bytes.length, ...bytes]
const bare = (...parts: number[][]): Uint8Array => bareSignature(Uint8Array.from(parts.flat()))

describe('§8.3: the signature inside a TPMT_SIGNATURE', () => {
  it('of an EC key is made of its two numbers, in the encoding of §6.5.5', () =>
    expect([...bare(ECDSA, SHA256, sized(1), sized(2))]).toEqual([0x30, 6, 2, 1, 1, 2, 1, 2]))

  it('is refused with anything behind them, or without the second', () => {
    for (const parts of [
      [ECDSA, SHA256, sized(1), sized(2), [0]],
      [ECDSA, SHA256, sized(1)],
    ])
      expect(() => bare(...parts)).toThrow(expect.objectContaining({ reason: 'attestation_statement_malformed' }))
  })

  it('of an RSA key is what its length says; with another length, or another scheme, it is no such structure', () => {
    expect([...bare(RSASSA, SHA256, sized(7, 8))]).toEqual([7, 8])
    for (const parts of [
      [RSASSA, SHA256, sized(7, 8), [9]],
      [[0, 1], SHA256, sized(7, 8)],
      [RSASSA, [0, 1], sized(7, 8)],
    ])
      expect([...bare(...parts)]).toEqual(parts.flat())
  })
})
