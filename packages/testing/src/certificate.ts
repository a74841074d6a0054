import type { Jwk } from './algorithms.ts'
import { type Bytes, sha256 } from './bytes.ts'
import { spkiOf } from './cose.ts'
import { der } from './der.ts'
import { signWith } from './signature.ts'

/** A private key and the COSE algorithm that it signs with. */
export interface SigningKey {
  alg: number
  privateKey: Jwk
}

/** An attribute of a name: a short name (C, O, OU, CN) or an object identifier, and its value. */
export type NameMember = readonly [type: string, value: string]

/** An extension of a certificate (RFC 5280 §4.2); `value` is the DER inside the extension's OCTET STRING. */
export interface CertificateExtension {
  oid: string
  critical?: boolean
  value: Bytes
}

/** What stands in a certificate. Times are in milliseconds since the epoch. */
export interface CertificateContent {
  /** 3 unless told. 1 leaves out the number and keeps the extensions, so that nothing but the version is wrong. */
  version?: 1 | 3
  /** Unsigned, most significant byte first. */
  serial: Bytes
  /** Whole DER of the issuer's name. */
  issuer: Bytes
  subject: readonly NameMember[]
  notBefore: number
  notAfter: number
  /** SubjectPublicKeyInfo. */
  publicKey: Bytes
  extensions: readonly CertificateExtension[]
}

export const oids = {
  keyUsage: '2.5.29.15',
  subjectKeyIdentifier: '2.5.29.14',
  subjectAlternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const

const attributeTypes: Record<string, string> = { CN: '2.5.4.3', C: '2.5.4.6', O: '2.5.4.10', OU: '2.5.4.11' }

const signatureAlgorithms: Record<number, Bytes> = {
  [-7]: der.sequence(der.oid('1.2.840.10045.4.3.2')),
  [-35]: der.sequence(der.oid('1.2.840.10045.4.3.3')),
  [-257]: der.sequence(der.oid('1.2.840.113549.1.1.11'), der.null()),
}

/** A Name (RFC 5280 §4.1.2.4) with one attribute in each part. @example distinguishedName([['C', 'AQ'], ['CN', 'Example']]) */
export function distinguishedName(members: readonly NameMember[]): Bytes {
  const parts = members.map(([type, value]) =>
    der.set(der.sequence(der.oid(attributeTypes[type] ?? type), type === 'C' ? der.printableString(value) : der.utf8String(value))),
  )
  return der.sequence(...parts)
}

/** `Time` (RFC 5280 §4.1.2.5): UTCTime up to 2049, GeneralizedTime after. @param time milliseconds since the epoch. */
export function x509Time(time: number): Bytes {
  return new Date(time).getUTCFullYear() < 2050 ? der.utcTime(time) : der.generalizedTime(time)
}

/** The extensions that authorities and leaves need (RFC 5280 §4.2.1). */
export const extension = {
  basicConstraints: (ca: boolean): CertificateExtension => ({
    oid: oids.basicConstraints,
    critical: true,
    value: ca ? der.sequence(der.boolean(true)) : der.sequence(), // FALSE is the default, and DER leaves defaults out
  }),
  /** `keyCertSign` and `cRLSign`. */
  authorityKeyUsage: (): CertificateExtension => ({
    oid: oids.keyUsage,
    critical: true,
    value: der.bitString(Uint8Array.of(0x06), 1),
  }),
  extendedKeyUsage: (...purposes: string[]): CertificateExtension => ({
    oid: oids.extendedKeyUsage,
    value: der.sequence(...purposes.map(der.oid)),
  }),
  subjectKeyIdentifier: (id: Bytes): CertificateExtension => ({ oid: oids.subjectKeyIdentifier, value: der.octetString(id) }),
  authorityKeyIdentifier: (id: Bytes): CertificateExtension => ({
    oid: oids.authorityKeyIdentifier,
    value: der.sequence(der.implicit(0, id)),
  }),
  /** One dNSName. */
  hostname: (name: string): CertificateExtension => ({
    oid: oids.subjectAlternativeName,
    value: der.sequence(der.implicit(2, new TextEncoder().encode(name))),
  }),
}

/** SEQUENCE OF Extension. */
export function extensionList(extensions: readonly CertificateExtension[]): Bytes {
  return der.sequence(
    ...extensions.map(({ oid, critical, value }) =>
      der.sequence(der.oid(oid), ...(critical ? [der.boolean(true)] : []), der.octetString(value)),
    ),
  )
}

/** The AlgorithmIdentifier of a signature. @throws TypeError when the key's algorithm is not -7, -35 or -257. */
export function signatureAlgorithm({ alg }: SigningKey): Bytes {
  const found = signatureAlgorithms[alg]
  if (!found) throw new TypeError(`certificates are signed with -7, -35 or -257, not COSE algorithm ${alg}`)
  return found
}

/** SIGNED{…} of RFC 5280: the content, the algorithm, and the signature over the content. */
export async function signedDer(content: Bytes, key: SigningKey): Promise<Bytes> {
  return der.sequence(content, signatureAlgorithm(key), der.bitString(await signWith(key.privateKey, key.alg, content)))
}

/**
 * An X.509 certificate (RFC 5280 §4.1) as DER.
 *
 * @throws TypeError when the signing key's algorithm is not -7, -35 or -257.
 * @example await makeCertificate({ serial, issuer, subject: [['CN', 'Example']], notBefore, notAfter, publicKey, extensions: [] }, caKey)
 */
export async function makeCertificate(content: CertificateContent, signer: SigningKey): Promise<Bytes> {
  const { version = 3, serial, issuer, subject, notBefore, notAfter, publicKey, extensions } = content
  const body = der.sequence(
    ...(version === 3 ? [der.explicit(0, der.integer(2))] : []),
    der.integer(serial),
    signatureAlgorithm(signer),
    issuer,
    der.sequence(x509Time(notBefore), x509Time(notAfter)),
    distinguishedName(subject),
    publicKey,
    ...(extensions.length > 0 ? [der.explicit(3, extensionList(extensions))] : []),
  )
  return await signedDer(body, signer)
}

/** The key's SubjectPublicKeyInfo. @throws TypeError when the key has none that can be written. */
export async function publicKeyInfo({ alg, privateKey }: SigningKey): Promise<Bytes> {
  const spki = await spkiOf(privateKey, alg)
  if (!spki) throw new TypeError('this key cannot be put into a certificate')
  return spki
}

/** 20 bytes that name a public key (RFC 7093 §2, method 1, over the whole SubjectPublicKeyInfo). */
export async function keyIdentifier(spki: Bytes): Promise<Bytes> {
  return (await sha256(spki)).slice(0, 20)
}
