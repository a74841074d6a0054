import { type Jwk, keyTypeOf, neutralEd25519Point } from './algorithms.ts'
import { type Bytes, concatBytes, fromBase64url, randomBytes, uint } from './bytes.ts'
import type { CborMap } from './cbor.ts'
import type { CreationOptionsJSON } from './ceremony-json.ts'
import { generateJwk } from './cose.ts'
import type { Misbehaviour, PublicKeyDefect } from './misbehaviour.ts'

/** Algorithms that a broken key needs, so that nothing but the key is wrong. */
function algorithmOfDefect(defect: PublicKeyDefect): number {
  if (defect.startsWith('rsa')) return -257
  return defect.startsWith('low-order') ? -8 : -7
}

export function chooseAlgorithm(options: CreationOptionsJSON, supported: number[], misbehave: Misbehaviour): number {
  if (misbehave.alg !== undefined) return misbehave.alg
  const listed = options.pubKeyCredParams.filter(param => param.type === 'public-key').map(param => param.alg)
  const offered = options.pubKeyCredParams.length === 0 ? [-7, -257] : listed // L3 §5.1.3: an empty list means these two
  if (misbehave.credentialPublicKey) {
    const needed = algorithmOfDefect(misbehave.credentialPublicKey)
    if (!offered.includes(needed)) throw new TypeError(`'${misbehave.credentialPublicKey}' needs algorithm ${needed} to be offered`)
    return needed
  }
  const alg = offered.find(candidate => supported.includes(candidate) && keyTypeOf(candidate))
  if (alg === undefined) throw new DOMException('no algorithm of pubKeyCredParams is supported', 'NotSupportedError')
  return alg
}

export async function makeKey(alg: number, defect: PublicKeyDefect | undefined, edDsaCurve: string | undefined): Promise<Jwk> {
  if (defect === 'rsa-512') return await generateJwk(alg, { bits: 512 })
  if (defect === 'rsa-1024') return await generateJwk(alg, { bits: 1024 })
  if (defect === 'other-curve') return await generateJwk(alg, { crv: 'P-384' })
  if (defect === 'low-order') return { kty: 'OKP', crv: 'Ed25519', x: neutralEd25519Point }
  return await generateJwk(alg, alg === -8 && edDsaCurve ? { crv: edDsaCurve } : {})
}

/** Breaks the written key in the one named way; the private key behind it stays as it is, so self attestation still signs. */
export function defectiveKey(cose: CborMap, defect: PublicKeyDefect | undefined, options: CreationOptionsJSON): CborMap {
  const bytes = (label: number): Bytes => new Uint8Array(cose.get(label) as Uint8Array)
  const flipLastBit = (value: Bytes): Bytes => value.map((byte, index) => (index === value.length - 1 ? byte ^ 1 : byte))
  const change: Record<PublicKeyDefect, () => unknown> = {
    'off-curve': () => cose.set(-3, flipLastBit(bytes(-3))),
    'zero-point': () => cose.set(-2, new Uint8Array(32)).set(-3, new Uint8Array(32)),
    'x-missing': () => cose.delete(-2),
    'y-missing': () => cose.delete(-3),
    'alg-missing': () => cose.delete(3),
    'padded-coordinate': () => cose.set(-2, concatBytes(uint(0, 1), bytes(-2))),
    'compressed-point': () => cose.set(-3, ((bytes(-3).at(-1) ?? 0) & 1) === 1),
    'other-curve': () => cose,
    'private-member': () => cose.set(-4, randomBytes(32)),
    'extra-member': () => cose.set(-70001, 'extra'),
    'alg-kty-mismatch': () => cose.set(3, otherOffered(options)),
    'rsa-512': () => cose,
    'rsa-1024': () => cose,
    'rsa-16384': () => cose.set(-1, concatBytes(uint(0xc1, 1), randomBytes(2046), uint(0x0d, 1))),
    'rsa-even-modulus': () => cose.set(-1, flipLastBit(bytes(-1))),
    'rsa-even-exponent': () => cose.set(-2, uint(65536, 3)),
    'rsa-exponent-1': () => cose.set(-2, uint(1, 1)),
    'low-order': () => cose,
    'low-order-8': () => cose.set(-2, fromBase64url('xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o')),
  }
  if (defect) change[defect]()
  return cose
}

function otherOffered(options: CreationOptionsJSON): number {
  const other = options.pubKeyCredParams.find(param => param.alg === -8 || param.alg === -257)
  if (!other) throw new TypeError("'alg-kty-mismatch' needs algorithm -8 or -257 to be offered beside -7")
  return other.alg
}
