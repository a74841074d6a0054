/** A kind of difference between the two verifiers that is known, understood and meant. */
export interface Known {
  readonly title: string
  /** Which of the two accepts. */
  readonly only: 'ours' | 'theirs'
  readonly why: string
  /** Where the standard (WebAuthn Level 3 unless it says otherwise) decides it; empty where it leaves room. */
  readonly step: string
  readonly cases: readonly string[]
  /** Cases of the kind that differ or not as chance has it. */
  readonly byChance?: readonly string[]
}

const created = (...names: string[]): string[] => names.map(name => `registration: ${name}`)
const got = (...names: string[]): string[] => names.map(name => `authentication: ${name}`)
const both = (...names: string[]): string[] => [...created(...names), ...got(...names)]
const formats = (defect: string, ...names: string[]): string[] => created(...names.map(name => `${name}, ${defect}`))

/** Every named case whose verdicts differ is in exactly one of these, and each of these cases differs: a test holds it. */
export const KNOWN: readonly Known[] = [
  {
    title: 'algorithms',
    only: 'ours',
    why: 'the second opinion has no row for the fully specified numbers (-9, -19, -51, -52), for Ed448 (-53, or -8 with that curve), for ES256K',
    step: '§5.8.5, RFC 9864',
    cases: [
      ...['-9', '-19', '-51', '-52', '-53', '-47', '-8, Ed448'].flatMap(name => [
        ...created(`packed-self, algorithm ${name}`),
        ...got(`algorithm ${name}`),
      ]),
      ...got('w3c/packed-ed448'),
    ],
  },
  {
    title: 'compound',
    only: 'ours',
    why: 'the second opinion does not know the format',
    step: '§8.9',
    cases: created('compound'),
  },
  {
    title: 'fido-u2f with an AAGUID',
    only: 'ours',
    why: 'the second opinion demands zeros; the standard does not, and its own test vector has another one',
    step: '§8.6',
    cases: created('fido-u2f with an AAGUID', 'w3c/fido-u2f-es256'),
  },
  {
    title: 'how far x5c reaches',
    only: 'ours',
    why: 'a chain may stand without its root or with it, and a leaf alone; the second opinion takes the last certificate of android-key for the root, and elsewhere refuses the root in the chain as a duplicate',
    step: '§8.2, §8.4, §7.1 step 24',
    cases: created('packed, with the root', 'android-key, leaf alone', 'android-key, without the root', 'w3c/android-key-es256'),
  },
  {
    title: 'manufacturers of TPMs',
    only: 'ours',
    why: 'the second opinion has a list of them, and the test vector of the standard is by nobody on it; here roots say whom to believe',
    step: '§8.3.1',
    cases: created('w3c/tpm-es256'),
  },
  {
    title: 'TPMT_SIGNATURE',
    only: 'ours',
    why: 'the standard describes sig as this structure, TPMs send the signature in it or bare; here both are read',
    step: '§8.3',
    cases: created('tpm, TPMT_SIGNATURE'),
  },
  {
    title: 'token binding',
    only: 'ours',
    why: 'the member is reserved and must be ignored',
    step: '§5.8.1',
    cases: both('token binding of the wrong type'),
  },
  {
    title: 'counter',
    only: 'ours',
    why: 'the standard leaves to the relying party what a counter that does not grow means: ours says `counterWentBackwards`, the second opinion refuses',
    step: '§7.2 step 23',
    cases: got('counter back', 'counter still', 'counter back to zero'),
  },
  {
    title: 'SafetyNet, device not certified',
    only: 'ours',
    why: 'the format is retired and never trusted here, so how good the device is does not matter',
    step: '§8.5',
    cases: formats('attestation statement: safetynet-cts-false', 'android-safetynet'),
  },
  {
    title: 'embedding',
    only: 'theirs',
    why: 'the second opinion does not look at crossOrigin or topOrigin in a registration, and lets an unexpected frame pass where the client names no top origin',
    step: '§7.1 steps 10-11, §7.2 steps 13-14',
    cases: [
      ...both('crossOrigin unexpected'),
      ...created('topOrigin without crossOrigin, unexpected', 'topOrigin unexpected', 'another top origin'),
    ],
  },
  {
    title: 'types in client data',
    only: 'theirs',
    why: 'members of the wrong type',
    step: '§5.8.1, §7.1 step 6',
    cases: [...both('crossOrigin as text'), ...created('topOrigin as number')],
  },
  {
    title: 'extension outputs',
    only: 'theirs',
    why: 'an identifier that is a number; credProps that is no map; an AppID that was not asked for, which the second opinion ignores (it compares the relying party id)',
    step: '§6.1, §7.1 step 21, §10.1.1, §10.1.3',
    cases: [...both('extensions with a number as name'), ...created('credProps a text'), ...got('appid used, not asked for')],
  },
  {
    title: 'attested data in an assertion',
    only: 'theirs',
    why: 'it does not belong there; an old Chrome on macOS did it, and is knowingly refused here',
    step: '§6.1, §6.3.3',
    cases: got('attested data present'),
  },
  {
    title: 'backup eligibility that changed',
    only: 'theirs',
    why: 'the second opinion does not compare with the record',
    step: '§7.2 step 19',
    cases: got('backup eligibility flipped'),
  },
  {
    title: 'credential id',
    only: 'theirs',
    why: 'the second opinion does not compare `id` with the one inside the authenticator data or with the record, nor the limit of 1,023 bytes',
    step: '§7.1 step 26, §7.2 step 6',
    cases: [...created('credential id of 1024 bytes', 'another id inside'), ...got('a record with another id')],
  },
  {
    title: 'user handle',
    only: 'theirs',
    why: 'the second opinion does not compare it with the account, nor its limit of 64 bytes',
    step: '§7.2 step 6, §5.4.3',
    cases: got('another user handle', 'userHandle of 65 bytes'),
  },
  {
    title: 'keys that cannot or must not be used',
    only: 'theirs',
    why: 'without attestation the second opinion does not import the key: its owner could not sign in; with points of low order and an exponent of 1 anybody could',
    step: '§6.5.1.1, §5.8.5',
    cases: created(
      ...['off-curve', 'zero-point', 'x-missing', 'y-missing', 'padded-coordinate', 'compressed-point', 'other-curve'],
      ...['private-member', 'extra-member', 'alg-kty-mismatch', 'rsa-512', 'rsa-1024', 'rsa-16384', 'rsa-even-modulus'],
      ...['rsa-even-exponent', 'rsa-exponent-1', 'low-order', 'low-order-8'],
    ),
  },
  {
    title: 'CBOR that is cut short, or followed by more',
    only: 'theirs',
    why: 'the decoder of the second opinion takes what is there of a byte string, and does not look at what follows the item',
    step: '§6.5.4, §6.5.1',
    cases: created(
      ...['attestationObject trailing-bytes', 'attestationObject cut-short', 'credentialPublicKey cut-short'],
      ...['attested data cut-short'],
    ),
  },
  {
    title: 'members too many',
    only: 'theirs',
    why: 'the syntax of the attestation object and of each statement is closed',
    step: '§6.5.4, §8.2, §8.6',
    cases: created(
      ...['another member in the attestation object', 'packed-self, attestation statement: packed-extra-member'],
      ...['packed, attestation statement: packed-extra-member', 'fido-u2f, attestation statement: u2f-extra-member'],
    ),
  },
  {
    title: 'alg of a packed statement',
    only: 'theirs',
    why: 'it must be that of the key that signed; the second opinion looks at the key alone',
    step: '§8.2',
    cases: formats('attestation statement: packed-alg-differs', 'packed-self', 'packed'),
  },
  {
    title: 'structures of a TPM',
    only: 'theirs',
    why: 'bytes too many or too few; a name that is not made with the digest that the public area names',
    step: '§8.3',
    cases: created(
      ...['tpm-name-algorithm', 'tpm-public-area-trailing', 'tpm-cert-info-trailing', 'tpm-cert-info-cut'].map(
        defect => `tpm, attestation statement: ${defect}`,
      ),
    ),
  },
  {
    title: 'bytes after a certificate',
    only: 'theirs',
    why: 'a certificate is one DER item',
    step: '§8, X.690',
    cases: formats('attestation certificate: trailing-bytes', 'packed', 'tpm', 'android-key', 'android-safetynet', 'apple', 'fido-u2f'),
  },
  {
    title: 'certificates that their format does not allow',
    only: 'theirs',
    why: 'Basic Constraints must be there; the AAGUID extension must not be critical; an Android key must be made in the keystore and to sign; U2F certificates have keys on P-256',
    step: '§8.2.1, §8.3.1, §8.4, §8.6',
    cases: [
      ...formats('attestation certificate: basic-constraints-missing', 'packed', 'tpm'),
      ...formats('attestation certificate: aaguid-critical', 'packed'),
      ...formats('attestation certificate: origin-imported', 'android-key'),
      ...formats('attestation certificate: purpose-differs', 'android-key'),
      ...formats('attestation certificate: p384-key', 'fido-u2f'),
    ],
  },
  {
    title: 'chains',
    only: 'theirs',
    why: 'an intermediate that is no authority; a critical extension that nobody understands; certificates in another order than the one in which they sign each other',
    step: '§7.1 step 24, RFC 5280 §6.1',
    cases: [
      ...formats('certificate chain: intermediate-not-ca', 'packed', 'tpm', 'android-key', 'apple'),
      ...formats('certificate chain: chain-out-of-order', 'packed', 'tpm', 'android-key', 'apple'),
      ...formats('certificate chain: unknown-critical-extension', 'packed', 'tpm', 'android-key', 'apple', 'fido-u2f'),
    ],
  },
  {
    title: 'ECDSA signatures that are not DER',
    only: 'theirs',
    why: 'bytes after the signature, lengths longer than needed: a signature could be written in many ways',
    step: '§6.5.5',
    cases: [
      ...['trailing-bytes', 'not-strict-der'].flatMap(defect =>
        got(`signature ${defect}, algorithm -7`, `signature ${defect}, algorithm -36`),
      ),
      ...formats('signature trailing-bytes', 'packed-self', 'packed', 'android-key', 'fido-u2f'),
      ...formats('signature not-strict-der', 'packed-self'),
    ],
    // a zero before a number of P-521 is seen there only where the number fills its 66 bytes
    byChance: got('signature padded-integer, algorithm -36'),
  },
  {
    title: 'base64url',
    only: 'theirs',
    why: 'padding and other characters: two texts would name one credential',
    step: '§3, RFC 4648 §5',
    cases: both('id with padding', 'id with a space'),
  },
  {
    title: 'members of the JSON form',
    only: 'theirs',
    why: 'inherited members, transports that are no list',
    step: '§5.1',
    cases: [...both('inherited members'), ...created('transports a text')],
  },
]

const byCase = new Map(
  KNOWN.flatMap(known => [...known.cases, ...(known.byChance ?? [])].map(name => [`${known.only} ${name}`, known] as const)),
)

/** The kind of a difference, if it is known. */
export function kindOf(name: string, oursAccepts: boolean): Known | undefined {
  return byCase.get(`${oursAccepts ? 'ours' : 'theirs'} ${name}`)
}
