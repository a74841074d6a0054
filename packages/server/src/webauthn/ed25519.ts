/**
 * Which 32 bytes can serve as an Ed25519 public key. Node imports any 32 bytes: those that are no point can never verify (the owner
 * would be locked out), and for points of low order signatures exist that hold for almost any message.
 */

const P = 2n ** 255n - 19n
const D = mod(-121665n * power(121666n, P - 2n)) // the curve is -x² + y² = 1 + d·x²·y² (RFC 8032 §5.1)

/**
 * Whether the bytes are the canonical encoding of a point whose order is not 1, 2, 4 or 8.
 *
 * @param encoded 32 bytes
 * @see RFC 8032 §5.1.3
 * @example isUsableEd25519(new Uint8Array(32)) // false: y = 0 has order 4
 */
export function isUsableEd25519(encoded: Uint8Array): boolean {
  const y = decodeY(encoded)
  if (y >= P || hasLowOrder(y)) return false
  const y2 = mod(y * y)
  return isSquare(mod((y2 - 1n) * (D * y2 + 1n))) // x² = (y²-1) / (d·y²+1), and u/v is a square just when u·v is one
}

/** Little-endian; the top bit is the sign of x. */
function decodeY(encoded: Uint8Array): bigint {
  const hex = Buffer.from(encoded).reverse().toString('hex')
  return BigInt(`0x${hex}`) & (2n ** 255n - 1n)
}

/** y of the points of order 1 and 2 is ±1 and of order 4 is 0; doubling a point of order 8 gives y = 0, so that d·y⁴ + 2·y² = 1. */
function hasLowOrder(y: bigint): boolean {
  const y2 = mod(y * y)
  return y === 0n || y2 === 1n || mod(D * y2 * y2 + 2n * y2 - 1n) === 0n
}

/** Euler's criterion. Zero does not occur: then y would be ±1. */
function isSquare(value: bigint): boolean {
  return power(value, (P - 1n) / 2n) === 1n
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = mod(result * square)
    square = mod(square * square)
  }
  return result
}

function mod(value: bigint): bigint {
  const rest = value % P
  return rest < 0n ? rest + P : rest
}
