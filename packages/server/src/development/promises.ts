import type { MessageKey } from '../messages/index.ts'

/** One line of the checklist. `docs/promises.md` is made from this table and from the titles of the tests. */
export interface PromiseRow {
  /** `K`, `O`: the two articles; `F`: what the best systems have beside them; `N`: what none has. */
  row: string
  promise: string
  /** The living screen that keeps it, or the one nearest to it; null for what is still to come. */
  where: string | null
  /** What that screen says, where the promise is a text. */
  words?: MessageKey
  /** Not kept yet: needs no test. */
  later?: true
}

const SIGN_IN = '/sign-in'
const SIGN_UP = '/sign-up'
const OTHER = '/sign-in/other'
const PHONE = '/sign-in/phone'
const KEY = '/sign-in/key'
const HELP = '/help'
const CHECK = '/check-device'
const SECURITY = '/account/security'
const PASSKEYS = '/account/passkeys'
const CREATE = '/account/passkeys/new'
const FACTORS = '/account/factors'
const CODES = '/account/recovery-codes'
const SESSIONS = '/account/sessions'
const RECOVER = '/recover'

const promise = (row: string, text: string, where: string, words?: MessageKey): PromiseRow => ({
  row,
  promise: text,
  where,
  ...(words ? { words } : {}),
})
const later = (row: string, text: string, where: string | null): PromiseRow => ({ row, promise: text, where, later: true })

/** The rows that this release keeps, in the order of the articles. */
export const PROMISES: readonly PromiseRow[] = [
  promise('K1', 'Signs in with a passkey and types no password', SIGN_IN, 'sign_in.with_passkey'),
  promise('K2', 'Unlock by fingerprint, face or device PIN; the server insists on user verification', SIGN_IN),
  promise('K3', 'The same passkey verifies a sensitive action without a new sign-in', SECURITY, 'security.rule_2'),
  promise('K4', 'Phishing-proof: what was signed for another origin or RP ID is refused', HELP, 'help.what.5'),
  promise('K5', 'The page states that biometrics stay on the device and never reach the service', HELP, 'help.what.4'),
  promise('K6', 'The help carries a visible “last updated” date', HELP),
  promise('K7', 'Shows which computers can create one: Windows 10, macOS Ventura, ChromeOS 109 or later', CHECK, 'device_check.computers'),
  promise('K8', 'Shows which phones can: iOS 16, Android 9 or later', CHECK, 'device_check.phones'),
  promise('K9', 'Accepts any FIDO2 security key', KEY, 'sign_in.key_note'),
  promise('K10', 'Shows which browsers can: Chrome 109, Safari 16, Edge 109, Firefox 122 or later', CHECK, 'device_check.browsers'),
  promise('K11', 'Precondition shown: the screen lock must be on', HELP, 'help.need.1'),
  promise('K12', 'Precondition shown: Bluetooth must be on, for the nearby-device way', HELP, 'help.need.3'),
  promise('K13', 'Precondition shown for another Apple computer: iCloud Keychain on', HELP, 'help.need.4'),
  promise('K14', 'Prepares for the system’s own prompt to turn on iCloud Keychain, with a help link', HELP, 'help.need.4.link'),
  promise('K15', 'Tip: keep system and browser up to date', HELP, 'help.need.2'),
  promise('K16', 'Warns that private browsing may be unable to create or use passkeys', HELP, 'help.need.5'),
  promise('K17', 'Creating needs a signed-in session', CREATE),
  promise('K18', 'Creating needs a completed security verification first', CREATE),
  promise('K19', 'Warning before creating: only on personal devices you control', CREATE, 'passkeys.warn_shared'),
  promise(
    'K20',
    'Warning says why: whoever unlocks a shared device can sign back in, even after you sign out',
    CREATE,
    'passkeys.warn_shared',
  ),
  promise('K21', 'Profile icon, then the “Account security” page', SECURITY, 'common.account_security'),
  promise(
    'K22',
    'The security page has a “Passkeys” row with a “Configure” button that opens a passkey page',
    SECURITY,
    'security.configure',
  ),
  promise('K23', 'The passkey page has a “Create a passkey” button', PASSKEYS, 'passkeys.create'),
  promise('K24', 'After the verification one step by the person comes before the browser’s prompt', CREATE, 'passkeys.new_lead'),
  promise('K25', 'Create by scanning a QR code with a phone or tablet', CREATE, 'passkeys.where_phone_note'),
  promise('K26', '“Save another way”: switch to this device or a security key', CREATE, 'passkeys.where_key_note'),
  promise('K27', 'The device must be unlocked while creating', CREATE, 'passkeys.where_device_note'),
  promise('K28', 'Several passkeys per account; repeat on each device', PASSKEYS, 'passkeys.create'),
  promise('K29', 'The same page is reachable by a second path and a deep link', PASSKEYS, 'passkeys.title'),
  promise('K30', '“Use another device”: QR code or push to a nearby device', PHONE, 'sign_in.phone_push'),
  promise('K31', 'The nearby device asks for a face, a finger or its passcode', PHONE, 'sign_in.phone_step_3'),
  promise('K32', 'After the first passkey, passkey is offered first on every device that can use it', SIGN_IN),
  promise('K33', 'Repeated on the nearby-device way: never create one on a shared device', HELP, 'help.create.shared'),
  promise('K34', 'Lost or wrongly shared device: delete it and it cannot enter the account from that moment', PASSKEYS, 'passkey.delete'),
  promise('K35', 'Pick one passkey in a list and press Delete', PASSKEYS, 'passkey.delete'),
  promise('K36', 'A confirmation with information to review precedes deletion', PASSKEYS),
  promise('K37', 'Deletion needs a verification', PASSKEYS),
  promise('K38', 'Deleting one leaves the others working', HELP, 'help.lost.4'),
  promise('K39', 'Synced passkey: explains recovery by signing in to the provider', HELP, 'help.lost.icloud'),
  promise('K40', 'Device-bound passkey: says that it is lost with the device', HELP, 'help.lost.device.text'),
  promise('K41', 'Only device-bound passkeys: urged to have two on different devices', HELP, 'help.lost.two'),
  promise('K42', 'A way to support from the page', HELP, 'help.support'),
  later('K43', 'The help and pages come in the reader’s language', null),

  promise('O1', 'Passwordless sign-in with biometrics and a key held by the device', SIGN_IN, 'sign_in.with_passkey'),
  promise('O2', 'The service stores only the public key', HELP, 'help.what.2'),
  promise('O3', 'Sign-in proves possession by a fresh challenge; nothing secret is sent', HELP, 'help.what.3'),
  promise('O4', 'Works on several devices of the same user', PASSKEYS),
  promise('O5', 'Shows the platform list: iOS 16, Android 9, Windows 10, macOS Ventura or later', CHECK, 'device_check.where'),
  promise('O6', 'Checks compatibility before starting; an unfit device is stopped with a reason', CHECK, 'device_check.lead'),
  promise('O7', 'The browser must speak WebAuthn (Chrome, Safari, Edge, Firefox)', CHECK, 'device_check.browsers'),
  promise('O8', 'Advice: back up by iCloud Keychain, Google Password Manager or a FIDO2 key', HELP, 'help.create.backup'),
  promise('O9', 'Warning: we do not have your private key; without a backup access may be gone', HELP, 'help.what.7'),
  promise('O10', 'Entry on the web: account settings, then security', SECURITY, 'common.account_security'),
  promise('O11', 'A second factor must already be on before a passkey can be made, where the policy says so', CREATE),
  promise('O12', '“Passkey” stands in the list of ways to sign in', OTHER, 'sign_in.other_device'),
  promise('O13', '“Create a passkey” starts the registration', PASSKEYS, 'passkeys.create'),
  promise('O14', 'Identity is confirmed with a present factor: text message, authenticator app or email', CREATE),
  promise('O15', 'The person picks among this device, phone and key', CREATE, 'passkeys.new_lead'),
  promise('O16', 'On-screen guidance through the gesture, until the key is stored', CREATE),
  promise('O17', 'The new passkey shows at once with device name, creation date and status', PASSKEYS),
  promise('O18', 'A label of one’s own (“Primary iPhone”)', PASSKEYS, 'passkey.rename'),
  promise('O19', 'Several passkeys', PASSKEYS),
  promise('O20', 'Any of them signs in, independently', SIGN_IN),
  promise('O21', 'Add another from any new trusted device', CREATE),
  promise('O22', 'Warning: not on public computers or untrusted networks', HELP, 'help.create.public'),
  promise('O23', 'Removing a lost device’s passkey ends its access at once', PASSKEYS, 'passkey.delete'),
  promise('O24', 'Says that a finder cannot use the key while the screen lock holds', HELP, 'help.lost.1'),
  promise('O25', 'Prompts the owner to review the connected passkeys regularly', '/account/checkup'),
  promise('O26', 'Points out outdated entries after a new phone or laptop', PASSKEYS, 'passkey.still_yours'),
  promise('O27', 'Button missing: says that JavaScript or passkeys are off', SIGN_IN, 'common.no_script'),
  promise('O28', 'Says that ad blockers and privacy extensions can interfere', SIGN_IN, 'common.late'),
  promise('O29', 'The prompt keeps failing: restart the device and retry', HELP, 'help.trouble.fails.text'),
  promise('O30', 'Old firmware: update the system', HELP, 'help.trouble.fails.text'),
  promise('O31', 'Sync trouble on Apple: which iCloud settings to check', HELP, 'help.trouble.icloud.text'),
  promise('O32', 'Sync trouble on Android: Google account and sync status', HELP, 'help.trouble.google.text'),
  promise('O33', 'Right biometrics, failed sign-in: another way, and a code for support', HELP, 'help.trouble.right_finger.text'),
  promise(
    'O34',
    'A mismatch between registered keys and requests may need minutes elsewhere; here it needs none',
    HELP,
    'help.trouble.wait.text',
  ),
  promise('O35', 'YubiKey 5 and Titan keys: choose the security key, touch it', KEY, 'sign_in.key_lead'),
  promise('O36', 'Phone reset: restored from backup, else another factor and a new passkey', HELP, 'help.new.2'),
  promise('O37', 'No “remove all” button; one by one', PASSKEYS, 'passkeys.no_delete_all'),
  promise('O38', 'Never the last way in: one working method must remain', PASSKEYS),
  promise('O39', 'Offline: says that sign-in needs the network', HELP, 'help.sign_in.4'),
  promise('O40', 'Trading and withdrawals check the live session each time', HELP, 'help.sign_in.5'),
  promise('O41', 'Wrong credentials get one neutral message', SIGN_IN),
  later('O42', 'Language choice on the page', null),
  promise('O43', 'Other factors keep working when a passkey is gone', FACTORS),

  promise('F1', 'Rename a passkey', PASSKEYS, 'passkey.rename'),
  promise('F2', 'Automatic name from the model of the authenticator', PASSKEYS),
  promise('F3', 'Provider icon on the passkey', PASSKEYS),
  promise('F4', 'Synced state stored and refreshed at every use', PASSKEYS, 'passkey.synced'),
  promise('F5', 'Last used time', PASSKEYS),
  promise('F6', 'Last used where, and which passkey opened which session', SESSIONS),
  promise('F7', 'Status per passkey: active, unused, only copy on one device, suspended, flagged', PASSKEYS, 'passkey.suspended'),
  promise('F8', 'Autofill: passkeys in the list of the identifier field', SIGN_IN, 'sign_in.autofill_hint'),
  promise('F9', 'A passkey made silently, right after a sign-in with a password', '/sign-in/next'),
  promise('F10', 'Hints: this device, phone, security key', OTHER, 'sign_in.other_key'),
  promise('F12', 'One stable opaque user handle per account', PASSKEYS),
  promise('F13', 'Related origins: pages of other domains may use the passkeys', SIGN_IN),
  promise('F16', 'Native apps that are named make and use passkeys', CREATE),
  promise('F17', 'A passkey as second factor too', SIGN_IN),
  promise('F18', 'A passkey counts for two steps only when the user was verified', SIGN_IN),
  promise('F20', 'Duplicate guard: own passkeys are excluded, and an id is unique in the store', CREATE),
  promise('F25', 'Limit of passkeys per account', PASSKEYS),
  promise('F27', 'A fresh proof without a new session', '/account/verify'),
  promise('F28', 'A verification is needed to add a passkey', CREATE),
  promise('F29', 'A verification is needed to delete a passkey', PASSKEYS),
  promise('F31', 'The lock-out rule also guards changes of settings', '/account/security'),
  promise('F30', 'No-lockout rule, enforced by the server', SECURITY),
  promise('F32', 'Authenticator app', FACTORS, 'method.totp'),
  promise('F33', 'Codes by text message', FACTORS),
  promise('F34', 'Codes by email as a factor', FACTORS),
  promise('F35', 'Recovery codes', CODES, 'security.recovery_codes'),
  promise('F36', 'Trusted device: no second step for some days', SESSIONS),
  promise('F37', 'Sessions: list and revoke by the owner', SESSIONS),
  promise('F38', 'Deleting a passkey ends the sessions it opened', SESSIONS),
  promise('F39', 'Other sessions end, mine stays, when a factor changes', SESSIONS),
  promise('F40', 'A notice of a new device, a new passkey, a removed passkey', SECURITY),
  promise('F45', 'The owner freezes the account at once, from the link of a notice or signed in', '/account/freeze', 'freeze.go'),
  promise('F47', 'Recovery by oneself', RECOVER),
  promise('F50', 'Whether an account exists is not revealed: sign-in, sign-up, recovery, passkey options', SIGN_UP),

  promise('N3', 'Lock-out proof: one pure function says the ways in, and every change goes through it', SECURITY),
  promise('N7', 'What happened names the passkey that did it, and the page that deletes it says what it approved', '/account/activity'),
  promise('N8', 'A use of a passkey that does not fit has a name, is written down, and told where it matters', '/account/activity'),
  promise('N18', 'Beside a trusted passkey every sign-in without one is told, and never counts as the best proof', SECURITY),
  promise('N13', 'The owner’s own lock on money and settings, which nobody shortens', '/account/lock', 'lock.go'),
  promise('N4', 'Young passkeys: a new passkey signs in at once and moves no money until it is trusted', SECURITY, 'security.rule_1'),
]
