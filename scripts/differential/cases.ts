import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ALGORITHMS_ON_REQUEST, type StoredCredential, SUPPORTED_ALGORITHMS, verifyRegistration } from '@latchkey/server/webauthn'
import {
  ATTESTATION_DEFECTS,
  type AttestationFormat,
  type AttestationOptions,
  type AuthenticatorOptions,
  type CborDefect,
  CERTIFICATE_DEFECTS,
  type Misbehaviour,
  SoftwareAuthenticator,
  toBase64url,
  utf8,
  Vendor,
} from '@latchkey/testing/authenticator'
import type { Question } from './judges.ts'

/** A named response. It is made when it is asked for: some statements are only good for a minute. */
export interface Case {
  /** What class of case it is counted under. */
  readonly kind: string
  readonly name: string
  make(): Promise<Question>
}

const origin = 'https://login.example.org'
const rpId = 'example.org'
const challenge = 'kJBEXQJmL1Yv4zzsVBEVYPXeMKIk6ds4ErqpJPKFRaE'
const aaguid = '6d44ba9b-f6ec-2e49-b930-0c8fe920cb73'
const userHandle = toBase64url(utf8('user'))
const ALL = [...SUPPORTED_ALGORITHMS, ...ALGORITHMS_ON_REQUEST]
const DEFAULT = [-7, -8, -257]
const expected = { challenge, origin, rpId }
const vendor = Vendor.make()

type Options = Partial<AuthenticatorOptions>

interface Registering {
  options?: Options
  misbehave?: Misbehaviour
  offered?: readonly number[]
  asked?: object
  question?: Partial<Question>
}

function creation(offered: readonly number[], asked: object = {}) {
  return {
    challenge,
    rp: { id: rpId, name: 'Example' },
    user: { id: userHandle, name: 'ada', displayName: 'Ada' },
    pubKeyCredParams: offered.map(alg => ({ type: 'public-key', alg })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    ...asked,
  }
}

/** Formats whose certificates both are to trust by a root. Of SafetyNet's, ours trusts none. */
const CERTIFIED: readonly AttestationFormat[] = ['packed', 'tpm', 'android-key', 'apple', 'fido-u2f', 'compound']

async function deviceOf(options: Options = {}): Promise<SoftwareAuthenticator> {
  // the second opinion insists on the zero AAGUID of the older protocol
  const model = options.attestation === 'fido-u2f' ? {} : { aaguid }
  return new SoftwareAuthenticator({ origin, vendor: await vendor, ...model, ...options })
}

async function registration({ options = {}, misbehave = {}, offered = DEFAULT, asked, question }: Registering): Promise<Question> {
  const device = await deviceOf({ algorithms: [...offered], ...options })
  const response = await device.create(creation(offered, asked), misbehave)
  const certified = CERTIFIED.includes(options.attestation ?? 'none')
  return { ceremony: 'registration', response, ...expected, ...(certified && { root: (await vendor).root }), ...question }
}

interface SigningIn {
  options?: Options
  misbehave?: Misbehaviour
  offered?: readonly number[]
  asked?: object
  /** Changes what is stored. */
  record?: (record: StoredCredential) => StoredCredential
  question?: Partial<Question>
}

interface Registered {
  device: SoftwareAuthenticator
  response: object
  stored: StoredCredential
}

const plainDevices = new Map<string, Promise<Registered>>()

async function registered(offered: readonly number[], options: Options = {}): Promise<Registered> {
  const device = await deviceOf({ algorithms: [...offered], ...options })
  const origins = [options.origin ?? origin]
  const response = await device.create(creation(offered))
  const facts = verifyRegistration(response, { challenge, origins, rpId, algorithms: ALL })
  const { id, publicKey, signCount, backupEligible } = facts
  return {
    device,
    response,
    stored: { id, publicKey, signCount, backupEligible, userHandle: new Uint8Array(Buffer.from(userHandle, 'base64url')) },
  }
}

/** A device with self attestation is made once for each list of algorithms: RSA keys take their time. */
function plainDevice(offered: readonly number[], options: Options = {}): Promise<Registered> {
  const name = JSON.stringify([offered, options])
  const made = plainDevices.get(name) ?? registered(offered, { attestation: 'packed-self', ...options })
  plainDevices.set(name, made)
  return made
}

async function authentication({ options, misbehave, offered = DEFAULT, asked, record, question }: SigningIn): Promise<Question> {
  const counts = options?.counter !== undefined || misbehave?.signCount !== undefined
  const { device, stored } = await (counts ? registered(offered, options) : plainDevice(offered, options))
  const response = await device.get({ challenge, rpId, userVerification: 'required', ...asked }, misbehave)
  return { ceremony: 'authentication', response, ...expected, credential: record?.(stored) ?? stored, ...question }
}

const registering = (kind: string, name: string, what: Registering): Case => ({
  kind,
  name: `registration: ${name}`,
  make: () => registration(what),
})
const signingIn = (kind: string, name: string, what: SigningIn): Case => ({
  kind,
  name: `authentication: ${name}`,
  make: () => authentication(what),
})

const both = (kind: string, name: string, what: Registering & SigningIn): Case[] => [
  registering(kind, name, what),
  signingIn(kind, name, what),
]

const FORMATS: readonly AttestationFormat[] = [
  'none',
  'packed-self',
  'packed',
  'tpm',
  'android-key',
  'android-safetynet',
  'apple',
  'fido-u2f',
  'compound',
]

function honest(): Case[] {
  const kind = 'honest, by format'
  const variants: [string, AttestationFormat, AttestationOptions, Options?][] = [
    ['packed, RS256 attestation key', 'packed', { key: -257 }],
    ['packed, leaf alone', 'packed', { chain: 'leaf' }],
    ['packed, with the root', 'packed', { chain: 'root' }],
    ['tpm, ES256 attestation key', 'tpm', { key: -7 }],
    ['tpm, RS1 attestation key', 'tpm', { key: -65535 }],
    ['tpm, TPMT_SIGNATURE', 'tpm', { tpmSignature: 'TPMT_SIGNATURE' }],
    ['android-key, leaf alone', 'android-key', { chain: 'leaf' }],
    ['android-key, without the root', 'android-key', { chain: 'intermediates' }],
    ['apple, alg of old systems', 'apple', { appleAlg: true }],
    ['fido-u2f with an AAGUID', 'fido-u2f', {}, { aaguid }],
  ]
  return [
    ...FORMATS.map(attestation => registering(kind, attestation, { options: { attestation } })),
    ...variants.map(([name, attestation, attestationOptions, more]) =>
      registering(kind, name, { options: { attestation, attestationOptions, ...more } }),
    ),
    registering(kind, 'tpm for an RSA key', { options: { attestation: 'tpm' }, offered: [-257] }),
    registering(kind, 'discouraged user verification', {
      misbehave: { userVerified: false },
      question: { userVerification: 'preferred' },
    }),
    signingIn(kind, 'counter that grows', { options: { counter: 'growing' } }),
    signingIn(kind, 'security key', { options: { attachment: 'cross-platform' } }),
    ...both(kind, 'Android app', {
      options: { origin: 'android:apk-key-hash:7d1043473d55bfa90e8530d35801d4e381bc69f0' },
      question: { origin: 'android:apk-key-hash:7d1043473d55bfa90e8530d35801d4e381bc69f0' },
    }),
    ...both(kind, 'embedded, top origin', {
      misbehave: { crossOrigin: true, topOrigin: 'https://shop.example' },
      question: { topOrigins: ['https://shop.example'] },
    }),
    ...both(kind, 'embedded, no top origin', { misbehave: { crossOrigin: true }, question: { topOrigins: ['https://shop.example'] } }),
  ]
}

function byAlgorithm(): Case[] {
  const kind = 'honest, by algorithm'
  const named = ALL.filter(alg => alg !== -8).map(alg => [`${alg}`, alg, {}] as const)
  const edDsa = (['Ed25519', 'Ed448'] as const).map(edDsaCurve => [`-8, ${edDsaCurve}`, -8, { edDsaCurve }] as const)
  return [...named, ...edDsa].flatMap(([name, alg, options]) => [
    {
      kind,
      name: `registration: packed-self, algorithm ${name}`,
      make: async (): Promise<Question> => {
        const { response } = await plainDevice([alg], options)
        return { ceremony: 'registration', response, ...expected }
      },
    },
    signingIn(kind, `algorithm ${name}`, { offered: [alg], options }),
  ])
}

const FORMS = [
  ...['bom', 'unknown-members', 'other-order', 'escapes', 'token-binding', 'not-json', 'not-an-object'],
  ...['duplicate-member', 'member-not-a-string', 'inherited-members'],
] as const

function clientData(): Case[] {
  const kind = 'client data'
  const fields: [string, Misbehaviour][] = [
    ['type of the other kind', { type: 'payment.get' }],
    ['another challenge', { challenge: 'AAAAAAAAAAAAAAAAAAAAAA' }],
    ['the challenge with padding', { challenge: `${challenge}=` }],
    ['another origin', { origin: 'https://evil.example' }],
    ['the origin with a slash', { origin: `${origin}/` }],
    ['the origin in capitals', { origin: origin.toUpperCase() }],
    ['crossOrigin unexpected', { crossOrigin: true }],
    ['topOrigin without crossOrigin, unexpected', { topOrigin: 'https://evil.example' }],
    ['topOrigin unexpected', { crossOrigin: true, topOrigin: 'https://evil.example' }],
    ['crossOrigin as text', { mutateClientData: data => ({ ...data, crossOrigin: 'true' }) }],
    ['topOrigin as number', { mutateClientData: data => ({ ...data, topOrigin: 1 }) }],
    ['token binding of the wrong type', { mutateClientData: data => ({ ...data, tokenBinding: 'yes' }) }],
  ]
  return [
    ...FORMS.flatMap(form => both(kind, form, { misbehave: { clientData: form as never } })),
    ...fields.flatMap(([name, misbehave]) => both(kind, name, { misbehave })),
    registering(kind, 'type of an authentication', { misbehave: { type: 'webauthn.get' } }),
    signingIn(kind, 'type of a registration', { misbehave: { type: 'webauthn.create' } }),
    ...both(kind, 'another top origin', {
      misbehave: { crossOrigin: true, topOrigin: 'https://evil.example' },
      question: { topOrigins: ['https://shop.example'] },
    }),
  ]
}

function authenticatorData(): Case[] {
  const kind = 'authenticator data'
  const flags: [string, Misbehaviour][] = [
    ['another relying party id', { rpId: 'evil.example' }],
    ['no user presence', { userPresent: false }],
    ['no user verification', { userVerified: false }],
    ['backed up without being eligible', { backupEligible: false, backupState: true }],
    ['reserved flags set', { mutateAuthData: data => data.map((byte, at) => (at === 32 ? byte | 0x22 : byte)) }],
    ['a byte too many', { mutateAuthData: data => new Uint8Array([...data, 0]) }],
    ['cut short', { mutateAuthData: data => data.slice(0, 36) }],
  ]
  const extensionData = ['flag-without-data', 'data-without-flag', 'trailing-bytes', 'not-a-map'] as const
  const attested = ['absent', 'flag-without-data', 'data-without-flag', 'cut-short', 'length-beyond-end'] as const
  return [
    ...flags.flatMap(([name, misbehave]) => both(kind, name, { misbehave })),
    ...extensionData.flatMap(defect => both(kind, `extensions ${defect}`, { misbehave: { extensionData: defect } })),
    ...both(kind, 'extensions with a number as name', { misbehave: { extensions: new Map([[1, true]]) } }),
    ...both(kind, 'extensions, a map', { misbehave: { extensions: new Map([['credProtect', 2]]) } }),
    ...attested.map(defect => registering(kind, `attested data ${defect}`, { misbehave: { attestedCredentialData: defect } })),
    signingIn(kind, 'attested data present', { misbehave: { attestedCredentialData: 'present' } }),
    signingIn(kind, 'backup eligibility flipped', { misbehave: { backupEligible: false, backupState: false } }),
    signingIn(kind, 'counter back', { misbehave: { signCount: 4 }, record: record => ({ ...record, signCount: 5 }) }),
    signingIn(kind, 'counter still', { misbehave: { signCount: 5 }, record: record => ({ ...record, signCount: 5 }) }),
    signingIn(kind, 'counter back to zero', { misbehave: { signCount: 0 }, record: record => ({ ...record, signCount: 5 }) }),
  ]
}

function credentials(): Case[] {
  const kind = 'credential id, owner'
  const lengths = [0, 1, 16, 1023, 1024]
  return [
    ...lengths.map(length => registering(kind, `credential id of ${length} bytes`, { misbehave: { credentialIdLength: length } })),
    registering(kind, 'another id inside', { misbehave: { credentialIdDiffers: 'inner' } }),
    ...both(kind, 'another rawId', { misbehave: { credentialIdDiffers: 'rawId' } }),
    registering(kind, 'an algorithm that was not offered', { misbehave: { alg: -35 }, question: { algorithms: DEFAULT } }),
    registering(kind, 'RS1 as a credential key', { misbehave: { alg: -65535 } }),
    signingIn(kind, 'another user handle', { misbehave: { userHandle: toBase64url(utf8('somebody else')) } }),
    signingIn(kind, 'no user handle', { misbehave: { userHandle: null } }),
    signingIn(kind, 'a record with another id', { record: record => ({ ...record, id: 'AAAA' }) }),
    signingIn(kind, 'a record with another key', { record: record => ({ ...record, publicKey: flipped(record.publicKey) }) }),
  ]
}

const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte))

const KEY_DEFECTS = [
  ...['off-curve', 'zero-point', 'x-missing', 'y-missing', 'alg-missing', 'padded-coordinate', 'compressed-point', 'other-curve'],
  ...['private-member', 'extra-member', 'alg-kty-mismatch', 'rsa-512', 'rsa-1024', 'rsa-16384', 'rsa-even-modulus', 'rsa-even-exponent'],
  ...['rsa-exponent-1', 'low-order', 'low-order-8'],
] as const
const CBOR_DEFECTS: readonly CborDefect[] = [
  ...([
    'trailing-bytes',
    'cut-short',
    'duplicate-key',
    'indefinite-length',
    'non-shortest',
    'length-64-bit',
    'tagged',
    'wrong-order',
  ] as const),
]

function keysAndCbor(): Case[] {
  const maps = ['attestationObject', 'credentialPublicKey'] as const
  return [
    ...KEY_DEFECTS.map(defect => registering('public key', defect, { misbehave: { credentialPublicKey: defect as never } })),
    ...maps.flatMap(map => CBOR_DEFECTS.map(cbor => registering('CBOR', `${map} ${cbor}`, { misbehave: { cbor, cborOf: map } }))),
    registering('CBOR', 'another member in the attestation object', {
      misbehave: { mutateAttestationObject: object => object.set('extra', 1) },
    }),
  ]
}

function attestation(): Case[] {
  const of = (kind: string, name: string, formats: readonly AttestationFormat[], misbehave: Misbehaviour): Case[] =>
    formats.map(format => registering(kind, `${format}, ${kind}: ${name}`, { options: { attestation: format }, misbehave }))
  const statements = Object.entries(ATTESTATION_DEFECTS).flatMap(([defect, { formats }]) =>
    of('attestation statement', defect, formats, { attestation: defect as never }),
  )
  const certificates = Object.entries(CERTIFICATE_DEFECTS).flatMap(([defect, { formats, breaks }]) =>
    of(breaks === 'trust' ? 'certificate chain' : 'attestation certificate', defect, formats, { certificate: defect as never }),
  )
  return [...statements, ...certificates]
}

const SIGNATURE_DEFECTS = [
  ...(['wrong-key', 'altered', 'trailing-bytes', 'empty', 'wrong-hash', 'other-client-data', 'other-authenticator-data'] as const),
] as const
const ECDSA_DEFECTS = ['not-strict-der', 'padded-integer', 'raw', 'high-s'] as const

function signatures(): Case[] {
  const kind = 'signature'
  const algorithms = [-7, -8, -257, -36, -37]
  const formats = FORMATS.filter(format => format !== 'none')
  return [
    ...algorithms.flatMap(alg =>
      SIGNATURE_DEFECTS.filter(defect => defect !== 'wrong-hash' || alg !== -8).map(signature =>
        signingIn(kind, `signature ${signature}, algorithm ${alg}`, { offered: [alg], misbehave: { signature } }),
      ),
    ),
    ...[-7, -36].flatMap(alg =>
      ECDSA_DEFECTS.map(signature =>
        signingIn(kind, `signature ${signature}, algorithm ${alg}`, { offered: [alg], misbehave: { signature } }),
      ),
    ),
    signingIn(kind, 'signature non-canonical-s, algorithm -8', { offered: [-8], misbehave: { signature: 'non-canonical-s' } }),
    ...formats.flatMap(format =>
      SIGNATURE_DEFECTS.filter(defect => possible(format, defect)).map(signature =>
        registering(kind, `${format}, signature ${signature}`, { options: { attestation: format }, misbehave: { signature } }),
      ),
    ),
    ...ECDSA_DEFECTS.map(signature =>
      registering(kind, `packed-self, signature ${signature}`, { options: { attestation: 'packed-self' }, misbehave: { signature } }),
    ),
  ]
}

/** Apple's statement has no signature of its own; only what its nonce is over can be wrong. */
function possible(format: AttestationFormat, defect: string): boolean {
  return format !== 'apple' || defect.startsWith('other-')
}

type Json = { id: string; response: Record<string, unknown> } & Record<string, unknown>

function jsonForms(): Case[] {
  const kind = 'JSON form'
  const forms: [string, (json: Json) => unknown][] = [
    ['null', () => null],
    ['a text', () => 'response'],
    ['a list', json => [json]],
    ['without response', ({ response, ...rest }) => rest],
    ['response null', json => ({ ...json, response: null })],
    ['without type', ({ type, ...rest }) => rest],
    ['another type', json => ({ ...json, type: 'password' })],
    ['id with padding', json => ({ ...json, id: `${json.id}=`, rawId: `${json.id}=` })],
    ['id with a space', json => ({ ...json, id: `${json.id} `, rawId: `${json.id} ` })],
    ['clientDataJSON with padding', json => inner(json, 'clientDataJSON', text => `${text}=`)],
    ['clientDataJSON a number', json => inner(json, 'clientDataJSON', () => 1)],
    ['clientDataJSON missing', json => inner(json, 'clientDataJSON', () => undefined)],
    ['inherited members', json => Object.create(json)],
  ]
  const created: typeof forms = [
    ['attestationObject with a line break', json => inner(json, 'attestationObject', text => `${text.slice(0, 8)}\n${text.slice(8)}`)],
    [
      'attestationObject of the other alphabet',
      json => inner(json, 'attestationObject', text => text.replaceAll('-', '+').replaceAll('_', '/')),
    ],
    ['transports a text', json => inner(json, 'transports', () => 'internal')],
    ['credProps a text', json => ({ ...json, clientExtensionResults: { credProps: 'yes' } })],
  ]
  const got: typeof forms = [
    ['signature with a space', json => inner(json, 'signature', text => `${text} `)],
    ['authenticatorData a list', json => inner(json, 'authenticatorData', text => [text])],
    ['userHandle of 65 bytes', json => inner(json, 'userHandle', () => 'A'.repeat(87))],
    ['appid used, not asked for', json => ({ ...json, clientExtensionResults: { appid: true } })],
  ]
  const changed = (ceremony: 'registration' | 'authentication', [name, change]: (typeof forms)[number]): Case => ({
    kind,
    name: `${ceremony}: ${name}`,
    make: async () => {
      const question = await (ceremony === 'registration' ? registration({}) : authentication({}))
      return { ...question, response: change(question.response as Json) }
    },
  })
  return [
    ...[...forms, ...created].map(form => changed('registration', form)),
    ...[...forms, ...got].map(form => changed('authentication', form)),
  ]
}

function inner(json: Json, name: string, change: (text: string) => unknown): Json {
  return { ...json, response: { ...json.response, [name]: change(String(json.response[name])) } }
}

interface Vector {
  name: string
  rpId: string
  origin: string
  crossOrigin?: boolean
  topOrigin?: string
  attestationFormat: string
  registration: { challenge: string; response: object }
  authentication: { challenge: string; credential: { id: string; publicKey: string; counter: number }; response: Json }
}

/** The test vectors of the specification, where their file is here. */
function vectors(): Case[] {
  const file = process.env.LATCHKEY_W3C_VECTORS ?? fileURLToPath(new URL('../../../shared/webauthn-vectors/w3c.json', import.meta.url))
  if (!existsSync(file)) return []
  const { cases, attestationRoots } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Vector[]; attestationRoots: string[] }
  const root = new Uint8Array(Buffer.from(attestationRoots[0] ?? '', 'base64url'))
  return cases.flatMap(vector => {
    const top = vector.crossOrigin ? { topOrigins: [vector.topOrigin ?? 'https://top.example'] } : {}
    const shared = { origin: vector.origin, rpId: vector.rpId, userVerification: 'preferred', ...top } as const
    const certified = vector.attestationFormat !== 'none' && !vector.name.includes('self')
    const { registration: made, authentication: used } = vector
    const flags = Buffer.from(String(used.response.response.authenticatorData), 'base64url')[32] ?? 0
    const credential: StoredCredential = {
      id: used.credential.id,
      publicKey: new Uint8Array(Buffer.from(used.credential.publicKey, 'base64url')),
      signCount: used.credential.counter,
      backupEligible: (flags & 0x08) !== 0,
    }
    const questions: Question[] = [
      { ceremony: 'registration', response: made.response, challenge: made.challenge, ...shared, ...(certified && { root }) },
      { ceremony: 'authentication', response: used.response, challenge: used.challenge, ...shared, credential },
    ]
    return questions.map(question => ({ kind: 'W3C vectors', name: `${question.ceremony}: ${vector.name}`, make: async () => question }))
  })
}

/** Every named case. Those of the specification are only there where their file is. */
export function namedCases(): Case[] {
  return [
    ...vectors(),
    ...[
      honest(),
      byAlgorithm(),
      clientData(),
      authenticatorData(),
      credentials(),
      keysAndCbor(),
      attestation(),
      signatures(),
      jsonForms(),
    ].flat(),
  ]
}

/** Honest responses to be mutated: every format, and assertions of some algorithms. */
export async function subjects(): Promise<Question[]> {
  const formats = FORMATS.filter(format => format !== 'android-safetynet') // good for a minute only
  return [
    ...(await Promise.all(formats.map(format => registration({ options: { attestation: format } })))),
    ...(await Promise.all([-7, -8, -257, -36].map(alg => authentication({ offered: [alg] })))),
  ]
}
