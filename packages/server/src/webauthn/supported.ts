import { ALGORITHMS } from './algorithms.ts'
import { decodeMap } from './cbor.ts'
import { readPublicKey } from './cose-key.ts'
import { WebAuthnError } from './error.ts'
import { PROBES } from './probes.ts'
import { verifySignature } from './signature.ts'

/**
 * The COSE algorithms that this process can verify, in the order in which to offer them. Each is tried once at start with a known
 * key and signature, along the same path as a sign-in: what this list offers, it can also verify.
 *
 * @see WebAuthn L3 §5.4 (`pubKeyCredParams`)
 * @example const pubKeyCredParams = SUPPORTED_ALGORITHMS.map(alg => ({ type: 'public-key', alg }))
 */
export const SUPPORTED_ALGORITHMS: readonly number[] = Object.freeze(ALGORITHMS.map(({ id }) => id).filter(canVerify))

function canVerify(id: number): boolean {
  const probe = PROBES.get(id)
  if (!probe) return false
  try {
    return verifySignature(readPublicKey(decodeMap(probe.key, '§5.4')), probe.message, probe.signature)
  } catch (error) {
    if (error instanceof WebAuthnError) return false
    throw error
  }
}
