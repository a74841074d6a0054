import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SoftwareAuthenticator } from '@latchkey/testing/authenticator'
import { describe, expect, test } from 'vitest'
import { type Expected, SUPPORTED_ALGORITHMS, verifyAuthentication, verifyRegistration, WebAuthnError } from './index.ts'

interface Vector {
  name: string
  title: string
  rpId: string
  origin: string
  crossOrigin?: boolean
  topOrigin?: string
  attestationFormat: string
  alg: number
  registration: { challenge: string; response: object; requireUserVerification?: boolean }
  authentication: {
    challenge: string
    credential: { id: string; publicKey: string; counter: number; backupEligible?: boolean }
    response: { response: { authenticatorData: string } }
    requireUserVerification?: boolean
  }
}

interface PrfCase {
  name: string
  prf_eval_first: string
  prf_eval_second?: string
  prf_results_first: string
  prf_results_second?: string
}

const file = process.env.LATCHKEY_W3C_VECTORS ?? fileURLToPath(new URL('../../../../../shared/webauthn-vectors/w3c.json', import.meta.url))
const all = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { cases: [], attestationRoots: [], prf: { cases: [] } }
const vectors: Vector[] = all.cases
const roots: Uint8Array[] = all.attestationRoots.map((root: string) => new Uint8Array(Buffer.from(root, 'base64url')))

const AT = Date.UTC(2026, 0, 1)

/** What a statement proves by itself, and once the specification's own root is trusted. */
function trustOf({ name, attestationFormat }: Vector): [string, string] {
  if (attestationFormat === 'none') return ['none', 'none']
  return name.includes('packed-self') ? ['self', 'self'] : ['unjudged', 'trusted']
}

function expectedOf(vector: Vector, ceremony: Vector['registration'] | Vector['authentication']): Expected {
  const topOrigins = vector.crossOrigin ? [vector.topOrigin ?? 'https://top.example'] : []
  const userVerification = ceremony.requireUserVerification ? 'required' : 'discouraged'
  return { challenge: ceremony.challenge, origins: [vector.origin], rpId: vector.rpId, topOrigins, userVerification }
}

function outcome(verify: () => unknown): string {
  try {
    verify()
    return 'accepted'
  } catch (error) {
    if (error instanceof WebAuthnError) return error.reason
    throw error
  }
}

function authenticate(vector: Vector, changes: Partial<Expected> = {}) {
  const { credential, response } = vector.authentication
  const flags = Buffer.from(response.response.authenticatorData, 'base64url')[32] ?? 0
  const stored = {
    id: credential.id,
    publicKey: new Uint8Array(Buffer.from(credential.publicKey, 'base64url')),
    signCount: credential.counter,
    backupEligible: credential.backupEligible ?? (flags & 0x08) !== 0,
  }
  return verifyAuthentication(response, { ...expectedOf(vector, vector.authentication), ...changes, credential: stored })
}

if (vectors.length === 0) test.skip('the W3C test vectors are not here: name their file in LATCHKEY_W3C_VECTORS', () => {})

const isSupported = ({ alg }: Vector): boolean => SUPPORTED_ALGORITHMS.includes(alg)
const isCertified = (vector: Vector): boolean => trustOf(vector)[1] === 'trusted'
/** What both ceremonies of a vector end with under another expectation. */
const refused = (vector: Vector, changes: Partial<Expected>): string[] => [
  outcome(() => verifyRegistration(vector.registration.response, { ...expectedOf(vector, vector.registration), ...changes })),
  outcome(() => authenticate(vector, changes)),
]

describe.each(vectors.filter(isSupported))('$name: $title', vector => {
  const expected = expectedOf(vector, vector.registration)
  const { response } = vector.registration

  test('the registration is accepted and yields the stored public key', () => {
    const facts = verifyRegistration(response, expected)
    expect(facts).toMatchObject({
      id: vector.authentication.credential.id,
      algorithm: vector.alg,
      rpId: vector.rpId,
      origin: vector.origin,
      attestation: { format: vector.attestationFormat, trust: trustOf(vector)[0] },
    })
    expect(Buffer.from(facts.publicKey).toString('base64url')).toBe(vector.authentication.credential.publicKey)
  })

  test('its attestation is judged by the root of the specification', () => {
    const judged = verifyRegistration(response, { ...expected, attestation: { policy: 'record', roots }, now: AT }).attestation
    expect(judged.trust).toBe(trustOf(vector)[1])
    const required = { ...expected, attestation: { policy: 'require', roots } as const, now: AT }
    expect(outcome(() => verifyRegistration(response, required))).toBe(isCertified(vector) ? 'accepted' : 'attestation_missing')
  })

  test('the authentication is accepted', () => {
    const facts = authenticate(vector)
    expect(facts).toMatchObject({ credentialId: vector.authentication.credential.id, userPresent: true, counterWentBackwards: false })
  })
})

describe.each(vectors.filter(vector => !isSupported(vector)))('$name: $title', vector => {
  test('both ceremonies are refused by name', () => {
    expect(refused(vector, {})).toEqual(['algorithm_unsupported', 'algorithm_unsupported'])
  })
})

test.each(vectors)('$name: another challenge, origin or relying party id is refused', vector => {
  expect(refused(vector, { challenge: 'AAAAAAAAAAAAAAAAAAAAAA' })).toEqual(['challenge_mismatch', 'challenge_mismatch'])
  expect(refused(vector, { origins: ['https://example.com'] })).toEqual(['origin_mismatch', 'origin_mismatch'])
  expect(refused(vector, { rpId: 'example.com' })).toEqual(['rp_id_mismatch', 'rp_id_mismatch'])
})

test.each(vectors.filter(({ crossOrigin }) => crossOrigin))('$name: in a frame that is not expected it is refused', vector => {
  expect(refused(vector, { topOrigins: [] })).toEqual(['cross_origin_unexpected', 'cross_origin_unexpected'])
})

test.each(vectors.filter(({ topOrigin }) => topOrigin))('$name: below another top origin it is refused', vector => {
  expect(refused(vector, { topOrigins: ['https://a.example'] })).toEqual(['top_origin_mismatch', 'top_origin_mismatch'])
})

test.each(vectors.filter(isSupported).filter(isCertified))('$name: without the root its attestation is anchored nowhere', vector => {
  const expected = { ...expectedOf(vector, vector.registration), attestation: { policy: 'record' } as const, now: AT }
  const { attestation } = verifyRegistration(vector.registration.response, expected)
  expect(attestation).toMatchObject({ trust: 'untrusted', path: 'unanchored', validity: 'valid' })
})

describe.each(all.prf.cases as PrfCase[])('prf: $name', ({ prf_eval_first: first, prf_eval_second: second, ...vector }) => {
  const challenge = 'kJBEXQJmL1Yv4zzsVBEVYPXeMKIk6ds4ErqpJPKFRaE'
  const rp = { challenge, origins: ['https://example.org'], rpId: 'example.org' }

  test('what the page asks for becomes what the authenticator computes, and none of it reaches the facts', async () => {
    const phone = new SoftwareAuthenticator({ origin: 'https://example.org' })
    const user = { id: 'dXNlcg', name: 'ada', displayName: 'Ada' }
    const pubKeyCredParams = [{ type: 'public-key', alg: -7 }]
    const options = { rp: { id: 'example.org', name: 'E' }, user, challenge, pubKeyCredParams, extensions: { prf: {} } }
    const { id, publicKey, signCount, backupEligible } = verifyRegistration(await phone.create(options), rp)
    for (const key of phone.credentials) key.prfSecret = all.prf.authenticatorCredRandom
    const response = await phone.get({
      challenge,
      rpId: 'example.org',
      extensions: { prf: { eval: { first, ...(second && { second }) } } },
    })
    expect(response.clientExtensionResults.prf).toEqual({
      results: { first: vector.prf_results_first, ...(second && { second: vector.prf_results_second }) },
    })
    const credential = { id, publicKey, signCount, backupEligible }
    expect(verifyAuthentication(response, { ...rp, credential }).extensions).toEqual({ prf: {} })
  })
})
