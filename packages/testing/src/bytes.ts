/** Bytes over a plain (not shared) buffer: what WebCrypto takes and gives. */
export type Bytes = Uint8Array<ArrayBuffer>

/**
 * Encodes bytes as base64url without padding (RFC 4648 §5), the form of every binary member in WebAuthn's JSON.
 *
 * @example toBase64url(new Uint8Array([255, 254])) // '__4'
 */
export function toBase64url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/**
 * Decodes base64url, with or without padding (RFC 4648 §5).
 *
 * @throws DOMException named InvalidCharacterError when the text is not base64url.
 * @example fromBase64url('__4') // Uint8Array [255, 254]
 */
export function fromBase64url(text: string): Bytes {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, character => character.charCodeAt(0))
}

/** Encodes text as UTF-8. @example utf8('é') // Uint8Array [195, 169] */
export function utf8(text: string): Bytes {
  return new Uint8Array(new TextEncoder().encode(text))
}

/** Joins byte strings in the order given. @example concatBytes(utf8('a'), utf8('b')) // utf8('ab') */
export function concatBytes(...parts: Uint8Array[]): Bytes {
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0))
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

/** Bytes from the system's random generator. `length` is in bytes, at most 65,536. @example randomBytes(32) */
export function randomBytes(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length))
}

/** SHA-256 of the bytes. @example await sha256(utf8('example.org')) // the rpIdHash of that RP ID */
export async function sha256(bytes: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes)))
}

/** Big-endian unsigned integer of `length` bytes; higher bits are dropped. @example uint(258, 2) // Uint8Array [1, 2] */
export function uint(value: number, length: number): Bytes {
  return Uint8Array.from({ length }, (_, index) => Math.floor(value / 256 ** (length - 1 - index)) % 256)
}
