import { attestationObject, formatFor } from './attestation/attest.ts'
import { attestable } from './attestation/formats.ts'
import { aaguidBytes, attestedCredentialData, authenticatorDataOf } from './authenticator-data.ts'
import type { AuthenticatorOptions } from './authenticator-options.ts'
import { type Bytes, randomBytes, sha256, toBase64url } from './bytes.ts'
import type { AuthenticationResponseJSON, CreationOptionsJSON, RegistrationResponseJSON, RequestOptionsJSON } from './ceremony-json.ts'
import { signCeremony } from './ceremony-signature.ts'
import { clientData } from './client-data.ts'
import { coseKey, spkiOf } from './cose.ts'
import { chooseAlgorithm, defectiveKey, makeKey } from './credential-key.ts'
import { appIdFor, creationResults, requestResults, signedOutputs } from './extensions.ts'
import type { Misbehaviour } from './misbehaviour.ts'
import { names, rpIdFor } from './relying-party.ts'
import type { ExportedKey, StoredKey } from './stored-key.ts'
import { Vendor } from './vendor.ts'

export { type Jwk, neutralEd25519Point } from './algorithms.ts'
export { ATTESTATION_DEFECTS, CERTIFICATE_DEFECTS, type DefectFacts } from './attestation/defects.ts'
export type { AttestationFormat, AttestationOptions } from './attestation/formats.ts'
export type { AuthenticatorOptions } from './authenticator-options.ts'
export { type Bytes, concatBytes, fromBase64url, randomBytes, sha256, toBase64url, uint, utf8 } from './bytes.ts'
export { type CborDefect, type CborMap, type CborValue, encodeCbor, encodeDefectiveCbor, type RawCbor, rawCbor } from './cbor.ts'
export type * from './ceremony-json.ts'
export {
  type CertificateContent,
  type CertificateExtension,
  distinguishedName,
  extension as certificateExtension,
  makeCertificate,
  type NameMember,
  publicKeyInfo,
  type SigningKey,
} from './certificate.ts'
export { coseKey, generateJwk } from './cose.ts'
export type { CrlDefect, CrlOptions } from './crl.ts'
export { der } from './der.ts'
export type { IssuedCertificate, LeafRequest } from './issuer.ts'
export type { MetadataBlobDefect, MetadataBlobOptions } from './metadata-blob.ts'
export type * from './misbehaviour.ts'
export { derFromRaw, type SignatureDefect, signWith } from './signature.ts'
export type { ExportedKey, StoredKey } from './stored-key.ts'
export { Vendor, type VendorOptions } from './vendor.ts'
export type { TrustDefect } from './vendor-defects.ts'

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
  /** Its maker: the one given, or one made when the first attestation needs a certificate; undefined until then. */
  vendor: Vendor | undefined
  #madeVendor: Promise<Vendor> | undefined

  constructor(options: AuthenticatorOptions) {
    this.options = options
    this.vendor = options.vendor
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
    const alg = chooseAlgorithm(options, this.#supported(misbehave), misbehave)
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
      privateKey: await makeKey(alg, misbehave.credentialPublicKey, this.options.edDsaCurve),
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
      extensions: signedOutputs(options),
      misbehave,
    })
    const attestationObject = await this.#attest(key, authenticatorData, await sha256(clientDataJSON), misbehave)

    if (Object.keys(misbehave).length === 0 && discoverable) this.#forget(rpId, key.userHandle)
    this.credentials.push(key)

    const publicKey = misbehave.credentialPublicKey || misbehave.mutateCredentialPublicKey ? undefined : await spkiOf(key.privateKey, alg)
    return {
      id: key.id,
      rawId: misbehave.credentialIdDiffers === 'rawId' ? toBase64url(randomBytes(32)) : key.id,
      type: 'public-key',
      authenticatorAttachment: attachment,
      clientExtensionResults: await creationResults(options, key),
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
      scope: appIdFor(options, this.options.u2fAppId),
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
      clientExtensionResults: await requestResults(options, key, this.options.u2fAppId),
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

  /** A format that attests only some keys leaves only their algorithms; the defect of another key leaves the others. */
  #supported(misbehave: Misbehaviour): number[] {
    const { attestation = 'none', algorithms = [-7, -8, -257] } = this.options
    if (misbehave.attestation === 'u2f-alg-not-es256') return algorithms.filter(alg => alg !== -7)
    return attestable(formatFor(attestation, misbehave), algorithms)
  }

  #forget(rpId: string, userHandle: string): void {
    const kept = this.credentials.filter(key => !(key.discoverable && key.rpId === rpId && key.userHandle === userHandle))
    this.credentials.splice(0, this.credentials.length, ...kept)
  }

  async #attest(key: StoredKey, authData: Bytes, clientDataHash: Bytes, misbehave: Misbehaviour): Promise<Bytes> {
    const { attestation = 'none', attestationOptions = {}, aaguid } = this.options
    const vendor = async (): Promise<Vendor> => await this.#makeVendor()
    const ceremony = { key, aaguid: aaguidBytes(aaguid), authData, clientDataHash, options: attestationOptions, vendor, misbehave }
    return await attestationObject(ceremony, formatFor(attestation, misbehave))
  }

  async #makeVendor(): Promise<Vendor> {
    this.#madeVendor ??= this.vendor ? Promise.resolve(this.vendor) : Vendor.make()
    this.vendor = await this.#madeVendor
    return this.vendor
  }
}
