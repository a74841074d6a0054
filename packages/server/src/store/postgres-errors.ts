import { Problem } from '../domain/problems.ts'
import { unavailable } from './connection.ts'

/** What an answer means: repeat the transaction; not now; or not until somebody changes a setting, which is 503 to clients as well. */
type Meaning = 'repeat' | 'not_now' | 'refused'

interface State {
  /** Beginning of the SQLSTATE: five characters, or two for a whole class (PostgreSQL documentation, appendix A). */
  state: string
  means: Meaning
  /** This connection will not serve again, so the pool opens another one. */
  drop: boolean
  /** In words, for whoever reads the table. */
  why: string
}

const STATES: readonly State[] = [
  { state: '40001', means: 'repeat', drop: false, why: 'lost against another transaction' },
  { state: '40P01', means: 'repeat', drop: false, why: 'deadlock' },
  { state: '40', means: 'not_now', drop: true, why: 'rolled back, or nobody knows whether it was' },
  {
    state: '25006',
    means: 'not_now',
    drop: true,
    why: 'read-only: the primary became a standby, or its operator or a full disk made it so',
  },
  { state: '25P03', means: 'not_now', drop: true, why: 'ended while idle in a transaction' },
  { state: '25P04', means: 'not_now', drop: true, why: 'transaction took longer than transaction_timeout' },
  { state: '55P03', means: 'not_now', drop: false, why: 'lock not available in time' },
  { state: '57014', means: 'not_now', drop: false, why: 'statement cancelled by its time limit' },
  { state: '57P01', means: 'not_now', drop: true, why: 'shut down by its administrator' },
  { state: '57P02', means: 'not_now', drop: true, why: 'shut down after a crash of another process' },
  { state: '57P03', means: 'not_now', drop: true, why: 'starting up, shutting down or recovering' },
  { state: '57P04', means: 'not_now', drop: true, why: 'database dropped' },
  { state: '57P05', means: 'not_now', drop: true, why: 'idle for longer than idle_session_timeout' },
  { state: '57', means: 'not_now', drop: true, why: 'operator intervention of another kind' },
  { state: '08', means: 'not_now', drop: true, why: 'connection failed; also how poolers say that they have none' },
  { state: '53', means: 'not_now', drop: false, why: 'out of connections, memory or disk' },
  { state: '58', means: 'not_now', drop: true, why: 'error of the system below: I/O, a file' },
  { state: '26000', means: 'not_now', drop: true, why: 'prepared statement gone: a pooler gave us another connection (postgres.prepare)' },
  { state: '42P05', means: 'not_now', drop: true, why: 'prepared statement there already: the same' },
  { state: '28', means: 'refused', drop: true, why: 'password or user refused' },
  { state: '3D000', means: 'refused', drop: true, why: 'no such database' },
  { state: '3F000', means: 'refused', drop: true, why: 'no schema to create tables in (search_path)' },
  { state: '42501', means: 'refused', drop: true, why: 'the user may not do that' },
]

/**
 * What the driver and the operating system say of a connection that is not there; and what the server says of a prepared statement whose
 * table another node's migration has changed, which stays so for as long as the connection lives.
 */
const NO_CONNECTION =
  /cached plan must not change result type|timeout exceeded when trying to connect|connection terminated|query read timeout|client has encountered a connection error|not queryable/i
const SYSTEM = new Set([
  // this machine has no more ports, files or memory for connections, or does not let us
  'EADDRNOTAVAIL',
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'EACCES',
  'EPERM',
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'EPROTO',
  'ENOTCONN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'ENOENT',
])

/** A certificate that is not believed, or not any more. */
const CERTIFICATE = /^(?:CERT_|ERR_TLS_|ERR_SSL_|SELF_SIGNED_CERT|DEPTH_ZERO_|UNABLE_TO_|HOSTNAME_MISMATCH)/

const SQLSTATE = /^[0-9A-Z]{5}$/
const stateOf = (error: unknown): State | undefined => {
  const code = codeOf(error)
  return SQLSTATE.test(code) ? STATES.find(({ state }) => code.startsWith(state)) : undefined
}

/** The driver's error, below the problem that clients see. */
const cause = (error: unknown): unknown => (error instanceof Problem ? error.cause : error)

/** Whether the database asks to repeat the whole transaction: serialization failure or deadlock. */
export const canRetry = (error: unknown): boolean => stateOf(error)?.means === 'repeat'

/** Whether two nodes made the same table at once, which `if not exists` does not prevent; the loser finds it there next time. */
export const metAtCreation = (error: unknown): boolean =>
  canRetry(error) ||
  ['42P07', '42710'].includes(codeOf(error)) ||
  (codeOf(error) === '23505' && /^pg_/.test(String((error as { constraint?: unknown }).constraint)))

/** Waits for the database and turns "cannot answer now" into Problem `unavailable`; all else passes unchanged. */
export async function translated<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw isNotNow(error) ? unavailable(error) : error
  }
}

function isNotNow(error: unknown): boolean {
  if (error instanceof Problem || !(error instanceof Error)) return false
  const means = stateOf(error)?.means
  return means === 'not_now' || means === 'refused' || isSilent(error) || isDistrusted(error)
}

/** The server answered nothing, not even an error code. */
const isSilent = (error: unknown): boolean => SYSTEM.has(codeOf(error)) || NO_CONNECTION.test(String((error as Error | null)?.message))

/** A pooler that has no transactions. */
const NO_TRANSACTIONS = /statement pooling mode/

const isDistrusted = (error: unknown): boolean => CERTIFICATE.test(codeOf(error))

/** Whether the connection itself is of no more use. */
export const mustDrop = (error: unknown): boolean =>
  stateOf(cause(error))?.drop === true || isSilent(cause(error)) || isDistrusted(cause(error))

/** Whether the server is read-only: after a failover all of its connections lead to a standby, whose rows may be old. */
export const isReadOnly = (error: unknown): boolean => codeOf(cause(error)) === '25006'

/** Whether waiting may help; not against a wrong password, a missing database or a certificate. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof Problem && error.code === 'unavailable')) return false
  const stays = stateOf(error.cause)?.means === 'refused' || isDistrusted(error.cause)
  return !stays && !NO_TRANSACTIONS.test(String((error.cause as Error | undefined)?.message))
}

/** Whether a unique index refused the row. */
export const isUniqueViolation = (error: unknown, constraint: string): boolean =>
  codeOf(error) === '23505' && (error as { constraint?: unknown }).constraint === constraint

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}
