import type { AttestedCredential } from './attested.ts'
import { sameBytes } from './bytes.ts'
import { type CborMap, decodeItem, isMap } from './cbor.ts'
import { type Ceremony, STEPS } from './ceremony.ts'
import { check } from './error.ts'
import type { ExpectedFacts } from './expected.ts'

/** Authenticator data (§6.1), taken apart to its last byte. */
export interface AuthenticatorData {
  readonly bytes: Uint8Array
  readonly rpIdHash: Uint8Array
  readonly userPresent: boolean
  readonly userVerified: boolean
  readonly backupEligible: boolean
  readonly backupState: boolean
  readonly signCount: number
  readonly attested: AttestedCredential | undefined
  readonly extensions: CborMap | undefined
}

/** The flags (§6.1); bits 1 and 5 are reserved and ignored. */
const FLAG = { UP: 0x01, UV: 0x04, BE: 0x08, BS: 0x10, AT: 0x40, ED: 0x80 }
const FIXED_LENGTH = 37 // rpIdHash 32, flags 1, signCount 4
const MAX_ID_LENGTH = 1023
const STEP = '§6.1'

/** The AAGUID of an authenticator that does not say what it is. */
export const FORMATTED_AAGUID_ZERO = '00000000-0000-0000-0000-000000000000'

/**
 * Takes authenticator data apart. Every byte must be accounted for by a flag.
 *
 * @param bytes the authenticator data of either ceremony
 * @throws WebAuthnError `authenticator_data_malformed`, `cbor_…`
 * @see WebAuthn L3 §6.1, §6.5.1
 * @example parseAuthenticatorData(bytes).userVerified
 */
export function parseAuthenticatorData(bytes: Uint8Array): AuthenticatorData {
  check(bytes.length >= FIXED_LENGTH, 'authenticator_data_malformed', STEP, 'cut short')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const flags = view.getUint8(32)
  const attested = flags & FLAG.AT ? readAttested(bytes, view) : undefined
  const afterAttested = attested?.end ?? FIXED_LENGTH
  const extensions = flags & FLAG.ED ? readExtensions(bytes, afterAttested) : undefined
  check((extensions?.end ?? afterAttested) === bytes.length, 'cbor_trailing_bytes', STEP)
  return {
    bytes,
    rpIdHash: bytes.subarray(0, 32),
    userPresent: (flags & FLAG.UP) !== 0,
    userVerified: (flags & FLAG.UV) !== 0,
    backupEligible: (flags & FLAG.BE) !== 0,
    backupState: (flags & FLAG.BS) !== 0,
    signCount: view.getUint32(33),
    attested: attested?.credential,
    extensions: extensions?.map,
  }
}

function readAttested(bytes: Uint8Array, view: DataView): { credential: AttestedCredential; end: number } {
  const [idLengthAt, idAt] = [FIXED_LENGTH + 16, FIXED_LENGTH + 18]
  check(bytes.length > idAt, 'authenticator_data_malformed', '§6.5.1', 'cut short')
  const keyAt = idAt + view.getUint16(idLengthAt)
  check(keyAt < bytes.length, 'authenticator_data_malformed', '§6.5.1', 'cut short')
  check(keyAt > idAt && keyAt <= idAt + MAX_ID_LENGTH, 'authenticator_data_malformed', '§7.1 step 26', 'credential id length')
  const { value, end } = decodeItem(bytes, keyAt)
  check(isMap(value), 'key_malformed', '§6.5.1.1')
  const credential = {
    aaguid: bytes.subarray(FIXED_LENGTH, idLengthAt),
    id: bytes.subarray(idAt, keyAt),
    publicKey: bytes.slice(keyAt, end),
    key: value,
  }
  return { credential, end }
}

function readExtensions(bytes: Uint8Array, start: number): { map: CborMap; end: number } {
  const { value, end } = decodeItem(bytes, start)
  const named = isMap(value) && [...value.keys()].every(name => typeof name === 'string')
  check(named, 'authenticator_data_malformed', '§6.1', 'extensions are no map by identifier')
  return { map: value, end }
}

/**
 * Checks the parts of authenticator data that both ceremonies share, and says which relying party id it is for.
 *
 * @param data from `parseAuthenticatorData`; `expected` from `readExpected`; `ceremony` whose steps to name
 * @throws WebAuthnError `rp_id_mismatch`, `user_presence_missing`, `user_verification_missing`, `backup_state_invalid`
 * @see WebAuthn L3 §7.1 steps 14-17, §7.2 steps 15-18
 * @example const rpId = checkAuthenticatorData(data, readExpected(expected), 'webauthn.get')
 */
export function checkAuthenticatorData(data: AuthenticatorData, expected: ExpectedFacts, ceremony: Ceremony): string {
  const steps = STEPS[ceremony]
  const rpId = expected.rpIds.find(({ hash }) => sameBytes(hash, data.rpIdHash))
  check(rpId !== undefined, 'rp_id_mismatch', steps.rpId)
  const presenceWaived = ceremony === 'webauthn.create' && !expected.userPresent
  check(data.userPresent || presenceWaived, 'user_presence_missing', steps.userPresent)
  check(data.userVerified || !expected.userVerified, 'user_verification_missing', steps.userVerified)
  check(data.backupEligible || !data.backupState, 'backup_state_invalid', steps.backup)
  return rpId.id
}

/**
 * Formats an AAGUID as lower-case UUID.
 *
 * @param aaguid its 16 bytes
 * @see WebAuthn L3 §6.5.1
 * @example formatAaguid(new Uint8Array(16)) // FORMATTED_AAGUID_ZERO
 */
export function formatAaguid(aaguid: Uint8Array): string {
  const hex = Buffer.from(aaguid).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
