import { createPublicKey, generateKeyPairSync, verify, X509Certificate } from 'node:crypto'
import { AsnConvert } from '@peculiar/asn1-schema'
import { Certificate, CertificateList } from '@peculiar/asn1-x509'
import { describe, expect, test } from 'vitest'
import { der, type MetadataBlobDefect, Vendor } from './authenticator.ts'

const vendor = await Vendor.make()
const root = new X509Certificate(vendor.root)
const intermediate = new X509Certificate(vendor.intermediates[0]!)
const publicKey = new Uint8Array(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'der', type: 'spki' }))
const request = { subject: [['CN', 'Example']] as const, publicKey }
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('authorities', () => {
  test('a root that signs itself, and an intermediate below it', () => {
    expect([root.ca, root.verify(root.publicKey), root.checkIssued(root)]).toEqual([true, true, true])
    expect([intermediate.ca, intermediate.verify(root.publicKey), intermediate.checkIssued(root)]).toEqual([true, true, true])
  })

  test('leaves have serial numbers that are known', async () => {
    const issued = await vendor.issue(request)
    const leaf = new X509Certificate(issued.certificate)
    expect(leaf.serialNumber.toLowerCase()).toBe(hex(vendor.lastSerial!))
    expect(vendor.lastSerial).toEqual(issued.serial)
    expect(leaf.verify(intermediate.publicKey)).toBe(true)
    expect(issued.x5c.map(hex)).toEqual([hex(issued.certificate), hex(vendor.intermediates[0]!)])
  })

  test('leaves live from a day ago to ten years ahead, or as told', async () => {
    const usual = new X509Certificate((await vendor.issue(request)).certificate)
    expect(Date.parse(usual.validFrom)).toBeLessThan(Date.now())
    expect(Date.parse(usual.validTo) - Date.now()).toBeGreaterThan(3600 * 86_400_000)
    const told = await Vendor.make({ notBefore: Date.UTC(2020, 1, 3), notAfter: Date.UTC(2060, 4, 5) })
    const leaf = new X509Certificate((await told.issue(request)).certificate)
    expect([Date.parse(leaf.validFrom), Date.parse(leaf.validTo)]).toEqual([Date.UTC(2020, 1, 3), Date.UTC(2060, 4, 5)])
  })

  test('certificates survive a round trip through another ASN.1 library, byte by byte', async () => {
    for (const bytes of [vendor.root, vendor.intermediates[0]!, (await vendor.issue(request)).certificate]) {
      expect(hex(new Uint8Array(AsnConvert.serialize(AsnConvert.parse(bytes, Certificate))))).toBe(hex(bytes))
    }
  })
})

describe('revocation lists', () => {
  const thisUpdate = Date.UTC(2026, 0, 1)
  const options = { revoked: [Uint8Array.of(0x12, 0x34), Uint8Array.of(0xff)], thisUpdate, nextUpdate: Date.UTC(2026, 0, 8) }
  const parsed = (list: Uint8Array): CertificateList => AsnConvert.parse(list, CertificateList)
  const header = (bytes: Uint8Array): number => (bytes[1]! & 0x80 ? 2 + (bytes[1]! & 0x7f) : 2)
  const length = (bytes: Uint8Array): number => bytes.subarray(2, header(bytes)).reduce((sum, byte) => sum * 256 + byte, 0) || bytes[1]!
  const isSigned = (list: Uint8Array, issuer: X509Certificate): boolean => {
    const inside = list.subarray(header(list))
    const content = inside.subarray(0, header(inside) + length(inside))
    return verify('sha256', content, issuer.publicKey, new Uint8Array(parsed(list).signature))
  }

  test('name the serial numbers, and are signed by the issuer', async () => {
    const list = await vendor.crl(options)
    const { tbsCertList } = parsed(list)
    expect(tbsCertList.revokedCertificates?.map(entry => hex(new Uint8Array(entry.userCertificate)))).toEqual(['1234', '00ff'])
    expect([tbsCertList.version, tbsCertList.thisUpdate.getTime().valueOf(), tbsCertList.nextUpdate?.getTime().valueOf()]).toEqual([
      1,
      options.thisUpdate,
      options.nextUpdate,
    ])
    expect([isSigned(list, intermediate), isSigned(list, root)]).toEqual([true, false])
    expect(isSigned(await vendor.crl({ ...options, issuer: 'root' }), root)).toBe(true)
    expect(parsed(await vendor.crl({ revoked: [] })).tbsCertList.revokedCertificates ?? []).toEqual([])
  })

  test('with one thing wrong', async () => {
    for (const defect of ['wrong-key', 'altered'] as const)
      expect(isSigned(await vendor.crl({ ...options, defect }), intermediate)).toBe(false)
    for (const defect of ['other-issuer', 'next-update-missing', 'unknown-critical-extension', 'delta'] as const) {
      expect(isSigned(await vendor.crl({ ...options, defect }), intermediate)).toBe(true)
    }
    expect(parsed(await vendor.crl({ ...options, defect: 'next-update-missing' })).tbsCertList.nextUpdate).toBeUndefined()
    const critical = parsed(await vendor.crl({ ...options, defect: 'delta' })).tbsCertList.crlExtensions?.filter(one => one.critical)
    expect(critical?.map(one => one.extnID)).toEqual(['2.5.29.27'])
    expect((await vendor.crl({ ...options, defect: 'trailing-bytes' })).at(-1)).toBe(0)
    for (const defect of ['not-a-crl', 'cut-short'] as const) {
      const list = await vendor.crl({ ...options, defect })
      expect(() => parsed(list)).toThrow()
    }
  })
})

describe('metadata BLOBs', () => {
  const payload = { legalHeader: 'None.', no: 7, nextUpdate: '2030-01-01', entries: [] }
  const read = (blob: string): { header: Record<string, unknown>; leaf: X509Certificate | undefined; valid: boolean; text: string } => {
    const [head = '', body = '', signature = ''] = blob.split('.')
    const header = JSON.parse(Buffer.from(head, 'base64url').toString())
    const leaf = header.x5c && new X509Certificate(Buffer.from(header.x5c[0], 'base64'))
    const key = leaf && { key: leaf.publicKey, dsaEncoding: 'ieee-p1363' as const }
    const valid = leaf !== undefined && verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'))
    return { header, leaf, valid, text: Buffer.from(body, 'base64url').toString() }
  }

  test('are signed with RS256 or ES256 by a certificate of the service', async () => {
    for (const alg of ['RS256', 'ES256'] as const) {
      const { header, leaf, valid, text } = read(await vendor.metadataBlob(payload, { alg }))
      expect([header.alg, header.typ, valid]).toEqual([alg, 'JWT', true])
      expect(JSON.parse(text)).toEqual(payload)
      expect([leaf?.subject, leaf?.subjectAltName]).toEqual(['CN=mds.fidoalliance.org', 'DNS:mds.fidoalliance.org'])
      expect(leaf?.verify(intermediate.publicKey)).toBe(true)
    }
  })

  const defects: [MetadataBlobDefect, (blob: ReturnType<typeof read>) => unknown, unknown][] = [
    ['signature-altered', blob => blob.valid, false],
    ['alg-none', blob => [blob.header.alg, blob.valid], ['none', false]],
    ['alg-differs', blob => [blob.header.alg, blob.valid], ['ES256', true]],
    ['x5c-missing', blob => blob.leaf, undefined],
    ['other-root', blob => [blob.valid, blob.leaf?.verify(intermediate.publicKey)], [true, false]],
    ['leaf-expired', blob => [blob.valid, Date.parse(blob.leaf?.validTo ?? '') < Date.now()], [true, true]],
    ['other-hostname', blob => [blob.valid, blob.leaf?.subjectAltName], [true, 'DNS:mds.example.org']],
    ['payload-not-json', blob => [blob.valid, blob.text.endsWith('}')], [true, false]],
  ]
  for (const [defect, look, expected] of defects) {
    test(`with ${defect}`, async () => {
      expect(look(read(await vendor.metadataBlob(payload, { defect })))).toEqual(expected)
    })
  }
})

describe('DER', () => {
  const rows: [string, Uint8Array, string][] = [
    ['zero', der.integer(0), '020100'],
    ['a positive number whose first bit is set', der.integer(128), '02020080'],
    ['bytes with zeros in front', der.integer(Uint8Array.of(0, 0, 1)), '020101'],
    ['a large number', der.integer(2n ** 64n), '0209010000000000000000'],
    ['an object identifier', der.oid('2.23.133.8.3'), '06056781050803'],
    ['a tag of 31 and more', der.explicit(702, der.null()), 'bf853e020500'],
    ['an implicit tag', der.implicit(2, Uint8Array.of(1)), '820101'],
    ['a set, in order', der.set(der.integer(2), der.integer(1), der.null()), '3108020101020102' + '0500'],
    ['bits', der.bitString(Uint8Array.of(6), 1), '03020106'],
    ['a long length', der.octetString(new Uint8Array(200)).subarray(0, 3), '0481c8'],
    ['a longer length', der.octetString(new Uint8Array(256)).subarray(0, 4), '04820100'],
    ['a time before 2050', der.utcTime(Date.UTC(2049, 11, 31, 23, 59, 59, 999)), `170d${hex(Buffer.from('491231235959Z'))}`],
    ['a time after', der.generalizedTime(Date.UTC(2050, 0, 1)), `180f${hex(Buffer.from('20500101000000Z'))}`],
  ]
  for (const [name, bytes, expected] of rows) test(name, () => expect(hex(bytes)).toBe(expected))

  test('refuses what it cannot write', () => {
    expect(() => der.utcTime(Date.UTC(2050, 0, 1))).toThrow(RangeError)
    expect(() => der.oid('1')).toThrow(TypeError)
    expect(() => createPublicKey({ key: Buffer.from(der.null()), format: 'der', type: 'spki' })).toThrow()
  })
})
