import { type encodeCbor, type Misbehaviour, SoftwareAuthenticator } from '@latchkey/testing/authenticator'
import { describe, expect, test } from 'vitest'
import { type CredentialFacts, type Expected, parseRegistrationResponse, verifyRegistration, WebAuthnError } from './index.ts'

const challenge = 'kJBEXQJmL1Yv4zzsVBEVYPXeMKIk6ds4ErqpJPKFRaE'
const expected: Expected = { challenge, origins: ['https://login.example.org', 'https://example.org'], rpId: 'example.org' }

type Phone = ConstructorParameters<typeof SoftwareAuthenticator>[0]

async function create(misbehave: Misbehaviour = {}, phone: Partial<Phone> = {}, algorithms = [-7, -8, -257]) {
  const authenticator = new SoftwareAuthenticator({ origin: 'https://example.org', ...phone })
  const options = {
    rp: { id: 'example.org', name: 'Example' },
    user: { id: 'dXNlci1oYW5kbGU', name: 'ada', displayName: 'Ada' },
    challenge,
    pubKeyCredParams: algorithms.map(alg => ({ type: 'public-key', alg })),
  }
  return await authenticator.create(options, misbehave)
}

function refusal(response: unknown, changes: Partial<Expected> = {}): { reason: string; step: string } {
  try {
    verifyRegistration(response, { ...expected, ...changes })
  } catch (error) {
    if (error instanceof WebAuthnError) return { reason: error.reason, step: error.step }
    throw error
  }
  return { reason: 'accepted', step: '' }
}

/** Puts another key into an attestation object that says nothing about it. */
function withStatement(format: string, statement: Parameters<typeof encodeCbor>[0] = new Map()): Misbehaviour {
  return { mutateAttestationObject: object => object.set('fmt', format).set('attStmt', statement) }
}

/** Puts another attested credential (§6.5.1) together: the length that it says, its id and its key. */
const withAttested = (change: (length: Buffer, id: Buffer, key: Buffer) => Uint8Array[]): Misbehaviour => ({
  mutateAuthData: bytes => {
    const all = Buffer.from(bytes)
    const end = 55 + all.readUInt16BE(53)
    return Buffer.concat([all.subarray(0, 53), ...change(all.subarray(53, 55), all.subarray(55, end), all.subarray(end))])
  },
})

describe('accepts', () => {
  test.each([-7, -8, -257])('a new credential of algorithm %i', async alg => {
    const response = await create({}, { aaguid: '01020304-0506-0708-090a-0b0c0d0e0f10', counter: 'growing' }, [alg])
    const facts: CredentialFacts = verifyRegistration(response, expected)
    expect(facts).toMatchObject({
      id: response.id,
      algorithm: alg,
      signCount: 1,
      aaguid: '01020304-0506-0708-090a-0b0c0d0e0f10',
      transports: ['hybrid', 'internal'],
      ...{ userPresent: true, userVerified: true, uvInitialized: true, backupEligible: true, backupState: true },
      ...{ rpId: 'example.org', origin: 'https://example.org' },
      attestation: { format: 'none', trust: 'none' },
    })
    expect(Buffer.from(facts.attestationObject).toString('base64url')).toBe(response.response.attestationObject)
    expect(Buffer.from(facts.clientDataJSON).toString('base64url')).toBe(response.response.clientDataJSON)
  })

  test.each([-7, -8, -257])('a packed self attestation by algorithm %i', async alg => {
    const response = await create({}, { attestation: 'packed-self' }, [alg])
    expect(verifyRegistration(response, expected).attestation).toEqual({ format: 'packed', trust: 'self', certificates: [] })
  })

  test.each(['bom', 'unknown-members', 'other-order', 'escapes', 'token-binding'] as const)('client data with %s', async clientData => {
    expect(refusal(await create({ clientData })).reason).toBe('accepted')
  })

  const liberties: [string, Misbehaviour][] = [
    ['a credential id of 1023 bytes', { credentialIdLength: 1023 }],
    ['authenticator extensions', { extensions: new Map([['credProtect', 2]]) }],
    ['an attestation object whose members stand in another order', { cbor: 'wrong-order' }],
    ['a key whose members stand in another order', { cbor: 'wrong-order', cborOf: 'credentialPublicKey' }],
    ['an algorithm number longer than needed', { mutateCredentialPublicKey: key => key.set(3, { rawCbor: Buffer.from('390006', 'hex') }) }],
    ['an RSA key with the exponent 3', { alg: -257, mutateCredentialPublicKey: key => key.set(-2, Buffer.of(3)) }],
    ['an RSA key with an exponent of 8 bytes', { alg: -257, mutateCredentialPublicKey: key => key.set(-2, Buffer.alloc(8, 1)) }],
    ['a high s in a packed self attestation', { signature: 'high-s' }],
    ['reserved flags', { mutateAuthData: bytes => bytes.map((byte, at) => (at === 32 ? byte | 0x22 : byte)) }],
    ['VF-6 client data with null for topOrigin', { mutateClientData: data => ({ ...data, topOrigin: null }) }],
    ['VF-6 client data with null for both origins', { mutateClientData: data => ({ ...data, crossOrigin: null, topOrigin: null }) }],
    ['client data without crossOrigin', { mutateClientData: ({ crossOrigin: _, ...rest }) => rest }],
  ]
  test.each(liberties)('%s', async (_, misbehave) => {
    expect(refusal(await create(misbehave)).reason).toBe('accepted')
  })

  test('a challenge given as bytes', async () => {
    expect(refusal(await create(), { challenge: Buffer.from(challenge, 'base64url') }).reason).toBe('accepted')
  })

  test('one of several relying party ids and says which', async () => {
    const facts = verifyRegistration(await create(), { ...expected, rpId: ['example.net', 'example.org'] })
    expect(facts.rpId).toBe('example.org')
  })

  test('an Android app as origin, by exact string', async () => {
    const origin = 'android:apk-key-hash:HPvYDZiYpTZlZIOhcw-4aBuwj1iwNWMpXJRoxx0Yg_4'
    expect(refusal(await create({ origin }), { origins: [origin] }).reason).toBe('accepted')
  })

  test('an expected frame, whether or not the client can name the top origin', async () => {
    const changes = { topOrigins: ['https://top.example'] }
    expect(refusal(await create({ crossOrigin: true, topOrigin: 'https://top.example' }), changes).reason).toBe('accepted')
    expect(refusal(await create({ crossOrigin: true }), changes).reason).toBe('accepted')
  })

  test('a missing user presence in a conditional create alone', async () => {
    expect(refusal(await create({ userPresent: false }), { userPresence: 'conditional-create' }).reason).toBe('accepted')
  })

  test.each(['preferred', 'discouraged'] as const)('a missing user verification where it is %s', async userVerification => {
    const facts = verifyRegistration(await create({ userVerified: false }), { ...expected, userVerification })
    expect(facts).toMatchObject({ userVerified: false, uvInitialized: false })
  })

  test('the client extension outputs it knows, and drops the others', async () => {
    const clientExtensionResults = { credProps: { rk: true, other: 1 }, prf: { enabled: true, results: {} }, appid: true }
    const facts = verifyRegistration({ ...(await create()), clientExtensionResults }, expected)
    expect(facts.extensions).toEqual({ credProps: { rk: true }, prf: { enabled: true } })
  })

  test('null and absence alike where a member is optional', async () => {
    const { response, ...rest } = await create()
    const { transports: _, ...bare } = response
    const facts = verifyRegistration({ ...rest, clientExtensionResults: null, response: { ...bare, transports: null } }, expected)
    expect(facts).toMatchObject({ transports: [], extensions: {} })
    expect(verifyRegistration({ ...rest, response: bare }, expected).transports).toEqual([])
  })
})

describe('refuses, with everything else right and freshly signed,', () => {
  const steps: [string, string, Misbehaviour, Partial<Expected>?][] = [
    ['§7.1 step 3', 'credential_id_mismatch', { credentialIdDiffers: 'rawId' }],
    ['§7.1 step 3', 'base64url_invalid', { credentialIdLength: 0 }],
    ['§7.1 step 6', 'client_data_malformed', { clientData: 'not-json' }],
    ['§7.1 step 6', 'client_data_malformed', { clientData: 'not-an-object' }],
    ['§7.1 step 6', 'client_data_malformed', { clientData: 'member-not-a-string' }],
    ['§7.1 step 6', 'client_data_malformed', { clientData: 'inherited-members' }],
    ['§7.1 step 6', 'client_data_malformed', { mutateClientData: data => ({ ...data, crossOrigin: 'false' }) }],
    ['§7.1 step 6', 'client_data_malformed', { mutateClientData: data => ({ ...data, topOrigin: ['https://top.example'] }) }],
    ['§7.1 step 7', 'type_mismatch', { type: 'webauthn.get' }],
    ['§7.1 step 7', 'type_mismatch', { type: 'webauthn.Create' }],
    ['§7.1 step 8', 'challenge_mismatch', { challenge: `${challenge.slice(0, -1)}I` }],
    ['§7.1 step 8', 'challenge_mismatch', { challenge: `${challenge}=` }],
    ['§7.1 step 8', 'challenge_mismatch', { challenge: '' }],
    ['§7.1 step 8', 'challenge_mismatch', { clientData: 'duplicate-member' }],
    ['§7.1 step 9', 'origin_mismatch', { origin: 'https://example.org.attacker.example' }],
    ['§7.1 step 9', 'origin_mismatch', { origin: 'https://example.org/' }],
    ['§7.1 step 9', 'origin_mismatch', { origin: 'https://EXAMPLE.org' }],
    ['§7.1 step 9', 'origin_mismatch', { origin: 'http://example.org' }],
    ['§7.1 step 10', 'cross_origin_unexpected', { crossOrigin: true }],
    ['§7.1 step 11', 'cross_origin_unexpected', { topOrigin: 'https://top.example' }],
    ['§7.1 step 11', 'top_origin_mismatch', { crossOrigin: true, topOrigin: 'https://a.example' }, { topOrigins: ['https://b.example'] }],
    ['§7.1 step 13', 'cbor_trailing_bytes', { cbor: 'trailing-bytes' }],
    ['§7.1 step 13', 'attestation_object_malformed', { attestation: 'format-missing' }],
    ['§7.1 step 13', 'attestation_object_malformed', { attestation: 'statement-missing' }],
    ['§7.1 step 13', 'attestation_object_malformed', { mutateAttestationObject: object => object.set('more', 1) }],
    ['§7.1 step 13', 'attestation_object_malformed', { mutateAttestationObject: object => object.set('fmt', 7) }],
    ['§7.1 step 13', 'attestation_object_malformed', { mutateAttestationObject: object => object.set('authData', 'text') }],
    ['§7.1 step 13', 'attestation_object_malformed', { mutateAttestationObject: object => object.set('attStmt', 'text') }],
    ['§8.7', 'attestation_statement_malformed', { mutateAttestationObject: object => object.set('attStmt', []) }],
    ['§7.1 step 13', 'attested_data_missing', { attestedCredentialData: 'absent' }],
    ['§6.5.1', 'authenticator_data_malformed', { attestedCredentialData: 'flag-without-data' }],
    ['§6.5.1', 'authenticator_data_malformed', { attestedCredentialData: 'length-beyond-end' }],
    ['§6.5.1', 'authenticator_data_malformed', withAttested(length => [length.subarray(1)])],
    ['§6.5.1', 'authenticator_data_malformed', withAttested((length, id) => [length, id])],
    ['§6.5.1.1', 'key_malformed', withAttested((length, id) => [length, id, Buffer.of(0x80)])],
    ['§7.1 step 26', 'authenticator_data_malformed', withAttested((length, _, key) => [length.fill(0), key])],
    ['§6.1', 'cbor_trailing_bytes', { attestedCredentialData: 'data-without-flag' }],
    ['§6 (CTAP2 canonical CBOR)', 'cbor_malformed', { attestedCredentialData: 'cut-short' }],
    ['§6.1', 'authenticator_data_malformed', { extensionData: 'not-a-map' }],
    ['§6.1', 'cbor_trailing_bytes', { extensionData: 'data-without-flag' }],
    ['§6.1', 'cbor_trailing_bytes', { extensionData: 'trailing-bytes' }],
    ['§6 (CTAP2 canonical CBOR)', 'cbor_malformed', { extensionData: 'flag-without-data' }],
    ['§6.1', 'authenticator_data_malformed', { mutateAuthData: bytes => bytes.slice(0, 36) }],
    ['§7.1 step 14', 'rp_id_mismatch', { rpId: 'attacker.example' }],
    ['§7.1 step 15', 'user_presence_missing', { userPresent: false }],
    ['§7.1 step 16', 'user_verification_missing', { userVerified: false }],
    ['§7.1 step 16', 'user_verification_missing', { userVerified: false }, { userPresence: 'conditional-create' }],
    ['§7.1 step 17', 'backup_state_invalid', { backupEligible: false, backupState: true }],
    ['§7.1 step 20', 'algorithm_not_offered', { alg: -257 }, { algorithms: [-7, -8] }],
    ['§7.1 step 20', 'algorithm_not_offered', { alg: -47 }],
    ['§6.5.1.1', 'algorithm_unsupported', { mutateCredentialPublicKey: key => key.set(3, -65535) }, { algorithms: [-65535] }],
    ['§6.5.1.1', 'algorithm_unsupported', { mutateCredentialPublicKey: key => key.set(3, -99) }, { algorithms: [-99] }],
    ['§6.5.1.1', 'key_malformed', { mutateCredentialPublicKey: key => key.set(-2, 'x'.repeat(32)) }],
    ['§6.5.1.1', 'key_unusable', { alg: -257, mutateCredentialPublicKey: key => key.set(-2, Buffer.alloc(9, 1)) }],
    ['§7.1 step 22', 'attestation_format_unsupported', { attestation: 'unknown-format' }],
    ['§7.1 step 26', 'authenticator_data_malformed', { credentialIdLength: 1024 }],
    ['§7.1 step 26', 'credential_id_mismatch', { credentialIdDiffers: 'inner' }],
  ]
  test.each(steps)('at %s: %s (%o)', async (step, reason, misbehave, changes) => {
    expect(refusal(await create(misbehave), changes)).toEqual({ reason, step })
  })

  const defects = [
    ['cbor_malformed', 'cut-short'],
    ['cbor_malformed', 'indefinite-length'],
    ['cbor_malformed', 'non-shortest'],
    ['cbor_malformed', 'length-64-bit'],
    ['cbor_malformed', 'tagged'],
    ['cbor_duplicate_key', 'duplicate-key'],
  ] as const
  test.each(defects)('%s: CBOR with %s, in the object and in the key', async (reason, cbor) => {
    expect(refusal(await create({ cbor })).reason).toBe(reason)
    expect(refusal(await create({ cbor, cborOf: 'credentialPublicKey' })).reason).toBe(reason)
  })

  const keys = [
    ['key_unusable', 'off-curve'],
    ['key_unusable', 'zero-point'],
    ['key_malformed', 'x-missing'],
    ['key_malformed', 'y-missing'],
    ['algorithm_unsupported', 'alg-missing'],
    ['key_malformed', 'padded-coordinate'],
    ['key_malformed', 'compressed-point'],
    ['key_malformed', 'other-curve'],
    ['key_malformed', 'private-member'],
    ['key_malformed', 'extra-member'],
    ['key_malformed', 'alg-kty-mismatch'],
    ['key_unusable', 'rsa-512'],
    ['key_unusable', 'rsa-1024'],
    ['key_unusable', 'rsa-16384'],
    ['key_unusable', 'rsa-even-modulus'],
    ['key_unusable', 'rsa-even-exponent'],
    ['key_unusable', 'rsa-exponent-1'],
    ['key_unusable', 'low-order'],
    ['key_unusable', 'low-order-8'],
  ] as const
  test.each(keys)('%s: a public key that is %s', async (reason, credentialPublicKey) => {
    expect(refusal(await create({ credentialPublicKey }))).toEqual({ reason, step: '§6.5.1.1' })
  })

  const statements: [string, Misbehaviour][] = [
    ['attestation_statement_malformed', { attestation: 'none-not-empty' }],
    ['attestation_algorithm_mismatch', { attestation: 'packed-alg-differs' }],
    ['attestation_statement_malformed', { attestation: 'packed-alg-missing' }],
    ['attestation_statement_malformed', { attestation: 'packed-sig-missing' }],
    ['attestation_statement_malformed', { attestation: 'packed-x5c-empty' }],
    ['attestation_statement_malformed', withStatement('packed', new Map())],
    ['attestation_signature_invalid', { signature: 'wrong-key' }],
    ['attestation_signature_invalid', { signature: 'wrong-hash' }],
    ['attestation_signature_invalid', { signature: 'other-client-data' }],
    ['attestation_signature_invalid', { signature: 'other-authenticator-data' }],
    ['signature_malformed', { signature: 'not-strict-der' }],
    ['signature_malformed', { signature: 'padded-integer' }],
    ['signature_malformed', { signature: 'raw' }],
    ['signature_malformed', { signature: 'trailing-bytes' }],
    ['signature_malformed', { signature: 'empty' }],
  ]
  test.each(statements)('%s: the attestation statement of %o', async (reason, misbehave) => {
    expect(refusal(await create(misbehave)).reason).toBe(reason)
  })

  test.each(['packed', 'tpm', 'android-key', 'android-safetynet', 'fido-u2f', 'apple', 'compound'])(
    'a statement of format "%s" that says nothing',
    async format => {
      expect(refusal(await create(withStatement(format))).reason).toBe('attestation_statement_malformed')
    },
  )

  test.each(['None', 'packed ', '', '__proto__', 'constructor'])('the unknown format "%s"', async format => {
    expect(refusal(await create(withStatement(format)))).toEqual({ reason: 'attestation_format_unsupported', step: '§7.1 step 22' })
  })

  test.each(['usb', { 0: 'usb', length: 1 }])('transports that are no list: %o', async transports => {
    const { response, ...rest } = await create()
    expect(refusal({ ...rest, response: { ...response, transports } })).toEqual({ reason: 'response_malformed', step: '§7.1 step 3' })
  })

  test('an unusable expectation instead of matching it by accident', async () => {
    const response = await create()
    const wrong = [
      { challenge: '' },
      { challenge: 'a+b/' },
      { rpId: '' },
      { rpId: [''] },
      { origins: 'https://example.org' },
      { origins: undefined },
      { origins: [7] },
      { topOrigins: 'https://top.example' },
      { topOrigins: [''] },
      { userVerification: 'Required' },
      { userPresence: 'no' },
      { algorithms: ['-7'] },
      { algorithms: -7 },
    ]
    const reasons = wrong.map(changes => refusal(response, changes as unknown as Expected).reason)
    expect(reasons).toEqual(wrong.map(() => 'expected_invalid'))
    for (const none of [undefined, null, 'example.org'])
      expect(() => verifyRegistration(response, none as unknown as Expected)).toThrow(
        expect.objectContaining({ reason: 'expected_invalid' }),
      )
  })

  test('everything where nothing is expected', async () => {
    expect(refusal(await create(), { origins: [] }).reason).toBe('origin_mismatch')
    expect(refusal(await create(), { rpId: [] }).reason).toBe('rp_id_mismatch')
    expect(refusal(await create(), { algorithms: [] }).reason).toBe('algorithm_not_offered')
  })
})

test('reads id and challenge before anything is verified', async () => {
  const response = await create({ challenge: 'b3RoZXI', userPresent: false })
  expect(parseRegistrationResponse(response)).toEqual({ id: response.id, challenge: 'b3RoZXI' })
})

test('a refusal repeats nothing of the response in its message', async () => {
  const response = await create({ origin: 'https://attacker.example' })
  expect(() => verifyRegistration(response, expected)).toThrow(
    /^the origin is not one of the expected origins \(WebAuthn L3 §7.1 step 9\)$/,
  )
})
