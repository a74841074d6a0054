import type { Rule } from './rule.ts'

/** Sections 1 to 3: what a proof is, how good it is, and when a passkey is trusted. */
export const PROOFS: readonly Rule[] = [
  {
    id: '1.1',
    rule: 'Every proof is a row of evidence: method, passkey, user verification, time, operation and target. Strength is computed from the rows when it is asked for.',
    attack: 'a level that was stored outlives the method that gave it, and whoever can write the level has it.',
    holds: ['INV-6', 'INV-17'],
  },
  {
    id: '1.2',
    rule: 'A passkey proves with user presence and user verification, at every door.',
    attack: 'a security key that somebody finds signs in by a touch.',
  },
  {
    id: '1.3',
    rule: 'A password with a code of an authenticator app, a text message or a recovery code is two steps; each of them alone is one.',
    attack: 'a phished password is a whole sign-in on an account that has a second step on.',
    holds: ['INV-6'],
  },
  {
    id: '1.4',
    rule: 'An e-mail code beside a password is a second step only where the policy allows it (`emailStep`) and neither an app nor a phone that counts is on. It never makes `lk:2`.',
    attack: 'who has the password and the mailbox walks around the app.',
    holds: ['INV-6', 'H9'],
  },
  {
    id: '1.5',
    rule: 'The same method twice counts once.',
    attack: 'two codes out of one stolen mailbox are two steps.',
  },
  {
    id: '1.6',
    rule: 'A passkey whose counter went backwards may be a copy: at sign-in it counts as one step, at every other door it is refused, from then on it is no second step of a sign-in, and every address is told.',
    attack: 'a cloned key is as good as the key, and nobody hears of it.',
  },
  {
    id: '1.7',
    rule: 'Before a first right step no passkey is named. Behind it any own passkey may be the second step.',
    attack: 'the list of allowed passkeys tells a stranger who has an account.',
    holds: ['INV-16'],
  },
  {
    id: '1.8',
    rule: 'What else does not fit at a use of a passkey is written down: a backup that is gone, a first verification, a security key that answers as a part of the device. `onAnomaly` says for each kind whether it is told, counted as one step, or stops the passkey – never the last way in. A changed backup eligibility and a missing user verification are refused, and written down for whoever holds the passkey.',
    attack: 'a passkey that lost its backup, or is used from where it never was, is noticed by nobody until it is gone.',
    holds: ['INV-1'],
  },
  {
    id: '2.1',
    rule: 'A passkey has one time from which it is trusted, written at its creation; only a reactivation moves it, and the first use of one that was made silently (2.7), and only to later. Until then the passkey is **young**: it signs in, approves nothing, and stops nothing but itself while a trusted one is had.',
    attack: 'who adds a passkey with a stolen code moves the money, and stops the owner’s passkeys, in the same minute.',
    holds: ['INV-11', 'INV-23'],
  },
  {
    id: '2.2',
    rule: 'It is trusted at once where it was made in the founding session’s first hour with the strongest method that is there, or with T while the account is younger than 24 h.',
    attack:
      'whoever takes the cookie of a new account and knows its weakest method makes a passkey that moves money from the first minute.',
  },
  {
    id: '2.3',
    rule: 'Made with T or P it is trusted after `trustHours`: at once in `product`, after 24 h in `exchange`, after 48 h in `strict`.',
    attack: 'a minute with the unlocked device is enough to add a passkey and to pay out, before the owner has read the notice.',
  },
  {
    id: '2.4',
    rule: 'Made with Q, or by a recovery, it is trusted after 72 h (`weakTrustHours`), and is a wait until then (4.12).',
    attack: 'two stolen steps beside the owner’s passkey make one that counts as much.',
    holds: ['H9', 'INV-23'],
  },
  {
    id: '2.5',
    rule: 'The clock of a young passkey stands still while it is suspended, and a trusted one that is reactivated with Q is young again for 72 h.',
    attack:
      'an intruder’s passkey ripens while its victim believes it stopped; and an old, suspended one is woken with password and code and moves money at once.',
    holds: ['INV-23'],
  },
  {
    id: '2.6',
    rule: 'No passkey becomes trusted while the account is frozen: a young one’s clock stands still. It goes on after an unfreeze with T; one with less begins it anew.',
    attack: 'the freeze that the owner called for is the time in which the intruder’s passkey ripens.',
    holds: ['INV-11', 'INV-23'],
  },
  {
    id: '2.7',
    rule: 'A passkey that the browser made silently (`mediation: "conditional"`) is made with the class of the password sign-in that it followed, and only with P. Its time of trust is counted from its first use with the user verified; a use while the account is frozen is none.',
    attack:
      'nobody was there when it was made: whoever typed the password would have a trusted passkey without ever showing that the device is theirs, and could be the first to use it while the owner has stopped everything.',
    holds: ['INV-10', 'INV-11'],
  },
  {
    id: '2.8',
    rule: 'A silent creation takes a proof of its own, that the sign-in leaves for it alone, and a challenge that only the answer to that sign-in carries, for a minute. It covers no recovery codes.',
    attack: 'a stolen fresh cookie would add a passkey without any proof.',
    holds: ['INV-3', 'INV-9'],
  },
  {
    id: '3.1',
    rule: '**T** is an assertion by a passkey that is trusted and not suspended.',
    attack: 'a passkey that a thief added yesterday, or that its owner has just stopped, speaks as its owner.',
    holds: ['INV-2', 'INV-11'],
  },
  {
    id: '3.2',
    rule: 'The founding session, which made the account, is T for its own account in its first hour, by the strongest method that is there and no other. Money is excepted.',
    attack: 'a cookie of the first hour, with the weakest method, changes everything and moves money.',
  },
  {
    id: '3.3',
    rule: '**P** is two steps on an account that has no trusted passkey; there also a young passkey that was made with T, with P, or by a recovery that counted as P.',
    attack: 'one stolen step changes an account that has no passkey yet.',
    holds: ['H9'],
  },
  {
    id: '3.4',
    rule: '**Q** is two steps, or a young passkey, on an account that has a trusted passkey.',
    attack: 'a phished password with its code takes away, at once, the very passkey that protects against phishing.',
    holds: ['INV-10', 'INV-23'],
  },
  {
    id: '3.5',
    rule: 'Until it is trusted, a passkey proves no more than what made it: made with Q, or by a recovery that counted as Q, it is Q everywhere.',
    attack: 'who recovers with password and mailbox makes a passkey, and with that passkey turns the app off at once.',
    holds: ['H9', 'INV-23'],
  },
  {
    id: '3.6',
    rule: 'A trusted passkey that is suspended, however long, or that was removed with Q within the last 72 h, still counts as **had**.',
    attack: 'a thief suspends all passkeys, and from then on two steps are P.',
    holds: ['INV-23'],
  },
  {
    id: '3.7',
    rule: 'One step alone may read, end sessions, and freeze; it suspends, renames, adds and removes nothing.',
    attack: 'a cookie with one stolen step takes the owner’s passkeys out of the way.',
    holds: ['H10'],
  },
  {
    id: '3.8',
    rule: 'A password needs a second step where the policy says so, or where the account has an app or a phone on. Only where neither holds does it count as two steps would.',
    attack: 'the app that the owner turned on is left out by whoever has the password.',
  },
  {
    id: '3.9',
    rule: 'A ceremony of P or Q is one new proof, of a method that counts or by a young passkey; the other step may be what the session has proven before.',
    attack: 'two old proofs of a stolen session add up to a new one.',
    holds: ['H1'],
  },
  {
    id: '3.10',
    rule: 'The code that confirms a set-up is evidence of the new method, no more. A set-up’s ceremony covers the first recovery codes that directly follow it, with its own class; sign-up covers, once, the account’s first passkey.',
    attack: 'for five minutes after any set-up the cookie alone adds a passkey.',
    holds: ['H1', 'INV-9'],
  },
  {
    id: '3.11',
    rule: 'Recovery codes prove nothing in the session that made them.',
    attack: 'a set-up covers the codes, and the codes cover everything else, for whoever holds the cookie.',
    holds: ['H1'],
  },
  {
    id: '3.12',
    rule: 'The proof of a set-up is for the address or the secret that it began with; another one in its place needs a new proof.',
    attack: 'the owner begins with an address, and the cookie’s thief ends with another.',
    holds: ['H1'],
  },
  {
    id: '3.13',
    rule: 'What a set-up’s proof decided is judged again when it ends, and may only be less: P is Q beside a trusted passkey by then, and the passkey that gave it must still work.',
    attack: 'a set-up that was begun before the owner secured the account ends after it, with the class of before.',
    holds: ['INV-17', 'INV-2'],
  },
  {
    id: '3.14',
    rule: 'Where another passkey works, the prompt for a removal asks for the others; a passkey proves its own removal where no other can.',
    attack: 'the proof that a removal rests on goes with the passkey, and a key that is lost is asked for to remove it.',
  },
  {
    id: '3.15',
    rule: 'A trusted passkey that was suspended, or removed with Q within the last 72 h, keeps its **voice**: on the page of a wait, signed in or by the link of a notice, its signature stops it, and with it the young passkey that a wait stands for. It does nothing else.',
    attack: 'who suspended the owner’s passkeys has silenced the owner for the length of the wait.',
    holds: ['INV-2', 'INV-23'],
  },
]
