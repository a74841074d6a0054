import type { Rule } from './rule.ts'

/** Section 5: how fresh a proof must be, and what it is bound to. */
export const CEREMONIES: readonly Rule[] = [
  {
    id: '5.1',
    rule: 'What adds, replaces or removes a method, cancels a wait, or moves money needs a **ceremony**: a new proof bound to session, operation and target.',
    attack: 'a stolen cookie of a fresh session adds a passkey.',
    holds: ['H1', 'INV-9'],
  },
  {
    id: '5.2',
    rule: 'A ceremony leaves a grant, kept on the server, for one session, one operation and one target, used once within five minutes.',
    attack: 'a proof that was given for one passkey removes another.',
    holds: ['INV-3', 'INV-9', 'H1'],
  },
  {
    id: '5.3',
    rule: 'Ending another session, renaming, suspending, and removing a payout address need evidence of the last 15 minutes; ending all others, of the last five. The owner hears of a session that was ended.',
    attack: 'an old cookie ends the owner’s sessions and gives passkeys other names, without a word.',
    holds: ['H10'],
  },
  {
    id: '5.4',
    rule: 'Suspending the last trusted passkey that works is a ceremony, too.',
    attack: 'a stolen session of a few minutes stops the one thing that could throw it out.',
    holds: ['H1'],
  },
  {
    id: '5.5',
    rule: 'In the founding hour only the strongest method that is there proves T; a weaker one proves what it proves elsewhere.',
    attack: 'the cookie with the mailbox code is as good as the passkey of the same morning.',
  },
  {
    id: '5.6',
    rule: 'A sign-in that was made in order to create a passkey, or to unfreeze the account, is the ceremony of that one operation, once and within five minutes.',
    attack: 'either people are asked twice in a row and learn to confirm whatever asks, or any sign-in would do for any creation.',
    holds: ['H1'],
  },
  {
    id: '5.7',
    rule: 'What an operation’s removal needs is never less than what its addition needs.',
    attack: 'an intruder cannot add, but can take away until only the weak methods are left.',
  },
  {
    id: '5.8',
    rule: 'A challenge is signed for its purpose, session, operation and target, and spent in the transaction that uses it.',
    attack: 'a recorded response is sent again, or to another door.',
    holds: ['INV-3'],
  },
  {
    id: '5.9',
    rule: 'The cookie changes at sign-in and at each verification; the one before serves reading for ten seconds and changes nothing.',
    attack: 'a cookie that was copied before the owner proved anything inherits the proof.',
    holds: ['INV-8'],
  },
  {
    id: '5.10',
    rule: 'When a method goes, the grants, set-ups and half sign-ins that rest on it go, too.',
    attack: 'what an intruder had proven, and not used yet, survives the owner’s removal.',
    holds: ['INV-17'],
  },
  {
    id: '5.11',
    rule: 'An approval counts for exactly the details that were shown, for this account, once: within five minutes it is decided, within fifteen more the host redeems it, for the same details.',
    attack: 'a signature is replayed, kept like a cheque, or used for another payee or another amount.',
    holds: ['INV-7'],
  },
]
