import { type CborMap, decodeMap } from './cbor.ts'
import { algorithmOf, type PublicKey, readPublicKey } from './cose-key.ts'
import { check } from './error.ts'
import { isSupported } from './supported.ts'

const STEP = '§6.5.1.1'

/**
 * Reads a decoded COSE_Key of an algorithm that this process can verify.
 *
 * @param cose the decoded map; `step` the place in the standard for an algorithm that it cannot
 * @throws WebAuthnError `algorithm_unsupported`, `key_malformed`, `key_unusable`
 * @see WebAuthn L3 §6.5.1.1, §7.1 step 20
 * @example const key = readSupportedKey(attested.key, '§7.1 step 20')
 */
export function readSupportedKey(cose: CborMap, step: string): PublicKey {
  check(isSupported(algorithmOf(cose)), 'algorithm_unsupported', step)
  return readPublicKey(cose)
}

/**
 * Imports a stored public key.
 *
 * @param cose COSE_Key bytes, as in `CredentialFacts.publicKey`
 * @throws WebAuthnError `cbor_…`, `algorithm_unsupported`, `key_malformed`, `key_unusable`
 * @see WebAuthn L3 §6.5.1.1
 * @example const { algorithm } = importPublicKey(record.publicKey)
 */
export function importPublicKey(cose: Uint8Array): PublicKey {
  check(cose instanceof Uint8Array, 'expected_invalid', STEP, 'public key')
  return readSupportedKey(decodeMap(cose, STEP), STEP)
}
