import { type Asked, createPasskey, getPasskey } from './ceremony.ts'
import { capabilities } from './device.ts'
import { LatchkeyError } from './errors.ts'
import { sendSignals, signalUnknown } from './signals.ts'
import { canUpgrade, upgradePasskey } from './upgrade.ts'
import type {
  ActivityFilterJson,
  ActivityJson,
  ChangeJson,
  CheckupJson,
  CreationOptionsJson,
  ListJson,
  PasskeyCreatedJson,
  PasskeyJson,
  ProblemJson,
  RequestOptionsJson,
  SessionAnswerJson,
  SessionJson,
  SignalJson,
  SignInJson,
  StepUpJson,
} from './wire.ts'

export interface ClientOptions {
  /** Where Latchkey is mounted, on this same origin: `''` or `'/auth'`. */
  baseUrl?: string
}

/** Where a passkey is made: asked for with hints, and with the attachment for browsers without them. */
export type Where = 'this-device' | 'phone' | 'security-key'
const WHERE: Record<Where, Pick<Asked, 'hints' | 'attachment'>> = {
  'this-device': { hints: ['client-device'], attachment: 'platform' },
  phone: { hints: ['hybrid'], attachment: 'cross-platform' },
  'security-key': { hints: ['security-key'], attachment: 'cross-platform' },
}

export interface SignInChoices {
  /** Where to go afterwards; the server answers with what it allows. */
  returnTo?: string
  signal?: AbortSignal
}

export interface Client {
  /** Fetches the options of a prompt ahead, so that the next call opens it in the click itself (Safari). Good for four minutes. */
  prepare(what: 'sign-in' | 'create'): Promise<void>
  signIn(choices?: SignInChoices): Promise<SignInJson>
  /** Lists passkeys in the field with `autocomplete="username webauthn"`; null where the browser cannot. */
  signInWithAutofill(choices?: SignInChoices): Promise<SignInJson | null>
  /**
   * For a click on "Sign in", before any page of it: shows the passkeys that this device has, at once. Call `prepare('sign-in')` before.
   *
   * @returns null where the browser can't (`immediateGet`), has none, or the person closed its list: then lead to the sign-in page
   */
  signInImmediately(choices?: Pick<SignInChoices, 'returnTo'>): Promise<SignInJson | null>
  createPasskey(choices?: { where?: Where; signal?: AbortSignal }): Promise<PasskeyCreatedJson>
  /** Whether this browser makes passkeys silently: then say `upgrade: true` with the password or the code of a sign-in. */
  canUpgrade(): Promise<boolean>
  /** With the `upgrade` of a sign-in's answer: a passkey without a prompt, within two seconds. @returns null where nothing came of it */
  upgradePasskey(options: CreationOptionsJson): Promise<PasskeyCreatedJson | null>
  /** Proves again who is there, for one operation on one target. */
  stepUp(operation: string, target?: string | null): Promise<StepUpJson>
  stepUpWithSecret(method: string, secret: string, operation: string, target?: string | null): Promise<StepUpJson>
  /** Any route: GET without a body, else POST or the method given. Steps up with a passkey when asked to, once. */
  call<T>(path: string, body?: object, method?: string): Promise<T>
  session(): Promise<SessionAnswerJson>
  passkeys(): Promise<ListJson<PasskeyJson>>
  renamePasskey(id: string, label: string): Promise<{ label: string }>
  changePasskey(id: string, change: 'remove' | 'suspend' | 'reactivate' | 'keep'): Promise<ChangeJson>
  sessions(): Promise<ListJson<SessionJson>>
  /** What happened in the last 90 days, newest first; `after` is the `next` of the page before. */
  activity(filter?: ActivityFilterJson, after?: string | null): Promise<ListJson<ActivityJson>>
  /** What is weak on the account, as its owner would go through it. */
  checkup(): Promise<CheckupJson>
  /** The account was looked over. `finished` is false where this session proved too little to say so. */
  finishCheckup(): Promise<{ finished: boolean }>
  endSession(id: string): Promise<void>
  endOtherSessions(): Promise<{ ended: number }>
  /** Stops everything at once (policy.md §4): every session ends, this one too. */
  freeze(): Promise<void>
  /** The owner's lock: nobody shortens it. Target of the proof: `money.3`. @returns until when it holds */
  lock(scope: 'money' | 'settings' | 'both', days: number): Promise<{ until: number }>
  /** Back at once, or after a wait. */
  unfreeze(): Promise<ChangeJson>
  /** Closes the account after a wait. Until seven days later its owner can keep it; then it is erased. */
  close(): Promise<ChangeJson>
  signOut(): Promise<void>
}

/** What browsers say alike of a device without a passkey and of a list that was closed. */
const NOTHING_HERE: ReadonlySet<string> = new Set(['LK101', 'LK103', 'LK117'])

const FRESH_MS = 240_000
const SIGN_IN = '/api/sign-in/passkey'
const PASSKEYS = '/api/passkeys'

/**
 * @example
 * const latchkey = createClient({ baseUrl: '/auth' })
 * await latchkey.prepare('sign-in')
 * button.onclick = async () => location.assign((await latchkey.signIn()).returnTo ?? '/')
 */
export function createClient({ baseUrl = '' }: ClientOptions = {}): Client {
  const ahead = new Map<string, { at: number; options: unknown }>()
  const url = (path: string): string => baseUrl.replace(/\/$/, '') + path

  const call = async <T>(path: string, body?: object, method?: string): Promise<T> => {
    try {
      return await request<T>(url(path), body, method)
    } catch (error) {
      const { code, operation = '', target = null, methods = [] } = (error instanceof LatchkeyError && error.problem) || {}
      if (code !== 'step_up_required' || !methods.includes('passkey')) throw error
      await stepUp(operation, target)
      return await request<T>(url(path), body, method)
    }
  }

  const stepUp = async (operation: string, target: string | null = null): Promise<StepUpJson> => {
    const options = await request<RequestOptionsJson>(url('/api/step-up/passkey/options'), { operation, target })
    const response = await getPasskey(options)
    return await request(url('/api/step-up/passkey'), { operation, target, response })
  }

  /** What was fetched ahead; undefined when there is nothing, or it is too old. Each is good for one prompt. */
  const taken = <T>(path: string): T | undefined => {
    const kept = ahead.get(path)
    ahead.delete(path)
    return kept && Date.now() - kept.at < FRESH_MS ? (kept.options as T) : undefined
  }

  const signInWith = async (asked: Asked, { returnTo }: SignInChoices, kept?: RequestOptionsJson): Promise<SignInJson> => {
    const options = kept ?? (await call<RequestOptionsJson>(`${SIGN_IN}/options`, {}))
    const response = await getPasskey(options, asked)
    try {
      const done = await call<SignInJson>(SIGN_IN, { response, ...(returnTo !== undefined && { returnTo }) })
      // nobody waits for what password managers are told
      if (done.status === 'signed_in') void call<SignalJson>('/api/signal').then(sendSignals, () => undefined)
      return done
    } catch (error) {
      const code = error instanceof LatchkeyError ? error.problem?.code : undefined
      if (code === 'passkey_unknown' || code === 'passkey_removed') await signalUnknown(options.rpId ?? location.hostname, response.id)
      throw error
    }
  }

  return {
    call,
    stepUp,
    async prepare(what) {
      const path = `${what === 'create' ? PASSKEYS : SIGN_IN}/options`
      ahead.set(path, { at: Date.now(), options: await call(path, {}) })
    },
    signIn: (choices = {}) => signInWith(choices.signal ? { signal: choices.signal } : {}, choices, taken(`${SIGN_IN}/options`)),
    async signInWithAutofill(choices = {}) {
      if ((await capabilities()).conditionalGet !== true) return null
      return await signInWith({ mediation: 'conditional', ...(choices.signal && { signal: choices.signal }) }, choices)
    },
    async signInImmediately(choices = {}) {
      if ((await capabilities()).immediateGet !== true) return null
      try {
        return await signInWith({ uiMode: 'immediate' }, choices, taken(`${SIGN_IN}/options`))
      } catch (error) {
        if (error instanceof LatchkeyError && NOTHING_HERE.has(error.code)) return null
        throw error
      }
    },
    async createPasskey({ where, signal } = {}) {
      const options = taken<CreationOptionsJson>(`${PASSKEYS}/options`) ?? (await call<CreationOptionsJson>(`${PASSKEYS}/options`, {}))
      const response = await createPasskey(options, { ...(where && WHERE[where]), ...(signal && { signal }) })
      return await signalled(call<PasskeyCreatedJson>(PASSKEYS, { response }))
    },
    canUpgrade,
    upgradePasskey: options => upgradePasskey(options, body => request(url(`${PASSKEYS}/upgrade`), body)),
    stepUpWithSecret: (method, secret, operation, target = null) =>
      request(url(`/api/step-up/${encodeURIComponent(method)}`), { operation, target, secret }),
    session: () => call('/api/session'),
    passkeys: () => call(PASSKEYS),
    renamePasskey: (id, label) => call(`${PASSKEYS}/${encodeURIComponent(id)}`, { label }, 'PATCH'),
    changePasskey: (id, change) => signalled(call<ChangeJson>(`${PASSKEYS}/${encodeURIComponent(id)}/${change}`, {})),
    sessions: () => call('/api/sessions'),
    activity: (filter = 'all', after = null) => call(`/api/activity?${new URLSearchParams({ filter, ...(after !== null && { after }) })}`),
    checkup: () => call('/api/checkup'),
    finishCheckup: () => call('/api/checkup', {}),
    async endSession(id) {
      await call(`/api/sessions/${encodeURIComponent(id)}/end`, {})
    },
    endOtherSessions: () => call('/api/sessions/end-others', {}),
    async freeze() {
      await call('/api/freeze', {})
    },
    lock: (scope, days) => call('/api/lock', { scope, days }),
    unfreeze: () => call('/api/unfreeze', {}),
    close: () => call('/api/close', {}),
    async signOut() {
      await call('/api/sign-out', {})
    },
  }
}

async function signalled<T extends object>(answer: Promise<T>): Promise<T> {
  const done: T & { signal?: SignalJson | undefined } = await answer
  if (done.signal) await sendSignals(done.signal)
  return done
}

/** @throws LatchkeyError LK402 without a connection, else the reference of the server's problem */
export async function request<T>(url: string, body?: object, method = body ? 'POST' : 'GET'): Promise<T> {
  const answer = await fetch(url, {
    method,
    credentials: 'same-origin',
    headers: { accept: 'application/json', 'x-lk': '1', ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw new LatchkeyError('LK402', { cause })
  })
  const json: unknown = await answer.json().catch(() => null)
  if (answer.ok && json !== null) return json as T
  const problem = isProblem(json) ? json : undefined
  throw new LatchkeyError(problem?.ref ?? 'LK404', problem && { problem })
}

const isProblem = (json: unknown): json is ProblemJson => typeof json === 'object' && json !== null && 'code' in json && 'ref' in json
