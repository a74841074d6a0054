import type { TrustDefect } from '../vendor-defects.ts'
import type { AttestationFormat } from './formats.ts'

/**
 * One thing wrong with the attestation statement (L3 §8). The name's beginning says the format; an authenticator that attests
 * otherwise makes that format for once. For a wrong signature use {@link Misbehaviour.signature}.
 *
 * - any format: `unknown-format`, `format-missing`, `statement-missing`; `none-not-empty` is for none
 * - packed: `alg` differs from the key's, is missing; `sig` missing, empty; `x5c` an empty list; a member too many
 * - tpm: `ver` 1.2; certInfo with another magic, type (a quote), extraData, or name: of another area, or right but made with SHA-384
 *   in place of the area's nameAlg; pubArea of another key, with a byte too many, one too few (its name is right each time); certInfo
 *   with a byte too many, one too few; no `sig`, no `x5c`
 * - android-key: no `sig`. apple: no `x5c`
 * - fido-u2f: two certificates, a credential key that is not ES256 (needs one to be offered), a member too many
 * - safetynet: another nonce, a certificate for another host, a JWS with one bit of the signature flipped, without a signature
 *   (`none`), that is none at all, or with a payload that is no JSON; no `ver`; `ctsProfileMatch` false (the device's maker did not
 *   have it certified)
 * - compound: one statement alone, a compound one inside, a map in place of the list, the last of them wrongly signed, the first
 *   without `attStmt`
 */
export type AttestationDefect =
  | 'none-not-empty'
  | 'unknown-format'
  | 'format-missing'
  | 'statement-missing'
  | 'packed-alg-differs'
  | 'packed-alg-missing'
  | 'packed-sig-missing'
  | 'packed-sig-empty'
  | 'packed-x5c-empty'
  | 'packed-extra-member'
  | 'tpm-version'
  | 'tpm-magic'
  | 'tpm-type'
  | 'tpm-extra-data'
  | 'tpm-name'
  | 'tpm-name-algorithm'
  | 'tpm-public-area-key'
  | 'tpm-public-area-trailing'
  | 'tpm-public-area-cut'
  | 'tpm-cert-info-trailing'
  | 'tpm-cert-info-cut'
  | 'tpm-sig-missing'
  | 'tpm-x5c-missing'
  | 'android-key-sig-missing'
  | 'u2f-two-certificates'
  | 'u2f-alg-not-es256'
  | 'u2f-extra-member'
  | 'safetynet-nonce'
  | 'safetynet-host'
  | 'safetynet-jws-signature'
  | 'safetynet-alg-none'
  | 'safetynet-not-a-jws'
  | 'safetynet-payload-not-json'
  | 'safetynet-version-missing'
  | 'safetynet-cts-false'
  | 'apple-x5c-missing'
  | 'compound-one'
  | 'compound-nested'
  | 'compound-not-a-list'
  | 'compound-one-wrong'
  | 'compound-item-malformed'

/**
 * One thing wrong with the certificate that a statement brings along; everything else is made freshly around it.
 *
 * - the form of `x5c`: `not-a-certificate` (random bytes), `trailing-bytes` after the leaf, `chain-empty`, `chain-not-a-list` (the bare
 *   leaf), `item-not-bytes` (the leaf as base64url text)
 * - packed and tpm (§8.2.1, §8.3.1): `version-1`, `is-ca`, `basic-constraints-missing`; an AAGUID that `aaguid-differs`, is
 *   `aaguid-malformed` (bare bytes, no OCTET STRING) or `aaguid-critical` (packed alone)
 * - packed: subject without country, with one of three letters, without organization, with another unit, without common name
 * - tpm: a subject, no alternative name, one without the manufacturer, no extended key usage, another one
 * - android-key (§8.4.1): no key description, one with another challenge, for all applications, of an imported key, with another
 *   purpose (encryption), cut short
 * - apple (§8.8): no nonce, another one, one that is no SEQUENCE
 * - `key-differs` (android-key, apple): the certificate is for another key, which also signs; `p384-key` (fido-u2f)
 * - {@link TrustDefect}: the chain, not the statement
 */
export type CertificateDefect =
  | 'not-a-certificate'
  | 'trailing-bytes'
  | 'chain-empty'
  | 'chain-not-a-list'
  | 'item-not-bytes'
  | 'version-1'
  | 'is-ca'
  | 'basic-constraints-missing'
  | 'aaguid-differs'
  | 'aaguid-critical'
  | 'aaguid-malformed'
  | 'subject-country-missing'
  | 'subject-country-long'
  | 'subject-organization-missing'
  | 'subject-unit-differs'
  | 'subject-common-name-missing'
  | 'subject-not-empty'
  | 'alternative-name-missing'
  | 'alternative-name-no-manufacturer'
  | 'key-usage-missing'
  | 'key-usage-differs'
  | 'description-missing'
  | 'challenge-differs'
  | 'all-applications'
  | 'origin-imported'
  | 'purpose-differs'
  | 'description-malformed'
  | 'nonce-missing'
  | 'nonce-differs'
  | 'nonce-malformed'
  | 'key-differs'
  | 'p384-key'
  | TrustDefect

/** Where a defect can be made, and what it breaks. */
export interface DefectFacts {
  /** Formats that can have it. An authenticator that attests with none of them takes the first. */
  readonly formats: readonly AttestationFormat[]
  /** 'statement': the standard's own procedure refuses it, whatever the policy. 'trust': only whom one trusts decides. */
  readonly breaks: 'statement' | 'trust'
}

const statement = (...formats: AttestationFormat[]): DefectFacts => ({ formats, breaks: 'statement' })
const trust = (...formats: AttestationFormat[]): DefectFacts => ({ formats, breaks: 'trust' })

const withIntermediate = ['packed', 'tpm', 'android-key', 'android-safetynet', 'apple'] as const
const withCertificate = [...withIntermediate, 'fido-u2f'] as const
const inCbor = ['packed', 'tpm', 'android-key', 'apple', 'fido-u2f'] as const
const every = ['none', 'packed-self', ...withCertificate, 'compound'] as const

/** Every {@link AttestationDefect}, for tests to go through. */
export const ATTESTATION_DEFECTS: Readonly<Record<AttestationDefect, DefectFacts>> = {
  'none-not-empty': statement('none'),
  'unknown-format': statement(...every),
  'format-missing': statement(...every),
  'statement-missing': statement(...every),
  'packed-alg-differs': statement('packed-self', 'packed'),
  'packed-alg-missing': statement('packed-self', 'packed'),
  'packed-sig-missing': statement('packed-self', 'packed'),
  'packed-sig-empty': statement('packed-self', 'packed'),
  'packed-x5c-empty': statement('packed-self', 'packed'),
  'packed-extra-member': statement('packed-self', 'packed'),
  'tpm-version': statement('tpm'),
  'tpm-magic': statement('tpm'),
  'tpm-type': statement('tpm'),
  'tpm-extra-data': statement('tpm'),
  'tpm-name': statement('tpm'),
  'tpm-name-algorithm': statement('tpm'),
  'tpm-public-area-key': statement('tpm'),
  'tpm-public-area-trailing': statement('tpm'),
  'tpm-public-area-cut': statement('tpm'),
  'tpm-cert-info-trailing': statement('tpm'),
  'tpm-cert-info-cut': statement('tpm'),
  'tpm-sig-missing': statement('tpm'),
  'tpm-x5c-missing': statement('tpm'),
  'android-key-sig-missing': statement('android-key'),
  'u2f-two-certificates': statement('fido-u2f'),
  'u2f-alg-not-es256': statement('fido-u2f'),
  'u2f-extra-member': statement('fido-u2f'),
  'safetynet-nonce': statement('android-safetynet'),
  'safetynet-host': statement('android-safetynet'),
  'safetynet-jws-signature': statement('android-safetynet'),
  'safetynet-alg-none': statement('android-safetynet'),
  'safetynet-not-a-jws': statement('android-safetynet'),
  'safetynet-payload-not-json': statement('android-safetynet'),
  'safetynet-version-missing': statement('android-safetynet'),
  'safetynet-cts-false': trust('android-safetynet'),
  'apple-x5c-missing': statement('apple'),
  'compound-one': statement('compound'),
  'compound-nested': statement('compound'),
  'compound-not-a-list': statement('compound'),
  'compound-one-wrong': statement('compound'),
  'compound-item-malformed': statement('compound'),
}

/** Every {@link CertificateDefect}, for tests to go through. */
export const CERTIFICATE_DEFECTS: Readonly<Record<CertificateDefect, DefectFacts>> = {
  'not-a-certificate': statement(...withCertificate),
  'trailing-bytes': statement(...withCertificate),
  'chain-empty': statement(...withCertificate),
  'chain-not-a-list': statement(...withCertificate),
  'item-not-bytes': statement(...inCbor),
  'version-1': statement('packed', 'tpm'),
  'is-ca': statement('packed', 'tpm'),
  'basic-constraints-missing': statement('packed', 'tpm'),
  'aaguid-differs': statement('packed', 'tpm'),
  'aaguid-critical': statement('packed'),
  'aaguid-malformed': statement('packed', 'tpm'),
  'subject-country-missing': statement('packed'),
  'subject-country-long': statement('packed'),
  'subject-organization-missing': statement('packed'),
  'subject-unit-differs': statement('packed'),
  'subject-common-name-missing': statement('packed'),
  'subject-not-empty': statement('tpm'),
  'alternative-name-missing': statement('tpm'),
  'alternative-name-no-manufacturer': statement('tpm'),
  'key-usage-missing': statement('tpm'),
  'key-usage-differs': statement('tpm'),
  'description-missing': statement('android-key'),
  'challenge-differs': statement('android-key'),
  'all-applications': statement('android-key'),
  'origin-imported': statement('android-key'),
  'purpose-differs': statement('android-key'),
  'description-malformed': statement('android-key'),
  'nonce-missing': statement('apple'),
  'nonce-differs': statement('apple'),
  'nonce-malformed': statement('apple'),
  'key-differs': statement('android-key', 'apple'),
  'p384-key': statement('fido-u2f'),
  expired: trust(...withCertificate),
  'not-yet-valid': trust(...withCertificate),
  altered: trust(...withCertificate),
  'wrong-issuer': trust(...withCertificate),
  'intermediate-not-ca': trust(...withIntermediate),
  'intermediate-expired': trust(...withIntermediate),
  'intermediate-missing': trust(...withIntermediate),
  'chain-out-of-order': trust(...withIntermediate),
  'unknown-critical-extension': trust(...withCertificate),
}
