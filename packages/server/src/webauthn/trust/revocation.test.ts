import { certificateExtension, generateJwk, publicKeyInfo, Vendor } from '@latchkey/testing/authenticator'
import { beforeAll, expect, test } from 'vitest'
import { type Certificate, OID, readCertificate } from '../certificate.ts'
import { followPath } from './path.ts'
import { judgeRevocation, type RevocationList, readRevocationList } from './revocation.ts'

/** Key Usage as DER bits: the number of unused ones, then from the highest on digitalSignature … keyCertSign (5), cRLSign (6). */
const keyUsage = (...bits: number[]): Uint8Array => Uint8Array.of(3, bits.length, ...bits)

let [leaf, issuer, root]: Certificate[] = []
let lists: RevocationList[]
/** Of the leaf's issuer and of the root, for an hour: nobody is on them. */
let empty: RevocationList[]
const HOUR = 3_600_000
const MADE = Date.UTC(2026, 0, 1)
beforeAll(async () => {
  const vendor = await Vendor.make()
  const key = { alg: -7, privateKey: await generateJwk(-7) }
  const extensions = [certificateExtension.basicConstraints(false)]
  const issued = await vendor.issue({ subject: [['CN', 'leaf']], publicKey: await publicKeyInfo(key), extensions })
  ;[leaf, issuer, root] = [...issued.x5c, vendor.root].map(readCertificate)
  const revoked = [await vendor.crl({ revoked: [issued.serial] }), await vendor.crl({ revoked: [], issuer: 'root' })]
  lists = revoked.map(readRevocationList)
  const life = { revoked: [], thisUpdate: MADE, nextUpdate: MADE + HOUR }
  empty = [await vendor.crl(life), await vendor.crl({ ...life, issuer: 'root' })].map(readRevocationList)
})

const withUsage = (value: Uint8Array): Certificate => ({
  ...(issuer as Certificate),
  extensions: new Map([...(issuer as Certificate).extensions, [OID.keyUsage, { critical: true, value }]]),
})
function judgedUnder(authority: Certificate): string[] {
  const { path, links } = followPath([leaf as Certificate, authority], [root as Certificate])
  return [path, judgeRevocation(links, lists, [], Date.now() + 1)]
}

test.each([
  ['keyCertSign and cRLSign', keyUsage(1, 0x06), 'revoked'],
  ['cRLSign and decipherOnly, in two octets', keyUsage(7, 0x02, 0x80), 'revoked'],
  ['keyCertSign alone', keyUsage(2, 0x04), 'unknown'],
  ['nothing', keyUsage(0), 'unknown'],
  ['what cannot be read', Uint8Array.of(4, 1, 0), 'unknown'],
])('a list counts only where its issuer may sign lists (RFC 5280 §6.3.3 f): %s', (_, usage, expected) => {
  expect(judgedUnder(withUsage(usage))).toEqual(['anchored', expected])
})

test('a list says that a certificate is good from its first moment to its last', () => {
  const { links } = followPath([leaf as Certificate, issuer as Certificate], [root as Certificate])
  const judged = [MADE - 1, MADE, MADE + HOUR, MADE + HOUR + 1].map(now => judgeRevocation(links, empty, [], now))
  expect(judged).toEqual(['unknown', 'good', 'good', 'unknown'])
})

test('an issuer that says nothing of its key may', () => {
  const { extensions, ...rest } = issuer as Certificate
  const silent = { ...rest, extensions: new Map([...extensions].filter(([type]) => type !== OID.keyUsage)) }
  expect(judgedUnder(silent)).toEqual(['anchored', 'revoked'])
})

test('a list that is no bytes is an expectation that cannot be met', () => {
  for (const list of ['', undefined])
    expect(() => readRevocationList(list as never)).toThrow(expect.objectContaining({ reason: 'expected_invalid' }))
})

test.each([
  ['of 8 MiB is read', 8 * 1024 * 1024, 'certificate_malformed'],
  ['of more is refused unread', 8 * 1024 * 1024 + 1, 'expected_invalid'],
])('a list %s', (_, length, reason) => {
  expect(() => readRevocationList(new Uint8Array(length))).toThrow(expect.objectContaining({ reason }))
})
