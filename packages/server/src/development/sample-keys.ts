import { createHash, createPrivateKey, generateKeyPairSync, type JsonWebKey, randomBytes, sign } from 'node:crypto'
import { encode } from 'cborg'

/** A passkey with its private half, as the pretend device keeps it in the browser's `localStorage`. */
export interface DeviceKey {
  /** Credential id, base64url. */
  id: string
  rpId: string
  /** base64url */
  userHandle: string
  userName: string
  userDisplayName: string
  /** COSE algorithm */
  alg: number
  privateKey: JsonWebKey
  signCount: number
  discoverable: boolean
  backupEligible: boolean
  backupState: boolean
  transports: string[]
}

/** Whose key, and what kind of device it pretends to be in. */
export type DeviceKeyInput = Pick<DeviceKey, 'rpId' | 'userHandle' | 'userName' | 'signCount' | 'backupEligible' | 'transports'>

const ES256 = -7
const FLAGS = { userPresent: 0x01, userVerified: 0x04, backupEligible: 0x08, backupState: 0x10 }

/**
 * Makes a real P-256 key pair.
 *
 * @returns the key as a device keeps it, and its public half as COSE_Key bytes (WebAuthn L3 §6.5.1.1), as a credential record keeps it
 */
export function makeDeviceKey(input: DeviceKeyInput): { key: DeviceKey; publicKey: Uint8Array } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = privateKey.export({ format: 'jwk' })
  const id = randomBytes(32).toString('base64url')
  const key = {
    ...input,
    id,
    userDisplayName: input.userName,
    alg: ES256,
    privateKey: jwk,
    discoverable: true,
    backupState: input.backupEligible,
  }
  const point = (text: string | undefined): Uint8Array => new Uint8Array(Buffer.from(text ?? '', 'base64url'))
  const cose = new Map<number, number | Uint8Array>([
    [1, 2],
    [3, ES256],
    [-1, 1],
    [-2, point(jwk.x)],
    [-3, point(jwk.y)],
  ])
  return { key, publicKey: encode(cose) }
}

const sha256 = (data: string | Uint8Array): Buffer => createHash('sha256').update(data).digest()

/** Signs a challenge as the device would that holds the key (WebAuthn L3 §6.3.3). @returns the response's JSON form (§5.1.8) */
export function signAssertion(key: DeviceKey, challenge: string, origin: string): object {
  const clientDataJSON = Buffer.from(JSON.stringify({ type: 'webauthn.get', challenge, origin, crossOrigin: false }))
  const synced = key.backupEligible ? FLAGS.backupEligible | FLAGS.backupState : 0
  const count = Buffer.alloc(4)
  count.writeUInt32BE(key.signCount)
  const authenticatorData = Buffer.concat([sha256(key.rpId), Buffer.of(FLAGS.userPresent | FLAGS.userVerified | synced), count])
  const privateKey = createPrivateKey({ key: key.privateKey, format: 'jwk' })
  const signature = sign('sha256', Buffer.concat([authenticatorData, sha256(clientDataJSON)]), privateKey)
  const text = (bytes: Buffer): string => bytes.toString('base64url')
  const response = {
    clientDataJSON: text(clientDataJSON),
    authenticatorData: text(authenticatorData),
    signature: text(signature),
    userHandle: key.userHandle,
  }
  return { id: key.id, rawId: key.id, type: 'public-key', authenticatorAttachment: 'platform', clientExtensionResults: {}, response }
}
