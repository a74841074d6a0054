import type { AttestationFormat, AttestationOptions } from './attestation/formats.ts'
import type { Vendor } from './vendor.ts'

/** What kind of authenticator, in what kind of browser. Everything but the origin has a default. */
export interface AuthenticatorOptions {
  /** The page's origin as browsers write it, e.g. 'https://example.org', or 'android:apk-key-hash:…'. */
  origin: string
  /** Make and model as a UUID; all zeros unless told. */
  aaguid?: string
  /** What `getTransports()` says; ['hybrid', 'internal'] for a platform authenticator, else ['nfc', 'usb']. */
  transports?: string[]
  /** May new credentials be synced (BE)? True for a platform authenticator, else false. */
  backupEligible?: boolean
  /** Are new credentials synced already (BS)? Follows `backupEligible` unless told. */
  backupState?: boolean
  /** Can and does it verify the user (UV)? True unless told. */
  userVerification?: boolean
  /** Part of the device, or a roaming one; 'platform' unless told. */
  attachment?: 'platform' | 'cross-platform'
  /** COSE algorithms that it can make keys for; [-7, -8, -257] unless told. See {@link generateJwk} for what there is. */
  algorithms?: number[]
  /** The curve of its EdDSA (-8) keys; 'Ed25519' unless told. */
  edDsaCurve?: 'Ed25519' | 'Ed448'
  /**
   * Does it count signatures? 'growing' starts at 1. With 'zero' (as synced passkeys do), which is the default, a new credential
   * starts at zero and stays there; one that was imported with a count goes on counting.
   */
  counter?: 'zero' | 'growing'
  /** How it attests each new key, whatever conveyance is asked for; 'none' unless told. */
  attestation?: AttestationFormat
  attestationOptions?: AttestationOptions
  /** Who made it and certifies its attestation keys; one of its own unless told. */
  vendor?: Vendor
  /**
   * Its keys were registered under this AppID with U2F: a request that asks for it (extension appid) gets the hash of the AppID in place
   * of the RP ID's. A request that does not is answered as usual.
   */
  u2fAppId?: string
  /** Can it keep discoverable credentials? True unless told. */
  discoverable?: boolean
}
