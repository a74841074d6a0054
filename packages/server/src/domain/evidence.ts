import { hasTrustedPasskey, isTrusted, primaryAddress, secondStepDemanded } from './facts.ts'
import type { Policy } from './policy.ts'
import { secondSteps } from './policy.ts'
import type { AccountFacts, Evidence, MethodName, ProofClass } from './types.ts'

/** Authentication context class, computed from evidence and never stored (policy.md §1). */
export type Acr = 'lk:1' | 'lk:2' | 'phr'

const usable = (facts: AccountFacts, evidence: Evidence): boolean =>
  evidence.method !== 'passkey' || facts.passkeys.some(p => p.id === evidence.credentialId && p.status === 'active')

/** `acr` of a set of evidence: a passkey with user verification, two steps that are NIST factors, or one. */
export function acr(evidence: readonly Evidence[]): Acr {
  if (evidence.some(e => e.method === 'passkey' && e.userVerified)) return 'phr'
  const methods = new Set(evidence.map(e => e.method))
  const second = methods.has('totp') || methods.has('sms') || methods.has('recovery_code')
  return methods.has('password') && second ? 'lk:2' : 'lk:1'
}

/** Distinct methods in the order they were given (OIDC `amr`). */
export const amr = (evidence: readonly Evidence[]): MethodName[] => [...new Set(evidence.map(e => e.method))]

/** Whether the evidence makes a full sign-in of this account: a passkey with UV, or the password with what is demanded beside it. */
export function isFullSignIn(facts: AccountFacts, evidence: readonly Evidence[], policy: Policy): boolean {
  if (evidence.some(e => e.method === 'passkey' && e.userVerified && usable(facts, e))) return true
  const methods = new Set(evidence.filter(e => usable(facts, e)).map(e => e.method))
  if (policy.emailSignIn && methods.has('email')) return true
  if (methods.has('password') && !secondStepDemanded(facts, policy)) return true
  // a passkey whose counter went backwards is one step, as a password is
  return (methods.has('password') || methods.has('passkey')) && countingMethods(facts, policy).some(m => methods.has(m))
}

/** Code methods that count as second step for this account now. */
export function countingMethods(facts: AccountFacts, policy: Policy): MethodName[] {
  return secondSteps(
    {
      totp: facts.totp !== null,
      phone: primaryAddress(facts, 'phone') !== undefined,
      email: primaryAddress(facts, 'email') !== undefined,
      recoveryCodes: facts.recoveryCodes !== null,
    },
    policy,
  )
}

/**
 * The class of a proof for this account (policy.md §3), or null where it is one step only.
 *
 * @param fresh the proof that decides: the new ceremony, or the session's evidence that is young enough
 * @param session all evidence of the session; its other step does not decay within the session's life
 * @param founding the founding session in its first hour, which is T for its own account
 */
export function proofClass(
  facts: AccountFacts,
  fresh: readonly Evidence[],
  session: readonly Evidence[],
  founding: boolean,
  policy: Policy,
  now: number,
): ProofClass | null {
  const live = fresh.filter(e => usable(facts, e))
  const byTrusted = live.some(
    e => e.method === 'passkey' && e.userVerified && facts.passkeys.some(p => p.id === e.credentialId && isTrusted(p, now)),
  )
  if (byTrusted || (founding && live.length > 0)) return 'T'
  if (!isTwoSteps(facts, live, session, policy)) return null
  return hasTrustedPasskey(facts, policy, now) ? 'Q' : 'P'
}

/** A young passkey, or one new proof of a method that counts, beside another step of the session. */
function isTwoSteps(facts: AccountFacts, fresh: readonly Evidence[], session: readonly Evidence[], policy: Policy): boolean {
  if (fresh.some(e => e.method === 'passkey' && e.userVerified)) return true
  if (!secondStepDemanded(facts, policy) && fresh.some(e => e.method === 'password')) return true
  const counting = new Set<MethodName>(countingMethods(facts, policy))
  const all = [...session.filter(e => usable(facts, e)), ...fresh]
  const base = all.some(e => e.method === 'password' || (e.method === 'passkey' && e.userVerified))
  const freshCounts = fresh.some(e => counting.has(e.method) || e.method === 'password')
  return freshCounts && base && all.some(e => counting.has(e.method))
}

/** Methods that can prove a ceremony for this account, best first: what the step-up page offers. */
export function ceremonyMethods(facts: AccountFacts, policy: Policy): MethodName[] {
  const passkey: MethodName[] = facts.passkeys.some(p => p.status === 'active') ? ['passkey'] : []
  const password: MethodName[] = facts.password ? ['password'] : []
  const codes = countingMethods(facts, policy)
  return secondStepDemanded(facts, policy) ? [...passkey, ...codes] : [...passkey, ...password, ...codes]
}
