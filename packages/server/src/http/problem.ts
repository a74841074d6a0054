import type { ProblemJson } from '@latchkey/browser/wire'
import type { Context } from 'hono'
import type { Ctx } from '../ctx.ts'
import { PROBLEMS, Problem } from '../domain/problems.ts'
import { WebAuthnError } from '../webauthn/index.ts'

/** Any throw becomes a problem; what is no refusal of ours is `internal`, and its cause stays in the log. */
export function toProblem(error: unknown, c: Context): Problem {
  if (error instanceof Problem) return error
  if (wentAway(error, c.req.raw)) return new Problem('bad_request', {}, 'the client went away')
  const status = httpStatus(error)
  if (status >= 400 && status < 500) return new Problem(status === 413 ? 'payload_too_large' : 'bad_request', {}, error)
  return new Problem('internal', {}, error)
}

const GONE = new Set(['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR'])

/** Whether a body could not be read because its sender hung up: nobody waits for an answer, and nothing of ours failed. */
function wentAway(error: unknown, request: Request): boolean {
  if (!request.signal.aborted) return false
  const { code, name, message } = (error ?? {}) as { code?: unknown; name?: unknown; message?: unknown }
  return GONE.has(String(code)) || name === 'AbortError' || error === request.signal.reason || message === request.signal.reason
}

/** What Hono throws, recognised by its shape: the class may come from another copy of the package than ours. */
function httpStatus(error: unknown): number {
  const { status, getResponse } = (error ?? {}) as { status?: unknown; getResponse?: unknown }
  return typeof status === 'number' && typeof getResponse === 'function' ? status : 0
}

export function problemJson(ctx: Ctx, problem: Problem, requestId: string): ProblemJson {
  const row = PROBLEMS[problem.code]
  return {
    type: `${ctx.config.origin}${ctx.config.basePath}/problems/${problem.code}`,
    title: row.title,
    status: row.status,
    instance: requestId,
    code: problem.code,
    ref: row.ref,
    ...problem.extras,
  }
}

/** One JSON answer. `Retry-After` goes with a wait, `WWW-Authenticate` with a step-up (RFC 9470). */
export function problemResponse(ctx: Ctx, problem: Problem, requestId: string): Response {
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' }
  if (problem.extras.retryAfterSeconds !== undefined) headers['retry-after'] = String(problem.extras.retryAfterSeconds)
  if (problem.code === 'step_up_required') headers['www-authenticate'] = 'Session error="insufficient_user_authentication"'
  return new Response(JSON.stringify(problemJson(ctx, problem, requestId)), { status: PROBLEMS[problem.code].status, headers })
}

/** What stands in the link of a notice freezes an account: it is no word for a log (INV-22). */
const withoutSecret = (path: string): string => path.replace(/(\/f\/)[^/]+/, '$1…')

/** Refusals are information, bugs are errors; a verifier's reason and step of the standard go along. */
export function logProblem(ctx: Ctx, problem: Problem, requestId: string, path: string): void {
  const cause = problem.cause
  const reason =
    cause instanceof WebAuthnError ? { reason: cause.reason, step: cause.step } : typeof cause === 'string' ? { reason: cause } : {}
  const fields = { request: requestId, path: withoutSecret(path), code: problem.code, ...reason }
  if (problem.code === 'internal' || problem.code === 'unavailable') ctx.log.error({ ...fields, err: cause }, 'request failed')
  else ctx.log.info(fields, 'request refused')
}
