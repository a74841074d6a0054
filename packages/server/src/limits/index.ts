export { type Attempt, attemptSucceeded, countAttempt, reopenMethods, resetAttempts } from './attempts.ts'
export { ipPrefix } from './ip-prefix.ts'
export { FAILURE_MEMORY_MS, LIMITS, type LimitKind } from './limits.ts'
