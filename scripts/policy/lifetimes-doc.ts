import { FREEZE_LINK_MS } from '../../packages/server/src/deliver/freeze-link.ts'
import { SUPERSEDED_NOTICES_MS } from '../../packages/server/src/deliver/notify.ts'
import { PRESETS } from '../../packages/server/src/domain/policy.ts'
import { PREVIOUS_TOKEN_MS } from '../../packages/server/src/flows/account/find-session.ts'
import { PRE_SESSION_MS } from '../../packages/server/src/flows/account/pre-session.ts'
import { FOUNDING_MS, RECOVERY_SESSION_MS } from '../../packages/server/src/flows/account/session.ts'
import { DECIDE_WITHIN_MS, REDEEM_WITHIN_MS } from '../../packages/server/src/flows/approvals/approvals.ts'
import { SET_UP_MS } from '../../packages/server/src/flows/change/set-up.ts'
import { LINK_AGAIN_MS } from '../../packages/server/src/flows/freeze/link.ts'
import { CHALLENGE_LIFETIME_MS, type ChallengePurpose } from '../../packages/server/src/flows/prove/challenge.ts'
import { GRANT_LIFETIME_MS } from '../../packages/server/src/flows/prove/step-up.ts'
import { MAX_FAILURES } from '../../packages/server/src/flows/recovery/recovery.ts'
import { PENDING_MS } from '../../packages/server/src/flows/sign-up.ts'
import { FAILURE_MEMORY_MS, WIDE_PREFIX_FACTOR } from '../../packages/server/src/limits/limits.ts'
import { SHARED_FACTOR, SHARERS } from '../../packages/server/src/limits/shared-address.ts'
import { PER_DAY, PREFIX_FACTOR, PREFIX_FLOOR } from '../../packages/server/src/limits/spending.ts'
import { CODE_LIFETIME_MS, MAX_TRIES } from '../../packages/server/src/methods/codes.ts'
import { duration } from './duration.ts'

const CHALLENGES: Record<ChallengePurpose, string> = {
  sign_in: 'the challenge of a sign-in',
  second_step: 'the challenge of a second step',
  step_up: 'the challenge of a verification',
  register: 'the challenge of a creation',
  upgrade: 'the challenge of a silent creation, after a sign-in with a password',
  undo: 'the challenge of an undo',
  voice: 'the challenge of a passkey’s voice',
  try: 'the challenge of the device check',
}

const LIFETIMES: readonly (readonly [what: string, ms: number])[] = [
  ...(Object.keys(CHALLENGES) as ChallengePurpose[]).map(purpose => [CHALLENGES[purpose], CHALLENGE_LIFETIME_MS[purpose]] as const),
  ['a grant, from its ceremony on', GRANT_LIFETIME_MS],
  ['a code that was sent', CODE_LIFETIME_MS],
  ['what was begun at the door; and a first right step, from then on', PRE_SESSION_MS],
  ['a set-up that was begun', SET_UP_MS],
  ['a sign-up that is pending', PENDING_MS],
  ['the founding session’s hour', FOUNDING_MS],
  ['a recovery session', RECOVERY_SESSION_MS],
  ['the cookie before a new one, for reading', PREVIOUS_TOKEN_MS],
  ['an approval, until it is decided', DECIDE_WITHIN_MS],
  ['an approval, from then on until it is redeemed', REDEEM_WITHIN_MS],
  ['notices to an address that was replaced or removed', SUPERSEDED_NOTICES_MS],
  ['the link of a notice, which freezes', FREEZE_LINK_MS],
  ['an address that froze by its link, until another link of it freezes', LINK_AGAIN_MS],
  ['a row of wrong guesses, remembered', FAILURE_MEMORY_MS],
]

const presets = (of: (name: keyof typeof PRESETS) => number): string => {
  const [product, exchange, strict] = [of('product'), of('exchange'), of('strict')].map(duration)
  return product === exchange ? `${product}; \`strict\`: ${strict}` : `${product}; \`exchange\`: ${exchange}; \`strict\`: ${strict}`
}

/** How long things are good for, by the constants that the code reads. */
export const lifetimeRows = (): string[] => [
  `| a session | ${presets(name => PRESETS[name].sessionMaxMs)} |`,
  `| a session that nobody uses | ${presets(name => PRESETS[name].sessionIdleMs)} |`,
  ...LIFETIMES.map(([what, ms]) => `| ${what} | ${duration(ms)} |`),
]

const COUNTS: readonly (readonly [what: string, count: number])[] = [
  ['tries of a code that was sent', MAX_TRIES],
  ['wrong proofs that end a recovery after its first right one', MAX_FAILURES],
  ['a /48 of IPv6, in limits of its /64', WIDE_PREFIX_FACTOR],
  ['accounts that sign in from one IPv4 address within a day until it counts as shared', SHARERS + 1],
  ['a shared address, in limits of another', SHARED_FACTOR],
  ['text messages in a day, unless `sms.perDay` says otherwise', PER_DAY],
  ['text messages in a day to one dialling prefix, in means of its last seven days', PREFIX_FACTOR],
  ['text messages in a day that every prefix has', PREFIX_FLOOR],
]

export const countRows = (): string[] => COUNTS.map(([what, count]) => `| ${what} | ${count.toLocaleString('en')} |`)
