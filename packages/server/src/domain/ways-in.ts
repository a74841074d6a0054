import { activePasskeys, isDiscoverable, primaryAddress } from './facts.ts'
import { isSent, METHODS, type MethodName, type SecretMethod } from './methods.ts'
import type { Policy } from './policy.ts'
import { countingMethods, isUsable, secondStepDemanded } from './second-step.ts'
import type { AccountFacts } from './types.ts'

/** One way to sign in, or one way back; `label` names the passkey, others are told by their kind. */
export type WayIn =
  | { kind: 'passkey'; label: string; credentialId: string }
  | { kind: 'password' }
  | { kind: 'password_and'; second: MethodName[] }
  | { kind: 'email' }

/**
 * The ways that sign this account in (policy.md §6): active passkeys, young ones too, that the sign-in page finds; a password, with a
 * second step where one is demanded; a verified e-mail where the policy allows e-mail sign-in. Recovery codes never count. Pure: the one
 * place that decides whether a change would lock somebody out (INV-1).
 *
 * @example waysIn(facts, policy).length === 0 // nobody may make it so
 */
export function waysIn(facts: AccountFacts, policy: Policy): WayIn[] {
  const found = activePasskeys(facts).filter(isDiscoverable)
  const passkeys: WayIn[] = found.map(p => ({ kind: 'passkey', label: p.label ?? p.autoLabel, credentialId: p.id }))
  const password = passwordWay(facts, policy)
  const email: WayIn[] = policy.emailSignIn && primaryAddress(facts, 'email') ? [{ kind: 'email' }] : []
  return [...passkeys, ...password, ...email]
}

function passwordWay(facts: AccountFacts, policy: Policy): WayIn[] {
  if (!facts.password) return []
  if (!secondStepDemanded(facts, policy)) return [{ kind: 'password' }]
  const second = countingMethods(facts, policy).filter(method => METHODS[method].secondStep !== 'spare')
  return second.length > 0 ? [{ kind: 'password_and', second }] : []
}

/** Two proofs of different kinds, at least one of them not sent by message (policy.md §7): what opens a recovery, and nothing less. */
export function opensRecovery(methods: Iterable<MethodName>): boolean {
  const kinds = [...new Set(methods)]
  return kinds.length > 1 && kinds.some(method => !isSent(method))
}

/** The code to the mailbox alone opens a recovery, after its wait: an account with nothing but passkeys and an address (policy.md §7). */
export function opensByMail(facts: AccountFacts, policy: Policy): boolean {
  const hasOtherProof = facts.password !== null || facts.totp !== null || (facts.recoveryCodes?.left ?? 0) > 0
  return policy.mailRecovery && !hasOtherProof && primaryAddress(facts, 'email') !== undefined
}

/** One complete way to get back in: another passkey that is kept elsewhere, two proofs together, or the mailbox after its wait. */
export type WayBack =
  | { kind: 'passkey'; label: string; credentialId: string }
  | { kind: 'proofs'; proofs: readonly [MethodName, MethodName] }
  | { kind: 'mail' }

/**
 * The complete ways back of this account (policy.md §7); this only warns and colours the meter. A single proof is none, and recovery codes
 * count once their owner said that they are saved.
 *
 * @example waysBack(facts, policy) // [{ kind: 'proofs', proofs: ['recovery_code', 'email'] }]
 */
export function waysBack(facts: AccountFacts, policy: Policy): WayBack[] {
  const proofs = ownedProofs(facts, policy)
  const pairs = proofs.flatMap((one, index) => proofs.slice(index + 1).map(other => [one, other] as const)).filter(opensRecovery)
  return [
    ...otherPasskeys(facts),
    ...pairs.map(pair => ({ kind: 'proofs' as const, proofs: pair })),
    ...(opensByMail(facts, policy) ? [{ kind: 'mail' as const }] : []),
  ]
}

/** Strongest and least likely to be lost together first: pairs are named in this order. */
function ownedProofs(facts: AccountFacts, policy: Policy): MethodName[] {
  const saved = facts.recoveryCodes?.savedAt != null
  const has: Record<SecretMethod, boolean> = {
    recovery_code: saved,
    password: true,
    totp: true,
    email: true,
    sms: policy.smsStep,
  }
  return (Object.keys(has) as SecretMethod[]).filter(method => has[method] && isUsable(facts, method))
}

/**
 * Passkeys of one synced keeper are lost together, one on a device is lost with it: each keeper after the first is a way back. A suspended
 * one signs nobody in until it is reactivated, which takes a session.
 */
function otherPasskeys(facts: AccountFacts): WayBack[] {
  const keepers = new Map(
    activePasskeys(facts)
      .filter(isDiscoverable)
      .map(p => [p.backupEligible ? p.aaguid : p.id, p]),
  )
  return [...keepers.values()].slice(1).map(p => ({ kind: 'passkey', label: p.label ?? p.autoLabel, credentialId: p.id }))
}

/** K41: the one passkey there is goes with its device. */
export function onlyOnOneDevice(facts: AccountFacts): boolean {
  const active = activePasskeys(facts)
  return active.length === 1 && active.every(p => !p.backupEligible)
}

/** What would make the account safer, most urgent first; null where one thing may be lost, and another forgotten, without harm. */
export type NextStep = 'passkey' | 'another_passkey' | 'recovery_codes' | 'save_codes'

export interface Standing {
  waysIn: WayIn[]
  waysBack: WayBack[]
  nextStep: NextStep | null
}

/** How safe the account is against losing what it signs in with: the one answer that the security page and the passkeys page give. */
export function standing(facts: AccountFacts, policy: Policy): Standing {
  const [ins, backs] = [waysIn(facts, policy), waysBack(facts, policy)]
  return { waysIn: ins, waysBack: backs, nextStep: nextStep(facts, ins.length, backs.length) }
}

function nextStep(facts: AccountFacts, ins: number, backs: number): NextStep | null {
  const active = activePasskeys(facts)
  // what is synced comes back with its keeper, and signs in where the sign-in page finds it
  const synced = active.some(p => p.backupEligible && isDiscoverable(p)) ? 1 : 0
  if (!onlyOnOneDevice(facts) && backs > 0 && ins + backs + synced > 2) return null
  if (active.length === 0) return 'passkey'
  if (onlyOnOneDevice(facts)) return 'another_passkey'
  if (facts.recoveryCodes === null) return 'recovery_codes'
  return facts.recoveryCodes.savedAt === null ? 'save_codes' : 'another_passkey'
}
