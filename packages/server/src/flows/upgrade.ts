import type { Caller, Ctx } from '../ctx.ts'
import { isDoubtful } from '../domain/anomalies.ts'
import { proofClass } from '../domain/evidence.ts'
import { isFrozen } from '../domain/facts.ts'
import { decide } from '../domain/policy.ts'
import { Problem } from '../domain/problems.ts'
import type { AccountFacts, Evidence } from '../domain/types.ts'
import { type CreationOptionsJson, ownCreationOptions } from '../methods/passkey.ts'
import { guardUnlocked, settleAndLoad } from './account/account.ts'
import type { OpenedSession } from './account/session.ts'
import { type Created, type Creation, createPasskey, guardAdding } from './passkeys.ts'
import { makeChallenge } from './prove/challenge.ts'
import { grantFromSignIn } from './prove/step-up.ts'

/**
 * A passkey that the browser makes silently, right after a sign-in with a password (WebAuthn L3 §5.1.3, `mediation: 'conditional'`).
 * The proof that it takes is no other creation's, and only the answer to the sign-in carries the challenge: a cookie alone makes none.
 */
const UNASKED: Creation = {
  challenge: 'upgrade',
  purpose: { operation: 'passkey.add', target: 'unasked' },
  kinds: ['now'],
  unasked: true,
}

/**
 * Options of the silent creation that may follow a sign-in, which is its ceremony (policy.md §5): two steps with a password, on an
 * account that has no trusted passkey. Beside one, whoever has only the password adds nothing without being asked.
 *
 * @param signedIn what the sign-in stands on, the newest proof last
 * @returns null where the browser had better not try
 */
export async function upgradeOptions(
  ctx: Ctx,
  { row: session }: OpenedSession,
  signedIn: readonly Evidence[],
): Promise<CreationOptionsJson | null> {
  const by = signedIn.at(-1)
  const facts = await settleAndLoad(ctx, session.accountId)
  if (!by || !isPasswordSignIn(signedIn) || !mayUpgrade(ctx, facts, signedIn)) return null
  const options = ownCreationOptions(ctx, makeChallenge(ctx, UNASKED.challenge, session.id), facts)
  const { operation, target } = UNASKED.purpose
  await ctx.store.transaction(tx => grantFromSignIn(tx, ctx, session, { operation, target }, by))
  // nobody is there to verify the user, or to be asked who made the device
  const authenticatorSelection = { ...options.authenticatorSelection, userVerification: 'preferred' as const }
  return { ...options, authenticatorSelection, attestation: 'none' }
}

const isPasswordSignIn = (signedIn: readonly Evidence[]): boolean =>
  signedIn.some(e => e.method === 'password') && !signedIn.some(e => e.method === 'passkey')

function mayUpgrade(ctx: Ctx, facts: AccountFacts, signedIn: readonly Evidence[]): boolean {
  const { policy } = ctx.config
  const proof = proofClass(facts, { fresh: signedIn.slice(-1), session: signedIn, founding: false }, policy, ctx.now())
  if (isFrozen(facts) || !proof || !UNASKED.kinds.includes(decide(UNASKED.purpose.operation, proof, policy).kind)) return false
  // where its first use would be doubted it would never become a passkey
  return !isDoubtful(['verification_gained'], policy.onAnomaly) && isAllowed(() => guardAll(ctx, facts))
}

function guardAll(ctx: Ctx, facts: AccountFacts): void {
  guardAdding(ctx, facts)
  guardUnlocked(facts, UNASKED.purpose.operation, UNASKED.purpose.target, ctx.now())
}

function isAllowed(guard: () => void): boolean {
  try {
    guard()
    return true
  } catch (error) {
    if (error instanceof Problem) return false
    throw error
  }
}

/**
 * Finishes a silent creation (WebAuthn L3 §7.1): it needs neither presence nor verification of its user. The passkey proves as what made
 * it, and its trust is counted from its first verified use (policy.md §2).
 *
 * @throws Problem `passkey_rejected`, `passkey_exists`, `challenge_expired`, `step_up_required`, `refused_by_policy`, `passkey_limit`,
 *   `account_locked`, `account_frozen`
 */
export const upgradePasskey = (ctx: Ctx, caller: Caller, response: unknown): Promise<Created> =>
  createPasskey(ctx, caller, response, UNASKED)
