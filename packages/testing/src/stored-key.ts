import type { Jwk } from './algorithms.ts'

/** A credential in the authenticator: plain data, so it survives JSON. Change its members to change what is signed next. */
export interface StoredKey {
  /** Credential id, base64url. */
  id: string
  rpId: string
  /** `user.id` of the registration, base64url. */
  userHandle: string
  userName: string
  userDisplayName: string
  /** COSE algorithm. */
  alg: number
  /** Private key with its public half. */
  privateKey: Jwk
  signCount: number
  discoverable: boolean
  backupEligible: boolean
  backupState: boolean
  transports: string[]
  /** CredRandom (CTAP 2.1 §12.5), 32 bytes in base64url: what `prf` computes with. Comes from the private key unless told. */
  prfSecret?: string
  /** What the extension largeBlob wrote, base64url. */
  largeBlob?: string
}

/** A credential as {@link SoftwareAuthenticator.export} gives it: a copy of a {@link StoredKey}. */
export type ExportedKey = StoredKey
