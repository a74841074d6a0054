import { algorithm, curves, type Jwk } from './algorithms.ts'
import { type Bytes, concatBytes, uint } from './bytes.ts'
import { generateJwk } from './cose.ts'
import { derLength } from './der.ts'
import { rawSignature } from './raw-signature.ts'

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
    'non-canonical-s': async () => addOrder(alg, await raw(), jwk.crv ?? ''),
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

/** Adds the group order to s: the same equation holds, but RFC 8032 §5.1.7 and §5.2.7 refuse s >= L. */
function addOrder(alg: number, raw: Bytes, crv: string): Bytes {
  if (algorithm(alg).kty !== 'OKP') throw new TypeError(`'non-canonical-s' needs an EdDSA key, not COSE algorithm ${alg}`)
  const half = raw.length / 2
  const s = toBigInt(raw.slice(half).reverse()) + (curves[crv]?.order ?? 0n)
  return concatBytes(raw.subarray(0, half), fromBigInt(s, half).reverse())
}

function toBigInt(bytes: Uint8Array): bigint {
  return bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
}

function fromBigInt(value: bigint, length: number): Bytes {
  return Uint8Array.from({ length }, (_, index) => Number((value >> BigInt(8 * (length - 1 - index))) & 0xffn))
}
