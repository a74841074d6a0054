import type { Ctx } from '../ctx.ts'
import type { MethodName } from '../domain/methods.ts'
import type { Evidence } from '../domain/types.ts'
import { type Attempt, resetAttempts, type Stage } from '../limits/index.ts'
import type { Tables } from '../store/store.ts'
import { accountOf, type ProofRequest } from './method.ts'

/** Whose tries a proof counts. At the door, one without an identifier counts for the browser that asks. */
export const attemptOf = (request: ProofRequest): Attempt => ({
  stage: stageOf(request),
  identifier: request.identifier ?? request.confirms ?? request.owner,
  accountId: accountOf(request),
  ip: request.client.ip,
  deviceId: request.client.deviceId,
  sessionId: request.sessionId ?? null,
  provenBy: request.provenBy ?? null,
  operation: request.operation,
})

function stageOf({ sessionId, knownDevice, provenBy }: ProofRequest): Stage {
  if (sessionId) return knownDevice ? 'session_on_known_device' : 'session'
  if (knownDevice) return 'known_device'
  return provenBy ? 'proven' : 'door'
}

/** The record of a typed proof that held now. */
export const typedEvidence = (ctx: Ctx, method: MethodName, request: ProofRequest): Evidence => ({
  method,
  credentialId: null,
  userVerified: false,
  backupEligible: false,
  at: ctx.now(),
  operation: request.operation,
  target: request.target,
})

/**
 * Ends the row of failures of the method that held. A code that confirms something new in a session ends none: whoever sets up an app of
 * their own would start a new row of guesses at the owner's.
 */
export async function succeeded(tx: Tables, ctx: Ctx, method: Exclude<MethodName, 'passkey'>, request: ProofRequest): Promise<void> {
  if (!request.setsUp) await resetAttempts(tx, ctx, method, attemptOf(request))
}
