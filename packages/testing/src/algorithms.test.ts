import { createPublicKey, verify } from 'node:crypto'
import { decode } from 'cborg'
import { describe, expect, test, vi } from 'vitest'
import {
  type CreationOptionsJSON,
  concatBytes,
  fromBase64url,
  generateJwk,
  type SignatureDefect,
  SoftwareAuthenticator,
  sha256,
  toBase64url,
  utf8,
} from './authenticator.ts'

const origin = 'https://login.example.org'
const challenge = toBase64url(utf8('a challenge of thirty-two bytes!'))
const creation = (alg: number): CreationOptionsJSON => ({
  rp: { id: 'example.org', name: 'Example' },
  user: { id: 'AAAA', name: 'ada', displayName: 'Ada' },
  challenge,
  pubKeyCredParams: [{ type: 'public-key', alg }],
})

/** ML-DSA came to node:crypto with 24.7; the rest is in every supported Node. */
const hasMlDsa = await generateJwk(-48).then(
  () => true,
  () => false,
)
const rows: { alg: number; hash: string | null; key: Record<string, unknown>; pss?: number; edDsaCurve?: 'Ed448' }[] = [
  { alg: -9, hash: 'sha256', key: { 1: 2, 3: -9, [-1]: 1 } },
  { alg: -51, hash: 'sha384', key: { 1: 2, 3: -51, [-1]: 2 } },
  { alg: -52, hash: 'sha512', key: { 1: 2, 3: -52, [-1]: 3 } },
  { alg: -19, hash: null, key: { 1: 1, 3: -19, [-1]: 6 } },
  { alg: -53, hash: null, key: { 1: 1, 3: -53, [-1]: 7 } },
  { alg: -8, hash: null, key: { 1: 1, 3: -8, [-1]: 7 }, edDsaCurve: 'Ed448' },
  { alg: -47, hash: 'sha256', key: { 1: 2, 3: -47, [-1]: 8 } },
  { alg: -38, hash: 'sha384', key: { 1: 3, 3: -38 }, pss: 48 },
  { alg: -39, hash: 'sha512', key: { 1: 3, 3: -39 }, pss: 64 },
  ...(hasMlDsa ? [-48, -49, -50].map(alg => ({ alg, hash: null, key: { 1: 7, 3: alg } })) : []),
]

async function ceremony(row: (typeof rows)[number], signature?: SignatureDefect): Promise<boolean> {
  const { alg, edDsaCurve, hash, pss } = row
  const device = new SoftwareAuthenticator({ origin, algorithms: [alg], ...(edDsaCurve && { edDsaCurve }) })
  const registration = await device.create(creation(alg))
  const copy = await SoftwareAuthenticator.import({ origin }, JSON.parse(JSON.stringify(await device.export())))
  const { response } = await copy.get({ rpId: 'example.org', challenge }, signature ? { signature } : {})
  const data = concatBytes(fromBase64url(response.authenticatorData), await sha256(fromBase64url(response.clientDataJSON)))
  const spki = Buffer.from(registration.response.publicKey ?? '', 'base64url')
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' })
  return verify(hash, data, pss ? { key, padding: 6, saltLength: pss } : key, fromBase64url(response.signature))
}

describe('algorithms beside the usual ones', () => {
  for (const row of rows) {
    test(`COSE algorithm ${row.alg}${row.edDsaCurve ? ' on Ed448' : ''} signs, and a wrong key, bit or hash is refused`, async () => {
      expect(await ceremony(row)).toBe(true)
      for (const defect of ['wrong-key', 'altered', 'wrong-hash'] as const) expect(await ceremony(row, defect)).toBe(false)
    })

    test(`COSE_Key of algorithm ${row.alg}${row.edDsaCurve ? ' on Ed448' : ''}`, async () => {
      const device = new SoftwareAuthenticator({ origin, algorithms: [row.alg], ...(row.edDsaCurve && { edDsaCurve: row.edDsaCurve }) })
      const { response } = await device.create(creation(row.alg))
      const key = decode(fromBase64url(response.authenticatorData).subarray(87), { useMaps: true }) as Map<number, unknown>
      expect(Object.fromEntries(key)).toMatchObject(row.key)
      expect(response.publicKeyAlgorithm).toBe(row.alg)
    })
  }

  test('an Ed448 signature whose s is not reduced is refused, a high s on secp256k1 is valid', async () => {
    expect(await ceremony(rows[4]!, 'non-canonical-s')).toBe(false)
    expect(await ceremony(rows[6]!, 'high-s')).toBe(true)
  })

  test('RS1 is for statements: no credential is made with it unless forced', async () => {
    const device = new SoftwareAuthenticator({ origin, algorithms: [-65535] })
    await expect(device.create(creation(-65535))).rejects.toMatchObject({ name: 'NotSupportedError' })
    const forced = await device.create(creation(-7), { alg: -65535 })
    expect(forced.response.publicKeyAlgorithm).toBe(-65535)
  })

  test.skipIf(hasMlDsa)('ML-DSA on a Node without it is a TypeError that says so', async () => {
    const device = new SoftwareAuthenticator({ origin, algorithms: [-48] })
    await expect(device.create(creation(-48))).rejects.toThrow(/ML-DSA needs Node 24\.7/)
  })

  test('where there is no node:crypto, secp256k1 is a TypeError that says so', async () => {
    const missing = vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never)
    await expect(generateJwk(-47)).rejects.toThrow('secp256k1 needs node:crypto')
    missing.mockRestore()
  })
})
