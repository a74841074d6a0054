import { type Algorithm, algorithm, type Jwk, neutralEd25519Point } from './algorithms.ts'
import { type Bytes, concatBytes, fromBase64url } from './bytes.ts'
import { signWithNode } from './node-keys.ts'

const imported = new WeakMap<Jwk, Map<string, Promise<CryptoKey>>>()

function signingKey(jwk: Jwk, name: string, hash: string): Promise<CryptoKey> {
  const keys = imported.get(jwk) ?? new Map<string, Promise<CryptoKey>>()
  imported.set(jwk, keys)
  const use = `${name} ${hash}`
  const cached = keys.get(use) ?? crypto.subtle.importKey('jwk', jwk, { name, hash, namedCurve: jwk.crv ?? '' }, false, ['sign'])
  keys.set(use, cached)
  return cached
}

/**
 * The signature before any DER: ECDSA as r || s.
 *
 * @param otherHash signs with another hash function than the algorithm's; one without a choice signs the digest in place of the message.
 */
export async function rawSignature(jwk: Jwk, alg: number, data: Bytes, otherHash: boolean): Promise<Bytes> {
  const row = algorithm(alg)
  // The neutral point verifies (R = neutral, s = 0) over anything: nobody needs a private key for it.
  if (jwk.x === neutralEd25519Point && !jwk.d) return concatBytes(fromBase64url(neutralEd25519Point), new Uint8Array(32))

  const hash = otherHash ? (row.hash === 'SHA-256' ? 'SHA-384' : 'SHA-256') : row.hash
  const fixed = row.kty === 'OKP' || row.kty === 'AKP'
  const message = otherHash && fixed ? new Uint8Array(await crypto.subtle.digest('SHA-256', data)) : data
  return row.node ? signWithNode(jwk, row, hash, message) : await signWithWebCrypto(jwk, row, hash, message)
}

async function signWithWebCrypto(jwk: Jwk, row: Algorithm, hash: string, message: Bytes): Promise<Bytes> {
  const name = row.kty === 'OKP' ? (jwk.crv ?? row.name) : row.name // -8 is EdDSA on either curve
  const key = await signingKey(jwk, name, hash)
  const saltLength = Number(hash.slice(4)) / 8
  return new Uint8Array(await crypto.subtle.sign({ name, hash, saltLength }, key, message))
}
