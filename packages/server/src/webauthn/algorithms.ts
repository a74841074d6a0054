/** What the verifier knows of a COSE algorithm: everything that depends on the algorithm is a column of its row. */
export interface Algorithm {
  readonly id: number
  readonly name: string
  readonly key: Ec2Form | OkpForm | RsaForm
  /** The digest for `crypto.verify`; `null` where the scheme brings its own. */
  readonly hash: 'sha256' | null
  /** How the signature is encoded. */
  readonly signature: 'ecdsa-der' | 'fixed' | 'modulus'
}

/** An elliptic curve key (RFC 9053 §7.1). */
export interface Ec2Form {
  readonly kty: 2
  readonly crv: number
  readonly jwk: 'P-256'
  /** Bytes per coordinate. */
  readonly size: number
}

/** An octet key pair (RFC 9053 §7.2). */
export interface OkpForm {
  readonly kty: 1
  readonly crv: number
  readonly jwk: 'Ed25519'
  /** Bytes of the public key; a signature has twice as many. */
  readonly size: number
}

/** An RSA key (RFC 8230 §4). */
export interface RsaForm {
  readonly kty: 3
  readonly minBits: number
  readonly maxBits: number
}

const P256: Ec2Form = { kty: 2, crv: 1, jwk: 'P-256', size: 32 }
const ED25519: OkpForm = { kty: 1, crv: 6, jwk: 'Ed25519', size: 32 }
const RSA: RsaForm = { kty: 3, minBits: 2048, maxBits: 8192 }

/** The COSE algorithms with a row, in the order in which to offer them (IANA "COSE Algorithms"; WebAuthn L3 §5.8.5). */
export const ALGORITHMS: readonly Algorithm[] = [
  { id: -7, name: 'ES256', key: P256, hash: 'sha256', signature: 'ecdsa-der' },
  { id: -8, name: 'EdDSA', key: ED25519, hash: null, signature: 'fixed' },
  { id: -257, name: 'RS256', key: RSA, hash: 'sha256', signature: 'modulus' },
]

const BY_ID = new Map(ALGORITHMS.map(algorithm => [algorithm.id, algorithm]))

/** The row of a COSE algorithm number, if it has one. There is no default: an unknown number is a refusal. */
export function findAlgorithm(id: unknown): Algorithm | undefined {
  return typeof id === 'number' ? BY_ID.get(id) : undefined
}
