/**
 * Which bytes can serve as an Ed25519 or Ed448 public key. Node imports any bytes of the right length: those that are no point can
 * never verify (the owner would be locked out), and for points of low order signatures exist that hold for almost any message.
 */

/** A curve a·x² + y² = 1 + d·x²·y² over the field of p elements, its points encoded as y and the sign of x in so many bytes. */
interface EdwardsCurve {
  readonly p: bigint
  readonly a: bigint
  readonly d: bigint
  readonly size: number
}

const P25519 = 2n ** 255n - 19n
const CURVES: Readonly<Record<'Ed25519' | 'Ed448', EdwardsCurve>> = {
  // RFC 8032 §5.1 and §5.2
  Ed25519: { p: P25519, a: -1n, d: mod(-121665n * power(121666n, P25519 - 2n, P25519), P25519), size: 32 },
  Ed448: { p: 2n ** 448n - 2n ** 224n - 1n, a: 1n, d: -39081n, size: 57 },
}

/**
 * Whether the bytes are the canonical encoding of a point whose order is not 1, 2, 4 or 8.
 *
 * @param name the curve; `encoded` 32 bytes for Ed25519, 57 for Ed448
 * @see RFC 8032 §5.1.3, §5.2.3
 * @example isUsablePoint('Ed25519', new Uint8Array(32)) // false: y = 0 has order 4
 */
export function isUsablePoint(name: 'Ed25519' | 'Ed448', encoded: Uint8Array): boolean {
  const curve = CURVES[name]
  const { p, a, d } = curve
  const y = decodeY(encoded, curve)
  if (y >= p || hasLowOrder(y, curve)) return false
  const y2 = mod(y * y, p)
  // x² = (1-y²) / (a-d·y²), and u/v is a square just when u·v is one
  return isSquare(mod((1n - y2) * (a - d * y2), p), p)
}

/** Little-endian; the top bit is the sign of x. */
function decodeY(encoded: Uint8Array, { size }: EdwardsCurve): bigint {
  const hex = Buffer.from(encoded).reverse().toString('hex')
  return BigInt(`0x${hex}`) & (2n ** BigInt(size * 8 - 1) - 1n)
}

/**
 * y of the points of order 1 and 2 is ±1 and of order 4 is 0; doubling a point of order 8 gives y = 0, so that y² = a·x². Ed448 has
 * none of those: there the last condition never holds.
 */
function hasLowOrder(y: bigint, { p, a, d }: EdwardsCurve): boolean {
  const y2 = mod(y * y, p)
  return y === 0n || y2 === 1n || mod(a * d * y2 * y2 - 2n * y2 + 1n, p) === 0n
}

/** Euler's criterion. Zero does not occur: then y would be ±1. */
function isSquare(value: bigint, p: bigint): boolean {
  return power(value, (p - 1n) / 2n, p) === 1n
}

function power(base: bigint, exponent: bigint, p: bigint): bigint {
  let result = 1n
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = mod(result * square, p)
    square = mod(square * square, p)
  }
  return result
}

function mod(value: bigint, p: bigint): bigint {
  const rest = value % p
  return rest < 0n ? rest + p : rest
}
