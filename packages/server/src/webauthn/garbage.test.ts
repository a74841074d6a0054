import { SoftwareAuthenticator } from '@latchkey/testing/authenticator'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  parseAuthenticationResponse,
  parseRegistrationResponse,
  type StoredCredential,
  verifyAuthentication,
  verifyRegistration,
  WebAuthnError,
} from './index.ts'

type Json = Record<string, unknown>

const challenge = 'kJBEXQJmL1Yv4zzsVBEVYPXeMKIk6ds4ErqpJPKFRaE'
const rp = { challenge, origins: ['https://example.org'], rpId: 'example.org' }
let registration: Json
let assertion: Json
let credential: StoredCredential

beforeAll(async () => {
  const phone = new SoftwareAuthenticator({ origin: 'https://example.org' })
  const user = { id: 'dXNlcg', name: 'ada', displayName: 'Ada' }
  const rpEntity = { id: 'example.org', name: 'Example' }
  registration = { ...(await phone.create({ rp: rpEntity, user, challenge, pubKeyCredParams: [{ type: 'public-key', alg: -7 }] })) }
  assertion = { ...(await phone.get({ challenge, rpId: 'example.org' })) }
  credential = verifyRegistration(registration, rp)
})

/** The four doors for untrusted input, each with an honest response. */
const doors: [string, () => Json, (response: unknown) => unknown][] = [
  ['verifyRegistration', () => registration, response => verifyRegistration(response, rp)],
  ['parseRegistrationResponse', () => registration, response => parseRegistrationResponse(response)],
  ['verifyAuthentication', () => assertion, response => verifyAuthentication(response, { ...rp, credential })],
  ['parseAuthenticationResponse', () => assertion, response => parseAuthenticationResponse(response)],
]

/** 'accepted' or the reason; any other throw, and an unforeseen one, fails the test. */
function outcome(run: () => unknown): string {
  try {
    run()
    return 'accepted'
  } catch (error) {
    if (!(error instanceof WebAuthnError)) throw error
    if (error.reason === 'unexpected') throw error.cause
    return error.reason
  }
}

function cyclic(): Json {
  const object: Json = {}
  object.response = object
  object.self = object
  return object
}

/** Refuses everything that can be asked of an object. */
function hostile(): object {
  const traps = Reflect.ownKeys(Reflect).map(name => [
    name,
    () => {
      throw new RangeError('a trap ran')
    },
  ])
  return new Proxy({}, Object.fromEntries(traps))
}

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}

function nested(depth: number): unknown {
  let value: unknown = 'deep'
  for (let i = 0; i < depth; i++) value = [value]
  return value
}

const garbage: [string, () => unknown][] = [
  ['true', () => true],
  ['zero', () => 0],
  ['not a number', () => Number.NaN],
  ['a bigint', () => 1n],
  ['a symbol', () => Symbol('s')],
  ['text that is not base64url', () => 'ä+/='],
  ['padded text', () => 'AAAA===='],
  ['text with white space', () => ' AAAA\n'],
  ['text with spare bits', () => 'AB'],
  ['text of an impossible length', () => 'AAAAA'],
  ['a lone surrogate', () => '\ud800'],
  ['a long text', () => 'A'.repeat(1_000_000)],
  ['a String object', () => new String('AAAA')],
  ['a function', () => () => 'AAAA'],
  ['a date', () => new Date(0)],
  ['a map', () => new Map([['id', 'AAAA']])],
  ['bytes', () => new Uint8Array(32)],
  ['a list', () => ['AAAA']],
  ['a sparse list', () => new Array(2 ** 32 - 1)],
  ['a list of lists', () => nested(5000)],
  ['a list with a getter', () => Object.defineProperty(['usb'], 0, { get: () => 'usb' })],
  [
    'a list that is a hostile proxy',
    () =>
      new Proxy(['usb'], {
        getOwnPropertyDescriptor: () => {
          throw new TypeError('a trap ran')
        },
      }),
  ],
  [
    'a list of a lying length',
    () =>
      new Proxy([], {
        getOwnPropertyDescriptor: (t, k) => ({ ...Reflect.getOwnPropertyDescriptor(t, k), value: 1e9, configurable: false }),
      }),
  ],
  ['an object of nothing', () => Object.create(null)],
  ['an object that turns into text', () => ({ toString: () => 'AAAA', valueOf: () => 'AAAA', toJSON: () => 'AAAA' })],
  ['a cyclic object', cyclic],
  ['a hostile proxy', hostile],
  ['a revoked proxy', () => revoked({})],
  ['a revoked proxy of a list', () => revoked([])],
]

/** Members whose absence a response survives. What stands elsewhere is ignored, so garbage there is no defect. */
const OPTIONAL = ['response.userHandle', 'response.transports', 'clientExtensionResults']
const REQUIRED = ['id', 'rawId', 'type', 'response', 'response.clientDataJSON']
const OF_REGISTRATION = ['response.attestationObject']
const OF_ASSERTION = ['response.authenticatorData', 'response.signature']

function replaced(json: Json, path: string, value: unknown): Json {
  const [first = '', second] = path.split('.')
  return { ...json, [first]: second === undefined ? value : { ...(json[first] as Json), [second]: value } }
}

describe.each(doors)('%s', (name, honest, run) => {
  const own = name.includes('Registration') ? (name.startsWith('verify') ? OF_REGISTRATION : []) : OF_ASSERTION

  test('accepts the honest response, frozen ones too', () => {
    expect(outcome(() => run(honest()))).toBe('accepted')
    expect(outcome(() => run(Object.freeze(structuredClone(honest()))))).toBe('accepted')
    expect(outcome(() => run(Object.assign(Object.create(null), honest())))).toBe('accepted')
  })

  test.each([...garbage, ['undefined', () => undefined], ['null', () => null]] as typeof garbage)('refuses %s', (_, make) => {
    expect(outcome(() => run(make()))).not.toBe('accepted')
    for (const path of [...REQUIRED, ...own])
      expect(
        outcome(() => run(replaced(honest(), path, make()))),
        path,
      ).not.toBe('accepted')
    for (const path of OPTIONAL)
      expect(
        outcome(() => run(replaced(honest(), path, make()))),
        path,
      ).toBeTypeOf('string')
  })

  test('sees no inherited member', () => {
    expect(outcome(() => run(Object.create(honest())))).not.toBe('accepted')
    for (const path of REQUIRED.slice(0, 4)) {
      const { [path]: value, ...rest } = honest()
      expect(
        outcome(() => run(Object.setPrototypeOf(rest, { [path]: value }))),
        path,
      ).not.toBe('accepted')
    }
    const nestedOnly = { ...honest(), response: Object.create(honest().response as object) }
    expect(outcome(() => run(nestedOnly))).not.toBe('accepted')
    expect(outcome(() => run(JSON.parse(`{"__proto__":${JSON.stringify(honest())}}`)))).not.toBe('accepted')
  })

  test('calls no getter', () => {
    const called: string[] = []
    const spy = (object: object): object =>
      Object.defineProperties(
        {},
        Object.fromEntries(
          Object.entries(object).map(([key, value]) => [
            key,
            {
              get: () => {
                called.push(key)
                return value
              },
            },
          ]),
        ),
      )
    expect(outcome(() => run(spy(honest())))).toBe('response_malformed')
    expect(outcome(() => run({ ...honest(), response: spy(honest().response as object) }))).toBe('response_malformed')
    expect(called).toEqual([])
  })

  test('is not led astray by members that only look dangerous', () => {
    const extra = JSON.parse('{"__proto__":{"id":"AAAA"},"constructor":1,"toString":null,"hasOwnProperty":0}')
    expect(outcome(() => run(Object.assign({}, extra, honest())))).toBe('accepted')
  })
})

test('a registration with extension outputs of the wrong type is refused by name', () => {
  for (const clientExtensionResults of [{ credProps: 1 }, { credProps: { rk: 'true' } }, { prf: [] }, { prf: { enabled: 1 } }]) {
    expect(outcome(() => verifyRegistration({ ...registration, clientExtensionResults }, rp))).toBe('extension_malformed')
  }
})

test('a registration with too many or too long transports is refused by name', () => {
  const transports = (value: unknown): Json => replaced(registration, 'response.transports', value)
  expect(outcome(() => verifyRegistration(transports(new Array(33).fill('usb')), rp))).toBe('response_too_large')
  expect(outcome(() => verifyRegistration(transports(['u'.repeat(65)]), rp))).toBe('response_malformed')
})

test('expectations that are garbage end in a refusal as well', () => {
  for (const [name, make] of garbage) {
    if (name === 'a sparse list') continue // 4 G of origins: the relying party's own doing
    const expected = make() as never
    expect(() => verifyRegistration(registration, expected)).toThrow(WebAuthnError)
    expect(() => verifyAuthentication(assertion, expected)).toThrow(WebAuthnError)
    expect(() => verifyAuthentication(assertion, { ...rp, credential: expected })).toThrow(WebAuthnError)
    expect(() => verifyRegistration(registration, { ...rp, challenge: expected, origins: expected })).toThrow(WebAuthnError)
  }
})
