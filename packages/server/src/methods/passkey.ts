import type { Caller, Ctx } from '../ctx.ts'
import { type Anomaly, anomaliesOf, isDoubtful } from '../domain/anomalies.ts'
import { displayName, shownPasskeys } from '../domain/facts.ts'
import { Problem } from '../domain/problems.ts'
import { clientName } from '../domain/providers.ts'
import type { AccountFacts, Evidence, Passkey } from '../domain/types.ts'
import type { PasskeyUse } from '../store/store.ts'
import {
  type AssertionFacts,
  type AuthenticationResponse,
  createKeyCache,
  SUPPORTED_ALGORITHMS,
  verifyAuthentication,
  WebAuthnError,
} from '../webauthn/index.ts'

/** The options that a page hands to the browser, as JSON (WebAuthn L3 §5.1.9, §5.1.10). */
export interface RequestOptionsJson {
  challenge: string
  rpId: string
  timeout: number
  userVerification: 'required'
  allowCredentials: { type: 'public-key'; id: string; transports: string[] }[]
}
export interface CreationOptionsJson {
  challenge: string
  rp: { id: string; name: string }
  user: { id: string; name: string; displayName: string }
  pubKeyCredParams: { type: 'public-key'; alg: number }[]
  timeout: number
  excludeCredentials: { type: 'public-key'; id: string; transports: string[] }[]
  authenticatorSelection: { residentKey: 'required'; requireResidentKey: true; userVerification: 'required' | 'preferred' }
  attestation: 'none' | 'direct'
  extensions: { credProps: true }
}

const PROMPT_TIMEOUT_MS = 300_000
const OFFERED = [-7, -8, -257].filter(alg => SUPPORTED_ALGORITHMS.includes(alg))

const descriptor = (passkey: Passkey): { type: 'public-key'; id: string; transports: string[] } => ({
  type: 'public-key',
  id: passkey.id,
  transports: passkey.transports,
})

/** Before sign-in `allowed` stays empty: the passkey tells who it is, and nobody learns what exists (O41, F50). */
export function requestOptions(ctx: Ctx, challenge: string, allowed: readonly Passkey[] = []): RequestOptionsJson {
  return {
    challenge,
    rpId: ctx.config.rp.id,
    timeout: PROMPT_TIMEOUT_MS,
    userVerification: 'required',
    allowCredentials: allowed.map(descriptor),
  }
}

/** Always a discoverable credential with user verification; every own passkey is excluded (WebAuthn L3 §5.4). */
export function creationOptions(
  ctx: Ctx,
  challenge: string,
  user: { userHandle: Uint8Array; name: string },
  own: readonly Passkey[],
): CreationOptionsJson {
  return {
    challenge,
    rp: { id: ctx.config.rp.id, name: ctx.config.rp.name },
    user: { id: Buffer.from(user.userHandle).toString('base64url'), name: user.name, displayName: user.name },
    pubKeyCredParams: OFFERED.map(alg => ({ type: 'public-key', alg })),
    timeout: PROMPT_TIMEOUT_MS,
    excludeCredentials: own.map(descriptor),
    authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
    attestation: ctx.config.policy.attestation === 'record' ? 'direct' : 'none',
    extensions: { credProps: true },
  }
}

export const ownCreationOptions = (ctx: Ctx, challenge: string, facts: AccountFacts): CreationOptionsJson =>
  creationOptions(ctx, challenge, { userHandle: facts.account.userHandle, name: displayName(facts) }, shownPasskeys(facts))

/** What the browser's JSON says beside the verified facts. Nobody signs it: it may give a name and raise a doubt, and proves nothing. */
export function attachmentOf(response: unknown): Passkey['attachment'] {
  const value =
    typeof response === 'object' && response !== null ? (response as { authenticatorAttachment?: unknown }).authenticatorAttachment : null
  return value === 'platform' || value === 'cross-platform' ? value : null
}

const keys = createKeyCache()

/** One verified assertion, ready to be recorded. */
export interface PasskeyProof {
  assertion: AssertionFacts
  evidence: Evidence
  use: PasskeyUse
  /** What does not fit with what was known of the passkey (N8). */
  anomalies: Anomaly[]
}

/** Whose passkey is asked for. */
export interface PasskeyAsked {
  passkey: Passkey
  /** Of the account that the record belongs to; must match when the response carries one. */
  userHandle: Uint8Array
  /** Without an allow list the response has to carry it. */
  discoverable: boolean
  /** Where the browser says that it was; nobody signs that. */
  attachment: Passkey['attachment']
}

/**
 * Verifies an assertion against a credential record and turns it into evidence (WebAuthn L3 §7.2). The record's status is judged
 * only after the signature held, so that nobody learns about a passkey without holding it.
 *
 * @param response whose challenge was opened before: it was made here, for this
 * @throws Problem `passkey_rejected`, `passkey_unverified_user`, `passkey_backup_changed`, `passkey_removed`, `passkey_suspended`
 */
export function verifyPasskey(
  ctx: Ctx,
  caller: Caller,
  response: AuthenticationResponse,
  { passkey, userHandle, discoverable, attachment }: PasskeyAsked,
): PasskeyProof {
  const verify = (backupEligible: boolean, userVerification: 'required' | 'preferred' = 'required'): AssertionFacts =>
    verifyAuthentication(response, {
      challenge: response.challenge,
      origins: ctx.config.rp.origins,
      rpId: passkey.rpId,
      topOrigins: ctx.config.rp.topOrigins,
      userVerification,
      credential: {
        id: passkey.id,
        publicKey: passkey.publicKey,
        signCount: passkey.signCount,
        backupEligible,
        userHandle,
        rpId: passkey.rpId,
      },
      userHandle: discoverable ? 'required' : 'optional',
      keys,
    })
  const assertion = orProblem(() =>
    orRefused(() => verify(passkey.backupEligible), {
      backup_eligibility_mismatch: () => verify(!passkey.backupEligible),
      user_verification_missing: () => verify(passkey.backupEligible, 'preferred'),
    }),
  )
  if (passkey.status === 'removed') throw new Problem('passkey_removed', { deletedAt: passkey.removedAt ?? 0 })
  if (passkey.status === 'suspended') throw new Problem('passkey_suspended')
  const at = ctx.now()
  const use: PasskeyUse = {
    id: passkey.id,
    signCount: assertion.signCount,
    backupState: assertion.backupState,
    userVerified: assertion.userVerified,
    at,
    usedIn: clientName(caller.client.userAgent),
    addFlags: assertion.counterWentBackwards ? ['counter'] : [],
  }
  const anomalies = anomaliesOf(passkey, { ...assertion, attachment })
  const doubtful = isDoubtful(anomalies, ctx.config.policy.onAnomaly)
  return { assertion, evidence: passkeyEvidence(passkey, assertion.userVerified && !doubtful, at), use, anomalies }
}

/** A use that is doubted is one step at most: its user verification is not counted. */
function passkeyEvidence(passkey: Passkey, userVerified: boolean, at: number): Evidence {
  return {
    method: 'passkey',
    credentialId: passkey.id,
    userVerified,
    backupEligible: passkey.backupEligible,
    at,
    operation: null,
    target: null,
  }
}

/** By the verifier's reason: the same call without that demand. */
type Otherwise = Partial<Record<string, () => AssertionFacts>>
const TOLD = { backup_eligibility_mismatch: 'passkey_backup_changed', user_verification_missing: 'passkey_unverified_user' } as const

/**
 * Backup eligibility that changed, and a user who was not verified, are refused (WebAuthn L3 §7.2 steps 17 and 19), and told for what
 * they are only to who holds the passkey: all else, the signature included, has to be right.
 */
function orRefused(verify: () => AssertionFacts, otherwise: Otherwise): AssertionFacts {
  try {
    return verify()
  } catch (error) {
    const reason = error instanceof WebAuthnError ? error.reason : ''
    const allElse = otherwise[reason]
    if (!allElse) throw error
    allElse()
    throw new Problem(TOLD[reason as keyof typeof TOLD], {}, error)
  }
}

/** Runs a verifier call; its reasons go to the log, the caller sees one code. */
export function orProblem<T>(verify: () => T): T {
  try {
    return verify()
  } catch (error) {
    if (!(error instanceof WebAuthnError)) throw error
    throw new Problem(error.reason === 'user_verification_missing' ? 'passkey_unverified_user' : 'passkey_rejected', {}, error)
  }
}
