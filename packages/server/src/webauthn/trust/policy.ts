import type { Attestation, AttestationWeakness } from '../attestation/format.ts'
import { type Certificate, readCertificate } from '../certificate.ts'
import { check, WebAuthnError, type WebAuthnReason } from '../error.ts'
import { type AuthenticatorModel, type Metadata, readRoots } from './metadata.ts'
import { followPath, judgeValidity, type PathFacts } from './path.ts'
import { judgeRevocation, type Revocation, type RevocationList } from './revocation.ts'

/** What the relying party makes of attestation. All of it is judged offline, from what is handed in. */
export interface AttestationPolicy {
  /**
   * `none`: statements must hold, but whose certificates they bring is not asked. `record`: that is judged and told, and refuses
   * nothing. `require`: only a trusted statement passes.
   */
  policy: 'none' | 'record' | 'require'
  /** Roots of authenticator makers, DER or PEM. */
  roots?: readonly (Uint8Array | string)[] | undefined
  /** From `readMetadata`: adds the roots of the model to trust, and knows which models were reported as compromised. */
  metadata?: Metadata | undefined
  /**
   * With `require`: the models that are allowed, as UUIDs. That it is of such a model its maker must say: the attestation certificate or
   * key, or a chain that ends at a root of that very model in the metadata. In the other formats software wrote the AAGUID.
   */
  aaguids?: readonly string[] | undefined
  /** With `require`: also refuse keys of which Android does not say that hardware holds them (§8.4, `teeEnforced` alone). */
  hardwareKeys?: boolean | undefined
  /** From `readRevocationList`. */
  crls?: readonly RevocationList[] | undefined
  /** Serial numbers of revoked certificates, hexadecimal, whoever issued them. */
  revokedSerialNumbers?: readonly string[] | undefined
}

/**
 * What an attestation proves: nothing; that the new key itself signed; that a certificate's holder signed, and nobody judged whose it
 * is; that it is not to be relied on; or that a trusted maker vouches for the model.
 */
export type AttestationTrust = 'none' | 'self' | 'unjudged' | 'untrusted' | 'trusted'

/** What is known of an attestation. Under the policy `none`, path, validity and revocation are absent. */
export interface AttestationFacts extends Partial<PathFacts> {
  format: string
  trust: AttestationTrust
  /** The certificates of the statement as DER, leaf first. */
  certificates: readonly Uint8Array[]
  revocation?: Revocation
  weakness?: AttestationWeakness
  /** Whether the maker says that it is of the model that the AAGUID names; otherwise only software does, or nobody. */
  aaguidVouched?: boolean
  /** What the metadata says about the model, where its maker says which one it is. */
  model?: AuthenticatorModel
  /** The metadata is older than it should be. */
  metadataOverdue?: boolean
  /** The parts of a compound statement, each judged by itself; the whole is worth the least of them. */
  statements?: readonly AttestationFacts[]
}

/** A policy that can be used, and the moment to judge at. */
export interface ReadPolicy extends AttestationPolicy {
  /** Epoch milliseconds. */
  readonly now: number
}

const STEP = '§7.1 step 25'
const POLICIES: readonly unknown[] = ['none', 'record', 'require']

/**
 * Reads a policy; an unusable one is refused instead of judging by accident.
 *
 * @param attestation as the caller gave it; `now` epoch milliseconds, which all but `none` need
 * @throws WebAuthnError `expected_invalid`
 * @see WebAuthn L3 §7.1 steps 24-25
 * @example readPolicy({ policy: 'require', roots: [pem] }, Date.now())
 */
export function readPolicy(attestation: AttestationPolicy = { policy: 'none' }, now: number | undefined): ReadPolicy {
  check(typeof attestation === 'object' && attestation !== null, 'expected_invalid', STEP, 'attestation')
  const { policy, roots, aaguids, crls, revokedSerialNumbers, metadata, hardwareKeys } = attestation
  check(POLICIES.includes(policy), 'expected_invalid', STEP, 'attestation.policy')
  const lists: [readonly unknown[] | undefined, (item: unknown) => boolean][] = [
    [roots, root => typeof root === 'string' || root instanceof Uint8Array],
    [aaguids, isText],
    [revokedSerialNumbers, serial => typeof serial === 'string' && /^[0-9a-fA-F]+$/.test(serial)],
    [crls, list => list instanceof Object && 'serialNumbers' in list],
  ]
  for (const [list, isGood] of lists)
    check(list === undefined || (Array.isArray(list) && list.every(isGood)), 'expected_invalid', STEP, 'a list of attestation')
  check(hardwareKeys === undefined || typeof hardwareKeys === 'boolean', 'expected_invalid', STEP, 'attestation.hardwareKeys')
  check(metadata === undefined || typeof metadata?.find === 'function', 'expected_invalid', STEP, 'attestation.metadata')
  if (policy === 'none') return { policy, now: 0 }
  check(typeof now === 'number' && Number.isFinite(now), 'expected_invalid', STEP, 'now')
  return { ...attestation, now }
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

/**
 * Judges a statement that holds, and refuses it where the policy demands more.
 *
 * @param format its format; `attestation` what the format's procedure found; `aaguid` the model, UUID; `policy` from `readPolicy`
 * @throws WebAuthnError `attestation_missing`, `attestation_untrusted`, `certificate_expired`, … under `require`
 * @see WebAuthn L3 §7.1 steps 24-25
 * @example const facts = judgeAttestation('packed', attestation, aaguid, policy)
 */
export function judgeAttestation(format: string, attestation: Attestation, aaguid: string, policy: ReadPolicy): AttestationFacts {
  const facts = factsOf(format, attestation, aaguid, policy)
  if (policy.policy === 'require') requireTrust(facts, aaguid, policy)
  return facts
}

function factsOf(format: string, attestation: Attestation, aaguid: string, policy: ReadPolicy): AttestationFacts {
  const { kind, path, weakness, statements } = attestation
  const facts = { format, certificates: path.map(({ der }) => der), ...(weakness && { weakness }) }
  if (statements) {
    const parts = statements.map(part => factsOf(part.format, part, aaguid, policy))
    return { ...facts, trust: weakestTrust(parts), statements: parts }
  }
  if (kind !== 'certified') return { ...facts, trust: kind }
  if (policy.policy === 'none') return { ...facts, trust: 'unjudged' }
  const judged = { ...facts, ...judgePath(attestation, aaguid, policy) }
  return { ...judged, trust: isTrusted(judged) ? 'trusted' : 'untrusted' }
}

function judgePath(attestation: Attestation, aaguid: string, policy: ReadPolicy): Judged {
  const { metadata, crls = [], revokedSerialNumbers = [], now } = policy
  const claimed = metadata && findModel(metadata, attestation, aaguid)
  const own = (claimed?.roots ?? []).flatMap(readModelRoot)
  // The model's own roots first: a chain that ends at one of them says which model it is.
  const { path, anchor, links } = followPath(attestation.path, [...own, ...readRoots(policy.roots ?? [])])
  const endsAtModel = own.some(root => root === anchor)
  const { modelBy } = attestation
  const isNamed = modelBy === 'certificate'
  return {
    path,
    validity: judgeValidity(links, now),
    revocation: judgeRevocation(links, crls, revokedSerialNumbers, now),
    // A maker's key is believed, unless the metadata knows that model under other roots than these.
    aaguidVouched: isNamed || (endsAtModel && modelBy !== undefined) || (modelBy === 'signer' && !claimed),
    ...(claimed && (isNamed || endsAtModel) && { model: claimed }),
    ...(metadata && { metadataOverdue: metadata.nextUpdate < now }),
  }
}

type Judged = Omit<AttestationFacts, 'format' | 'trust' | 'certificates'>

/** What a fido-u2f statement signs leaves the AAGUID out: those models are found by the keys of their certificates. */
function findModel(metadata: Metadata, { path, modelBy }: Attestation, aaguid: string): AuthenticatorModel | undefined {
  if (modelBy !== undefined) return metadata.find(aaguid)
  return path.map(({ keyIdentifier }) => metadata.findByKeyIdentifier(keyIdentifier)).find(model => model !== undefined)
}

/** One unreadable root in the metadata of one model must not close registration. */
function readModelRoot(der: Uint8Array): Certificate[] {
  try {
    return [readCertificate(der)]
  } catch (error) {
    if (error instanceof WebAuthnError) return []
    throw error
  }
}

const TRUSTS = ['none', 'self', 'untrusted', 'unjudged', 'trusted'] as const

function weakestTrust(parts: readonly AttestationFacts[]): AttestationTrust {
  return TRUSTS.find(trust => parts.some(part => part.trust === trust)) ?? 'none'
}

/** Why a statement with certificates is not to be relied on, in the order in which to say it. */
const FLAWS: readonly [WebAuthnReason, (facts: Omit<AttestationFacts, 'trust'>) => boolean, string?][] = [
  ['attestation_untrusted', ({ weakness }) => weakness === 'retired', 'the format is retired'],
  ['attestation_untrusted', ({ path }) => path === 'broken', 'the certificates do not form a chain'],
  ['attestation_untrusted', ({ path }) => path !== 'anchored', 'the chain ends at no root that is known'],
  ['certificate_revoked', ({ revocation }) => revocation === 'revoked'],
  ['authenticator_compromised', ({ model }) => model?.compromised === true],
  ['certificate_expired', ({ validity }) => validity === 'expired'],
  ['certificate_not_yet_valid', ({ validity }) => validity === 'not_yet_valid'],
]

function isTrusted(facts: Omit<AttestationFacts, 'trust'>): boolean {
  return !FLAWS.some(([, applies]) => applies(facts))
}

function requireTrust(facts: AttestationFacts, aaguid: string, { aaguids, hardwareKeys }: ReadPolicy): void {
  const parts = facts.statements ?? [facts]
  check(aaguids === undefined || aaguids.some(one => one.toLowerCase() === aaguid), 'authenticator_not_allowed', STEP)
  for (const part of parts) {
    check(part.trust !== 'none' && part.trust !== 'self', 'attestation_missing', STEP)
    for (const [reason, applies, detail] of FLAWS) check(!applies(part), reason, STEP, detail)
    check(
      aaguids === undefined || part.aaguidVouched === true,
      'authenticator_not_allowed',
      STEP,
      'its maker does not say which model it is',
    )
    check(!hardwareKeys || part.weakness !== 'software_key', 'attestation_untrusted', STEP, 'no hardware holds the key')
  }
}
