import assert from 'node:assert/strict'
import { type Misbehaviour, SoftwareAuthenticator } from '@latchkey/testing/authenticator'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  createKeyCache,
  type ExpectedAssertion,
  importPublicKey,
  parseAuthenticationResponse,
  type StoredCredential,
  verifyAuthentication,
  verifyRegistration,
  WebAuthnError,
} from './index.ts'

const challenge = 'kJBEXQJmL1Yv4zzsVBEVYPXeMKIk6ds4ErqpJPKFRaE'
const userHandle = 'dXNlci1oYW5kbGU'
const rp = { challenge, origins: ['https://example.org'], rpId: 'example.org' }

interface Registered {
  phone: SoftwareAuthenticator
  credential: StoredCredential
}

async function register(alg: number, options = {}): Promise<Registered> {
  const phone = new SoftwareAuthenticator({ origin: 'https://example.org', algorithms: [alg], ...options })
  const response = await phone.create({
    rp: { id: 'example.org', name: 'Example' },
    user: { id: userHandle, name: 'ada', displayName: 'Ada' },
    challenge,
    pubKeyCredParams: [{ type: 'public-key', alg }],
  })
  const { id, publicKey, signCount, backupEligible } = verifyRegistration(response, rp)
  return { phone, credential: { id, publicKey, signCount, backupEligible, userHandle: Buffer.from(userHandle, 'base64url') } }
}

let es256: Registered
let ed25519: Registered
let rs256: Registered
beforeAll(async () => {
  ;[es256, ed25519, rs256] = await Promise.all([register(-7), register(-8), register(-257)])
})

async function get(misbehave: Misbehaviour = {}, { phone } = es256) {
  return await phone.get({ challenge, rpId: 'example.org' }, misbehave)
}

function refusal(response: unknown, changes: Partial<ExpectedAssertion> = {}): { reason: string; step: string } {
  try {
    verifyAuthentication(response, { ...rp, credential: es256.credential, ...changes })
  } catch (error) {
    if (error instanceof WebAuthnError) return { reason: error.reason, step: error.step }
    throw error
  }
  return { reason: 'accepted', step: '' }
}

describe('accepts', () => {
  test('an assertion of every algorithm', async () => {
    for (const registered of [es256, ed25519, rs256]) {
      const response = await get({}, registered)
      const facts = verifyAuthentication(response, { ...rp, credential: registered.credential })
      expect(facts).toMatchObject({
        ...{ credentialId: registered.credential.id, origin: 'https://example.org', rpId: 'example.org' },
        ...{ userPresent: true, userVerified: true, backupEligible: true, backupState: true },
        ...{ signCount: 0, signCountGrew: true, counterWentBackwards: false },
      })
      expect(Buffer.from(facts.userHandle ?? []).toString('base64url')).toBe(userHandle)
      expect(Buffer.from(facts.signature).toString('base64url')).toBe(response.response.signature)
      expect(Buffer.from(facts.authenticatorData).toString('base64url')).toBe(response.response.authenticatorData)
      expect(Buffer.from(facts.clientDataJSON).toString('base64url')).toBe(response.response.clientDataJSON)
    }
  })

  const liberties: [string, Misbehaviour, Partial<ExpectedAssertion>?][] = [
    ['a high s', { signature: 'high-s' }],
    ['client data with a byte order mark', { clientData: 'bom' }],
    ['client data with unknown members', { clientData: 'unknown-members' }],
    ['client data in another order', { clientData: 'other-order' }],
    ['client data with escapes', { clientData: 'escapes' }],
    ['client data with a token binding', { clientData: 'token-binding' }],
    ['authenticator extensions', { extensions: new Map([['x', true]]) }],
    ['a backup that ended', { backupState: false }],
    ['no user handle where it is optional', { userHandle: null }],
    ['VF-6 client data with null for topOrigin', { mutateClientData: data => ({ ...data, topOrigin: null }) }],
    [
      'VF-6 the same where frames are expected',
      { mutateClientData: data => ({ ...data, topOrigin: null }) },
      { topOrigins: ['https://top.example'] },
    ],
    ['an expected frame', { crossOrigin: true, topOrigin: 'https://top.example' }, { topOrigins: ['https://top.example'] }],
    ['a missing user verification where it is only preferred', { userVerified: false }, { userVerification: 'preferred' }],
  ]
  test.each(liberties)('%s', async (_, misbehave, changes) => {
    expect(refusal(await get(misbehave), changes).reason).toBe('accepted')
  })

  test('an empty user handle as none', async () => {
    const response = await get()
    const empty = { ...response, response: { ...response.response, userHandle: '' } }
    expect(refusal(empty).reason).toBe('accepted')
    expect(refusal(empty, { userHandle: 'required' }).reason).toBe('user_handle_missing')
  })

  const counters = [
    { stored: 0, signCount: 0, grew: true },
    { stored: 0, signCount: 1, grew: true },
    { stored: 7, signCount: 8, grew: true },
    { stored: 7, signCount: 2 ** 32 - 1, grew: true },
    { stored: 7, signCount: 7, grew: false },
    { stored: 7, signCount: 6, grew: false },
    { stored: 7, signCount: 0, grew: false },
  ]
  test.each(counters)('a counter of $signCount after $stored, and reports growth: $grew', async ({ stored, signCount, grew }) => {
    const registered = await register(-7)
    const credential = { ...registered.credential, signCount: stored }
    const facts = verifyAuthentication(await get({ signCount }, registered), { ...rp, credential })
    expect(facts).toMatchObject({ signCount, signCountGrew: grew, counterWentBackwards: !grew })
  })
})

describe('refuses, with everything else right and freshly signed,', () => {
  const steps: [string, string, Misbehaviour, Partial<ExpectedAssertion>?][] = [
    ['§7.2 step 3', 'credential_id_mismatch', { credentialIdDiffers: 'rawId' }],
    ['§7.2 step 3', 'response_too_large', { userHandle: Buffer.alloc(65).toString('base64url') }],
    ['§7.2 step 3', 'base64url_invalid', { userHandle: 'not base64url' }],
    ['§7.2 step 6', 'user_handle_mismatch', { userHandle: 'b3RoZXI' }],
    ['§7.2 step 6', 'user_handle_missing', { userHandle: null }, { userHandle: 'required' }],
    ['§7.2 step 9', 'client_data_malformed', { clientData: 'not-json' }],
    ['§7.2 step 9', 'client_data_malformed', { clientData: 'not-an-object' }],
    ['§7.2 step 9', 'client_data_malformed', { clientData: 'member-not-a-string' }],
    ['§7.2 step 9', 'client_data_malformed', { clientData: 'inherited-members' }],
    ['§7.2 step 10', 'type_mismatch', { type: 'webauthn.create' }],
    ['§7.2 step 11', 'challenge_mismatch', { challenge: 'b3RoZXI' }],
    ['§7.2 step 11', 'challenge_mismatch', { clientData: 'duplicate-member' }],
    ['§7.2 step 12', 'origin_mismatch', { origin: 'https://sub.example.org' }],
    ['§7.2 step 13', 'cross_origin_unexpected', { crossOrigin: true }],
    ['§7.2 step 14', 'cross_origin_unexpected', { topOrigin: 'https://top.example' }],
    ['§7.2 step 14', 'top_origin_mismatch', { crossOrigin: true, topOrigin: 'https://a.example' }, { topOrigins: ['https://b.example'] }],
    ['§7.2 step 15', 'rp_id_mismatch', { rpId: 'attacker.example' }],
    ['§7.2 step 16', 'user_presence_missing', { userPresent: false }],
    ['§7.2 step 16', 'user_presence_missing', { userPresent: false }, { userPresence: 'conditional-create' }],
    ['§7.2 step 17', 'user_verification_missing', { userVerified: false }],
    ['§7.2 step 18', 'backup_state_invalid', { backupEligible: false, backupState: true }],
    ['§7.2 step 19', 'backup_eligibility_mismatch', { backupEligible: false, backupState: false }],
    ['§6.1', 'attested_data_unexpected', { attestedCredentialData: 'present' }],
    ['§6.1', 'authenticator_data_malformed', { extensionData: 'not-a-map' }],
    ['§6.1', 'cbor_trailing_bytes', { extensionData: 'data-without-flag' }],
    ['§6.1', 'cbor_trailing_bytes', { extensionData: 'trailing-bytes' }],
    ['§6 (CTAP2 canonical CBOR)', 'cbor_malformed', { extensionData: 'flag-without-data' }],
    ['§6.1', 'authenticator_data_malformed', { mutateAuthData: bytes => bytes.slice(0, 36) }],
    ['§7.2 step 22', 'signature_invalid', { signature: 'wrong-key' }],
    ['§7.2 step 22', 'signature_invalid', { signature: 'wrong-hash' }],
    ['§7.2 step 22', 'signature_invalid', { signature: 'other-client-data' }],
    ['§7.2 step 22', 'signature_invalid', { signature: 'other-authenticator-data' }],
    ['§6.5.5', 'signature_malformed', { signature: 'not-strict-der' }],
    ['§6.5.5', 'signature_malformed', { signature: 'padded-integer' }],
    ['§6.5.5', 'signature_malformed', { signature: 'raw' }],
    ['§6.5.5', 'signature_malformed', { signature: 'trailing-bytes' }],
    ['§7.2 step 3', 'base64url_invalid', { signature: 'empty' }],
  ]
  test.each(steps)('at %s: %s (%o)', async (step, reason, misbehave, changes) => {
    expect(refusal(await get(misbehave), changes)).toEqual({ reason, step })
  })

  const others: ['ed25519' | 'rs256', string, Misbehaviour][] = [
    ['ed25519', 'signature_invalid', { signature: 'wrong-key' }],
    ['ed25519', 'signature_invalid', { signature: 'wrong-hash' }],
    ['ed25519', 'signature_invalid', { signature: 'altered' }],
    ['ed25519', 'signature_invalid', { signature: 'non-canonical-s' }],
    ['ed25519', 'signature_malformed', { signature: 'trailing-bytes' }],
    ['rs256', 'signature_invalid', { signature: 'wrong-key' }],
    ['rs256', 'signature_invalid', { signature: 'wrong-hash' }],
    ['rs256', 'signature_invalid', { signature: 'altered' }],
    ['rs256', 'signature_malformed', { signature: 'trailing-bytes' }],
  ]
  test.each(others)('by %s: %s (%o)', async (name, reason, misbehave) => {
    const registered = { ed25519, rs256 }[name]
    expect(refusal(await get(misbehave, registered), { credential: registered.credential }).reason).toBe(reason)
  })

  test('a right response of another credential, and a record of another credential', async () => {
    expect(refusal(await get({}, ed25519)).reason).toBe('credential_id_mismatch')
    const credential = { ...es256.credential, publicKey: ed25519.credential.publicKey }
    expect(refusal(await get(), { credential }).reason).toBe('signature_malformed')
  })

  test('a relying party id that is expected, but is not the one of the credential', async () => {
    const credential = { ...es256.credential, rpId: 'example.net' }
    expect(refusal(await get(), { credential, rpId: ['example.org', 'example.net'] }).reason).toBe('rp_id_mismatch')
  })

  test.each(['null', '"text"', '7', '[]'])('client data that says %s', async json => {
    const response = await get()
    const clientDataJSON = Buffer.from(json).toString('base64url')
    const refused = refusal({ ...response, response: { ...response.response, clientDataJSON } })
    expect(refused).toEqual({ reason: 'client_data_malformed', step: '§7.2 step 9' })
  })

  const throwing = new Proxy({}, { getOwnPropertyDescriptor: () => assert.fail('a trap') })
  test.each([[null], [7], ['text'], [[]], [throwing]])('a response that is no object of data: %o', response => {
    expect(refusal(response)).toEqual({ reason: 'response_malformed', step: '§7.2 step 3' })
  })

  test('an incomplete record, by name', async () => {
    const response = await get()
    const changes = [{ publicKey: undefined }, { signCount: '0' }, { backupEligible: undefined }, { userHandle: 'dXNlcg' }]
    const refusals = changes.map(change =>
      refusal(response, { credential: { ...es256.credential, ...change } as unknown as StoredCredential }),
    )
    expect(refusals).toEqual(changes.map(() => ({ reason: 'expected_invalid', step: '§7.2 step 6' })))
    for (const none of [undefined, null])
      expect(refusal(response, { credential: none as unknown as StoredCredential }).reason).toBe('expected_invalid')
  })

  test('an expectation in a word that means nothing, which would else be a wish', async () => {
    const response = await get({ userVerified: false })
    const changes = [{ userVerification: 'Required' }, { userVerification: true }, { userPresence: 'yes' }, { userHandle: 'require' }]
    for (const change of changes) expect(refusal(response, change as unknown as Partial<ExpectedAssertion>).reason).toBe('expected_invalid')
  })

  test('a demanded user handle where the record has none to compare it with', async () => {
    const { userHandle: _, ...credential } = es256.credential
    expect(refusal(await get(), { credential, userHandle: 'required' }).reason).toBe('expected_invalid')
    expect(refusal(await get(), { credential }).reason).toBe('accepted')
  })

  test.each(['', 'ff', 'a0', 'a10102', 'a5010203262001215820'])('a stored key of bytes "%s"', async hex => {
    const credential = { ...es256.credential, publicKey: Buffer.from(hex, 'hex') }
    expect(refusal(await get(), { credential }).reason).toMatch(/^(cbor_malformed|algorithm_unsupported|key_malformed)$/)
  })
})

describe('with a cache of keys', () => {
  test('the verdicts are the same, first and later', async () => {
    const keys = createKeyCache()
    for (const registered of [es256, ed25519, rs256, es256, ed25519, rs256]) {
      const { credential } = registered
      expect(refusal(await get({}, registered), { credential, keys }).reason).toBe('accepted')
      expect(refusal(await get({ signature: 'wrong-key' }, registered), { credential, keys }).reason).toBe('signature_invalid')
    }
    expect(keys.size).toBe(3)
  })

  test('a record whose key was replaced is verified by the new one', async () => {
    const keys = createKeyCache()
    expect(refusal(await get(), { keys }).reason).toBe('accepted')
    const { publicKey } = (await register(-7)).credential
    expect(refusal(await get(), { keys, credential: { ...es256.credential, publicKey } }).reason).toBe('signature_invalid')
  })

  test('what is no key is refused by name', () => {
    expect(() => importPublicKey(new Uint8Array([0xa0]))).toThrow(WebAuthnError)
    expect(() => importPublicKey('a0' as unknown as Uint8Array)).toThrow(WebAuthnError)
  })
})

test('reads id, challenge and user handle before anything is verified', async () => {
  const { id, challenge: read, userHandle: handle } = parseAuthenticationResponse(await get({ challenge: 'b3RoZXI', userPresent: false }))
  expect({ id, read, handle: Buffer.from(handle ?? []).toString('base64url') }).toEqual({
    id: es256.credential.id,
    read: 'b3RoZXI',
    handle: userHandle,
  })
  expect(parseAuthenticationResponse(await get({ userHandle: null }))).not.toHaveProperty('userHandle')
})
