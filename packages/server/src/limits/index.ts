export { type Attempt, attemptSucceeded, countAttempt, resetAttempts } from './attempts.ts'
export { ipPrefix } from './ip-prefix.ts'
export { type LimitKind, LIMITS } from './limits.ts'
