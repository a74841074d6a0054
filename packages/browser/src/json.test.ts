import { afterEach, expect, test, vi } from 'vitest'
import {
  authenticationJson,
  fromBase64url,
  parseCreationOptions,
  parseRequestOptions,
  registrationJson,
  toBase64url,
  withoutNulls,
} from './json.ts'
import type { CreationOptionsJson, RequestOptionsJson } from './wire.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

const bytes = (...values: number[]): ArrayBuffer => Uint8Array.from(values).buffer
const request: RequestOptionsJson = {
  challenge: '-_8',
  rpId: 'example.org',
  timeout: 1000,
  userVerification: 'required',
  allowCredentials: [{ type: 'public-key', id: 'AQI', transports: ['usb'] }],
}
const creation: CreationOptionsJson = {
  challenge: 'AQ',
  rp: { id: 'example.org', name: 'Example' },
  user: { id: 'Ag', name: 'ada', displayName: 'Ada' },
  pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
  excludeCredentials: [{ type: 'public-key', id: 'Aw' }],
}

test('base64url both ways, and nothing else', () => {
  for (const length of [0, 1, 2, 3, 64]) {
    const random = crypto.getRandomValues(new Uint8Array(length))
    const text = toBase64url(random.buffer)
    expect(text).toBe(Buffer.from(random).toString('base64url'))
    expect(new Uint8Array(fromBase64url(text))).toEqual(random)
  }
  for (const wrong of ['AQ==', 'A+', 'A/', 'A A']) expect(() => fromBase64url(wrong)).toThrow(TypeError)
})

test('nulls are left out at every depth', () => {
  expect(withoutNulls({ a: null, b: [{ c: null, d: 1 }], e: undefined, f: false })).toEqual({ b: [{ d: 1 }], f: false })
})

test('options become buffers where the browser cannot parse them', () => {
  expect(parseRequestOptions(request)).toEqual({
    ...request,
    challenge: bytes(251, 255),
    allowCredentials: [{ type: 'public-key', id: bytes(1, 2), transports: ['usb'] }],
  })
  expect(parseCreationOptions({ ...creation, hints: null as never })).toEqual({
    ...creation,
    challenge: bytes(1),
    user: { ...creation.user, id: bytes(2) },
    excludeCredentials: [{ type: 'public-key', id: bytes(3) }],
  })
  expect(() => parseRequestOptions({ challenge: '!' })).toThrow(TypeError)
})

test('the browser’s own parser comes first, without nulls, and may fail', () => {
  const parse = vi.fn(() => ({ challenge: bytes(9) }))
  vi.stubGlobal('PublicKeyCredential', { parseRequestOptionsFromJSON: parse })
  expect(parseRequestOptions({ ...request, extensions: null as never })).toEqual({ challenge: bytes(9) })
  expect(parse).toHaveBeenCalledWith(request)
  parse.mockImplementation(() => {
    throw new TypeError('not yet')
  })
  expect(parseRequestOptions(request).challenge).toEqual(bytes(251, 255))
})

const credential = (response: object, more: object = {}): Credential =>
  ({
    id: 'AQ',
    rawId: bytes(1),
    type: 'public-key',
    getClientExtensionResults: () => ({ credProps: { rk: true } }),
    response,
    ...more,
  }) as never

test('answers become JSON by hand', () => {
  const made = credential(
    { clientDataJSON: bytes(2), attestationObject: bytes(3), getTransports: () => ['internal'] },
    { authenticatorAttachment: 'platform' },
  )
  expect(registrationJson(made)).toEqual({
    id: 'AQ',
    rawId: 'AQ',
    type: 'public-key',
    authenticatorAttachment: 'platform',
    clientExtensionResults: { credProps: { rk: true } },
    response: { clientDataJSON: 'Ag', attestationObject: 'Aw', transports: ['internal'] },
  })
  const signed = { clientDataJSON: bytes(2), authenticatorData: bytes(3), signature: bytes(4) }
  expect(authenticationJson(credential({ ...signed, userHandle: bytes(5) })).response).toEqual({
    clientDataJSON: 'Ag',
    authenticatorData: 'Aw',
    signature: 'BA',
    userHandle: 'BQ',
  })
  expect(authenticationJson(credential({ ...signed, userHandle: null })).response).not.toHaveProperty('userHandle')
})

test('answers tell themselves where they can; what fails or is half is done by hand', () => {
  const signed = { clientDataJSON: bytes(2), authenticatorData: bytes(3), signature: bytes(4) }
  const own = { id: 'own', response: { signature: 'own', userHandle: null } }
  expect(authenticationJson(credential(signed, { toJSON: () => own }))).toEqual({ id: 'own', response: { signature: 'own' } })
  for (const toJSON of [() => ({ id: 'half', response: {} }), () => undefined, vi.fn().mockImplementation(() => raise())]) {
    expect(authenticationJson(credential(signed, { toJSON })).response.signature).toBe('BA')
  }
  const old = credential({ clientDataJSON: bytes(2), attestationObject: bytes(3) }, { getClientExtensionResults: undefined })
  expect(registrationJson(old)).toMatchObject({ response: { transports: [] }, clientExtensionResults: {} })
})

function raise(): never {
  throw new TypeError('Illegal invocation')
}
