import { type Bytes, concatBytes, fromBase64url, toBase64url, uint } from './bytes.ts'
import type { CborMap, CborValue } from './cbor.ts'

/** A JSON Web Key (RFC 7517) of the kinds that passkeys use; binary members are base64url. */
export interface Jwk {
  kty: string
  crv?: string
  x?: string
  y?: string
  d?: string
  n?: string
  e?: string
  p?: string
  q?: string
  dp?: string
  dq?: string
  qi?: string
}

interface Algorithm {
  kty: 'EC' | 'OKP' | 'RSA'
  name: 'ECDSA' | 'Ed25519' | 'RSASSA-PKCS1-v1_5' | 'RSA-PSS'
  hash: 'SHA-256' | 'SHA-384' | 'SHA-512'
  crv?: 'P-256' | 'P-384' | 'P-521' | 'Ed25519'
}

/** COSE algorithm identifiers that can sign here, from the IANA COSE registry: what each is in WebCrypto's words. */
const algorithms: Record<number, Algorithm> = {
  [-7]: { kty: 'EC', name: 'ECDSA', hash: 'SHA-256', crv: 'P-256' },
  [-8]: { kty: 'OKP', name: 'Ed25519', hash: 'SHA-512', crv: 'Ed25519' },
  [-35]: { kty: 'EC', name: 'ECDSA', hash: 'SHA-384', crv: 'P-384' },
  [-36]: { kty: 'EC', name: 'ECDSA', hash: 'SHA-512', crv: 'P-521' },
  [-37]: { kty: 'RSA', name: 'RSA-PSS', hash: 'SHA-256' },
  [-257]: { kty: 'RSA', name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  [-258]: { kty: 'RSA', name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' },
  [-259]: { kty: 'RSA', name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' },
}

const curves: Record<string, { cose: number; order: bigint }> = {
  'P-256': { cose: 1, order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n },
  'P-384': { cose: 2, order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n },
  'P-521': {
    cose: 3,
    order:
      0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  },
  Ed25519: { cose: 6, order: 2n ** 252n + 27742317777372353535851937790883648493n },
}

/** The neutral point of Ed25519, encoded. As a public key it accepts one constant signature for every message. */
export const neutralEd25519Point: string = toBase64url(concatBytes(uint(1, 1), new Uint8Array(31)))

/** One thing wrong with a signature. `high-s` is valid: WebAuthn does not ask for low S. */
export type SignatureDefect =
  | 'wrong-key'
  | 'altered'
  | 'not-strict-der'
  | 'padded-integer'
  | 'raw'
  | 'trailing-bytes'
  | 'empty'
  | 'high-s'
  | 'non-canonical-s'
  | 'wrong-hash'

/** The key type that belongs to a COSE algorithm: 'EC', 'OKP' or 'RSA'; undefined when it cannot be signed with here. */
export function keyTypeOf(alg: number): 'EC' | 'OKP' | 'RSA' | undefined {
  return algorithms[alg]?.kty
}

/**
 * Makes a key pair and returns its private half as a JWK, which holds the public half too.
 *
 * @param alg COSE algorithm: -7, -8, -35, -36, -37, -257, -258 or -259.
 * @param variant another curve than the algorithm's, or the size of an RSA modulus in bits (2048 unless told).
 * @throws TypeError for another algorithm.
 * @example const jwk = await generateJwk(-7)
 */
export async function generateJwk(alg: number, variant: { crv?: string; bits?: number } = {}): Promise<Jwk> {
  const { kty, name, hash, crv } = algorithm(alg)
  const parameters =
    kty === 'RSA'
      ? { name, hash, modulusLength: variant.bits ?? 2048, publicExponent: uint(65537, 3) }
      : { name, namedCurve: variant.crv ?? crv ?? '' }
  const pair = (await crypto.subtle.generateKey(parameters, true, ['sign', 'verify'])) as CryptoKeyPair
  const { ext, key_ops, alg: jwa, ...jwk } = await crypto.subtle.exportKey('jwk', pair.privateKey)
  return jwk as Jwk
}

/**
 * The COSE_Key of a JWK's public half (RFC 9052 §7, RFC 9053 §7, RFC 8230 §4; WebAuthn L3 §6.5.1.1), ready for `encodeCbor`.
 *
 * @param alg the algorithm that the key is to name; nothing checks that it fits the key.
 * @throws TypeError for a key type that is not EC, OKP or RSA.
 * @example encodeCbor(coseKey(await generateJwk(-7), -7))
 */
export function coseKey(jwk: Jwk, alg: number): CborMap {
  const crv = curves[jwk.crv ?? '']?.cose ?? 0
  const bytes = (text: string | undefined): CborValue => fromBase64url(text ?? '')
  const members: Record<string, [number, CborValue][]> = {
    EC: [
      [1, 2],
      [3, alg],
      [-1, crv],
      [-2, bytes(jwk.x)],
      [-3, bytes(jwk.y)],
    ],
    OKP: [
      [1, 1],
      [3, alg],
      [-1, crv],
      [-2, bytes(jwk.x)],
    ],
    RSA: [
      [1, 3],
      [3, alg],
      [-1, bytes(jwk.n)],
      [-2, bytes(jwk.e)],
    ],
  }
  const found = members[jwk.kty]
  if (!found) throw new TypeError(`no COSE key type for ${jwk.kty}`)
  return new Map(found)
}

/** The public half as SubjectPublicKeyInfo (what `getPublicKey()` returns), or undefined when the key is not importable. */
export async function spkiOf(jwk: Jwk, alg: number): Promise<Bytes | undefined> {
  const { name, hash } = algorithm(alg)
  const { kty, crv, x, y, n, e } = jwk
  const publicJwk = JSON.parse(JSON.stringify({ kty, crv, x, y, n, e })) as Jwk
  try {
    const key = await crypto.subtle.importKey('jwk', publicJwk, { name, hash, namedCurve: crv ?? '' }, true, ['verify'])
    return new Uint8Array(await crypto.subtle.exportKey('spki', key))
  } catch {
    return undefined
  }
}

/**
 * Signs as an authenticator does: ECDSA in DER, the others raw (WebAuthn L3 §6.5.5).
 *
 * @param defect makes a signature with that one fault.
 * @throws TypeError for a defect that the algorithm cannot have.
 * @example await signWith(jwk, -7, bytes, 'high-s')
 */
export async function signWith(jwk: Jwk, alg: number, data: Bytes, defect?: SignatureDefect): Promise<Bytes> {
  const raw = async (key = jwk, otherHash = false): Promise<Bytes> => await rawSignature(key, alg, data, otherHash)
  const finish = (signature: Bytes): Bytes => (algorithm(alg).kty === 'EC' ? derFromRaw(signature) : signature)
  if (defect === undefined) return finish(await raw())

  const make = {
    'wrong-key': async () => finish(await raw(await generateJwk(alg, jwk.crv ? { crv: jwk.crv } : {}))),
    altered: async () => finish(await raw()).map((byte, index) => (index === 10 ? byte ^ 1 : byte)),
    'not-strict-der': async () => longFormLength(derFromRaw(ecdsaOnly(alg, await raw()))),
    'padded-integer': async () => derFromRaw(ecdsaOnly(alg, await raw()), 1),
    raw: async () => ecdsaOnly(alg, await raw()),
    'trailing-bytes': async () => concatBytes(finish(await raw()), uint(0, 1)),
    empty: async () => new Uint8Array(0),
    'high-s': async () => derFromRaw(highS(ecdsaOnly(alg, await raw()), jwk.crv ?? '')),
    'non-canonical-s': async () => addOrder(alg, await raw()),
    'wrong-hash': async () => finish(await raw(jwk, true)),
  } satisfies Record<SignatureDefect, () => Promise<Bytes>>
  return await make[defect]()
}

/**
 * The DER form (ECDSA-Sig-Value, RFC 3279 §2.2.3) of a raw signature r || s, as WebCrypto makes it.
 *
 * @param padding zero bytes put in front of each integer without need: any is a breach of DER.
 * @example derFromRaw(new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, data)))
 */
export function derFromRaw(raw: Uint8Array, padding = 0): Bytes {
  const half = raw.length / 2
  const body = concatBytes(derInteger(raw.subarray(0, half), padding), derInteger(raw.subarray(half), padding))
  return concatBytes(uint(0x30, 1), derLength(body.length), body)
}

function algorithm(alg: number): Algorithm {
  const found = algorithms[alg]
  if (!found) throw new TypeError(`COSE algorithm ${alg} is not one that this authenticator can sign with`)
  return found
}

const imported = new WeakMap<Jwk, Map<string, Promise<CryptoKey>>>()

function signingKey(jwk: Jwk, name: string, hash: string): Promise<CryptoKey> {
  const keys = imported.get(jwk) ?? new Map<string, Promise<CryptoKey>>()
  imported.set(jwk, keys)
  const cached = keys.get(hash) ?? crypto.subtle.importKey('jwk', jwk, { name, hash, namedCurve: jwk.crv ?? '' }, false, ['sign'])
  keys.set(hash, cached)
  return cached
}

async function rawSignature(jwk: Jwk, alg: number, data: Bytes, otherHash: boolean): Promise<Bytes> {
  const { kty, name, hash } = algorithm(alg)
  // The neutral point verifies (R = neutral, s = 0) over anything: nobody needs a private key for it.
  if (jwk.x === neutralEd25519Point && !jwk.d) return concatBytes(fromBase64url(neutralEd25519Point), new Uint8Array(32))

  const usedHash = otherHash ? (hash === 'SHA-256' ? 'SHA-384' : 'SHA-256') : hash
  // Ed25519 has no choice of hash; signing the digest in place of the message is the like mistake.
  const message = otherHash && kty === 'OKP' ? await crypto.subtle.digest('SHA-256', data) : data
  const key = await signingKey(jwk, name, usedHash)
  const saltLength = Number(usedHash.slice(4)) / 8
  return new Uint8Array(await crypto.subtle.sign({ name, hash: usedHash, saltLength }, key, message))
}

function ecdsaOnly(alg: number, raw: Bytes): Bytes {
  if (algorithm(alg).kty !== 'EC') throw new TypeError(`this signature defect needs an ECDSA key, not COSE algorithm ${alg}`)
  return raw
}

function derInteger(bytes: Uint8Array, padding: number): Bytes {
  const first = bytes.findIndex(byte => byte !== 0)
  const digits = first < 0 ? bytes.subarray(-1) : bytes.subarray(first)
  const sign = (digits[0] ?? 0) & 0x80 ? 1 : 0
  const zeros = new Uint8Array(sign + padding)
  return concatBytes(uint(0x02, 1), derLength(zeros.length + digits.length), zeros, digits)
}

function derLength(length: number): Bytes {
  return length < 0x80 ? uint(length, 1) : concatBytes(uint(0x81, 1), uint(length, 1))
}

/** Writes the outer length in one byte more than needed: fine in BER, wrong in DER. */
function longFormLength(der: Bytes): Bytes {
  const header = der[1] === 0x81 ? concatBytes(uint(0x3082, 2), uint(der[2] ?? 0, 2)) : concatBytes(uint(0x3081, 2), uint(der[1] ?? 0, 1))
  return concatBytes(header, der.subarray(der[1] === 0x81 ? 3 : 2))
}

function highS(raw: Bytes, crv: string): Bytes {
  const order = curves[crv]?.order ?? 0n
  const half = raw.length / 2
  const s = toBigInt(raw.subarray(half))
  return s > order / 2n ? raw : concatBytes(raw.subarray(0, half), fromBigInt(order - s, half))
}

/** Adds the group order to s: the same equation holds, but RFC 8032 §5.1.7 refuses s >= L. */
function addOrder(alg: number, raw: Bytes): Bytes {
  if (algorithm(alg).kty !== 'OKP') throw new TypeError(`'non-canonical-s' needs an Ed25519 key, not COSE algorithm ${alg}`)
  const s = toBigInt(raw.slice(32).reverse()) + (curves.Ed25519?.order ?? 0n)
  return concatBytes(raw.subarray(0, 32), fromBigInt(s, 32).reverse())
}

function toBigInt(bytes: Uint8Array): bigint {
  return bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
}

function fromBigInt(value: bigint, length: number): Bytes {
  return Uint8Array.from({ length }, (_, index) => Number((value >> BigInt(8 * (length - 1 - index))) & 0xffn))
}
