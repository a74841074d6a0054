import { verify, X509Certificate } from 'node:crypto'
import { decode } from 'cborg'
import { describe, expect, test } from 'vitest'
import { type Attested, attest, secondOpinion, vendor } from './attested.contract.ts'
import {
  ATTESTATION_DEFECTS,
  type AttestationDefect,
  CERTIFICATE_DEFECTS,
  type CertificateDefect,
  concatBytes,
  type DefectFacts,
  der,
  fromBase64url,
} from './authenticator.ts'

const bytesOf = (attested: Attested, member: string): Uint8Array => attested.attStmt.get(member) as Uint8Array
const itemsOf = ({ attStmt }: Attested): Map<string, unknown>[] => attStmt as unknown as Map<string, unknown>[]
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const root = new X509Certificate(vendor.root)

function jwsOf(attested: Attested): { header: Record<string, unknown>; input: string; signature: Buffer } {
  const [header = '', payload = '', signature = ''] = new TextDecoder().decode(bytesOf(attested, 'response')).split('.')
  const json = JSON.parse(Buffer.from(header, 'base64url').toString())
  return { header: json, input: `${header}.${payload}`, signature: Buffer.from(signature, 'base64url') }
}

function chainOf(attested: Attested): Uint8Array[] {
  if (attested.fmt !== 'android-safetynet') return attested.attStmt.get('x5c') as Uint8Array[]
  return (jwsOf(attested).header.x5c as string[]).map(text => fromBase64url(text))
}
const leafHex = (attested: Attested): string => hexOf(chainOf(attested)[0]!)
const certificatesOf = (attested: Attested): X509Certificate[] => chainOf(attested).map(bytes => new X509Certificate(bytes))

/** Does the key of the first certificate verify the statement, whatever else is wrong with it? */
function isSigned(attested: Attested): boolean {
  const { publicKey } = certificatesOf(attested)[0]!
  const { fmt, authData, clientDataHash } = attested
  if (fmt === 'android-safetynet') return verify('sha256', Buffer.from(jwsOf(attested).input), publicKey, jwsOf(attested).signature)
  const point = publicKeyPoint(attested)
  const signed: Record<string, () => Uint8Array> = {
    tpm: () => bytesOf(attested, 'certInfo'),
    'fido-u2f': () => concatBytes(new Uint8Array(1), authData.subarray(0, 32), clientDataHash, authData.subarray(55, 87), point),
  }
  return verify('sha256', signed[fmt]?.() ?? concatBytes(authData, clientDataHash), publicKey, bytesOf(attested, 'sig'))
}

/** The credential key as U2F writes it, when it is on P-256. */
function publicKeyPoint({ authData }: Attested): Uint8Array {
  const key = decode(authData.subarray(87), { useMaps: true }) as Map<number, Uint8Array>
  return key.get(1) === (2 as never) ? concatBytes(Uint8Array.of(4), key.get(-2)!, key.get(-3)!) : new Uint8Array(0)
}

type Look = RegExp | ((attested: Attested) => boolean)

/** Why the second verifier refuses it, or, where it looks less closely than the standard asks for, where the fault is in the bytes. */
const statements: Record<AttestationDefect, Look> = {
  'none-not-empty': /None attestation had unexpected/,
  'unknown-format': /Unsupported Attestation Format: latchkey-unknown/,
  'format-missing': /Unsupported Attestation Format: undefined/,
  'statement-missing': ({ attStmt }) => attStmt === undefined,
  'packed-alg-differs': ({ attStmt }) => attStmt.get('alg') === -257,
  'packed-alg-missing': /did not contain alg/,
  'packed-sig-missing': /No attestation signature/,
  'packed-sig-empty': attested => bytesOf(attested, 'sig').length === 0,
  'packed-x5c-empty': attested => chainOf(attested).length === 0,
  'packed-extra-member': ({ attStmt }) => attStmt.has('extra'),
  'tpm-version': /Unexpected ver "1.2"/,
  'tpm-magic': /Unexpected magic/,
  'tpm-type': /TPM_ST_ATTEST_QUOTE/,
  'tpm-extra-data': /extra data did not equal/,
  'tpm-name': /Attested name comparison failed/,
  'tpm-name-algorithm': attested => hexOf(bytesOf(attested, 'certInfo')).slice(202, 210) === '0032000c',
  'tpm-public-area-key': /PubArea unique is not same/,
  'tpm-public-area-trailing': attested => bytesOf(attested, 'pubArea').length === 18 + 2 * 34 + 1,
  'tpm-public-area-cut': attested => bytesOf(attested, 'pubArea').length === 18 + 2 * 34 - 1,
  'tpm-cert-info-trailing': attested => bytesOf(attested, 'certInfo').length === 174,
  'tpm-cert-info-cut': attested => bytesOf(attested, 'certInfo').length === 172,
  'tpm-sig-missing': /No attestation signature/,
  'tpm-x5c-missing': /No attestation certificate/,
  'android-key-sig-missing': /No attestation signature/,
  'u2f-two-certificates': attested => chainOf(attested).length === 2,
  'u2f-alg-not-es256': ({ response }) => response.response.publicKeyAlgorithm === -8,
  'u2f-extra-member': ({ attStmt }) => attStmt.has('extra'),
  'safetynet-nonce': /Could not verify payload nonce/,
  'safetynet-host': /common name was not "attest.android.com"/,
  'safetynet-jws-signature': /signature/,
  'safetynet-alg-none': attested => jwsOf(attested).header.alg === 'none' && jwsOf(attested).signature.length === 0,
  'safetynet-not-a-jws': attested => new TextDecoder().decode(bytesOf(attested, 'response')) === 'this is no JWS',
  'safetynet-payload-not-json': /in JSON/,
  'safetynet-version-missing': /No ver value/,
  'safetynet-cts-false': /device integrity/,
  'apple-x5c-missing': /No attestation certificate/,
  'compound-one': attested => itemsOf(attested).length === 1,
  'compound-nested': attested => itemsOf(attested)[1]!.get('fmt') === 'compound',
  'compound-not-a-list': ({ attStmt }) => attStmt instanceof Map,
  'compound-one-wrong': attested =>
    itemsOf(attested)
      .map(item => isSigned(inner(attested, item)))
      .join() === 'true,false',
  'compound-item-malformed': attested =>
    itemsOf(attested)
      .map(item => item.has('attStmt'))
      .join() === 'false,true',
}

const inner = (attested: Attested, item: Map<string, unknown>): Attested => ({ ...attested, ...Object.fromEntries(item) }) as Attested

const certificates: Record<CertificateDefect, Look> = {
  'not-a-certificate': attested => chainOf(attested)[0]!.length === 300,
  'trailing-bytes': attested => chainOf(attested)[0]!.length === 5 + Number.parseInt(leafHex(attested).slice(4, 8), 16),
  'chain-empty': attested => chainOf(attested).length === 0,
  'chain-not-a-list': /refused/,
  'item-not-bytes': attested => typeof chainOf(attested)[0] === 'string',
  'version-1': /version was not `3`/,
  'is-ca': /CA was not `false`/,
  'basic-constraints-missing': attested => !leafHex(attested).includes('0603551d13'),
  'aaguid-differs': /was present but not equal/,
  'aaguid-critical': attested => leafHex(attested).includes('060b2b0601040182e51c0101040101ff'),
  'aaguid-malformed': attested => leafHex(attested).includes('060b2b0601040182e51c0101040410ea9b'),
  'subject-country-missing': /C was not two-character/,
  'subject-country-long': /C was not two-character/,
  'subject-organization-missing': /O was empty/,
  'subject-unit-differs': /OU was not/,
  'subject-common-name-missing': /CN was empty/,
  'subject-not-empty': /subject was not empty/,
  'alternative-name-missing': /did not contain subjectAltName/,
  'alternative-name-no-manufacturer': /incomplete subjectAltName/,
  'key-usage-missing': /did not contain ExtendedKeyUsage/,
  'key-usage-differs': /Unexpected extKeyUsage/,
  'description-missing': /did not contain extKeyStore/,
  'challenge-differs': /challenge was not equal/,
  'all-applications': /allApplications/,
  'origin-imported': attested => leafHex(attested).includes('bf853e03020102'),
  'purpose-differs': attested => leafHex(attested).includes('a1053103020100'),
  'description-malformed': /inconsistent offset and length/,
  'nonce-missing': /missing "1.2.840.113635.100.8.2"/,
  'nonce-differs': /nonce was not expected value/,
  'nonce-malformed': /nonce was not expected value/,
  'key-differs': /does not equal/,
  'p384-key': attested => certificatesOf(attested)[0]!.publicKey.asymmetricKeyDetails?.namedCurve === 'secp384r1',
  expired: /out of validity|not good after/,
  'not-yet-valid': /out of validity|not good before/,
  altered: /could not be chained/,
  'wrong-issuer': /could not be chained/,
  'intermediate-not-ca': attested => isAbove(certificatesOf(attested)) && !certificatesOf(attested)[1]!.ca,
  'intermediate-expired': /out of validity/,
  'intermediate-missing': attested => chainOf(attested).length === 1 && !certificatesOf(attested)[0]!.verify(root.publicKey),
  'chain-out-of-order': attested => {
    const [leaf, upper, lower] = certificatesOf(attested)
    return isAbove([leaf!, lower!], upper) && upper!.verify(root.publicKey)
  },
  'unknown-critical-extension': attested => leafHex(attested).includes(`${hexOf(der.oid('1.3.6.1.4.1.99999.1'))}0101ff`),
}

/** The second one signed the first, and the third, or the root, signed the second. */
const isAbove = ([leaf, issuer]: X509Certificate[], above = root): boolean =>
  leaf!.verify(issuer!.publicKey) && issuer!.verify(above.publicKey)

/** The second verifier looks less closely here than the standard asks for. */
const lenient = new Set<string>([
  'packed-alg-differs',
  'packed-extra-member',
  'tpm-name-algorithm',
  'tpm-public-area-trailing',
  'tpm-cert-info-trailing',
  'tpm-cert-info-cut',
  'u2f-extra-member',
  'trailing-bytes',
  'basic-constraints-missing',
  'aaguid-critical',
  'origin-imported',
  'purpose-differs',
  'p384-key',
  'intermediate-not-ca',
  'chain-out-of-order',
  'unknown-critical-extension',
])

async function check(attested: Attested, defect: string, look: Look): Promise<void> {
  const verdict = await secondOpinion(attested.response)
  expect(look instanceof RegExp ? look.test(verdict) : look(attested), verdict).toBe(true)
  expect(verdict === 'accepted').toBe(lenient.has(defect))
}

describe('statements with one thing wrong', () => {
  for (const [defect, { formats }] of Object.entries(ATTESTATION_DEFECTS) as [AttestationDefect, DefectFacts][]) {
    for (const format of formats) {
      test(`${format}: ${defect}`, async () => {
        const attested = await attest(format, {}, { attestation: defect })
        const expected = format === 'compound' && typeof statements[defect] !== 'function' ? /Unsupported/ : statements[defect]
        await check(attested, defect, expected)
      })
    }
  }

  test('all that a TPM signs is signed again', async () => {
    const unsigned = new Set(['tpm-sig-missing', 'tpm-x5c-missing'])
    for (const defect of Object.keys(ATTESTATION_DEFECTS).filter(name => name.startsWith('tpm') && !unsigned.has(name))) {
      expect(isSigned(await attest('tpm', {}, { attestation: defect as AttestationDefect }))).toBe(true)
    }
  })

  test('a defect of another format makes that format, for once', async () => {
    const attested = await attest('none', {}, { attestation: 'tpm-magic' })
    expect(attested.fmt).toBe('tpm')
    expect((await attest('apple', {}, { certificate: 'p384-key' })).fmt).toBe('fido-u2f')
  })
})

describe('certificates with one thing wrong', () => {
  const unreadable = new Set(['not-a-certificate', 'chain-empty', 'chain-not-a-list', 'item-not-bytes'])
  for (const [defect, { formats }] of Object.entries(CERTIFICATE_DEFECTS) as [CertificateDefect, DefectFacts][]) {
    for (const format of formats) {
      test(`${format}: ${defect}`, async () => {
        const attested = await attest(format, {}, { certificate: defect })
        await check(attested, defect, certificates[defect])
        // Apple's statement has no signature, and these have no key to check one with
        expect(format === 'apple' || unreadable.has(defect) || isSigned(attested)).toBe(true)
      })
    }
  }
})

describe('wrong signatures', () => {
  const signatures = ['wrong-key', 'altered', 'wrong-hash', 'empty', 'other-client-data', 'other-authenticator-data'] as const
  for (const format of ['packed', 'tpm', 'android-key', 'android-safetynet', 'fido-u2f'] as const) {
    for (const signature of signatures) {
      test(`${format}: ${signature}`, async () => {
        expect(await secondOpinion((await attest(format, {}, { signature })).response)).toMatch(/refused/)
      })
    }
  }

  test('compound: the first one is wrong, the second right', async () => {
    for (const signature of signatures) {
      const attested = await attest('compound', {}, { signature })
      expect(itemsOf(attested).map(item => isSigned(inner(attested, item)))).toEqual([false, true])
    }
  })

  test('apple has none: its nonce can be over other data, the rest is a TypeError', async () => {
    expect(await secondOpinion((await attest('apple', {}, { signature: 'other-client-data' })).response)).toMatch(/nonce was not expected/)
    await expect(attest('apple', {}, { signature: 'wrong-key' })).rejects.toThrow(TypeError)
  })
})
