import type { Rule } from './rule.ts'

/** Sections 6 to 8: ways in, ways back, presets. */
export const WAYS: readonly Rule[] = [
  {
    id: '6.1',
    rule: 'A way in is an active passkey, young or not, that the sign-in page finds; or a password, with a second step that counts where one is demanded. Recovery codes never are one.',
    attack: 'the last passkey is removed because codes are left, and after the tenth sign-in nobody gets in.',
    holds: ['INV-1'],
  },
  {
    id: '6.2',
    rule: 'Nothing that is done to an account takes it from some ways in to none: not one change, not two at once, not a wait that is over, not a cancel. Another RP ID is refused at start while passkeys of the old one exist.',
    attack:
      'two windows remove one passkey each, and the account is gone; nobody but support could open it again, and support is what intruders ask.',
    holds: ['INV-1'],
  },
  {
    id: '6.3',
    rule: 'An account that a stricter policy left without a way in may still change.',
    attack: 'the guard of the last way in keeps a new one out.',
    holds: ['INV-1'],
  },
  {
    id: '6.4',
    rule: 'A passkey that the sign-in page cannot find is refused where it would be the only way in, and counts as none elsewhere.',
    attack: 'an account whose only passkey never shows up.',
    holds: ['PK-4', 'INV-1'],
  },
  {
    id: '6.5',
    rule: 'A method that is closed for a time, and a password that has to be changed, count as present.',
    attack: 'strangers who guess wrong decide what the owner may remove, and whether a second step is demanded.',
    holds: ['INV-15'],
  },
  {
    id: '6.6',
    rule: 'At the door a recovery code stands in for a second step that is lost: password and recovery code are a whole sign-in, without a pause, and every address is told.',
    attack: 'who lost the phone goes through a recovery for nothing; or who found the sheet comes in unheard.',
  },
  {
    id: '6.7',
    rule: 'An account is written in the transaction that binds its first way in. A sign-up that is pending, for 24 h, takes no address, and a password alone founds no account where it would open nothing.',
    attack: 'a stranger types somebody’s address first, and keeps them out.',
    holds: ['INV-12'],
  },
  {
    id: '6.8',
    rule: 'What leads back in is counted in whole routes, and only warns; it allows and blocks nothing.',
    attack: 'a meter shows two ways back where one lost device takes both.',
    holds: ['U4'],
  },
  {
    id: '7.1',
    rule: 'A recovery needs two proofs of different kinds out of password, app, recovery code, code to the mailbox and code to the phone; at least one of them not sent by message.',
    attack: 'a SIM swap brings the phone, the phone brings the mailbox, and the two of them bring the account.',
    holds: ['INV-13'],
  },
  {
    id: '7.2',
    rule: 'A code of the app is taken only as the second proof, and five wrong proofs end what the first right one opened.',
    attack: 'a stranger without anything tries the million codes of an app.',
  },
  {
    id: '7.3',
    rule: 'It opens a recovery session of 30 minutes, which looks and binds one thing: a passkey, at once and young for 72 h, or a new password after 72 h. It ends with that and becomes no full session.',
    attack: 'half an hour of recovery adds, removes and replaces everything.',
    holds: ['INV-9', 'INV-13'],
  },
  {
    id: '7.4',
    rule: 'Money pauses 72 h and every address is told when a recovery opens and when it binds, whatever its class; when a password that it set takes effect, money pauses again.',
    attack: 'who recovers somebody’s account pays out in the same hour.',
    holds: ['INV-13', 'INV-14', 'INV-23'],
  },
  {
    id: '7.5',
    rule: 'A recovery counts as P where no trusted passkey is had, and either neither app nor phone is on, or app, text message or a recovery code was among its proofs. Else it is Q. What it binds proves just that until it is trusted.',
    attack: 'password and mailbox take an account that has an app, in three minutes.',
    holds: ['H9', 'INV-23'],
  },
  {
    id: '7.6',
    rule: 'A forgotten password makes no session. The code to the mailbox and the second step that the account has (the code alone where it has none) count as P; as Q where a trusted passkey is had, or where an app is on and only a text message was shown.',
    attack: 'an open mailbox, or a mailbox with a stolen number, is a new password and a sign-in.',
    holds: ['H9', 'INV-9', 'INV-10'],
  },
  {
    id: '7.7',
    rule: 'An account without a password has forgotten none.',
    attack: 'the mailbox alone opens again what the owner closed by removing the password.',
  },
  {
    id: '7.8',
    rule: 'Where the policy allows it (`mailRecovery`) and the account has no password, no app and no recovery code left, the code to the mailbox opens a recovery 72 h later. A passkey of the account that signs ends the wait; what is not fetched for 72 h more lapses.',
    attack: 'who lost the only passkey is out for ever; or, without the wait, the mailbox is the account.',
    holds: ['INV-13', 'INV-23'],
  },
  {
    id: '7.9',
    rule: 'A **support case** through the host, with a wait that every address hears of and can stop.',
    attack: 'whoever is best at telling a story has the account.',
    planned: true,
  },
  {
    id: '8.1',
    rule: 'A host that declares a money action gets `exchange` unless it says otherwise.',
    attack: 'somebody forgets a setting, and the day between a new passkey and money is missing.',
  },
  {
    id: '8.2',
    rule: '`strict` doubles every wait, clock and pause, and takes neither text messages nor e-mail codes as a second step.',
    attack: 'where the number or the mailbox is the target, a code sent there proves that the attack went well.',
  },
  {
    id: '8.3',
    rule: 'Every value is a setting of its own, judged and fixed at start; `pauseOn` adds causes of a pause. No call changes one for an account.',
    attack: 'one compromised service of the host lowers the bar for one account.',
    holds: ['INV-17'],
  },
  {
    id: '8.4',
    rule: 'A trusted device may leave out the second step of a password sign-in for `trustedDeviceDays`. It proves nothing else, and ends with a new password and with "sign out all others".',
    attack: 'a copied cookie is a second step for every change; or it lets its thief in again after they were thrown out.',
  },
  {
    id: '8.5',
    rule: 'No page signs in by an e-mail code alone: `emailSignIn: true` is refused at start.',
    attack: 'the last other way in is removed on an account that no page can open.',
    holds: ['INV-1'],
  },
  {
    id: '8.6',
    rule: 'Development shortens only what counts in policy hours, waits, pauses and trust clocks, and multiplies limits by a hundred. The founding hour and day, codes and sessions last as long as anywhere.',
    attack:
      'a wait that nobody can sit through is never tried; and whatever else were shorter would behave otherwise on the day it matters.',
  },
]
