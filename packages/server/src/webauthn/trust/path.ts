import { sameBytes } from '../bytes.ts'
import { basicConstraints, type Certificate, OID } from '../certificate.ts'

/** A certification path, judged without asking anybody (RFC 5280 §6, as far as attestation needs it). */
export interface PathFacts {
  /**
   * `anchored`: it ends at a root that was handed in. `unanchored`: it holds, but ends nowhere known. `broken`: one of its
   * certificates was not issued by the next, or says something critical that is not understood here.
   */
  readonly path: 'anchored' | 'unanchored' | 'broken'
  /** By the times in the certificates, at the moment that was handed in. */
  readonly validity: 'valid' | 'expired' | 'not_yet_valid'
}

/** The extensions whose meaning is heeded, or does not matter for attestation: any other, if critical, breaks the path. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  OID.basicConstraints,
  OID.keyUsage,
  OID.extendedKeyUsage,
  OID.subjectAlternativeName,
  OID.certificatePolicies,
  OID.fidoAaguid,
  OID.androidKeyDescription,
  OID.appleNonce,
])

/**
 * Follows a path from its leaf, in the order in which it stands, to the first anchor.
 *
 * @param path the certificates of a statement, leaf first; `anchors` the roots; a certificate of the path may itself be one
 * @returns the certificates to judge, each with its issuer where that is known, and whether they hold together. An anchor above them is
 * not judged itself: it is a name and a key, and its own dates are nobody's promise (RFC 5280 §6.1.1 d)
 * @see WebAuthn L3 §7.1 step 25, RFC 5280 §6.1
 * @example followPath([leaf, intermediate], [root]).path // 'anchored'
 */
export function followPath(path: readonly Certificate[], anchors: readonly Certificate[]): Followed {
  const links: Link[] = []
  let below = 0
  for (const [depth, certificate] of path.entries()) {
    const self = anchors.find(({ der }) => sameBytes(der, certificate.der))
    if (self) return { path: 'anchored', anchor: self, links: depth === 0 ? [{ certificate }] : links }
    if (!isUnderstood(certificate)) return { path: 'broken', links: [...links, { certificate }] }
    // RFC 5280 §6.1.4 l: one that an authority issued to itself, to change its key, does not make the path longer
    if (depth > 0 && !sameBytes(certificate.issuer, certificate.subject)) below++
    const anchor = anchors.find(candidate => hasIssued(candidate, certificate, below))
    const issuer = anchor ?? path[depth + 1]
    links.push({ certificate, ...(issuer && { issuer }) })
    if (anchor) return { path: 'anchored', anchor, links }
    if (issuer && !hasIssued(issuer, certificate, below)) return { path: 'broken', links }
  }
  return { path: 'unanchored', links }
}

/** A path that was followed. */
export interface Followed {
  readonly path: PathFacts['path']
  /** Where it ended. */
  readonly anchor?: Certificate
  readonly links: readonly Link[]
}

/** A certificate of a path, and the one that issued it. */
export interface Link {
  readonly certificate: Certificate
  readonly issuer?: Certificate
}

function isUnderstood({ extensions }: Certificate): boolean {
  return [...extensions].every(([type, { critical }]) => !critical || UNDERSTOOD.has(type))
}

/**
 * Name, key identifier, key usage, authority, depth and signature (RFC 5280 §6.1.3, §6.1.4). What cannot be read issues nothing: one odd
 * root among those handed in must not end a registration that has nothing to do with it.
 *
 * @param below how many authorities stand between the issuer and the leaf
 */
function hasIssued(issuer: Certificate, certificate: Certificate, below: number): boolean {
  try {
    if (!certificate.x509.checkIssued(issuer.x509) || !certificate.x509.verify(issuer.key)) return false
    const constraints = basicConstraints(issuer)
    return constraints?.isCa === true && constraints.pathLength >= below
  } catch {
    return false
  }
}

/**
 * Judges the times of all certificates of a path.
 *
 * @param links from `followPath`; `now` epoch milliseconds
 * @see RFC 5280 §4.1.2.5
 * @example judgeValidity(links, Date.now())
 */
export function judgeValidity(links: readonly Link[], now: number): PathFacts['validity'] {
  if (links.some(({ certificate }) => certificate.notAfter < now)) return 'expired'
  return links.some(({ certificate }) => certificate.notBefore > now) ? 'not_yet_valid' : 'valid'
}
