import { type Bytes, concatBytes, toBase64url, uint } from './bytes.ts'

/** A JSON Web Key (RFC 7517) of the kinds that passkeys use; binary members are base64url. ML-DSA keys are `AKP` with `pub` and `priv`. */
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
  alg?: string
  pub?: string
  priv?: string
}

/** What one COSE algorithm is in WebCrypto's words; `node` says that WebCrypto of Node 20 lacks it and `node:crypto` has to help. */
export interface Algorithm {
  kty: 'EC' | 'OKP' | 'RSA' | 'AKP'
  name: string
  hash: 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512'
  crv?: string
  node?: true
  /** Only attestation statements may use it; no credential key is made for it unless a misbehaviour forces it. */
  statementOnly?: true
}

const p256: Algorithm = { kty: 'EC', name: 'ECDSA', hash: 'SHA-256', crv: 'P-256' }
const p384: Algorithm = { kty: 'EC', name: 'ECDSA', hash: 'SHA-384', crv: 'P-384' }
const p521: Algorithm = { kty: 'EC', name: 'ECDSA', hash: 'SHA-512', crv: 'P-521' }
const ed25519: Algorithm = { kty: 'OKP', name: 'Ed25519', hash: 'SHA-512', crv: 'Ed25519' }

/** COSE algorithm identifiers that can sign here, from the IANA COSE registry (RFC 9053, RFC 8812, RFC 9864, RFC 9964). */
const algorithms: Record<number, Algorithm> = {
  [-7]: p256,
  [-8]: ed25519,
  [-9]: p256,
  [-19]: ed25519,
  [-35]: p384,
  [-36]: p521,
  [-37]: { kty: 'RSA', name: 'RSA-PSS', hash: 'SHA-256' },
  [-38]: { kty: 'RSA', name: 'RSA-PSS', hash: 'SHA-384' },
  [-39]: { kty: 'RSA', name: 'RSA-PSS', hash: 'SHA-512' },
  [-47]: { kty: 'EC', name: 'ECDSA', hash: 'SHA-256', crv: 'secp256k1', node: true },
  [-48]: { kty: 'AKP', name: 'ml-dsa-44', hash: 'SHA-512', node: true },
  [-49]: { kty: 'AKP', name: 'ml-dsa-65', hash: 'SHA-512', node: true },
  [-50]: { kty: 'AKP', name: 'ml-dsa-87', hash: 'SHA-512', node: true },
  [-51]: p384,
  [-52]: p521,
  [-53]: { kty: 'OKP', name: 'Ed448', hash: 'SHA-512', crv: 'Ed448' },
  [-257]: { kty: 'RSA', name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  [-258]: { kty: 'RSA', name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' },
  [-259]: { kty: 'RSA', name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' },
  [-65535]: { kty: 'RSA', name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1', statementOnly: true },
}

/** COSE numbers of curves, and their group orders. */
export const curves: Record<string, { cose: number; order: bigint }> = {
  'P-256': { cose: 1, order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n },
  'P-384': { cose: 2, order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n },
  'P-521': {
    cose: 3,
    order:
      0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  },
  Ed25519: { cose: 6, order: 2n ** 252n + 27742317777372353535851937790883648493n },
  Ed448: { cose: 7, order: 2n ** 446n - 13818066809895115352007386748515426880336692474882178609894547503885n },
  secp256k1: { cose: 8, order: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n },
}

/** The neutral point of Ed25519, encoded. As a public key it accepts one constant signature for every message. */
export const neutralEd25519Point: string = toBase64url(concatBytes(uint(1, 1), new Uint8Array(31)))

/** The key type that belongs to a COSE algorithm; undefined when no credential can be made with it here. */
export function keyTypeOf(alg: number): Algorithm['kty'] | undefined {
  return algorithms[alg]?.statementOnly ? undefined : algorithms[alg]?.kty
}

/** The row of the table. @throws TypeError for a number that is not in it. */
export function algorithm(alg: number): Algorithm {
  const found = algorithms[alg]
  if (!found) throw new TypeError(`COSE algorithm ${alg} is not one that this authenticator can sign with`)
  return found
}

/** The data's digest with the hash function of a COSE algorithm. @example await hashOf(-65535, data) // 20 bytes, SHA-1 */
export async function hashOf(alg: number, data: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest(algorithm(alg).hash, data))
}
