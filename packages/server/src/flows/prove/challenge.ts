import { randomBytes } from 'node:crypto'
import type { Ctx } from '../../ctx.ts'
import { Problem } from '../../domain/problems.ts'

/** What a challenge was made for; a challenge of one purpose is worth nothing for another (INV-3). */
export type ChallengePurpose = 'sign_in' | 'second_step' | 'register' | 'upgrade' | 'step_up' | 'undo' | 'voice' | 'try'

export interface OpenChallenge {
  /** Expiry-first id: the primary key of the row that a use inserts, purged by range. */
  id: string
  expiresAt: number
}

export const CHALLENGE_LIFETIME_MS: Record<ChallengePurpose, number> = {
  sign_in: 300_000,
  second_step: 300_000,
  register: 600_000,
  // the page that gets it asks at once, and nobody types anything meanwhile
  upgrade: 60_000,
  step_up: 300_000,
  undo: 300_000,
  voice: 300_000,
  try: 300_000,
}

const EXPIRY_BYTES = 6
const NONCE_BYTES = 16
const HEAD_BYTES = EXPIRY_BYTES + NONCE_BYTES

/**
 * Makes a signed challenge: expiry, nonce and a MAC over both, the purpose and what it is bound to (WebAuthn L3 §13.4.3 asks for at
 * least 16 random bytes). Nothing is written, so a flood of anonymous requests fills no table; its single use is the unique row
 * that spending inserts.
 *
 * @param binding whom and what it is for: the anonymous cookie, or session, operation and target
 * @returns base64url
 */
export function makeChallenge(ctx: Ctx, purpose: ChallengePurpose, ...binding: string[]): string {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUIntBE(ctx.now() + CHALLENGE_LIFETIME_MS[purpose], 0, EXPIRY_BYTES)
  randomBytes(NONCE_BYTES).copy(head, EXPIRY_BYTES)
  return Buffer.concat([head, ctx.keys.mac('challenge', head, purpose, ...binding)]).toString('base64url')
}

/**
 * Checks that we made the challenge, for this purpose and binding, and that it has not expired. Spending it is the caller's
 * transaction's part.
 *
 * @throws Problem `passkey_rejected` for a foreign one, `challenge_expired` for an old one
 */
export function openChallenge(ctx: Ctx, challenge: string, purpose: ChallengePurpose, ...binding: string[]): OpenChallenge {
  const bytes = Buffer.from(challenge, 'base64url')
  const head = bytes.subarray(0, HEAD_BYTES)
  if (bytes.length !== HEAD_BYTES + 32) throw new Problem('passkey_rejected', {}, 'challenge_foreign')
  if (!ctx.keys.verifies(bytes.subarray(HEAD_BYTES), 'challenge', head, purpose, ...binding))
    throw new Problem('challenge_expired', {}, 'challenge_foreign')
  const expiresAt = head.readUIntBE(0, EXPIRY_BYTES)
  if (expiresAt <= ctx.now()) throw new Problem('challenge_expired')
  return { id: head.toString('hex'), expiresAt }
}
