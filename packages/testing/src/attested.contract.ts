import { X509Certificate } from 'node:crypto'
import { SettingsService, verifyRegistrationResponse } from '@simplewebauthn/server'
import { decode } from 'cborg'
import {
  type AttestationFormat,
  type AuthenticatorOptions,
  type CreationOptionsJSON,
  fromBase64url,
  type Misbehaviour,
  type RegistrationResponseJSON,
  SoftwareAuthenticator,
  sha256,
  toBase64url,
  utf8,
  Vendor,
} from './authenticator.ts'

/** What the tests of attestation share: a vendor, a registration taken apart, and a verifier that is not ours. */

export const origin = 'https://login.example.org'
const challenge = toBase64url(utf8('a challenge of thirty-two bytes!'))
export const creation: CreationOptionsJSON = {
  rp: { id: 'example.org', name: 'Example' },
  user: { id: 'AAAA', name: 'ada', displayName: 'Ada' },
  challenge,
  pubKeyCredParams: [-7, -8, -257].map(alg => ({ type: 'public-key', alg })),
}
export const aaguid = 'ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4'
export const vendor = await Vendor.make()
const anchors = ['packed', 'tpm', 'android-key', 'android-safetynet', 'apple', 'fido-u2f'] as const

export interface Attested {
  fmt: string
  attStmt: Map<string, unknown>
  authData: Uint8Array
  clientDataHash: Uint8Array
  response: RegistrationResponseJSON
}

export async function attest(
  attestation: AttestationFormat,
  options: Partial<AuthenticatorOptions> = {},
  misbehave: Misbehaviour = {},
  offered: Partial<CreationOptionsJSON> = {},
): Promise<Attested> {
  const model = attestation === 'fido-u2f' ? {} : { aaguid }
  const device = new SoftwareAuthenticator({ origin, attestation, vendor, ...model, ...options })
  const response = await device.create({ ...creation, ...offered }, misbehave)
  const object = decode(fromBase64url(response.response.attestationObject), { useMaps: true }) as Map<string, unknown>
  const clientDataHash = await sha256(fromBase64url(response.response.clientDataJSON))
  return { ...(Object.fromEntries(object) as Omit<Attested, 'response' | 'clientDataHash'>), clientDataHash, response }
}

/** 'accepted', or why not. */
export async function secondOpinion(response: RegistrationResponseJSON, trusted: Vendor = vendor): Promise<string> {
  const pem = new X509Certificate(trusted.root).toString()
  for (const identifier of anchors) SettingsService.setRootCertificates({ identifier, certificates: [pem] })
  try {
    const { verified } = await verifyRegistrationResponse({
      response: response as never,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: 'example.org',
      requireUserVerification: false,
      supportedAlgorithmIDs: [-7, -8, -35, -36, -257],
    })
    return verified ? 'accepted' : 'refused: signature'
  } catch (error) {
    return `refused: ${(error as Error).message}`
  }
}
