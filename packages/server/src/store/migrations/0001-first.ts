import type { Migration } from './migration.ts'

/**
 * The first schema. Only what PostgreSQL-compatible distributed engines run as well: text keys made by us, no sequences. Sessions
 * have no foreign key to their account on purpose: its check would lock the account row, and each sign-in would queue behind a
 * change of factors.
 */
export const first: Migration = {
  name: '0001-first',
  statements: ({ ms, bytes, table }) => [
    table('account', [
      `id text primary key, user_handle ${bytes} not null, status text not null, created_at ${ms} not null, frozen_at ${ms}`,
      `money_paused_until ${ms}, pause_reasons text not null, locked_until ${ms}, lock_scope text, passkey_first integer not null`,
    ]),
    'create unique index account_user_handle on account (user_handle)',

    table('pending_sign_up', [
      `id text primary key, user_handle ${bytes} not null, kind text not null, sealed_value ${bytes} not null`,
      `verified_at ${ms}, created_at ${ms} not null, expires_at ${ms} not null`,
    ]),

    table('identifier', [
      'id text primary key, account_id text not null references account (id), kind text not null',
      `blind_index ${bytes} not null, sealed_value ${bytes} not null`,
      `verified_at ${ms} not null, created_at ${ms} not null, superseded_at ${ms}`,
    ]),
    'create unique index identifier_live on identifier (kind, blind_index) where superseded_at is null',
    'create index identifier_account on identifier (account_id)',

    table('credential', [
      'id text primary key, account_id text not null references account (id), rp_id text not null',
      `public_key ${bytes} not null, algorithm integer not null, sign_count ${ms} not null, aaguid text not null, transports text not null`,
      'uv_initialized integer not null, backup_eligible integer not null, backup_state integer not null',
      'attestation_format text not null, attachment text, label text, auto_label text not null',
      'status text not null, flags text not null',
      `created_at ${ms} not null, created_in text not null, created_via text not null, created_session_id text`,
      `trusted_at ${ms} not null, last_used_at ${ms}, last_used_in text, reviewed_at ${ms}`,
      `suspended_at ${ms}, removed_at ${ms}, ended_via text`,
    ]),
    'create index credential_account on credential (account_id)',

    table('authenticator', [
      'id text primary key, account_id text not null references account (id), kind text not null, status text not null',
      `sealed_data ${bytes} not null, session_id text, last_step ${ms}`,
      `created_at ${ms} not null, expires_at ${ms}, last_used_at ${ms}`,
    ]),
    'create index authenticator_account on authenticator (account_id, kind, status)',

    table('recovery_code', [
      'id text primary key, set_id text not null references authenticator (id) on delete cascade, account_id text not null',
      `prefix text not null, hash text not null, used_at ${ms}`,
    ]),
    'create index recovery_code_set on recovery_code (set_id, prefix)',

    table('session', [
      `id text primary key, token_id text not null, secret_hash ${bytes} not null`,
      `previous_token_id text, previous_secret_hash ${bytes}, rotated_at ${ms}`,
      'account_id text not null, kind text not null, founding integer not null, credential_id text',
      `created_at ${ms} not null, expires_at ${ms} not null, last_seen_at ${ms} not null, ended_at ${ms}, ended_reason text`,
      'ip text not null, user_agent text not null, device_id text',
    ]),
    'create unique index session_token on session (token_id)',
    'create unique index session_previous_token on session (previous_token_id) where previous_token_id is not null',
    'create index session_account on session (account_id) where ended_at is null',

    table('pre_session', [
      'id text primary key, purpose text not null, account_id text, sign_up_id text',
      `identifier_kind text, sealed_identifier ${bytes}, return_to text, failures integer not null`,
      `created_at ${ms} not null, expires_at ${ms} not null`,
    ]),
    'create index pre_session_account on pre_session (account_id) where account_id is not null',

    table('evidence', [
      'id text primary key, session_id text references session (id) on delete cascade',
      'pre_session_id text references pre_session (id) on delete cascade',
      `method text not null, credential_id text, user_verified integer not null, backup_eligible integer not null, at ${ms} not null`,
      'operation text, target text',
    ]),
    'create index evidence_session on evidence (session_id) where session_id is not null',
    'create index evidence_pre_session on evidence (pre_session_id) where pre_session_id is not null',

    table('step_up_grant', [
      'id text primary key, session_id text not null, account_id text not null, operation text not null, target text',
      `method text not null, credential_id text, created_at ${ms} not null, expires_at ${ms} not null, consumed_at ${ms}`,
    ]),
    'create index step_up_grant_session on step_up_grant (session_id) where consumed_at is null',

    table('code', [
      'owner text not null, purpose text not null, id text not null, operation text, target text, method text not null',
      `sealed_address ${bytes} not null, account_id text, mac ${bytes}, failures integer not null`,
      `created_at ${ms} not null, expires_at ${ms} not null, consumed_at ${ms}, primary key (owner, purpose)`,
    ]),
    'create unique index code_id on code (id)',

    table('used_challenge', [`id text primary key, expires_at ${ms} not null`]),
    'create index used_challenge_expiry on used_challenge (expires_at)',

    table('pending_change', [
      'id text primary key, account_id text not null references account (id), operation text not null, target text',
      `sealed_payload ${bytes}, class text not null, session_id text, credential_id text`,
      `asked_at ${ms} not null, effective_at ${ms} not null, cancelled_at ${ms}, applied_at ${ms}, remaining_ms ${ms}`,
    ]),
    'create index pending_change_live on pending_change (account_id) where cancelled_at is null and applied_at is null',

    table('approval', [
      'id text primary key, account_id text not null references account (id), action text not null',
      `details text not null, details_hash ${bytes} not null, nonce ${bytes} not null, reference text not null, status text not null`,
      'requested_in text not null, session_id text, return_to text',
      `created_at ${ms} not null, expires_at ${ms} not null, decided_at ${ms}, decided_in text`,
      `method text, credential_id text, proof text, consumed_at ${ms}`,
    ]),
    'create index approval_account on approval (account_id, created_at)',

    table('payout_address', [
      'id text primary key, account_id text not null references account (id)',
      'asset text not null, network text not null, address text not null, memo text, label text not null',
      `created_at ${ms} not null, effective_at ${ms} not null, removed_at ${ms}`,
    ]),
    'create index payout_address_account on payout_address (account_id)',

    table('outbox', [
      `id text primary key, account_id text, channel text not null, sealed_to ${bytes}, template text not null, sealed_params ${bytes}`,
      `created_at ${ms} not null, status text not null, tries integer not null, next_try_at ${ms} not null`,
      `sent_at ${ms}, last_error text`,
    ]),
    "create index outbox_due on outbox (next_try_at) where status = 'pending'",

    table('dev_inbox', [`id text primary key, sealed_message ${bytes} not null, sent_at ${ms} not null`]),
    'create index dev_inbox_sent on dev_inbox (sent_at)',

    table('event', [
      `id text primary key, at ${ms} not null, account_id text, session_id text, credential_id text, kind text not null, body text not null`,
    ]),
    'create index event_account on event (account_id, at)',
    table('event_detail', [`event_id text primary key, ip text not null, user_agent text not null, label text, salt ${bytes} not null`]),

    table('limit_bucket', [`key text primary key, count integer not null, window_started_at ${ms} not null, blocked_until ${ms}`]),
    'create index limit_bucket_age on limit_bucket (window_started_at)',
    table('meta', ['key text primary key, value text not null']),
  ],
}
