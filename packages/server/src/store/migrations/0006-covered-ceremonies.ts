import type { Migration } from './migration.ts'

/**
 * A grant may keep the class of the ceremony that covers it, and a passkey of a recovery says what that recovery counted as. The ones
 * that are there were made when nobody asked: the weaker class is the safe one. Grants that served any operation are gone.
 */
export const coveredCeremonies: Migration = {
  name: '0006-covered-ceremonies',
  statements: () => [
    'alter table step_up_grant add column proof_class text',
    "delete from step_up_grant where operation = '*'",
    "update credential set created_via = 'recovery_q' where created_via = 'recovery'",
  ],
}
