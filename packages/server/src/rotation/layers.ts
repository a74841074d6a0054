import type { Keys } from '../keys.ts'
import { keyIdOf } from '../store/seal.ts'
import type { SealedTable } from '../store/sealed.ts'
import type { SealedRow } from '../store/store.ts'

/** What is sealed once more within a sealed value, and all values of the row with that under the key of today. */
export interface Within {
  keyIds: number[]
  renewed(): SealedRow['values']
}

export function within(keys: Keys, table: SealedTable, row: SealedRow): Within {
  const { data, payload } = row.values
  if (table === 'authenticator' && row.fields.kind === 'password' && data) return withinPassword(keys, row, data)
  if (table === 'pending_change' && payload) return withinPayload(keys, row, payload)
  return { keyIds: [], renewed: () => row.values }
}

/** A password hash is sealed under its pepper. */
function withinPassword(keys: Keys, row: SealedRow, text: string): Within {
  const data = JSON.parse(text) as { hash?: unknown }
  if (!isSealed(data.hash)) return { keyIds: [], renewed: () => row.values }
  const { hash } = data
  return {
    keyIds: [keyIdOf(Buffer.from(hash, 'base64url'))],
    renewed: () => ({ ...row.values, data: JSON.stringify({ ...data, hash: renewedPassword(keys, hash, row) }) }),
  }
}

/** What waits is sealed by its flow, too; a new password in it under its pepper. */
function withinPayload(keys: Keys, row: SealedRow, payload: string): Within {
  const bytes = Buffer.from(payload, 'base64url')
  const plain = openedPayload(keys, row)
  if (plain === null) return { keyIds: [], renewed: () => row.values }
  const isPassword = row.fields.operation === 'password.change' && isSealed(plain)
  const renewed = (): string => (isPassword ? renewedPassword(keys, plain, row) : plain)
  return {
    keyIds: [keyIdOf(bytes), ...(isPassword ? [keyIdOf(Buffer.from(plain, 'base64url'))] : [])],
    renewed: () => ({ ...row.values, payload: Buffer.from(keys.seal.encrypt(renewed(), payloadPlace(row))).toString('base64url') }),
  }
}

const payloadPlace = (row: SealedRow): string => `pending_change·payload·${row.key}`

/** What a change that waits carries; null where there is nothing, or it does not open. */
export function openedPayload(keys: Keys, row: SealedRow): string | null {
  const { payload } = row.values
  return payload ? attempt(() => keys.seal.decrypt(Buffer.from(payload, 'base64url'), payloadPlace(row))) : null
}

const isSealed = (value: unknown): value is string => typeof value === 'string' && /^[\w-]{40,}$/.test(value)
const renewedPassword = (keys: Keys, sealed: string, { fields }: SealedRow): string =>
  keys.sealPassword(keys.openPassword(sealed, String(fields.account_id)), String(fields.account_id))

export function attempt<T>(work: () => T): T | null {
  try {
    return work()
  } catch {
    return null
  }
}
