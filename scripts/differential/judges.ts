import { X509Certificate } from 'node:crypto'
import {
  ALGORITHMS_ON_REQUEST,
  type AttestationPolicy,
  type Expected,
  type StoredCredential,
  SUPPORTED_ALGORITHMS,
  verifyAuthentication,
  verifyRegistration,
  WebAuthnError,
} from '@latchkey/server/webauthn'
import { SettingsService, verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server'

/** One response, and what the relying party expects of it. Both judges get the same. */
export interface Question {
  readonly ceremony: 'registration' | 'authentication'
  readonly response: unknown
  readonly challenge: string
  readonly origin: string
  readonly rpId: string
  readonly topOrigins?: readonly string[]
  readonly userVerification?: 'required' | 'preferred'
  /** `algorithms` that were offered; all that the verifier knows unless told. */
  readonly algorithms?: readonly number[]
  /** The root of the maker, which both must insist on where the response brings certificates. */
  readonly root?: Uint8Array<ArrayBuffer>
  readonly credential?: StoredCredential
}

export interface Verdict {
  readonly accepted: boolean
  /** Refused with an error that is not the judge's own. */
  readonly untidy: boolean
  readonly reason: string
}

const ALL = [...SUPPORTED_ALGORITHMS, ...ALGORITHMS_ON_REQUEST]
const ACCEPTED: Verdict = { accepted: true, untidy: false, reason: 'accepted' }

/**
 * Our verdict. A statement with certificates is required to be trusted where a root is given, as the second opinion requires it then;
 * SafetyNet, which is never trusted here, is only read.
 */
export function ours(question: Question): Verdict {
  const { challenge, origin, rpId, topOrigins = [], userVerification = 'required', algorithms = ALL, credential } = question
  const attestation = policyOf(question)
  const expected: Expected = { challenge, origins: [origin], rpId, topOrigins, userVerification, algorithms, attestation, now: Date.now() }
  try {
    if (!credential) verifyRegistration(question.response, expected)
    else verifyAuthentication(question.response, { ...expected, credential })
    return ACCEPTED
  } catch (error) {
    const tidy = error instanceof WebAuthnError && error.reason !== 'unexpected'
    return { accepted: false, untidy: !tidy, reason: error instanceof WebAuthnError ? error.reason : String(error) }
  }
}

function policyOf({ root }: Question): AttestationPolicy {
  return root ? { policy: 'require', roots: [root] } : { policy: 'none' }
}

const IDENTIFIERS = ['packed', 'tpm', 'android-key', 'android-safetynet', 'apple', 'fido-u2f'] as const

/** The second opinion's verdict, given the same expectations. */
export async function theirs(question: Question): Promise<Verdict> {
  trustOnly(question.root)
  try {
    return (await verifiedByThem(question)) ? ACCEPTED : { accepted: false, untidy: false, reason: 'verified: false' }
  } catch (error) {
    const name = error instanceof Error ? error.constructor.name : typeof error
    return { accepted: false, untidy: isUntidy(error), reason: `${name}: ${error instanceof Error ? error.message : error}` }
  }
}

async function verifiedByThem(question: Question): Promise<boolean> {
  const { challenge, origin, rpId, topOrigins, userVerification = 'required', algorithms = ALL, credential } = question
  const expected = { expectedChallenge: challenge, expectedOrigin: origin, expectedRPID: rpId }
  const response = question.response as never
  const requireUserVerification = userVerification === 'required'
  if (!credential) {
    const supportedAlgorithmIDs = [...algorithms]
    return (await verifyRegistrationResponse({ response, ...expected, requireUserVerification, supportedAlgorithmIDs })).verified
  }
  const { id, publicKey, signCount: counter } = credential
  const stored = { id, publicKey: new Uint8Array(publicKey), counter }
  const top = topOrigins && { expectedTopOrigin: [...topOrigins] }
  return (await verifyAuthenticationResponse({ response, ...expected, ...top, credential: stored, requireUserVerification })).verified
}

function trustOnly(root: Uint8Array<ArrayBuffer> | undefined): void {
  const certificates = root ? [new X509Certificate(root).toString()] : []
  for (const identifier of IDENTIFIERS) SettingsService.setRootCertificates({ identifier, certificates })
}

/**
 * It throws plain `Error`s, and some classes of its own, with messages of its own: these are tidy, whoever wrote them, and so is a
 * foreign message that it wrapped in one. Untidy is what the language or WebCrypto threw and nobody caught: `TypeError`, `RangeError`,
 * `SyntaxError`, `DOMException` (DataError, OperationError), `AggregateError`, and what is no error.
 */
function isUntidy(error: unknown): boolean {
  const builtIn = [TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError, DOMException]
  return (
    !(error instanceof Error) || builtIn.some(type => error instanceof type) || ('code' in error && String(error.code).startsWith('ERR_'))
  )
}
