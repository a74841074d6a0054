import type { Ctx } from '../ctx.ts'
import type { Evidence, MethodName } from '../domain/types.ts'
import { type Attempt, resetAttempts } from '../limits/index.ts'
import type { Tables } from '../store/store.ts'
import type { ProofRequest } from './method.ts'

/** Whose tries a proof counts. An unknown account without an identifier counts for the pre-session that asks. */
export const attemptOf = (request: ProofRequest): Attempt => ({
  accountId: request.facts?.account.id ?? null,
  address: request.identifier ?? request.confirms ?? request.owner,
  ip: request.client.ip,
  knownDevice: request.knownDevice,
  deviceId: request.client.deviceId,
})

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

/** Ends the row of failures of the method that held. */
export const succeeded = (tx: Tables, ctx: Ctx, method: Exclude<MethodName, 'passkey'>, request: ProofRequest): Promise<void> =>
  resetAttempts(tx, ctx, method, attemptOf(request))
