import { type Bytes, concatBytes, fromBase64url, randomBytes, uint } from '../bytes.ts'
import type { CborMap, CborValue } from '../cbor.ts'
import { type AttestationCeremony, attestedParts, signStatement } from './ceremony.ts'
import { leafFor } from './leaf.ts'

/** L3 §8.6: as a U2F security key signs its registration response. One certificate, so the root issues it. */
export async function fidoU2f(ceremony: AttestationCeremony): Promise<CborMap> {
  const key = await (await ceremony.vendor()).attestationKey(-7)
  const leaf = await leafFor(ceremony, { subject: [['CN', 'Example U2F Security Key']], key, extensions: [] }, 'leaf')
  const x5c =
    ceremony.misbehave.attestation === 'u2f-two-certificates' && Array.isArray(leaf.x5c)
      ? [...leaf.x5c, (await ceremony.vendor()).root]
      : leaf.x5c
  return new Map<string, CborValue>([
    ['x5c', x5c],
    ['sig', await signStatement(ceremony, leaf.key, verificationData(ceremony))],
  ])
}

/** A key that is not on P-256 has no such form (`u2f-alg-not-es256`); what it has of coordinates stands in for it. */
function verificationData(ceremony: AttestationCeremony): Bytes {
  const { id, privateKey } = ceremony.key
  const { authData, clientDataHash } = attestedParts(ceremony)
  const [x, y] = [privateKey.x, privateKey.y].map(coordinate => (coordinate ? fromBase64url(coordinate) : randomBytes(32)))
  const point = concatBytes(uint(4, 1), x ?? randomBytes(32), y ?? randomBytes(32))
  return concatBytes(uint(0, 1), authData.subarray(0, 32), clientDataHash, fromBase64url(id), point)
}
