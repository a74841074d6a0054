import type { Bytes } from './bytes.ts'
import type { CertificateContent, CertificateExtension, SigningKey } from './certificate.ts'
import type { TrustDefect } from './vendor-defects.ts'

/** A leaf certificate to be issued. What is left out takes the vendor's own value. */
export interface LeafRequest extends Pick<CertificateContent, 'subject' | 'publicKey'> {
  extensions?: readonly CertificateExtension[]
  /** 3 unless told. */
  version?: 1 | 3
  serial?: Bytes
  notBefore?: number
  notAfter?: number
  /** Who signs; the intermediate unless told, or the root where there is none. */
  issuer?: 'root' | 'intermediate'
  /** What is wrong with the chain. */
  defect?: TrustDefect
}

/** A certificate with the chain that goes with it: leaf first, then intermediates, without the root. */
export interface IssuedCertificate {
  certificate: Bytes
  serial: Bytes
  x5c: Bytes[]
}

/** Who issues certificates and has a key to attest with. */
export interface Issuer {
  issue(request: LeafRequest): Promise<IssuedCertificate>
  attestationKey(algorithm: number): Promise<SigningKey>
}
