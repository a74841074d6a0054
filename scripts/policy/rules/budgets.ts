import type { Rule } from './rule.ts'

/** Section 10: what guesses and messages cost, and whom. */
export const BUDGETS: readonly Rule[] = [
  {
    id: '10.1',
    rule: 'Before a first right step every budget belongs to the identifier as typed and to the client’s address, never to an account; after it, to the account, the session or the known device.',
    attack: 'the budget tells who has an account, and strangers spend what its owner needs.',
    holds: ['H3', 'INV-16'],
  },
  {
    id: '10.2',
    rule: 'Beginning costs nothing but the general request limit, and stores nothing but what a budget of mails allowed: what was begun travels sealed in the browser.',
    attack: 'a flood of beginnings fills the tables, or uses up an owner’s recoveries.',
    holds: ['H5', 'H8'],
  },
  {
    id: '10.3',
    rule: 'A hundred wrong guesses of one method in a row close it to everybody but known devices, which have a hundred of their own; a row is remembered for 90 days.',
    attack: 'a patient guesser gets a new hundred every day; or strangers close the door to the owner.',
    holds: ['INV-15'],
  },
  {
    id: '10.4',
    rule: 'Within sessions wrong guesses of all methods together count for the session and for the account. Beyond that there is a reserve for each known device, and one for each session that wants to cancel.',
    attack: 'a stolen session spends the account’s tries, and the owner cannot stop the change that its thief asked for.',
    holds: ['H6', 'INV-15'],
  },
  {
    id: '10.5',
    rule: 'Messages that strangers cause are counted for the identifier and for their own address. Who proved something, has a session, or comes by a known device has a budget of their own.',
    attack: 'strangers use up an owner’s codes and fill the mailbox until nobody reads the one notice that matters.',
    holds: ['H5', 'INV-15'],
  },
  {
    id: '10.6',
    rule: 'A refusal before a first right step says what works now: a passkey, a recovery code. It says so to everybody.',
    attack: 'an owner whom strangers shut out believes that the account is lost.',
    holds: ['H5', 'INV-16'],
  },
  {
    id: '10.7',
    rule: 'Wrong recovery codes count for identifier and address together; a right one is a right first step, with mails of its own.',
    attack: 'from one address a stranger closes the owner’s way back, though 80 random bits cannot be guessed.',
    holds: ['H5'],
  },
  {
    id: '10.8',
    rule: 'Only a guess that was compared and wrong counts; it is counted before it is compared, in the shared database, and given back else.',
    attack: 'two hundred guesses at once find the same free try; and a busy server costs the owner one.',
    holds: ['H12'],
  },
  {
    id: '10.9',
    rule: 'A known device is a browser whose signed cookie names the account. A sign-in with a young passkey that a weak proof made makes none.',
    attack: 'who made such a passkey opens browser after browser, each with guesses of its own.',
    holds: ['H6'],
  },
  {
    id: '10.10',
    rule: 'A new password and a recovery open again all that a hundred guesses closed; with Q only what was proven or is new. A new app or a new address opens its own method.',
    attack: 'who has some of the methods renews the guesses at the others, without end.',
    holds: ['H6'],
  },
  {
    id: '10.11',
    rule: 'A passkey has no count that belongs to an account.',
    attack: 'a stranger closes the one thing that cannot be guessed.',
    holds: ['INV-15'],
  },
  {
    id: '10.12',
    rule: 'A code that was sent has five tries, and a new code gives no new ones to the row.',
    attack: 'who asks for codes often enough guesses one.',
    holds: ['INV-5'],
  },
  {
    id: '10.13',
    rule: 'Text messages have a cap for the day and one for each dialling prefix.',
    attack: 'numbers at a premium turn the sign-in page into an income.',
  },
]
