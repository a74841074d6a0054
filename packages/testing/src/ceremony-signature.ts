import { type Bytes, concatBytes, randomBytes } from './bytes.ts'
import type { Misbehaviour } from './misbehaviour.ts'
import { type SignatureDefect, signWith } from './signature.ts'
import type { StoredKey } from './stored-key.ts'

/** L3 §6.3.3 and §8.2: over authenticator data and the hash of the client data. */
export async function signCeremony(
  key: StoredKey,
  authenticatorData: Bytes,
  clientDataHash: Bytes,
  defect: Misbehaviour['signature'],
): Promise<Bytes> {
  const other = defect === 'other-client-data' || defect === 'other-authenticator-data'
  const signed = {
    authenticatorData: defect === 'other-authenticator-data' ? randomBytes(authenticatorData.length) : authenticatorData,
    clientDataHash: defect === 'other-client-data' ? randomBytes(32) : clientDataHash,
  }
  const signatureDefect: SignatureDefect | undefined = other ? undefined : defect
  return await signWith(key.privateKey, key.alg, concatBytes(signed.authenticatorData, signed.clientDataHash), signatureDefect)
}
