import { type Bytes, concatBytes, fromBase64url, randomBytes, sha256, uint, utf8 } from './bytes.ts'
import { type CborMap, encodeCbor, encodeDefectiveCbor } from './cbor.ts'
import type { Misbehaviour } from './misbehaviour.ts'
import type { StoredKey } from './stored-key.ts'

const flag = { UP: 0x01, UV: 0x04, BE: 0x08, BS: 0x10, AT: 0x40, ED: 0x80 }

interface AuthenticatorDataParts {
  userVerified: boolean
  attested: Bytes | undefined
  /** Extension outputs; without them there is no such part. */
  extensions?: CborMap | undefined
  /** What is hashed in place of the key's RP ID. */
  scope?: string | undefined
  misbehave: Misbehaviour
}

/** L3 §6.1: rpIdHash, flags, signCount, then what the flags announce. */
export async function authenticatorDataOf(
  key: StoredKey,
  { userVerified, attested, extensions, scope, misbehave }: AuthenticatorDataParts,
): Promise<Bytes> {
  const attestedDefect = misbehave.attestedCredentialData
  const shownAttested = attestedDefect === 'absent' || attestedDefect === 'flag-without-data' ? undefined : attested
  const at = attestedDefect === 'flag-without-data' || (shownAttested && attestedDefect !== 'data-without-flag')
  const { ed, extensionData } = extensionPart(extensions, misbehave)
  const flags =
    (misbehave.userPresent === false ? 0 : flag.UP) |
    ((misbehave.userVerified ?? userVerified) ? flag.UV : 0) |
    ((misbehave.backupEligible ?? key.backupEligible) ? flag.BE : 0) |
    ((misbehave.backupState ?? key.backupState) ? flag.BS : 0) |
    (at ? flag.AT : 0) |
    (ed ? flag.ED : 0)
  const data = concatBytes(
    await sha256(utf8(misbehave.rpId ?? scope ?? key.rpId)),
    uint(flags, 1),
    uint(key.signCount, 4),
    shownAttested ?? new Uint8Array(0),
    extensionData,
  )
  return misbehave.mutateAuthData?.(data) ?? data
}

function extensionPart(honest: CborMap | undefined, misbehave: Misbehaviour): { ed: boolean; extensionData: Bytes } {
  const wanted = misbehave.extensions ?? honest
  const outputs = encodeCbor(wanted ?? new Map([['credProtect', 2]]))
  const defect = misbehave.extensionData
  if (defect === 'flag-without-data') return { ed: true, extensionData: new Uint8Array(0) }
  if (defect === 'data-without-flag') return { ed: false, extensionData: outputs }
  if (defect === 'trailing-bytes') return { ed: true, extensionData: concatBytes(outputs, uint(0, 1)) }
  if (defect === 'not-a-map') return { ed: true, extensionData: encodeCbor(['credProtect', 2]) }
  return wanted ? { ed: true, extensionData: outputs } : { ed: false, extensionData: new Uint8Array(0) }
}

/** L3 §6.5.1: aaguid, length and bytes of the credential id, COSE_Key. */
export function attestedCredentialData(key: StoredKey, aaguid: string | undefined, cose: CborMap, misbehave: Misbehaviour): Bytes {
  const id = fromBase64url(key.id)
  const innerId = misbehave.credentialIdDiffers === 'inner' ? randomBytes(id.length) : id
  const length = misbehave.attestedCredentialData === 'length-beyond-end' ? 1023 : innerId.length
  const cbor = misbehave.cborOf === 'credentialPublicKey' ? misbehave.cbor : undefined
  const data = concatBytes(aaguidBytes(aaguid), uint(length, 2), innerId, cbor ? encodeDefectiveCbor(cose, cbor) : encodeCbor(cose))
  return misbehave.attestedCredentialData === 'cut-short' ? data.slice(0, -1) : data
}

/** The 16 bytes of a UUID; all zeros unless told. */
export function aaguidBytes(aaguid: string | undefined): Bytes {
  const digits = (aaguid ?? '00000000-0000-0000-0000-000000000000').replaceAll('-', '')
  return Uint8Array.from(digits.match(/../g) ?? [], pair => Number.parseInt(pair, 16))
}
