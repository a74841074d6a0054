import { activePasskeys, primaryAddress } from './facts.ts'
import { isSent, METHOD_NAMES, METHODS, type MethodName } from './methods.ts'
import type { Policy } from './policy.ts'
import type { AccountFacts } from './types.ts'

/** What counts as a second step beside a password, and when one is demanded (policy.md §3). Pure. */

const IS_ON: Record<MethodName, (facts: AccountFacts) => boolean> = {
  passkey: facts => activePasskeys(facts).length > 0,
  totp: facts => facts.totp !== null,
  sms: facts => primaryAddress(facts, 'phone') !== undefined,
  email: facts => primaryAddress(facts, 'email') !== undefined,
  password: facts => facts.password !== null,
  recovery_code: facts => facts.recoveryCodes !== null,
}

/** Whether the account has a method; recovery codes also where all of them are used. */
export const isOn = (facts: AccountFacts, method: MethodName): boolean => IS_ON[method](facts)

/** Whether the account can prove with a method now. */
export const isUsable = (facts: AccountFacts, method: MethodName): boolean =>
  isOn(facts, method) && (method !== 'recovery_code' || (facts.recoveryCodes?.left ?? 0) > 0)

const always = () => true

/** How a policy switches a method off as a step. */
const SWITCHES: Record<MethodName, (policy: Policy) => boolean> = {
  passkey: always,
  totp: always,
  sms: policy => policy.smsStep,
  email: policy => policy.emailStep,
  password: always,
  recovery_code: always,
}

/** Whether the policy lets a method be a step. */
export const isAllowed = (policy: Policy, method: MethodName): boolean => SWITCHES[method](policy)

function secondSteps(has: (method: MethodName) => boolean, policy: Policy): MethodName[] {
  const of = (kind: string): MethodName[] => METHOD_NAMES.filter(m => METHODS[m].secondStep === kind && has(m) && isAllowed(policy, m))
  const own = of('own')
  return [...own, ...(own.length === 0 ? of('substitute') : []), ...of('spare')]
}

/** Methods that count as second step for this account, strongest first. */
export const countingMethods = (facts: AccountFacts, policy: Policy): MethodName[] => secondSteps(m => isOn(facts, m), policy)

/** Those of them that a typed code can prove now. */
export const codeMethods = (facts: AccountFacts, policy: Policy): MethodName[] => secondSteps(m => isUsable(facts, m), policy)

/** Whether the account turned a second step on, which is demanded from then on; switched off by the policy or not. */
export const hasOwnSecondStep = (facts: AccountFacts): boolean => METHOD_NAMES.some(m => METHODS[m].secondStep === 'own' && isOn(facts, m))

/** Whether a password alone is not enough: the policy says so, or the account does (policy.md §3). */
export const secondStepDemanded = (facts: AccountFacts, policy: Policy): boolean =>
  policy.secondStep === 'demanded' || hasOwnSecondStep(facts)

/** Second factors of NIST 800-63B: steps that are more than control of a mailbox. */
export const isSecondFactor = (method: MethodName): boolean => METHODS[method].acr === 'second'

/** Whether a second step is on that no message carries: an authenticator app. */
export const hasOwnDevice = (facts: AccountFacts): boolean =>
  METHOD_NAMES.some(m => METHODS[m].secondStep === 'own' && !isSent(m) && isOn(facts, m))
