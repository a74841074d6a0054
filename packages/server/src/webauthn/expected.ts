import { hash } from 'node:crypto'
import { encodeBase64url } from './base64url.ts'
import { check } from './error.ts'
import { isPlainObject } from './json.ts'
import { SUPPORTED_ALGORITHMS } from './supported.ts'
import { type ReadPolicy, readPolicy } from './trust/policy.ts'
import type { Expected } from './types.ts'

/** `Expected` with its defaults filled in, in the form that the checks compare with. */
export interface ExpectedFacts {
  /** base64url, as the client data spells it. */
  readonly challenge: string
  readonly origins: readonly string[]
  readonly topOrigins: readonly string[]
  readonly rpIds: readonly RpId[]
  readonly userVerified: boolean
  readonly userPresent: boolean
}

/** What only a registration is held to. */
export interface RegistrationFacts {
  readonly algorithms: readonly number[]
  readonly attestation: ReadPolicy
}

/** A relying party id with its SHA-256, which is what authenticator data carries. */
export interface RpId {
  readonly id: string
  readonly hash: Uint8Array
}

const STEP = '§7 (expectations of the relying party)'

/**
 * Reads the relying party's expectations; a wrong one is refused instead of matching anything by accident.
 *
 * @param expected as the caller gave it
 * @throws WebAuthnError `expected_invalid`
 * @see WebAuthn L3 §7.1, §7.2
 * @example readExpected({ challenge, origins: ['https://example.org'], rpId: 'example.org' })
 */
export function readExpected(expected: Expected): ExpectedFacts {
  check(isPlainObject(expected), 'expected_invalid', STEP)
  const rpIds = typeof expected.rpId === 'string' ? [expected.rpId] : expected.rpId
  const { origins, topOrigins = [], userVerification = 'required', userPresence = 'required' } = expected
  checkStrings(rpIds, 'rpId')
  checkStrings(origins, 'origins')
  checkStrings(topOrigins, 'topOrigins')
  // a misspelt word must not turn a demand into a wish
  check(VERIFICATIONS.includes(userVerification), 'expected_invalid', STEP, 'userVerification')
  check(PRESENCES.includes(userPresence), 'expected_invalid', STEP, 'userPresence')
  return {
    challenge: readChallenge(expected.challenge),
    origins,
    topOrigins,
    rpIds: rpIds.map(hashedRpId),
    userVerified: userVerification === 'required',
    userPresent: userPresence === 'required',
  }
}

const VERIFICATIONS: readonly unknown[] = ['required', 'preferred', 'discouraged']
const PRESENCES: readonly unknown[] = ['required', 'conditional-create']

/**
 * Reads what only a registration is held to.
 *
 * @param expected as the caller gave it, once `readExpected` has passed it
 * @throws WebAuthnError `expected_invalid`
 * @see WebAuthn L3 §7.1 steps 20, 24, 25
 * @example readRegistrationExpected({ ...expected, algorithms: [-7] }).algorithms
 */
export function readRegistrationExpected({ algorithms = SUPPORTED_ALGORITHMS, attestation, now }: Expected): RegistrationFacts {
  const numbers = Array.isArray(algorithms) && algorithms.every(alg => Number.isSafeInteger(alg))
  check(numbers, 'expected_invalid', STEP, 'algorithms')
  return { algorithms, attestation: readPolicy(attestation, now) }
}

function checkStrings(values: unknown, name: string): void {
  const good = Array.isArray(values) && values.every(value => typeof value === 'string' && value !== '')
  check(good, 'expected_invalid', STEP, name)
}

function readChallenge(challenge: unknown): string {
  const text = challenge instanceof Uint8Array ? encodeBase64url(challenge) : challenge
  const canonical = typeof text === 'string' && text !== '' && Buffer.from(text, 'base64url').toString('base64url') === text
  check(canonical, 'expected_invalid', STEP, 'challenge')
  return text
}

/**
 * A relying party id, or a FIDO AppID, as authenticator data carries it.
 *
 * @param id the text
 * @see WebAuthn L3 §6.1 (`rpIdHash`), §10.1.1
 * @example hashedRpId('example.org').hash
 */
export function hashedRpId(id: string): RpId {
  return { id, hash: hash('sha256', id, 'buffer') }
}
