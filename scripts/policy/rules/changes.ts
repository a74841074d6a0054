import type { Rule } from './rule.ts'

/** Section 4: what a proof may do, and from when. */
export const CHANGES: readonly Rule[] = [
  {
    id: '4.1',
    rule: '**Look and protect** is done at once, whatever the class. With Q a young passkey stops nothing but itself: without its word there must be two steps left.',
    attack: 'an owner who sees an intruder has to wait; or the young passkey of a weak recovery stops the owner’s own ones at once.',
    holds: ['INV-11', 'H2'],
  },
  {
    id: '4.2',
    rule: '**Add** is done at once with T and P. With Q a passkey signs in at once and is young; anything else waits 72 h.',
    attack: 'an intruder with two steps adds an app of their own, which from then on proves their next step.',
    holds: ['INV-10'],
  },
  {
    id: '4.3',
    rule: 'An addition that waited replaces nothing: where something of its kind is there by then, it is dropped.',
    attack: 'the intruder’s app that waits takes the place of the one that the owner set up meanwhile with a better proof.',
    holds: ['INV-10'],
  },
  {
    id: '4.4',
    rule: '**Replace or remove** is done at once with T; at once with P, and money pauses 24 h where `pauseOn` has P; after 72 h with Q, and then money pauses 72 h.',
    attack: 'a SIM swap or an open mailbox exchanges the owner’s methods and moves money before anybody notices.',
    holds: ['INV-10', 'INV-23'],
  },
  {
    id: '4.5',
    rule: 'A passkey whose removal waits stops working at once only where that proof could suspend it. A cancelled removal leaves it suspended.',
    attack: 'asking for a removal with Q is a suspension that nobody would have allowed.',
    holds: ['H2', 'INV-11'],
  },
  {
    id: '4.6',
    rule: 'What ends a passkey ends the sessions that it opened or that rest on it alone, and the open approvals that it gave; what a removed method gave other sessions goes with it. The session that acts stays, without that evidence; one that suspends what it rests on stays only where something else was proven in it.',
    attack: 'the thief’s session outlives the passkey that the owner took away for its sake.',
    holds: ['INV-2', 'INV-17'],
  },
  {
    id: '4.7',
    rule: '**Move money** is done at once by a trusted passkey; with P by two steps that no passkey is part of, as the host allows, up to its limit; with Q not at all, and no option of the host lifts that. A young passkey is no step of an approval.',
    attack: 'two stolen codes, or a passkey of this morning, empty the account.',
    holds: ['INV-10', 'INV-11', 'INV-23'],
  },
  {
    id: '4.8',
    rule: 'A **payout address** is added with T or P after 24 h, with Q not at all; the ceremony is for exactly this address. Removing one protects and is done at once.',
    attack: 'a minute with the unlocked device adds the thief’s address and pays out to it.',
    holds: ['INV-10'],
  },
  {
    id: '4.9',
    rule: 'No page, no role and no call of the host shortens a wait or a pause: addresses that pay out at once are imported in development only, and of two pauses the longer one counts.',
    attack: 'an intruder talks the host’s support into it, or begins a short pause to end a long one.',
    holds: ['INV-17'],
  },
  {
    id: '4.10',
    rule: 'A change that waits keeps the class that it was asked with, is told to every address, stands on the security page with its date and a Cancel, and takes effect when the account is next read. What would lock the owner out by then is dropped.',
    attack: 'a wait that nobody hears of protects nobody; and two waits that were each harmless take the last way in together.',
    holds: ['INV-1', 'INV-10', 'INV-14'],
  },
  {
    id: '4.11',
    rule: 'A wait is cancelled by a proof of at least the class that began it, made for this wait. Two steps stop what two steps began, with a trusted passkey beside them or without.',
    attack:
      'a thief with two steps cancels what the owner began with a passkey; or a stolen session cancels with the proof of something else.',
    holds: ['INV-9', 'INV-10'],
  },
  {
    id: '4.12',
    rule: 'A passkey that was added with Q, or by a recovery, is a wait until it is trusted: a cancel by a proof that may stop it removes it, with the sessions that rest on it. Never the last way in.',
    attack: 'the owner sees the strange passkey for 72 h and can only watch it ripen.',
    holds: ['INV-1', 'INV-11', 'H2'],
  },
  {
    id: '4.13',
    rule: 'When the last trusted passkey is removed, money pauses 24 h, whatever the proof.',
    attack: 'without a trusted passkey two steps are P, so who removes the last one moves money with the codes in the same minute.',
    holds: ['INV-23'],
  },
  {
    id: '4.14',
    rule: 'Every change of security leaves one event, and one notice to each address, in its own transaction. An address that was replaced or removed keeps its notices for 72 h.',
    attack: 'an intruder replaces the address first, and all that follows is told to nobody else.',
    holds: ['INV-14'],
  },
  {
    id: '4.15',
    rule: 'An account keeps one address.',
    attack: 'after the last one is gone, no notice reaches anybody.',
    holds: ['INV-14'],
  },
  {
    id: '4.16',
    rule: 'A refusal or a hold of money says until when, why, and what would do it now. A page says what a method would mean before anybody types.',
    attack: 'people who meet a dead end are led on by whoever calls and offers help.',
    holds: ['U2', 'U3'],
  },
  {
    id: '4.17',
    rule: '**Owner’s lock** of money, settings or both: with T up to 7 days, and one that has stood a day may be lengthened, to 30 in all; with P money alone, up to 3 days, once in 30; with Q refused. Nobody shortens it. While settings are locked, what waits and the clocks of young passkeys stand still; what protects, a cancel, the removal of a young passkey, a sign-in, and the one passkey of a recovery go on. A try to change is told once a day.',
    attack:
      'an owner who is about to lose sight of the account cannot put it out of everybody’s reach, their own included; or an intruder’s wait runs out behind the lock.',
    holds: ['INV-17', 'INV-23'],
  },
  {
    id: '4.18',
    rule: '**Close the account** after a wait: 24 h with T or P, 72 h with Q. Then every session ends, open approvals are void, and what waits stands still. For seven real days it can be kept, with a proof of at least the class that closed it; a freeze keeps these days standing too. A recovery keeps it where it counts as that class, and binds nothing.',
    attack: 'an intruder destroys in a moment what they could not take; or keeps for themselves what its owner closed.',
    holds: ['INV-9', 'INV-10', 'INV-13'],
  },
  {
    id: '4.19',
    rule: 'A **freeze** ends every session and the trust of every device, voids open approvals, and lets waits and trust clocks stand still, but for the wait of its own unfreeze. One step of the last five minutes is enough, or the link in a notice.',
    attack: 'the owner reads the notice where no passkey is at hand, and can do nothing while the wait runs out.',
    holds: ['INV-17', 'INV-23'],
  },
  {
    id: '4.20',
    rule: '**Undo**: for 72 h whoever shows, with the methods as they stood before a change took effect, at least the class that made it, gets back what it replaced or removed, and nothing else: no lock, payout address or freeze. All of the proof is new. What was set up since proves nothing, and what stopped since proves only where no trusted passkey is left. Money pauses 72 h. An undo cannot be undone; it takes with it what was done to the same factor since.',
    attack:
      'who held the better proof for a moment keeps what they made with it; or a thief, whose passkey the owner removed, gets it back.',
    holds: ['INV-17', 'INV-23'],
  },
  {
    id: '4.21',
    rule: 'The **link** of a notice freezes and does nothing else (an undo or a voice that it leads to has a proof of its own): 96 random bits, of which the hash is kept, for 72 h, in notices of changes and of new devices, never in a message that carries a code. It freezes once in 30 days for each address, and every link of before ends with an unfreeze.',
    attack: 'a mailbox that is read by others unlocks, cancels or undoes; or its owner is frozen again and again.',
    holds: ['INV-14'],
  },
  {
    id: '4.22',
    rule: 'Opening the link changes nothing. Its button wants a pointer or key of a person; without a script a second page asks once more, by a form that only the first answer gives.',
    attack: 'a scanner that opens what is in a mail, or sends the forms that it finds, freezes people who get a notice.',
  },
  {
    id: '4.23',
    rule: '**Unfreeze** is done at once with T, by one assertion: a sign-in that was made for it is its ceremony. With P it waits 24 h, with Q 72 h, a recovery counting as Q; whoever signed in meanwhile is signed out then, but for who asked.',
    attack: 'the intruder lifts the freeze again with what they hold; or keeps a session that was opened while nothing worked.',
    holds: ['INV-10', 'INV-23'],
  },
  {
    id: '4.24',
    rule: 'While an account is frozen, who signs in reads, ends sessions, stops what waits and asks for the unfreeze; nothing else, whatever the proof.',
    attack: 'a freeze that a stolen passkey works through is no freeze; one that cannot be looked into leaves its owner blind.',
    holds: ['INV-9'],
  },
  {
    id: '4.25',
    rule: 'A recovery by mailbox that a freeze keeps standing is begun anew by the next right code, with its whole wait, and then only asks for the unfreeze.',
    attack: 'whoever has nothing but the mailbox never comes back from their own freeze.',
    holds: ['INV-1'],
  },
  {
    id: '4.26',
    rule: 'The owner’s anti-phishing phrase stands in mail to verified addresses, on no page, and beside no code for an address that is only being confirmed. Its change is told with the phrase of before.',
    attack:
      'whoever holds a cookie reads the phrase, or has it sent to a mailbox of theirs, and writes as we do; or announces a new phrase in a forged mail.',
    holds: ['INV-14'],
  },
  {
    id: '4.27',
    rule: 'After these days it is **erased**, by whoever looks first and by the clock for everybody: nothing that tells a person or a device is left; that there was an account, and what happened in it when, stays. Its address is free again; the ids of its passkeys never come back.',
    attack:
      'what was promised to be gone is read from the database years later; or a record that can be emptied hides what an intruder did.',
    holds: ['INV-4'],
  },
]
