export type { Attempt } from './attempt.ts'
export {
  countArrival,
  countAttempt,
  countedGuess,
  countRequest,
  type Guess,
  giveBack,
  reopenMethods,
  resetAttempts,
} from './attempts.ts'
export { countBeginning } from './flood.ts'
export { ipPrefix } from './ip-prefix.ts'
export { type CountedKind, FAILURE_MEMORY_MS, LIMITS, type LimitKind, type MemoryKind, type Stage } from './limits.ts'
export { countText } from './spending.ts'
