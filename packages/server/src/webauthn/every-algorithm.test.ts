import { type CborMap, type Misbehaviour, SoftwareAuthenticator } from '@latchkey/testing/authenticator'
import { describe, expect, test } from 'vitest'
import { ALGORITHMS } from './algorithms.ts'
import {
  ALGORITHMS_ON_REQUEST,
  createKeyCache,
  SUPPORTED_ALGORITHMS,
  verifyAuthentication,
  verifyRegistration,
  WebAuthnError,
} from './index.ts'

const challenge = 'kJBEXQJmL1Yv4zzsVBEVYPXeMKIk6ds4ErqpJPKFRaE'
const algorithms = [...SUPPORTED_ALGORITHMS, ...ALGORITHMS_ON_REQUEST]
const rp = { challenge, origins: ['https://example.org'], rpId: 'example.org', algorithms }

/** Every algorithm that this Node verifies, and EdDSA once more with the other curve. */
const rows = [
  ...algorithms.map(alg => ({ alg, name: nameOf(alg), options: {} })),
  { alg: -8, name: 'EdDSA with Ed448', options: { edDsaCurve: 'Ed448' } as const },
]

function nameOf(alg: number): string {
  return ALGORITHMS.find(({ id }) => id === alg)?.name ?? ''
}

async function register(alg: number, options = {}, misbehave: Misbehaviour = {}) {
  const phone = new SoftwareAuthenticator({ origin: 'https://example.org', algorithms: [alg], ...options })
  const user = { id: 'dXNlcg', name: 'ada', displayName: 'Ada' }
  const pubKeyCredParams = [{ type: 'public-key', alg }]
  return { phone, response: await phone.create({ rp: { id: 'example.org', name: 'E' }, user, challenge, pubKeyCredParams }, misbehave) }
}

function reason(run: () => unknown): string {
  try {
    run()
    return 'accepted'
  } catch (error) {
    if (error instanceof WebAuthnError) return error.reason
    throw error
  }
}

describe.each(rows)('$name ($alg)', ({ alg, options }) => {
  const credentialOf = (response: unknown) => {
    const { id, publicKey, signCount, backupEligible, algorithm } = verifyRegistration(response, rp)
    expect(algorithm).toBe(alg)
    return { id, publicKey, signCount, backupEligible }
  }

  test('registers where it was offered, and signs in with and without a cached key', async () => {
    const { phone, response } = await register(alg, options)
    const others = algorithms.filter(other => other !== alg)
    expect(reason(() => verifyRegistration(response, { ...rp, algorithms: others }))).toBe('algorithm_not_offered')
    const credential = credentialOf(response)
    const assertion = await phone.get({ challenge, rpId: 'example.org' })
    const keys = createKeyCache()
    for (const cache of [{}, { keys }, { keys }])
      expect(verifyAuthentication(assertion, { ...rp, credential, ...cache })).toMatchObject({ signCountGrew: true })
  })

  test('refuses wrong signatures by name', async () => {
    const { phone, response } = await register(alg, options)
    const credential = credentialOf(response)
    const verdict = async (misbehave: Misbehaviour): Promise<string> => {
      const assertion = await phone.get({ challenge, rpId: 'example.org' }, misbehave)
      return reason(() => verifyAuthentication(assertion, { ...rp, credential }))
    }
    expect(await verdict({ signature: 'wrong-key' })).toBe('signature_invalid')
    expect(await verdict({ signature: 'altered' })).toMatch(/^signature_(invalid|malformed)$/)
    expect(await verdict({ signature: 'other-client-data' })).toBe('signature_invalid')
    expect(await verdict({ signature: 'trailing-bytes' })).toBe('signature_malformed')
  })
})

/** One algorithm of each key type. */
const types = rows.filter(({ alg }) => [-7, -8, -257, -48].includes(alg))

describe.each(types)('a key of the type of $name', ({ alg, options }) => {
  const defects: [string, (key: CborMap) => unknown, string][] = [
    ['another key type', key => key.set(1, key.get(1) === 2 ? 3 : 2), 'key_malformed'],
    ['a member too many', key => key.set(-70001, 1), 'key_malformed'],
    ['a use', key => key.set(4, [2]), 'key_malformed'],
    ['no second member', key => key.delete(key.has(-2) ? -2 : -1), 'key_malformed'],
    ['a text in place of bytes', key => key.set(key.has(-2) ? -2 : -1, 'text'), 'key_malformed'],
  ]
  test.each(defects)('is refused with %s', async (_, mutate, expected) => {
    const { response } = await register(alg, options, { mutateCredentialPublicKey: key => void mutate(key) })
    expect(reason(() => verifyRegistration(response, rp))).toBe(expected)
  })
})

/** The curves that EC2 and OKP keys may name, each of which is wrong for most algorithms (§5.8.5). */
const curves = [1, 2, 3, 6, 7, 8]
const bound = rows.filter(({ alg }) => ALGORITHMS.some(({ id, key }) => id === alg && 'crv' in key))

test.each(bound)('$name ($alg) takes keys of its own curve alone', async ({ alg, options }) => {
  const own = ALGORITHMS.flatMap(({ id, key }) => (id === alg && 'crv' in key ? [key.crv] : []))
  for (const crv of curves) {
    const { response } = await register(alg, options, { mutateCredentialPublicKey: key => void key.set(-1, crv) })
    const expected = own.includes(crv) ? /^(accepted|key_malformed|key_unusable)$/ : /^key_malformed$/
    expect(reason(() => verifyRegistration(response, rp))).toMatch(expected)
  }
})

test('algorithms that this Node lacks, or that nobody knows, are refused by name', async () => {
  const lacking = [-48, -49, -50].filter(alg => !SUPPORTED_ALGORITHMS.includes(alg))
  for (const alg of [
    ...lacking.map(id => [id, 7] as const),
    [-65535, 3] as const,
    [-46, 5] as const,
    [0, 2] as const,
    [-999_999, 2] as const,
  ]) {
    const { response } = await register(-7, {}, { mutateCredentialPublicKey: key => void key.set(3, alg[0]).set(1, alg[1]) })
    expect(reason(() => verifyRegistration(response, { ...rp, algorithms: [alg[0]] }))).toMatch(/^(algorithm_unsupported|key_malformed)$/)
  }
})

test.runIf(!SUPPORTED_ALGORITHMS.includes(-48))(
  'a well-formed ML-DSA key is refused on a Node without ML-DSA: it could never sign in',
  async () => {
    const mlDsa = (key: CborMap): void => {
      key.clear()
      for (const [label, value] of [
        [1, 7],
        [3, -48],
        [-1, new Uint8Array(1312)],
      ] as const)
        key.set(label, value)
    }
    const { response } = await register(-7, {}, { mutateCredentialPublicKey: mlDsa })
    expect(reason(() => verifyRegistration(response, { ...rp, algorithms: [-48] }))).toBe('algorithm_unsupported')
  },
)
