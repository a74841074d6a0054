import { setTimeout as sleep } from 'node:timers/promises'
import type { Keys } from '../keys.ts'
import { keyIdOf } from '../store/seal.ts'
import { KEY_CHECK, type SealedTable } from '../store/sealed.ts'
import type { Store, Tables } from '../store/store.ts'
import { attempt, within } from './layers.ts'
import { keepRecoveryKeys } from './recovery-codes.ts'
import { BATCH, isUsed, type KeyStatus, type KeyUse, keyStatus, TABLES } from './status.ts'

export interface RotationTiming {
  /** Rows of one transaction; small, since sign-ins wait behind it. */
  batch: number
  pauseMs: number
}

const TIMING: RotationTiming = { batch: BATCH, pauseMs: 20 }
/** A row that somebody else held is met again; who writes with the old key all the time is told. */
const MAX_PASSES = 3

/**
 * Seals all that rests on an older key anew under the one that writes, and makes the blind indexes anew, in small transactions beside a
 * live server. It may be stopped at any time and begun again: what is done already is passed over. When nothing rests on an older key its
 * check value goes, and the key may be taken out of the configuration.
 *
 * @returns what rests on which key now
 */
export async function rotateKeys(store: Store, keys: Keys, timing: Partial<RotationTiming> = {}, signal?: AbortSignal): Promise<KeyStatus> {
  const settings = { ...TIMING, ...timing }
  // before anything else: it is what could not be made again
  await keepRecoveryKeys(store, keys, settings.batch)
  await renewMeta(store, keys)
  let status = await keyStatus(store, keys, settings.batch)
  for (let pass = 0; pass < MAX_PASSES && oldOnes(status).some(isUsed) && !signal?.aborted; pass++) {
    for (const table of TABLES) await rotateTable(store, keys, table, settings, signal)
    status = await keyStatus(store, keys, settings.batch)
  }
  if (signal?.aborted) return status
  // codes may have been made meanwhile by a server that does not write with the new key yet
  await keepRecoveryKeys(store, keys, settings.batch)
  await retire(store, status)
  return status
}

const oldOnes = (status: KeyStatus): KeyUse[] => status.keys.filter(key => !key.writes)

async function rotateTable(store: Store, keys: Keys, table: SealedTable, timing: RotationTiming, signal?: AbortSignal): Promise<void> {
  for (let after: string | null = ''; after !== null && !signal?.aborted; ) {
    const from: string = after
    after = await store.transaction(tx => rotateBatch(tx, keys, table, from, timing.batch))
    if (after !== null) await sleep(timing.pauseMs)
  }
}

/** @returns the last row key, or null at the end of the table */
async function rotateBatch(tx: Tables, keys: Keys, table: SealedTable, after: string, batch: number): Promise<string | null> {
  const rows = await tx.sealedRows.lockPage(table, after, batch)
  for (const row of rows) {
    const inner = within(keys, table, row)
    const old = [...row.keyIds, ...inner.keyIds].some(id => id !== keys.seal.keyId)
    if (old && !row.unreadable) await tx.sealedRows.rewrite(table, row, inner.renewed())
  }
  // rows that somebody else held were left out, so a short page is not yet the end
  return rows.at(-1)?.key ?? null
}

/** What development remembers of its sample customer. */
const SEALED_META = ['development.sample']

async function renewMeta(store: Store, keys: Keys): Promise<void> {
  for (const name of SEALED_META) {
    const sealed = await store.read.meta.get(name)
    const bytes = sealed === null ? null : Buffer.from(sealed, 'base64url')
    const plain = bytes && keyIdOf(bytes) !== keys.seal.keyId ? attempt(() => keys.seal.decrypt(bytes, name)) : null
    if (plain !== null) await store.transaction(tx => tx.meta.set(name, Buffer.from(keys.seal.encrypt(plain, name)).toString('base64url')))
  }
}

/** An old key on which nothing rests is not asked for at the next start. */
async function retire(store: Store, status: KeyStatus): Promise<void> {
  for (const key of oldOnes(status)) if (!isUsed(key)) await store.transaction(tx => tx.meta.remove(`${KEY_CHECK}${key.id}`))
}
