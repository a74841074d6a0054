import type { Migration } from './migration.ts'

/** Indexes by which purging finds what is over without reading the table, and pause reasons that know when they end. */
export const purge: Migration = {
  name: '0002-purge',
  statements: () => [
    'create index session_ended on session (ended_at) where ended_at is not null',
    'create index session_expiry on session (expires_at) where ended_at is null',
    'create index pre_session_expiry on pre_session (expires_at)',
    'create index step_up_grant_expiry on step_up_grant (expires_at)',
    'create index code_expiry on code (expires_at)',
    'create index pending_sign_up_expiry on pending_sign_up (expires_at)',
    "create index authenticator_set_up on authenticator (expires_at) where status = 'pending'",
    'create index identifier_superseded on identifier (superseded_at) where superseded_at is not null',
    'create index pending_change_applied on pending_change (applied_at) where applied_at is not null',
    'create index pending_change_cancelled on pending_change (cancelled_at) where cancelled_at is not null',
    'create index approval_undecided on approval (expires_at) where decided_at is null',
    "create index outbox_over on outbox (created_at) where status <> 'pending'",
    // a list of names until now; which of them were over could not be told
    "update account set pause_reasons = '[]'",
  ],
}
