/** Whether two byte sequences are the same. For public values only: it does not hide where they differ. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

/** One byte sequence after the other, as in the standard's `a || b`. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let [length, at] = [0, 0]
  for (const part of parts) length += part.length
  const joined = new Uint8Array(length)
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
