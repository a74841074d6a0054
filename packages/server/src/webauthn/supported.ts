import { ALGORITHMS, type Algorithm } from './algorithms.ts'
import type { CborMap } from './cbor.ts'
import { LABEL, type PublicKey, readPublicKey } from './cose-key.ts'
import { WebAuthnError } from './error.ts'
import { probeOf } from './probes.ts'
import { attestationKey, verifySignature } from './signature.ts'

const RS256 = -257

/** The rows that this process can verify. Each is tried once at start with a key and a signature, along the same path as a sign-in. */
const VERIFIABLE: ReadonlySet<Algorithm> = new Set(ALGORITHMS.filter(canVerify))

/** Whether this process can verify the algorithm of a key: what it registers, it can also sign in. @example isSupported(key.algorithm) */
export function isSupported(algorithm: Algorithm): boolean {
  return VERIFIABLE.has(algorithm)
}

/** Whether it can verify an algorithm by that number, with some key of it. @example isSupportedNumber(-65535) */
export function isSupportedNumber(id: number): boolean {
  return [...VERIFIABLE].some(row => row.id === id)
}

const idsFor = (...uses: string[]): readonly number[] =>
  Object.freeze([...new Set([...VERIFIABLE].filter(({ use }) => uses.includes(use)).map(({ id }) => id))])

/**
 * The COSE algorithms that this process can verify and that a new credential may have unless told otherwise, in the order in which to
 * offer them. Probed once at start: what this list offers, it can also verify. ML-DSA is in it where Node has it (24.7 and later).
 *
 * @see WebAuthn L3 §5.4 (`pubKeyCredParams`), §5.8.5
 * @example const pubKeyCredParams = SUPPORTED_ALGORITHMS.map(alg => ({ type: 'public-key', alg }))
 */
export const SUPPORTED_ALGORITHMS: readonly number[] = idsFor('offered')

/**
 * Those that this process can verify, but that a new credential may have only where `Expected.algorithms` names them: ES256K.
 *
 * @see WebAuthn L3 §5.8.5, RFC 8812 §3.1
 * @example const algorithms = [...SUPPORTED_ALGORITHMS, ...ALGORITHMS_ON_REQUEST]
 */
export const ALGORITHMS_ON_REQUEST: readonly number[] = idsFor('asked')

function canVerify(algorithm: Algorithm): boolean {
  try {
    const probe = probeOf(algorithm)
    if (!probe) return false
    const key = algorithm.use === 'statement' ? statementKey(algorithm, probe.key) : readPublicKey(probe.key)
    return key !== undefined && verifySignature(key, probe.message, probe.signature)
  } catch (error) {
    if (error instanceof WebAuthnError) return false
    throw error
  }
}

/** An algorithm of statements has no credential keys: its probe is a key of RS256 that a certificate might hold. */
function statementKey({ id }: Algorithm, cose: CborMap): PublicKey | undefined {
  return attestationKey(id, readPublicKey(new Map([...cose, [LABEL.alg, RS256]])).object)
}
