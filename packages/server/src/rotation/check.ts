import { ConfigError } from '../config.ts'
import type { Keys } from '../keys.ts'
import { KEY_CHECK, SEALED, type SealedTable } from '../store/sealed.ts'
import type { Store, Tables } from '../store/store.ts'

/** Names in `meta` of code keys that outlive their master key: this and the key's id. */
export const RECOVERY_KEY = 'keys.recovery-codes.'

const CHECKED = 'latchkey'

const idOf = (name: string, prefix: string): number => Number(name.slice(prefix.length))
const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

/** A text of `meta`, sealed. */
export const sealMeta = (keys: Keys, name: string, text: string): string => base64url(keys.seal.encrypt(text, `meta·${name}`))
export const openMeta = (keys: Keys, name: string, sealed: string): string =>
  keys.seal.decrypt(Buffer.from(sealed, 'base64url'), `meta·${name}`)

/**
 * Compares the configured keys with the database, once, at start: each key that writes leaves a value there which only it opens. A wrong
 * or missing key is one line then, and no request is ever answered with it. Takes up the code keys that outlived their master keys.
 *
 * @throws ConfigError
 */
export async function checkKeys(store: Store, keys: Keys): Promise<void> {
  const checks = await store.read.meta.list(KEY_CHECK)
  if (checks.length === 0) await guardUnmarked(store.read)
  const writing = `${KEY_CHECK}${keys.seal.keyId}`
  if (!checks.some(({ key }) => key === writing)) await store.transaction(tx => tx.meta.add(writing, sealMeta(keys, writing, CHECKED)))
  // read again: of two servers that start at once with different keys only one has left its value
  for (const { key, value } of await store.read.meta.list(KEY_CHECK)) guardKey(keys, idOf(key, KEY_CHECK), key, value)
  for (const { key, value } of await store.read.meta.list(RECOVERY_KEY))
    keys.recoveryCodes.adopt(idOf(key, RECOVERY_KEY), Buffer.from(openMeta(keys, key, value), 'base64url'))
}

function guardKey(keys: Keys, id: number, name: string, value: string): void {
  if (!keys.ids.includes(id)) throw missing(id, keys.ids)
  try {
    if (openMeta(keys, name, value) === CHECKED) return
  } catch {}
  throw new ConfigError([
    `Master key ${id} is not the one that this database was sealed with. Put the right one into LATCHKEY_MASTER_KEY (in development: the file development.key in the data folder).`,
  ])
}

const missing = (id: number, ids: readonly number[]): ConfigError =>
  new ConfigError([
    `This database still rests on master key ${id}, and only ${ids.map(one => `key ${one}`).join(', ')} is configured. Add it to LATCHKEY_MASTER_KEY (${ids[0]}:…,${id}:…) until \`latchkey keys rotate\` has finished.`,
  ])

/** A database of before there were such values: the keys are right if they open what is sealed there. An empty one is ours from now on. */
async function guardUnmarked(tables: Tables): Promise<void> {
  let sealed = 0
  for (const table of Object.keys(SEALED) as SealedTable[]) {
    const rows = (await tables.sealedRows.page(table, '', 20)).filter(row => row.keyIds.length > 0)
    if (rows.some(row => !row.unreadable)) return
    sealed += rows.length
  }
  if (sealed > 0)
    throw new ConfigError([
      'The master key opens nothing in this database: it was sealed with another one. Put the right one into LATCHKEY_MASTER_KEY (in development: the file development.key in the data folder).',
    ])
}
