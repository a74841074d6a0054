/** What the verifier knows of a COSE algorithm: everything that depends on the algorithm is a column of its row. */
export interface Algorithm {
  readonly id: number
  readonly name: string
  readonly key: KeyForm
  /** The digest for `crypto.verify`; `null` where the scheme brings its own. */
  readonly hash: Hash | null
  /** The padding of an RSA signature. */
  readonly padding?: 'pkcs1' | 'pss'
  readonly use: AlgorithmUse
  /** Bound to its curve for credential keys by WebAuthn alone: a certificate's key may be on another one (RFC 9053 §2.1). */
  readonly anyCurve?: true
}

export type Hash = 'sha1' | 'sha256' | 'sha384' | 'sha512'

/**
 * Where the algorithm may occur: `offered` to every new credential, `asked` for by name only (a policy of the relying party), or in
 * attestation `statement`s alone.
 */
export type AlgorithmUse = 'offered' | 'asked' | 'statement'

export type KeyForm = Ec2Form | OkpForm | RsaForm | AkpForm

/** An elliptic curve key (RFC 9053 §7.1). */
export interface Ec2Form {
  readonly kty: 2
  readonly crv: number
  readonly jwk: string
  /** What Node calls the curve. */
  readonly curve: string
  /** Bytes per coordinate. */
  readonly size: number
}

/** An octet key pair (RFC 9053 §7.2). */
export interface OkpForm {
  readonly kty: 1
  readonly crv: number
  readonly jwk: 'Ed25519' | 'Ed448'
  /** Bytes of the public key; a signature has twice as many. */
  readonly size: number
}

/** An RSA key (RFC 8230 §4). */
export interface RsaForm {
  readonly kty: 3
  readonly minBits: number
  readonly maxBits: number
}

/** A key whose parameters all follow from its algorithm (draft-ietf-cose-dilithium §3). */
export interface AkpForm {
  readonly kty: 7
  readonly jwk: string
  /** Bytes of the public key. */
  readonly size: number
  /** Bytes of a signature. */
  readonly signatureSize: number
}

const P256: Ec2Form = { kty: 2, crv: 1, jwk: 'P-256', curve: 'prime256v1', size: 32 }
const P384: Ec2Form = { kty: 2, crv: 2, jwk: 'P-384', curve: 'secp384r1', size: 48 }
const P521: Ec2Form = { kty: 2, crv: 3, jwk: 'P-521', curve: 'secp521r1', size: 66 }
const SECP256K1: Ec2Form = { kty: 2, crv: 8, jwk: 'secp256k1', curve: 'secp256k1', size: 32 }
const ED25519: OkpForm = { kty: 1, crv: 6, jwk: 'Ed25519', size: 32 }
const ED448: OkpForm = { kty: 1, crv: 7, jwk: 'Ed448', size: 57 }
const RSA: RsaForm = { kty: 3, minBits: 2048, maxBits: 8192 }
const ML_DSA_44: AkpForm = { kty: 7, jwk: 'ML-DSA-44', size: 1312, signatureSize: 2420 }
const ML_DSA_65: AkpForm = { kty: 7, jwk: 'ML-DSA-65', size: 1952, signatureSize: 3309 }
const ML_DSA_87: AkpForm = { kty: 7, jwk: 'ML-DSA-87', size: 2592, signatureSize: 4627 }

/** The curves that certificates may have keys on, by Node's names. */
export const CURVES: ReadonlyMap<string, Ec2Form> = new Map([P256, P384, P521, SECP256K1].map(form => [form.curve, form]))

/**
 * The COSE algorithms with a row, in the order in which to offer them (IANA "COSE Algorithms"; WebAuthn L3 §5.8.5; RFC 9864 for the
 * fully specified ones). EdDSA has two: WebAuthn means Ed25519 by it, and some authenticators wrote it for Ed448 before that had a
 * number of its own.
 */
export const ALGORITHMS: readonly Algorithm[] = [
  { id: -7, name: 'ES256', key: P256, hash: 'sha256', use: 'offered', anyCurve: true },
  { id: -8, name: 'EdDSA', key: ED25519, hash: null, use: 'offered' },
  { id: -257, name: 'RS256', key: RSA, hash: 'sha256', padding: 'pkcs1', use: 'offered' },
  { id: -9, name: 'ESP256', key: P256, hash: 'sha256', use: 'offered' },
  { id: -19, name: 'Ed25519', key: ED25519, hash: null, use: 'offered' },
  { id: -35, name: 'ES384', key: P384, hash: 'sha384', use: 'offered', anyCurve: true },
  { id: -51, name: 'ESP384', key: P384, hash: 'sha384', use: 'offered' },
  { id: -36, name: 'ES512', key: P521, hash: 'sha512', use: 'offered', anyCurve: true },
  { id: -52, name: 'ESP512', key: P521, hash: 'sha512', use: 'offered' },
  { id: -53, name: 'Ed448', key: ED448, hash: null, use: 'offered' },
  { id: -8, name: 'EdDSA', key: ED448, hash: null, use: 'offered' },
  { id: -37, name: 'PS256', key: RSA, hash: 'sha256', padding: 'pss', use: 'offered' },
  { id: -38, name: 'PS384', key: RSA, hash: 'sha384', padding: 'pss', use: 'offered' },
  { id: -39, name: 'PS512', key: RSA, hash: 'sha512', padding: 'pss', use: 'offered' },
  { id: -258, name: 'RS384', key: RSA, hash: 'sha384', padding: 'pkcs1', use: 'offered' },
  { id: -259, name: 'RS512', key: RSA, hash: 'sha512', padding: 'pkcs1', use: 'offered' },
  { id: -48, name: 'ML-DSA-44', key: ML_DSA_44, hash: null, use: 'offered' },
  { id: -49, name: 'ML-DSA-65', key: ML_DSA_65, hash: null, use: 'offered' },
  { id: -50, name: 'ML-DSA-87', key: ML_DSA_87, hash: null, use: 'offered' },
  { id: -47, name: 'ES256K', key: SECP256K1, hash: 'sha256', use: 'asked' },
  { id: -65535, name: 'RS1', key: RSA, hash: 'sha1', padding: 'pkcs1', use: 'statement' },
]

const BY_ID = new Map(ALGORITHMS.map(({ id }) => [id, ALGORITHMS.filter(row => row.id === id)]))

/** The rows of a COSE algorithm number, if it has any. There is no default: an unknown number is a refusal. */
export function findAlgorithms(id: unknown): readonly Algorithm[] {
  return (typeof id === 'number' ? BY_ID.get(id) : undefined) ?? []
}
