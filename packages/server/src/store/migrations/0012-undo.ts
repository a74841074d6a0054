import type { Migration } from './migration.ts'

/** What a change took, so that it can be given back; and what was replaced or removed goes once it can be given back no more. */
export const undo: Migration = {
  name: '0012-undo',
  statements: () => [
    'alter table pending_change add column was text',
    'drop index authenticator_set_up',
    'create index authenticator_expiry on authenticator (expires_at) where expires_at is not null',
    // of before: nobody can have it given back
    "update authenticator set expires_at = 0 where status = 'removed' and expires_at is null",
  ],
}
