import { Problem } from '../domain/problems.ts'
import { unavailable } from './connection.ts'

/** Whether the database asks to repeat the whole transaction: serialization failure or deadlock. */
export const canRetry = (error: unknown): boolean => ['40001', '40P01'].includes(codeOf(error))

/** Whether two nodes made the same table at once, which `if not exists` does not prevent; the loser finds it there next time. */
export const metAtCreation = (error: unknown): boolean =>
  canRetry(error) ||
  codeOf(error) === '42P07' ||
  (codeOf(error) === '23505' && /^pg_/.test(String((error as { constraint?: unknown }).constraint)))

/** SQLSTATE classes and codes that mean "not now": connection, resources, shut-down, cancelled by a time limit, lock not available. */
const NOT_NOW = /^(08...|53...|57P0[1-5]|57014|55P03|25P03)$/
/** What the driver and the operating system say of a connection that is not there. */
const NO_CONNECTION =
  /timeout exceeded when trying to connect|connection terminated|query read timeout|client has encountered a connection error/i
const SYSTEM = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
])

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
  const code = codeOf(error)
  return NOT_NOW.test(code) || SYSTEM.has(code) || NO_CONNECTION.test(error.message)
}

/** Whether the connection itself is gone or silent: the server answered nothing, not even an error code. */
export const isLost = (error: unknown): boolean =>
  error instanceof Problem && error.code === 'unavailable' && !SQLSTATE.test(codeOf(error.cause))

const SQLSTATE = /^[0-9A-Z]{5}$/

/** Whether a unique index refused the row. */
export const isUniqueViolation = (error: unknown, constraint: string): boolean =>
  codeOf(error) === '23505' && (error as { constraint?: unknown }).constraint === constraint

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}
