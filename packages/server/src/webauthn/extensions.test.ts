import { type Misbehaviour, SoftwareAuthenticator } from '@latchkey/testing/authenticator'
import { describe, expect, test } from 'vitest'
import {
  ALGORITHMS_ON_REQUEST,
  type ExpectedAssertion,
  type StoredCredential,
  SUPPORTED_ALGORITHMS,
  verifyAuthentication,
  verifyRegistration,
  WebAuthnError,
} from './index.ts'

const challenge = 'kJBEXQJmL1Yv4zzsVBEVYPXeMKIk6ds4ErqpJPKFRaE'
const origin = 'https://example.org'
const rp = { challenge, origins: [origin], rpId: 'example.org' }
const appId = 'https://example.org/u2f/origins.json'

async function create(extensions: object, misbehave: Misbehaviour = {}, options = {}) {
  const phone = new SoftwareAuthenticator({ origin, ...options })
  const user = { id: 'dXNlcg', name: 'ada', displayName: 'Ada' }
  const pubKeyCredParams = [{ type: 'public-key', alg: -7 }]
  const response = await phone.create({ rp: { id: 'example.org', name: 'E' }, user, challenge, pubKeyCredParams, extensions }, misbehave)
  return { phone, response }
}

function reason(run: () => unknown): string {
  try {
    run()
    return 'accepted'
  } catch (error) {
    if (error instanceof WebAuthnError) return `${error.reason} ${error.step}`
    throw error
  }
}

describe('the outputs of a registration', () => {
  test('credProps, prf and largeBlob are read as the client says them, credProtect as the authenticator does', async () => {
    const asked = { credProps: true, prf: {}, largeBlob: { support: 'preferred' }, credentialProtectionPolicy: 'userVerificationRequired' }
    const { response } = await create(asked)
    expect(verifyRegistration(response, rp).extensions).toEqual({
      credProps: { rk: true },
      prf: { enabled: true },
      largeBlob: { supported: true },
      credProtect: 'required',
    })
  })

  test.each([
    [1, 'optional'],
    [2, 'optionalWithCredentialIDList'],
    [3, 'required'],
  ])('credProtect %i: %s', async (value, protection) => {
    const { response } = await create({}, { extensions: new Map([['credProtect', value]]) })
    expect(verifyRegistration(response, rp).extensions).toEqual({ credProtect: protection })
  })

  test.each([0, 4, -1, '2', true, null])('credProtect %j is refused', async value => {
    const { response } = await create({}, { extensions: new Map([['credProtect', value]]) })
    expect(reason(() => verifyRegistration(response, rp))).toBe('extension_malformed §7.1 step 21')
  })

  test('what nobody knows is let pass, from the client and from the authenticator', async () => {
    const { response } = await create({}, { extensions: new Map<string, never>([['x', [new Map([['y', null]])] as never]]) })
    const results = { ...response.clientExtensionResults, x: [1, { y: null }], appid: true }
    expect(verifyRegistration({ ...response, clientExtensionResults: results }, rp).extensions).toEqual({})
  })

  test('an identifier that is no text is refused', async () => {
    const { response } = await create({}, { extensions: new Map([[1, true]]) })
    expect(reason(() => verifyRegistration(response, rp))).toBe('authenticator_data_malformed §6.1')
  })

  test('the values of prf are not handed on: they belong into the page', async () => {
    const { response } = await create({})
    const clientExtensionResults = { prf: { enabled: true, results: { first: 'c2VjcmV0' } } }
    expect(JSON.stringify(verifyRegistration({ ...response, clientExtensionResults }, rp).extensions)).not.toContain('c2VjcmV0')
  })

  test.each([
    { credProps: [] },
    { credProps: { rk: 1 } },
    { prf: 'yes' },
    { largeBlob: { supported: 'yes' } },
    { largeBlob: { written: 0 } },
  ])('%j is refused', async clientExtensionResults => {
    const { response } = await create({})
    expect(reason(() => verifyRegistration({ ...response, clientExtensionResults }, rp))).toBe('extension_malformed §7.1 step 21')
  })
})

describe('the extension appid', () => {
  async function asserted(asked: object) {
    const { phone, response } = await create({}, {}, { u2fAppId: appId })
    const { id, publicKey, signCount, backupEligible } = verifyRegistration(response, { ...rp, rpId: ['example.org', appId] })
    const credential: StoredCredential = { id, publicKey, signCount, backupEligible }
    return { credential, assertion: await phone.get({ challenge, rpId: 'example.org', ...asked }) }
  }
  const verdict = (response: unknown, credential: StoredCredential, changes: Partial<ExpectedAssertion> = {}): string =>
    reason(() => verifyAuthentication(response, { ...rp, credential, ...changes }))

  test('is refused unless it was asked for, then taken for that AppID alone', async () => {
    const { assertion, credential } = await asserted({ extensions: { appid: appId } })
    expect(assertion.clientExtensionResults).toEqual({ appid: true })
    expect(verdict(assertion, credential)).toBe('extension_unexpected §7.2 step 15')
    expect(verdict(assertion, credential, { appId })).toBe('accepted')
    expect(verdict(assertion, credential, { appId: 'https://example.org/other' })).toBe('rp_id_mismatch §7.2 step 15')
    expect(verifyAuthentication(assertion, { ...rp, credential, appId }).rpId).toBe(appId)
  })

  test('a client that says it was not used is held to the relying party id', async () => {
    const { assertion, credential } = await asserted({ extensions: { appid: appId } })
    for (const clientExtensionResults of [{ appid: false }, {}])
      expect(verdict({ ...assertion, clientExtensionResults }, credential, { appId })).toBe('rp_id_mismatch §7.2 step 15')
    expect(verdict({ ...assertion, clientExtensionResults: { appid: 'yes' } }, credential, { appId })).toBe(
      'extension_malformed §7.2 step 15',
    )
  })

  test('asked for, but not needed', async () => {
    const { phone, response } = await create({})
    const { id, publicKey, signCount, backupEligible } = verifyRegistration(response, rp)
    const assertion = await phone.get({ challenge, rpId: 'example.org', extensions: { appid: appId } })
    expect(verdict(assertion, { id, publicKey, signCount, backupEligible }, { appId })).toBe('accepted')
  })
})

describe('the outputs of an authentication', () => {
  test('are read like the others', async () => {
    const { phone, response } = await create({})
    const { id, publicKey, signCount, backupEligible } = verifyRegistration(response, rp)
    const credential = { id, publicKey, signCount, backupEligible }
    const assertion = await phone.get({ challenge, rpId: 'example.org' })
    const clientExtensionResults = { largeBlob: { written: true, blob: 'AAAA' } }
    expect(verifyAuthentication({ ...assertion, clientExtensionResults }, { ...rp, credential }).extensions).toEqual({
      largeBlob: { written: true },
    })
    const wrong = { ...assertion, clientExtensionResults: { largeBlob: { written: 'yes' } } }
    expect(reason(() => verifyAuthentication(wrong, { ...rp, credential }))).toBe('extension_malformed §7.2 step 20')
  })
})

test('ES256K is taken where it is asked for by name, and only there', async () => {
  const { response } = await create({}, { alg: -47 })
  expect(reason(() => verifyRegistration(response, rp))).toBe('algorithm_not_offered §7.1 step 20')
  const algorithms = [...SUPPORTED_ALGORITHMS, ...ALGORITHMS_ON_REQUEST]
  expect(verifyRegistration(response, { ...rp, algorithms }).algorithm).toBe(-47)
})
