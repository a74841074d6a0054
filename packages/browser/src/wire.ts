/**
 * The JSON of the HTTP API, as the server writes it and every client reads it. Types only. Times are epoch milliseconds, binary
 * values base64url.
 */

/** Every refusal that the server knows; `docs` of each at its `type`. Closed, so that a `switch` over it is checked for completeness. */
export type ProblemCode =
  | 'bad_request'
  | 'unsupported_media_type'
  | 'payload_too_large'
  | 'request_timeout'
  | 'uri_too_long'
  | 'headers_too_large'
  | 'not_found'
  | 'method_not_allowed'
  | 'cross_site'
  | 'wrong_host'
  | 'form_expired'
  | 'unauthenticated'
  | 'session_rotated'
  | 'step_up_required'
  | 'forbidden'
  | 'invalid_credentials'
  | 'code_wrong'
  | 'code_expired'
  | 'rate_limited'
  | 'busy'
  | 'passkey_unknown'
  | 'passkey_removed'
  | 'passkey_suspended'
  | 'passkey_unverified_user'
  | 'challenge_expired'
  | 'passkey_rejected'
  | 'passkey_not_discoverable'
  | 'passkey_backup_changed'
  | 'passkey_other_account'
  | 'passkey_exists'
  | 'passkey_limit'
  | 'second_factor_first'
  | 'last_way_in'
  | 'account_frozen'
  | 'account_closing'
  | 'account_locked'
  | 'refused_by_policy'
  | 'money_held'
  | 'address_unknown'
  | 'approval_expired'
  | 'approval_changed'
  | 'approval_decided'
  | 'approval_too_weak'
  | 'approval_over_limit'
  | 'password_too_short'
  | 'password_too_long'
  | 'password_breached'
  | 'password_weak'
  | 'identifier_invalid'
  | 'identifier_taken'
  | 'phone_not_allowed'
  | 'label_invalid'
  | 'already_done'
  | 'method_off'
  | 'unavailable'
  | 'internal'

/** Typed members that travel with a problem (RFC 9457 §3.2). */
export interface ProblemExtrasJson {
  /** Whole seconds, also in `Retry-After`. */
  retryAfterSeconds?: number | undefined
  triesLeft?: number | undefined
  /** Until when it stays so; null where no time helps, only an act. */
  until?: number | null | undefined
  reasons?: string[] | undefined
  /** What would do it now, or later (`money_held`). */
  ways?: string[] | undefined
  operation?: string | undefined
  target?: string | null | undefined
  /** With `step_up_required`: the methods that would do, strongest first. */
  methods?: string[] | undefined
  field?: string | undefined
  minLength?: number | undefined
  deletedAt?: number | undefined
  /** With `passkey_unknown` and `passkey_removed`: what to tell the password manager (WebAuthn L3 §5.1.10.1). */
  credentialId?: string | undefined
  limit?: string | undefined
}

/** A refusal (RFC 9457), `application/problem+json`. `code` says which, `ref` is what people read out, `instance` the request's id. */
export interface ProblemJson extends ProblemExtrasJson {
  type: string
  title: string
  status: number
  instance: string
  code: ProblemCode
  ref: string
}

/** One page of a list; `next` is the cursor for `?after=`, null at the end. */
export interface ListJson<T> {
  items: T[]
  next: string | null
}

/** What a list of activity is about. */
export type ActivityFilterJson = 'all' | 'sign_ins' | 'passkeys' | 'factors' | 'money' | 'recovery'

/** One thing that happened on an account. */
export interface ActivityJson {
  id: string
  /** Epoch milliseconds. */
  at: number
  /** `sign_in`, `passkey.add`, `change_waits`, … */
  kind: string
  /** What a wait, a cancel or a verification is about. */
  operation: string | null
  /** The passkey that it is about, by name. */
  passkey: string | null
  /** The passkey that proved it, by name. */
  by: string | null
  /** What else was proven, in order. */
  methods: string[]
  /** Of an approval: what people read out. */
  reference: string | null
  /** When a wait is over; epoch milliseconds. */
  until: number | null
  /** "Chrome on Windows" */
  device: string | null
  place: string | null
}

/** What a security checkup finds weak, most urgent first. */
export type WeakPointJson =
  | 'copied'
  | 'no_passkey'
  | 'one_device'
  | 'password_alone'
  | 'no_codes'
  | 'codes_unsaved'
  | 'few_codes'
  | 'old_sessions'

/** What an owner would find weak who went through the account. */
export interface CheckupJson {
  /** Whether the owner is to be asked to go through it. */
  due: boolean
  weak: WeakPointJson[]
  /** Ids of passkeys that may have been copied. */
  copied: string[]
  /** Ids of passkeys that nobody used for long: keep or remove. */
  stale: string[]
  /** Ids of sessions elsewhere that were not seen for days. */
  oldSessions: string[]
  /** Whether this session may say that the account was looked over. */
  mayFinish: boolean
}

// --- Ceremonies ------------------------------------------------------------

export interface CredentialDescriptorJson {
  type: 'public-key'
  id: string
  transports?: string[]
}

/** PublicKeyCredentialRequestOptionsJSON (WebAuthn L3 §5.1.10). */
export interface RequestOptionsJson {
  challenge: string
  rpId?: string
  timeout?: number
  userVerification?: 'required' | 'preferred' | 'discouraged'
  allowCredentials?: CredentialDescriptorJson[]
  hints?: PasskeyHint[]
  extensions?: Record<string, unknown>
}

/** PublicKeyCredentialCreationOptionsJSON (WebAuthn L3 §5.1.9). */
export interface CreationOptionsJson {
  challenge: string
  rp: { id?: string; name: string }
  user: { id: string; name: string; displayName: string }
  pubKeyCredParams: { type: 'public-key'; alg: number }[]
  timeout?: number
  excludeCredentials?: CredentialDescriptorJson[]
  authenticatorSelection?: {
    authenticatorAttachment?: PasskeyAttachment
    residentKey?: 'required' | 'preferred' | 'discouraged'
    requireResidentKey?: boolean
    userVerification?: 'required' | 'preferred' | 'discouraged'
  }
  attestation?: 'none' | 'indirect' | 'direct' | 'enterprise'
  hints?: PasskeyHint[]
  extensions?: Record<string, unknown>
}

/** Where the prompt should look first (WebAuthn L3 §5.8.7). */
export type PasskeyHint = 'client-device' | 'hybrid' | 'security-key'
export type PasskeyAttachment = 'platform' | 'cross-platform'

/** RegistrationResponseJSON (WebAuthn L3 §5.1.8), what `POST /api/passkeys` takes. */
export interface RegistrationJson {
  id: string
  rawId: string
  type: 'public-key'
  authenticatorAttachment?: string
  response: {
    clientDataJSON: string
    attestationObject: string
    transports: string[]
    authenticatorData?: string
    publicKey?: string
    publicKeyAlgorithm?: number
  }
  clientExtensionResults: Record<string, unknown>
}

/** AuthenticationResponseJSON (WebAuthn L3 §5.1.8), what `POST /api/sign-in/passkey` takes. */
export interface AuthenticationJson {
  id: string
  rawId: string
  type: 'public-key'
  authenticatorAttachment?: string
  response: { clientDataJSON: string; authenticatorData: string; signature: string; userHandle?: string }
  clientExtensionResults: Record<string, unknown>
}

/**
 * What password managers are told after a sign-in or a change (WebAuthn L3 §5.1.10). Suspended passkeys are accepted ones: a provider
 * hides what is not in the list, and may do so for good.
 */
export interface SignalJson {
  rpId: string
  /** The WebAuthn user handle. */
  userId: string
  acceptedIds: string[]
  name: string
  displayName: string
}

// --- Account ---------------------------------------------------------------

/** Ways to prove who one is. */
export type MethodNameJson = 'passkey' | 'password' | 'totp' | 'sms' | 'email' | 'recovery_code'

export interface SessionJson {
  id: string
  /** The session that asks. */
  current: boolean
  createdAt: number
  lastSeenAt: number
  userAgent: string
  place: string | null
  /** The passkey that opened it. */
  credentialId: string | null
  /** Names of RFC 8176. */
  methods: string[]
  acr: string
}

export interface AccountJson {
  id: string
  /** The identifier that its owner knows it by. */
  name: string
  waysIn: number
  waysBack: number
  /** Left out where the server moves no money. */
  moneyPausedUntil?: number | null | undefined
}

/** `GET /api/session`; the session is null when nobody is signed in, and for an account that is frozen or closing, which signs nobody in. */
export type SessionAnswerJson =
  | { session: SessionJson; account: AccountJson }
  | { session: null; frozen?: true | undefined; closing?: true | undefined }

export interface PasskeyJson {
  id: string
  /** The owner's name for it, or the automatic one. */
  name: string
  aaguid: string
  /** "iCloud Keychain"; null where nobody can tell. */
  provider: string | null
  kind: 'synced' | 'device' | 'security_key'
  status: 'active' | 'suspended'
  /** Used in this session. */
  thisDevice: boolean
  needsFirstUse: boolean
  /** Its counter went backwards. */
  counter: boolean
  /** Whether the sign-in page finds it; else it signs after a password, and to confirm. */
  discoverable: boolean
  /** Days since its last use where that is long. */
  staleDays: number | null
  /** When a young passkey may approve; null when it may. */
  trustedAt: number | null
  createdAt: number
  /** "Chrome on Windows"; empty when unknown. */
  createdIn: string
  lastUsedAt: number | null
  lastUsedIn: string | null
  suspendedAt: number | null
  /** Open sessions that end with it. */
  openSessions: number
}

/** `POST /api/sign-in/start`: the same for everybody. `authSession` goes back with the password. */
export interface SignInStartedJson {
  status: 'started'
  methods: MethodNameJson[]
  authSession: string
}

/** `POST …/send`: a code is on its way, or would be. */
export interface CodeSentJson {
  retryAfterSeconds: number
}

/** `POST /api/sign-in/…`. What password managers are told then comes from `GET /api/signal`, which keeps no sign-in waiting. */
export type SignInJson =
  | {
      status: 'signed_in'
      returnTo: string | null
      /** Where the request asked with `upgrade: true`, and a passkey may be made silently now: for `upgradePasskey`. */
      upgrade?: CreationOptionsJson | undefined
    }
  | { status: 'second_step_needed'; methods: MethodNameJson[] }

/** `POST /api/passkeys`. */
export interface PasskeyCreatedJson {
  passkey: PasskeyJson
  /** The account's first one: from now on it is asked for first. */
  first: boolean
  /** For the password managers. */
  signal: SignalJson
}

/** A change that is done, or that the policy makes wait; `signal`, for the password managers, where it is about a passkey. */
export type ChangeJson = ({ status: 'done' } | { status: 'waits'; until: number; changeId: string }) & { signal?: SignalJson | undefined }

/** `POST /api/step-up/{method}`: the proof is at the session now, for one operation on one target. */
export interface StepUpJson {
  status: 'verified'
}
