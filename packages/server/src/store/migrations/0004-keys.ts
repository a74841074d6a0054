import type { Migration } from './migration.ts'

/** Recovery codes are MACs now: those with a slow hash are found at no price once there are none, and those of ended sets go. */
export const keys: Migration = {
  name: '0004-keys',
  statements: () => [
    "delete from recovery_code where set_id in (select id from authenticator where status = 'removed')",
    "create index recovery_code_slow on recovery_code (set_id) where substr(hash, 1, 1) = '$' and used_at is null",
  ],
}
