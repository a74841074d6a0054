import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { type AkpForm, ALGORITHMS, type Algorithm } from './algorithms.ts'
import type { CborMap, CborValue } from './cbor.ts'
import { LABEL } from './cose-key.ts'
import { KEYS, SIGNATURES } from './probe-data.ts'

/** A key and a signature by it, to see whether this process can verify its algorithm. */
export interface Probe {
  /** The decoded COSE_Key. */
  readonly key: CborMap
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

const MESSAGE = new TextEncoder().encode('Latchkey algorithm probe')
const bytes = (text = ''): Uint8Array => new Uint8Array(Buffer.from(text, 'base64url'))

/**
 * The probe of an algorithm, or `undefined` where this process cannot even make one.
 *
 * @param algorithm a row of the table
 * @see WebAuthn L3 §5.4 (`pubKeyCredParams`)
 * @example const { key, message, signature } = probeOf(ALGORITHMS[0])
 */
export function probeOf(algorithm: Algorithm): Probe | undefined {
  if (algorithm.key.kty === 7) return freshProbe(algorithm, algorithm.key)
  const signature = SIGNATURES[twinOf(algorithm).id]
  return signature === undefined ? undefined : { key: coseOf(algorithm), message: MESSAGE, signature: bytes(signature) }
}

/** A fully specified number signs just as the older one: they share a probe. */
function twinOf({ key, hash, padding }: Algorithm): Algorithm {
  const alike = ALGORITHMS.filter(row => row.key === key && row.hash === hash && row.padding === padding)
  return alike.find(({ id }) => id in SIGNATURES) ?? (alike[0] as Algorithm)
}

function coseOf({ id, key }: Algorithm): CborMap {
  const parts = KEYS['jwk' in key ? key.jwk : 'RSA'] ?? []
  const head: [number, CborValue][] = 'crv' in key ? [[LABEL.crv, key.crv]] : []
  const first = key.kty === 3 ? LABEL.n : LABEL.x
  return new Map([
    [LABEL.kty, key.kty],
    [LABEL.alg, id],
    ...head,
    ...parts.map((part, at): [number, CborValue] => [first - at, bytes(part)]),
  ])
}

/** Key and signature of ML-DSA take some ten thousand characters to write down, and a millisecond to make where the process can. */
function freshProbe({ id, key: { kty } }: Algorithm, { jwk, size }: AkpForm): Probe | undefined {
  const pair = generatePair(jwk.toLowerCase())
  if (!pair) return undefined
  const pub = new Uint8Array(pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-size))
  const key = new Map<number, CborValue>([
    [LABEL.kty, kty],
    [LABEL.alg, id],
    [LABEL.pub, pub],
  ])
  return { key, message: MESSAGE, signature: sign(null, MESSAGE, pair.privateKey) }
}

function generatePair(type: string): { publicKey: KeyObject; privateKey: KeyObject } | undefined {
  try {
    return generateKeyPairSync(type as 'ed25519') // the types are those of Node 20, which has no ML-DSA
  } catch {
    return undefined
  }
}
