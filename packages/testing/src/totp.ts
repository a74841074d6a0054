import { type Bytes, uint } from './bytes.ts'

/** How a code is made; the defaults are what every authenticator app uses. */
export interface TotpOptions {
  /** Length of the code, 6 unless told. */
  digits?: number
  /** Seconds that one code holds, 30 unless told. */
  periodSeconds?: number
  /** HMAC's hash, 'SHA-1' unless told. */
  hash?: 'SHA-1' | 'SHA-256' | 'SHA-512'
}

/**
 * The code that an authenticator app shows at a time (RFC 6238 §4, RFC 4226 §5.3).
 *
 * @param secret base32 (RFC 4648 §6) as the set-up page shows it: case, spaces and padding do not matter.
 * @param at milliseconds since 1970; the present unless told.
 * @throws TypeError when the secret is empty or not base32.
 * @example await totp('JBSW Y3DP EHPK 3PXP', clock.now()) // '282760'
 */
export async function totp(secret: string, at: number = Date.now(), options: TotpOptions = {}): Promise<string> {
  const { digits = 6, periodSeconds = 30, hash = 'SHA-1' } = options
  const key = await crypto.subtle.importKey('raw', fromBase32(secret), { name: 'HMAC', hash }, false, ['sign'])
  const mac = new DataView(await crypto.subtle.sign('HMAC', key, uint(Math.floor(at / 1000 / periodSeconds), 8)))
  const offset = mac.getUint8(mac.byteLength - 1) & 0x0f
  const number = mac.getUint32(offset) & 0x7fffffff
  return String(number % 10 ** digits).padStart(digits, '0')
}

/**
 * Reads the secret and the options out of an `otpauth://totp/…` address, the content of the QR code, and gives its code.
 *
 * @param at milliseconds since 1970; the present unless told.
 * @throws TypeError when the address is no such address.
 * @example await totpFromUri('otpauth://totp/Example:ada?secret=JBSWY3DPEHPK3PXP', clock.now())
 */
export async function totpFromUri(uri: string, at: number = Date.now()): Promise<string> {
  const { protocol, host, searchParams } = new URL(uri)
  if (protocol !== 'otpauth:' || host !== 'totp') throw new TypeError('not an otpauth://totp address')
  const hashes: Record<string, TotpOptions['hash']> = { SHA1: 'SHA-1', SHA256: 'SHA-256', SHA512: 'SHA-512' }
  const hash = hashes[searchParams.get('algorithm') ?? 'SHA1']
  if (!hash) throw new TypeError('unknown algorithm in the otpauth address')
  return await totp(searchParams.get('secret') ?? '', at, {
    digits: Number(searchParams.get('digits') ?? 6),
    periodSeconds: Number(searchParams.get('period') ?? 30),
    hash,
  })
}

function fromBase32(text: string): Bytes {
  const letters = text.replace(/[\s=-]/g, '').toUpperCase()
  if (!/^[A-Z2-7]+$/.test(letters)) throw new TypeError('the secret is not base32')
  const bits = [...letters].map(letter => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('')
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], octet => Number.parseInt(octet, 2))
}
