import { randomBytes } from 'node:crypto'
import type { Caller, Ctx } from '../ctx.ts'
import { type CreationOptionsJson, creationOptions, orProblem, type RequestOptionsJson, requestOptions } from '../methods/passkey.ts'
import { parseAuthenticationResponse, parseRegistrationResponse, verifyAuthentication } from '../webauthn/index.ts'
import { verifyNewPasskey } from './passkeys.ts'
import { makeChallenge, openChallenge } from './prove/challenge.ts'

/** Options of both ceremonies of "Try it" on the device check; the browser adds the new credential's id to the second. */
export function tryOptions(ctx: Ctx, caller: Caller): { create: CreationOptionsJson; get: RequestOptionsJson } {
  const challenge = (): string => makeChallenge(ctx, 'try', caller.anonymousId)
  const user = { userHandle: randomBytes(64), name: 'Device check' }
  return { create: creationOptions(ctx, challenge(), user, []), get: requestOptions(ctx, challenge()) }
}

/**
 * Verifies a throw-away passkey and a sign-in with it, both in one request: nothing is stored, no account is touched.
 *
 * @throws Problem `passkey_rejected`, `passkey_unverified_user`, `challenge_expired`
 */
export function tryPasskey(ctx: Ctx, caller: Caller, registration: unknown, authentication: unknown): { synced: boolean } {
  const created = orProblem(() => parseRegistrationResponse(registration))
  const used = orProblem(() => parseAuthenticationResponse(authentication))
  openChallenge(ctx, created.challenge, 'try', caller.anonymousId)
  openChallenge(ctx, used.challenge, 'try', caller.anonymousId)
  const credential = verifyNewPasskey(ctx, created, { discoverable: 'preferred' })
  orProblem(() =>
    verifyAuthentication(used, {
      challenge: used.challenge,
      origins: ctx.config.rp.origins,
      rpId: ctx.config.rp.id,
      userVerification: 'required',
      credential: {
        id: credential.id,
        publicKey: credential.publicKey,
        signCount: credential.signCount,
        backupEligible: credential.backupEligible,
      },
    }),
  )
  return { synced: credential.backupEligible }
}
