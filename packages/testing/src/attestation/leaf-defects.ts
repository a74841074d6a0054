import { type Bytes, concatBytes, randomBytes, toBase64url, uint } from '../bytes.ts'
import type { CborValue } from '../cbor.ts'
import { type CertificateExtension, extension, type NameMember, oids } from '../certificate.ts'
import { generateJwk } from '../cose.ts'
import type { CertificateDefect } from '../misbehaviour.ts'
import type { AttestationCeremony } from './ceremony.ts'
import { CERTIFICATE_DEFECTS } from './defects.ts'
import { aaguidExtension, appleNonce, attestationOids, describedKey, type KeyDescription, keyDescription, tpmName } from './extensions.ts'
import type { LeafDraft } from './leaf-draft.ts'

type LeafChange = (leaf: LeafDraft, ceremony: AttestationCeremony) => LeafDraft | Promise<LeafDraft>

/** Defects that the vendor makes when it issues, for they are of the chain. */
export const trustDefects: ReadonlySet<CertificateDefect> = new Set(
  (Object.keys(CERTIFICATE_DEFECTS) as CertificateDefect[]).filter(defect => CERTIFICATE_DEFECTS[defect].breaks === 'trust'),
)

const without =
  (oid: string): LeafChange =>
  leaf => ({ ...leaf, extensions: leaf.extensions.filter(candidate => candidate.oid !== oid) })

/** Changes the extensions that have the new one's identifier. */
const replaced = (leaf: LeafDraft, change: CertificateExtension): LeafDraft => ({
  ...leaf,
  extensions: leaf.extensions.map(candidate => (candidate.oid === change.oid ? change : candidate)),
})

const withoutName =
  (type: string): LeafChange =>
  leaf => ({ ...leaf, subject: leaf.subject.filter(member => member[0] !== type) })

const withName =
  (...changed: NameMember): LeafChange =>
  leaf => ({ ...leaf, subject: leaf.subject.map(member => (member[0] === changed[0] ? changed : member)) })

const describedAs =
  (change: () => Partial<KeyDescription>): LeafChange =>
  (leaf, ceremony) =>
    replaced(leaf, keyDescription({ ...describedKey(ceremony), ...change() }))

/** Bytes that no decoder takes for what they should be, inside an extension that is whole. */
const cut = (oid: string): LeafChange => {
  return leaf => ({
    ...leaf,
    extensions: leaf.extensions.map(candidate =>
      candidate.oid === oid ? { ...candidate, value: candidate.value.slice(0, -1) } : candidate,
    ),
  })
}

/** What each defect changes before the certificate is issued. */
export const breakLeaf: Partial<Record<CertificateDefect, LeafChange>> = {
  'version-1': leaf => ({ ...leaf, version: 1 }),
  'is-ca': leaf => replaced(leaf, extension.basicConstraints(true)),
  'basic-constraints-missing': without(oids.basicConstraints),
  'aaguid-differs': leaf => replaced(leaf, aaguidExtension(randomBytes(16))),
  'aaguid-critical': (leaf, { aaguid }) => replaced(leaf, { ...aaguidExtension(aaguid), critical: true }),
  'aaguid-malformed': (leaf, { aaguid }) => replaced(leaf, { oid: attestationOids.aaguid, value: aaguid }),
  'subject-country-missing': withoutName('C'),
  'subject-country-long': withName('C', 'ATA'),
  'subject-organization-missing': withoutName('O'),
  'subject-unit-differs': withName('OU', 'Authenticator'),
  'subject-common-name-missing': withoutName('CN'),
  'subject-not-empty': leaf => ({ ...leaf, subject: [['CN', 'Example TPM']] }),
  'alternative-name-missing': without(oids.subjectAlternativeName),
  'alternative-name-no-manufacturer': leaf => replaced(leaf, tpmName(undefined)),
  'key-usage-missing': without(oids.extendedKeyUsage),
  'key-usage-differs': leaf => replaced(leaf, extension.extendedKeyUsage(oids.serverAuth)),
  'description-missing': without(attestationOids.keyDescription),
  'challenge-differs': describedAs(() => ({ challenge: randomBytes(32) })),
  'all-applications': describedAs(() => ({ allApplications: true })),
  'origin-imported': describedAs(() => ({ origin: 2 })),
  'purpose-differs': describedAs(() => ({ purpose: 0 })),
  'description-malformed': cut(attestationOids.keyDescription),
  'nonce-missing': without(attestationOids.appleNonce),
  'nonce-differs': leaf => replaced(leaf, appleNonce(randomBytes(32))),
  'nonce-malformed': cut(attestationOids.appleNonce),
  'key-differs': async leaf => ({ ...leaf, key: { alg: leaf.key.alg, privateKey: await generateJwk(leaf.key.alg) } }),
  'p384-key': async leaf => ({ ...leaf, key: { alg: -7, privateKey: await generateJwk(-7, { crv: 'P-384' }) } }),
}

/** What each defect makes of the finished `x5c`. */
export const breakChain: Partial<Record<CertificateDefect, (x5c: Uint8Array[]) => CborValue>> = {
  'not-a-certificate': ([, ...above]) => [randomBytes(300), ...above],
  'trailing-bytes': ([leaf, ...above]) => [concatBytes(leaf as Bytes, uint(0, 1)), ...above],
  'chain-empty': () => [],
  'chain-not-a-list': ([leaf]) => leaf as Bytes,
  'item-not-bytes': ([leaf, ...above]) => [toBase64url(leaf as Bytes), ...above],
}
