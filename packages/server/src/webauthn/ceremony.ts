/** The two ceremonies, by the value that the client writes into `type`. */
export type Ceremony = 'webauthn.create' | 'webauthn.get'

/** Where WebAuthn Level 3 demands each check that both ceremonies share. */
export const STEPS = {
  'webauthn.create': {
    response: '§7.1 step 3',
    results: '§7.1 step 4',
    json: '§7.1 step 6',
    type: '§7.1 step 7',
    challenge: '§7.1 step 8',
    origin: '§7.1 step 9',
    crossOrigin: '§7.1 step 10',
    topOrigin: '§7.1 step 11',
    rpId: '§7.1 step 14',
    userPresent: '§7.1 step 15',
    userVerified: '§7.1 step 16',
    backup: '§7.1 step 17',
    extensions: '§7.1 step 21',
  },
  'webauthn.get': {
    response: '§7.2 step 3',
    results: '§7.2 step 4',
    json: '§7.2 step 9',
    type: '§7.2 step 10',
    challenge: '§7.2 step 11',
    origin: '§7.2 step 12',
    crossOrigin: '§7.2 step 13',
    topOrigin: '§7.2 step 14',
    rpId: '§7.2 step 15',
    userPresent: '§7.2 step 16',
    userVerified: '§7.2 step 17',
    backup: '§7.2 step 18',
    extensions: '§7.2 step 20',
  },
} as const satisfies Record<Ceremony, Record<string, string>>
