/** The help page. Sentences stand whole, so that each can be translated and found. */
export const help = {
  'help.title': 'Passkeys: how they work here',
  'help.lead': 'What they are, what you need, and what to do when something goes wrong.',
  'help.updated': 'Last updated: {date}',
  'help.contents': 'On this page',
  'help.check_button': 'Check this device',
  'help.support_button': 'Contact support',

  'help.what': 'What a passkey is',
  'help.what.1': 'A passkey signs you in without a password. You unlock your device, and it proves that it holds your key.',
  'help.what.2': 'The private key stays with you, in your device or your password manager. We hold only the public key.',
  'help.what.3': 'Each sign-in answers a new question from us. Nothing secret is sent, so there is nothing to copy or to fish for.',
  'help.what.4': 'Your fingerprint and face never leave your device. We never receive them. A device PIN works too.',
  'help.what.5': 'A passkey only works on the real site. A fake site can’t use it.',
  'help.what.6': 'The same passkey confirms withdrawals and changes to your account.',
  'help.what.6~no_money': 'The same passkey confirms changes to your account.',
  'help.what.7':
    'We don’t have your private key and can’t restore it. Keep a second way in: another passkey, a security key or recovery codes.',

  'help.need': 'What you need',
  'help.need.1': 'A device with its screen lock on: a PIN, fingerprint or face.',
  'help.need.2': 'A current system and browser. Keep both up to date.',
  'help.need.3': 'Bluetooth on both devices, only if you use a phone near a computer.',
  'help.need.4':
    'iCloud Keychain on, to use a passkey on your other Apple devices. If it is off, your device asks to turn it on when you create the passkey.',
  'help.need.4.link': 'Set up iCloud Keychain',
  'help.need.5': 'A normal window. Private windows may be unable to create or use passkeys.',

  'help.create': 'Create a passkey',
  'help.create.where':
    'Select your profile icon, then Account security, then Create a passkey. You confirm it’s you first, then choose where to save it.',
  'help.create.device': 'On this device',
  'help.create.device.text': 'Unlock with fingerprint, face or PIN, and the passkey is saved. It works at once.',
  'help.create.phone': 'On a phone or tablet, by QR code',
  'help.create.phone.text':
    'Turn on Bluetooth on both devices. Scan the QR code with your phone’s camera, then unlock the phone with your face, fingerprint or passcode.',
  'help.create.key': 'On a security key',
  'help.create.key.text':
    'Any FIDO2 security key works, such as YubiKey 5 or Titan. Choose Security key, plug it in or hold it to your phone, enter its PIN, and touch it when it blinks.',
  'help.create.other':
    'To save it somewhere else than the browser offers, select “Save another way” in its window. Your computer, your phone and a security key are all there.',
  'help.create.several':
    'Create one on each device you use, up to 20. Each of them signs you in on its own. Give each a name, such as “Primary iPhone”.',
  'help.create.shared.title': 'Only on a device that is yours',
  'help.create.shared':
    'Anyone who can unlock a shared device can sign back in with your passkey, even after you sign out. The same goes for a shared phone or tablet.',
  'help.create.public':
    'Don’t create a passkey on a public computer or over a network you don’t trust. There, sign in with your own phone by QR code.',
  'help.create.backup':
    'Good backups are a passkey that is synced by iCloud Keychain or Google Password Manager, or a second FIDO2 security key kept at home.',

  'help.sign_in': 'Sign in',
  'help.sign_in.1':
    'Select the email field and pick your passkey from the list, or select Sign in with a passkey. Then unlock your device.',
  'help.sign_in.2':
    'Passkey on your phone, but not here? Choose Another device and scan the QR code. Your phone must be near: that is what stops fake sites.',
  'help.sign_in.3': 'Once you have a passkey, we ask for it first. Your other ways stay under Try another way.',
  'help.sign_in.4': 'Signing in needs a connection. Offline, we say so and continue when you are back.',
  'help.sign_in.5':
    'Money moves only after a new check of your session. A new passkey signs you in at once and moves money later; the passkey says from when.',
  'help.sign_in.5~no_money':
    'What is sensitive happens only after a new check of your session. A new passkey signs you in at once; the passkey says from when it is trusted.',

  'help.lost': 'If you lose a device',
  'help.lost.1': 'Whoever finds it can’t use your passkey while the screen lock holds.',
  'help.lost.2': 'Go to Account security, then I lost a device. Suspend its passkey at once; you can undo that.',
  'help.lost.3':
    'Or delete the passkey. From that moment it can’t enter your account. We delete its public key, and ask your password manager to drop its copy.',
  'help.lost.4':
    'Deleting one passkey leaves the others, and your other ways to sign in, as they are. You delete them one by one; the last way in can’t be deleted.',
  'help.lost.synced': 'If your passkey is synced',
  'help.lost.synced.text': 'It comes back when you sign in to the service that keeps it:',
  'help.lost.icloud': 'iCloud Keychain: sign in to your Apple Account on a new iPhone, iPad or Mac and turn on iCloud Keychain.',
  'help.lost.google': 'Google Password Manager: sign in to your Google account on a new Android phone or in Chrome.',
  'help.lost.microsoft': 'Microsoft Password Manager: sign in to your Microsoft account in Edge.',
  'help.lost.manager': 'Another password manager: install it on the new device and sign in to it.',
  'help.lost.device': 'If your passkey is only on that device or key',
  'help.lost.device.text':
    'It is gone with the device, and nobody can bring it back. Sign in with another passkey, or with your password and a second factor, and create a new one.',
  'help.lost.two': 'If none of your passkeys is synced, have two, on different devices.',
  'help.lost.none': 'Nothing left that works? Recovery codes get you back in.',
  'help.lost.recover': 'Get back into your account',

  'help.new': 'New phone, or a reset',
  'help.new.1': 'Restored from a backup with the same Apple or Google account: your synced passkeys are there again.',
  'help.new.2': 'Otherwise sign in with another passkey or another factor, and create a new passkey on the new phone.',
  'help.new.3':
    'Then look through your passkeys and delete the ones of devices you no longer have. Do that from time to time; we mark those not used for a long time.',

  'help.trouble': 'When it doesn’t work',
  'help.trouble.check': 'The device check names what is missing on the device you are holding.',
  'help.trouble.no_button': 'There is no button for passkeys',
  'help.trouble.no_button.text':
    'JavaScript is off, or the browser is too old. Turn on JavaScript for this site and update the browser. You can still sign in with your password and a code.',
  'help.trouble.blocker': 'The page stays incomplete',
  'help.trouble.blocker.text': 'Ad blockers and privacy extensions can interfere. Pause them for this site and reload.',
  'help.trouble.extension': 'Another window answers',
  'help.trouble.extension.text':
    'A password-manager extension may answer before the browser. Use its window, or switch its passkeys off for this site.',
  'help.trouble.fails': 'The prompt fails twice',
  'help.trouble.fails.text':
    'Restart the device and try again. If it still fails, update the system and the browser. Old system software is a common cause.',
  'help.trouble.right_finger': 'Your finger or face is right, but you are not signed in',
  'help.trouble.right_finger.text':
    'Try another passkey or another way, then give support the code from the message. There is no need to delete anything in your browser.',
  'help.trouble.private': 'You are in a private window',
  'help.trouble.private.text': 'Open a normal window. Private windows on Windows 10 can’t save a passkey on the computer.',
  'help.trouble.in_app': 'You opened the page inside another app',
  'help.trouble.in_app.text': 'Browsers inside apps often can’t use passkeys. Select ⋯, then Open in Safari or Open in Chrome.',
  'help.trouble.lock': 'There is no screen lock',
  'help.trouble.lock.text':
    'Turn on a PIN, fingerprint or face. Windows: Settings, Accounts, Sign-in options. Mac: System Settings, Touch ID & Password. iPhone: Settings, Face ID & Passcode. Android: Settings, Security, Screen lock.',
  'help.trouble.bluetooth': 'Your phone isn’t found',
  'help.trouble.bluetooth.text':
    'Turn on Bluetooth on both devices and hold them near each other. No Bluetooth on the computer? Use a security key or another way.',
  'help.trouble.icloud': 'A passkey is missing on another Apple device',
  'help.trouble.icloud.text':
    'On each device: Settings, your name, iCloud, Passwords (Passwords & Keychain in older versions), and turn on Sync this device. Use the same Apple Account, with two-factor authentication on.',
  'help.trouble.google': 'A passkey is missing on another Android device',
  'help.trouble.google.text':
    'In Settings, Passwords & accounts, check that the same Google account is there and that sync is on and up to date.',
  'help.trouble.key': 'The security key doesn’t react',
  'help.trouble.key.text':
    'Touch the metal of a YubiKey or the button of a Titan key when it blinks. By NFC, hold it still at the top of the phone.',
  'help.trouble.wait': 'Do I have to wait?',
  'help.trouble.wait.text': 'No. A passkey works on all our servers the moment it is created, and stops working the moment you delete it.',

  'help.support': 'Support',
  'help.support.text':
    'Give support the code from the message, such as LK101 · 8F3A. Nobody from support asks for a code, a PIN or a password.',
  'help.support.none': 'Use the contact that {brand} gives you in its app or on its site.',
} as const
