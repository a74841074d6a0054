import type { Authority } from './authority.ts'
import { type Bytes, concatBytes, uint } from './bytes.ts'
import {
  type CertificateExtension,
  distinguishedName,
  extension,
  extensionList,
  signatureAlgorithm,
  signedDer,
  x509Time,
} from './certificate.ts'
import { generateJwk } from './cose.ts'
import { der } from './der.ts'

/**
 * One thing wrong with a revocation list:
 * - `wrong-key`: signed by another key; name and key identifier are right
 * - `altered`: one bit of the last byte before the signature, after signing
 * - `other-issuer`: another name of the issuer
 * - `next-update-missing`: no end, which RFC 5280 §5.1.2.5 does not allow
 * - `unknown-critical-extension`; `delta`: a list of changes alone (§5.2.4)
 * - `trailing-bytes`, `cut-short`, `not-a-crl`: no such list at all
 */
export type CrlDefect =
  | 'wrong-key'
  | 'altered'
  | 'other-issuer'
  | 'next-update-missing'
  | 'unknown-critical-extension'
  | 'delta'
  | 'trailing-bytes'
  | 'cut-short'
  | 'not-a-crl'

/** A revocation list to be made. Times are in milliseconds since the epoch. */
export interface CrlOptions {
  /** Serial numbers, unsigned, most significant byte first; revoked at `thisUpdate`. */
  revoked: readonly Bytes[]
  /** Now unless told. */
  thisUpdate?: number
  /** A week after `thisUpdate` unless told. */
  nextUpdate?: number
  /** Whose certificates it is about; the intermediate's unless told, or the root's where there is none. */
  issuer?: 'root' | 'intermediate'
  /** The list's number; 1 unless told. */
  number?: number
  defect?: CrlDefect
}

const extraExtensions: Partial<Record<CrlDefect, CertificateExtension>> = {
  'unknown-critical-extension': { oid: '1.3.6.1.4.1.99999.1', critical: true, value: der.null() },
  delta: { oid: '2.5.29.27', critical: true, value: der.integer(1) },
}

const breakBytes: Partial<Record<CrlDefect, (list: Bytes) => Bytes>> = {
  'trailing-bytes': list => concatBytes(list, uint(0, 1)),
  'cut-short': list => list.slice(0, -1),
  'not-a-crl': () => der.sequence(der.utf8String('no list')),
}

/** CertificateList (RFC 5280 §5.1), version 2. */
export async function makeCrl(authority: Authority, options: CrlOptions): Promise<Bytes> {
  const { defect } = options
  const content = listContent(authority, options)
  const { alg } = authority.key
  const list = await signedDer(content, defect === 'wrong-key' ? { alg, privateKey: await generateJwk(alg) } : authority.key)
  if (defect === 'altered') return flipLastBitOf(list, content)
  return (defect && breakBytes[defect]?.(list)) ?? list
}

function listContent(authority: Authority, { revoked, thisUpdate = Date.now(), nextUpdate, number = 1, defect }: CrlOptions): Bytes {
  const extra = defect && extraExtensions[defect]
  const entries = revoked.map(serial => der.sequence(der.integer(serial), x509Time(thisUpdate)))
  const extensions = [
    extension.authorityKeyIdentifier(authority.keyId),
    { oid: '2.5.29.20', value: der.integer(number) },
    ...(extra ? [extra] : []),
  ]
  return der.sequence(
    der.integer(1),
    signatureAlgorithm(authority.key),
    defect === 'other-issuer' ? distinguishedName([['CN', 'Somebody Else']]) : authority.name,
    x509Time(thisUpdate),
    ...(defect === 'next-update-missing' ? [] : [x509Time(nextUpdate ?? thisUpdate + 7 * 86_400_000)]),
    ...(entries.length > 0 ? [der.sequence(...entries)] : []),
    der.explicit(0, extensionList(extensions)),
  )
}

/** The content ends with an extension's value (the list's number), so the list still parses. */
function flipLastBitOf(list: Bytes, content: Bytes): Bytes {
  const length = list[1] ?? 0
  const headLength = length & 0x80 ? 2 + (length & 0x7f) : 2
  const last = headLength + content.length - 1
  return list.map((byte, index) => (index === last ? byte ^ 1 : byte))
}
