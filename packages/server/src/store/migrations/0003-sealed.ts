import type { Migration } from './migration.ts'

/**
 * Sealed columns for what stood in the clear. The old columns stay, empty in every new row; the background empties those of old rows
 * (`store/reseal.ts`), which the partial indexes find at no price once there are none.
 */
export const sealed: Migration = {
  name: '0003-sealed',
  statements: ({ bytes }) => [
    `alter table session add column sealed_client ${bytes}`,
    `alter table event_detail add column sealed_detail ${bytes}`,
    `alter table approval add column sealed_request ${bytes}`,
    `alter table approval add column sealed_decision ${bytes}`,
    `alter table payout_address add column sealed_entry ${bytes}`,
    `alter table payout_address add column blind_index ${bytes}`,
    `alter table credential add column sealed_label ${bytes}`,
    `alter table pre_session add column sealed_return_to ${bytes}`,
    'create index session_clear on session (id) where sealed_client is null',
    'create index event_detail_clear on event_detail (event_id) where sealed_detail is null',
    'create index approval_clear on approval (id) where sealed_request is null',
    'create index payout_address_clear on payout_address (id) where sealed_entry is null',
    'create index credential_clear on credential (id) where label is not null',
    'create index pre_session_clear on pre_session (id) where return_to is not null',
    // the target of such a ceremony was the address itself, readable; its proof is good for five minutes, so the owner is asked again
    "delete from step_up_grant where operation = 'payout_address.add'",
    "delete from code where operation = 'payout_address.add'",
    "update evidence set target = '' where operation = 'payout_address.add'",
  ],
}
