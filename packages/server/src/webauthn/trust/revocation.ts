import { type KeyObject, verify } from 'node:crypto'
import { sameBytes } from '../bytes.ts'
import { type Certificate, maySignLists, readExtensions } from '../certificate.ts'
import { childrenOf, contextTag, expectTag, hexOf, readItem, readOnly, readTime, TAG } from '../der.ts'
import { check } from '../error.ts'
import type { Link } from './path.ts'

/** What lists that were handed in say about a path. `unknown`: some certificate is on no current list of its issuer. */
export type Revocation = 'good' | 'revoked' | 'unknown'

/** A certificate revocation list (RFC 5280 §5.1). */
export interface RevocationList {
  readonly issuer: Uint8Array
  /** Epoch milliseconds. */
  readonly thisUpdate: number
  readonly nextUpdate: number
  readonly serialNumbers: ReadonlySet<string>
  readonly signed: Uint8Array
  readonly algorithm: string
  readonly signature: Uint8Array
}

const STEP = '§7.1 step 25 (RFC 5280 §5)'
const MAX_LIST_BYTES = 8 * 1024 * 1024
/** Signature algorithms by OID: sha256/384/512WithRSAEncryption, ecdsa-with-SHA256/384/512. A list signed with another says nothing. */
const DIGESTS: ReadonlyMap<string, string> = new Map([
  ['2a864886f70d01010b', 'sha256'],
  ['2a864886f70d01010c', 'sha384'],
  ['2a864886f70d01010d', 'sha512'],
  ['2a8648ce3d040302', 'sha256'],
  ['2a8648ce3d040303', 'sha384'],
  ['2a8648ce3d040304', 'sha512'],
])

/**
 * Judges whether a path was revoked, by lists alone.
 *
 * @param links from `followPath`; `lists` from `readRevocationList`; `serialNumbers` of revoked certificates, hexadecimal, as Google publishes those
 * of Android; `now` epoch milliseconds
 * @see WebAuthn L3 §7.1 step 25, RFC 5280 §6.3
 * @example judgeRevocation(links, [list], [], Date.now()) // 'good'
 */
export function judgeRevocation(
  links: readonly Link[],
  lists: readonly RevocationList[],
  serialNumbers: readonly string[],
  now: number,
): Revocation {
  const revoked = new Set(serialNumbers.map(normalized))
  if (links.some(({ certificate }) => revoked.has(normalized(certificate.serialNumber)))) return 'revoked'
  const states = links.flatMap(({ certificate, issuer }) => (issuer ? [stateOf(certificate, issuer, lists, now)] : []))
  if (states.includes('revoked')) return 'revoked'
  return states.length > 0 && states.every(state => state === 'good') ? 'good' : 'unknown'
}

/** Lower case, without the zeros that a positive number has in front in DER and not elsewhere. */
function normalized(serialNumber: string): string {
  return serialNumber.toLowerCase().replace(/^0+/, '')
}

/** Only a list of now says that a certificate is good; what an older one revoked stays revoked. */
function stateOf(certificate: Certificate, issuer: Certificate, lists: readonly RevocationList[], now: number): Revocation {
  if (!maySignLists(issuer)) return 'unknown' // RFC 5280 §6.3.3 f
  const issued = lists.filter(list => list.thisUpdate <= now && sameBytes(list.issuer, certificate.issuer) && isSignedBy(list, issuer.key))
  if (issued.some(list => list.serialNumbers.has(certificate.serialNumber))) return 'revoked'
  return issued.some(list => now <= list.nextUpdate) ? 'good' : 'unknown'
}

/**
 * Reads a certificate revocation list, once for all the registrations that it is then good for. Whether its issuer signed it is seen
 * when a certificate of that issuer is judged.
 *
 * @param der the list, at most 8 MiB
 * @throws WebAuthnError `certificate_malformed`, `expected_invalid`
 * @see RFC 5280 §5.1
 * @example const crls = [readRevocationList(readFileSync('vendor.crl'))]
 */
export function readRevocationList(der: Uint8Array): RevocationList {
  check(der instanceof Uint8Array && der.length <= MAX_LIST_BYTES, 'expected_invalid', STEP, 'a revocation list')
  const [tbs, algorithm, signature] = childrenOf(readOnly(der, TAG.sequence))
  const fields = childrenOf(expectTag(tbs, TAG.sequence))
  const [, issuer, thisUpdate, ...rest] = fields[0]?.tag === TAG.integer ? fields.slice(1) : fields
  const [nextUpdate, revoked] = rest
  const extensions = readExtensions(rest.find(({ tag }) => tag === contextTag(0)))
  // RFC 5280 §5.2: such a list must not be used, be it a list of changes alone or one for a part of the certificates
  const understood = [...extensions.values()].every(({ critical }) => !critical)
  check(understood, 'expected_invalid', STEP, 'a critical extension of a revocation list')
  return {
    issuer: expectTag(issuer, TAG.sequence).bytes,
    thisUpdate: readTime(thisUpdate),
    nextUpdate: readTime(nextUpdate),
    serialNumbers: revoked?.tag === TAG.sequence ? serialsOf(revoked.content) : new Set(),
    signed: expectTag(tbs, TAG.sequence).bytes,
    algorithm: hexOf(expectTag(childrenOf(expectTag(algorithm, TAG.sequence))[0], TAG.oid)),
    signature: expectTag(signature, TAG.bitString).content.subarray(1), // the first octet counts unused bits: none
  }
}

/** One by one, without lists in between: there may be hundreds of thousands. */
function serialsOf(entries: Uint8Array): Set<string> {
  const serials = new Set<string>()
  for (let at = 0; at < entries.length; ) {
    const entry = expectTag(readItem(entries, at), TAG.sequence)
    serials.add(hexOf(expectTag(readItem(entry.content, 0), TAG.integer)))
    at += entry.bytes.length
  }
  return serials
}

function isSignedBy({ algorithm, signed, signature }: RevocationList, key: KeyObject): boolean {
  const digest = DIGESTS.get(algorithm)
  try {
    return digest !== undefined && verify(digest, signed, key, signature)
  } catch {
    return false
  }
}
