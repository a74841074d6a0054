import { type Authority, farAhead, longOver, makeAuthority, randomSerial, withOtherSerial } from './authority.ts'
import type { Bytes } from './bytes.ts'
import { type CertificateContent, extension, makeCertificate, type SigningKey } from './certificate.ts'
import { generateJwk } from './cose.ts'
import { type CrlOptions, makeCrl } from './crl.ts'
import { der } from './der.ts'
import type { IssuedCertificate, Issuer, LeafRequest } from './issuer.ts'
import { type MetadataBlobOptions, makeMetadataBlob } from './metadata-blob.ts'
import { type IssuingChain, issuingChain } from './vendor-chain.ts'

/** What kind of maker. Times are in milliseconds since the epoch. */
export interface VendorOptions {
  /** Authorities between the root and the leaf certificates; 1 unless told. */
  intermediates?: 0 | 1
  /** First moment at which leaf certificates are valid; a day ago unless told. */
  notBefore?: number
  /** Last moment at which leaf certificates are valid; ten years ahead unless told. */
  notAfter?: number
  /** What the authorities sign with; 'ES256' unless told. */
  caKey?: 'ES256' | 'ES384' | 'RS256'
}

const day = 86_400_000
const caAlgorithms = { ES256: -7, ES384: -35, RS256: -257 } as const

/**
 * A maker of authenticators with a certification authority: a self-signed root, one intermediate, and leaf certificates, revocation
 * lists and metadata BLOBs that it signs. All of it is real X.509 (RFC 5280); only nobody trusts it until told to.
 *
 * @example
 * const vendor = await Vendor.make()
 * const key = new SoftwareAuthenticator({ origin, attestation: 'packed', vendor })
 * // the relying party trusts vendor.root
 */
export class Vendor implements Issuer {
  readonly options: VendorOptions
  /** DER of the self-signed root certificate. */
  readonly root: Bytes
  /** DER of the intermediate certificates, nearest to the leaf first. */
  readonly intermediates: Bytes[]
  /** Serial numbers of every leaf certificate that it issued, oldest first. */
  readonly leafSerials: Bytes[] = []
  readonly #root: Authority
  readonly #intermediate: Authority | undefined
  readonly #keys = new Map<number, Promise<SigningKey>>()

  private constructor(options: VendorOptions, root: Authority, intermediate: Authority | undefined) {
    this.options = options
    this.#root = root
    this.#intermediate = intermediate
    this.root = root.certificate
    this.intermediates = intermediate ? [intermediate.certificate] : []
  }

  /** Makes the keys and certificates of the authorities. @example await Vendor.make({ caKey: 'RS256', intermediates: 0 }) */
  static async make(options: VendorOptions = {}): Promise<Vendor> {
    const alg = caAlgorithms[options.caKey ?? 'ES256']
    const root = await makeAuthority('Example Attestation Root', alg)
    const wanted = options.intermediates ?? 1
    return new Vendor(options, root, wanted === 0 ? undefined : await makeAuthority('Example Attestation Authority', alg, root))
  }

  /** Serial number of the leaf certificate issued last; undefined before the first. */
  get lastSerial(): Bytes | undefined {
    return this.leafSerials.at(-1)
  }

  /** The key pair that this vendor's authenticators attest with, made at first need: one for each COSE algorithm. */
  attestationKey(alg: number): Promise<SigningKey> {
    const key = this.#keys.get(alg) ?? generateJwk(alg).then(privateKey => ({ alg, privateKey }))
    this.#keys.set(alg, key)
    return key
  }

  /**
   * Issues a leaf certificate.
   *
   * @example await vendor.issue({ subject: [['CN', 'Example']], publicKey: spki, extensions: [] })
   */
  async issue(request: LeafRequest): Promise<IssuedCertificate> {
    const { defect } = request
    const chain = await this.#chain(request)
    const serial = request.serial ?? randomSerial()
    const certificate = await makeCertificate({ ...this.#content(request, chain), serial }, chain.issuer.key)
    this.leafSerials.push(serial)
    const leaf = defect === 'altered' ? withOtherSerial(certificate, serial) : certificate
    return { certificate: leaf, serial, x5c: [leaf, ...chain.above] }
  }

  /**
   * A certificate revocation list (RFC 5280 §5) as DER.
   *
   * @example await vendor.crl({ revoked: [vendor.lastSerial], thisUpdate: Date.now(), nextUpdate: Date.now() + 86_400_000 })
   */
  async crl(options: CrlOptions): Promise<Bytes> {
    return await makeCrl(options.issuer === 'root' ? this.#root : (this.#intermediate ?? this.#root), options)
  }

  /**
   * A metadata BLOB (FIDO Metadata Service 3 §3.1.7): the payload as a JWT in compact form, with its chain in `x5c`.
   *
   * @param payload `{ legalHeader, no, nextUpdate: 'YYYY-MM-DD', entries }`; nothing checks it.
   * @example await vendor.metadataBlob({ legalHeader: '…', no: 1, nextUpdate: '2030-01-01', entries: [] })
   */
  async metadataBlob(payload: object, options: MetadataBlobOptions = {}): Promise<string> {
    return await makeMetadataBlob(options.defect === 'other-root' ? await Vendor.make(this.options) : this, payload, options)
  }

  async #chain({ issuer, defect }: LeafRequest): Promise<IssuingChain> {
    return await issuingChain(this.#root, issuer === 'root' ? undefined : this.#intermediate, defect)
  }

  #content(request: LeafRequest, { issuer }: IssuingChain): Omit<CertificateContent, 'serial'> {
    const { version = 3, subject, publicKey, extensions = [], defect } = request
    const life = defect === 'expired' ? longOver : defect === 'not-yet-valid' ? farAhead : undefined
    const unknown = { oid: '1.3.6.1.4.1.99999.1', critical: true, value: der.null() }
    return {
      version,
      issuer: issuer.name,
      subject,
      publicKey,
      notBefore: life?.notBefore ?? request.notBefore ?? this.options.notBefore ?? Date.now() - day,
      notAfter: life?.notAfter ?? request.notAfter ?? this.options.notAfter ?? Date.now() + 3650 * day,
      extensions: [
        ...extensions,
        extension.authorityKeyIdentifier(issuer.keyId),
        ...(defect === 'unknown-critical-extension' ? [unknown] : []),
      ],
    }
  }
}
