import type { Migration } from './migration.ts'

/** Links that freeze an account, found by their hash; and the clock of a young passkey, which stands still while the account is frozen. */
export const freeze: Migration = {
  name: '0008-freeze',
  statements: ({ ms, bytes, table }) => [
    table('freeze_link', [
      `id text primary key, account_id text not null, identifier_id text, sealed_notice ${bytes}, created_at ${ms} not null`,
      `expires_at ${ms} not null, used_at ${ms}`,
    ]),
    'create index freeze_link_account on freeze_link (account_id)',
    'create index freeze_link_created on freeze_link (created_at)',
    `alter table credential add column trust_left_ms ${ms}`,
  ],
}
