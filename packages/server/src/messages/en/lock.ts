/** The owner's own lock. */
export const lock = {
  'lock.title': 'Lock your account',
  'lock.lead':
    'For when you travel, or don’t need it for a while. You can sign in meanwhile; nobody ends the lock early, you and support included.',
  'lock.what': 'What is locked',
  'lock.scope_money': 'Money',
  'lock.scope_money_note': 'Nobody approves a withdrawal.',
  'lock.scope_settings': 'Settings',
  'lock.scope_settings_note': 'Nothing is added, changed or removed. What waits stands still. A recovery goes on.',
  'lock.scope_both': 'Money and settings',
  'lock.scope_both_note': 'Both.',
  'lock.days': 'For how long',
  'lock.for_days': '{n, plural, one {# day} other {# days}}',
  'lock.go': 'Lock now',
  'lock.longer': 'Lengthen the lock',
  'lock.note':
    'With a trusted passkey up to 7 days; after a day it can be lengthened, to 30 in all. With two steps money alone, up to 3 days.',
  'lock.note~no_money': 'It needs a trusted passkey. After a day it can be lengthened, to 30 days in all.',
  'lock.reason': 'To lock {what} for {n, plural, one {# day} other {# days}}',
  'lock.label': 'Locked',
  'lock.holds': '{what}: locked by you until {until}. Nobody shortens it.',
  'lock.row': 'Lock my account',
  'lock.row_note': 'Keep money or settings out of everybody’s reach for some days',
  'lock.row_note~no_money': 'Keep settings out of everybody’s reach for some days',
} as const
