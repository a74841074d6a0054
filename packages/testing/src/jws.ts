import { toBase64url, utf8 } from './bytes.ts'
import type { CborValue } from './cbor.ts'
import type { SigningKey } from './certificate.ts'
import { type SignatureDefect, signWith } from './signature.ts'

const names: Record<number, string> = { [-7]: 'ES256', [-257]: 'RS256' }

/** The JOSE name of a key's algorithm: ES256 or RS256. */
export function joseName({ alg }: SigningKey): string {
  return names[alg] ?? 'none'
}

/** A JWS in compact form (RFC 7515 §7.1). With `alg: 'none'` in the header the signature is empty. */
export async function compactJws(header: object, payload: string, key: SigningKey, defect?: SignatureDefect): Promise<string> {
  const input = `${toBase64url(utf8(JSON.stringify(header)))}.${toBase64url(utf8(payload))}`
  if ('alg' in header && header.alg === 'none') return `${input}.`
  const raw = key.alg === -7 && defect === undefined ? 'raw' : defect // ECDSA stands as r || s in JOSE (RFC 7518 §3.4)
  return `${input}.${toBase64url(await signWith(key.privateKey, key.alg, utf8(input), raw))}`
}

/** The JWS with one bit of its signature flipped. */
export function alterSignature(jws: string): string {
  const [header, payload, signature = ''] = jws.split('.')
  return [header, payload, `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`].join('.')
}

/** An `x5c` as JSON has it: standard base64 in place of bytes (RFC 7515 §4.1.6). */
export function jsonX5c(x5c: CborValue): unknown {
  if (x5c instanceof Uint8Array) return toBase64(x5c)
  return Array.isArray(x5c) ? x5c.map(jsonX5c) : x5c
}

/** Standard base64 with padding (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))
}
