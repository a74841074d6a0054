import type { Migration } from './migration.ts'

/** Since when the owner's lock stands, and with which proof: both decide what may follow. */
export const lock: Migration = {
  name: '0010-lock',
  statements: ({ ms }) => [`alter table account add column locked_at ${ms}`, 'alter table account add column lock_via text'],
}
