import type { CborMap } from './cbor.ts'

/** Attested credential data (§6.5.1). */
export interface AttestedCredential {
  readonly aaguid: Uint8Array
  readonly id: Uint8Array
  readonly publicKey: Uint8Array
  readonly key: CborMap
}
