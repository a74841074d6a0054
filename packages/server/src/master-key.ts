const BYTES = 32

/**
 * The master key as people keep it: 64 hexadecimal digits, or base64 (base64url too, with or without padding), white space around it
 * dropped, since files end in a newline. Anything that would have to be guessed at is null: `Buffer.from` skips a stray letter.
 *
 * @example readMasterKey('q83v…=\n')?.length // 32
 */
export function readMasterKey(text: string): Uint8Array | null {
  const key = text.trim()
  if (/^[0-9a-f]{64}$/i.test(key)) return Buffer.from(key, 'hex')
  const plain = key.replace(/=$/, '').replaceAll('-', '+').replaceAll('_', '/')
  const bytes = Buffer.from(plain, 'base64')
  return bytes.length === BYTES && bytes.toString('base64') === `${plain}=` ? bytes : null
}
