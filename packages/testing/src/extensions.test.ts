import { describe, expect, test } from 'vitest'
import {
  type BinaryExtensionResults,
  type CreationOptionsJSON,
  fromBase64url,
  type RequestOptionsJSON,
  SoftwareAuthenticator,
  sha256,
  toBase64url,
  utf8,
} from './authenticator.ts'
import { withBuffers } from './extensions.ts'

const origin = 'https://login.example.org'
const appid = 'https://login.example.org/app-id.json'
const creation = (extensions: object): CreationOptionsJSON => ({
  rp: { id: 'example.org', name: 'Example' },
  user: { id: 'AAAA', name: 'ada', displayName: 'Ada' },
  challenge: 'AAAA',
  pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
  extensions,
})
const request = (extensions: object): RequestOptionsJSON => ({ rpId: 'example.org', challenge: 'AAAA', extensions })
const binaryOf = ({ clientExtensionResults }: { clientExtensionResults: object }): BinaryExtensionResults => clientExtensionResults
const dataOf = ({ response }: { response: { authenticatorData: string } }): Uint8Array => fromBase64url(response.authenticatorData)

describe('extensions', () => {
  test('a registration answers what was asked, and nothing else', async () => {
    const device = new SoftwareAuthenticator({ origin })
    const asked = { credProps: true, prf: {}, largeBlob: { support: 'required' }, appidExclude: appid, unknown: 1 }
    expect((await device.create(creation(asked))).clientExtensionResults).toEqual({
      credProps: { rk: true },
      prf: { enabled: true },
      largeBlob: { supported: true },
      appidExclude: true,
    })
    expect((await device.create(creation({}))).clientExtensionResults).toEqual({})
  })

  test('prf gives the same for the same input, also after export, and something else for another', async () => {
    const device = new SoftwareAuthenticator({ origin })
    const evaluated = { prf: { eval: { first: 'AAAA', second: 'BBBB' } } }
    const created = binaryOf(await device.create(creation(evaluated))).prf?.results
    const copy = await SoftwareAuthenticator.import({ origin }, await device.export())
    const results = binaryOf(await copy.get(request(evaluated))).prf?.results
    expect(results).toEqual(created)
    expect(fromBase64url(results?.first ?? '').length).toBe(32)
    expect(results?.first).not.toBe(results?.second)
    const id = device.credentials[0]!.id
    const named = await device.get(request({ prf: { evalByCredential: { [id]: { first: 'BBBB' } } } }))
    expect(binaryOf(named).prf?.results).toEqual({ first: results?.second })
    expect((await device.get(request({ prf: {} }))).clientExtensionResults).toEqual({ prf: {} })
  })

  test('largeBlob keeps what was written', async () => {
    const device = new SoftwareAuthenticator({ origin })
    await device.create(creation({}))
    const answer = async (largeBlob: object): Promise<unknown> =>
      (await device.get(request({ largeBlob }))).clientExtensionResults.largeBlob
    expect(await answer({ read: true })).toEqual({})
    expect(await answer({ write: 'AQID' })).toEqual({ written: true })
    expect(await answer({ read: true })).toEqual({ blob: 'AQID' })
  })

  test('credProtect is signed, not said by the client', async () => {
    for (const [index, policy] of [
      'userVerificationOptional',
      'userVerificationOptionalWithCredentialIDList',
      'userVerificationRequired',
    ].entries()) {
      const registration = await new SoftwareAuthenticator({ origin }).create(creation({ credentialProtectionPolicy: policy }))
      expect(registration.clientExtensionResults).toEqual({})
      expect((dataOf(registration)[32] ?? 0) & 0x80).toBe(0x80)
      expect(Buffer.from(dataOf(registration).slice(-14)).toString('hex')).toBe(`a16b6372656450726f74656374${'0'}${index + 1}`)
    }
  })

  test('appid: the hash of the AppID where the keys are of it, else the usual one', async () => {
    const device = new SoftwareAuthenticator({ origin, u2fAppId: appid })
    await device.create(creation({}))
    const scope = async (asked: object): Promise<unknown> => {
      const answer = await device.get(request(asked))
      return [answer.clientExtensionResults.appid, toBase64url(dataOf(answer).subarray(0, 32))]
    }
    const hash = async (text: string): Promise<string> => toBase64url(await sha256(utf8(text)))
    expect(await scope({ appid })).toEqual([true, await hash(appid)])
    expect(await scope({ appid: 'https://other.example/' })).toEqual([false, await hash('example.org')])
    expect(await scope({})).toEqual([undefined, await hash('example.org')])
  })

  test('scripts get buffers', () => {
    const results = withBuffers({ prf: { enabled: true, results: { first: 'AQID' } }, credProps: { rk: true } })
    expect(results).toEqual({ prf: { enabled: true, results: { first: Uint8Array.of(1, 2, 3).buffer } }, credProps: { rk: true } })
  })
})
