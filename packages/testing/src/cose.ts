import { algorithm, curves, type Jwk } from './algorithms.ts'
import { type Bytes, fromBase64url, uint } from './bytes.ts'
import type { CborMap, CborValue } from './cbor.ts'
import { generateWithNode, spkiWithNode } from './node-keys.ts'

/**
 * Makes a key pair and returns its private half as a JWK, which holds the public half too.
 *
 * @param alg COSE algorithm: -7 -8 -9 -19 -35 -36 -37 -38 -39 -47 -48 -49 -50 -51 -52 -53 -257 -258 -259 or -65535. In Node alone:
 *   -47 (secp256k1), and -48, -49, -50 (ML-DSA) from Node 24.7.
 * @param variant another curve than the algorithm's ('Ed448' for -8), or the size of an RSA modulus in bits (2048 unless told).
 * @throws TypeError for another algorithm, and for one that this runtime lacks.
 * @example const jwk = await generateJwk(-7)
 */
export async function generateJwk(alg: number, variant: { crv?: string; bits?: number } = {}): Promise<Jwk> {
  const row = algorithm(alg)
  if (row.node) return generateWithNode({ ...row, ...(variant.crv && { crv: variant.crv }) })
  const { kty, name, hash } = row
  const crv = variant.crv ?? row.crv ?? ''
  const parameters =
    kty === 'RSA'
      ? { name, hash, modulusLength: variant.bits ?? 2048, publicExponent: uint(65537, 3) }
      : { name: kty === 'OKP' ? crv : name, namedCurve: crv }
  const pair = (await crypto.subtle.generateKey(parameters, true, ['sign', 'verify'])) as CryptoKeyPair
  const { ext, key_ops, alg: jwa, ...jwk } = await crypto.subtle.exportKey('jwk', pair.privateKey)
  return jwk as Jwk
}

/** COSE labels of a key's members and the JWK members that they hold (RFC 9053 §7, RFC 8230 §4, RFC 9964 §3). */
const keyTypes: Record<string, { kty: number; curve?: true; members: [number, keyof Jwk][] }> = {
  EC: {
    kty: 2,
    curve: true,
    members: [
      [-2, 'x'],
      [-3, 'y'],
    ],
  },
  OKP: { kty: 1, curve: true, members: [[-2, 'x']] },
  RSA: {
    kty: 3,
    members: [
      [-1, 'n'],
      [-2, 'e'],
    ],
  },
  AKP: { kty: 7, members: [[-1, 'pub']] },
}

/**
 * The COSE_Key of a JWK's public half (RFC 9052 §7, RFC 9053 §7, RFC 8230 §4; WebAuthn L3 §6.5.1.1), ready for `encodeCbor`.
 *
 * @param alg the algorithm that the key is to name; nothing checks that it fits the key.
 * @throws TypeError for a key type that is not EC, OKP, RSA or AKP.
 * @example encodeCbor(coseKey(await generateJwk(-7), -7))
 */
export function coseKey(jwk: Jwk, alg: number): CborMap {
  const type = keyTypes[jwk.kty]
  if (!type) throw new TypeError(`no COSE key type for ${jwk.kty}`)
  const curve: [number, CborValue][] = type.curve ? [[-1, curves[jwk.crv ?? '']?.cose ?? 0]] : []
  const members = type.members.map(([label, member]): [number, CborValue] => [label, fromBase64url(jwk[member] ?? '')])
  return new Map([[1, type.kty], [3, alg], ...curve, ...members])
}

/** The public half as SubjectPublicKeyInfo (what `getPublicKey()` returns), or undefined when the key is not importable. */
export async function spkiOf(jwk: Jwk, alg: number): Promise<Bytes | undefined> {
  const row = algorithm(alg)
  const { kty, crv, x, y, n, e } = jwk
  const publicJwk = JSON.parse(JSON.stringify({ kty, crv, x, y, n, e })) as Jwk
  const name = row.kty === 'OKP' ? (crv ?? row.name) : row.name
  try {
    if (row.node) return spkiWithNode(jwk, row)
    const key = await crypto.subtle.importKey('jwk', publicJwk, { name, hash: row.hash, namedCurve: crv ?? '' }, true, ['verify'])
    return new Uint8Array(await crypto.subtle.exportKey('spki', key))
  } catch {
    return undefined
  }
}
