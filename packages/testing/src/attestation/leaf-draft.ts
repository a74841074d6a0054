import type { CertificateExtension, NameMember, SigningKey } from '../certificate.ts'

/** What is to stand in a leaf certificate, before the vendor issues it. */
export interface LeafDraft {
  subject: readonly NameMember[]
  extensions: readonly CertificateExtension[]
  /** The certificate is for the public half; the statement is signed with the private half. */
  key: SigningKey
  version?: 1 | 3
}
