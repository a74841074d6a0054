import { canonicalIdentifier, maskIdentifier } from '../domain/identifier.ts'
import type { AccountId, Identifier } from '../domain/types.ts'
import type { Store } from './store.ts'

/** The rules of spelling that the rows of this database were last brought to. */
const RULES = '2'
const META = 'identifier_rules'
const BATCH = 500

/** An address that could not be given its one spelling, for a person to look at: nothing is merged or removed. */
export interface Unspelled {
  accountId: AccountId
  /** The account that holds the one spelling already, which may be the same; null where the address is none by today's rules. */
  takenBy: AccountId | null
  /** "e•••@bücher.example" */
  masked: string
}

/**
 * Gives addresses that were stored under older rules their one spelling, so that whoever types them is found: once for each database, at
 * the first start with new rules, the oldest row first.
 *
 * @param again whatever was done before, e.g. after a rolling upgrade in which older nodes wrote rows
 * @returns what was left as it is; empty where nothing was to be done
 */
export async function respellIdentifiers(store: Store, again = false): Promise<Unspelled[]> {
  if (!again && (await store.read.meta.get(META)) === RULES) return []
  const left: Unspelled[] = []
  let batch: Identifier[] = []
  do {
    batch = await store.read.identifiers.listInUse(batch.at(-1)?.id ?? '', BATCH)
    for (const row of batch) {
      const unspelled = await respell(store, row)
      if (unspelled) left.push(unspelled)
    }
  } while (batch.length === BATCH)
  await store.transaction(tx => tx.meta.set(META, RULES))
  return left
}

async function respell(store: Store, row: Identifier): Promise<Unspelled | null> {
  const value = canonicalIdentifier(row.kind, row.value)
  if (value === row.value) return null
  const { accountId } = row
  const masked = maskIdentifier(row.kind, row.value)
  if (value === null) return { accountId, takenBy: null, masked }
  if (await store.transaction(tx => tx.identifiers.respell(row, value))) return null
  const holder = await store.read.identifiers.find(row.kind, value)
  return { accountId, takenBy: holder?.accountId ?? null, masked }
}

/** One line for the operator. */
export const unspelledLine = ({ accountId, takenBy, masked }: Unspelled): string =>
  takenBy === null
    ? `account ${accountId}: ${masked} is no address by today's rules, and signs nobody in.`
    : `account ${accountId}: ${masked} is another spelling of an address of account ${takenBy}, and signs nobody in. Nothing was merged.`
