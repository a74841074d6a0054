import { createPublicKey, verify } from 'node:crypto'
import { verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server'
import { decode } from 'cborg'
import { describe, expect, test } from 'vitest'
import {
  type AttestationDefect,
  type AuthenticationResponseJSON,
  type CborDefect,
  type ClientDataDefect,
  type CreationOptionsJSON,
  concatBytes,
  encodeCbor,
  encodeDefectiveCbor,
  fromBase64url,
  type Misbehaviour,
  type PublicKeyDefect,
  type RegistrationResponseJSON,
  type RequestOptionsJSON,
  rawCbor,
  type SignatureDefect,
  SoftwareAuthenticator,
  sha256,
  toBase64url,
  utf8,
} from './authenticator.ts'

const origin = 'https://login.example.org'
const rpId = 'example.org'
const challenge = toBase64url(utf8('a challenge of thirty-two bytes!'))
const creation: CreationOptionsJSON = {
  rp: { id: rpId, name: 'Example' },
  user: { id: toBase64url(utf8('account-1')), name: 'ada@example.org', displayName: 'Ada' },
  challenge,
  pubKeyCredParams: [-7, -8, -257].map(alg => ({ type: 'public-key', alg })),
  authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
  extensions: { credProps: true },
}
const request: RequestOptionsJSON = { rpId, challenge, userVerification: 'preferred' }
const strict = { useMaps: true, rejectDuplicateMapKeys: true, allowIndefinite: false, strict: true }

interface Attestation {
  fmt: string
  attStmt: Map<string, unknown>
  authData: Uint8Array
}

function attestationOf(response: RegistrationResponseJSON): Attestation {
  const map = decode(fromBase64url(response.response.attestationObject), strict) as Map<string, unknown>
  return Object.fromEntries(map) as unknown as Attestation
}

const clientDataOf = (response: { response: { clientDataJSON: string } }): Record<string, unknown> =>
  JSON.parse(new TextDecoder().decode(fromBase64url(response.response.clientDataJSON)))

const flagsOf = (response: { response: { authenticatorData: string } }): number =>
  fromBase64url(response.response.authenticatorData)[32] ?? 0

async function isSigned(response: AuthenticationResponseJSON, registration: RegistrationResponseJSON): Promise<boolean> {
  const key = createPublicKey({
    key: Buffer.from(registration.response.publicKey ?? '', 'base64url'),
    format: 'der',
    type: 'spki',
  })
  const { authenticatorData, clientDataJSON, signature } = response.response
  const data = concatBytes(fromBase64url(authenticatorData), await sha256(fromBase64url(clientDataJSON)))
  const hash = registration.response.publicKeyAlgorithm === -8 ? null : 'sha256'
  return verify(hash, data, key, fromBase64url(signature))
}

async function registered(
  options: Partial<ConstructorParameters<typeof SoftwareAuthenticator>[0]> = {},
  alg = -7,
): Promise<{ device: SoftwareAuthenticator; registration: RegistrationResponseJSON }> {
  const device = new SoftwareAuthenticator({ origin, ...options })
  const registration = await device.create({ ...creation, pubKeyCredParams: [{ type: 'public-key', alg }] })
  return { device, registration }
}

/** The whole registration as a widely used verifier sees it. */
const secondOpinion = async (response: RegistrationResponseJSON): Promise<boolean> =>
  (
    await verifyRegistrationResponse({
      response: response as never,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      requireUserVerification: false,
    })
  ).verified

describe('honest ceremonies', () => {
  for (const alg of [-7, -8, -257, -35, -36, -37, -258, -259]) {
    test(`registers and signs in with COSE algorithm ${alg}`, async () => {
      const device = new SoftwareAuthenticator({ origin, algorithms: [alg], attestation: 'packed-self' })
      const registration = await device.create({ ...creation, pubKeyCredParams: [{ type: 'public-key', alg }] })
      const assertion = await device.get(request)
      const attested = await verifyRegistrationResponse({
        response: registration as never,
        expectedChallenge: challenge,
        expectedOrigin: origin,
        expectedRPID: rpId,
        supportedAlgorithmIDs: [alg],
      })
      expect(attested.verified).toBe(true)
      expect(attested.registrationInfo?.fmt).toBe('packed')
      const credential = attested.registrationInfo?.credential
      if (!credential) throw new Error('no credential')
      const { verified } = await verifyAuthenticationResponse({
        response: assertion as never,
        expectedChallenge: challenge,
        expectedOrigin: origin,
        expectedRPID: rpId,
        credential,
      })
      expect(verified).toBe(true)
    })
  }

  test('answers a registration with every member that browsers give', async () => {
    const { registration } = await registered({ aaguid: 'ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4' })
    const { fmt, attStmt, authData } = attestationOf(registration)
    expect({ fmt, statement: attStmt.size }).toEqual({ fmt: 'none', statement: 0 })
    expect(toBase64url(authData)).toBe(registration.response.authenticatorData)
    expect(Buffer.from(authData.subarray(37, 53)).toString('hex')).toBe('ea9b8d664d011d213ce4b6b48cb575d4')
    expect(toBase64url(authData.subarray(55, 87))).toBe(registration.id)
    expect(registration).toMatchObject({
      rawId: registration.id,
      type: 'public-key',
      authenticatorAttachment: 'platform',
      clientExtensionResults: { credProps: { rk: true } },
      response: { transports: ['hybrid', 'internal'], publicKeyAlgorithm: -7 },
    })
    expect(clientDataOf(registration)).toEqual({ type: 'webauthn.create', challenge, origin, crossOrigin: false })
  })

  test('signs with the key that it registered', async () => {
    for (const alg of [-7, -8, -257]) {
      const { device, registration } = await registered({}, alg)
      expect(await isSigned(await device.get(request), registration)).toBe(true)
    }
  })

  test('a platform passkey says it is synced, a security key does not', async () => {
    const platform = await registered()
    const securityKey = await registered({ attachment: 'cross-platform' })
    expect(flagsOf(platform.registration)).toBe(0x5d)
    expect(flagsOf(securityKey.registration)).toBe(0x45)
    expect(flagsOf(await platform.device.get(request))).toBe(0x1d)
  })

  test('takes the first algorithm that both sides know', async () => {
    const device = new SoftwareAuthenticator({ origin, algorithms: [-257, -8] })
    expect((await device.create(creation)).response.publicKeyAlgorithm).toBe(-8)
  })

  test('counts signatures when told to', async () => {
    const { device } = await registered({ counter: 'growing' })
    const counts = [await device.get(request), await device.get(request)].map(
      answer => fromBase64url(answer.response.authenticatorData)[36],
    )
    expect(counts).toEqual([2, 3])
  })

  test('a synced credential stays at zero, an imported count goes on', async () => {
    const { device } = await registered()
    const count = async (): Promise<unknown> => fromBase64url((await device.get(request)).response.authenticatorData)[36]
    expect([await count(), await count()]).toEqual([0, 0])
    device.credentials[0]!.signCount = 7
    expect([await count(), await count()]).toEqual([8, 9])
  })

  test('a roaming authenticator keeps no discoverable credential that nobody asked for', async () => {
    const device = new SoftwareAuthenticator({ origin, attachment: 'cross-platform' })
    const registration = await device.create({ ...creation, authenticatorSelection: { residentKey: 'discouraged' } })
    expect(registration.clientExtensionResults).toEqual({ credProps: { rk: false } })
    await expect(device.get(request)).rejects.toMatchObject({ name: 'NotAllowedError' })
    const assertion = await device.get({ ...request, allowCredentials: [{ id: registration.id, type: 'public-key' }] })
    expect(assertion.response.userHandle).toBeUndefined()
  })

  test('replaces its discoverable credential for the same account', async () => {
    const { device } = await registered()
    const second = await device.create(creation)
    expect(device.credentials.map(key => key.id)).toEqual([second.id])
  })

  test('answers with the newest of several credentials, or the one named', async () => {
    const device = new SoftwareAuthenticator({ origin })
    const first = await device.create(creation)
    const second = await device.create({ ...creation, user: { ...creation.user, id: toBase64url(utf8('account-2')) } })
    expect((await device.get(request)).id).toBe(second.id)
    expect((await device.get(request, { credentialId: first.id })).id).toBe(first.id)
    expect(device.matching(request).map(key => key.id)).toEqual([second.id, first.id])
  })

  test('goes through JSON and signs as before', async () => {
    const { device, registration } = await registered({ counter: 'growing' })
    const copy = await SoftwareAuthenticator.import({ origin, counter: 'growing' }, JSON.parse(JSON.stringify(await device.export())))
    const assertion = await copy.get(request)
    expect(await isSigned(assertion, registration)).toBe(true)
    expect([device.credentials[0]?.signCount, copy.credentials[0]?.signCount]).toEqual([1, 2])
  })
})

describe('what a browser refuses', () => {
  const refusals: [string, Partial<ConstructorParameters<typeof SoftwareAuthenticator>[0]>, Partial<CreationOptionsJSON>][] = [
    ['SecurityError', {}, { rp: { name: 'x', id: 'other.org' } }],
    ['SecurityError', {}, { rp: { name: 'x', id: 'org' } }],
    ['SecurityError', {}, { rp: { name: 'x', id: 'ample.org' } }],
    ['SecurityError', { origin: 'http://127.0.0.1:3000' }, { rp: { name: 'x' } }],
    ['NotSupportedError', { algorithms: [-8] }, { pubKeyCredParams: [{ type: 'public-key', alg: -7 }] }],
    ['ConstraintError', { userVerification: false }, { authenticatorSelection: { userVerification: 'required' } }],
    ['ConstraintError', { discoverable: false }, { authenticatorSelection: { residentKey: 'required' } }],
  ]
  for (const [name, device, options] of refusals) {
    test(`${name} for ${JSON.stringify({ ...device, ...options })}`, async () => {
      const refused = new SoftwareAuthenticator({ origin, ...device }).create({ ...creation, ...options })
      await expect(refused).rejects.toMatchObject({ name })
    })
  }

  test('InvalidStateError when it holds a credential of excludeCredentials', async () => {
    const { device, registration } = await registered()
    const again = device.create({ ...creation, excludeCredentials: [{ id: registration.id, type: 'public-key' }] })
    await expect(again).rejects.toMatchObject({ name: 'InvalidStateError' })
  })

  test('NotAllowedError when no credential is allowed, or the user cannot be verified', async () => {
    const { device } = await registered({ userVerification: false })
    const unknown = device.get({ ...request, allowCredentials: [{ id: 'AAAA', type: 'public-key' }] })
    await expect(unknown).rejects.toMatchObject({ name: 'NotAllowedError' })
    await expect(device.get({ ...request, userVerification: 'required' })).rejects.toMatchObject({ name: 'NotAllowedError' })
  })
})

describe('one thing wrong, freshly signed', () => {
  const assertions: [Misbehaviour, (answer: AuthenticationResponseJSON) => unknown, unknown][] = [
    [{ type: 'webauthn.create' }, answer => clientDataOf(answer).type, 'webauthn.create'],
    [{ challenge: 'AAAA' }, answer => clientDataOf(answer).challenge, 'AAAA'],
    [{ origin: 'https://evil.example' }, answer => clientDataOf(answer).origin, 'https://evil.example'],
    [{ crossOrigin: true }, answer => clientDataOf(answer).crossOrigin, true],
    [{ topOrigin: 'https://evil.example' }, answer => clientDataOf(answer).topOrigin, 'https://evil.example'],
    [{ userPresent: false }, answer => flagsOf(answer), 0x1c],
    [{ userVerified: false }, answer => flagsOf(answer), 0x19],
    [{ backupEligible: false, backupState: false }, answer => flagsOf(answer), 0x05],
    [{ backupEligible: false }, answer => flagsOf(answer), 0x15],
    [{ signCount: 0x01020304 }, answer => [...fromBase64url(answer.response.authenticatorData).slice(33, 37)], [1, 2, 3, 4]],
    [{ attestedCredentialData: 'present' }, answer => flagsOf(answer), 0x5d],
    [{ attestedCredentialData: 'flag-without-data' }, answer => flagsOf(answer), 0x5d],
    [{ extensionData: 'flag-without-data' }, answer => flagsOf(answer), 0x9d],
    [{ extensionData: 'data-without-flag' }, answer => fromBase64url(answer.response.authenticatorData).length > 37, true],
    [{ extensions: new Map([['x', true]]) }, answer => flagsOf(answer), 0x9d],
    [{ userHandle: null }, answer => answer.response.userHandle, undefined],
    [{ userHandle: 'AAAA' }, answer => answer.response.userHandle, 'AAAA'],
    [{ credentialIdDiffers: 'rawId' }, answer => answer.rawId === answer.id, false],
  ]
  for (const [misbehave, look, expected] of assertions) {
    test(`authentication with ${JSON.stringify(misbehave)}`, async () => {
      const { device, registration } = await registered()
      const assertion = await device.get(request, misbehave)
      expect(look(assertion)).toEqual(expected)
      expect(await isSigned(assertion, registration)).toBe(true)
    })
  }

  test('authentication with the hash of another RP ID', async () => {
    const { device, registration } = await registered()
    const assertion = await device.get(request, { rpId: 'evil.example' })
    expect(fromBase64url(assertion.response.authenticatorData).slice(0, 32)).toEqual(await sha256(utf8('evil.example')))
    expect(await isSigned(assertion, registration)).toBe(true)
  })

  const forms: [ClientDataDefect, 'valid' | 'refused'][] = [
    ['bom', 'valid'],
    ['unknown-members', 'valid'],
    ['other-order', 'valid'],
    ['escapes', 'valid'],
    ['token-binding', 'valid'],
    ['duplicate-member', 'refused'],
    ['not-json', 'refused'],
    ['not-an-object', 'refused'],
    ['member-not-a-string', 'refused'],
    ['inherited-members', 'refused'],
  ]
  for (const [form, verdict] of forms) {
    test(`client data ${form}: ${verdict}, signed over these very bytes`, async () => {
      const { device, registration } = await registered()
      const assertion = await device.get(request, { clientData: form })
      expect(await isSigned(assertion, registration)).toBe(true)
      const readable = ((): unknown => {
        try {
          return clientDataOf(assertion).challenge
        } catch {
          return undefined
        }
      })()
      expect(readable === challenge).toBe(verdict === 'valid')
    })
  }

  const signatures: [number, SignatureDefect | 'other-client-data' | 'other-authenticator-data', boolean][] = [
    [-7, 'wrong-key', false],
    [-7, 'altered', false],
    [-7, 'not-strict-der', false],
    [-7, 'padded-integer', false],
    [-7, 'raw', false],
    [-7, 'trailing-bytes', false],
    [-7, 'empty', false],
    [-7, 'high-s', true],
    [-7, 'wrong-hash', false],
    [-7, 'other-client-data', false],
    [-7, 'other-authenticator-data', false],
    [-8, 'wrong-key', false],
    [-8, 'altered', false],
    [-8, 'non-canonical-s', false],
    [-8, 'wrong-hash', false],
    [-257, 'wrong-key', false],
    [-257, 'altered', false],
    [-257, 'wrong-hash', false],
  ]
  for (const [alg, defect, valid] of signatures) {
    test(`signature ${defect} of algorithm ${alg} is ${valid ? 'valid' : 'refused by node:crypto'}`, async () => {
      const { device, registration } = await registered({}, alg)
      expect(await isSigned(await device.get(request, { signature: defect }), registration)).toBe(valid)
    })
  }

  test('a defect that the algorithm cannot have is a TypeError', async () => {
    const { device } = await registered({}, -8)
    await expect(device.get(request, { signature: 'high-s' })).rejects.toThrow(TypeError)
  })
})

describe('registrations with one thing wrong', () => {
  const encodings: CborDefect[] = ['trailing-bytes', 'cut-short', 'duplicate-key', 'indefinite-length', 'non-shortest', 'tagged']
  for (const cbor of encodings) {
    for (const cborOf of ['attestationObject', 'credentialPublicKey'] as const) {
      test(`CBOR ${cbor} in ${cborOf} does not decode strictly`, async () => {
        const registration = await new SoftwareAuthenticator({ origin }).create(creation, { cbor, cborOf })
        const item =
          cborOf === 'attestationObject'
            ? fromBase64url(registration.response.attestationObject)
            : fromBase64url(registration.response.authenticatorData).subarray(87)
        expect(() => decode(item, strict)).toThrow()
      })
    }
  }

  const keys: [PublicKeyDefect, (key: Map<number, unknown>) => unknown, unknown][] = [
    ['x-missing', key => key.has(-2), false],
    ['y-missing', key => key.has(-3), false],
    ['alg-missing', key => key.has(3), false],
    ['private-member', key => key.has(-4), true],
    ['extra-member', key => key.size, 6],
    ['padded-coordinate', key => (key.get(-2) as Uint8Array).length, 33],
    ['compressed-point', key => typeof key.get(-3), 'boolean'],
    ['other-curve', key => [key.get(3), key.get(-1), (key.get(-2) as Uint8Array).length], [-7, 2, 48]],
    ['alg-kty-mismatch', key => [key.get(1), key.get(3)], [2, -8]],
    ['rsa-512', key => (key.get(-1) as Uint8Array).length, 64],
    ['rsa-1024', key => (key.get(-1) as Uint8Array).length, 128],
    ['rsa-16384', key => (key.get(-1) as Uint8Array).length, 2048],
    ['rsa-even-modulus', key => ((key.get(-1) as Uint8Array).at(-1) ?? 1) & 1, 0],
    ['rsa-even-exponent', key => [...(key.get(-2) as Uint8Array)], [1, 0, 0]],
    ['rsa-exponent-1', key => [...(key.get(-2) as Uint8Array)], [1]],
    ['low-order', key => (key.get(-2) as Uint8Array)[0], 1],
    ['low-order-8', key => (key.get(-2) as Uint8Array)[0], 0xc7],
  ]
  for (const [defect, look, expected] of keys) {
    test(`public key ${defect}`, async () => {
      const registration = await new SoftwareAuthenticator({ origin }).create(creation, { credentialPublicKey: defect })
      const key = decode(attestationOf(registration).authData.subarray(87), strict) as Map<number, unknown>
      expect(look(key)).toEqual(expected)
      expect(registration.response.publicKey).toBeUndefined()
    })
  }

  for (const defect of ['off-curve', 'zero-point'] as const) {
    test(`public key ${defect} is no key for node:crypto`, async () => {
      const registration = await new SoftwareAuthenticator({ origin }).create(creation, { credentialPublicKey: defect })
      const key = decode(attestationOf(registration).authData.subarray(87), strict) as Map<number, Uint8Array>
      const jwk = { kty: 'EC', crv: 'P-256', x: toBase64url(key.get(-2)!), y: toBase64url(key.get(-3)!) }
      expect(() => createPublicKey({ key: jwk, format: 'jwk' })).toThrow()
    })
  }

  test('the low-order key signs anything without a private key, which is why it must be refused', async () => {
    const device = new SoftwareAuthenticator({ origin })
    await device.create(creation, { credentialPublicKey: 'low-order' })
    const { response } = await device.get(request)
    const data = concatBytes(fromBase64url(response.authenticatorData), await sha256(fromBase64url(response.clientDataJSON)))
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: device.credentials[0]?.privateKey.x ?? '' }
    expect(verify(null, data, createPublicKey({ key: jwk, format: 'jwk' }), fromBase64url(response.signature))).toBe(true)
  })

  test('a key that needs an algorithm which is not offered is a TypeError, not a second defect', async () => {
    const made = new SoftwareAuthenticator({ origin }).create(
      { ...creation, pubKeyCredParams: [{ type: 'public-key', alg: -7 }] },
      { credentialPublicKey: 'rsa-1024' },
    )
    await expect(made).rejects.toThrow(TypeError)
  })

  const statements: [AttestationDefect, (object: Attestation) => unknown, unknown][] = [
    ['none-not-empty', object => [object.fmt, object.attStmt.size], ['none', 1]],
    ['unknown-format', object => object.fmt, 'latchkey-unknown'],
    ['format-missing', object => object.fmt, undefined],
    ['statement-missing', object => object.attStmt, undefined],
    ['packed-alg-differs', object => [object.fmt, object.attStmt.get('alg')], ['packed', -257]],
    ['packed-alg-missing', object => [...object.attStmt.keys()], ['sig']],
    ['packed-sig-missing', object => [...object.attStmt.keys()], ['alg']],
    ['packed-x5c-empty', object => object.attStmt.get('x5c'), []],
  ]
  for (const [defect, look, expected] of statements) {
    test(`attestation ${defect}`, async () => {
      const registration = await new SoftwareAuthenticator({ origin }).create(creation, { attestation: defect })
      expect(look(attestationOf(registration))).toEqual(expected)
    })
  }

  test('a packed self attestation can carry a wrong signature', async () => {
    const device = new SoftwareAuthenticator({ origin, attestation: 'packed-self' })
    expect(await secondOpinion(await device.create(creation))).toBe(true)
    expect(await secondOpinion(await device.create(creation, { signature: 'high-s' }))).toBe(true)
    for (const signature of ['wrong-key', 'altered', 'other-client-data'] as const) {
      expect(await secondOpinion(await device.create(creation, { signature }))).toBe(false)
    }
  })

  test('ids of 0 and 1024 bytes, or another one inside', async () => {
    const device = new SoftwareAuthenticator({ origin })
    for (const credentialIdLength of [0, 1023, 1024]) {
      const registration = await device.create(creation, { credentialIdLength })
      const { authData } = attestationOf(registration)
      expect([(authData[53] ?? 0) * 256 + (authData[54] ?? 0), fromBase64url(registration.id).length]).toEqual([
        credentialIdLength,
        credentialIdLength,
      ])
    }
    const inner = await device.create(creation, { credentialIdDiffers: 'inner' })
    expect(toBase64url(attestationOf(inner).authData.subarray(55, 87))).not.toBe(inner.id)
  })

  test('attested data absent, cut short or longer than it is', async () => {
    const device = new SoftwareAuthenticator({ origin })
    const bytes = async (attestedCredentialData: 'absent' | 'flag-without-data' | 'cut-short' | 'data-without-flag'): Promise<unknown> => {
      const { authData } = attestationOf(await device.create(creation, { attestedCredentialData }))
      return [authData.length, (authData[32] ?? 0) & 0x40]
    }
    expect(await bytes('absent')).toEqual([37, 0])
    expect(await bytes('flag-without-data')).toEqual([37, 0x40])
    expect(await bytes('cut-short')).toEqual([163, 0x40])
    expect(await bytes('data-without-flag')).toEqual([164, 0])
  })

  test('an algorithm that was not offered', async () => {
    const registration = await new SoftwareAuthenticator({ origin }).create(creation, { alg: -35 })
    const key = decode(attestationOf(registration).authData.subarray(87), strict) as Map<number, unknown>
    expect(key.get(3)).toBe(-35)
  })

  test('a misbehaving registration leaves the good credential in place', async () => {
    const { device, registration } = await registered()
    await device.create(creation, { userPresent: false })
    expect(device.credentials[0]?.id).toBe(registration.id)
  })

  test('the hooks run before anything is hashed or signed', async () => {
    const device = new SoftwareAuthenticator({ origin, attestation: 'packed-self' })
    const registration = await device.create(creation, {
      mutateClientData: data => ({ ...data, later: 1 }),
      mutateAuthData: data => data.with(36, 9) as typeof data,
      mutateAttestationObject: map => new Map([...map, ['more', true] as const]),
    })
    expect(clientDataOf(registration).later).toBe(1)
    expect(attestationOf(registration).authData[36]).toBe(9)
    expect(await secondOpinion(registration)).toBe(true)
  })
})

describe('helpers', () => {
  test('CBOR agrees with a strict decoder', () => {
    const value = new Map<string, never>(
      Object.entries({
        a: 0,
        b: 23,
        c: 24,
        d: 256,
        e: 65536,
        f: -1,
        g: -257,
        h: 2 ** 40,
        i: true,
        j: null,
        k: [1, 'é'],
        l: utf8('x'),
      } as never),
    )
    expect(decode(encodeCbor(value), strict)).toEqual(value)
    expect(() => encodeCbor(1.5)).toThrow(TypeError)
    expect(encodeCbor([rawCbor(new Uint8Array([0xff]))])).toEqual(new Uint8Array([0x81, 0xff]))
  })

  test('a map in another order still decodes', () => {
    const value = new Map([
      ['a', 1],
      ['b', 2],
    ])
    expect(decode(encodeDefectiveCbor(value, 'wrong-order'), { useMaps: true })).toEqual(value)
  })

  test('base64url goes there and back', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    expect(fromBase64url(toBase64url(bytes))).toEqual(bytes)
    expect(toBase64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
  })
})
