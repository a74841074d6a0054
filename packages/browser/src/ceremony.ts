import { isInApp, isReplaced, isWindows10, obstacle } from './device.ts'
import { codeOf, LatchkeyError } from './errors.ts'
import { authenticationJson, parseCreationOptions, parseRequestOptions, registrationJson } from './json.ts'
import type {
  AuthenticationJson,
  CreationOptionsJson,
  PasskeyAttachment,
  PasskeyHint,
  RegistrationJson,
  RequestOptionsJson,
} from './wire.ts'

export interface Asked {
  /** Where the prompt looks first; browsers that know no hints go by the attachment. */
  hints?: readonly PasskeyHint[]
  attachment?: PasskeyAttachment
  signal?: AbortSignal
  /** Instead of the options' own. */
  timeoutMs?: number
  /** `conditional` lists passkeys in the identifier field (get), or makes one unasked (create). */
  mediation?: 'conditional'
  /** `immediate` shows what this device has at once, and where it has nothing fails without a prompt (where `immediateGet` is true). */
  uiMode?: 'immediate'
}

const DEFAULT_TIMEOUT_MS = 300_000
/** A prompt that gives no answer this long after its timeout is held by something else. */
const HANG_MS = 10_000

/** One prompt at a time: a new one ends the one before. */
let running: AbortController | null = null
let previous: string | null = null

/**
 * Opens the prompt that makes a passkey. Call it in the click's own task, with options at hand: Safari wants the gesture.
 *
 * @throws LatchkeyError LK101 to LK117, LK201 to LK207
 */
export async function createPasskey(options: CreationOptionsJson, asked: Asked = {}): Promise<RegistrationJson> {
  const publicKey = (): PublicKeyCredentialCreationOptions => {
    const parsed = parseCreationOptions(withAsked(options, asked))
    if (asked.attachment) parsed.authenticatorSelection = { ...parsed.authenticatorSelection, authenticatorAttachment: asked.attachment }
    return parsed
  }
  return await run('create', options, asked, signal => {
    const request = { publicKey: publicKey(), signal, ...(asked.mediation && { mediation: asked.mediation }) }
    return navigator.credentials.create(request).then(found => registrationJson(there(found)))
  })
}

/**
 * Opens the prompt that signs with a passkey, or with `mediation: 'conditional'` lists passkeys in the identifier field.
 *
 * @throws LatchkeyError LK101 to LK117, LK201 to LK206
 */
export async function getPasskey(options: RequestOptionsJson, asked: Asked = {}): Promise<AuthenticationJson> {
  return await run('get', options, asked, signal => {
    const publicKey = parseRequestOptions(withAsked(options, asked))
    const { mediation, uiMode } = asked
    // an immediate prompt takes no signal: what stops it is that its answer is not waited for
    const request = { publicKey, ...(uiMode ? { uiMode } : { signal }), ...(mediation && { mediation }) }
    return navigator.credentials.get(request).then(found => authenticationJson(there(found)))
  })
}

/** Ends whatever prompt is open; its caller gets LK107. */
export function stopCeremony(): void {
  running?.abort()
}

const withAsked = <T extends { hints?: PasskeyHint[]; timeout?: number }>(options: T, { hints, timeoutMs }: Asked): T => ({
  ...options,
  ...(hints && hints.length > 0 && { hints: [...hints] }),
  ...(timeoutMs !== undefined && { timeout: timeoutMs }),
})

/** Some extensions answer a closed window with null. */
function there(found: Credential | null): Credential {
  if (!found) throw new DOMException('no credential', 'NotAllowedError')
  return found
}

type Kind = 'create' | 'get'

/** Nothing is awaited before the call, so that it happens in the task of the click. */
async function run<T>(kind: Kind, options: { timeout?: number }, asked: Asked, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const blocked = obstacle(kind)
  if (blocked) throw new LatchkeyError(blocked)
  running?.abort()
  const control = new AbortController()
  running = control
  const watch = startWatch()
  const timeoutMs = asked.timeoutMs ?? options.timeout ?? DEFAULT_TIMEOUT_MS
  const limit = limits(control, asked, timeoutMs)
  try {
    const answer = await Promise.race([call(control.signal), limit.reached])
    if (!asked.mediation) previous = null
    return answer
  } catch (error) {
    throw failed(error, kind, asked, timeoutMs, watch)
  } finally {
    limit.stop()
    watch.stop()
    if (running === control) running = null
  }
}

/** Rejects when it is aborted, or when there is no answer: the prompt's own promise may ignore both. */
function limits(control: AbortController, asked: Asked, timeoutMs: number): { reached: Promise<never>; stop(): void } {
  const abort = (): void => control.abort()
  let timer: ReturnType<typeof setTimeout> | undefined
  const reached = new Promise<never>((_, reject) => {
    control.signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')), { once: true })
    if (!asked.mediation) timer = setTimeout(() => reject(new LatchkeyError('LK108')), timeoutMs + HANG_MS)
  })
  // nobody listens when the call itself throws
  reached.catch(() => undefined)
  if (asked.signal?.aborted) abort()
  asked.signal?.addEventListener('abort', abort)
  return {
    reached,
    stop() {
      clearTimeout(timer)
      asked.signal?.removeEventListener('abort', abort)
    },
  }
}

interface Watch {
  /** What the browser said when the prompt was asked for. */
  activated: boolean | undefined
  elapsedMs(): number
  wasHidden(): boolean
  stop(): void
}

function startWatch(): Watch {
  const start = performance.now()
  const { userActivation } = navigator as { userActivation?: UserActivation }
  // a window without focus is refused as one that nobody looks at is
  let hidden = document.visibilityState === 'hidden' || !document.hasFocus()
  const look = (): void => {
    hidden ||= document.visibilityState === 'hidden'
  }
  document.addEventListener('visibilitychange', look)
  return {
    activated: userActivation?.isActive,
    elapsedMs: () => performance.now() - start,
    wasHidden: () => hidden,
    stop: () => document.removeEventListener('visibilitychange', look),
  }
}

function failed(error: unknown, kind: Kind, asked: Asked, timeoutMs: number, watch: Watch): LatchkeyError {
  const code = error instanceof LatchkeyError ? error.code : codeOf(failureOf(error, kind, asked, timeoutMs, watch))
  // the list in the field may be closed as often as one likes, and a prompt that we close ourselves is nobody's failure
  const counts = !asked.mediation && !asked.uiMode && code !== 'LK107'
  const repeated = counts && code === previous
  if (counts) previous = code
  return new LatchkeyError(code, { cause: error, repeated })
}

const failureOf = (error: unknown, kind: Kind, asked: Asked, timeoutMs: number, watch: Watch) => ({
  name: error instanceof Error || error instanceof DOMException ? error.name : '',
  kind,
  mode: asked.mediation ? (kind === 'create' ? ('silent' as const) : ('autofill' as const)) : ('modal' as const),
  elapsedMs: watch.elapsedMs(),
  timeoutMs,
  wasHidden: watch.wasHidden(),
  activated: watch.activated,
  online: navigator.onLine,
  inApp: isInApp(),
  replaced: isReplaced(kind),
  windows10: isWindows10(),
  hints: asked.hints ?? [],
  attachment: asked.attachment,
  previous,
})
