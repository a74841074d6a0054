import { X509Certificate } from 'node:crypto'
import { type Certificate, readCertificate } from '../certificate.ts'
import { check, guarded, WebAuthnError } from '../error.ts'
import { isPlainObject, own } from '../json.ts'
import { isSignedBy, type Jws, parseJson, parseJws } from '../jws.ts'
import { FIDO_METADATA_ROOT } from './metadata-root.ts'
import { followPath, judgeValidity } from './path.ts'

/** What the FIDO metadata service says about models of authenticators, verified once and then only looked up. */
export interface Metadata {
  /** The serial number of the blob: keep it, and hand it in as `previousNo` next time. */
  readonly no: number
  /** When the next one is due, epoch milliseconds. Past that, fetch a new one. */
  readonly nextUpdate: number
  readonly legalHeader: string
  readonly size: number
  /** What it says about a model, by its AAGUID as lower-case UUID. */
  find(aaguid: string): AuthenticatorModel | undefined
  /** The same for a model of the older protocol, by the identifier of a key that certifies it. */
  findByKeyIdentifier(keyIdentifier: string): AuthenticatorModel | undefined
}

/** One model of authenticator (FIDO MDS 3.0 §3.1.1). */
export interface AuthenticatorModel {
  /** Absent for those that speak the older protocol. */
  readonly aaguid: string | undefined
  /** SHA-1 of the public keys of its attestation certificates, hexadecimal, where it has no AAGUID. */
  readonly keyIdentifiers: readonly string[]
  readonly description: string
  /** Its roots, as DER. */
  readonly roots: readonly Uint8Array[]
  /** All that was ever reported, oldest first. */
  readonly statuses: readonly string[]
  /** Reported as broken in a way that lets somebody else in. */
  readonly compromised: boolean
  /** The highest certification that was reported, e.g. `FIDO_CERTIFIED_L2`. */
  readonly certification: string | undefined
}

/** How to judge a blob. */
export interface MetadataOptions {
  /** Epoch milliseconds. */
  now: number
  /** The `no` of the last one that was accepted: an older one is refused. */
  previousNo?: number | undefined
  /** Roots of the signing certificate, DER or PEM. Default: the one that FIDO pins. */
  roots?: readonly (Uint8Array | string)[] | undefined
  /** Whom the signing certificate must be issued to: its root issues for others, too. Default `mds.fidoalliance.org`. */
  hostname?: string | undefined
}

const STEP = '§7.1 step 24 (FIDO MDS 3.0 §3.1)'
const MALFORMED = { reason: 'metadata_malformed', step: STEP } as const
const MAX_LENGTH = 64 * 1024 * 1024
const HOSTNAME = 'mds.fidoalliance.org'

/** Statuses after which the keys of a model must not be relied on (FIDO MDS 3.0 §3.1.4). */
const COMPROMISED: ReadonlySet<string> = new Set([
  'USER_VERIFICATION_BYPASS',
  'ATTESTATION_KEY_COMPROMISE',
  'USER_KEY_REMOTE_COMPROMISE',
  'USER_KEY_PHYSICAL_COMPROMISE',
  'REVOKED',
])

/**
 * Reads the FIDO metadata blob: the signature, its chain to the pinned root and the serial number are verified. It comes from a file;
 * nothing is fetched here, and the caller sees from `nextUpdate` when to fetch.
 *
 * @param blob the JWT as published; `options` the time and what was accepted before
 * @throws WebAuthnError `metadata_malformed`, `metadata_untrusted`, `metadata_rolled_back`, `certificate_malformed`, `expected_invalid`
 * @see WebAuthn L3 §7.1 step 24, FIDO Metadata Service 3.0 §3.2
 * @example
 * const metadata = readMetadata(readFileSync('blob.jwt', 'utf8'), { now: Date.now(), previousNo: 85 })
 * if (metadata.nextUpdate < Date.now()) console.warn('the metadata is out of date')
 */
export function readMetadata(blob: string, options: MetadataOptions): Metadata {
  return guarded(STEP, () => {
    check(Number.isFinite(options?.now), 'expected_invalid', STEP, 'now')
    check(typeof blob === 'string', 'metadata_malformed', STEP)
    const jws = parseJws(blob.trim(), MAX_LENGTH, MALFORMED)
    checkSigner(jws, options)
    const metadata = readPayload(parseJson(jws.payload, MALFORMED))
    check(metadata.no >= (options.previousNo ?? 0), 'metadata_rolled_back', STEP)
    return metadata
  })
}

function checkSigner(jws: Jws, { now, roots = [FIDO_METADATA_ROOT], hostname = HOSTNAME }: MetadataOptions): void {
  const path = jws.certificates.map(readCertificate)
  const { path: state, links } = followPath(path, readRoots(roots))
  check(state === 'anchored', 'metadata_untrusted', STEP, 'its chain does not end at the pinned root')
  check(judgeValidity(links, now) === 'valid', 'metadata_untrusted', STEP, 'a certificate is not valid now')
  const signer = path[0] as Certificate
  check(signer.x509.checkHost(hostname, { wildcards: false }) !== undefined, 'metadata_untrusted', STEP, 'issued to somebody else')
  check(isSignedBy(jws, signer.key), 'metadata_untrusted', STEP, 'signature')
}

/**
 * Reads roots of trust.
 *
 * @param roots DER, or PEM with one certificate each
 * @throws WebAuthnError `expected_invalid`
 * @see WebAuthn L3 §7.1 step 24
 * @example readRoots([readFileSync('vendor-root.pem', 'utf8')])
 */
export function readRoots(roots: readonly (Uint8Array | string)[]): Certificate[] {
  check(Array.isArray(roots), 'expected_invalid', STEP, 'roots')
  return roots.map(root => {
    try {
      return readCertificate(root instanceof Uint8Array ? root : new Uint8Array(new X509Certificate(root).raw))
    } catch (cause) {
      throw new WebAuthnError('expected_invalid', STEP, { detail: 'a root that is no certificate', cause })
    }
  })
}

function readPayload(payload: object): Metadata {
  const [no, nextUpdate, legalHeader, entries] = ['no', 'nextUpdate', 'legalHeader', 'entries'].map(name => own(payload, name, STEP))
  check(Number.isSafeInteger(no), 'metadata_malformed', STEP, 'no')
  check(Array.isArray(entries), 'metadata_malformed', STEP, 'entries')
  const models = entries.map(readEntry)
  const byAaguid = new Map(models.flatMap(model => (model.aaguid === undefined ? [] : [[model.aaguid, model]])))
  const byKey = new Map(models.flatMap(model => model.keyIdentifiers.map(key => [key, model])))
  return {
    no: no as number,
    nextUpdate: readDay(nextUpdate),
    legalHeader: typeof legalHeader === 'string' ? legalHeader : '',
    size: models.length,
    find: aaguid => byAaguid.get(aaguid),
    findByKeyIdentifier: keyIdentifier => byKey.get(keyIdentifier),
  }
}

function readDay(text: unknown): number {
  const day = typeof text === 'string' && /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  check(Number.isFinite(day), 'metadata_malformed', STEP, 'nextUpdate')
  return day
}

function readEntry(entry: unknown): AuthenticatorModel {
  check(isPlainObject(entry), 'metadata_malformed', STEP, 'an entry')
  const [aaguid, statement = {}] = [own(entry, 'aaguid', STEP), own(entry, 'metadataStatement', STEP)]
  check(isPlainObject(statement), 'metadata_malformed', STEP, 'an entry')
  const statuses = readList(entry, 'statusReports').map(readStatus)
  const description = own(statement, 'description', STEP)
  return {
    aaguid: typeof aaguid === 'string' ? aaguid.toLowerCase() : undefined,
    keyIdentifiers: readList(entry, 'attestationCertificateKeyIdentifiers', []).map(key => String(key).toLowerCase()),
    description: typeof description === 'string' ? description : '',
    roots: readList(statement, 'attestationRootCertificates', []).map(root => new Uint8Array(Buffer.from(String(root), 'base64'))),
    statuses,
    compromised: statuses.some(status => COMPROMISED.has(status)),
    certification: statuses
      .filter(status => status.startsWith('FIDO_CERTIFIED'))
      .toSorted()
      .at(-1),
  }
}

function readList(object: object, name: string, absent?: readonly unknown[]): readonly unknown[] {
  const list = own(object, name, STEP) ?? absent
  check(Array.isArray(list), 'metadata_malformed', STEP, name)
  return list
}

function readStatus(report: unknown): string {
  const status = isPlainObject(report) ? own(report, 'status', STEP) : undefined
  check(typeof status === 'string', 'metadata_malformed', STEP, 'a status report')
  return status
}
