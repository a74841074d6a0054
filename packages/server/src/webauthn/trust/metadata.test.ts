import { X509Certificate } from 'node:crypto'
import { rootCertificates } from 'node:tls'
import { type AttestationFormat, type MetadataBlobDefect, SoftwareAuthenticator, Vendor } from '@latchkey/testing/authenticator'
import { beforeAll, describe, expect, test } from 'vitest'
import { readCertificate } from '../certificate.ts'
import {
  type AttestationPolicy,
  FIDO_METADATA_ROOT,
  type MetadataOptions,
  readMetadata,
  verifyRegistration,
  WebAuthnError,
} from '../index.ts'

const aaguid = '01020304-0506-0708-090a-0b0c0d0e0f10'
const challenge = 'kJBEXQJmL1Yv4zzsVBEVYPXeMKIk6ds4ErqpJPKFRaE'
const now = Date.now()

let service: Vendor
let vendor: Vendor
beforeAll(async () => {
  ;[service, vendor] = await Promise.all([Vendor.make({ caKey: 'RS256' }), Vendor.make()])
})

const report = (status: string): object => ({ status, effectiveDate: '2026-01-01' })

function payloadWith(statuses: string[], changes: object = {}): object {
  const metadataStatement = {
    description: 'Example Key',
    attestationRootCertificates: [Buffer.from(vendor.root).toString('base64')],
  }
  const entry = { aaguid, metadataStatement, statusReports: statuses.map(report), timeOfLastStatusChange: '2026-01-01' }
  const older = { aaid: '1234#5678', statusReports: [report('FIDO_CERTIFIED')], timeOfLastStatusChange: '2020-01-01' }
  return { legalHeader: 'An example', no: 86, nextUpdate: '2030-01-01', entries: [older, entry], ...changes }
}

const read = (blob: unknown, options: Partial<MetadataOptions> = {}) =>
  readMetadata(blob as string, { now, roots: [service.root], ...options })

async function reasonOf(blob: Promise<string> | unknown, options: Partial<MetadataOptions> = {}): Promise<string> {
  const text = await blob
  try {
    read(text, options)
  } catch (error) {
    if (error instanceof WebAuthnError) return error.reason
    throw error
  }
  return 'accepted'
}

async function registration(misbehave = {}, attestation: AttestationFormat = 'packed', attestationOptions = {}) {
  const authenticator = new SoftwareAuthenticator({ origin: 'https://example.org', attestation, vendor, aaguid, attestationOptions })
  const user = { id: 'dXNlcg', name: 'ada', displayName: 'Ada' }
  const options = { rp: { id: 'example.org', name: 'E' }, user, challenge, pubKeyCredParams: [{ type: 'public-key', alg: -7 }] }
  return await authenticator.create(options, misbehave)
}

const judge = (response: unknown, attestation: AttestationPolicy, at = now) =>
  verifyRegistration(response, { challenge, origins: ['https://example.org'], rpId: 'example.org', attestation, now: at }).attestation

describe('the FIDO metadata blob', () => {
  test('is read, and says what it knows about a model', async () => {
    const metadata = read(await service.metadataBlob(payloadWith(['NOT_FIDO_CERTIFIED', 'FIDO_CERTIFIED_L1', 'FIDO_CERTIFIED_L2'])))
    expect(metadata).toMatchObject({ no: 86, nextUpdate: Date.UTC(2030, 0, 1), legalHeader: 'An example', size: 2 })
    expect(metadata.find(aaguid)).toMatchObject({
      ...{ aaguid, description: 'Example Key', compromised: false, certification: 'FIDO_CERTIFIED_L2' },
      statuses: ['NOT_FIDO_CERTIFIED', 'FIDO_CERTIFIED_L1', 'FIDO_CERTIFIED_L2'],
    })
    expect(metadata.find('00000000-0000-0000-0000-000000000000')).toBeUndefined()
  })

  test('with white space around it, as files have, and signed with ECDSA', async () => {
    expect(await reasonOf(`${await service.metadataBlob(payloadWith([]))}\n`)).toBe('accepted')
    const other = await Vendor.make({ caKey: 'ES256', intermediates: 0 })
    expect(await reasonOf(other.metadataBlob(payloadWith([]), { alg: 'ES256' }), { roots: [other.root] })).toBe('accepted')
  })

  const defects: [MetadataBlobDefect, string][] = [
    ['signature-altered', 'metadata_untrusted'],
    ['alg-none', 'metadata_malformed'],
    ['alg-differs', 'metadata_untrusted'],
    ['x5c-missing', 'metadata_malformed'],
    ['other-root', 'metadata_untrusted'],
    ['leaf-expired', 'metadata_untrusted'],
    ['other-hostname', 'metadata_untrusted'],
    ['payload-not-json', 'metadata_malformed'],
  ]
  test.each(defects)('is refused with %s', async (defect, reason) => {
    expect(await reasonOf(service.metadataBlob(payloadWith([]), { defect }))).toBe(reason)
  })

  test('is refused under the pinned root, which did not sign it', async () => {
    expect(await reasonOf(service.metadataBlob(payloadWith([])), { roots: undefined })).toBe('metadata_untrusted')
  })

  test('is refused when its number goes down, and taken when it stays', async () => {
    const blob = service.metadataBlob(payloadWith([]))
    expect(await reasonOf(blob, { previousNo: 85 })).toBe('accepted')
    expect(await reasonOf(blob, { previousNo: 86 })).toBe('accepted')
    expect(await reasonOf(blob, { previousNo: 87 })).toBe('metadata_rolled_back')
  })

  test.each([
    ['no number', { no: undefined }],
    ['a number in text', { no: '86' }],
    ['half a number', { no: 86.5 }],
    ['a day that is none', { nextUpdate: '2030-13-01' }],
    ['no day', { nextUpdate: undefined }],
    ['no entries', { entries: undefined }],
    ['an entry that is none', { entries: ['entry'] }],
    ['nothing for an entry', { entries: [null] }],
    ['nothing for a statement', { entries: [{ aaguid, statusReports: [], metadataStatement: null }] }],
    ['an entry without status reports', { entries: [{ aaguid }] }],
    ['a status report that is none', { entries: [{ aaguid, statusReports: ['REVOKED'] }] }],
    ['roots that are no list', { entries: [{ aaguid, statusReports: [], metadataStatement: { attestationRootCertificates: 'x' } }] }],
  ])('is refused with %s', async (_, changes) => {
    expect(await reasonOf(service.metadataBlob(payloadWith([], changes)))).toBe('metadata_malformed')
  })

  test.each([
    ['nothing', undefined],
    ['a number', 1],
    ['no JWT', 'blob'],
    ['four parts', 'a.b.c.d'],
    ['no base64url', 'a.b.c='],
    ['three dots', '..'],
  ])('is refused when it is %s', async (_, blob) => {
    expect(await reasonOf(blob)).toBe('metadata_malformed')
  })

  test('needs a moment to be judged at', async () => {
    expect(await reasonOf(service.metadataBlob(payloadWith([])), { now: undefined as never })).toBe('expected_invalid')
    expect(() => readMetadata('a.b.c', undefined as never)).toThrow(WebAuthnError)
  })
})

describe('a model in the metadata', () => {
  test('is trusted by the roots of its entry alone', async () => {
    const metadata = read(await service.metadataBlob(payloadWith(['FIDO_CERTIFIED_L1'])))
    const facts = judge(await registration(), { policy: 'require', metadata })
    expect(facts).toMatchObject({ trust: 'trusted', metadataOverdue: false, model: { description: 'Example Key' } })
  })

  test('that is not in it is not trusted', async () => {
    const metadata = read(await service.metadataBlob(payloadWith([], { entries: [] })))
    expect(judge(await registration(), { policy: 'record', metadata })).toMatchObject({ trust: 'untrusted', path: 'unanchored' })
  })

  test.each([
    'USER_VERIFICATION_BYPASS',
    'ATTESTATION_KEY_COMPROMISE',
    'USER_KEY_REMOTE_COMPROMISE',
    'USER_KEY_PHYSICAL_COMPROMISE',
    'REVOKED',
  ])('that was reported with %s is refused, even with a later certification', async status => {
    const metadata = read(await service.metadataBlob(payloadWith([status, 'UPDATE_AVAILABLE', 'FIDO_CERTIFIED_L1'])))
    const response = await registration()
    expect(judge(response, { policy: 'record', metadata })).toMatchObject({ trust: 'untrusted', model: { compromised: true } })
    expect(() => judge(response, { policy: 'require', metadata })).toThrow(/reported as compromised/)
    expect(judge(response, { policy: 'none' }).trust).toBe('unjudged')
  })

  test('an update alone is no compromise', async () => {
    const metadata = read(await service.metadataBlob(payloadWith(['FIDO_CERTIFIED', 'UPDATE_AVAILABLE'])))
    expect(metadata.find(aaguid)).toMatchObject({ compromised: false, certification: 'FIDO_CERTIFIED' })
  })

  test('a model of the older protocol is found by the key of its certificate, never by the AAGUID that it claims', async () => {
    const device = new SoftwareAuthenticator({ origin: 'https://example.org', attestation: 'fido-u2f', vendor, aaguid })
    const user = { id: 'dXNlcg', name: 'ada', displayName: 'Ada' }
    const pubKeyCredParams = [{ type: 'public-key', alg: -7 }]
    const response = await device.create({ rp: { id: 'example.org', name: 'E' }, user, challenge, pubKeyCredParams })
    const [leaf = new Uint8Array()] = judge(response, { policy: 'none' }).certificates
    const attestationCertificateKeyIdentifiers = [readCertificate(leaf).keyIdentifier]
    const metadataStatement = { description: 'Old key', attestationRootCertificates: [Buffer.from(vendor.root).toString('base64')] }
    const old = { attestationCertificateKeyIdentifiers, metadataStatement, statusReports: [report('FIDO_CERTIFIED')] }
    const blob = async (entries: object[]) => read(await service.metadataBlob(payloadWith([], { entries })))
    const metadata = await blob([old])
    expect(judge(response, { policy: 'require', metadata })).toMatchObject({
      trust: 'trusted',
      aaguidVouched: false,
      model: { description: 'Old key' },
    })
    expect(() => judge(response, { policy: 'require', metadata, aaguids: [aaguid] })).toThrow(/not one of those that are allowed/)
    const revoked = await blob([{ ...old, statusReports: [report('REVOKED')] }])
    expect(() => judge(response, { policy: 'require', metadata: revoked })).toThrow(/reported as compromised/)
    const named = read(await service.metadataBlob(payloadWith(['FIDO_CERTIFIED'])))
    expect(judge(response, { policy: 'record', metadata: named })).toMatchObject({ trust: 'untrusted', path: 'unanchored' })
  })

  test.each(['android-key', 'tpm', 'apple'] as const)(
    '%s: an AAGUID that software wrote counts if the chain ends at a root of that model',
    async format => {
      const made = () => registration({}, format, { certificateNamesModel: false })
      const policy = { policy: 'require', roots: [vendor.root], aaguids: [aaguid] } as const
      await expect(made().then(response => judge(response, policy))).rejects.toThrow(/does not say which model/)
      const metadata = read(await service.metadataBlob(payloadWith(['FIDO_CERTIFIED'])))
      expect(judge(await made(), { ...policy, metadata })).toMatchObject({ trust: 'trusted', aaguidVouched: true, model: { aaguid } })
    },
  )

  test("a maker's key is not believed about a model that the metadata knows under other roots", async () => {
    const [response, named] = [await registration({}, 'packed', { certificateNamesModel: false }), await registration()]
    const other = await Vendor.make({ intermediates: 0 })
    const entry = {
      aaguid,
      statusReports: [],
      metadataStatement: { attestationRootCertificates: [Buffer.from(other.root).toString('base64')] },
    }
    const foreign = read(await service.metadataBlob(payloadWith([], { entries: [entry] })))
    const own = read(await service.metadataBlob(payloadWith([])))
    const policy = { policy: 'require', roots: [vendor.root], aaguids: [aaguid] } as const
    expect(judge(response, policy)).toMatchObject({ aaguidVouched: true })
    expect(judge(response, { ...policy, metadata: own })).toMatchObject({ aaguidVouched: true, model: { aaguid } })
    expect(() => judge(response, { ...policy, metadata: foreign })).toThrow(/does not say which model/)
    expect(judge(named, { ...policy, metadata: foreign })).toMatchObject({ aaguidVouched: true })
  })

  test('metadata past its day still serves, and says so', async () => {
    const metadata = read(await service.metadataBlob(payloadWith([], { nextUpdate: '2026-01-01' })))
    expect(judge(await registration(), { policy: 'require', metadata }).metadataOverdue).toBe(true)
  })

  test('one unreadable root does not close registration', async () => {
    const roots = [Buffer.from('no certificate').toString('base64'), Buffer.from(vendor.root).toString('base64')]
    const entry = { aaguid, statusReports: [], metadataStatement: { attestationRootCertificates: roots } }
    const metadata = read(await service.metadataBlob(payloadWith([], { entries: [entry] })))
    expect(judge(await registration(), { policy: 'require', metadata }).trust).toBe('trusted')
  })
})

test('the pinned root is the one that the platforms know', () => {
  const pinned = new X509Certificate(FIDO_METADATA_ROOT)
  expect(pinned.fingerprint256).toBe('CB:B5:22:D7:B7:F1:27:AD:6A:01:13:86:5B:DF:1C:D4:10:2E:7D:07:59:AF:63:5A:7C:F4:72:0D:C9:63:C5:3B')
  expect(pinned.ca && pinned.verify(pinned.publicKey)).toBe(true)
  const bundled = rootCertificates.map(pem => new X509Certificate(pem).fingerprint256)
  expect(bundled).toContain(pinned.fingerprint256)
})
