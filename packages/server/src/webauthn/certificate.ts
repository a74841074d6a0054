import { hash, type KeyObject, X509Certificate } from 'node:crypto'
import { childrenOf, contextTag, type DerItem, expectTag, hexOf, readBoolean, readNumber, readOnly, readTime, TAG } from './der.ts'
import { check, WebAuthnError } from './error.ts'

/** Object identifiers, as the hexadecimal digits of their DER content. */
export const OID = {
  country: '550406', // 2.5.4.6
  organization: '55040a', // 2.5.4.10
  organizationalUnit: '55040b', // 2.5.4.11
  commonName: '550403', // 2.5.4.3
  basicConstraints: '551d13', // 2.5.29.19
  keyUsage: '551d0f', // 2.5.29.15
  extendedKeyUsage: '551d25', // 2.5.29.37
  subjectAlternativeName: '551d11', // 2.5.29.17
  certificatePolicies: '551d20', // 2.5.29.32
  fidoAaguid: '2b0601040182e51c010104', // 1.3.6.1.4.1.45724.1.1.4
  androidKeyDescription: '2b06010401d679020111', // 1.3.6.1.4.1.11129.2.1.17
  appleNonce: '2a864886f763640802', // 1.2.840.113635.100.8.2
  tpmAttestationKey: '6781050803', // 2.23.133.8.3
  tpmManufacturer: '6781050201', // 2.23.133.2.1
  tpmModel: '6781050202', // 2.23.133.2.2
  tpmVersion: '6781050203', // 2.23.133.2.3
}

/** A certificate, taken apart as far as WebAuthn asks. Whether anybody should trust it is another question. */
export interface Certificate {
  readonly der: Uint8Array
  readonly x509: X509Certificate
  readonly key: KeyObject
  /** 1, 2 or 3. */
  readonly version: number
  /** The content of the serial number, in hexadecimal digits. */
  readonly serialNumber: string
  /** The names as DER, to be compared byte by byte. */
  readonly issuer: Uint8Array
  readonly subject: Uint8Array
  readonly attributes: readonly Attribute[]
  /** SHA-1 of the public key's bits, hexadecimal: what RFC 5280 §4.2.1.2 (1) calls its key identifier. */
  readonly keyIdentifier: string
  /** Epoch milliseconds. */
  readonly notBefore: number
  readonly notAfter: number
  readonly extensions: ReadonlyMap<string, Extension>
}

/** One attribute of a name: its type, from `OID`, and its text. */
export interface Attribute {
  readonly type: string
  readonly text: string
}

export interface Extension {
  readonly critical: boolean
  /** The content of the OCTET STRING. */
  readonly value: Uint8Array
}

const STEP = '§8 (RFC 5280)'
const MAX_CERTIFICATE_BYTES = 16 * 1024

/**
 * Reads a certificate. Node settles that it is one; the strict reader takes apart what Node does not show.
 *
 * @param der the bytes
 * @throws WebAuthnError `certificate_malformed`
 * @see RFC 5280 §4.1
 * @example readCertificate(statement.get('x5c')[0]).extensions.get(OID.fidoAaguid)
 */
export function readCertificate(der: Uint8Array): Certificate {
  check(der.length <= MAX_CERTIFICATE_BYTES, 'certificate_malformed', STEP, 'longer than any real one')
  const [tbs] = childrenOf(readOnly(der, TAG.sequence))
  const fields = childrenOf(expectTag(tbs, TAG.sequence))
  const version = fields[0]?.tag === contextTag(0) ? readNumber(readOnly(fields[0].content, TAG.integer)) + 1 : 1
  const [serial, , issuer, validity, subject, keyInfo, ...rest] = fields[0]?.tag === contextTag(0) ? fields.slice(1) : fields
  const [notBefore, notAfter] = childrenOf(expectTag(validity, TAG.sequence)).map(readTime)
  check(notBefore !== undefined && notAfter !== undefined, 'certificate_malformed', STEP, 'validity')
  const name = expectTag(subject, TAG.sequence)
  return {
    ...parse(der),
    ...{ der, version, notBefore, notAfter },
    serialNumber: hexOf(expectTag(serial, TAG.integer)),
    issuer: expectTag(issuer, TAG.sequence).bytes,
    subject: name.bytes,
    attributes: readName(name),
    keyIdentifier: keyIdentifierOf(expectTag(keyInfo, TAG.sequence)),
    extensions: readExtensions(rest.find(({ tag }) => tag === contextTag(3))),
  }
}

function keyIdentifierOf(keyInfo: DerItem): string {
  const [, bits] = childrenOf(keyInfo)
  return hash('sha1', expectTag(bits, TAG.bitString).content.subarray(1)) // the first octet counts unused bits
}

function parse(der: Uint8Array): { x509: X509Certificate; key: KeyObject } {
  try {
    const x509 = new X509Certificate(der)
    return { x509, key: x509.publicKey }
  } catch (cause) {
    throw new WebAuthnError('certificate_malformed', STEP, { cause })
  }
}

/**
 * The attributes of a Name, in order.
 *
 * @param name a SEQUENCE of relative distinguished names
 * @throws WebAuthnError `certificate_malformed`
 * @see RFC 5280 §4.1.2.4
 * @example readName(subject).find(({ type }) => type === OID.commonName)?.text
 */
export function readName(name: DerItem): Attribute[] {
  const relative = childrenOf(name).flatMap(set => childrenOf(expectTag(set, TAG.set)))
  return relative.map(attribute => {
    const [type, value] = childrenOf(expectTag(attribute, TAG.sequence))
    check(value !== undefined, 'certificate_malformed', STEP, 'an attribute of a name')
    return { type: hexOf(expectTag(type, TAG.oid)), text: Buffer.from(value.content).toString('utf8') }
  })
}

/**
 * The extensions of a certificate or of a revocation list, by their type.
 *
 * @param field the explicitly tagged field, where there is one
 * @throws WebAuthnError `certificate_malformed`
 * @see RFC 5280 §4.2, §5.2
 * @example readExtensions(fields.find(({ tag }) => tag === contextTag(3))).has(OID.keyUsage)
 */
export function readExtensions(field: DerItem | undefined): ReadonlyMap<string, Extension> {
  const extensions = new Map<string, Extension>()
  if (!field) return extensions
  for (const item of childrenOf(readOnly(field.content, TAG.sequence))) {
    const [type, ...parts] = childrenOf(expectTag(item, TAG.sequence))
    const critical = parts.length > 1 && readBoolean(expectTag(parts[0], TAG.boolean))
    const name = hexOf(expectTag(type, TAG.oid))
    check(parts.length <= 2 && !extensions.has(name), 'certificate_malformed', STEP, 'an extension')
    extensions.set(name, { critical, value: expectTag(parts.at(-1), TAG.octetString).content })
  }
  return extensions
}

/** What Basic Constraints say: nothing, or whether it is an authority and how many may follow below it (RFC 5280 §4.2.1.9). */
export function basicConstraints({ extensions }: Certificate): { isCa: boolean; pathLength: number } | undefined {
  const extension = extensions.get(OID.basicConstraints)
  if (!extension) return undefined
  const [first, second] = childrenOf(readOnly(extension.value, TAG.sequence))
  const isCa = first?.tag === TAG.boolean && readBoolean(first)
  return { isCa, pathLength: second ? readNumber(expectTag(second, TAG.integer)) : Number.POSITIVE_INFINITY }
}

/** The purposes in Extended Key Usage, empty where it is absent (RFC 5280 §4.2.1.12). */
export function extendedKeyUsage({ extensions }: Certificate): string[] {
  const extension = extensions.get(OID.extendedKeyUsage)
  return extension ? childrenOf(readOnly(extension.value, TAG.sequence)).map(hexOf) : []
}

const CRL_SIGN = 6

/** Whether Key Usage, where it is present, lets the key sign revocation lists (RFC 5280 §4.2.1.3). What cannot be read lets nothing. */
export function maySignLists({ extensions }: Certificate): boolean {
  const extension = extensions.get(OID.keyUsage)
  if (!extension) return true
  try {
    const [, bits = 0] = readOnly(extension.value, TAG.bitString).content // before them the number of unused ones
    return ((bits >> (7 - CRL_SIGN)) & 1) === 1 // bit 0 is the highest
  } catch {
    return false
  }
}
