import type { SealKey } from './store/seal.ts'

const BYTES = 32
const MAX_ID = 255
const EXPECTED = 'must be 32 bytes, in base64 or hex'

/**
 * A master key as people keep it: 64 hexadecimal digits, or base64 (base64url too, with or without padding), white space around it
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

/**
 * The setting: one key, or several with their numbers, the one that makes what is new first. Commas or white space stand between them.
 *
 * @returns the keys in that order, one without a number as number 1; or what is wrong, which tells no part of a key
 * @example readMasterKeys('2:lPyC…=,1:yQ3f…=') // [{ id: 2, secret }, { id: 1, secret }]
 */
export function readMasterKeys(text: string): SealKey[] | string {
  const items = text.trim().split(/\s*[\s,]\s*/)
  const keys: SealKey[] = []
  for (const item of items) {
    const key = readKey(item, items.length > 1)
    if (typeof key === 'string') return key
    const twin = keys.find(other => other.id === key.id || Buffer.compare(other.secret, key.secret) === 0)
    if (twin) return twin.id === key.id ? `must not name key ${key.id} twice` : `must not hold the same key as ${twin.id} and as ${key.id}`
    keys.push(key)
  }
  return keys
}

function readKey(item: string, several: boolean): SealKey | string {
  const [, id, text = ''] = /^(?:([^:]*):)?(.*)$/s.exec(item) ?? []
  const secret = readMasterKey(text)
  if (id !== undefined && !(/^[1-9]\d{0,2}$/.test(id) && Number(id) <= MAX_ID)) return `must number its keys from 1 to ${MAX_ID}: 2:…,1:…`
  if (!secret) return id === undefined ? EXPECTED : `${EXPECTED}; its key ${id} is not`
  if (id === undefined && several) return 'must number its keys where there are several: 2:…,1:…'
  return { id: Number(id ?? 1), secret }
}
