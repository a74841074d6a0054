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
  for (const junk of [{}, null, { challenge: 'AQ' }, { challenge: {} }]) {
    vi.stubGlobal('PublicKeyCredential', { parseRequestOptionsFromJSON: () => junk, parseCreationOptionsFromJSON: () => junk })
    expect(parseRequestOptions(request).challenge).toEqual(bytes(251, 255))
    expect(parseCreationOptions(creation).user.id).toEqual(bytes(2))
  }
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

const made = { clientDataJSON: bytes(2), attestationObject: bytes(3, 255), getTransports: () => ['internal'] }
const signed = { clientDataJSON: bytes(2), authenticatorData: bytes(3), signature: bytes(4, 255), userHandle: bytes(5) }
const results = { clientExtensionResults: { credProps: { rk: true } } }
const wholeMade = {
  ...{ id: 'AQ', rawId: 'AQ', type: 'public-key', ...results },
  response: { clientDataJSON: 'Ag', attestationObject: 'A_8', transports: ['internal'] },
}
const wholeSigned = {
  ...{ id: 'AQ', rawId: 'AQ', type: 'public-key', ...results },
  response: { clientDataJSON: 'Ag', authenticatorData: 'Aw', signature: 'BP8', userHandle: 'BQ' },
}

test('answers tell themselves where what they tell is whole', () => {
  const more = { publicKeyAlgorithm: -7, publicKey: null }
  const own = { ...wholeMade, authenticatorAttachment: null, response: { ...wholeMade.response, ...more } }
  const told = { ...wholeMade, response: { ...wholeMade.response, publicKeyAlgorithm: -7 } }
  expect(registrationJson(credential(made, { toJSON: () => own }))).toEqual(told)
  const other = { ...wholeSigned, response: { ...wholeSigned.response, userHandle: 'Bg' } }
  expect(authenticationJson(credential(signed, { toJSON: () => other }))).toEqual(other)
  const nobody = { ...signed, userHandle: null }
  const { userHandle: _, ...without } = wholeSigned.response
  expect(authenticationJson(credential(nobody, { toJSON: () => ({ ...wholeSigned, response: without }) })).response).toEqual(without)
})

/** A whole answer with one member as some password manager gives it. */
function broken<Whole extends { response: object }>(whole: Whole): [string, unknown][] {
  const member = (name: string, value: unknown) => ({ ...whole, [name]: value })
  const inner = (name: string, value: unknown) => ({ ...whole, response: { ...whole.response, [name]: value } })
  const names = Object.keys(whole.response).filter(name => name !== 'transports')
  return [
    ['PM-1 {}', {}],
    ['nothing', undefined],
    ['null', null],
    ['text', JSON.stringify(whole)],
    ['a list', [whole]],
    ['no response', member('response', undefined)],
    ['an empty response', member('response', {})],
    ['no extension results', member('clientExtensionResults', undefined)],
    ['no word of credProps, which the object has', member('clientExtensionResults', {})],
    ['extension results as a list', member('clientExtensionResults', [])],
    ['an id in base64', member('id', 'AQ==')],
    ['another rawId', member('rawId', 'Ag')],
    ['PM-2 rawId as a buffer', member('rawId', bytes(1))],
    ['no type', member('type', undefined)],
    ['an attachment that is no text', member('authenticatorAttachment', {})],
    ...names.flatMap((name): [string, unknown][] => [
      [`PM-2 ${name} as a buffer`, inner(name, bytes(2))],
      [`PM-2 ${name} as a list of bytes`, inner(name, [2])],
      [`PM-2 ${name} as an object of bytes`, inner(name, { 0: 2 })],
      [`no ${name}`, inner(name, undefined)],
      [`${name} empty`, inner(name, '')],
      [`${name} in base64`, inner(name, '/+8=')],
      [`${name} with padding`, inner(name, 'Ag==')],
      [`${name} with stray bits`, inner(name, 'Ah')],
      [`${name} of an impossible length`, inner(name, 'AgAgA')],
      [`${name} with a space`, inner(name, 'A g')],
    ]),
  ]
}

test.each(broken(wholeMade))('a registration that tells %s is read by hand', (_what, told) => {
  expect(registrationJson(credential(made, { toJSON: () => told }))).toEqual(wholeMade)
})
test.each(broken(wholeSigned))('an assertion that tells %s is read by hand', (_what, told) => {
  expect(authenticationJson(credential(signed, { toJSON: () => told }))).toEqual(wholeSigned)
})

test('PM-1, PM-2: what throws, lacks transports or is too old is read by hand, in every form that bytes have', () => {
  expect(authenticationJson(credential(signed, { toJSON: vi.fn().mockImplementation(() => raise()) }))).toEqual(wholeSigned)
  const { transports: _, ...without } = wholeMade.response
  expect(registrationJson(credential(made, { toJSON: () => ({ ...wholeMade, response: without }) }))).toEqual(wholeMade)
  const old = credential({ clientDataJSON: bytes(2), attestationObject: bytes(3) }, { getClientExtensionResults: undefined })
  expect(registrationJson(old)).toMatchObject({ response: { transports: [] }, clientExtensionResults: {} })
  const view = new Uint8Array(bytes(9, 2, 9), 1, 1)
  const odd = { clientDataJSON: view, authenticatorData: new DataView(bytes(3)), signature: 'BP8=', userHandle: 'BQ' }
  expect(authenticationJson(credential(odd, { rawId: undefined, id: 'AQ==' }))).toEqual(wholeSigned)
  const padded = credential(signed, { id: 'AQ==' })
  expect(authenticationJson(padded)).toEqual(wholeSigned)
  const empty = { ...signed, userHandle: bytes() }
  expect(authenticationJson(credential(empty)).response).not.toHaveProperty('userHandle')
  const prf = { getClientExtensionResults: () => ({ prf: { results: { first: view, second: bytes(7) } } }) }
  expect(authenticationJson(credential(signed, prf)).clientExtensionResults).toEqual({ prf: { results: { first: 'Ag', second: 'Bw' } } })
  for (const response of [{}, { ...signed, signature: {} }, { ...signed, signature: null }])
    expect(() => authenticationJson(credential(response, { toJSON: () => ({}) }))).toThrow(TypeError)
})

test('PM-2: a rawId that is nothing is the id, and extension results that no JSON can hold are none: the ceremony goes on', () => {
  for (const rawId of [{}, null, [1], 7, 'not base64!']) expect(authenticationJson(credential(signed, { rawId }))).toEqual(wholeSigned)
  const cycle: Record<string, unknown> = {}
  cycle.own = cycle
  for (const odd of [null, 'x', 7, [true], { largeBlob: { blob: 1n } }, cycle]) {
    const answer = credential(made, { getClientExtensionResults: () => odd, toJSON: () => ({}) })
    expect(registrationJson(answer)).toEqual({ ...wholeMade, clientExtensionResults: {} })
  }
})

function raise(): never {
  throw new TypeError('Illegal invocation')
}
