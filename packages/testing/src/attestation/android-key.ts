import type { CborMap, CborValue } from '../cbor.ts'
import { type AttestationCeremony, attestedBytes, signStatement } from './ceremony.ts'
import { describedKey, keyDescription } from './extensions.ts'
import { leafFor } from './leaf.ts'

/** L3 §8.4: the credential key signs, and its certificate says how the keystore holds it. */
export async function androidKey(ceremony: AttestationCeremony): Promise<CborMap> {
  const draft = {
    subject: [['CN', 'Android Keystore Key']] as const,
    extensions: [keyDescription(describedKey(ceremony))],
    key: ceremony.key,
  }
  const leaf = await leafFor(ceremony, draft, 'root')
  return new Map<string, CborValue>([
    ['alg', leaf.key.alg],
    ['sig', await signStatement(ceremony, leaf.key, attestedBytes(ceremony))],
    ['x5c', leaf.x5c],
  ])
}
