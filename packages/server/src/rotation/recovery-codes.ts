import { type Keys, recoveryCodeKeyId } from '../keys.ts'
import type { SealedRow, Store } from '../store/store.ts'
import { RECOVERY_KEY, sealMeta } from './check.ts'
import { attempt, openedPayload } from './layers.ts'
import { paged } from './pages.ts'

/** The code keys of older master keys stay, sealed under the key of today, for as long as an unused code rests on them. */
export async function keepRecoveryKeys(store: Store, keys: Keys, batch: number): Promise<void> {
  const used = await recoveryCodesByKey(store, keys, batch)
  for (const id of new Set([...keys.ids, ...(await keptIds(store))])) {
    const name = `${RECOVERY_KEY}${id}`
    const key = keys.recoveryCodes.key(id)
    if (id === keys.seal.keyId || !used.has(id)) await store.transaction(tx => tx.meta.remove(name))
    // one that another server kept since we started is not ours to write
    else if (key) await store.transaction(tx => tx.meta.set(name, sealMeta(keys, name, Buffer.from(key).toString('base64url'))))
  }
}

const keptIds = async (store: Store): Promise<number[]> =>
  (await store.read.meta.list(RECOVERY_KEY)).map(({ key }) => Number(key.slice(RECOVERY_KEY.length)))

/** How many unused codes rest on each code key. */
export async function recoveryCodesByKey(store: Store, keys: Keys, batch: number): Promise<Map<number, number>> {
  const { authenticators, sealedRows } = store.read
  const used = new Map<number, number>()
  const count = (hash: string): void => {
    const id = recoveryCodeKeyId(hash)
    if (id !== null) used.set(id, (used.get(id) ?? 0) + 1)
  }
  for await (const codes of paged(
    after => authenticators.pageRecoveryCodes(after, batch),
    code => code.id,
  ))
    for (const { hash } of codes) count(hash)
  for await (const rows of paged(
    after => sealedRows.page('pending_change', after, batch),
    row => row.key,
  ))
    for (const row of rows) for (const hash of waitingHashes(keys, row)) count(hash)
  return used
}

/** A set that waits has its hashes in its payload. */
function waitingHashes(keys: Keys, row: SealedRow): string[] {
  const codes = attempt(() => JSON.parse(openedPayload(keys, row) ?? '[]') as { hash?: unknown }[])
  return Array.isArray(codes) ? codes.map(code => String(code?.hash)) : []
}
