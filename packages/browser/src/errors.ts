import type { ProblemJson } from './wire.ts'

/** Whatever went wrong, as one of the codes that pages explain. Branch on `code`; `problem` is there when the server refused. */
export class LatchkeyError extends Error {
  /** `LK101` … `LK117` from the prompt, `LK2xx` from this device, `LK3xx` and up from the server. */
  readonly code: string
  /** The server's own word: `passkey_suspended`. */
  readonly problem: ProblemJson | undefined
  /** The same code as the time before, with no success between. */
  readonly repeated: boolean
  constructor(code: string, more: { message?: string; problem?: ProblemJson; repeated?: boolean; cause?: unknown } = {}) {
    super(more.message ?? more.problem?.title ?? code, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'LatchkeyError'
    this.code = code
    this.problem = more.problem
    this.repeated = more.repeated ?? false
  }
}

/** What is known about a ceremony that failed. */
export interface Failure {
  /** `error.name`; the text differs by browser and language and is never looked at. */
  name: string
  kind: 'create' | 'get'
  mode: 'modal' | 'autofill' | 'silent'
  elapsedMs: number
  timeoutMs: number
  /** The tab was hidden, or its window had no focus, when the prompt was asked for; or it was hidden while the prompt was open. */
  wasHidden: boolean
  /** Whether a click stood behind it, as the browser says (`navigator.userActivation`); undefined where it doesn't say. */
  activated: boolean | undefined
  online: boolean
  /** The user agent carries the signs of a browser inside an app. */
  inApp: boolean
  /** A script has put itself in the place of the browser's own prompt. */
  replaced: boolean
  /** Chromium on Windows 10, where a private window cannot save a passkey. */
  windows10: boolean
  hints: readonly string[]
  attachment: string | undefined
  /** The code of the failure before, unless something succeeded since. */
  previous: string | null
}

/** Faster than a person: nobody has seen a prompt. */
const FAST_MS = 250
/** Browsers give up a little before the timeout that they were given. */
const TIMEOUT_SLACK_MS = 2000

/** The code of a failed ceremony, by the rules of the error catalogue. */
export function codeOf(failure: Failure): string {
  if (failure.mode === 'silent') return 'LK116'
  const { name, replaced } = failure
  if (name === 'AbortError') return 'LK107'
  if (name === 'NotAllowedError') return notAllowed(failure)
  if (name === 'SecurityError') return 'LK106'
  if (name === 'InvalidStateError' && failure.kind === 'create') return 'LK105'
  if (replaced) return 'LK206'
  if (name === 'TypeError' || name === 'DataError') return 'LK109'
  if (name === 'ConstraintError') return 'LK110'
  if (name === 'NotSupportedError') return 'LK111'
  if (name === 'UnknownError' || name === 'OperationError') return securityKeyAdvice(failure) ?? 'LK112'
  return 'LK113'
}

/**
 * One name for "cancelled", "nothing here", "lock not confirmed", "too late" and "not asked by a click". What the browser tells decides;
 * that it was fast says only that nobody has seen a prompt, and never why: the wide LK101 stays for what browsers keep to themselves.
 */
function notAllowed(failure: Failure): string {
  const { elapsedMs, previous } = failure
  if (!failure.online) return 'LK402'
  if (elapsedMs >= failure.timeoutMs - TIMEOUT_SLACK_MS) return 'LK102'
  if (failure.wasHidden) return 'LK117'
  if (elapsedMs < FAST_MS) {
    if (failure.inApp) return 'LK104'
    if (failure.activated === false) return 'LK103'
  }
  if (failure.windows10 && failure.kind === 'create' && failure.attachment === 'platform' && previous === 'LK101') return 'LK207'
  return securityKeyAdvice(failure) ?? 'LK101'
}

/** A full key and a blocked PIN have no name of their own; the second failure in a row on a key earns the advice. */
function securityKeyAdvice({ hints, previous, kind }: Failure): string | null {
  const second = previous === 'LK101' || previous === 'LK112' || previous === 'LK114' || previous === 'LK115'
  if (!second || hints[0] !== 'security-key') return null
  return kind === 'create' ? 'LK114' : 'LK115'
}
