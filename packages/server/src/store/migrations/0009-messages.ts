import type { Migration } from './migration.ts'

/** How an owner's messages look: the zone of their times, and the phrase by which they know ours. */
export const messages: Migration = {
  name: '0009-messages',
  statements: ({ bytes }) => [`alter table account add column sealed_messages ${bytes}`],
}
