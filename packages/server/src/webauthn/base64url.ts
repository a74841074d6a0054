import { WebAuthnError } from './error.ts'

/**
 * Decodes strict base64url: no padding, no white space, no spare bits, at least one character.
 * `Buffer.from(text, 'base64url')` alone skips what it does not know, so two texts could name one value.
 *
 * @param text the encoded value; `maxLength` the most characters it may have; `step` the place in the standard for the refusal
 * @throws WebAuthnError `base64url_invalid`, `response_too_large`
 * @see WebAuthn L3 §3 (Base64url Encoding), RFC 4648 §5
 * @example decodeBase64url('AAEC', 64, '§5.1') // Uint8Array [0, 1, 2]
 */
export function decodeBase64url(text: string, maxLength: number, step: string): Uint8Array {
  if (text.length > maxLength) throw new WebAuthnError('response_too_large', step)
  const bytes = Buffer.from(text, 'base64url')
  // What is written back is the one canonical form: padding, white space, spare bits and other characters do not come back.
  if (text === '' || bytes.toString('base64url') !== text) throw new WebAuthnError('base64url_invalid', step)
  return new Uint8Array(bytes) // a copy: small Buffers share one pool with the rest of the process
}

/**
 * Encodes bytes as base64url without padding.
 *
 * @param bytes any bytes
 * @see WebAuthn L3 §3 (Base64url Encoding)
 * @example encodeBase64url(new Uint8Array([0, 1, 2])) // 'AAEC'
 */
export function encodeBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}
