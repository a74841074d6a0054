import { createPublicKey, verify, X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type Attested, aaguid, attest, creation, origin, secondOpinion, vendor } from './attested.contract.ts'
import {
  type AttestationFormat,
  type AttestationOptions,
  type CreationOptionsJSON,
  concatBytes,
  SoftwareAuthenticator,
  sha256,
  Vendor,
} from './authenticator.ts'

const chainOf = ({ attStmt }: Attested): X509Certificate[] => (attStmt.get('x5c') as Uint8Array[]).map(der => new X509Certificate(der))
const leafOf = (attested: Attested): X509Certificate => chainOf(attested)[0]!
const signed = ({ authData, clientDataHash }: Attested): Uint8Array => concatBytes(authData, clientDataHash)

const only = (alg: number): Partial<CreationOptionsJSON> => ({ pubKeyCredParams: [{ type: 'public-key', alg }] })

describe('honest statements', () => {
  const rows: [AttestationFormat, AttestationOptions, number][] = [
    ['packed', {}, -7],
    ['packed', { key: -257 }, -8],
    ['packed', { chain: 'leaf' }, -257],
    ['tpm', {}, -257],
    ['tpm', {}, -7],
    ['tpm', {}, -35],
    ['tpm', {}, -36],
    ['tpm', { key: -7 }, -7],
    ['tpm', { key: -65535 }, -257],
    ['android-key', {}, -7],
    ['android-safetynet', {}, -7],
    ['android-key', { androidKeystore: 'software' }, -7],
    ['apple', {}, -7],
    ['apple', { appleAlg: true }, -7],
    ['fido-u2f', {}, -7],
  ]
  for (const [format, attestationOptions, alg] of rows) {
    test(`${format} of a key of algorithm ${alg} ${JSON.stringify(attestationOptions)} convinces a widely used verifier`, async () => {
      const { response, fmt } = await attest(format, { attestationOptions, algorithms: [alg] }, {}, only(alg))
      expect(fmt).toBe(format)
      expect(await secondOpinion(response)).toBe('accepted')
    })
  }

  test('the verifier does look at the root', async () => {
    const { response } = await attest('packed')
    const other = await Vendor.make()
    expect(await secondOpinion(response, other)).toMatch(/^refused/)
  })

  for (const caKey of ['ES384', 'RS256'] as const) {
    test(`authorities may sign with ${caKey}, with no intermediate`, async () => {
      const maker = await Vendor.make({ caKey, intermediates: 0 })
      const { response, attStmt } = await attest('packed', { vendor: maker })
      expect((attStmt.get('x5c') as unknown[]).length).toBe(1)
      expect(await secondOpinion(response, maker)).toBe('accepted')
    })
  }

  test('packed: the certificate is as §8.2.1 has it, and signs', async () => {
    const attested = await attest('packed')
    const [leaf, intermediate] = chainOf(attested)
    expect(leaf!.subject.split('\n')).toEqual([
      'C=AQ',
      'O=Example Authenticators',
      'OU=Authenticator Attestation',
      'CN=Example Security Key',
    ])
    expect(leaf!.ca).toBe(false)
    expect(leaf!.checkIssued(intermediate!) && leaf!.verify(intermediate!.publicKey)).toBe(true)
    expect(intermediate!.checkIssued(new X509Certificate(vendor.root))).toBe(true)
    expect(verify('sha256', signed(attested), leaf!.publicKey, attested.attStmt.get('sig') as Uint8Array)).toBe(true)
    expect(Buffer.from(leaf!.raw).toString('hex')).toContain(`060b2b0601040182e51c0101040412${'0410'}${aaguid.replaceAll('-', '')}`)
  })

  test('tpm: structures by the byte', async () => {
    const attested = await attest('tpm', { algorithms: [-7] })
    const pubArea = Buffer.from(attested.attStmt.get('pubArea') as Uint8Array)
    const certInfo = Buffer.from(attested.attStmt.get('certInfo') as Uint8Array)
    expect(pubArea.subarray(0, 18).toString('hex')).toBe('0023000b0004047200000010001000030010')
    expect(pubArea.length).toBe(18 + 2 * 34)
    expect(certInfo.subarray(0, 8).toString('hex')).toBe('ff54434780170022')
    expect(certInfo.subarray(44, 76)).toEqual(Buffer.from(await sha256(signed(attested))))
    expect(certInfo.subarray(101, 137).toString('hex')).toBe(`0022000b${Buffer.from(await sha256(pubArea)).toString('hex')}`)
    expect(certInfo.length).toBe(137 + 36)
    expect([leafOf(attested).subject, leafOf(attested).keyUsage]).toEqual([undefined, ['2.23.133.8.3']])
    expect(verify('sha256', certInfo, leafOf(attested).publicKey, attested.attStmt.get('sig') as Uint8Array)).toBe(true)
  })

  test('tpm: the old variant hashes and signs with SHA-1', async () => {
    const attested = await attest('tpm', { attestationOptions: { key: -65535 } })
    const certInfo = attested.attStmt.get('certInfo') as Uint8Array
    expect(attested.attStmt.get('alg')).toBe(-65535)
    expect(certInfo[43]).toBe(20)
    expect(verify('sha1', certInfo, leafOf(attested).publicKey, attested.attStmt.get('sig') as Uint8Array)).toBe(true)
  })

  test('tpm: sig as TPMT_SIGNATURE when told', async () => {
    const wrapped = async (key: number): Promise<string> => {
      const { attStmt } = await attest('tpm', { attestationOptions: { key, tpmSignature: 'TPMT_SIGNATURE' } })
      return Buffer.from(attStmt.get('sig') as Uint8Array).toString('hex')
    }
    expect(await wrapped(-257)).toMatch(/^0014000b0100.{512}$/)
    expect(await wrapped(-7)).toMatch(/^0018000b0020.{64}0020.{64}$/)
  })

  test('android-key: the leaf is for the credential key, and comes alone when told', async () => {
    const attested = await attest('android-key')
    const key = createPublicKey({ key: Buffer.from(attested.response.response.publicKey ?? '', 'base64url'), format: 'der', type: 'spki' })
    expect(leafOf(attested).publicKey.equals(key)).toBe(true)
    expect(chainOf(attested).length).toBe(3)
    const alone = await attest('android-key', { attestationOptions: { chain: 'leaf' } })
    expect(chainOf(alone).length).toBe(1)
    expect(leafOf(alone).verify(new X509Certificate(vendor.root).publicKey)).toBe(true)
    expect(verify('sha256', signed(alone), leafOf(alone).publicKey, alone.attStmt.get('sig') as Uint8Array)).toBe(true)
  })

  test('android-key: the description says who holds the key', async () => {
    const description = async (androidKeystore: 'hardware' | 'software'): Promise<string> => {
      const attested = await attest('android-key', { attestationOptions: { androidKeystore } })
      const [, found = ''] = Buffer.from(leafOf(attested).raw).toString('hex').split('060a2b06010401d679020111')
      return found.slice(8, 36) // after the OCTET STRING and the SEQUENCE: versions and security levels
    }
    expect(await description('hardware')).toBe('0201030a01010201040a01010420')
    expect(await description('software')).toBe('0201030a01000201040a01000420')
  })

  test('android-key: RSA keys, which the other verifier does not know', async () => {
    const attested = await attest('android-key', {}, {}, only(-257))
    expect(verify('sha256', signed(attested), leafOf(attested).publicKey, attested.attStmt.get('sig') as Uint8Array)).toBe(true)
  })

  test('android-safetynet: a JWS of attest.android.com', async () => {
    const { attStmt } = await attest('android-safetynet')
    const [header = '', payload = ''] = new TextDecoder().decode(attStmt.get('response') as Uint8Array).split('.')
    const { alg, x5c } = JSON.parse(Buffer.from(header, 'base64url').toString())
    const leaf = new X509Certificate(Buffer.from(x5c[0], 'base64'))
    expect([alg, leaf.subjectAltName]).toEqual(['RS256', 'DNS:attest.android.com'])
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({ ctsProfileMatch: true, basicIntegrity: true })
  })

  test('compound: two statements that each hold', async () => {
    const attested = await attest('compound')
    const items = attested.attStmt as unknown as Map<string, unknown>[]
    expect(items.map(item => item.get('fmt'))).toEqual(['packed', 'android-key'])
    for (const item of items) {
      const attStmt = item.get('attStmt') as Map<string, unknown>
      expect(verify('sha256', signed(attested), leafOf({ ...attested, attStmt }).publicKey, attStmt.get('sig') as Uint8Array)).toBe(true)
    }
    const own = await attest('compound', { attestationOptions: { compoundOf: ['apple', 'packed-self', 'tpm'] } })
    expect((own.attStmt as unknown as Map<string, unknown>[]).map(item => item.get('fmt'))).toEqual(['apple', 'packed', 'tpm'])
  })

  test('formats that attest some keys alone take those, or make none', async () => {
    const first = await attest(
      'fido-u2f',
      { algorithms: [-257, -8, -7] },
      {},
      { pubKeyCredParams: [-257, -7].map(alg => ({ type: 'public-key', alg })) },
    )
    expect(first.response.response.publicKeyAlgorithm).toBe(-7)
    await expect(attest('fido-u2f', {}, {}, only(-257))).rejects.toMatchObject({ name: 'NotSupportedError' })
  })

  test('without a vendor it makes one, once and only when needed', async () => {
    const device = new SoftwareAuthenticator({ origin, attestation: 'packed', aaguid })
    expect(device.vendor).toBeUndefined()
    const both = await Promise.all([device.create(creation), device.create({ ...creation, user: { ...creation.user, id: 'BBBB' } })])
    const made = device.vendor!
    expect(made.leafSerials.length).toBe(2)
    for (const response of both) expect(await secondOpinion(response, made)).toBe('accepted')
  })
})
