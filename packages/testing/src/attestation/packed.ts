import type { CborValue } from '../cbor.ts'
import { extension, type NameMember } from '../certificate.ts'
import { attestedBytes, type StatementMaker, signStatement } from './ceremony.ts'
import { modelExtension } from './extensions.ts'
import { leafFor } from './leaf.ts'

/** The subject of L3 §8.2.1. */
const subject: NameMember[] = [
  ['C', 'AQ'],
  ['O', 'Example Authenticators'],
  ['OU', 'Authenticator Attestation'],
  ['CN', 'Example Security Key'],
]

/** L3 §8.2, self attestation: the credential key signs for itself. */
export const packedSelf: StatementMaker = async ceremony =>
  new Map<string, CborValue>([
    ['alg', ceremony.key.alg],
    ['sig', await signStatement(ceremony, ceremony.key, attestedBytes(ceremony))],
  ])

/** L3 §8.2 with a certificate for the vendor's attestation key. */
export const packed: StatementMaker = async ceremony => {
  const key = await (await ceremony.vendor()).attestationKey(ceremony.options.key ?? -7)
  const leaf = await leafFor(ceremony, { subject, key, extensions: [extension.basicConstraints(false), ...modelExtension(ceremony)] })
  const sig = await signStatement(ceremony, leaf.key, attestedBytes(ceremony))
  return new Map<string, CborValue>([
    ['alg', leaf.key.alg],
    ['sig', sig],
    ['x5c', leaf.x5c],
  ])
}
