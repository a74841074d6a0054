import { type Bytes, concatBytes, fromBase64url, randomBytes, sha256, toBase64url, uint, utf8 } from './bytes.ts'
import { type CborMap, encodeCbor, encodeDefectiveCbor } from './cbor.ts'
import type {
  AuthenticationResponseJSON,
  CreationOptionsJSON,
  CredentialDescriptorJSON,
  RegistrationResponseJSON,
  RequestOptionsJSON,
} from './ceremony-json.ts'
import { coseKey, generateJwk, type Jwk, keyTypeOf, neutralEd25519Point, type SignatureDefect, signWith, spkiOf } from './cose.ts'
import type { AttestationDefect, ClientDataDefect, Misbehaviour, PublicKeyDefect } from './misbehaviour.ts'

export { type Bytes, concatBytes, fromBase64url, randomBytes, sha256, toBase64url, uint, utf8 } from './bytes.ts'
export { type CborDefect, type CborMap, type CborValue, encodeCbor, encodeDefectiveCbor, type RawCbor, rawCbor } from './cbor.ts'
export type * from './ceremony-json.ts'
export { coseKey, derFromRaw, generateJwk, type Jwk, neutralEd25519Point, type SignatureDefect, signWith } from './cose.ts'
export type * from './misbehaviour.ts'

/** What kind of authenticator, in what kind of browser. Everything but the origin has a default. */
export interface AuthenticatorOptions {
  /** The page's origin as browsers write it, e.g. 'https://example.org', or 'android:apk-key-hash:…'. */
  origin: string
  /** Make and model as a UUID; all zeros unless told. */
  aaguid?: string
  /** What `getTransports()` says; ['hybrid', 'internal'] for a platform authenticator, else ['nfc', 'usb']. */
  transports?: string[]
  /** May new credentials be synced (BE)? True for a platform authenticator, else false. */
  backupEligible?: boolean
  /** Are new credentials synced already (BS)? Follows `backupEligible` unless told. */
  backupState?: boolean
  /** Can and does it verify the user (UV)? True unless told. */
  userVerification?: boolean
  /** Part of the device, or a roaming one; 'platform' unless told. */
  attachment?: 'platform' | 'cross-platform'
  /** COSE algorithms that it can make keys for; [-7, -8, -257] unless told. */
  algorithms?: number[]
  /**
   * Does it count signatures? 'growing' starts at 1. With 'zero' (as synced passkeys do), which is the default, a new credential
   * starts at zero and stays there; one that was imported with a count goes on counting.
   */
  counter?: 'zero' | 'growing'
  /** 'none' unless told; 'packed-self' signs each new key with itself, whatever conveyance is asked for. */
  attestation?: 'none' | 'packed-self'
  /** Can it keep discoverable credentials? True unless told. */
  discoverable?: boolean
}

/** A credential in the authenticator: plain data, so it survives JSON. Change its members to change what is signed next. */
export interface StoredKey {
  /** Credential id, base64url. */
  id: string
  rpId: string
  /** `user.id` of the registration, base64url. */
  userHandle: string
  userName: string
  userDisplayName: string
  /** COSE algorithm. */
  alg: number
  /** Private key with its public half. */
  privateKey: Jwk
  signCount: number
  discoverable: boolean
  backupEligible: boolean
  backupState: boolean
  transports: string[]
}

/** A credential as {@link SoftwareAuthenticator.export} gives it: a copy of a {@link StoredKey}. */
export type ExportedKey = StoredKey

const flag = { UP: 0x01, UV: 0x04, BE: 0x08, BS: 0x10, AT: 0x40, ED: 0x80 }

/**
 * A browser and an authenticator in one, in software: it does both WebAuthn ceremonies from JSON options to JSON response, with
 * real keys and real signatures, and on request gets exactly one thing wrong. Runs in browsers and in Node.
 *
 * Honest behaviour follows WebAuthn L3 §5.1.3, §5.1.4 and §6.3. As with real ones, a second discoverable credential for the same
 * account replaces the first; a misbehaving `create` leaves the earlier one alone.
 *
 * @example
 * const phone = new SoftwareAuthenticator({ origin: 'https://example.org' })
 * const registration = await phone.create(creationOptions)
 * const assertion = await phone.get(requestOptions)
 * const forged = await phone.get(requestOptions, { userPresent: false })
 */
export class SoftwareAuthenticator {
  readonly options: AuthenticatorOptions
  /** The credentials that it holds, oldest first. Mutable: remove one to lose it, copy one to another authenticator to sync it. */
  readonly credentials: StoredKey[] = []

  constructor(options: AuthenticatorOptions) {
    this.options = options
  }

  /**
   * Makes an authenticator that holds exported keys.
   *
   * @example await SoftwareAuthenticator.import({ origin }, JSON.parse(text))
   */
  static async import(options: AuthenticatorOptions, keys: readonly ExportedKey[]): Promise<SoftwareAuthenticator> {
    const authenticator = new SoftwareAuthenticator(options)
    authenticator.credentials.push(...structuredClone([...keys]))
    return authenticator
  }

  /** A copy of every credential with its private key and state, ready for JSON. @example JSON.stringify(await phone.export()) */
  async export(): Promise<ExportedKey[]> {
    return structuredClone(this.credentials)
  }

  /**
   * The credentials that could answer an authentication, newest first (WebAuthn L3 §5.1.4, §6.3.3).
   *
   * @throws DOMException named SecurityError when the RP ID does not belong to the origin.
   * @example phone.matching({ challenge, rpId: 'example.org' })
   */
  matching(options: RequestOptionsJSON): StoredKey[] {
    const rpId = rpIdFor(this.options.origin, options.rpId)
    const allowed = options.allowCredentials ?? []
    const own = this.credentials.filter(key => key.rpId === rpId).toReversed()
    return allowed.length === 0 ? own.filter(key => key.discoverable) : own.filter(key => names(allowed, key))
  }

  /**
   * Registers: makes a key pair and answers the creation options (WebAuthn L3 §5.1.3, §6.3.2).
   *
   * @param options as sent by the server, binary members in base64url.
   * @param misbehave what to get wrong; nothing unless told.
   * @throws DOMException as a browser would: SecurityError (RP ID is not of this origin), InvalidStateError (a credential of
   *   `excludeCredentials` is here), NotSupportedError (no common algorithm), ConstraintError (user verification or a
   *   discoverable credential is required and impossible).
   * @throws TypeError when a misbehaviour needs an algorithm that was not offered.
   * @example await phone.create(options, { credentialPublicKey: 'off-curve' })
   */
  async create(options: CreationOptionsJSON, misbehave: Misbehaviour = {}): Promise<RegistrationResponseJSON> {
    const { origin, userVerification = true, attachment = 'platform' } = this.options
    const rpId = rpIdFor(origin, options.rp.id)
    const alg = chooseAlgorithm(options, this.options.algorithms ?? [-7, -8, -257], misbehave)
    const discoverable = this.#discoverableFor(options)
    if (this.credentials.some(key => key.rpId === rpId && names(options.excludeCredentials ?? [], key))) {
      throw new DOMException('a credential of excludeCredentials is in this authenticator', 'InvalidStateError')
    }
    const uv = options.authenticatorSelection?.userVerification ?? 'preferred'
    if (uv === 'required' && !userVerification) throw new DOMException('this authenticator cannot verify the user', 'ConstraintError')

    const backupEligible = this.options.backupEligible ?? attachment === 'platform'
    const key: StoredKey = {
      id: toBase64url(randomBytes(misbehave.credentialIdLength ?? 32)),
      rpId,
      userHandle: options.user.id,
      userName: options.user.name,
      userDisplayName: options.user.displayName,
      alg,
      privateKey: await makeKey(alg, misbehave.credentialPublicKey),
      signCount: misbehave.signCount ?? (this.options.counter === 'growing' ? 1 : 0),
      discoverable,
      backupEligible,
      backupState: this.options.backupState ?? backupEligible,
      transports: this.options.transports ?? (attachment === 'platform' ? ['hybrid', 'internal'] : ['nfc', 'usb']),
    }
    const clientDataJSON = clientData('webauthn.create', options.challenge, origin, misbehave)
    const cose = defectiveKey(coseKey(key.privateKey, alg), misbehave.credentialPublicKey, options)
    misbehave.mutateCredentialPublicKey?.(cose)
    const authenticatorData = await authenticatorDataOf(key, {
      userVerified: userVerification && uv !== 'discouraged',
      attested: attestedCredentialData(key, this.options.aaguid, cose, misbehave),
      misbehave,
    })
    const attestationObject = await this.#attest(key, authenticatorData, await sha256(clientDataJSON), misbehave)

    if (Object.keys(misbehave).length === 0 && discoverable) this.#forget(rpId, key.userHandle)
    this.credentials.push(key)

    const publicKey = misbehave.credentialPublicKey || misbehave.mutateCredentialPublicKey ? undefined : await spkiOf(key.privateKey, alg)
    const wantsCredProps = (options.extensions as { credProps?: unknown } | undefined)?.credProps === true
    return {
      id: key.id,
      rawId: misbehave.credentialIdDiffers === 'rawId' ? toBase64url(randomBytes(32)) : key.id,
      type: 'public-key',
      authenticatorAttachment: attachment,
      clientExtensionResults: wantsCredProps ? { credProps: { rk: discoverable } } : {},
      response: {
        clientDataJSON: toBase64url(clientDataJSON),
        attestationObject: toBase64url(attestationObject),
        authenticatorData: toBase64url(authenticatorData),
        transports: [...key.transports],
        ...(publicKey && { publicKey: toBase64url(publicKey) }),
        publicKeyAlgorithm: alg,
      },
    }
  }

  /**
   * Authenticates: signs the challenge with a credential that fits (WebAuthn L3 §5.1.4, §6.3.3).
   *
   * @param options as sent by the server, binary members in base64url.
   * @param misbehave what to get wrong; nothing unless told. `credentialId` picks a credential, even one that is not allowed.
   * @throws DOMException as a browser would: SecurityError (RP ID is not of this origin), NotAllowedError (no credential fits,
   *   or user verification is required and impossible).
   * @example await phone.get(options, { signature: 'wrong-key' })
   */
  async get(options: RequestOptionsJSON, misbehave: Misbehaviour & { credentialId?: string } = {}): Promise<AuthenticationResponseJSON> {
    const { origin, userVerification = true, attachment = 'platform' } = this.options
    const chosen = misbehave.credentialId
    const key = chosen === undefined ? this.matching(options)[0] : this.credentials.find(candidate => candidate.id === chosen)
    if (!key) throw new DOMException('no credential here fits this request', 'NotAllowedError')
    const uv = options.userVerification ?? 'preferred'
    if (uv === 'required' && !userVerification) throw new DOMException('this authenticator cannot verify the user', 'NotAllowedError')

    const counts = this.options.counter === 'growing' || key.signCount > 0
    key.signCount = misbehave.signCount ?? (counts ? key.signCount + 1 : 0)
    const clientDataJSON = clientData('webauthn.get', options.challenge, origin, misbehave)
    const present = misbehave.attestedCredentialData === 'present'
    const authenticatorData = await authenticatorDataOf(key, {
      userVerified: userVerification && uv !== 'discouraged',
      attested: present ? attestedCredentialData(key, this.options.aaguid, coseKey(key.privateKey, key.alg), {}) : undefined,
      misbehave,
    })
    const signature = await signCeremony(key, authenticatorData, await sha256(clientDataJSON), misbehave.signature)
    const honestHandle = key.discoverable ? key.userHandle : null
    const userHandle = misbehave.userHandle === undefined ? honestHandle : misbehave.userHandle
    return {
      id: key.id,
      rawId: misbehave.credentialIdDiffers === 'rawId' ? toBase64url(randomBytes(32)) : key.id,
      type: 'public-key',
      authenticatorAttachment: attachment,
      clientExtensionResults: {},
      response: {
        clientDataJSON: toBase64url(clientDataJSON),
        authenticatorData: toBase64url(authenticatorData),
        signature: toBase64url(signature),
        ...(userHandle !== null && { userHandle }),
      },
    }
  }

  /** Platform authenticators keep every credential discoverable; roaming ones save their space when they may. */
  #discoverableFor(options: CreationOptionsJSON): boolean {
    const { discoverable = true, attachment = 'platform' } = this.options
    const selection = options.authenticatorSelection
    const wish = selection?.residentKey ?? (selection?.requireResidentKey ? 'required' : 'discouraged')
    if (wish === 'required' && !discoverable) throw new DOMException('no discoverable credentials here', 'ConstraintError')
    return discoverable && (wish !== 'discouraged' || attachment === 'platform')
  }

  #forget(rpId: string, userHandle: string): void {
    const kept = this.credentials.filter(key => !(key.discoverable && key.rpId === rpId && key.userHandle === userHandle))
    this.credentials.splice(0, this.credentials.length, ...kept)
  }

  async #attest(key: StoredKey, authData: Bytes, clientDataHash: Bytes, misbehave: Misbehaviour): Promise<Bytes> {
    const defect = misbehave.attestation
    const packed = defect?.startsWith('packed') || misbehave.signature || (!defect && this.options.attestation === 'packed-self')
    const sig = packed ? await signCeremony(key, authData, clientDataHash, misbehave.signature) : undefined
    const honest: CborMap = new Map<string, CborMap | string | Uint8Array>([
      ['fmt', packed ? 'packed' : 'none'],
      [
        'attStmt',
        sig
          ? new Map<string, number | Uint8Array>([
              ['alg', key.alg],
              ['sig', sig],
            ])
          : new Map(),
      ],
      ['authData', authData],
    ])
    if (defect) breakAttestation[defect](honest, honest.get('attStmt') as CborMap)
    const context = {
      clientDataHash,
      authenticatorData: authData,
      sign: async (data: Bytes): Promise<Bytes> => await signWith(key.privateKey, key.alg, data),
    }
    const final = (await misbehave.mutateAttestationObject?.(honest, context)) ?? honest
    const broken = misbehave.cbor && misbehave.cborOf !== 'credentialPublicKey' ? misbehave.cbor : undefined
    return broken ? encodeDefectiveCbor(final, broken) : encodeCbor(final)
  }
}

/** L3 §5.1.3, §5.1.4: the RP ID is the origin's host or a parent domain of it, never an address. */
function rpIdFor(origin: string, wanted: string | undefined): string {
  if (origin.startsWith('android:') && wanted) return wanted // an app is bound to its RP ID by asset links, not by its origin
  const host = new URL(origin).hostname
  const rpId = wanted ?? host
  const isAddress = host.startsWith('[') || /^[\d.]+$/.test(host)
  const isParent = host.endsWith(`.${rpId}`) && rpId.includes('.')
  if (isAddress || !(rpId === host || isParent)) throw new DOMException(`${rpId} is no RP ID for ${origin}`, 'SecurityError')
  return rpId
}

function names(list: readonly CredentialDescriptorJSON[], key: StoredKey): boolean {
  return list.some(entry => entry.type === 'public-key' && entry.id === key.id)
}

/** Algorithms that a broken key needs, so that nothing but the key is wrong. */
function algorithmOfDefect(defect: PublicKeyDefect): number {
  if (defect.startsWith('rsa')) return -257
  return defect.startsWith('low-order') ? -8 : -7
}

function chooseAlgorithm(options: CreationOptionsJSON, supported: number[], misbehave: Misbehaviour): number {
  if (misbehave.alg !== undefined) return misbehave.alg
  const listed = options.pubKeyCredParams.filter(param => param.type === 'public-key').map(param => param.alg)
  const offered = options.pubKeyCredParams.length === 0 ? [-7, -257] : listed // L3 §5.1.3: an empty list means these two
  if (misbehave.credentialPublicKey) {
    const needed = algorithmOfDefect(misbehave.credentialPublicKey)
    if (!offered.includes(needed)) throw new TypeError(`'${misbehave.credentialPublicKey}' needs algorithm ${needed} to be offered`)
    return needed
  }
  const alg = offered.find(candidate => supported.includes(candidate) && keyTypeOf(candidate))
  if (alg === undefined) throw new DOMException('no algorithm of pubKeyCredParams is supported', 'NotSupportedError')
  return alg
}

/** L3 §5.8.1. The honest members stand in the order that §5.8.1.1 fixes. */
function clientData(type: string, challenge: string, origin: string, misbehave: Misbehaviour): Bytes {
  const honest: Record<string, unknown> = {
    type: misbehave.type ?? type,
    challenge: misbehave.challenge ?? challenge,
    origin: misbehave.origin ?? origin,
    crossOrigin: misbehave.crossOrigin ?? false,
    ...(misbehave.topOrigin !== undefined && { topOrigin: misbehave.topOrigin }),
  }
  const members = misbehave.mutateClientData?.(honest) ?? honest
  return misbehave.clientData ? writeClientData[misbehave.clientData](members) : utf8(JSON.stringify(members))
}

const writeClientData = {
  bom: members => utf8(`\ufeff${JSON.stringify(members)}`),
  'unknown-members': members => utf8(JSON.stringify({ ...members, other_keys_can_be_added_here: 'do not compare to a template', n: [1] })),
  'other-order': members => utf8(JSON.stringify(Object.fromEntries(Object.entries(members).toReversed()), null, 1)),
  escapes: members => utf8(JSON.stringify(members).replace(/[A-Z]/g, letter => `\\u00${letter.charCodeAt(0).toString(16)}`)),
  'token-binding': members => utf8(JSON.stringify({ ...members, tokenBinding: { status: 'supported' } })),
  'not-json': members => utf8(JSON.stringify(members).slice(0, -1)),
  'not-an-object': members => utf8(JSON.stringify([members])),
  'duplicate-member': members => utf8(`${JSON.stringify(members).slice(0, -1)},"challenge":"${toBase64url(randomBytes(32))}"}`),
  'member-not-a-string': members => utf8(JSON.stringify({ ...members, challenge: [members.challenge] })),
  'inherited-members': members => utf8(`{"__proto__":${JSON.stringify(members)}}`),
} satisfies Record<ClientDataDefect, (members: Record<string, unknown>) => Bytes>

/** L3 §6.1: rpIdHash, flags, signCount, then what the flags announce. */
async function authenticatorDataOf(
  key: StoredKey,
  { userVerified, attested, misbehave }: { userVerified: boolean; attested: Bytes | undefined; misbehave: Misbehaviour },
): Promise<Bytes> {
  const attestedDefect = misbehave.attestedCredentialData
  const shownAttested = attestedDefect === 'absent' || attestedDefect === 'flag-without-data' ? undefined : attested
  const at = attestedDefect === 'flag-without-data' || (shownAttested && attestedDefect !== 'data-without-flag')
  const { ed, extensionData } = extensionPart(misbehave)
  const flags =
    (misbehave.userPresent === false ? 0 : flag.UP) |
    ((misbehave.userVerified ?? userVerified) ? flag.UV : 0) |
    ((misbehave.backupEligible ?? key.backupEligible) ? flag.BE : 0) |
    ((misbehave.backupState ?? key.backupState) ? flag.BS : 0) |
    (at ? flag.AT : 0) |
    (ed ? flag.ED : 0)
  const data = concatBytes(
    await sha256(utf8(misbehave.rpId ?? key.rpId)),
    uint(flags, 1),
    uint(key.signCount, 4),
    shownAttested ?? new Uint8Array(0),
    extensionData,
  )
  return misbehave.mutateAuthData?.(data) ?? data
}

function extensionPart(misbehave: Misbehaviour): { ed: boolean; extensionData: Bytes } {
  const outputs = encodeCbor(misbehave.extensions ?? new Map([['credProtect', 2]]))
  const defect = misbehave.extensionData
  if (defect === 'flag-without-data') return { ed: true, extensionData: new Uint8Array(0) }
  if (defect === 'data-without-flag') return { ed: false, extensionData: outputs }
  if (defect === 'trailing-bytes') return { ed: true, extensionData: concatBytes(outputs, uint(0, 1)) }
  if (defect === 'not-a-map') return { ed: true, extensionData: encodeCbor(['credProtect', 2]) }
  return misbehave.extensions ? { ed: true, extensionData: outputs } : { ed: false, extensionData: new Uint8Array(0) }
}

/** L3 §6.5.1: aaguid, length and bytes of the credential id, COSE_Key. */
function attestedCredentialData(key: StoredKey, aaguid: string | undefined, cose: CborMap, misbehave: Misbehaviour): Bytes {
  const model = (aaguid ?? '00000000-0000-0000-0000-000000000000').replaceAll('-', '')
  const id = fromBase64url(key.id)
  const innerId = misbehave.credentialIdDiffers === 'inner' ? randomBytes(id.length) : id
  const length = misbehave.attestedCredentialData === 'length-beyond-end' ? 1023 : innerId.length
  const cbor = misbehave.cborOf === 'credentialPublicKey' ? misbehave.cbor : undefined
  const data = concatBytes(
    Uint8Array.from(model.match(/../g) ?? [], pair => Number.parseInt(pair, 16)),
    uint(length, 2),
    innerId,
    cbor ? encodeDefectiveCbor(cose, cbor) : encodeCbor(cose),
  )
  return misbehave.attestedCredentialData === 'cut-short' ? data.slice(0, -1) : data
}

async function makeKey(alg: number, defect: PublicKeyDefect | undefined): Promise<Jwk> {
  if (defect === 'rsa-512') return await generateJwk(alg, { bits: 512 })
  if (defect === 'rsa-1024') return await generateJwk(alg, { bits: 1024 })
  if (defect === 'other-curve') return await generateJwk(alg, { crv: 'P-384' })
  if (defect === 'low-order') return { kty: 'OKP', crv: 'Ed25519', x: neutralEd25519Point }
  return await generateJwk(alg)
}

/** Breaks the written key in the one named way; the private key behind it stays as it is, so self attestation still signs. */
function defectiveKey(cose: CborMap, defect: PublicKeyDefect | undefined, options: CreationOptionsJSON): CborMap {
  const bytes = (label: number): Bytes => new Uint8Array(cose.get(label) as Uint8Array)
  const flipLastBit = (value: Bytes): Bytes => value.map((byte, index) => (index === value.length - 1 ? byte ^ 1 : byte))
  const change: Record<PublicKeyDefect, () => unknown> = {
    'off-curve': () => cose.set(-3, flipLastBit(bytes(-3))),
    'zero-point': () => cose.set(-2, new Uint8Array(32)).set(-3, new Uint8Array(32)),
    'x-missing': () => cose.delete(-2),
    'y-missing': () => cose.delete(-3),
    'alg-missing': () => cose.delete(3),
    'padded-coordinate': () => cose.set(-2, concatBytes(uint(0, 1), bytes(-2))),
    'compressed-point': () => cose.set(-3, ((bytes(-3).at(-1) ?? 0) & 1) === 1),
    'other-curve': () => cose,
    'private-member': () => cose.set(-4, randomBytes(32)),
    'extra-member': () => cose.set(-70001, 'extra'),
    'alg-kty-mismatch': () => cose.set(3, otherOffered(options)),
    'rsa-512': () => cose,
    'rsa-1024': () => cose,
    'rsa-16384': () => cose.set(-1, concatBytes(uint(0xc1, 1), randomBytes(2046), uint(0x0d, 1))),
    'rsa-even-modulus': () => cose.set(-1, flipLastBit(bytes(-1))),
    'rsa-even-exponent': () => cose.set(-2, uint(65536, 3)),
    'rsa-exponent-1': () => cose.set(-2, uint(1, 1)),
    'low-order': () => cose,
    'low-order-8': () => cose.set(-2, fromBase64url('xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o')),
  }
  if (defect) change[defect]()
  return cose
}

function otherOffered(options: CreationOptionsJSON): number {
  const other = options.pubKeyCredParams.find(param => param.alg === -8 || param.alg === -257)
  if (!other) throw new TypeError("'alg-kty-mismatch' needs algorithm -8 or -257 to be offered beside -7")
  return other.alg
}

const breakAttestation = {
  'none-not-empty': (_object, statement) => statement.set('sig', randomBytes(64)),
  'unknown-format': object => object.set('fmt', 'latchkey-unknown'),
  'format-missing': object => object.delete('fmt'),
  'statement-missing': object => object.delete('attStmt'),
  'packed-alg-differs': (_object, statement) => statement.set('alg', statement.get('alg') === -7 ? -257 : -7),
  'packed-alg-missing': (_object, statement) => statement.delete('alg'),
  'packed-sig-missing': (_object, statement) => statement.delete('sig'),
  'packed-x5c-empty': (_object, statement) => statement.set('x5c', []),
} satisfies Record<AttestationDefect, (object: CborMap, statement: CborMap) => unknown>

/** L3 §6.3.3 and §8.2: over authenticator data and the hash of the client data. */
async function signCeremony(
  key: StoredKey,
  authenticatorData: Bytes,
  clientDataHash: Bytes,
  defect: Misbehaviour['signature'],
): Promise<Bytes> {
  const other = defect === 'other-client-data' || defect === 'other-authenticator-data'
  const signed = {
    authenticatorData: defect === 'other-authenticator-data' ? randomBytes(authenticatorData.length) : authenticatorData,
    clientDataHash: defect === 'other-client-data' ? randomBytes(32) : clientDataHash,
  }
  const signatureDefect: SignatureDefect | undefined = other ? undefined : defect
  return await signWith(key.privateKey, key.alg, concatBytes(signed.authenticatorData, signed.clientDataHash), signatureDefect)
}
