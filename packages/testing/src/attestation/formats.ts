/** What an authenticator attests with: the format's identifier (WebAuthn L3 §8), where 'packed-self' is 'packed' without a certificate. */
export type AttestationFormat =
  | 'none'
  | 'packed-self'
  | 'packed'
  | 'tpm'
  | 'android-key'
  | 'android-safetynet'
  | 'apple'
  | 'fido-u2f'
  | 'compound'

/** Finer points of a statement. Everything has a default. */
export interface AttestationOptions {
  /**
   * COSE algorithm of the attestation key: -7 (the default) or -257 for packed; -257 (the default), -7 or -65535 for tpm. Other formats
   * have no choice.
   */
  key?: number
  /**
   * How far `x5c` reaches. 'intermediates' unless told, but 'root' for android-key, whose devices send the root too. With 'leaf' the root
   * issues the leaf itself, as it always does for fido-u2f.
   */
  chain?: 'leaf' | 'intermediates' | 'root'
  /** What enforces the properties of an android-key: 'hardware' unless told. */
  androidKeystore?: 'hardware' | 'software'
  /** Does the certificate of packed and tpm name the model (id-fido-gen-ce-aaguid)? True unless told. */
  certificateNamesModel?: boolean
  /** Adds `alg` to an apple statement, as iOS 14 wrote it. */
  appleAlg?: boolean
  /**
   * How tpm wraps `sig`. 'bare', the default, is what Windows sends and verifiers take; 'TPMT_SIGNATURE' is the structure that L3 §8.3
   * names (TPM 2.0 Part 2, §11.3.4).
   */
  tpmSignature?: 'bare' | 'TPMT_SIGNATURE'
  /** The statements in a compound one; ['packed', 'android-key'] unless told. */
  compoundOf?: readonly Exclude<AttestationFormat, 'none' | 'compound'>[]
}

const rsa = [-37, -38, -39, -257, -258, -259]

/** Formats that cannot attest every key, and the algorithms of those that they can. */
const keyAlgorithms: Partial<Record<AttestationFormat, readonly number[]>> = {
  'fido-u2f': [-7],
  apple: [-7],
  tpm: [-7, -9, -35, -36, -51, -52, ...rsa],
}

/** Which of the supported algorithms the format can attest a key of. */
export function attestable(format: AttestationFormat, supported: readonly number[]): number[] {
  const possible = keyAlgorithms[format]
  return supported.filter(alg => possible?.includes(alg) ?? true)
}
