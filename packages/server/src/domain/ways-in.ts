import { activePasskeys, isDiscoverable, primaryAddress, secondStepDemanded, shownPasskeys } from './facts.ts'
import type { Policy } from './policy.ts'
import type { AccountFacts } from './types.ts'

/** One way to sign in, or one way back; `label` names the passkey, others are told by their kind. */
export type WayIn =
  | { kind: 'passkey'; label: string; credentialId: string }
  | { kind: 'password' }
  | { kind: 'password_and'; second: ('totp' | 'sms' | 'email')[] }
  | { kind: 'email' }

/**
 * The ways that sign this account in (policy.md §6): active passkeys, young ones too, that the sign-in page finds; a password, with a second step where one is
 * demanded; a verified e-mail where the policy allows e-mail sign-in. Recovery codes never count. Pure: the one place that
 * decides whether a change would lock somebody out (INV-1).
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
  const second: ('totp' | 'sms' | 'email')[] = []
  if (facts.totp) second.push('totp')
  if (primaryAddress(facts, 'phone') && policy.smsStep) second.push('sms')
  if (second.length === 0 && primaryAddress(facts, 'email') && policy.emailStep) second.push('email')
  return second.length > 0 ? [{ kind: 'password_and', second }] : []
}

/** Two proofs of different kinds that open a recovery (policy.md §7); this only warns and colours the meter. */
export type WayBack = 'other_passkey' | 'recovery_codes' | 'email' | 'phone' | 'password'

export function waysBack(facts: AccountFacts): WayBack[] {
  const independent = new Set(
    shownPasskeys(facts)
      .filter(isDiscoverable)
      .map(p => (p.backupEligible ? p.aaguid : p.id)),
  )
  const found: WayBack[] = []
  if (independent.size > 1) found.push('other_passkey')
  const codes = (facts.recoveryCodes?.left ?? 0) > 0
  if (codes) found.push('recovery_codes')
  // an address alone opens nothing: it needs a partner that is not a message
  const partner = codes || facts.password !== null || facts.totp !== null
  if (partner && primaryAddress(facts, 'email')) found.push('email')
  if (partner && primaryAddress(facts, 'phone')) found.push('phone')
  return found
}
