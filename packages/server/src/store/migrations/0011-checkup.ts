import type { Migration } from './migration.ts'

/** When the owner last went through the security checkup, so that it is offered again in time and not before. */
export const checkup: Migration = {
  name: '0011-checkup',
  statements: ({ ms }) => [`alter table account add column checked_at ${ms}`],
}
