import {
  ATTESTATION_DEFECTS,
  type AttestationDefect,
  type AttestationFormat,
  type AttestationOptions,
  CERTIFICATE_DEFECTS,
  type CertificateDefect,
  type CrlOptions,
  type Misbehaviour,
  SoftwareAuthenticator,
  Vendor,
} from '@latchkey/testing/authenticator'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  type AttestationFacts,
  type AttestationPolicy,
  readRevocationList,
  SUPPORTED_ALGORITHMS,
  verifyRegistration,
  WebAuthnError,
} from './index.ts'

const challenge = 'kJBEXQJmL1Yv4zzsVBEVYPXeMKIk6ds4ErqpJPKFRaE'
const aaguid = '01020304-0506-0708-090a-0b0c0d0e0f10'
const rp = { challenge, origins: ['https://example.org'], rpId: 'example.org' }
const CERTIFIED = ['packed', 'tpm', 'android-key', 'apple', 'fido-u2f'] as const
const FORMATS = ['none', 'packed-self', ...CERTIFIED, 'android-safetynet', 'compound'] as const

let vendor: Vendor
beforeAll(async () => {
  vendor = await Vendor.make()
})

interface Made {
  attestation: AttestationFormat
  alg?: number
  options?: AttestationOptions
  by?: Vendor
  misbehave?: Misbehaviour
}

async function create({ attestation, alg = -7, options = {}, by = vendor, misbehave = {} }: Made) {
  const origin = 'https://example.org'
  const settings = { origin, attestation, vendor: by, aaguid, algorithms: [alg, -257], attestationOptions: options }
  return await new SoftwareAuthenticator(settings).create(
    {
      rp: { id: 'example.org', name: 'Example' },
      user: { id: 'dXNlcg', name: 'ada', displayName: 'Ada' },
      challenge,
      pubKeyCredParams: [alg, -257].map(offered => ({ type: 'public-key', alg: offered })),
    },
    misbehave,
  )
}

function judge(response: unknown, attestation: AttestationPolicy, now = Date.now()): AttestationFacts {
  return verifyRegistration(response, { ...rp, attestation, now }).attestation
}

function refusal(response: unknown, attestation: AttestationPolicy = { policy: 'none' }): { reason: string; step: string } {
  try {
    judge(response, attestation)
  } catch (error) {
    if (error instanceof WebAuthnError) return { reason: error.reason, step: error.step }
    throw error
  }
  return { reason: 'accepted', step: '' }
}

const required = (): AttestationPolicy => ({ policy: 'require', roots: [vendor.root] })

describe('honest statements', () => {
  test.each(FORMATS)('%s holds under every policy that it can meet', async attestation => {
    const response = await create({ attestation })
    const facts = judge(response, { policy: 'none' })
    const trusts = { none: 'none', 'packed-self': 'self' } as const
    const plain = trusts[attestation as 'none']
    expect(facts).toMatchObject({ format: attestation.replace('-self', ''), trust: plain ?? 'unjudged' })
    const retired = attestation === 'android-safetynet'
    expect(judge(response, { policy: 'record', roots: [vendor.root] }).trust).toBe(plain ?? (retired ? 'untrusted' : 'trusted'))
    const reason = plain ? 'attestation_missing' : retired ? 'attestation_untrusted' : 'accepted'
    expect(refusal(response, required()).reason).toBe(reason)
  })

  test.each(SUPPORTED_ALGORITHMS.filter(alg => alg > -48 || alg < -50))(
    'packed and packed self hold for a key of COSE algorithm %i',
    async alg => {
      for (const attestation of ['packed', 'packed-self'] as const)
        expect(refusal(await create({ attestation, alg })).reason).toBe('accepted')
    },
  )

  const variants: [string, Made][] = [
    ['packed by an RSA key', { attestation: 'packed', options: { key: -257 } }],
    ['packed with the root in its chain', { attestation: 'packed', options: { chain: 'root' } }],
    ['packed with its leaf alone', { attestation: 'packed', options: { chain: 'leaf' } }],
    ['tpm for an RSA key', { attestation: 'tpm', alg: -257 }],
    ['tpm for a P-384 key', { attestation: 'tpm', alg: -35 }],
    ['tpm for a P-521 key', { attestation: 'tpm', alg: -36 }],
    ['tpm by an EC key', { attestation: 'tpm', options: { key: -7 } }],
    ['tpm by RS1, as old modules sign', { attestation: 'tpm', options: { key: -65535 } }],
    ['tpm with a TPMT_SIGNATURE', { attestation: 'tpm', options: { tpmSignature: 'TPMT_SIGNATURE' } }],
    ['tpm with a TPMT_SIGNATURE by an EC key', { attestation: 'tpm', options: { tpmSignature: 'TPMT_SIGNATURE', key: -7 } }],
    ['android-key with its leaf alone', { attestation: 'android-key', options: { chain: 'leaf' } }],
    ['apple with an algorithm, as iOS 14 wrote it', { attestation: 'apple', options: { appleAlg: true } }],
    ['compound of three', { attestation: 'compound', options: { compoundOf: ['packed', 'tpm', 'android-key'] } }],
  ]
  test.each(variants)('%s is trusted by its root', async (_, made) => {
    expect(judge(await create(made), { policy: 'record', roots: [vendor.root] })).toMatchObject({ trust: 'trusted' })
  })

  test.each(['ES256', 'ES384', 'RS256'] as const)('authorities with keys of %s, and no intermediate', async caKey => {
    const by = await Vendor.make({ caKey, intermediates: 0 })
    const response = await create({ attestation: 'packed', by })
    expect(judge(response, { policy: 'require', roots: [by.root] })).toMatchObject({ path: 'anchored', validity: 'valid' })
    expect(refusal(response, required())).toEqual({ reason: 'attestation_untrusted', step: '§7.1 step 25' })
  })

  test('a compound statement is worth the least of its parts, and all of them must hold', async () => {
    const response = await create({ attestation: 'compound', options: { compoundOf: ['packed', 'packed-self'] } })
    const facts = judge(response, { policy: 'record', roots: [vendor.root] })
    expect(facts.trust).toBe('self')
    expect(facts.statements?.map(({ format, trust }) => [format, trust])).toEqual([
      ['packed', 'trusted'],
      ['packed', 'self'],
    ])
    expect(refusal(response, required()).reason).toBe('attestation_missing')
  })
})

/** The reason that each defect of a statement must be refused for, and the place in the standard. */
const STATEMENTS: Record<Exclude<AttestationDefect, 'safetynet-cts-false'>, [string, string?]> = {
  'none-not-empty': ['attestation_statement_malformed', '§8.7'],
  'unknown-format': ['attestation_format_unsupported', '§7.1 step 22'],
  'format-missing': ['attestation_object_malformed', '§7.1 step 13'],
  'statement-missing': ['attestation_object_malformed', '§7.1 step 13'],
  'packed-alg-differs': ['attestation_algorithm_mismatch', '§8.2'],
  'packed-alg-missing': ['attestation_statement_malformed', '§8.2'],
  'packed-sig-missing': ['attestation_statement_malformed', '§8.2'],
  'packed-sig-empty': ['signature_malformed', '§6.5.5'],
  'packed-x5c-empty': ['attestation_statement_malformed', '§8.2'],
  'packed-extra-member': ['attestation_statement_malformed', '§8.2'],
  'tpm-version': ['attestation_statement_malformed', '§8.3'],
  'tpm-magic': ['attestation_statement_malformed', '§8.3'],
  'tpm-type': ['attestation_statement_malformed', '§8.3'],
  'tpm-extra-data': ['attestation_binding_mismatch', '§8.3'],
  'tpm-name': ['attestation_binding_mismatch', '§8.3'],
  'tpm-name-algorithm': ['attestation_binding_mismatch', '§8.3'],
  'tpm-public-area-key': ['attestation_key_mismatch', '§8.3'],
  'tpm-public-area-trailing': ['attestation_statement_malformed', '§8.3'],
  'tpm-public-area-cut': ['attestation_statement_malformed', '§8.3'],
  'tpm-cert-info-trailing': ['attestation_statement_malformed', '§8.3'],
  'tpm-cert-info-cut': ['attestation_statement_malformed', '§8.3'],
  'tpm-sig-missing': ['attestation_statement_malformed', '§8.3'],
  'tpm-x5c-missing': ['attestation_statement_malformed', '§8.3'],
  'android-key-sig-missing': ['attestation_statement_malformed', '§8.4'],
  'u2f-two-certificates': ['attestation_statement_malformed', '§8.6'],
  'u2f-alg-not-es256': ['attestation_algorithm_mismatch', '§8.6'],
  'u2f-extra-member': ['attestation_statement_malformed', '§8.6'],
  'safetynet-nonce': ['attestation_binding_mismatch', '§8.5'],
  'safetynet-host': ['certificate_unsuitable', '§8.5'],
  'safetynet-jws-signature': ['attestation_signature_invalid', '§8.5'],
  'safetynet-alg-none': ['attestation_statement_malformed', '§8.5'],
  'safetynet-not-a-jws': ['attestation_statement_malformed', '§8.5'],
  'safetynet-payload-not-json': ['attestation_statement_malformed', '§8.5'],
  'safetynet-version-missing': ['attestation_statement_malformed', '§8.5'],
  'apple-x5c-missing': ['attestation_statement_malformed', '§8.8'],
  'compound-one': ['attestation_statement_malformed', '§8.9'],
  'compound-nested': ['attestation_statement_malformed', '§8.9'],
  'compound-not-a-list': ['attestation_statement_malformed', '§8.9'],
  'compound-one-wrong': ['attestation_signature_invalid'],
  'compound-item-malformed': ['attestation_statement_malformed', '§8.9'],
}

/** The same for each defect of a certificate that the procedure of the format sees. */
const CERTIFICATES: Partial<Record<CertificateDefect, string>> = {
  'not-a-certificate': 'certificate_malformed',
  'trailing-bytes': 'certificate_malformed',
  'chain-empty': 'attestation_statement_malformed',
  'chain-not-a-list': 'attestation_statement_malformed',
  'item-not-bytes': 'attestation_statement_malformed',
  'version-1': 'certificate_unsuitable',
  'is-ca': 'certificate_unsuitable',
  'basic-constraints-missing': 'certificate_unsuitable',
  'aaguid-differs': 'attestation_aaguid_mismatch',
  'aaguid-critical': 'certificate_unsuitable',
  'aaguid-malformed': 'certificate_malformed',
  'subject-country-missing': 'certificate_unsuitable',
  'subject-country-long': 'certificate_unsuitable',
  'subject-organization-missing': 'certificate_unsuitable',
  'subject-unit-differs': 'certificate_unsuitable',
  'subject-common-name-missing': 'certificate_unsuitable',
  'subject-not-empty': 'certificate_unsuitable',
  'alternative-name-missing': 'certificate_unsuitable',
  'alternative-name-no-manufacturer': 'certificate_unsuitable',
  'key-usage-missing': 'certificate_unsuitable',
  'key-usage-differs': 'certificate_unsuitable',
  'description-missing': 'certificate_unsuitable',
  'challenge-differs': 'attestation_binding_mismatch',
  'all-applications': 'certificate_unsuitable',
  'origin-imported': 'certificate_unsuitable',
  'purpose-differs': 'certificate_unsuitable',
  'description-malformed': 'certificate_malformed',
  'nonce-missing': 'certificate_unsuitable',
  'nonce-differs': 'attestation_binding_mismatch',
  'nonce-malformed': 'certificate_malformed',
  'key-differs': 'attestation_key_mismatch',
  'p384-key': 'certificate_unsuitable',
}

/** What only the judgement of trust sees: the facts that it records, and the reason under `require`. */
const TRUST: Partial<Record<CertificateDefect, [Partial<AttestationFacts>, string]>> = {
  expired: [{ path: 'anchored', validity: 'expired' }, 'certificate_expired'],
  'not-yet-valid': [{ path: 'anchored', validity: 'not_yet_valid' }, 'certificate_not_yet_valid'],
  'intermediate-expired': [{ path: 'anchored', validity: 'expired' }, 'certificate_expired'],
  altered: [{}, 'attestation_untrusted'],
  'wrong-issuer': [{}, 'attestation_untrusted'],
  'intermediate-not-ca': [{ path: 'broken' }, 'attestation_untrusted'],
  'intermediate-missing': [{ path: 'unanchored' }, 'attestation_untrusted'],
  'chain-out-of-order': [{ path: 'broken' }, 'attestation_untrusted'],
  'unknown-critical-extension': [{ path: 'broken' }, 'attestation_untrusted'],
}

type Case<D> = [AttestationFormat, D]
const casesOf = <D extends string>(defects: Readonly<Record<D, { formats: readonly AttestationFormat[] }>>): Case<D>[] =>
  (Object.keys(defects) as D[]).flatMap(defect => defects[defect].formats.map((format): Case<D> => [format, defect]))

describe('refuses, whatever the policy, with everything else right and freshly signed,', () => {
  const statements = casesOf(ATTESTATION_DEFECTS).filter(([, defect]) => defect !== 'safetynet-cts-false')
  test.each(statements)('%s: %s', async (attestation, defect) => {
    const [reason, step] = STATEMENTS[defect as keyof typeof STATEMENTS]
    expect(refusal(await create({ attestation, misbehave: { attestation: defect } }))).toMatchObject({ reason, ...(step && { step }) })
  })

  const certificates = casesOf(CERTIFICATE_DEFECTS).filter(([, defect]) => CERTIFICATE_DEFECTS[defect].breaks === 'statement')
  test.each(certificates)('%s: a certificate with %s', async (attestation, certificate) => {
    const { reason } = refusal(await create({ attestation, misbehave: { certificate } }))
    const parsed = attestation !== 'android-safetynet' || CERTIFICATES[certificate] === 'certificate_malformed'
    expect(reason).toBe(parsed ? CERTIFICATES[certificate] : 'attestation_statement_malformed')
  })

  const signed = ['packed-self', 'packed', 'tpm', 'android-key', 'fido-u2f'] as const
  const wrong = ['wrong-key', 'wrong-hash', 'altered', 'trailing-bytes', 'empty'] as const
  const signatures = signed.flatMap(format => wrong.map(defect => [format, defect] as const))
  test.each(signatures)('%s: a signature that is %s', async (attestation, signature) => {
    const { reason } = refusal(await create({ attestation, misbehave: { signature } }))
    expect(reason).toMatch(/^(attestation_signature_invalid|signature_malformed)$/)
  })

  test.each(['packed', 'tpm', 'android-key', 'apple', 'fido-u2f', 'android-safetynet'] as const)(
    '%s: a statement that belongs to another ceremony',
    async attestation => {
      const [one, other] = [await create({ attestation }), await create({ attestation })]
      const mixed = { ...one, response: { ...one.response, clientDataJSON: spaced(other.response.clientDataJSON) } }
      expect(refusal(mixed).reason).toMatch(/^attestation_(signature_invalid|binding_mismatch)$/)
    },
  )
})

/** The same client data, written otherwise, as another client would: its hash is another. */
function spaced(clientDataJSON: string): string {
  return Buffer.from(`${Buffer.from(clientDataJSON, 'base64url')} `).toString('base64url')
}

describe('judges trust apart from the statement:', () => {
  const trust = casesOf(CERTIFICATE_DEFECTS).filter(([, defect]) => CERTIFICATE_DEFECTS[defect].breaks === 'trust')
  test.each(trust)('%s: a chain with %s', async (attestation, certificate) => {
    const response = await create({ attestation, misbehave: { certificate } })
    const [facts, reason] = TRUST[certificate] ?? [{}, '']
    expect(refusal(response).reason).toBe('accepted')
    expect(judge(response, { policy: 'record', roots: [vendor.root] })).toMatchObject({ ...facts, trust: 'untrusted' })
    expect(refusal(response, required()).reason).toBe(attestation === 'android-safetynet' ? 'attestation_untrusted' : reason)
  })

  test('another root, or none', async () => {
    const response = await create({ attestation: 'packed' })
    const { root } = await Vendor.make()
    expect(refusal(response, { policy: 'require', roots: [root] }).reason).toBe('attestation_untrusted')
    expect(refusal(response, { policy: 'require' }).reason).toBe('attestation_untrusted')
    expect(judge(response, { policy: 'require', roots: [root, vendor.root] }).trust).toBe('trusted')
  })

  test('a root as PEM; an intermediate or the leaf itself as anchor', async () => {
    const response = await create({ attestation: 'packed' })
    const { certificates } = judge(response, { policy: 'none' })
    const pem = `-----BEGIN CERTIFICATE-----\n${Buffer.from(vendor.root).toString('base64')}\n-----END CERTIFICATE-----`
    for (const root of [pem, ...certificates]) expect(judge(response, { policy: 'require', roots: [root] }).trust).toBe('trusted')
  })

  test('times are judged at the moment that was handed in', async () => {
    const response = await create({ attestation: 'packed' })
    const at = (now: number): unknown => judge(response, { policy: 'record', roots: [vendor.root] }, now).validity
    expect([at(Date.now()), at(Date.UTC(2000, 0, 1)), at(Date.UTC(2999, 0, 1))]).toEqual(['valid', 'not_yet_valid', 'expired'])
  })

  test('the retired format is never trusted, and a device that failed the compatibility test does not change that', async () => {
    for (const misbehave of [{}, { attestation: 'safetynet-cts-false' }] as const) {
      const response = await create({ attestation: 'android-safetynet', misbehave })
      const facts = judge(response, { policy: 'record', roots: [vendor.root] })
      expect(facts).toMatchObject({ trust: 'untrusted', weakness: 'retired', path: 'anchored' })
      expect(refusal(response, required()).reason).toBe('attestation_untrusted')
    }
  })
})

describe('the allow-list of models', () => {
  test.each([
    [[aaguid], 'accepted'],
    [[aaguid.toUpperCase()], 'accepted'],
    [['00000000-0000-0000-0000-000000000000'], 'authenticator_not_allowed'],
    [[], 'authenticator_not_allowed'],
  ])('%j: %s', async (aaguids, reason) => {
    expect(refusal(await create({ attestation: 'packed' }), { ...required(), aaguids }).reason).toBe(reason)
  })

  test('an allowed model that nobody vouches for is not enough', async () => {
    expect(refusal(await create({ attestation: 'none' }), { ...required(), aaguids: [aaguid] }).reason).toBe('attestation_missing')
  })
})

const listOf = async (by: Vendor, options: CrlOptions) => readRevocationList(await by.crl(options))

test('hardware, where it is asked for: what the system says of itself is not enough', async () => {
  const software = await create({ attestation: 'android-key', options: { androidKeystore: 'software' } })
  const hardware = await create({ attestation: 'android-key' })
  const policy = { ...required(), hardwareKeys: true }
  expect([refusal(software, policy).reason, refusal(hardware, policy).reason]).toEqual(['attestation_untrusted', 'accepted'])
  expect(judge(software, required())).toMatchObject({ trust: 'trusted', weakness: 'software_key' })
})

describe('revocation, by lists alone', () => {
  const [hour, now] = [3_600_000, Date.now()]
  const life = { thisUpdate: now - hour, nextUpdate: now + hour }

  test('all certificates on current lists: good', async () => {
    const by = await Vendor.make()
    const response = await create({ attestation: 'packed', by })
    const crls = [await listOf(by, { revoked: [], ...life }), await listOf(by, { revoked: [], ...life, issuer: 'root' })]
    expect(judge(response, { policy: 'require', roots: [by.root], crls })).toMatchObject({ revocation: 'good', trust: 'trusted' })
    expect(judge(response, { policy: 'require', roots: [by.root], crls: crls.slice(0, 1) }).revocation).toBe('unknown')
  })

  test('a revoked leaf is refused, and only that one', async () => {
    const by = await Vendor.make()
    const [first, second] = [
      await create({ attestation: 'packed', by }),
      by.lastSerial,
      await create({ attestation: 'packed', by }),
    ].filter(value => typeof value === 'object' && 'id' in value)
    const crls = [await listOf(by, { revoked: [by.leafSerials[0] as never], ...life })]
    const policy = { policy: 'require', roots: [by.root], crls } as const
    expect(refusal(first, policy)).toEqual({ reason: 'certificate_revoked', step: '§7.1 step 25' })
    expect(refusal(second, policy).reason).toBe('accepted')
    expect(judge(first, { ...policy, policy: 'record' })).toMatchObject({ revocation: 'revoked', trust: 'untrusted' })
  })

  test('what a list out of date revoked stays revoked; that the rest is good it no longer says', async () => {
    const by = await Vendor.make()
    const response = await create({ attestation: 'packed', by })
    const old = { thisUpdate: now - 2 * hour, nextUpdate: now - hour }
    const crls = async (revoked: Uint8Array[]) => [await listOf(by, { revoked: revoked as never, ...old })]
    expect(judge(response, { policy: 'record', roots: [by.root], crls: await crls(by.leafSerials) }).revocation).toBe('revoked')
    expect(judge(response, { policy: 'record', roots: [by.root], crls: await crls([]) }).revocation).toBe('unknown')
  })

  test('a list of tomorrow, or of another issuer, says nothing', async () => {
    const by = await Vendor.make()
    const response = await create({ attestation: 'packed', by })
    const revoked = [by.leafSerials[0] as never]
    const early = await listOf(by, { revoked, thisUpdate: now + hour, nextUpdate: now + 2 * hour })
    const foreign = await listOf(await Vendor.make(), { revoked, ...life })
    for (const crl of [early, foreign])
      expect(judge(response, { policy: 'record', roots: [by.root], crls: [crl] })).toMatchObject({
        revocation: 'unknown',
        trust: 'trusted',
      })
  })

  test('a serial number is revoked whoever issued it, however it is written', async () => {
    const by = await Vendor.make()
    const response = await create({ attestation: 'android-key', by })
    const serial = Buffer.from(by.leafSerials[0] ?? []).toString('hex')
    for (const written of [serial, serial.toUpperCase(), serial.replace(/^0+/, '')]) {
      const policy = { policy: 'require', roots: [by.root], revokedSerialNumbers: ['00ff', written] } as const
      expect(refusal(response, policy).reason).toBe('certificate_revoked')
    }
    expect(refusal(response, { policy: 'require', roots: [by.root], revokedSerialNumbers: ['00ff'] }).reason).toBe('accepted')
  })

  test.each(['wrong-key', 'altered', 'other-issuer'] as const)(
    'a list that is of another issuer, or not signed by it, says nothing: %s',
    async defect => {
      const by = await Vendor.make()
      const response = await create({ attestation: 'packed', by })
      const crls = [await listOf(by, { revoked: [by.leafSerials[0] as never], ...life, defect })]
      expect(judge(response, { policy: 'record', roots: [by.root], crls })).toMatchObject({ revocation: 'unknown', trust: 'trusted' })
    },
  )

  test.each([
    ['next-update-missing', 'certificate_malformed'],
    ['unknown-critical-extension', 'expected_invalid'],
    ['delta', 'expected_invalid'],
    ['trailing-bytes', 'certificate_malformed'],
    ['cut-short', 'certificate_malformed'],
    ['not-a-crl', 'certificate_malformed'],
  ] as const)('a list with %s is refused before it is used: %s', async (defect, reason) => {
    await expect(listOf(vendor, { revoked: [Uint8Array.of(5)], ...life, defect })).rejects.toMatchObject({ name: 'WebAuthnError', reason })
  })

  test.each([
    ['other bytes', new Uint8Array([1, 2, 3])],
    ['no bytes', new Uint8Array()],
    ['a certificate', undefined],
    ['text', 'AAAA'],
  ])('%s are no list', (_, der) => {
    expect(() => readRevocationList((der ?? vendor.root) as Uint8Array)).toThrow(WebAuthnError)
  })
})

describe('an unusable policy is refused', () => {
  test.each([
    ['no object', 'require'],
    ['another word', { policy: 'demand' }],
    ['roots that are no list', { policy: 'record', roots: 'root' }],
    ['a root that is a number', { policy: 'record', roots: [1] }],
    ['a list that was not read', { policy: 'record', crls: [new Uint8Array(3)] }],
    ['metadata that was not read', { policy: 'record', metadata: 'blob' }],
    ['a serial number with colons', { policy: 'record', revokedSerialNumbers: ['aa:bb'] }],
    ['a serial number with a prefix', { policy: 'record', revokedSerialNumbers: ['0xaabb'] }],
    ['a wish for hardware in words', { policy: 'require', hardwareKeys: 'yes' }],
    ['serial numbers that are numbers', { policy: 'record', revokedSerialNumbers: [1] }],
    ['models that are no list', { policy: 'require', aaguids: aaguid }],
  ])('%s', async (_, attestation) => {
    expect(refusal(await create({ attestation: 'none' }), attestation as AttestationPolicy).reason).toBe('expected_invalid')
  })

  test.each(['root', new Uint8Array(3)])('a root that is no certificate, once there is one to judge by it: %o', async root => {
    expect(refusal(await create({ attestation: 'packed' }), { policy: 'record', roots: [root] }).reason).toBe('expected_invalid')
  })

  test('judging certificates without a moment to judge them at', async () => {
    const response = await create({ attestation: 'none' })
    expect(() => verifyRegistration(response, { ...rp, attestation: { policy: 'record' } })).toThrow(/now/)
  })
})
