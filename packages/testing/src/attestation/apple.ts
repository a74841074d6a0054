import type { CborMap, CborValue } from '../cbor.ts'
import type { NameMember } from '../certificate.ts'
import { type AttestationCeremony, nonceOf, signatureDefect } from './ceremony.ts'
import { appleNonce } from './extensions.ts'
import { leafFor } from './leaf.ts'

const subject: NameMember[] = [
  ['CN', 'Example Anonymous Key'],
  ['OU', 'AAA Certification'],
  ['O', 'Example Authenticators'],
]

/**
 * L3 §8.8: no signature, but a certificate for the credential key that carries the hash of what is attested.
 *
 * @throws TypeError when a fault of the signature is asked for.
 */
export async function apple(ceremony: AttestationCeremony): Promise<CborMap> {
  if (signatureDefect(ceremony)) throw new TypeError('an apple statement has no signature')
  const leaf = await leafFor(ceremony, { subject, extensions: [appleNonce(await nonceOf(ceremony))], key: ceremony.key })
  const alg: [string, CborValue][] = ceremony.options.appleAlg ? [['alg', ceremony.key.alg]] : []
  return new Map<string, CborValue>([...alg, ['x5c', leaf.x5c]])
}
