import { type Bytes, concatBytes, randomBytes } from './bytes.ts'
import {
  type CertificateExtension,
  distinguishedName,
  extension,
  keyIdentifier,
  makeCertificate,
  type NameMember,
  publicKeyInfo,
  type SigningKey,
} from './certificate.ts'
import { generateJwk } from './cose.ts'

/** A certification authority: what it needs to sign, and its own certificate. */
export interface Authority {
  subject: readonly NameMember[]
  /** Whole DER of its name. */
  name: Bytes
  key: SigningKey
  keyId: Bytes
  certificate: Bytes
}

/** Authorities live from 2000 to 2049, so that no date of a leaf falls outside. */
export const authorityLife = { notBefore: Date.UTC(2000), notAfter: Date.UTC(2049) }
/** Over at any time that a test may set its clock to. */
export const longOver = { notBefore: Date.UTC(2001), notAfter: Date.UTC(2002) }
/** Not begun at any time that a test may set its clock to. */
export const farAhead = { notBefore: Date.UTC(2047), notAfter: Date.UTC(2048) }

/** 16 random bytes whose highest bit is 0 and whose first byte is not: a positive number that is as long in DER as here. */
export function randomSerial(): Bytes {
  const bytes = randomBytes(16)
  return bytes.with(0, ((bytes[0] ?? 0) & 0x3f) | 0x40) as Bytes
}

/** What an authority's certificate may have otherwise; `key` keeps the key of an earlier one. */
export interface AuthorityVariant {
  key?: SigningKey
  ca?: boolean
  notBefore?: number
  notAfter?: number
}

/** Makes an authority; without an issuer it signs itself. @param alg COSE algorithm of its key: -7, -35 or -257. */
export async function makeAuthority(
  commonName: string,
  alg: number,
  issuer?: Authority,
  variant: AuthorityVariant = {},
): Promise<Authority> {
  const subject: NameMember[] = [
    ['C', 'AQ'],
    ['O', 'Example Authenticators'],
    ['CN', commonName],
  ]
  const key = variant.key ?? { alg, privateKey: await generateJwk(alg) }
  const publicKey = await publicKeyInfo(key)
  const keyId = await keyIdentifier(publicKey)
  const name = distinguishedName(subject)
  const { notBefore = authorityLife.notBefore, notAfter = authorityLife.notAfter, ca = true } = variant
  const content = { serial: randomSerial(), issuer: issuer?.name ?? name, subject, notBefore, notAfter, publicKey }
  const extensions: CertificateExtension[] = [
    extension.basicConstraints(ca),
    extension.authorityKeyUsage(),
    extension.subjectKeyIdentifier(keyId),
    ...(issuer ? [extension.authorityKeyIdentifier(issuer.keyId)] : []),
  ]
  return { subject, name, key, keyId, certificate: await makeCertificate({ ...content, extensions }, issuer?.key ?? key) }
}

/** The certificate with the last bit of its serial number flipped, so that its signature no longer holds. */
export function withOtherSerial(certificate: Bytes, serial: Bytes): Bytes {
  const start = certificate.findIndex((_, index) => serial.every((byte, offset) => certificate[index + offset] === byte))
  const last = start + serial.length - 1
  return concatBytes(certificate.subarray(0, last), Uint8Array.of((certificate[last] ?? 0) ^ 1), certificate.subarray(last + 1))
}
