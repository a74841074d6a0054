import { isTrusted, isWeak, isYoung, twoStepsClass } from './facts.ts'
import { isSent, type MethodName } from './methods.ts'
import type { Policy } from './policy.ts'
import { countingMethods, hasOwnDevice, hasOwnSecondStep, isSecondFactor, secondStepDemanded } from './second-step.ts'
import type { AccountFacts, CredentialId, Evidence, Passkey, ProofClass, Session } from './types.ts'

/** Authentication context class, computed from evidence and never stored (policy.md §1). */
export type Acr = 'lk:1' | 'lk:2' | 'phr'

const usable = (facts: AccountFacts, evidence: Evidence): boolean =>
  evidence.method !== 'passkey' || facts.passkeys.some(p => p.id === evidence.credentialId && p.status === 'active')

/** `acr` of a set of evidence: a passkey with user verification, two steps that are NIST factors, or one. */
export function acr(evidence: readonly Evidence[]): Acr {
  if (evidence.some(e => e.userVerified)) return 'phr'
  const methods = new Set(evidence.map(e => e.method))
  const second = [...methods].some(isSecondFactor)
  return methods.has('password') && second ? 'lk:2' : 'lk:1'
}

/** Distinct methods in the order they were given (OIDC `amr`). */
export const amr = (evidence: readonly Evidence[]): MethodName[] => [...new Set(evidence.map(e => e.method))]

/** Whether the evidence makes a full sign-in of this account: a passkey with UV, or the password with what is demanded beside it. */
export function isFullSignIn(facts: AccountFacts, evidence: readonly Evidence[], policy: Policy): boolean {
  if (evidence.some(e => e.userVerified && usable(facts, e))) return true
  const methods = new Set(evidence.filter(e => usable(facts, e)).map(e => e.method))
  if (policy.emailSignIn && methods.has('email')) return true
  if (methods.has('password') && !secondStepDemanded(facts, policy)) return true
  // a passkey whose counter went backwards is one step, as a password is
  return (methods.has('password') || methods.has('passkey')) && countingMethods(facts, policy).some(m => methods.has(m))
}

/**
 * Whether a session ends with this passkey: it opened it, whatever else was proven there since, or nothing else was proven there. A
 * recovery stands on each of its proofs. `sessions.withdrawEvidence` of the store says the same in SQL; its contract compares them.
 */
export function endsWithPasskey(session: Pick<Session, 'credentialId' | 'evidence' | 'kind'>, id: CredentialId): boolean {
  if (session.credentialId === id) return true
  const others = session.evidence.filter(e => e.credentialId !== id)
  return others.length < session.evidence.length && (others.length === 0 || session.kind === 'recovery')
}

/** What a proof rests on. */
export interface ProofInput {
  /** The proof that decides: the new ceremony, or the session's evidence that is young enough. */
  fresh: readonly Evidence[]
  /** All evidence of the session; its other step does not decay within the session's life. */
  session: readonly Evidence[]
  /** The founding session in its first hour, which is trusted for its own account. */
  founding: boolean
}

/**
 * The class of a proof for this account (policy.md §3), or null where it is one step only. Pure.
 *
 * @example proofClass(facts, { fresh: [assertion], session: session.evidence, founding: false }, policy, now) // 'trusted'
 */
export function proofClass(facts: AccountFacts, { fresh, session, founding }: ProofInput, policy: Policy, now: number): ProofClass | null {
  const live = fresh.filter(e => usable(facts, e))
  if (live.some(e => isTrustedProof(facts, e, now)) || (founding && live.some(e => e.method === strongest(facts, policy)))) return 'trusted'
  if (!isTwoSteps(facts, live, session, policy)) return null
  // what a weak proof made gives no better one to who made it (policy.md §3)
  const good = isTwoSteps(facts, without(facts, live, madeWithQ(now)), without(facts, session, madeWithQ(now)), policy)
  return twoStepsClass(facts, policy, now, good)
}

/** In the founding hour the strongest method that is there proves a ceremony, and no other (policy.md §5). */
const strongest = (facts: AccountFacts, policy: Policy): MethodName | undefined => ceremonyMethods(facts, policy)[0]

const isTrustedProof = (facts: AccountFacts, e: Evidence, now: number): boolean =>
  e.userVerified && facts.passkeys.some(p => p.id === e.credentialId && isTrusted(p, now))

const madeWithQ =
  (now: number) =>
  (passkey: Passkey): boolean =>
    isWeak(passkey, now)

const without = (facts: AccountFacts, evidence: readonly Evidence[], left: (passkey: Passkey) => boolean): Evidence[] =>
  evidence.filter(e => !facts.passkeys.some(p => p.id === e.credentialId && left(p)))

/** A proof with the class that it was found to have. */
export interface JudgedProof extends Pick<ProofInput, 'fresh' | 'session'> {
  proofClass: ProofClass
}

/**
 * Whether this proof may stop that passkey at once: suspend it, have its removal stop it while it waits, or cancel its creation. With
 * a lesser proof a young passkey stops nothing but itself (policy.md §4; INV-11): without its word there must be two steps left.
 */
export function mayStop(
  facts: AccountFacts,
  { fresh, session, proofClass: judged }: JudgedProof,
  id: CredentialId,
  policy: Policy,
  now: number,
): boolean {
  if (judged !== 'lesser' || fresh.some(e => e.credentialId === id && usable(facts, e))) return true
  const young = (passkey: Passkey): boolean => isYoung(passkey, now)
  const live = fresh.filter(e => usable(facts, e))
  return isTwoSteps(facts, without(facts, live, young), without(facts, session, young), policy)
}

/** The decision of an earlier proof, kept: what it was and what gave it. */
export interface KeptProof {
  proofClass: ProofClass
  credentialId: CredentialId | null
}

/**
 * The class of a kept proof as it counts now: as it was decided, or weaker where the account has changed since. The passkey that gave
 * it must still work, and two steps are lesser as soon as a trusted passkey stands beside them.
 *
 * @returns null when the proof has to be given anew
 */
export function classNow(
  facts: AccountFacts,
  { proofClass: kept, credentialId }: KeptProof,
  policy: Policy,
  now: number,
): ProofClass | null {
  const passkey = facts.passkeys.find(p => p.id === credentialId)
  if (credentialId !== null && passkey?.status !== 'active') return null
  if (kept !== 'two_steps' || (passkey && isTrusted(passkey, now))) return kept
  return twoStepsClass(facts, policy, now)
}

/**
 * What a recovery counts as (policy.md §7): two steps where no trusted passkey is had, and either neither app nor phone is on, or a
 * second step that counts at the door was among its proofs; else lesser. The passkey that it binds proves just that until it is trusted.
 */
export function recoveryClass(facts: AccountFacts, methods: readonly MethodName[], policy: Policy, now: number): ProofClass {
  return twoStepsClass(facts, policy, now, !hasOwnSecondStep(facts) || methods.some(isSecondFactor))
}

/** What a forgotten password counts as (policy.md §7): where an app is on, a text message beside the e-mail code is lesser. */
export function forgottenClass(facts: AccountFacts, methods: readonly MethodName[], policy: Policy, now: number): ProofClass {
  return twoStepsClass(facts, policy, now, !hasOwnDevice(facts) || methods.some(m => !isSent(m)))
}

/** A young passkey, or one new proof of a method that counts, beside another step of the session. */
function isTwoSteps(facts: AccountFacts, fresh: readonly Evidence[], session: readonly Evidence[], policy: Policy): boolean {
  if (fresh.some(e => e.userVerified)) return true
  if (!secondStepDemanded(facts, policy) && fresh.some(e => e.method === 'password')) return true
  const counting = new Set<MethodName>(countingMethods(facts, policy))
  if (!fresh.some(e => counting.has(e.method))) return false
  const all = [...session.filter(e => usable(facts, e)), ...fresh]
  return all.some(e => e.method === 'password' || e.userVerified)
}

/** Methods that can prove a ceremony for this account, best first: what the step-up page offers. */
export function ceremonyMethods(facts: AccountFacts, policy: Policy): MethodName[] {
  const passkey: MethodName[] = facts.passkeys.some(p => p.status === 'active') ? ['passkey'] : []
  const password: MethodName[] = facts.password ? ['password'] : []
  const codes = countingMethods(facts, policy)
  return secondStepDemanded(facts, policy) ? [...passkey, ...codes] : [...passkey, ...password, ...codes]
}
